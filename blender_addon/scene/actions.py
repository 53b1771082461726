"""F-curves, slots and NLA strips with one set of verbs for Blender 4.2 (plain actions) to 5.x (layers and slots)."""

import bpy
import numpy as np

HAS_SLOTS = bpy.app.version >= (4, 4, 0)


def slot_for(action, thing):
    """The slot of `action` that belongs to `thing`, made if it is missing; None before 4.4."""
    if not HAS_SLOTS:
        return None
    return existing_slot(action, thing) or action.slots.new(id_type=thing.id_type, name=slot_name(thing))


def existing_slot(action, thing):
    """The slot of `action` that `thing` plays, or the one that is named after it; None without."""
    if not HAS_SLOTS:
        return None
    animation = thing.animation_data
    if animation is not None and animation.action == action and animation.action_slot is not None:
        return animation.action_slot
    played = [strip.action_slot for strip in strips_of(thing, action) if strip.action_slot is not None]
    wanted = thing.id_type, slot_name(thing)
    named = [slot for slot in action.slots if (slot.target_id_type, slot.name_display) == wanted]
    return next(iter(played + named), None)


def of_thing(made, thing):
    """Before 4.4, of a take's actions: the one that `thing` plays, or that is marked with its name; None without."""
    fitting = [action for action in made if action.id_root == thing.id_type]
    played = [action for action in fitting if plays(thing, action)]
    named = [a for a in fitting if a.lipwright.target == slot_name(thing)]
    return next(iter(played + named), None)


def slot_name(thing) -> str:
    """What our slots are called: the datablock's name, by which a take finds its slots again.

    Node trees inside materials are all called the same, so they go by their material.
    """
    if thing.id_type == "NODETREE" and thing.is_embedded_data:
        owner = next((material for material in bpy.data.materials if material.node_tree == thing), None)
        return f"{owner.name} nodes" if owner is not None else thing.name
    return thing.name


def fcurves(action, slot, *, ensure=False):
    """The F-curve collection of one slot (of the whole action before 4.4), or None where there is none yet."""
    if not HAS_SLOTS:
        return action.fcurves
    if not action.layers:
        if not ensure:
            return None
        action.layers.new("Layer")
    layer = action.layers[0]
    if not layer.strips:
        if not ensure:
            return None
        layer.strips.new(type="KEYFRAME")
    bag = layer.strips[0].channelbag(slot, ensure=ensure)
    return None if bag is None else bag.fcurves


def all_fcurves(action):
    """Every F-curve of an action, whatever slot it is in."""
    if not HAS_SLOTS:
        return list(action.fcurves)
    return [
        curve for layer in action.layers for strip in layer.strips for bag in strip.channelbags for curve in bag.fcurves
    ]


def active_fcurves(thing):
    """F-curves of the action that is active on `thing`."""
    animation = thing.animation_data
    if animation is None or animation.action is None:
        return []
    if not HAS_SLOTS:
        return list(animation.action.fcurves)
    if animation.action_slot is None:
        return []
    return list(fcurves(animation.action, animation.action_slot) or ())


def assign(thing, action, slot) -> None:
    """Make `action` the active one of `thing`."""
    animation = thing.animation_data or thing.animation_data_create()
    if not HAS_SLOTS:
        action.id_root = thing.id_type
    animation.action = action
    if slot is not None:
        animation.action_slot = slot


def _codes(prop, name, count):
    value = bpy.types.Keyframe.bl_rna.properties[prop].enum_items[name].value
    return np.full(count, value, np.int32)


def write_curve(curves, path, index, frames, values, interpolation) -> None:
    """Replace the keys of one curve in bulk; a curve without keys is taken away."""
    curve = curves.find(path, index=index)
    if not len(frames):
        if curve is not None:
            curves.remove(curve)
        return
    curve = curve or curves.new(path, index=index)
    points = curve.keyframe_points
    points.clear()
    count = len(frames)
    points.add(count)
    co = np.empty(2 * count, np.float32)
    co[0::2], co[1::2] = frames, values
    points.foreach_set("co", co)
    points.foreach_set("interpolation", _codes("interpolation", interpolation, count))
    if interpolation == "BEZIER":
        handles = _codes("handle_left_type", "AUTO_CLAMPED", count)
        points.foreach_set("handle_left_type", handles)
        points.foreach_set("handle_right_type", handles)
    curve.update()


def read_keys(curve):
    """(frames, values), float64 arrays of the curve's keys."""
    co = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", co)
    return co[0::2].astype(float), co[1::2].astype(float)


def read_shape(curve):
    """(frames, values) of a curve as an artist left it: its keys, and every frame between where handles were shaped."""
    if curve is None:
        return np.zeros(0), np.zeros(0)
    frames, values = read_keys(curve)
    if not _free_handles(curve):
        return frames, values
    whole = np.arange(np.ceil(frames[0]), frames[-1])
    frames = np.unique(np.concatenate([frames, whole]))
    return frames, np.array([curve.evaluate(frame) for frame in frames])


def _free_handles(curve) -> bool:
    """Whether somebody shaped a handle of the curve by hand."""
    count = len(curve.keyframe_points)
    left, right = np.empty(count, np.int32), np.empty(count, np.int32)
    curve.keyframe_points.foreach_get("handle_left_type", left)
    curve.keyframe_points.foreach_get("handle_right_type", right)
    ours = _codes("handle_left_type", "AUTO_CLAMPED", 1)[0]
    bezier = bool(count) and curve.keyframe_points[0].interpolation == "BEZIER"
    return bezier and bool(np.any(left != ours) or np.any(right != ours))


def strip_of(thing, action):
    """(track, strip) that plays `action` on `thing` first, or None."""
    animation = thing.animation_data
    for track in animation.nla_tracks if animation is not None else ():
        for strip in track.strips:
            if strip.action == action:
                return track, strip
    return None


def plays(thing, action) -> bool:
    """Whether `action` is active on `thing`, or on its NLA."""
    return thing.animation_data is not None and (
        thing.animation_data.action == action or strip_of(thing, action) is not None
    )


def strips_of(thing, action):
    """Every strip that plays `action` on `thing`: a chorus may be repeated."""
    animation = thing.animation_data
    tracks = animation.nla_tracks if animation is not None else ()
    return [strip for track in tracks for strip in track.strips if strip.action == action]


def push_strip(thing, action, slot, name, blend, extrapolation="NOTHING"):
    """A new NLA track with one strip that plays `action` where its keys lie; outside it, the tracks below show."""
    animation = thing.animation_data or thing.animation_data_create()
    track = animation.nla_tracks.new()
    track.name = name
    first, last = action_range(action)
    strip = track.strips.new(name, int(np.floor(first)), action)
    if slot is not None:
        strip.action_slot = slot
    strip.blend_type = blend
    strip.extrapolation = extrapolation
    place_strip(strip, first, last, first)
    return track, strip


def place_strip(strip, first, last, start) -> None:
    """Lay the action's frames first..last at `start` on the scene's frame axis, unstretched.

    A strip of a multi-slot action comes one frame long (4.4+), so every number is set; ends before starts, because
    Blender clamps one by the other.
    """
    strip.action_frame_end = max(last, first + 1.0)
    strip.action_frame_start = first
    strip.action_frame_end = max(last, first + 1.0)
    length = max(last - first, 1.0)
    if start > strip.frame_end_ui:
        strip.frame_end_ui = start + length
    strip.frame_start_ui = start
    strip.frame_end_ui = start + length
    strip.scale = 1.0


def action_range(action):
    """First and last keyed frame of an action; (0, 1) of an empty one."""
    first, last = tuple(action.frame_range)
    return (float(first), float(last)) if last > first else (float(first), float(first) + 1.0)


def push_down(thing) -> str:
    """Move the active action of `thing` to an NLA track of its own, where it goes on playing; returns its name."""
    animation = thing.animation_data
    action, slot = animation.action, getattr(animation, "action_slot", None)
    animation.action = None
    # A foreign action goes on holding its last values, as it did while it was active.
    push_strip(thing, action, slot, action.name, "REPLACE", "NOTHING" if action.lipwright.uid else "HOLD")
    return action.name
