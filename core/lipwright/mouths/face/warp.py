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

from lipwright.mouths.face.landmark_indices import (
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
# The maps are smooth over a face: solved at so many places over its width and interpolated, they are right to 0.06 px.
GRID_CELLS = 40
_TABLE_PX = 16  # entries a pixel in the tables of the mouth's edges
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

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """left, top, right, bottom: as `lipwright.video` takes regions."""
        return (self.left, self.top, self.right, self.bottom)

    def clipped(self, low: Floats, high: Floats) -> Box:
        """The part of this box between two corners (2,), at least one pixel."""
        left, top = (int(v) for v in np.clip(np.floor(low), (self.left, self.top), (self.right - 1, self.bottom - 1)))
        right, bottom = (int(v) for v in np.clip(np.ceil(high) + 1, (left + 1, top + 1), (self.right, self.bottom)))
        return Box(left, top, right, bottom)

    def within(self, outer: Box) -> tuple[slice, slice]:
        """Rows and columns of this box in an array of `outer`'s pixels."""
        return (
            slice(self.top - outer.top, self.bottom - outer.top),
            slice(self.left - outer.left, self.right - outer.left),
        )


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


@dataclass(frozen=True, slots=True)
class Lattice:
    """The places, `step` pixels apart, at which a smooth map over `box` is worked out before it is enlarged."""

    box: Box
    step: int

    @property
    def x(self) -> Map:
        """Their columns in the picture, float64."""
        return self._places(self.box.left, self.box.width)

    @property
    def y(self) -> Map:
        """Their rows in the picture, float64."""
        return self._places(self.box.top, self.box.height)

    def _places(self, first: int, length: int) -> Map:
        count = -(-(length + self._before) // self.step) + 1
        return first - self._before + (self.step - 1) / 2 + self.step * np.arange(count)

    @property
    def _before(self) -> int:
        """Pixels that the first place's cell begins before the box, so that every pixel lies between two places."""
        return self.step // 2 + 1

    def enlarged(self, coarse: Map, box: Box | None = None) -> Map:
        """Values float32 (rows, columns[, n]) at the places, at every pixel of `box` (None: of its own)."""
        rows, columns = coarse.shape[:2]
        # cv2.resize puts place (c, r) in the middle of a cell of step x step pixels, which is where it lies.
        large = np.asarray(cv2.resize(coarse, (columns * self.step, rows * self.step)))
        left, top = self.box.left - self._before, self.box.top - self._before
        box = box or self.box
        return large[box.top - top : box.bottom - top, box.left - left : box.right - left]


def lattice_over(box: Box, shape: Shape) -> Lattice:
    """The lattice for maps of a face of this shape."""
    return Lattice(box, max(2, round(float(np.ptp(shape.anchors[:, 0])) / GRID_CELLS)))


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
    kernel = np.log(far)
    kernel *= far
    out = kernel @ weights[:n] + weights[n] + flat @ weights[n + 1 :]
    return np.asarray(out.reshape(len(y), len(x), 2))


def mouth_share(lips: Floats, box: Box) -> Map:
    """How far each pixel is on its way from the upper to the lower lip: float32 (h, w), 0 above, 1 below.

    Along the mouth line outside the corners the step widens, so that skin never tears there.
    """
    left, right = lips[20], lips[30]
    along = (right - left) / max(float(np.linalg.norm(right - left)), 1e-6)
    down = np.array([-along[1], along[0]])
    x = np.arange(box.left, box.right, dtype=np.float32) - np.float32(left[0])
    y = np.arange(box.top, box.bottom, dtype=np.float32) - np.float32(left[1])
    # Where each pixel lies along the mouth line, as an entry of the tables, and how far below it.
    first = float(min(x[0] * along[0], x[-1] * along[0]) + min(y[0] * along[1], y[-1] * along[1]))
    last = float(max(x[0] * along[0], x[-1] * along[0]) + max(y[0] * along[1], y[-1] * along[1]))
    a = (x * np.float32(along[0] * _TABLE_PX))[None] + (y * np.float32(along[1] * _TABLE_PX))[:, None]
    a -= np.float32(first * _TABLE_PX)
    b = (x * np.float32(down[0]))[None] + (y * np.float32(down[1]))[:, None]
    local = np.stack([(lips - left) @ along, (lips - left) @ down], 1)
    places = first + np.arange(int((last - first) * _TABLE_PX) + 2) / _TABLE_PX
    middle, steep = _edge_tables(local, places)
    entry = a.astype(np.int32)
    b -= middle[entry]
    b *= steep[entry]
    b += np.float32(0.5)
    return np.asarray(np.clip(b, 0.0, 1.0, out=b))


def _edge_tables(local: Floats, a: Floats) -> tuple[Map, Map]:
    """float32 at places `a` along the mouth line: its middle, and how steeply a pixel goes from upper to lower lip."""
    upper_a, upper_b = _rising(local[np.concatenate([[20], INNER_UPPER[::-1], [30]])])
    lower_a, lower_b = _rising(local[np.concatenate([[20], INNER_LOWER, [30]])])
    top = np.interp(a, upper_a, upper_b)
    bottom = np.maximum(np.interp(a, lower_a, lower_b), top)
    beyond = np.maximum(np.maximum(-a, a - local[30, 0]), 0.0)
    half = np.maximum((bottom - top) / 2, 0.5 + 0.5 * beyond)
    return ((top + bottom) / 2).astype(np.float32), (0.5 / half).astype(np.float32)


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
    lattice = lattice_over(box, target)
    upper, lower = (
        lattice.enlarged(spline(_control(target, lips), _control(source, lips), lattice.x, lattice.y))
        for lips in (_UPPER, _LOWER)
    )
    return MouthMaps(upper, lower, mouth_share(target.lips, box), closing)


def mouth_pixels(picture: Picture, maps: MouthMaps) -> Picture:
    """The picture through the maps: one cubic sampling.

    Between lips that shut an open mouth two samples are mixed instead of two places: half-way between the places lie
    teeth.
    """
    where = maps.lower - maps.upper
    where *= cv2.merge([maps.share, maps.share])
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
