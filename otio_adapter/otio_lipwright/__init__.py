"""lipwright for OpenTimelineIO: adapters, schemas, a media linker, a hook, and conform for pipelines.

    import otio_lipwright as lips
    print(lips.table(lips.plan(lips.read("edit.otio"), vocal_track="Vocals")))
    lips.conform("edit.otio", "edit.lips.otio", vocal_track="Vocals")

OTIO imports this package in every program that lists its plugins, so names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "read": "formats",
    "write": "formats",
    "plan": "plan",
    "table": "table",
    "switch": "references",
}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_NAMES)
