"""Write a plan into Blender: own actions, own slots, own NLA tracks; never a key of the artist's.

Everything that can go wrong is found before the first write; what fails afterwards is taken back.
"""

from dataclasses import dataclass, field

import bpy
import numpy as np

from lipwright.errors import OptionError

from ..pure import bone_blends, manual_edits
from . import actions, avatar, nla, owned


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
            channel.frames, channel.values = manual_edits.channel_edits(
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
    if not plan.curves:
        raise OptionError(
            "the performance moves nothing that is mapped: no word or sound was heard, or the mapping has other rows; "
            "listen to the vocal, or look at the mapping table"
        )
    if not targets:
        raise OptionError(
            f"nothing of {found.name!r} can be keyed: {'; '.join(notes)}; press Map, or correct the mapping table"
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
                moves.append(
                    bone_blends.Move(curve.control.name, {curve.control.axis: 1.0}, curve.frames, curve.values)
                )
                continue
            action = bpy.data.actions.get(curve.control.name)
            if action is None:
                notes.append(f"the pose {curve.control.name!r} is gone")
                continue
            moves.extend(pose_moves(rig, action, curve))
        for bone_name, parts in bone_blends.by_bone(moves).items():
            bone = rig.pose.bones.get(bone_name)
            if bone is None:
                notes.append(f"the bone {bone_name!r} is not in {name!r}")
                continue
            prefix = f'pose.bones["{bpy.utils.escape_identifier(bone_name)}"].'
            frames, numbers = bone_blends.blend(parts, bone.rotation_mode)
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
    return [
        bone_blends.Move(bone, bone_blends.axes_of(channels), curve.frames, curve.values)
        for bone, channels in posed.items()
    ]


def bake(targets, name, *, placement="AUTO", blend="REPLACE", old=(), interpolation="BEZIER") -> Written:
    """Write channels into actions called `name`. `old` are the actions of this take's last bake, to be filled anew.

    placement: ACTION (the active action), NLA (a track of its own), AUTO (ACTION where nothing else is animated).
    """
    done = Written()
    fresh = []
    shown = nla.Shown.before(old)
    try:
        slots = []
        for thing, channels in targets:
            action = _action_for(thing, name, old, done, fresh)
            slots.append(actions.slot_for(action, thing))
            written = _fill(action, slots[-1], channels, interpolation, done.notes)
            done.keys += sum(len(channel.frames) for channel in written)
        for action in done.actions:
            owned.drop_slots(action, slots)
        for (thing, channels), slot in zip(targets, slots, strict=True):
            action = _owner_of(thing, done.actions)
            nla.place(thing, action, slot, name, placement, blend, channels, shown, done.notes)
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
    action = actions.of_thing(old, thing)
    if action is not None:
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
    return made[0] if actions.HAS_SLOTS else actions.of_thing(made, thing)


def _fill(action, slot, channels, interpolation, notes):
    """Write the channels and take away curves of ours that have none any more; returns what was written.

    Keys that the artist set in our action, on something that we do not move, are left as they are.
    """
    curves = actions.fcurves(action, slot, ensure=True)
    ours = owned.paths(action, slot)
    theirs = {(c.data_path, c.array_index) for c in curves} - ours if ours is not None else set()
    written = [channel for channel in channels if (channel.path, channel.index) not in theirs]
    wanted = {(channel.path, channel.index) for channel in written}
    for curve in [c for c in curves if (c.data_path, c.array_index) not in wanted | theirs]:
        curves.remove(curve)
    for channel in written:
        style = "CONSTANT" if channel.steps else interpolation
        actions.write_curve(curves, channel.path, channel.index, channel.frames, channel.values, style)
    owned.remember(action, slot, wanted)
    left = [channel.control.name if channel.control else channel.path for channel in channels if channel not in written]
    if left:
        notes.append(f"keys of yours on {_some(left)} in {action.name!r} were left alone")
    return written
