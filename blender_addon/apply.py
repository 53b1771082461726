"""Write a plan into Blender: own actions, own slots, own NLA tracks; never a key of the artist's.

Everything that can go wrong is found before the first write; what fails afterwards is taken back.
"""

from dataclasses import dataclass, field

import bpy
import numpy as np

from lipwright.errors import OptionError

from . import actions, avatar, blends, handwork


@dataclass
class Channel:
    """Keys for one number of one datablock."""

    path: str
    index: int
    frames: np.ndarray
    values: np.ndarray
    steps: bool = False
    control: object = None


@dataclass
class Written:
    """What a bake did, for the report."""

    actions: list = field(default_factory=list)
    keys: int = 0
    datablocks: int = 0
    notes: list = field(default_factory=list)


def limits_of(found, face_map) -> dict:
    """The range of every shape key that the mapping names; several meshes: what all of them take."""
    limits = {}
    for control in face_map.by_control():
        if control.kind != "shape":
            continue
        for key, _ in found.datablocks():
            block = key.key_blocks.get(control.name)
            if block is not None:
                low, high = limits.get(control, (-np.inf, np.inf))
                limits[control] = max(low, block.slider_min), min(high, block.slider_max)
    return limits


def channel_name(thing, channel) -> str:
    """What a bone's channel is called in corrections."""
    return f"{thing.name}:{channel.path}[{channel.index}]"


def channels_of(plan, found, performance, timing):
    """(list of (datablock, channels), notes): where each curve of the plan goes in this avatar.

    `performance` None: only try. Raises OptionError if a datablock cannot be written, or if nothing is left to write.
    """
    targets, notes = {}, []

    def add(thing, channel):
        if channel.control is None and performance is not None:
            name = channel_name(thing, channel)
            channel.frames, channel.values = handwork.channel_edits(
                performance, name, timing, channel.frames, channel.values
            )
        targets.setdefault((thing.id_type, actions.slot_name(thing)), (thing, []))[1].append(channel)

    _shape_channels(plan, found, add, notes)
    _property_channels(plan, add, notes)
    _bone_channels(plan, add, notes)
    for thing, _ in targets.values():
        reason = avatar.why_locked(thing)
        if reason and not avatar.can_override(thing):
            raise OptionError(reason)
    if not targets:
        raise OptionError(
            f"nothing of {found.name!r} can be keyed: {notes[0] if notes else 'the mapping is empty'}; "
            "press Map, or correct the mapping table"
        )
    return list(targets.values()), notes


def _shape_channels(plan, found, add, notes):
    curves = {curve.control.name: curve for curve in plan.curves if curve.control.kind == "shape"}
    reached, blocked = set(), set()
    for key, _ in found.datablocks():
        by_driver = avatar.driven(key)
        for name, curve in curves.items():
            if name in by_driver:
                blocked.add(name)
            elif name in key.key_blocks and key.key_blocks[name] != key.reference_key:
                reached.add(name)
                add(key, Channel(avatar.key_path(name), 0, curve.frames, curve.values, control=curve.control))
    missing = sorted(set(curves) - reached - blocked)
    if missing:
        notes.append(f"{_some(missing)} not found on any mesh of {found.name!r}")
    if blocked - reached:
        notes.append(f"{_some(sorted(blocked - reached))} moved by drivers and left alone")


def _some(names, count=4):
    text = ", ".join(repr(name) for name in names[:count])
    return text + (f" and {len(names) - count} more" if len(names) > count else "")


def _property_channels(plan, add, notes):
    for curve in plan.curves:
        if curve.control.kind not in ("property", "sprite"):
            continue
        owner = bpy.data.objects.get(curve.control.owner)
        place = locate(owner, curve.control.name) if owner is not None else None
        if place is None:
            notes.append(f"{curve.control.name!r} not found on {curve.control.owner!r}")
            continue
        thing, path = place
        add(thing, Channel(path, 0, curve.frames, curve.values, curve.steps, curve.control))


def locate(owner, path):
    """(datablock, path on it) of the number that `path` leads to from an object, through materials too; or None."""
    try:
        owner.path_resolve(path)
        holder_path, dot, prop = path.rpartition(".")
        holder = owner.path_resolve(holder_path) if dot and not path.endswith("]") else owner
        if holder.id_data == owner:
            return owner, path
        return holder.id_data, holder.path_from_id(prop)
    except (ValueError, AttributeError):
        return None


def _bone_channels(plan, add, notes):
    """Bones and poses: all curves of one bone become its location, rotation and scale."""
    owners = {}
    for curve in plan.curves:
        if curve.control.kind in ("bone", "pose"):
            owners.setdefault(curve.control.owner, []).append(curve)
    for name, curves in owners.items():
        rig = bpy.data.objects.get(name)
        if rig is None or rig.type != "ARMATURE":
            notes.append(f"{name!r} is no armature in this file")
            continue
        moves = []
        for curve in curves:
            if curve.control.kind == "bone":
                moves.append(blends.Move(curve.control.name, {curve.control.axis: 1.0}, curve.frames, curve.values))
                continue
            action = bpy.data.actions.get(curve.control.name)
            if action is None:
                notes.append(f"the pose {curve.control.name!r} is gone")
                continue
            moves.extend(pose_moves(rig, action, curve))
        for bone_name, parts in blends.by_bone(moves).items():
            bone = rig.pose.bones.get(bone_name)
            if bone is None:
                notes.append(f"the bone {bone_name!r} is not in {name!r}")
                continue
            prefix = f'pose.bones["{bpy.utils.escape_identifier(bone_name)}"].'
            frames, numbers = blends.blend(parts, bone.rotation_mode)
            for (prop, index), values in numbers.items():
                add(rig, Channel(prefix + prop, index, frames, values))


def pose_moves(rig, action, curve):
    """The poses of an Action's bones at its first keyed frame, as moves that the curve weighs."""
    frame = actions.action_range(action)[0]
    posed = {}
    for fcurve in actions.all_fcurves(action):
        for bone in rig.pose.bones:
            prefix = f'pose.bones["{bpy.utils.escape_identifier(bone.name)}"].'
            if fcurve.data_path.startswith(prefix):
                prop = fcurve.data_path[len(prefix) :]
                posed.setdefault(bone.name, {})[(prop, fcurve.array_index)] = fcurve.evaluate(frame)
    return [blends.Move(bone, blends.axes_of(channels), curve.frames, curve.values) for bone, channels in posed.items()]


def bake(targets, name, *, placement="AUTO", blend="REPLACE", old=(), interpolation="BEZIER") -> Written:
    """Write channels into actions called `name`. `old` are the actions of this take's last bake, to be filled anew.

    placement: ACTION (the active action), NLA (a track of its own), AUTO (ACTION where nothing else is animated).
    """
    done = Written()
    fresh = []
    try:
        for thing, channels in targets:
            action = _action_for(thing, name, old, done, fresh)
            slot = actions.slot_for(action, thing)
            curves = actions.fcurves(action, slot, ensure=True)
            _fill(curves, channels, interpolation)
            done.keys += sum(len(channel.frames) for channel in channels)
            done.datablocks += 1
        _drop_foreign_slots(done.actions, targets)
        for thing, channels in targets:
            action = _owner_of(thing, done.actions)
            _place(thing, action, actions.slot_for(action, thing), name, placement, blend, channels, done.notes)
    except Exception:
        for action in fresh:
            bpy.data.actions.remove(action)
        raise
    return done


def _action_for(thing, name, old, done, fresh):
    """One action for everything from 4.4 on, one a datablock before."""
    if actions.HAS_SLOTS:
        if not done.actions:
            done.actions.append(old[0] if old else _new_action(name, fresh))
        return done.actions[0]
    for action in old:
        if action.lipwright.target == actions.slot_name(thing) and action.id_root == thing.id_type:
            done.actions.append(action)
            return action
    action = _new_action(name if not done.actions else f"{name}.{actions.slot_name(thing)}", fresh)
    action.lipwright.target = actions.slot_name(thing)
    action.id_root = thing.id_type
    done.actions.append(action)
    return action


def _new_action(name, fresh):
    action = bpy.data.actions.new(name)
    fresh.append(action)
    return action


def _owner_of(thing, made):
    if actions.HAS_SLOTS:
        return made[0]
    return next(a for a in made if a.lipwright.target == actions.slot_name(thing) and a.id_root == thing.id_type)


def _fill(curves, channels, interpolation):
    """Write the channels and take away curves of ours that have none any more."""
    wanted = {(channel.path, channel.index) for channel in channels}
    for curve in [c for c in curves if (c.data_path, c.array_index) not in wanted]:
        curves.remove(curve)
    for channel in channels:
        style = "CONSTANT" if channel.steps else interpolation
        actions.write_curve(curves, channel.path, channel.index, channel.frames, channel.values, style)


def _drop_foreign_slots(made, targets):
    """Slots of datablocks that no longer take part (a mesh was removed from the avatar)."""
    if actions.HAS_SLOTS:
        names = {(thing.id_type, actions.slot_name(thing)) for thing, _ in targets}
        for slot in [s for s in made[0].slots if (s.target_id_type, s.name_display) not in names]:
            made[0].slots.remove(slot)


def _place(thing, action, slot, name, placement, blend, channels, notes):
    """Let `thing` play its part of the action, beside whatever it plays already."""
    animation = thing.animation_data or thing.animation_data_create()
    if animation.action == action:
        actions.assign(thing, action, slot)
        return
    mode = blend if thing.id_type != "OBJECT" or blend == "REPLACE" else "COMBINE"
    existing = actions.strip_of(thing, action)
    if existing is not None:
        _refresh(existing[1], action, slot, mode)
        return
    empty = animation.action is None and not animation.nla_tracks
    paths = {(channel.path, channel.index) for channel in channels}
    if animation.action is not None and animation.action.lipwright.uid:
        _rest_below(thing, paths | {(c.data_path, c.array_index) for c in actions.active_fcurves(thing)})
    if placement == "ACTION" and not empty and animation.action is not None:
        notes.append(f"{actions.push_down(thing)!r} of {thing.name!r} moved to an NLA track of its own")
    if placement == "ACTION" or (placement == "AUTO" and empty):
        actions.assign(thing, action, slot)
        if animation.nla_tracks:
            # Before and after the vocal the tracks below show, in place of our first and last key.
            _rest_below(thing, paths)
            animation.action_extrapolation = "NOTHING"
        return
    if any((curve.data_path, curve.array_index) in paths for curve in actions.active_fcurves(thing)):
        # An active action hides the strips below it wherever both move the same thing.
        notes.append(f"{actions.push_down(thing)!r} of {thing.name!r} moved to an NLA track below the new one")
    _rest_below(thing, paths)
    actions.push_strip(thing, action, slot, name, mode)


REST = "Lipwright rest"


def _rest_below(thing, paths):
    """Give controls that no track moves a value of 0 to start from.

    The NLA starts from a property's default, and in Blender 5.0 that of a shape key's value is 1: an open mouth
    wherever no strip plays.
    """
    if thing.id_type != "KEY" or bpy.types.ShapeKey.bl_rna.properties["value"].default == 0.0:
        return
    covered = set()
    for track in thing.animation_data.nla_tracks:
        for strip in track.strips:
            if strip.action is not None and strip.extrapolation == "HOLD":
                slot = getattr(strip, "action_slot", None)
                curves = actions.fcurves(strip.action, slot) if slot or not actions.HAS_SLOTS else ()
                covered |= {(curve.data_path, curve.array_index) for curve in curves or ()}
    bare = sorted(paths - covered)
    if not bare:
        return
    rest = bpy.data.actions.new(REST)
    slot = actions.slot_for(rest, thing)
    curves = actions.fcurves(rest, slot, ensure=True)
    for path, index in bare:
        actions.write_curve(curves, path, index, np.zeros(1), np.zeros(1), "CONSTANT")
    rest["lipwright_rest"] = True
    actions.push_strip(thing, rest, slot, REST, "REPLACE", "HOLD")


def _refresh(strip, action, slot, blend):
    """Give a strip the action's new length; it stays where the artist put it."""
    moved = strip.frame_start - strip.action_frame_start if strip.scale == 1.0 else None
    if slot is not None:
        strip.action_slot = slot
    strip.blend_type = blend
    first, last = actions.action_range(action)
    if moved is not None:
        actions.place_strip(strip, first, last, first + moved)
