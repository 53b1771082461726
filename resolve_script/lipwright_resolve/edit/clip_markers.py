"""How a replaced clip is found again after the edit moved: a marker on it, whose note and customData are ours.

Item markers live in the clip's own offset space, so they move with it; the note survives OTIO exports.
"""

import json
from typing import Any, Dict, Iterator, Optional, Tuple

from .. import api
from ..errors import Undone

PREFIX = "lipwright:"
COLOR = "Purple"
NAME = "Lipwright"


def put(item: Any, job: str, note: Dict[str, Any]) -> str:
    """Mark the item with our note, on the first free frame. Returns the customData. Raises Undone."""
    custom = PREFIX + job
    text = json.dumps({"lipwright": note}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    base = int(item.GetLeftOffset() or 0)
    taken = {int(frame) for frame in item.GetMarkers() or {}}
    for offset in range(max(1, int(item.GetDuration() or 1))):
        if base + offset not in taken:
            if item.AddMarker(base + offset, COLOR, NAME, text, 1, custom):
                return custom
            break
    raise Undone("Resolve would not put our marker on the clip")


def remove(item: Any, custom: str) -> bool:
    """Take our marker off again."""
    return bool(item.DeleteMarkerByCustomData(custom))


def read(item: Any) -> Optional[Tuple[str, Dict[str, Any]]]:
    """(customData, note) of our newest marker on the item, None where it has none."""
    found = None
    for _frame, marker in sorted((item.GetMarkers() or {}).items()):
        custom = str(marker.get("customData") or "")
        note = api.read_json(marker.get("note")).get("lipwright")
        if custom.startswith(PREFIX) and isinstance(note, dict):
            found = (custom, note)
    return found


def tagged(timeline: Any) -> Iterator[Tuple[Any, str, Dict[str, Any]]]:
    """(item, customData, note) of every video item that carries our marker."""
    for _track, item in api.items_of(timeline, api.VIDEO):
        found = read(item)
        if found is not None:
            yield item, found[0], found[1]
