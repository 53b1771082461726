"""Finding faces in one picture: short range, full range, and full range on overlapping tiles.

Geometry as MediaPipe 0.10.21 has it: the picture in a square, plain bilinear sampling, anchors at cell centres,
weighted non-maximum suppression.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lipwright import models
from lipwright.arrays import Picture
from lipwright.faces.geometry import Points, Region, overlap

SAME_FACE = 0.3  # intersection over union above which two boxes are one face (MediaPipe's min_suppression_threshold)
TILE_SHARE = 0.5  # side of a tile over the shorter side of the picture: finds faces of 16 pixels in 1080p
SMALLEST_TILE = 32.0


@dataclass(frozen=True, slots=True)
class Kind:
    """One detector: its model, input size, cells (stride, anchors a cell) and least score."""

    model: str
    size: int
    cells: tuple[tuple[int, int], ...]
    least: float


SHORT = Kind("face_short", 128, ((8, 2), (16, 6)), 0.5)
FULL = Kind("face_full", 192, ((4, 1),), 0.6)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A detection: box float64 (4,) x0 y0 x1 y1; points float64 (6, 2): eyes, nose, mouth, ears as in the picture."""

    score: float
    box: Points
    points: Points

    def region(self, margin: float = 1.5) -> Region:
        """Where to place the mesh."""
        across = self.points[1] - self.points[0]
        x, y = (self.box[:2] + self.box[2:]) / 2
        side = margin * float((self.box[2:] - self.box[:2]).max())
        return Region(float(x), float(y), side, math.atan2(across[1], across[0]))


@dataclass(slots=True)
class Detector:
    """One network; its session opens when it is first needed."""

    kind: Kind
    _session: Any = None
    _anchors: Points = field(default_factory=lambda: np.zeros((0, 2)))

    def __call__(self, picture: Picture, window: tuple[float, float, float], most: int = 8) -> list[Found]:
        """Faces inside the square `window` (x0, y0, side), which may reach outside the picture; best first."""
        if self._session is None:
            self._session, self._anchors = models.session(self.kind.model), _anchors(self.kind)
        x0, y0, side = window
        scale = self.kind.size / side
        matrix = np.array([[scale, 0, -x0 * scale], [0, scale, -y0 * scale]])
        crop = picture.sample(matrix, (self.kind.size, self.kind.size))
        image = crop[None].astype(np.float32) / np.float32(127.5) - np.float32(1)
        boxes, logits = self._session.run(["boxes", "scores"], {"image": image})
        scores = 1 / (1 + np.exp(-np.clip(logits[0].astype(np.float64), -100, 100)))
        keep = np.flatnonzero(scores >= self.kind.least)
        rows = _decoded(boxes[0][keep].astype(np.float64), self._anchors[keep], self.kind.size)
        rows = rows * side + np.tile([x0, y0], 8)
        return _suppressed(rows, scores[keep], most)


def find_faces_in(
    picture: Picture, width: float, height: float, short: Detector, full: Detector, *, tiles: bool, most: int = 8
) -> list[Found]:
    """Faces in one picture of `width` x `height` square pixels; `tiles`: look closely too, for small ones."""
    side = max(width, height)
    window = ((width - side) / 2, (height - side) / 2, side)
    found = short(picture, window, most) + full(picture, window, most)
    return _merged(found + (_in_tiles(picture, width, height, full, most) if tiles else []))[:most]


def _in_tiles(picture: Picture, width: float, height: float, detector: Detector, most: int) -> list[Found]:
    side = max(SMALLEST_TILE, TILE_SHARE * min(width, height))
    across, down = (max(1, math.ceil(2 * edge / side) - 1) for edge in (width, height))
    every: list[Found] = []
    for y in np.linspace(0, max(0.0, height - side), down):
        for x in np.linspace(0, max(0.0, width - side), across):
            every += detector(picture, (float(x), float(y), side), most)
    return sorted(every, key=lambda f: -f.score)


def _merged(every: list[Found]) -> list[Found]:
    """Each face once: the earlier of two that overlap stays."""
    kept: list[Found] = []
    for found in every:
        if all(overlap(found.box, other.box) < SAME_FACE for other in kept):
            kept.append(found)
    return kept


def _anchors(kind: Kind) -> Points:
    parts = []
    for stride, count in kind.cells:
        cells = kind.size // stride
        y, x = np.mgrid[0:cells, 0:cells]
        parts.append(np.repeat(np.stack([(x + 0.5) / cells, (y + 0.5) / cells], -1).reshape(-1, 2), count, axis=0))
    return np.concatenate(parts)


def _decoded(boxes: Points, anchors: Points, size: int) -> Points:
    """float64 (N, 16): x0 y0 x1 y1 and six points, in shares of the window."""
    boxes = boxes / size
    centre, half = boxes[:, :2] + anchors, boxes[:, 2:4] / 2
    points = (boxes[:, 4:].reshape(-1, 6, 2) + anchors[:, None]).reshape(-1, 12)
    return np.concatenate([centre - half, centre + half, points], 1)


def _suppressed(rows: Points, scores: Points, most: int) -> list[Found]:
    """Weighted non-maximum suppression: overlapping boxes become their score-weighted mean."""
    out: list[Found] = []
    order = np.argsort(-scores)
    while len(order) and len(out) < most:
        near = np.array([overlap(rows[order[0]], rows[i]) > SAME_FACE for i in order])
        near[0] = True
        group = order[near]
        mean = (rows[group] * scores[group, None]).sum(0) / scores[group].sum()
        out.append(Found(float(scores[order[0]]), mean[:4], mean[4:].reshape(6, 2)))
        order = order[~near]
    return out
