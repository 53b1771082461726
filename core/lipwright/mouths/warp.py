"""One resampling from a source picture to output pixels: two thin-plate splines that part at the mouth line.

A single spline cannot open closed lips (two edges start at one place) nor close open ones without a slit. So the
skin above the mouth follows the upper lip, the skin below follows the lower lip, and between the inner edges the
two maps are mixed from one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.points import (
    ANCHORS,
    CORNERS,
    INNER_LOWER,
    INNER_UPPER,
    LIPS,
    OUTER_LOWER,
    OUTER_UPPER,
    Floats,
    Map,
    gap_of,
)

Picture = NDArray[Any]
"""RGB (h, w, 3), uint8 or uint16."""

STIFFNESS = 1e-2  # on the spline's diagonal: landmarks carry about half a pixel of noise, and must not crease skin
# The maps are smooth over a face: every sixth pixel of a small box is solved, fewer of a large one.
LEAST_GRID_PX, MOST_GRID_PX, GRID_CELLS = 6, 16, 64
_UPPER = np.concatenate([CORNERS, OUTER_UPPER, INNER_UPPER])
_LOWER = np.concatenate([CORNERS, OUTER_LOWER, INNER_LOWER])


@dataclass(frozen=True, slots=True)
class Box:
    """Whole pixels [left, right) x [top, bottom) of a picture."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One mouth in one picture: lips float64 (40, 2) and anchors float64 (A, 2), pixels."""

    lips: Floats
    anchors: Floats

    def moved(self, by: Floats) -> Shape:
        """The same mouth, `by` (2,) pixels further."""
        return Shape(self.lips + by, self.anchors + by)


def shape_of(landmarks: Floats) -> Shape:
    """The mouth of landmarks (478, 2 or 3)."""
    return Shape(landmarks[LIPS, :2].astype(np.float64), landmarks[ANCHORS, :2].astype(np.float64))


def spline(source: Floats, target: Floats, x: Map, y: Map) -> Map:
    """Thin-plate spline taking points (N, 2) to (N, 2), evaluated at x (W,) by y (H,): float32 (H, W, 2)."""
    middle, unit = source.mean(0), max(float(np.ptp(source, axis=0).max()), 1e-6)
    s = (source - middle) / unit
    n = len(s)
    system = np.zeros((n + 3, n + 3))
    square = ((s[:, None] - s[None]) ** 2).sum(-1)
    system[:n, :n] = square * np.log(square + 1e-12) + STIFFNESS * np.eye(n)
    system[:n, n], system[:n, n + 1 :] = 1.0, s
    system[n, :n], system[n + 1 :, :n] = 1.0, s.T
    right = np.zeros((n + 3, 2))
    right[:n] = target
    weights = np.linalg.solve(system, right).astype(np.float32)
    gx, gy = np.meshgrid((x - middle[0]) / unit, (y - middle[1]) / unit)
    flat = np.stack([gx.ravel(), gy.ravel()], 1).astype(np.float32)
    f = s.astype(np.float32)
    far = (flat**2).sum(1)[:, None] + (f**2).sum(1)[None] - 2.0 * flat @ f.T
    np.maximum(far, 1e-12, out=far)
    kernel = far * np.log(far)
    out = kernel @ weights[:n] + weights[n] + flat @ weights[n + 1 :]
    return np.asarray(out.reshape(len(y), len(x), 2))


def _dense(source: Floats, target: Floats, box: Box) -> Map:
    """The spline at every pixel of `box`, by interpolation from a coarse grid: float32 (h, w, 2)."""
    step = grid_px(box)
    columns, rows = -(-box.width // step) + 1, -(-box.height // step) + 1
    return enlarged(spline(source, target, box.left + step * np.arange(columns), box.top + step * np.arange(rows)), box)


def grid_px(box: Box) -> int:
    """How many pixels lie between those that are solved."""
    return max(LEAST_GRID_PX, min(MOST_GRID_PX, box.width // GRID_CELLS))


def enlarged(coarse: Map, box: Box) -> Map:
    """Values float32 (rows, columns[, n]) of every `grid_px`-th pixel of `box`, at every pixel."""
    step = grid_px(box)
    # warpAffine puts coarse node (c, r) exactly at pixel (c * step, r * step); cv2.resize would shift by half a cell.
    enlarge = np.array([[step, 0, 0], [0, step, 0]], np.float64)
    return np.asarray(
        cv2.warpAffine(
            coarse, enlarge, (box.width, box.height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    )


def mouth_share(lips: Floats, box: Box) -> Map:
    """How far each pixel is on its way from the upper to the lower lip: float32 (h, w), 0 above, 1 below.

    Along the mouth line outside the corners the step widens, so that skin never tears there.
    """
    a, b, edges = _mouth_axes(lips, box)
    (upper_a, upper_b), (lower_a, lower_b), (low, high) = edges
    top = np.interp(a, upper_a, upper_b)
    bottom = np.maximum(np.interp(a, lower_a, lower_b), top)
    beyond = np.maximum(np.maximum(low - a, a - high), 0.0)
    half = np.maximum((bottom - top) / 2, 0.5 + 0.5 * beyond)
    share = 0.5 + (b - (top + bottom) / 2) / (2 * half)
    return np.asarray(np.clip(share, 0.0, 1.0), np.float32)


def _mouth_axes(
    lips: Floats, box: Box
) -> tuple[Map, Map, tuple[tuple[Floats, Floats], tuple[Floats, Floats], tuple[float, float]]]:
    """Each pixel along and down from the left inner corner, and there the upper edge, the lower edge, the corners."""
    left, right = lips[20], lips[30]
    along = (right - left) / max(float(np.linalg.norm(right - left)), 1e-6)
    down = np.array([-along[1], along[0]])
    x = np.arange(box.left, box.right, dtype=np.float32) - np.float32(left[0])
    y = np.arange(box.top, box.bottom, dtype=np.float32) - np.float32(left[1])
    a = x[None] * np.float32(along[0]) + y[:, None] * np.float32(along[1])
    b = x[None] * np.float32(down[0]) + y[:, None] * np.float32(down[1])
    local = np.stack([(lips - left) @ along, (lips - left) @ down], 1)
    upper = local[np.concatenate([[20], INNER_UPPER[::-1], [30]])]
    lower = local[np.concatenate([[20], INNER_LOWER, [30]])]
    return a, b, (_rising(upper), _rising(lower), (0.0, float(local[30, 0])))


def _rising(points: Floats) -> tuple[Floats, Floats]:
    order = np.maximum.accumulate(points[:, 0]) + 1e-6 * np.arange(len(points))
    return order, points[:, 1]


@dataclass(frozen=True, slots=True, eq=False)
class MouthMaps:
    """Where the pixels of a box come from: by the upper and by the lower lip, float32 (h, w, 2) source pixels.

    share: float32 (h, w), 0 follows the upper lip, 1 the lower · closing: 0..1, how much an open mouth is being shut.
    """

    upper: Map
    lower: Map
    share: Map
    closing: float


def mouth_maps(target: Shape, source: Shape, box: Box) -> MouthMaps:
    """The maps that bend `source` to `target` in `box` of the target's picture."""
    closing = _closing(target.lips, source.lips)
    source = Shape(_inside_lips(source.lips, closing), source.anchors)
    upper = _dense(_control(target, _UPPER), _control(source, _UPPER), box)
    lower = _dense(_control(target, _LOWER), _control(source, _LOWER), box)
    return MouthMaps(upper, lower, mouth_share(target.lips, box), closing)


def mouth_pixels(picture: Picture, maps: MouthMaps) -> Picture:
    """The picture through the maps: one cubic sampling.

    Between lips that shut an open mouth two samples are mixed instead of two places: half-way between the places lie
    teeth.
    """
    where = (maps.lower - maps.upper) * maps.share[..., None]
    where += maps.upper
    rgb = sample(picture, where)
    if maps.closing <= 0.0:
        return rgb
    rows = np.flatnonzero(((maps.share > 0.0) & (maps.share < 1.0)).any(1))
    if not len(rows):
        return rgb
    strip = slice(int(rows[0]), int(rows[-1]) + 1)
    above, below = (sample(picture, m[strip]).astype(np.float32) for m in (maps.upper, maps.lower))
    above += (below - above) * maps.share[strip][..., None]
    mixed = rgb[strip].astype(np.float32)
    mixed += (above - mixed) * np.float32(maps.closing)
    rgb[strip] = np.rint(mixed).astype(rgb.dtype)
    return rgb


def _closing(target: Floats, source: Floats) -> float:
    """1 where an open mouth is to be shut, 0 where the source is as closed or the target open."""
    wide_s, wide_t = (float(np.linalg.norm(lips[10] - lips[0])) for lips in (source, target))
    shut = float(np.clip(1.0 - gap_of(target) / max(0.08 * wide_t, 1e-6), 0, 1))
    return shut * float(np.clip((gap_of(source) / max(wide_s, 1e-6) - 0.02) / 0.06, 0, 1))


def _inside_lips(source: Floats, closing: float) -> Floats:
    """The source's inner edges moved a little into the lips where an open mouth is to be closed.

    Landmarks are half a pixel off, and one row of teeth between closed lips is seen at once.
    """
    wide = float(np.linalg.norm(source[10] - source[0]))
    inset = 0.035 * wide * closing
    if inset <= 0.0:
        return source
    along = (source[10] - source[0]) / max(wide, 1e-6)
    down = np.array([-along[1], along[0]])
    source = source.copy()
    source[INNER_UPPER] -= inset * down
    source[INNER_LOWER] += inset * down
    return source


def _control(shape: Shape, lips: NDArray[np.int64]) -> Floats:
    return np.concatenate([shape.lips[lips], shape.anchors])


def sample(picture: Picture, where: Map) -> Picture:
    """The picture at the map's places, cubic, edges held: uint8 (h, w, 3)."""
    return np.asarray(cv2.remap(picture, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))
