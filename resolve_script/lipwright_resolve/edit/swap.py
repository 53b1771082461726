"""The last resort: takes in the slots of a duplicate timeline, one duplicate for all clips of a job.

The original timeline is never changed and is the current one again at the end. A duplicate in which one clip failed
is dropped whole and made anew without that clip, so that no half-filled timeline is left behind.
"""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from .. import api
from ..errors import Stuck, Undone
from . import clip_markers
from .plan import ClipPlan
from .replace import Done, Place, append_there, dress, item_of
from .undo import Undo, works


@dataclass(frozen=True)
class Wish:
    """One take that is to lie in the slot of its clip."""

    plan: ClipPlan
    pool_item: Any
    note: Dict[str, Any]


def swap_all(place: Place, wishes: List[Wish], job: str) -> Tuple[List[Done], Dict[str, str]]:
    """What was swapped, and the reason for each uid that was not. Raises Stuck."""
    left = list(wishes)
    failed: Dict[str, str] = {}
    while left:
        undo = Undo()
        now: List[Wish] = []
        try:
            copy = _duplicate(place, job, undo)
            done = []
            for wish in left:
                now = [wish]
                done.append(_swap(place, copy, wish, job))
            now = left
            _hand_back(place)
            return done, failed
        except Stuck:
            raise
        except Exception as error:  # noqa: BLE001 - whatever failed, the duplicate must go first
            undo.back()
            guilty = now or left
            failed.update({wish.plan.uid: str(error) for wish in guilty})
            left = [wish for wish in left if wish not in guilty]
    return [], failed


def _duplicate(place: Place, job: str, undo: Undo) -> Any:
    """A copy of the timeline, opened: Resolve appends to the current timeline only."""
    copy = place.timeline.DuplicateTimeline("%s Lipwright %s" % (place.timeline.GetName(), job))
    if copy is None or copy is False:
        raise Undone("Resolve would not duplicate the timeline")
    undo.add("the duplicate timeline", lambda: _drop(place, copy))
    if not place.project.SetCurrentTimeline(copy):
        raise Undone("Resolve would not open the duplicate timeline")
    return copy


def _swap(place: Place, copy: Any, wish: Wish, job: str) -> Done:
    item = item_of(place.timeline, wish.plan.uid)
    slot = (int(item.GetTrackTypeAndIndex()[1]), int(item.GetStart()))
    if wish.plan.speed != 1.0:
        raise Undone("a retimed clip cannot be rebuilt in its slot")
    old = _at(copy, slot)
    if old is None or not copy.DeleteClips([old], False):
        raise Undone("Resolve would not clear the slot")
    made = append_there(Place(place.project, copy, place.pool), wish.plan, wish.pool_item, item, slot[0], Undo())
    lost = [*dress(item, made), "transitions at the clip's ends", "links to its audio"]
    note = dict(wish.note, way="swap", original_timeline=str(place.timeline.GetUniqueId()))
    custom = clip_markers.put(made, job, note)
    return Done(wish.plan.uid, "swap in the timeline %r" % copy.GetName(), custom, tuple(lost))


def _hand_back(place: Place) -> None:
    def back() -> bool:
        return bool(place.project.SetCurrentTimeline(place.timeline))

    if not (works(back) or works(back)):
        raise Undone("Resolve would not open the timeline again that was worked on")


def _drop(place: Place, copy: Any) -> bool:
    back = bool(place.project.SetCurrentTimeline(place.timeline))
    return bool(place.pool.DeleteTimelines([copy])) and back


def _at(timeline: Any, slot: Tuple[int, int]) -> Optional[Any]:
    for item in timeline.GetItemListInTrack(api.VIDEO, slot[0]) or []:
        if int(item.GetStart()) == slot[1]:
            return item
    return None
