"""Reading and writing any timeline that OTIO has an adapter for, with messages that say what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio

from lipwright.errors import LipwrightError, TimelineError
from lipwright.timebase import fps_from

# Suffixes whose adapters come in a package of their own.
PACKAGES = {
    "xml": "OpenTimelineIO-Plugins",
    "edl": "OpenTimelineIO-Plugins",
    "aaf": "OpenTimelineIO-Plugins",
    "ale": "OpenTimelineIO-Plugins",
    "xges": "OpenTimelineIO-Plugins",
    "fcpxml": "otio-fcpx-xml-adapter",
}
# A tree deeper than this cannot be written or copied safely, and no edit needs it.
MAX_DEPTH = 60


def read(path: str | Path, *, rate: float | str | None = None, **options: Any) -> Any:
    """The timeline in a file. `rate` is needed for an EDL that is not 24 fps. Raises TimelineError."""
    path = Path(path)
    suffix = path.suffix.lower().removeprefix(".")
    if not path.is_file() and not (suffix == "otiod" and path.is_dir()):
        raise TimelineError(f"cannot read {str(path)!r} (no such file); check the path")
    if suffix == "edl":
        options["rate"] = float(fps_from(rate)) if rate is not None else options.get("rate", 24.0)
    adapter = _adapter(path, suffix)
    try:
        found = otio.adapters.read_from_file(str(path), adapter, **options)
    except LipwrightError:
        raise
    except Exception as error:  # adapters raise whatever their parsers do
        raise TimelineError(_unreadable(path, error)) from error
    check_tree(found, path.name)
    return found


def _adapter(path: Path, suffix: str) -> str | None:
    known = {adapter_suffix for plugin in otio.plugins.ActiveManifest().adapters for adapter_suffix in plugin.suffixes}
    if suffix == "json":
        return "otio_json"
    if suffix not in known:
        if suffix in PACKAGES:
            raise TimelineError(f"{path.name!r} needs an adapter that is not installed: pip install {PACKAGES[suffix]}")
        raise TimelineError(f"{path.name!r} is of a kind that no adapter knows; save it as .otio, .xml, .edl or .aaf")
    return None


def _unreadable(path: Path, error: Exception) -> str:
    reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
    if isinstance(error, otio.exceptions.UnsupportedSchemaError):
        return (
            f"{path.name!r} was written by a newer OpenTimelineIO ({reason}); update OpenTimelineIO, or save it for an"
            " older version"
        )
    return f"{path.name!r} cannot be read ({reason}); export it again from the program that wrote it"


def check_tree(root: Any, name: str) -> None:
    """Refuse a tree that contains itself or is absurdly deep: copying or writing it would never end."""
    stack = [(root.tracks if isinstance(root, otio.schema.Timeline) else root, 0)]
    while stack:
        item, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise TimelineError(
                f"{name!r} nests more than {MAX_DEPTH} deep or contains itself; flatten it and save again"
            )
        if isinstance(item, (otio.core.Composition, otio.schema.SerializableCollection)):
            stack.extend((child, depth + 1) for child in item if not isinstance(child, otio.schema.Clip))
        elif isinstance(item, otio.schema.Timeline):
            stack.append((item.tracks, depth + 1))
