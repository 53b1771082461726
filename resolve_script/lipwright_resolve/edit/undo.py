"""The timeline as a list of facts that must not change by accident, and the undo list that puts it back."""

from typing import Any, Callable, Dict, List, Tuple

from .. import api
from ..errors import Stuck

Facts = Dict[str, Tuple[Any, ...]]


def facts(timeline: Any) -> Facts:
    """uid -> everything about an item that replacing another one must leave alone."""
    found: Facts = {}
    for kind in (api.VIDEO, api.AUDIO):
        for track, item in api.items_of(timeline, kind):
            pool_item = item.GetMediaPoolItem()
            found[str(item.GetUniqueId())] = (
                kind,
                track,
                int(item.GetStart()),
                int(item.GetDuration()),
                bool(item.GetClipEnabled()),
                None if pool_item is None else str(pool_item.GetUniqueId()),
                tuple(sorted(str(other.GetUniqueId()) for other in item.GetLinkedItems() or [])),
            )
    return found


class Undo:
    """Steps that put everything back, newest first; each says whether it worked."""

    def __init__(self) -> None:
        self._steps: List[Tuple[str, Callable[[], Any]]] = []

    def add(self, what: str, step: Callable[[], Any]) -> None:
        """Remember how to take back what was just done."""
        self._steps.append((what, step))

    def back(self) -> None:
        """Take everything back; a step that fails is tried once more. Raises Stuck with what is left to do by hand."""
        failed = []
        while self._steps:
            what, step = self._steps.pop()
            if not (works(step) or works(step)):
                failed.append(what)
        if failed:
            raise Stuck(
                "Resolve would not take back: %s; use Edit > Undo until the clip is as it was" % "; ".join(failed)
            )


def works(step: Callable[[], Any]) -> bool:
    """Whether a step neither raised nor answered False."""
    try:
        return step() is not False
    except Exception:  # noqa: BLE001 - a step that raises is a step that failed; the others must still run
        return False
