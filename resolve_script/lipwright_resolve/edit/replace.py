"""Putting a take where the clip is, so that one click brings the original back.

Two ways, tried in this order: as a take of the item itself; as a clip on a "Lipwright" track above with the original
disabled. (With consent there is a third, a duplicate timeline: `swap`.) Each reads back what Resolve really did and
takes everything back when it is not what was asked.
"""

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Tuple

from .. import api
from ..errors import Stuck, Undone, WrongLength
from . import clip_markers
from .plan import ClipPlan
from .undo import Facts, Undo, facts

TRACK = "Lipwright"


@dataclass(frozen=True)
class Place:
    """Where the work happens."""

    project: Any
    timeline: Any
    pool: Any


@dataclass(frozen=True)
class Done:
    """How a clip was replaced: take, overlay, or the timeline it was swapped in; `lost`: what did not come along."""

    uid: str
    way: str
    custom: str
    lost: Tuple[str, ...] = ()


def replace(place: Place, plan: ClipPlan, pool_item: Any, job: str, note: Dict[str, Any]) -> Done:
    """Replace one clip in the first way that works. Raises Undone when none did; the timeline is then as before."""
    ways: List[Tuple[str, Callable[..., Done]]] = [("take", _as_take), ("overlay", _as_overlay)]
    reasons = []
    for name, way in ways:
        undo = Undo()
        try:
            return way(place, plan, pool_item, job, dict(note, way=name), undo)
        except Stuck:
            raise
        except Exception as error:  # noqa: BLE001 - whatever failed, the timeline must be put back first
            undo.back()
            reasons.append("as %s: %s" % (name, error))
    raise Undone("%r was left as it is (%s)" % (plan.name, "; ".join(reasons)))


# --- as a take -------------------------------------------------------------------------------------------------------


def _as_take(place: Place, plan: ClipPlan, pool_item: Any, job: str, note: Dict[str, Any], undo: Undo) -> Done:
    item = item_of(place.timeline, plan.uid)
    before = facts(place.timeline)
    selected = int(item.GetSelectedTakeIndex() or 0)
    first, last = plan.take_range
    wrong = Undone("Resolve made no take")
    # Nobody has measured whether a take's end frame is inclusive, so the length is read back and asked for again.
    for end in (last, last + 1, last - 1):
        count = _add_take(item, pool_item, first, end, selected, undo)
        try:
            _check_take(place.timeline, item, plan.uid, pool_item, count, before)
        except WrongLength as error:
            undo.back()
            wrong = error
            continue
        custom = clip_markers.put(item, job, dict(note, selected=_original_take(item, max(selected, 1))))
        return Done(plan.uid, "take", custom)
    raise wrong


def _add_take(item: Any, pool_item: Any, first: int, end: int, selected: int, undo: Undo) -> int:
    """Add and select a take; returns its number."""
    had = int(item.GetTakesCount() or 0)
    added = item.AddTake(pool_item, first, end)
    count = int(item.GetTakesCount() or 0)
    if count > had:
        undo.add("the added take", lambda: _drop_take(item, count, max(selected, 1)))
    if not added or count <= had:
        raise Undone("Resolve added no take")
    if not item.SelectTakeByIndex(count):
        raise Undone("Resolve would not select the take")
    return count


def _original_take(item: Any, selected: int) -> int:
    """The take that Restore goes back to: the editor's own choice, also after several takes of ours."""
    found = clip_markers.read(item)
    return selected if found is None else int(found[1].get("selected") or 1)


def _drop_take(item: Any, number: int, selected: int) -> bool:
    if int(item.GetTakesCount() or 0) < number:
        return True
    return bool(item.SelectTakeByIndex(selected)) and bool(item.DeleteTakeByIndex(number))


def _check_take(timeline: Any, item: Any, uid: str, pool_item: Any, number: int, before: Facts) -> None:
    """Raises WrongLength or Undone when something is not as it should be after a take was selected."""
    if int(item.GetSelectedTakeIndex() or 0) != number:
        raise Undone("Resolve shows another take")
    shown = item.GetMediaPoolItem()
    if shown is None or shown.GetUniqueId() != pool_item.GetUniqueId():
        raise Undone("Resolve shows other media")
    after = facts(timeline)
    if uid not in after:
        raise Undone("the clip lost its identity")
    was, now = before[uid], after[uid]
    if was[2] == now[2] and was[3] != now[3]:
        raise WrongLength("length changed from %d to %d frames" % (was[3], now[3]))
    if was[:5] != now[:5] or was[6] != now[6]:
        raise Undone("the clip moved or lost its links")
    trouble = _neighbours_trouble(before, after, {uid})
    if trouble:
        raise Undone(trouble)


def _neighbours_trouble(before: Facts, after: Facts, ours: "set[str]") -> str:
    changed = [uid for uid in before if uid not in ours and before[uid] != after.get(uid)]
    added = [uid for uid in after if uid not in before and uid not in ours]
    return "other clips changed" if changed or added else ""


# --- as an overlay ---------------------------------------------------------------------------------------------------


def _as_overlay(place: Place, plan: ClipPlan, pool_item: Any, job: str, note: Dict[str, Any], undo: Undo) -> Done:
    timeline = place.timeline
    item = item_of(timeline, plan.uid)
    if int(item.GetFusionCompCount() or 0):
        raise Undone("its Fusion composition cannot be copied to another clip")
    before = facts(timeline)
    track = _free_track(timeline, int(item.GetStart()), int(item.GetEnd()), undo)
    made = append_there(place, plan, pool_item, item, track, undo)
    _retime(made, plan)
    lost = dress(item, made)
    custom = clip_markers.put(made, job, dict(note, original=plan.uid))
    if not item.SetClipEnabled(False):
        raise Undone("Resolve would not disable the original")
    undo.add("the disabled original", lambda: item.SetClipEnabled(True))
    why = _overlay_trouble(timeline, plan.uid, str(made.GetUniqueId()), before)
    if why:
        raise Undone(why)
    return Done(plan.uid, "overlay", custom, tuple(lost))


def _free_track(timeline: Any, start: int, end: int, undo: Undo) -> int:
    """Number of a "Lipwright" track that is free and unlocked there; a new one on top where none is."""
    count = int(timeline.GetTrackCount(api.VIDEO) or 0)
    for track in range(count, 0, -1):
        ours = str(timeline.GetTrackName(api.VIDEO, track) or "").startswith(TRACK)
        if ours and not timeline.GetIsTrackLocked(api.VIDEO, track) and _is_free(timeline, track, start, end):
            return track
    added = timeline.AddTrack(api.VIDEO, {})
    if int(timeline.GetTrackCount(api.VIDEO) or 0) > count:
        undo.add("the added track", lambda: timeline.DeleteTrack(api.VIDEO, count + 1))
    elif not added:
        raise Undone("Resolve added no track")
    timeline.SetTrackName(api.VIDEO, count + 1, TRACK)
    return count + 1


def _is_free(timeline: Any, track: int, start: int, end: int) -> bool:
    return all(
        int(item.GetEnd()) <= start or int(item.GetStart()) >= end
        for item in timeline.GetItemListInTrack(api.VIDEO, track) or []
    )


def append_there(place: Place, plan: ClipPlan, pool_item: Any, like: Any, track: int, undo: Undo) -> Any:
    """The take on `track`, exactly over `like`; asked for again a frame longer where Resolve rounds down."""
    first, last = plan.take_range
    start, duration = int(like.GetStart()), int(like.GetDuration())
    # A retimed clip's source range is appended at speed 1 and then set to its speed, so only then must lengths agree.
    known = set(facts(place.timeline))
    for end in (last, last + 1, last - 1):
        info = {
            "mediaPoolItem": pool_item,
            "startFrame": first,
            "endFrame": end,
            "mediaType": api.VIDEO_ONLY,
            "trackIndex": track,
            "recordFrame": start,
        }
        api.append(place.pool, info)
        made = [
            item
            for item in place.timeline.GetItemListInTrack(api.VIDEO, track) or []
            if str(item.GetUniqueId()) not in known
        ]
        if made:
            undo.add("the added clip", lambda: _delete_new(place.timeline, track, known))
        right_length = made and (plan.speed != 1.0 or int(made[0].GetDuration()) == duration)
        if len(made) == 1 and int(made[0].GetStart()) == start and right_length:
            return made[0]
        if not made:
            raise Undone("Resolve put nothing on track V%d" % track)
        if not _delete_new(place.timeline, track, known):
            raise Undone("Resolve would not take back a clip of the wrong length")
    raise Undone("Resolve would not make it %d frames long" % duration)


def _delete_new(timeline: Any, track: int, known: "set[str]") -> bool:
    """Whether nothing is left on the track that was not known before; deletes what is (never rippling)."""
    left = [item for item in timeline.GetItemListInTrack(api.VIDEO, track) or [] if item.GetUniqueId() not in known]
    return not left or bool(timeline.DeleteClips(left, False))


def _retime(item: Any, plan: ClipPlan) -> None:
    if plan.speed == 1.0:
        return
    if not api.has(item, "SetSpeed"):
        raise Undone("this Resolve cannot retime a clip by script (21.1 can)")
    if not item.SetSpeed({"Percentage": plan.speed * 100.0}):
        raise Undone("Resolve would not set the speed to %g %%" % (plan.speed * 100.0))


def dress(item: Any, made: Any) -> List[str]:
    """Give `made` the look of `item`; returns what did not come along."""
    lost = []
    wanted, has = api.properties(item), api.properties(made)
    for name, value in wanted.items():
        if has.get(name) != value and not made.SetProperty(name, value):
            lost.append(str(name))
    if not item.CopyGrades([made]):
        lost.append("grade")
    color = str(item.GetClipColor() or "")
    if color and not made.SetClipColor(color):
        lost.append("clip colour")
    return lost


def _overlay_trouble(timeline: Any, uid: str, made: str, before: Facts) -> str:
    after = facts(timeline)
    if made not in after:
        return "the added clip is not on the track"
    if uid not in after or after[uid][4]:
        return "the original is not disabled"
    was, now = before[uid], after[uid]
    if was[2:4] != now[2:4] or after[made][2:4] != was[2:4]:
        return "the clips do not lie over each other"
    return _neighbours_trouble(before, after, {uid, made})


def item_of(timeline: Any, uid: str) -> Any:
    item = api.by_uid(timeline, api.VIDEO, uid)
    if item is None:
        raise Undone("the clip is no longer on the timeline")
    return item
