"""One click back: the original shows again and nothing of ours is left on the timeline (files stay on disk)."""

from typing import Any, Dict, List

from .. import api
from ..errors import Undone
from . import clip_markers
from .replace import Place
from .undo import Undo


def restore(place: Place, item: Any, custom: str, note: Dict[str, Any]) -> str:
    """Bring back the original of one tagged item; returns a sentence. Raises Undone, all as before."""
    undo = Undo()
    try:
        if note.get("way") == "overlay":
            _restore_overlay(place, item, note, undo)
        elif note.get("way") == "swap":
            return "%r lies in a duplicate timeline; the original timeline was never changed" % item.GetName()
        else:
            _restore_takes(item, custom, int(note.get("selected") or 1), undo)
    except Exception as error:  # put back first, then say why
        undo.back()
        raise Undone("the original could not be restored (%s); nothing was changed" % error) from error
    return "%r shows its original again" % item.GetName()


def _restore_takes(item: Any, custom: str, own: int, undo: Undo) -> None:
    """Select take `own`, the one that was selected before ours, and drop ours."""
    ours = our_takes(item)
    selected = int(item.GetSelectedTakeIndex() or 0)
    if selected in ours:
        if not item.SelectTakeByIndex(own):
            raise Undone("Resolve would not select take %d" % own)
        undo.add("the selected take", lambda: item.SelectTakeByIndex(selected))
    if not clip_markers.remove(item, custom):
        raise Undone("Resolve would not remove our marker")
    # From here on only spare takes go: one that stays behind is hidden and harms nothing.
    for number in sorted(ours, reverse=True):
        item.DeleteTakeByIndex(number)
    _remove_all_markers(item)


def _remove_all_markers(item: Any) -> None:
    while True:
        found = clip_markers.read(item)
        if found is None or not clip_markers.remove(item, found[0]):
            return


def our_takes(item: Any) -> List[int]:
    """Numbers of the takes whose media lie in our bin's naming, never the first one."""
    ours = []
    for number in range(2, int(item.GetTakesCount() or 0) + 1):
        take = item.GetTakeByIndex(number) or {}
        pool_item = take.get("mediaPoolItem")
        if pool_item is not None and ".lipsync.v" in api.clip_property(pool_item, "File Path"):
            ours.append(number)
    return ours


def _restore_overlay(place: Place, made: Any, note: Dict[str, Any], undo: Undo) -> None:
    original = api.by_uid(place.timeline, api.VIDEO, str(note.get("original") or ""))
    if original is None:
        raise Undone("the original is no longer on the timeline")
    if not original.SetClipEnabled(True):
        raise Undone("Resolve would not enable the original")
    undo.add("the enabled original", lambda: original.SetClipEnabled(False))
    if not place.timeline.DeleteClips([made], False) and not place.timeline.DeleteClips([made], False):
        raise Undone("Resolve would not delete the Lipwright clip")
