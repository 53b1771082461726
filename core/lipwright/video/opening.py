"""Opening containers: local files only, whatever a playlist inside them asks for, and tags in any encoding."""

from __future__ import annotations

import contextlib
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.stream import Disposition

from lipwright.errors import MediaError

_LOCAL = {"protocol_whitelist": "file,crypto,data"}
# Tags in a wrong encoding are no reason to refuse a clip; from 19 on PyAV has no word for it and never does.
_LENIENT: dict[str, Any] = {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "ignore"}


def is_sequence(path: Path) -> bool:
    """Whether the name stands for numbered pictures, such as shot_%04d.png."""
    return "%" in path.name and not path.is_file()


def numbers_of(path: Path) -> list[int]:
    """The numbers that exist of a sequence such as shot_%04d.png, rising."""
    stem, _, rest = path.name.partition("%")
    pattern = re.compile(re.escape(stem) + r"(\d+)" + re.escape(rest.partition("d")[2]))
    with contextlib.suppress(OSError):
        found = (pattern.fullmatch(other.name) for other in path.parent.iterdir())
        return sorted({int(match[1]) for match in found if match})
    return []


def first_number(path: Path) -> int:
    """The first picture's number of a sequence, 1 of everything else: film departments like to start at 1001."""
    return (numbers_of(path) or [1])[0] if is_sequence(path) else 1


def open_container(path: Path, fps: Fraction | None = None) -> Any:
    """An input container of a file or a numbered sequence at `fps`. Raises PyAV's errors."""
    if is_sequence(path):
        options = {"framerate": str(fps or 25), "start_number": str(first_number(path))}
        return av.open(str(path), format="image2", options=options)
    return av.open(str(path), options=dict(_LOCAL), **_LENIENT)


def video_rate(path: Path) -> Fraction | None:
    """Frames a second of a file's moving pictures; None where it has none, or only a cover. Raises MediaError."""
    try:
        with open_container(path) as container:
            moving = (one for one in container.streams.video if not one.disposition & Disposition.attached_pic)
            rates = (one.average_rate or one.guessed_rate for one in moving if one.frames != 1)
            return next((Fraction(rate) for rate in rates if rate), None)
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"{path.name!r} cannot be opened ({error}); check that it plays") from error


def lacks_index(path: Path) -> bool:
    """Whether this is a MOV or MP4 with pictures but without `moov`, which many writers put at the very end."""
    kinds: list[bytes] = []
    with contextlib.suppress(OSError), path.open("rb") as stream:
        while len(head := stream.read(8)) == 8 and head[4:].isalpha() and len(kinds) < 100:
            size = int.from_bytes(head[:4], "big")
            kinds.append(head[4:])
            if size == 1:  # a length of 64 bits follows
                size = int.from_bytes(stream.read(8), "big") - 8
            if size < 8:  # to the end of the file
                break
            stream.seek(size - 8, 1)
    return b"mdat" in kinds and b"moov" not in kinds
