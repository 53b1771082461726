"""All takes of one job into the timeline: every clip ends replaced or as it was, and every clip is reported."""

import threading
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from .. import api
from ..errors import Stuck
from . import snapshot
from .plan import ClipPlan
from .replace import Done, Place, replace
from .swap import Wish, swap_all

BIN = "Lipwright"
# What rides in the marker: enough to find the sidecar and to see whether anything changed.
MARKED = ("v", "job", "take", "source", "fps", "inputs", "synthetic")


@dataclass(frozen=True)
class Outcome:
    """One clip's result in a sentence."""

    name: str
    ok: bool
    text: str


@dataclass(frozen=True)
class Rendered:
    """A take on disk, and the sidecar that says how to make it again."""

    plan: ClipPlan
    path: str
    note: Dict[str, Any]


def put_all(
    place: Place, rendered: List[Rendered], job: str, may_duplicate: bool, cancel: Optional[threading.Event] = None
) -> List[Outcome]:
    """An outcome for each clip, in order; never raises for one clip's trouble.

    Takes and overlays come first, so that the duplicate timeline of those that need one holds them too. After a clip
    that could be neither replaced nor put back, and after a cancel, the rest is left as it is and said so.
    """
    found: Dict[str, Outcome] = {}
    wishes: List[Wish] = []
    stop = ""
    for one in rendered:
        name, uid = one.plan.name, one.plan.uid
        stop = stop or ("cancelled before its turn" if cancel is not None and cancel.is_set() else "")
        if stop:
            found[uid] = _left(name, stop)
            continue
        try:
            wish = Wish(one.plan, _imported(place.pool, one), {key: one.note[key] for key in MARKED})
        except Exception as error:  # noqa: BLE001 - one clip's trouble, of whatever kind, must not stop the others
            found[uid] = Outcome(name, False, str(error))
            continue
        try:
            found[uid] = _done(name, replace(place, wish.plan, wish.pool_item, job, wish.note))
        except Stuck as error:
            found[uid] = Outcome(name, False, "%r: %s" % (name, error))
            stop = "%r before it is stuck; put that right first" % name
        except Exception as error:  # noqa: BLE001 - as above
            found[uid] = Outcome(name, False, str(error))
            wishes += [wish] if may_duplicate else []
    if wishes and not stop:
        found.update(_swapped(place, wishes, job))
    return [found[one.plan.uid] for one in rendered]


def _imported(pool: Any, one: Rendered) -> Any:
    """The take in the media pool, with its sidecar on disk."""
    item = api.import_media(pool, one.path, api.subfolder(pool, BIN))
    item.SetMetadata({"Comments": "Lip-synced by Lipwright; synthetic", "Keywords": "lipwright,synthetic"})
    snapshot.write_json(one.path + ".json", one.note)
    return item


def _swapped(place: Place, wishes: List[Wish], job: str) -> Dict[str, Outcome]:
    names = {wish.plan.uid: wish.plan.name for wish in wishes}
    try:
        done, failed = swap_all(place, wishes, job)
    except Stuck as error:
        return {uid: Outcome(name, False, "%r: %s" % (name, error)) for uid, name in names.items()}
    found = {one.uid: _done(names[one.uid], one) for one in done}
    found.update({uid: _left(names[uid], "in a duplicate timeline: %s" % why) for uid, why in failed.items()})
    return found


def _done(name: str, done: Done) -> Outcome:
    lost = "" if not done.lost else "; did not come along: %s" % ", ".join(done.lost)
    return Outcome(name, True, "%r replaced (%s)%s" % (name, done.way, lost))


def _left(name: str, why: str) -> Outcome:
    return Outcome(name, False, "%r was left as it is (%s)" % (name, why))
