"""A jaw that follows the mouth: the frame's own chin moves, its background and neck give way smoothly."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.points import ANCHORS, Floats, Map
from lipwright.mouths.warp import Box, Picture, Shape, enlarged, grid_px

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


def jaw_map(shape: Shape, drop_px: float, box: Box, iod: float) -> tuple[Map, NDArray[np.float32]]:
    """(map float32 (h, w, 2) of source pixels in the box's own coordinates, reach float32 (h, w): 1 where it moves)."""
    _, down, _, _ = _axes(shape)
    # The weights are smooth over the face: some pixels are worked out, the rest interpolated.
    step = grid_px(box)
    columns, rows = -(-box.width // step) + 1, -(-box.height // step) + 1
    x = (box.left + step * np.arange(columns)).astype(np.float32)
    y = (box.top + step * np.arange(rows)).astype(np.float32)
    weight = jaw_weights(shape, np.stack(np.meshgrid(x, y), -1), iod, drop_px).astype(np.float32)
    shift = enlarged(weight * np.float32(drop_px), box)
    moved = np.empty((box.height, box.width, 2), np.float32)
    moved[..., 0] = np.arange(box.width, dtype=np.float32)[None] - shift * np.float32(down[0])
    moved[..., 1] = np.arange(box.height, dtype=np.float32)[:, None] - shift * np.float32(down[1])
    # Where the shift is under a twentieth of a pixel the source's own pixel is better than a resampled one.
    return moved, (np.abs(shift) > 0.05).astype(np.float32)


def sampled_region(region: Picture, where: Map) -> Picture:
    """The region at the map's places."""
    return np.asarray(cv2.remap(region, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))
