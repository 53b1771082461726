"""A clip and a performance in, a take out: `dub(clip_path, performance, options, report) -> Take`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lipwright.dubbing.options import Options as Options
    from lipwright.dubbing.output.take_report import Take as Take
    from lipwright.dubbing.recipe import dub as dub

_HOMES = {
    "Options": "lipwright.dubbing.options",
    "Take": "lipwright.dubbing.output.take_report",
    "dub": "lipwright.dubbing.recipe",
}


def __getattr__(name: str) -> Any:
    """Found when asked for, so that importing the package loads no video library."""
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
