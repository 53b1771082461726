"""Which curves of a take's action are ours: an artist sets keys in it too, and those are not."""

import json

from . import actions


def paths(action, slot):
    """{(data path, index)} of the curves that the last bake wrote; None where it left no word of it."""
    known = json.loads(action.lipwright.curves or "{}").get(_mark(slot))
    return None if known is None else {(path, index) for path, index in known}


def remember(action, slot, wanted) -> None:
    """Note the curves that a bake wrote."""
    known = json.loads(action.lipwright.curves or "{}")
    known[_mark(slot)] = sorted(wanted)
    action.lipwright.curves = json.dumps(known, ensure_ascii=False)


def drop_slots(action, kept) -> None:
    """Take our curves out of slots whose datablock no longer takes part; a slot with keys of the artist's stays."""
    if not actions.HAS_SLOTS:
        return
    marks = {_mark(slot) for slot in kept}
    for slot in [slot for slot in action.slots if _mark(slot) not in marks and paths(action, slot) is not None]:
        if not take_out(action, slot):
            action.slots.remove(slot)


def is_all_ours(action, slot) -> bool:
    """Whether a slot has no curve but those of the last bake."""
    curves, ours = actions.fcurves(action, slot), paths(action, slot)
    return all(ours is not None and (c.data_path, c.array_index) in ours for c in curves or ())


def take_out(action, slot) -> int:
    """Remove our curves from one slot; how many of the artist's are left in it."""
    curves, ours = actions.fcurves(action, slot), paths(action, slot)
    if curves is None or ours is None:
        return len(curves or ())
    for curve in [c for c in curves if (c.data_path, c.array_index) in ours]:
        curves.remove(curve)
    known = json.loads(action.lipwright.curves)
    del known[_mark(slot)]
    action.lipwright.curves = json.dumps(known, ensure_ascii=False)
    return len(curves)


def _mark(slot) -> str:
    """What a slot is known by, whatever it is called; before 4.4 an action has one place only."""
    return str(slot.handle) if slot is not None else "0"
