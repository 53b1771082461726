"""What every shape of an avatar does to its mouth, read from its meshes; standing, turned, scaled or lying down."""

import numpy as np

from ..pure import facing, mouthshape, wording


def measured(found, names=None, mouths=()) -> dict:
    """shape name -> mouthshape.Effect on the mesh with the mouth; empty where no mouth opens.

    `names`: the shapes to measure, all if None; `mouths` are those that are known to move the mouth: blinks lie above
    them, or above what all other shapes move.
    """
    best: dict = {}
    for mesh in found.meshes:
        rest, shapes = geometry(mesh, names, mouths)
        lips = mouthshape.find_lips(rest, shapes)
        if lips is not None:
            effects = {name: mouthshape.effect(offsets, lips, rest) for name, offsets in shapes.items()}
            if len(effects) > len(best):
                best = effects
    return best


def geometry(mesh, names=None, mouths=()):
    """(rest (N, 3), name -> offsets (N, 3)) of a mesh in face space (mouthshape), in the mesh's own units."""
    key = mesh.data.shape_keys
    rest, normals = _points(key.reference_key), _normals(mesh.data)
    eyes = {block.name for block in key.key_blocks if wording.shuts_eyes(block.name)}
    shapes = {
        block.name: _points(block) - _points(block.relative_key) for block in key.key_blocks
        if block != key.reference_key and (names is None or block.name in names or block.name in eyes)
    }  # fmt: skip
    motion = np.zeros(len(rest))
    for offsets in shapes.values():
        np.maximum(motion, np.linalg.norm(offsets, axis=1), out=motion)
    above = _centre(rest, shapes, eyes), _centre(rest, shapes, (set(mouths) or set(shapes)) - eyes)
    known = None if above[0] is None or above[1] is None else above[0] - above[1]
    world_up = np.array(mesh.matrix_world.to_3x3().inverted_safe())[:, 2]
    length = float(np.linalg.norm(world_up))
    turn = facing.frame(rest, normals, motion, world_up / length if length > 0.0 else np.array([0.0, 0.0, 1.0]), known)
    return rest @ turn.T, {name: offsets @ turn.T for name, offsets in shapes.items()}


def _centre(rest, shapes, names):
    """Where some shapes move the mesh, on the whole; None if they don't."""
    motion = sum((np.linalg.norm(shapes[name], axis=1) for name in names if name in shapes), np.zeros(len(rest)))
    return np.average(rest, axis=0, weights=motion) if motion.sum() > 0.0 else None


def _points(block):
    flat = np.empty(3 * len(block.data), np.float32)
    block.data.foreach_get("co", flat)
    return flat.reshape(-1, 3).astype(float)


def _normals(mesh):
    flat = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("normal", flat)
    return flat.reshape(-1, 3).astype(float)
