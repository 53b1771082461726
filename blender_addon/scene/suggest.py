"""Suggestions for avatars of unknown names: from words, from what shapes do, from jaw bones, poses and pictures."""

import bpy
import numpy as np

from ..pure import mapping, mouthshape, wording
from ..pure.mapping import Control, FaceMap, Row
from . import avatar, rigging

# A jaw that opens for a full "aa", radians about the axis from the performer's right to the left.
JAW_TURN = 0.3
_JAW_BONES = ("jaw_master", "c_jawbone.x", "jaw", "cc_base_jawroot", "mixamorig:jaw", "jawroot", "chin_master")
_HEAD_BONES = ("head", "cc_base_head", "mixamorig:head", "c_head.x", "j_bip_c_head")
# Visemes by how far they open the jaw, for rigs that have nothing but one.
_JAW_VISEMES = {"aa": 1.0, "E": 0.6, "oh": 0.6, "ih": 0.3, "kk": 0.25, "RR": 0.15, "TH": 0.2, "DD": 0.15, "nn": 0.13,
                "CH": 0.1, "SS": 0.06, "ou": 0.15}  # fmt: skip


def for_avatar(found: avatar.Avatar):
    """(map, notes): what is known by name first, then words, then shapes; bones and poses where no shape speaks."""
    face_map, notes = rigging.recognised(found)
    rows = list(face_map.rows)
    notes = list(notes)
    names = found.shape_names()
    if not _speaks(rows):
        rows += _from_words(names) or _from_shapes(found, notes)
    rows += [row for row in wording.blink_rows(names) if not any(r.source == row.source for r in rows)]
    if not _speaks(rows):
        rows += _from_poses(found) or _from_jaw(found, notes)
    rows += _from_head(found)
    rows = [row for row in rows if not _is_driven(row, found)]
    return FaceMap(tuple(rows), face_map.name or "suggested"), tuple(notes)


def _speaks(rows):
    return len({row.source for row in rows if row.source in mapping.VISEMES and row.weight}) >= 4


def _is_driven(row, found):
    return row.control.kind == "shape" and any(row.control.name in avatar.driven(key) for key, _ in found.datablocks())


def _from_words(names):
    rows = list(wording.sound_rows(names))
    return rows if _speaks(rows) else []


def _from_shapes(found, notes):
    """Basic movements by name where a name speaks of one, by geometry otherwise."""
    movements = {}
    effects = measured(found)
    for name in found.shape_names():
        move = wording.move_of(name)
        if move and move not in movements and _agrees(move, effects.get(name)):
            movements[move] = name, 0.7 if move == "open" else 1.0
    by_shape = mouthshape.basics(effects)
    for move, hit in by_shape.items():
        movements.setdefault(move, hit)
        if movements[move][0] == hit[0]:
            movements[move] = hit
    if movements:
        told = ", ".join(f"{move}: {name}" for move, (name, _) in movements.items())
        notes.append(f"movements found: {told}")
    return list(mouthshape.rows_from_basics(movements))


def _agrees(move, effect):
    """Whether what a shape does contradicts its name (an eye "open", a "close" that opens)."""
    if effect is None:
        return True
    return {
        "open": effect.opens > 0.05,
        "close": effect.opens < 0.02,
        "round": effect.widens < 0.02,
        "wide": effect.widens > -0.02,
        "bite": True,
    }[move]


def measured(found: avatar.Avatar) -> dict:
    """What every shape of the mesh with the mouth does to it; empty where no mouth is found."""
    best = {}
    for mesh in found.meshes:
        rest, shapes = _geometry(mesh)
        lips = mouthshape.find_lips(rest, shapes)
        if lips is not None:
            effects = {name: mouthshape.effect(offsets, lips) for name, offsets in shapes.items()}
            if not best or len(effects) > len(best):
                best = effects
    return best


def _geometry(mesh):
    """(rest (N, 3), name -> offsets (N, 3)) in world directions: z up, the face towards -y."""
    key = mesh.data.shape_keys
    turn = np.array(mesh.matrix_world.to_3x3())

    def points(block):
        flat = np.empty(3 * len(block.data), np.float32)
        block.data.foreach_get("co", flat)
        return flat.reshape(-1, 3).astype(float) @ turn.T

    rest = points(key.reference_key)
    return rest, {
        block.name: points(block) - points(block.relative_key) for block in key.key_blocks if block != key.reference_key
    }


def _from_jaw(found, notes):
    """A jaw bone as the whole mouth."""
    for rig in found.armatures:
        bone = _bone(rig, _JAW_BONES)
        if bone is not None:
            notes.append(f"the jaw bone {bone.name!r} opens the mouth; check which way it turns (Amount, Axis)")
            axis, sign = _own_axis(rig, bone, 0)
            control = Control("bone", bone.name, rig.name, axis)
            return [Row(v, control, round(sign * JAW_TURN * share, 4), "jaw") for v, share in _JAW_VISEMES.items()]
    return []


def _bone(rig, wanted):
    folded = {bone.name.casefold(): bone for bone in rig.pose.bones}
    return next((folded[name] for name in wanted if name in folded), None)


def _own_axis(rig, bone, world_axis):
    """(axis of mapping.AXES, 1 or -1): the bone's own axis that lies along x, y or z of the world, for a turn about it.

    Rigs disagree about a bone's roll, so where its axes point is measured and not assumed.
    """
    along = np.array((rig.matrix_world @ bone.bone.matrix_local).to_3x3())[world_axis]
    nearest = int(np.argmax(np.abs(along)))
    return f"rotation_{'xyz'[nearest]}", 1.0 if along[nearest] > 0.0 else -1.0


# Turns about the world's axes (x to the performer's left, the face towards -y, z up) that are a head's angles:
# yaw to the performer's left, pitch up, roll towards the left shoulder.
_HEAD_TURNS = {"headYaw": (2, 1.0), "headPitch": (0, -1.0), "headRoll": (1, 1.0)}


def _from_head(found):
    """The head bone follows the head's angles."""
    for rig in found.armatures:
        bone = _bone(rig, _HEAD_BONES)
        if bone is not None:
            turns = {source: (_own_axis(rig, bone, world), sign) for source, (world, sign) in _HEAD_TURNS.items()}
            return [Row(source, Control("bone", bone.name, rig.name, axis), sign * own)
                    for source, ((axis, own), sign) in turns.items()]  # fmt: skip
    return []


def _from_poses(found):
    """Pose actions (a pose library's) that are named after sounds."""
    if not found.armatures:
        return []
    rig = found.armatures[0]
    names = [action.name for action in bpy.data.actions if _poses(action, rig)]
    rows = [Row(r.source, Control("pose", r.control.name, rig.name), 1.0) for r in wording.sound_rows(names)]
    return rows if _speaks(rows) else []


def _poses(action, rig):
    """Whether an action is one pose of this armature's bones."""
    from . import actions

    curves = actions.all_fcurves(action)
    bones = {f'pose.bones["{bpy.utils.escape_identifier(bone.name)}"]' for bone in rig.pose.bones}
    return bool(curves) and all(
        any(curve.data_path.startswith(prefix) for prefix in bones) and len(curve.keyframe_points) <= 2
        for curve in curves
    )
