"""Opening containers: local files only, whatever a playlist inside them asks for, and tags in any encoding."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av

_LOCAL = {"protocol_whitelist": "file,crypto,data"}
# Tags in a wrong encoding are no reason to refuse a clip; from 19 on PyAV has no word for it and never does.
_LENIENT: dict[str, Any] = {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "ignore"}


def is_sequence(path: Path) -> bool:
    """Whether the name stands for numbered pictures, such as shot_%04d.png."""
    return "%" in path.name and not path.is_file()


def open_container(path: Path, fps: Fraction | None = None) -> Any:
    """An input container of a file or a numbered sequence at `fps`. Raises PyAV's errors."""
    if is_sequence(path):
        return av.open(str(path), format="image2", options={"framerate": str(fps or 25)})
    return av.open(str(path), options=dict(_LOCAL), **_LENIENT)
