"""Suggestions for avatars of unknown names: from words, from what shapes do, from jaw bones, poses and pictures."""

import bpy

from lipwright.errors import OptionError
from lipwright.types import VISEMES

from ..pure import mapping, mouthshape, verify, wording
from ..pure.mapping import Control, FaceMap, Row
from . import avatar, bones, measuring, rigging


def prepare(scene, thing, found: avatar.Avatar):
    """(sentences, visemes that are seen or None) about the mapping to perform with; made and kept where names fail.

    A mapping that was made by hand or kept is left alone. Raises OptionError for an avatar without a mouth.
    """
    item = rigging.entry(scene, thing)
    if item is not None and len(item.rows):
        return (), None
    face_map, notes = rigging.recognised(found)
    verdict = judge(found, face_map)
    if _is_good(face_map, verdict):
        if verdict is not None and len(verdict.rows) < len(face_map.rows):
            _keep(scene, thing, FaceMap(verdict.rows, face_map.name), (*notes, *verdict.notes), verdict)
        return _unseen(face_map) if verdict is None else verdict.notes, verdict and verdict.right
    suggested, told = for_avatar(found)
    if not any(row.source in mapping.SPOKEN and row.weight for row in suggested.rows):
        raise OptionError(rigging.why_mute(found))
    again = judge(found, suggested)
    _keep(scene, thing, suggested, told, again)
    known = f"the names gave {face_map.name}" if face_map.name else "no names were known"
    return (f"{known}, so the mapping was made by Suggest: look at it under Mapping", *told), again and again.right


def _unseen(face_map):
    """What to say of a mapping that the mesh does not bear out: nothing where no shape is to be seen on a mesh."""
    if any(row.control.kind != "shape" for row in face_map.rows if row.source in VISEMES):
        return ()
    return (
        f"no mapped shape was seen to part lips on the mesh, so the names ({face_map.name}) are believed: look at it",
    )


def _keep(scene, thing, face_map, notes, verdict):
    rigging.store(rigging.entry(scene, thing, make=True), face_map, notes, verdict and verdict.right)


def judge(found, face_map):
    """What the mesh says of a mapping; None where it cannot be measured: no mouth opens, or no shapes speak."""
    spoken = [row for row in face_map.rows if row.source in VISEMES and row.weight]
    if not spoken or any(row.control.kind != "shape" for row in spoken):
        return None
    names = {row.control.name for row in spoken}
    effects = measuring.measured(found, names, names)
    return verify.judged(face_map, effects) if effects else None


def _is_good(face_map, verdict):
    """Whether a mapping from names can be performed with as it is."""
    return _speaks(face_map.rows) and (verdict is None or verdict.speaks)


def for_avatar(found: avatar.Avatar):
    """(map, notes): what is known by name first, then words, then shapes; bones and poses where no shape speaks."""
    face_map, notes = rigging.recognised(found)
    rows, notes, told = list(face_map.rows), list(notes), ""
    if not _is_good(face_map, judge(found, face_map)):
        mouthless = [row for row in rows if row.source not in mapping.SPOKEN]
        names = found.shape_names()
        made = _from_words(found, names) or _from_shapes(found, notes) or _from_poses(found)
        rows = [*mouthless, *made] if _speaks(made) or not _any_mouth(rows) else rows
        if not _any_mouth(rows):
            jaw, told_jaw = bones.mouth_rows(found)
            rows, notes = [*rows, *jaw], [*notes, *told_jaw]
    else:
        told = face_map.name
    names = found.shape_names()
    rows += [row for row in wording.blink_rows(names) if not any(r.source == row.source for r in rows)]
    rows = [row for row in rows if not _is_driven(row, found)]
    verdict = judge(found, FaceMap(tuple(rows)))
    if verdict is not None and len(verdict.rows) < len(rows):
        rows, notes = list(verdict.rows), [*notes, *verdict.notes]
    return FaceMap(tuple(rows), told or face_map.name or "suggested"), tuple(notes)


def _any_mouth(rows):
    return any(row.source in mapping.SPOKEN and row.weight for row in rows)


def _speaks(rows):
    return len({row.source for row in rows if row.source in mapping.VISEMES and row.weight}) >= 4


def _is_driven(row, found):
    return row.control.kind == "shape" and any(row.control.name in avatar.driven(key) for key, _ in found.datablocks())


def _from_words(found, names):
    rows = list(wording.sound_rows(names))
    verdict = judge(found, FaceMap(tuple(rows)))
    return rows if _speaks(rows) and (verdict is None or verdict.speaks) else []


def _from_shapes(found, notes):
    """Basic movements by name where a name speaks of one, by geometry otherwise."""
    movements = {}
    effects = measuring.measured(found)
    effects = {name: seen for name, seen in effects.items() if not verify.is_elsewhere(seen)}
    for name in found.shape_names():
        move = wording.move_of(name)
        if move and move not in movements and _agrees(move, effects.get(name), bool(effects)):
            movements[move] = name, 0.7 if move == "open" else 1.0
    by_shape = mouthshape.basics(effects)
    for move, hit in by_shape.items():
        movements.setdefault(move, hit)
        if movements[move][0] == hit[0]:
            movements[move] = hit
    if "open" not in movements:
        return []
    told = ", ".join(f"{move}: {name}" for move, (name, _) in movements.items())
    notes.append(f"movements found: {told}")
    return list(mouthshape.rows_from_basics(movements))


def _agrees(move, effect, measured):
    """Whether what a shape does bears out its name, where it was measured (an eye "open", a "close" that opens)."""
    if effect is None:
        return not measured
    return {
        "open": effect.opens > 0.05,
        "close": effect.opens < 0.02,
        "round": effect.widens < 0.02,
        "wide": effect.widens > -0.02,
        "bite": True,
    }[move]


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
