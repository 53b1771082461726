"""A jaw that follows the mouth: the frame's own chin moves, its background and neck give way smoothly."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.face.landmark_indices import ANCHORS, Floats, Map
from lipwright.mouths.face.warp import Box, Picture, Shape, lattice_over

LEAST_PX = 0.4  # a smaller movement cannot be seen and is not resampled for
LEAST_NECK_IOD, NECK_TIMES = 0.15, 1.7  # the skin under the chin gives way over this length, or so many times the drop
_POSITION = {int(point): index for index, point in enumerate(ANCHORS)}
_TIP, _LEFT, _RIGHT = _POSITION[152], _POSITION[172], _POSITION[397]
_LIP = _POSITION[18]


def jaw_weights(shape: Shape, points: Map, iod: float, drop_px: float) -> Floats:
    """How much of the chin's way each point (..., 2) takes: 1 at the chin, 0 at the lips' height, jaw angles, neck."""
    along, down, middle, tip = _axes(shape)
    a = (points - middle) @ along
    b = (points - middle) @ down
    half = max(abs((shape.anchors[_LEFT] - middle) @ along), abs((shape.anchors[_RIGHT] - middle) @ along))
    return _weights(a / (1.02 * half), b / tip, max(LEAST_NECK_IOD * iod, NECK_TIMES * abs(drop_px)) / tip)


def _axes(shape: Shape) -> tuple[Floats, Floats, Floats, float]:
    """Unit vectors along and down the face, the mouth's middle, and how far the chin's tip is below it."""
    middle = shape.lips[[0, 10]].mean(0)
    down = shape.anchors[_TIP] - middle
    length = max(float(np.linalg.norm(down)), 1e-6)
    down = down / length
    return np.array([down[1], -down[0]]), down, middle, length


def _weights(a: Floats, b: Floats, neck: float) -> Floats:
    side = np.clip(1.0 - a * a, 0.0, 1.0) ** 1.5
    rise = np.clip((b - 0.15) / 0.60, 0.0, 1.0)
    fall = np.clip((1.0 + neck - b) / neck, 0.0, 1.0)
    return np.asarray(side * _smooth(rise) * _smooth(fall))


def _smooth(share: Floats) -> Floats:
    return np.asarray(share * share * (3.0 - 2.0 * share))


def with_jaw(shape: Shape, drop_px: float, iod: float) -> Shape:
    """The shape's anchors after the chin went down by `drop_px` pixels (negative: up); lips stay."""
    _, down, _, _ = _axes(shape)
    return Shape(
        shape.lips, shape.anchors + (jaw_weights(shape, shape.anchors, iod, drop_px) * drop_px)[:, None] * down
    )


def jaw_reach(shape: Shape, drop_px: float, iod: float) -> Floats:
    """float64 (2, 2), low and high corner of what the chin's movement reaches in the picture."""
    along, down, middle, tip = _axes(shape)
    half = 1.02 * max(abs((shape.anchors[_LEFT] - middle) @ along), abs((shape.anchors[_RIGHT] - middle) @ along))
    neck = max(LEAST_NECK_IOD * iod, NECK_TIMES * abs(drop_px))
    corners = middle + np.array([[a * half * along + b * down for b in (0.15 * tip, tip + neck)] for a in (-1, 1)])
    return np.array([corners.min((0, 1)), corners.max((0, 1))])


def jaw_map(shape: Shape, drop_px: float, box: Box, iod: float) -> tuple[Box, Map, NDArray[np.float32]]:
    """(the part of the box that moves, map float32 (h, w, 2) of its pixels' places in the box, reach: 1 where moved).

    Where the shift is under a twentieth of a pixel the source's own pixel is better than a resampled one.
    """
    _, down, _, _ = _axes(shape)
    lattice = lattice_over(box, shape)
    points = np.stack(np.meshgrid(lattice.x, lattice.y), -1)
    weight = jaw_weights(shape, points, iod, drop_px).astype(np.float32)
    part = box.clipped(*jaw_reach(shape, drop_px, iod))
    shift = lattice.enlarged(weight * np.float32(drop_px), part)
    x = np.arange(part.left - box.left, part.right - box.left, dtype=np.float32)[None]
    y = np.arange(part.top - box.top, part.bottom - box.top, dtype=np.float32)[:, None]
    moved = cv2.merge([x - shift * np.float32(down[0]), y - shift * np.float32(down[1])])
    return part, np.asarray(moved), (np.abs(shift) > 0.05).astype(np.float32)


def sampled_region(region: Picture, where: Map) -> Picture:
    """The region at the map's places."""
    return np.asarray(cv2.remap(region, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))
