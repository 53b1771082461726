"""Blinks and a slight movement of the head for a still picture, as one field of shifts that tears nothing."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.face.landmark_indices import BROW, CHIN_TIP, EYE_LOWER, EYE_UPPER, Floats, Map
from lipwright.mouths.face.warp import Box

# A still picture bears about this much before it looks like a sheet being pulled (radians at the performance's own
# angles; larger ones are bent back towards these).
MOST_TURN = 0.10
PARALLAX = 0.9  # shift of the nose for a turn of one, in face widths; the face's rim shifts half as much
SIDEWAYS, NODDING = 0.55, 0.45


@dataclass(frozen=True, slots=True)
class HeadMove:
    """How the head differs from the picture: yaw, pitch, roll in radians, as `HEAD` in lipwright.types."""

    yaw: float
    pitch: float
    roll: float


def softly(angle: float) -> float:
    """The angle, bent back towards MOST_TURN."""
    return MOST_TURN * float(np.tanh(angle / MOST_TURN))


@dataclass(frozen=True, slots=True, eq=False)
class HeadField:
    """How much of a head's movement each place of a picture takes, on a coarse grid (every STEP-th pixel).

    weight: float32 (h, w), 1 on face and hair, 0 at the picture's edges · depth: float32 (h, w), nearness to the nose
    in pixels of shift for a turn of one · x, y: float32 (w,) and (h,), pixels from the neck · size: (width, height).
    """

    weight: Map
    depth: Map
    x: Map
    y: Map
    size: tuple[int, int]


STEP = 8


def head_field(landmarks: Floats, width: int, height: int) -> HeadField:
    """The field for a still picture with these landmarks (478, 3)."""
    points = landmarks[:, :2]
    low, high = points.min(0), points.max(0)
    centre, half = (low + high) / 2, (high - low) / 2
    centre = centre - (0.0, 0.25 * half[1])  # hair is part of the head
    px = STEP * np.arange(-(-width // STEP) + 1, dtype=np.float32)
    py = STEP * np.arange(-(-height // STEP) + 1, dtype=np.float32)
    r = np.hypot((px[None] - centre[0]) / (1.45 * half[0]), (py[:, None] - centre[1]) / (1.40 * half[1]))
    weight = _ease(np.clip((2.6 - r) / 1.6, 0, 1))
    # Nothing moves at the picture's edges, wherever the head is.
    weight = weight * _ease(np.clip(np.minimum(px, width - 1 - px) / (0.5 * half[0]), 0, 1))[None]
    weight = weight * _ease(np.clip(np.minimum(py, height - 1 - py) / (0.5 * half[1]), 0, 1))[:, None]
    nose, chin, face = points[4], points[CHIN_TIP], float(np.ptp(points[:, 0]))
    neck = chin + (chin - nose) * 0.9
    near = np.exp(
        -0.5 * ((px[None] - nose[0]) / (0.34 * face)) ** 2 - 0.5 * ((py[:, None] - nose[1]) / (0.42 * face)) ** 2
    )
    depth = (0.55 + 0.45 * near) * PARALLAX * face
    return HeadField(
        weight.astype(np.float32),
        depth.astype(np.float32),
        (px - neck[0]).astype(np.float32),
        (py - neck[1]).astype(np.float32),
        (width, height),
    )


def head_map(field_: HeadField, move: HeadMove) -> Map:
    """float32 (height, width, 2): where each output pixel lies in the still picture.

    A turn shifts the nose more than the rim (depth), a nod likewise; a roll turns about the neck.
    """
    cos, sin = np.float32(np.cos(move.roll) - 1.0), np.float32(np.sin(move.roll))
    dx, dy = field_.x[None], field_.y[:, None]
    shift = np.empty((*field_.weight.shape, 2), np.float32)
    # to the performer's left is to the right of the picture; up is to smaller y
    shift[..., 0] = -field_.depth * np.float32(SIDEWAYS * move.yaw) + cos * dx - sin * dy
    shift[..., 1] = field_.depth * np.float32(NODDING * move.pitch) + sin * dx + cos * dy
    shift *= field_.weight[..., None]
    rows, columns = field_.weight.shape
    shift[..., 0] += STEP * np.arange(columns, dtype=np.float32)[None]
    shift[..., 1] += STEP * np.arange(rows, dtype=np.float32)[:, None]
    enlarge = np.array([[STEP, 0, 0], [0, STEP, 0]], np.float64)
    return np.asarray(
        cv2.warpAffine(shift, enlarge, field_.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def _ease(share: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(share * share * (3.0 - 2.0 * share))


def moved_points(away: Map, points: Floats) -> Floats:
    """Where points (N, 2) of the still picture are seen after the head moved as `away` says."""
    height, width = away.shape[:2]
    out = points.copy()
    for _ in range(2):
        x = np.clip(out[:, 0], 0, width - 1).astype(np.float32)[None]
        y = np.clip(out[:, 1], 0, height - 1).astype(np.float32)[None]
        at = cv2.remap(away, x, y, cv2.INTER_LINEAR)[0]
        out = points - (at - np.stack([x[0], y[0]], 1))
    return np.asarray(out, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Lid:
    """An upper lid on its way down: what to add to a map, and where the lid covers the eye.

    box: the eye's region · shift: float32 (h, w, 2) · cover: float32 (h, w) 0..1.
    """

    box: Box
    shift: Map
    cover: Map


def lid(landmarks: Floats, side: str, amount: float, width: int, height: int) -> Lid | None:
    """The upper lid of the eye at the picture's `side`, down by `amount` 0..1; None outside the picture.

    landmarks: (478, 2 or 3), of the face as it is seen in this frame.
    """
    upper, lower = landmarks[list(EYE_UPPER[side]), :2], landmarks[list(EYE_LOWER[side]), :2]
    brow = landmarks[list(BROW[side]), :2]
    box = _eye_box(np.concatenate([upper, lower, brow]), width, height)
    if box is None:
        return None
    along = upper[-1] - upper[0]
    wide = max(float(np.linalg.norm(along)), 1e-6)
    along = along / wide
    down = np.array([-along[1], along[0]])
    a, b = _along_down(box, upper[0], along, down)
    top_edge = _line((upper - upper[0]) @ along, (upper - upper[0]) @ down, a)
    floor = _line((lower - upper[0]) @ along, (lower - upper[0]) @ down, a)
    edge = top_edge + min(1.0, amount) * 1.02 * np.maximum(floor - top_edge, 0.0)
    top = float(((brow - upper[0]) @ down).max()) + 0.06 * wide
    top = min(top, float(np.min((upper - upper[0]) @ down)) - 0.18 * wide)
    sides = _ease(np.clip(np.minimum(a, wide - a) / (0.10 * wide) + 1.0, 0, 1))
    # Lashes and crease come down whole; the skin between them and the brow is what stretches.
    whole = edge - np.minimum(0.11 * wide, 0.4 * (top_edge - top))
    share = np.clip((b - top) / np.maximum(whole - top, 1e-3), 0.0, 1.0)
    move = share * (edge - top_edge) * sides
    shift = -move[..., None] * down
    cover = np.clip(edge - b + 1.0, 0.0, 1.0) * (move > 0.0)
    return Lid(box, np.asarray(shift, np.float32), np.asarray(cover, np.float32))


def _eye_box(points: Floats, width: int, height: int) -> Box | None:
    pad = 0.15 * float(np.ptp(points[:, 0]))
    low, high = np.floor(points.min(0) - pad).astype(int), np.ceil(points.max(0) + pad).astype(int)
    box = Box(max(0, int(low[0])), max(0, int(low[1])), min(width, int(high[0])), min(height, int(high[1])))
    return box if box.width > 4 and box.height > 4 else None


def _along_down(box: Box, origin: Floats, along: Floats, down: Floats) -> tuple[Map, Map]:
    """Each pixel's way along and down from `origin`, float32 (h, w) each."""
    x = np.arange(box.left, box.right, dtype=np.float32)[None] - np.float32(origin[0])
    y = np.arange(box.top, box.bottom, dtype=np.float32)[:, None] - np.float32(origin[1])
    axes = [np.asarray(x * np.float32(v[0]) + y * np.float32(v[1])) for v in (along, down)]
    return axes[0], axes[1]


def _line(x: Floats, y: Floats, at: NDArray[np.floating]) -> NDArray[np.floating]:
    order = np.maximum.accumulate(x) + 1e-6 * np.arange(len(x))
    return np.asarray(np.interp(at, order, y), np.float32)
