"""Putting our data back after a format carried it: the work of the hook."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_lipwright.edit.media import TAKE
from otio_lipwright.edit.tree import all_clips, sane
from otio_lipwright.files import carriers

# Where a conform keeps its index, seen from the timeline or from a root.
STORE = "lipwright"


def restore_timeline(timeline: Any, path: str | Path | None = None) -> int:
    """Restore every clip that carries a note or shows a take by name; the number restored. Never raises."""
    if not isinstance(timeline, otio.core.SerializableObject) or not sane(timeline):
        return 0
    indexes: list[dict[str, Any]] | None = None
    restored = 0
    for clip in all_clips(timeline):
        if TAKE in clip.media_references():
            continue
        try:
            note = carriers.found_note(clip)
            if note is not None:
                carriers.restore(clip, note)
                restored += 1
                continue
            take_id = carriers.take_id_in_name(clip)
            if take_id:
                indexes = _indexes(path) if indexes is None else indexes
                restored += any(carriers.restore_from_index(clip, take_id, known) for known in indexes)
        except (ValueError, KeyError, TypeError, AttributeError, otio.exceptions.OTIOError) as error:
            logging.getLogger(__name__).warning("clip %r: its lipwright note is damaged (%s)", clip.name, error)
    return restored


def _indexes(path: str | Path | None) -> list[dict[str, Any]]:
    """The indexes near the timeline and under the configured roots."""
    roots = [Path(root) for root in os.environ.get("LIPWRIGHT_MEDIA_ROOTS", "").split(os.pathsep) if root]
    folders = [*([Path(path).resolve().parent] if path else []), *roots]
    places = dict.fromkeys(place for folder in folders for place in (folder, folder / STORE, folder.parent / STORE))
    return [clips for place in places if (place / "index.json").is_file() and (clips := carriers.index_beside(place))]
