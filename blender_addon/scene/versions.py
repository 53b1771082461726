"""Several versions of one take: one plays, the others wait in the file, with sliders and hand work of their own."""

import uuid

import bpy

from . import actions, baked_action, nla, timeline


def new(action):
    """A copy of a take that plays in its place; the take itself waits."""
    copies = [one.copy() for one in baked_action.members(action)]
    uid = uuid.uuid4().hex
    for number, copy in enumerate(copies):
        copy.lipwright.uid = uid
        copy.name = _free_name(action.name) if number == 0 else f"{copies[0].name}.{copy.lipwright.target}"
    show(copies[0], action)
    return copies[0]


def _free_name(name) -> str:
    """`song`, then `song 2`, `song 3`."""
    base, _, number = name.rpartition(" ")
    base = base if base and number.isdigit() else name
    numbers = (f"{base} {number}" for number in range(2, 10000))
    return next((one for one in numbers if one not in bpy.data.actions), base)


def others(action) -> list:
    """The other takes of the same vocal on the same avatar that do not play, and the one that does, first."""
    data = action.lipwright
    same = [
        one
        for one in baked_action.all_takes()
        if one != action and one.library is None and one.lipwright.vocal == data.vocal
        and one.lipwright.avatar == data.avatar and one.lipwright.avatar_kind == data.avatar_kind
    ]  # fmt: skip
    return sorted(same, key=lambda one: not baked_action.played_on(one))


def show_instead(action) -> bool:
    """Let a version that waits play, where another one does now."""
    if baked_action.played_on(action):
        return False
    playing = next((one for one in others(action) if baked_action.played_on(one)), None)
    if playing is None:
        return False
    show(action, playing)
    return True


def show_another(action) -> None:
    """Before a version goes: let one that waits play in its place, if there is one."""
    waiting = [one for one in others(action) if not baked_action.played_on(one)]
    if waiting and baked_action.played_on(action):
        show(waiting[-1], action)


def show(action, playing) -> None:
    """Let `action` play wherever `playing` does, in the same strips, and let that one wait."""
    shown = nla.Shown.before(baked_action.members(playing))
    for thing in nla.players():
        for old, new in zip(*_pairs(playing, action, thing), strict=True):
            _swap(thing, old, new, shown)
    for one in baked_action.members(playing):
        one.use_fake_user = True  # nothing plays it now, and Blender saves only what is used
    _move_markers(playing, action)


def _pairs(playing, action, thing):
    """([actions that play], [those that come in their place]) of one datablock."""
    if actions.HAS_SLOTS:
        return [playing], [action]
    old = actions.of_thing(baked_action.members(playing), thing)
    new = [
        one for one in baked_action.members(action) if old is not None and one.lipwright.target == old.lipwright.target
    ]
    return ([old], new) if len(new) == 1 else ([], [])


def _swap(thing, old, new, shown):
    animation = thing.animation_data
    if animation.action == old:
        actions.assign(thing, new, _twin(thing, old, new))
    for strip in actions.strips_of(thing, old):
        slot, start = _twin(thing, old, new), strip.frame_start - strip.action_frame_start
        strip.action = new
        if slot is not None:
            strip.action_slot = slot
        if shown.shows_all(strip):
            first, last = actions.action_range(new)
            actions.place_strip(strip, first, last, first + start)


def _twin(thing, old, new):
    """The slot of `new` for what `thing` plays of `old`; both were copied from one action, or go by name."""
    slot = actions.existing_slot(old, thing)
    same = (one for one in new.slots if one.handle == slot.handle) if slot is not None else ()
    return next(iter(same), None) or actions.slot_for(new, thing)


def _move_markers(playing, action):
    """The words of the version that plays are on the timeline, and no others."""
    scene = next((scene for scene in bpy.data.scenes if timeline.marked(scene, playing)), None)
    if scene is not None:
        timeline.mark_words(scene, playing, None)
        timeline.mark_words(scene, action, baked_action.words_of(action))
