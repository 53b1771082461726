"""What a bake leaves in the file: the action carries its performance, mapping and slider values, so that it can be
tuned, corrected, moved to another file and performed again.
"""

import dataclasses
import uuid

import bpy

from lipwright import document, timebase
from lipwright.errors import OptionError
from lipwright.types import Corrections, Performance

from ..pure import manual_edits, mapping, plan
from . import actions, apply, avatar, nla, owned, timeline

# Documents and maps already parsed, by their text: sliders ask for the same one many times a second.
_PARSED: dict = {}
_KEPT_PARSED = 8


def is_take(action) -> bool:
    """Whether `action` was baked by us and holds its performance (4.2's further actions point at that one).

    Asked at every draw, so it reads short texts only: the document of a song has megabytes.
    """
    return action is not None and bool(action.lipwright.uid) and bool(action.lipwright.fps)


def all_takes():
    """Every take in the file, newest name order."""
    return [action for action in bpy.data.actions if is_take(action)]


def members(action):
    """The actions of one take: itself, and before 4.4 one more for each further datablock.

    A copy that Blender made with a duplicated avatar has the same mark but its own document: it is another take.
    """
    uid = action.lipwright.uid
    further = (a for a in bpy.data.actions if a != action and a.lipwright.uid == uid)
    return [action, *(a for a in further if not a.lipwright.fps)]


def take_of(found: avatar.Avatar, vocal: str):
    """The take of this vocal on this avatar, if it was performed before; of several versions the one that plays."""
    idle = None
    for action in all_takes():
        if action.lipwright.vocal != vocal or action.library is not None:
            continue
        showing = played_on(action)
        if any(ob in found for ob in showing):
            return action
        if not showing and action.lipwright.avatar == found.name:
            idle = idle or action
    return idle


def played_on(action) -> list:
    """The objects on which a take plays now."""
    mine = members(action)
    things = [thing for thing in nla.players() if any(actions.plays(thing, one) for one in mine)]
    return [ob for thing in things for ob in avatar.shown_on(thing)]


def performance_of(action) -> Performance:
    """The performance that a take carries."""
    return _parsed(action.lipwright.document, lambda text: document.loads(text, name=f"take {action.name!r}"))


def map_of(action) -> mapping.FaceMap:
    """The mapping that a take was baked with."""
    return _parsed(action.lipwright.mapping, mapping.loads)


def _parsed(text, parse):
    if text not in _PARSED:
        while len(_PARSED) >= _KEPT_PARSED:
            del _PARSED[next(iter(_PARSED))]
        _PARSED[text] = parse(text)
    return _PARSED[text]


def timing_of(action) -> plan.Timing:
    """Where a take's vocal starts, at the frame rate that it was baked for."""
    return plan.Timing(timebase.fps_from(action.lipwright.fps), action.lipwright.start_frame)


def tuning_of(action) -> plan.Tuning:
    """A take's sliders."""
    data = action.lipwright
    return plan.Tuning(data.intensity, data.jaw, data.lips, data.smoothing / 1000.0, data.head, data.expression)


def scene_fps(scene):
    """The scene's exact frame rate."""
    return timebase.fps_from(scene.render.fps / scene.render.fps_base)


def off_rate(action, scene) -> str:
    """What is wrong where the scene's frame rate was changed after the bake; "" where it was not."""
    baked = timing_of(action).fps
    if baked == scene_fps(scene):
        return ""
    return f"Baked for {float(baked):g} fps, the scene has {float(scene_fps(scene)):g}: press Bake Again"


def found_avatar(action) -> avatar.Avatar:
    """The avatar of a take as it is now: the one it was performed on, or what plays it, where that was renamed or
    copied. Raises OptionError if there is neither."""
    data = action.lipwright
    showing = played_on(action)
    thing = (bpy.data.collections if data.avatar_kind == "COLLECTION" else bpy.data.objects).get(data.avatar)
    found = avatar.find(thing) if thing is not None else None
    if found is not None and (not showing or any(ob in found for ob in showing)):
        return found
    if not showing:
        raise OptionError(
            f"the avatar {data.avatar!r} is not in this file any more; export the take and import it on another"
        )
    thing = showing[0]
    if data.avatar_kind == "COLLECTION":
        thing = next(iter(thing.users_collection), thing)
    data.avatar, data.avatar_kind = thing.name, "COLLECTION" if isinstance(thing, bpy.types.Collection) else "OBJECT"
    return avatar.find(thing)


def channels_for(action, found, tuning):
    """(targets, notes) of a take with the slider values `tuning`: all that its bake writes."""
    performance, face_map, timing = performance_of(action), map_of(action), timing_of(action)
    made = plan.plan(
        performance, face_map, timing, tuning,
        tolerance=action.lipwright.tolerance, limits=apply.limits_of(found, face_map),
    )  # fmt: skip
    return apply.channels_of(made, found, performance, timing)


def remember_baked(action) -> None:
    """Note the values that the curves now show, so that hand work can be told from them."""
    data = action.lipwright
    data.baked = manual_edits.pack(tuning_of(action))


def rebake(action, *, keep=True) -> apply.Written:
    """Bake a take again from what it carries; with `keep`, hand work since the last bake enters its document first."""
    found = found_avatar(action)
    if keep:
        keep_hand_work(action, found)
    targets, notes = channels_for(action, found, tuning_of(action))
    data = action.lipwright
    written = apply.bake(
        targets, action.name, placement=data.placement, blend=data.blend, old=members(action),
        interpolation=data.interpolation,
    )  # fmt: skip
    for other in written.actions:
        other.lipwright.uid = data.uid
    written.notes[:0] = notes
    remember_baked(action)
    return written


def keep_hand_work(action, found=None) -> int:
    """Move what the artist changed in the curves into the take's document; how many stretches that were."""
    found = found or found_avatar(action)
    tuning = manual_edits.unpack(action.lipwright.baked)
    targets, _ = channels_for(action, found, tuning)
    seen = []
    for thing, channels in targets:
        owner = _action_of(action, thing)
        slot = actions.existing_slot(owner, thing) if owner is not None else None
        if owner is None or (actions.HAS_SLOTS and slot is None):
            continue
        curves = actions.fcurves(owner, slot)
        for channel in channels:
            frames, values = actions.read_shape(curves and curves.find(channel.path, index=channel.index))
            name = channel.control.name if channel.control is not None else apply.channel_name(thing, channel)
            seen.append(manual_edits.Seen(name, channel.control, channel.frames, channel.values, frames, values))
    duration_s = performance_of(action).vocal.duration_s
    edits = manual_edits.edits(seen, map_of(action), timing_of(action), tuning, duration_s)
    if edits:
        _write_document(action, manual_edits.with_edits(performance_of(action), edits))
    return len(edits)


def has_hand_work_beyond(action, performance) -> bool:
    """Whether a take has hand work, kept by now, that another performance does not have."""
    if keep_hand_work(action):
        rebake(action, keep=False)
    if performance_of(action).corrections == Corrections():
        return False
    # As a document has them: rounded.
    mine = document.loads(action.lipwright.document, name=action.name).corrections
    theirs = document.loads(document.dumps(performance)).corrections
    return not (set(mine.spans) <= set(theirs.spans) and set(mine.tracks) <= set(theirs.tracks))


def _write_document(action, performance, text="") -> None:
    """Let a take carry `performance`; `text` is its document, where it is at hand."""
    action.lipwright.document = text or document.dumps(performance)
    # Known as parsed: reading it again would hold the interface at the next move of a slider.
    _parsed(action.lipwright.document, lambda _: performance)


def _action_of(action, thing):
    """The action of a take that holds the curves of `thing`."""
    return action if actions.HAS_SLOTS else actions.of_thing(members(action), thing)


def new_take(written: apply.Written, performance, face_map, found, thing, options, text="") -> None:
    """Write down in the action what it was baked from; `text` is the performance's document, where it is at hand."""
    action = written.actions[0]
    data = action.lipwright
    data.uid = data.uid or uuid.uuid4().hex
    for other in written.actions:
        other.lipwright.uid = data.uid
    _write_document(action, performance, text)
    data.mapping = mapping.dumps(face_map)
    data.vocal = performance.vocal.name
    data.avatar = found.name
    data.avatar_kind = "COLLECTION" if isinstance(thing, bpy.types.Collection) else "OBJECT"
    for name, value in options.items():
        setattr(data, name, value)
    remember_baked(action)


def set_map(action, face_map, fps) -> None:
    """Let a take be baked with another mapping, and at another frame rate, from now on."""
    action.lipwright.mapping = mapping.dumps(face_map)
    action.lipwright.fps = str(fps)


def set_performance(action, performance) -> None:
    """Let a take carry a corrected performance; it shows at the next bake."""
    _write_document(action, performance)


def words_of(action) -> plan.Plan:
    """A take's words and phonemes on the frame axis, without curves."""
    return plan.plan(performance_of(action), mapping.FaceMap(), timing_of(action))


def mark_again(action, scene) -> None:
    """Put a take's markers where its words and phonemes are now; words only where the scene (or None) shows them."""
    words = words_of(action)
    timeline.mark_phonemes(action, words)
    if scene is not None and timeline.marked(scene, action):
        timeline.mark_words(scene, action, words)


def drop_hand_work(action) -> int:
    """Forget the corrections of a take; how many there were."""
    performance = performance_of(action)
    count = len(performance.corrections.spans) + len(performance.corrections.tracks)
    cleared = dataclasses.replace(performance, corrections=Corrections())
    _write_document(action, cleared)
    return count


def remove(action) -> list:
    """Take away a take's curves, and the actions and NLA tracks that held nothing else; names of actions that stay,
    because the artist has set keys in them."""
    gone, kept = members(action), []
    for other in gone:
        if _emptied(other):
            continue
        kept.append(other)
        other.property_unset("lipwright")
    gone = [other for other in gone if other not in kept]
    for thing in nla.players():
        plays = any(actions.plays(thing, other) for other in gone)
        for other in gone:
            _take_off(thing, other)
        ours = (other for other in bpy.data.actions if other.lipwright.uid and other not in gone)
        if plays and not any(actions.strip_of(thing, other) for other in ours):
            for rest in [other for other in bpy.data.actions if other.get("lipwright_rest")]:
                if _take_off(thing, rest):
                    bpy.data.actions.remove(rest)
    for other in gone:
        bpy.data.actions.remove(other)
    return [other.name for other in kept]


def _emptied(action) -> bool:
    """Whether nothing is left in an action once our curves are out of it; they go only if something is."""
    slots = list(action.slots) if actions.HAS_SLOTS else [None]
    if all(owned.is_all_ours(action, slot) for slot in slots):
        return True
    for slot in slots:
        owned.take_out(action, slot)
    for marker in list(action.pose_markers):
        action.pose_markers.remove(marker)
    return False


def _take_off(thing, action) -> bool:
    """Remove the strips of an action, and their tracks if nothing else is on them."""
    found = False
    while (hit := actions.strip_of(thing, action)) is not None:
        track, strip = hit
        track.strips.remove(strip)
        if not len(track.strips):
            thing.animation_data.nla_tracks.remove(track)
        found = True
    return found
