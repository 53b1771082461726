"""Which way a face looks, told by its own shape: not by its object's rotation, scale or axes. Pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SAMPLES, _MOST = 300, 2000
# The world says what is up unless the character lies down (cosine between the two).
_UPRIGHT = 0.35


def frame(rest: Array, normals: Array, motion: Array, world_up: Array, above: Array | None = None) -> Array:
    """Rows of a rotation (3, 3) to face space: x to the performer's left, y from front to back, z up.

    `rest`, `normals` (N, 3) in any space; `motion` (N,) is how far any shape moves each vertex; `world_up` (3,) is the
    world's z there, of length 1; `above` (3,) points from what is known as the mouth to what is known as the eyes.
    """
    weight = motion / max(float(motion.max(initial=0.0)), 1e-12)
    moved = np.flatnonzero(weight > 0.1)
    if len(moved) < 8:
        moved = np.arange(len(rest))
    sides = _symmetric_axis(rest, moved)
    side = np.eye(3)[sides]
    rises = _flat(world_up if above is None else above, side)
    looks = _flat(_looks(rest, normals, moved, weight, rises), side)
    # Models are built along their axes, however they stand in the world: the front is one of the two that are left.
    if above is not None or np.abs(rises).max() * np.linalg.norm(_across(world_up, side)) > _UPRIGHT:
        height = int(np.argmax(np.abs(rises)))
    else:
        height = 3 - sides - int(np.argmax(np.abs(looks)))
    front = np.eye(3)[3 - sides - height] * (1.0 if looks[3 - sides - height] >= 0.0 else -1.0)
    up = np.cross(front, side)
    known = above if above is not None else world_up
    if up @ known < (0.0 if above is not None else -_UPRIGHT):
        side, up = -side, -up
    return np.array([side, -front, up])


def _symmetric_axis(rest: Array, moved: NDArray[np.int64]) -> int:
    """The axis along which what moves is its own mirror image: the one from side to side."""
    points = rest[moved][:: max(1, len(moved) // _MOST)]
    few = points[:: max(1, len(points) // _SAMPLES)]
    misses = []
    for axis in range(3):
        mirrored = few.copy()
        mirrored[:, axis] = float(points[:, axis].min() + points[:, axis].max()) - mirrored[:, axis]
        apart = ((mirrored[:, None, :] - points[None, :, :]) ** 2).sum(axis=2).min(axis=1)
        misses.append(float(np.sqrt(apart).mean()))
    # Models have their sides along x wherever they come from; another axis must be clearly better.
    return 0 if misses[0] <= 1.5 * min(misses) else int(np.argmin(misses))


def _looks(rest: Array, normals: Array, moved: NDArray[np.int64], weight: Array, up: Array) -> Array:
    """Where the skin that shapes move faces, and where it lies in the head: both say what is the front."""
    faces = (normals[moved] * weight[moved, None]).sum(axis=0)
    faces = faces / max(float(np.linalg.norm(faces)), 1e-12)
    near = np.abs((rest - rest[moved].mean(axis=0)) @ up) <= np.ptp(rest[moved] @ up) / 2.0 + 1e-9
    lies = np.average(rest[moved], axis=0, weights=weight[moved] + 1e-9) - rest[near].mean(axis=0)
    lies = lies / max(float(np.ptp(rest[moved], axis=0).max()), 1e-12)
    looks: Array = faces + 2.0 * lies
    return looks


def _across(vector: Array, side: Array) -> Array:
    across: Array = vector - (vector @ side) * side
    return across


def _flat(vector: Array, side: Array) -> Array:
    """`vector` without its part along `side`, of length 1."""
    left = _across(vector, side)
    length = float(np.linalg.norm(left))
    return left / length if length > 1e-9 else np.roll(side, 1)
