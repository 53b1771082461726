"""A rig's own bones as a mouth and a head: which they are, and about which of their axes they turn."""

import numpy as np

from lipwright import rigs

from ..pure import wording
from ..pure.mapping import Control, Row
from ..pure.mouthshape import RECIPE
from . import actions

# A jaw that opens for a full "aa", radians about the axis from the performer's right to the left.
JAW_TURN = 0.3
# Names of control bones that are known; any other bone whose words say jaw, head or neck comes after them.
_KNOWN = {
    "jaw": ("jaw_master", "c_jawbone.x", "jaw", "cc_base_jawroot", "mixamorig:jaw", "jawroot", "chin_master"),
    "head": ("head", "cc_base_head", "mixamorig:head", "c_head.x", "j_bip_c_head"),
    "neck": ("neck", "cc_base_necktwist01", "mixamorig:neck", "c_neck.x", "j_bip_c_neck"),
}
# Words of bones that only help (Rigify's mechanisms, ends of chains) or are one side's.
_HELPERS = {"org", "mch", "def", "end", "top", "nub", "twist", "left", "right", "l", "r", "ik", "target", "tweak"}
# Control bones of the lips: Rigify's face; Auto-Rig Pro's, from memory.
_LIPS = {"left": ("lips.L", "c_lips_smile.l"), "right": ("lips.R", "c_lips_smile.r"),
         "upper": ("lip.T", "c_lips_top.x"), "lower": ("lip.B", "c_lips_bot.x")}  # fmt: skip
# How far lip controls go for a full basic movement, in mouth widths to the left, back and up. A corner's step to the
# left is mirrored on the right. As far as sculpted visemes go (mouthshape._NARROW, _WIDE).
_MOVES = {
    "wide": {"corner": (0.075, 0.01, 0.01)},
    "round": {"corner": (-0.125, -0.08, 0.0), "upper": (0.0, -0.1, 0.0), "lower": (0.0, -0.1, 0.0)},
    "bite": {"lower": (0.0, 0.05, 0.07)},
    "close": {"upper": (0.0, 0.01, -0.01), "lower": (0.0, 0.01, 0.01)},
}
# Visemes by how far they open the jaw, for rigs that have nothing but one.
_JAW_VISEMES = {"aa": 1.0, "E": 0.6, "oh": 0.6, "ih": 0.3, "kk": 0.25, "RR": 0.15, "TH": 0.2, "DD": 0.15, "nn": 0.13,
                "CH": 0.1, "SS": 0.06, "ou": 0.15}  # fmt: skip
# How much of a head's turn its neck does, where there is one.
_NECK = 0.35
# Turns about (left, back, up) that are a head's angles: yaw to the performer's left, pitch up, roll to the left.
_HEAD_TURNS = {"headYaw": (2, 1.0), "headPitch": (0, -1.0), "headRoll": (1, 1.0)}
# A part of a movement smaller than this (of 1) is not worth a row.
_LEAST = 0.02


def mouth_rows(found):
    """(rows, notes): the jaw bone as the whole mouth, with the lips' control bones where the rig has them."""
    for rig in found.armatures:
        jaw = _bone(rig, "jaw")
        if jaw is None:
            continue
        frame, lips = _axes(rig), _lip_bones(rig)
        rows = []
        for viseme, parts in RECIPE.items() if lips else ((v, {"open": s}) for v, s in _JAW_VISEMES.items()):
            opened = _turned(viseme, rig, jaw, frame[0], JAW_TURN * parts.get("open", 0.0), "jaw")
            rows += [*opened, *_lip_rows(viseme, parts, rig, lips, frame)]
        told = f"the jaw bone {jaw.name!r} opens the mouth"
        told += " and the lips' control bones shape it" if lips else "; lips cannot round or close"
        return _summed(rows), [f"{told}; look at it, and correct it under Mapping (Amount, Axis)"]
    return [], []


def head_rows(found):
    """Rows by which head and neck follow the head's angles; none for bones that are animated already."""
    for rig in found.armatures:
        head, neck = _bone(rig, "head"), _bone(rig, "neck")
        if head is None or _is_animated(rig, head):
            continue
        frame = _axes(rig)
        shares = {head: 1.0} if neck is None or _is_animated(rig, neck) else {head: 1.0 - _NECK, neck: _NECK}
        return [row for bone, share in shares.items() for source, (axis, sign) in _HEAD_TURNS.items()
                for row in _turned(source, rig, bone, frame[axis], sign * share, "")]  # fmt: skip
    return []


def _bone(rig, what):
    """The control bone for the jaw, the head or the neck: a known name, else the plainest one that says so."""
    folded = {bone.name.casefold(): bone for bone in rig.pose.bones}
    for name in _KNOWN[what]:
        if name in folded:
            return folded[name]
    said = [
        bone for bone in rig.pose.bones if what in (words := set(wording.words(bone.name))) and not words & _HELPERS
    ]
    return min(said, key=lambda bone: (len(wording.words(bone.name)), len(bone.name)), default=None)


def _axes(rig):
    """The character's left, back and up (3, 3) in the world, as paired bones lie; the world's own without pairs."""
    ends = {rigs.fold(bone.name): np.array(rig.matrix_world @ bone.bone.head_local) for bone in rig.pose.bones}
    apart = [at - ends[name.removesuffix("left") + "right"] for name, at in ends.items()
             if name.endswith("left") and name.removesuffix("left") + "right" in ends]  # fmt: skip
    up = np.array([0.0, 0.0, 1.0])
    left = np.sum(apart, axis=0) if apart else np.array([1.0, 0.0, 0.0])
    left = left - (left @ up) * up
    if np.linalg.norm(left) < 1e-6:
        left = np.array([1.0, 0.0, 0.0])
    left = left / np.linalg.norm(left)
    return np.array([left, np.cross(up, left), up])


def _local(rig, bone, direction):
    """A direction of the world along the bone's own axes, wherever its roll points them."""
    own = np.array((rig.matrix_world @ bone.bone.matrix_local).to_3x3())
    return (own / np.linalg.norm(own, axis=0)).T @ direction


def _turned(source, rig, bone, axis, angle, part):
    turn = angle * _local(rig, bone, axis)
    return [Row(source, Control("bone", bone.name, rig.name, f"rotation_{letter}"), round(float(share), 4), part)
            for letter, share in zip("xyz", turn, strict=True) if abs(share) > _LEAST * abs(angle)]  # fmt: skip


def _lip_bones(rig):
    """part -> the control bone of the lips there; {} unless both corners and both lips are there."""
    found = {part: next((rig.pose.bones[name] for name in names if name in rig.pose.bones), None)
             for part, names in _LIPS.items()}  # fmt: skip
    return found if all(found.values()) else {}


def _lip_rows(viseme, parts, rig, lips, frame):
    if not lips:
        return []
    corners = [np.array(rig.matrix_world @ lips[side].bone.head_local) for side in ("left", "right")]
    width, scale = np.linalg.norm(corners[0] - corners[1]), max(rig.matrix_world.median_scale, 1e-9)
    rows = []
    for part, share in parts.items():
        for place, step in _MOVES.get(part, {}).items():
            for side in ("left", "right") if place == "corner" else (place,):
                across, back, up = step
                world = np.array([-across if side == "right" else across, back, up]) @ frame
                amounts = share * width / scale * _local(rig, lips[side], world)
                rows += [Row(viseme, Control("bone", lips[side].name, rig.name, f"location_{letter}"),
                             round(float(amount), 6), "lips")
                         for letter, amount in zip("xyz", amounts, strict=True)
                         if abs(amount) > _LEAST * share * width / scale * np.linalg.norm(step)]  # fmt: skip
    return rows


def _summed(rows):
    """One row for each viseme and control."""
    total: dict = {}
    for row in rows:
        total.setdefault((row.source, row.control, row.part), []).append(row.weight)
    return [Row(source, control, round(sum(weights), 6), part) for (source, control, part), weights in total.items()]


def _is_animated(rig, bone):
    """Whether somebody animated this bone: then it is theirs."""
    action = rig.animation_data and rig.animation_data.action
    if action is None or action.lipwright.uid:
        return False
    path = bone.path_from_id()
    return any(curve.data_path.startswith(path) for curve in actions.all_fcurves(action))
