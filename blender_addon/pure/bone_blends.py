"""Bones from weights: poses and single axes blended into location, rotation and scale curves. Pure numpy.

A move is what one control does to one bone at weight 1: numbers on the bone's own axes, away from rest.
Rotation is kept as a rotation vector (radians about x, y, z), in which small turns add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .curves import Line

Array = NDArray[np.float64]
_XYZ = "xyz"
_EULER_ORDERS = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """`axes` (mapping.AXES -> amount away from rest at weight 1) of `bone`, weighed by keys at `frames`."""

    bone: str
    axes: Mapping[str, float]
    frames: Array
    values: Array


def by_bone(moves: Iterable[Move]) -> dict[str, list[Move]]:
    """Moves grouped by the bone that they move."""
    grouped: dict[str, list[Move]] = {}
    for move in moves:
        grouped.setdefault(move.bone, []).append(move)
    return grouped


def axes_of(channels: Mapping[tuple[str, int], float]) -> dict[str, float]:
    """The amounts of a pose, from a bone's keyed channels ((property, index) -> value)."""
    axes: dict[str, float] = {}
    for (prop, index), value in channels.items():
        if prop == "location":
            axes[f"location_{_XYZ[index]}"] = value
        elif prop == "scale":
            axes[f"scale_{_XYZ[index]}"] = value - 1.0
    turn = _turn_of(channels)
    axes.update({f"rotation_{_XYZ[i]}": float(turn[i]) for i in range(3) if abs(turn[i]) > 1e-9})
    return axes


def _turn_of(channels: Mapping[tuple[str, int], float]) -> Array:
    if any(prop == "rotation_quaternion" for prop, _ in channels):
        quaternion = [channels.get(("rotation_quaternion", i), 1.0 if i == 0 else 0.0) for i in range(4)]
        return vector_from_quaternions(np.array([quaternion]))[0]
    if any(prop == "rotation_axis_angle" for prop, _ in channels):
        angle, *axis = (channels.get(("rotation_axis_angle", i), 0.0) for i in range(4))
        return np.array(axis) * angle / max(float(np.linalg.norm(axis)), 1e-9)
    return np.array([channels.get(("rotation_euler", i), 0.0) for i in range(3)])


def blend(moves: list[Move], rotation_mode: str) -> tuple[Array, dict[tuple[str, int], Array]]:
    """(frames (K,), (property, index) -> values (K,)) of one bone that follows all its moves at once."""
    frames = np.unique(np.concatenate([move.frames for move in moves]))
    sums: dict[str, Array] = {}
    for move in moves:
        weights = Line(move.frames, move.values).at(frames)
        for axis, amount in move.axes.items():
            sums[axis] = sums.get(axis, np.zeros(len(frames))) + weights * amount
    numbers: dict[tuple[str, int], Array] = {}
    for index, letter in enumerate(_XYZ):
        if f"location_{letter}" in sums:
            numbers["location", index] = sums[f"location_{letter}"]
        if f"scale_{letter}" in sums:
            numbers["scale", index] = 1.0 + sums[f"scale_{letter}"]
    if any(axis.startswith("rotation") for axis in sums):
        none = np.zeros(len(frames))
        turns = np.stack([sums.get(f"rotation_{letter}", none) for letter in _XYZ], 1)
        numbers.update(_rotation(turns, rotation_mode))
    return frames, numbers


def _rotation(turns: Array, mode: str) -> dict[tuple[str, int], Array]:
    """Rotation vectors (K, 3) as the channels that `mode` reads."""
    if mode == "QUATERNION":
        quaternions = quaternions_from_vectors(turns)
        return {("rotation_quaternion", i): quaternions[:, i] for i in range(4)}
    if mode == "AXIS_ANGLE":
        angles = np.linalg.norm(turns, axis=1)
        axes = np.where(angles[:, None] > 1e-9, turns / np.maximum(angles, 1e-9)[:, None], [0.0, 1.0, 0.0])
        return {("rotation_axis_angle", i): v for i, v in enumerate([angles, *axes.T])}
    eulers = _eulers(quaternions_from_vectors(turns), mode if mode in _EULER_ORDERS else "XYZ")
    return {("rotation_euler", i): eulers[:, i] for i in range(3)}


def quaternions_from_vectors(turns: Array) -> Array:
    """(K, 3) rotation vectors as (K, 4) quaternions w, x, y, z."""
    angles = np.linalg.norm(turns, axis=1)
    # sin(a/2)/a with its limit 1/2 at 0
    factor = np.where(angles > 1e-9, np.sin(angles / 2.0) / np.maximum(angles, 1e-9), 0.5)
    return np.concatenate([np.cos(angles / 2.0)[:, None], turns * factor[:, None]], axis=1)


def vector_from_quaternions(quaternions: Array) -> Array:
    """(K, 4) quaternions as (K, 3) rotation vectors, the short way round."""
    q = quaternions / np.maximum(np.linalg.norm(quaternions, axis=1, keepdims=True), 1e-12)
    q = np.where(q[:, :1] < 0.0, -q, q)
    sine = np.linalg.norm(q[:, 1:], axis=1)
    factor = np.where(sine > 1e-9, 2.0 * np.arctan2(sine, q[:, 0]) / np.maximum(sine, 1e-9), 2.0)
    return np.asarray(q[:, 1:] * factor[:, None])


def _matrices(q: Array) -> Array:
    w, x, y, z = q.T
    return np.stack([
        np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], 1),
        np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], 1),
        np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], 1),
    ], 1)  # fmt: skip


def _eulers(quaternions: Array, order: str) -> Array:
    """Euler angles (K, 3) by axis x, y, z; `order` is applied first to last, as Blender names it."""
    i, j, k = (("XYZ").index(letter) for letter in order)
    sign = 1.0 if (i, j, k) in ((0, 1, 2), (1, 2, 0), (2, 0, 1)) else -1.0
    m = _matrices(quaternions)
    out = np.zeros((len(m), 3))
    out[:, j] = np.arcsin(np.clip(-sign * m[:, k, i], -1.0, 1.0))
    out[:, i] = np.arctan2(sign * m[:, k, j], m[:, k, k])
    out[:, k] = np.arctan2(sign * m[:, j, i], m[:, i, i])
    return out
