"""Where a new mouth may show: soft, inside the face, below the nose, above the chin's edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.face.landmark_indices import ANCHORS, Floats
from lipwright.mouths.face.warp import Box, Lattice, Shape

Matte = NDArray[np.float32]

GROW_IOD = 0.095  # the hull of lips and chin grown by this much of the eye distance,
FEATHER_IOD = 0.038  # then blurred by this much: 13 and 5 px of a 256 px crop, as measured best
_POSITION = {int(point): index for index, point in enumerate(ANCHORS)}
_HULL = np.array([_POSITION[p] for p in (57, 287, 43, 273, 164, 18, 200, 83, 313)])
_NOSE = np.array([_POSITION[p] for p in (98, 97, 2, 326, 327)])
_JAW = np.array([_POSITION[p] for p in (172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397)])


def mouth_matte(shapes: tuple[Shape, ...], box: Box, iod: float) -> Matte:
    """float32 (h, w) 0..1: the lips of all `shapes` (wanted, and what is there now) with a soft edge.

    Exactly 0 away from the mouth, above the nose's base and outside the jaw line.
    """
    small = _Small(box, FEATHER_IOD * iod)
    matte = small.filled(np.concatenate([s.lips for s in shapes] + [s.anchors[_HULL] for s in shapes]))
    matte = cv2.dilate(matte, _disc(GROW_IOD * iod / small.step))
    return small.soft(cv2.min(matte, _inside(shapes[0], small, iod)), FEATHER_IOD * iod)


def mouth_reach(shapes: tuple[Shape, ...], iod: float) -> Floats:
    """float64 (2, 2), low and high corner: outside them `mouth_matte` is 0."""
    points = np.concatenate([s.lips for s in shapes] + [s.anchors[_HULL] for s in shapes])
    edge = (GROW_IOD + 3.5 * FEATHER_IOD) * iod + 2.0
    return np.array([points.min(0) - edge, points.max(0) + edge])


class _Small:
    """A mask of the box with fewer pixels: what is blurred by many pixels need not be drawn at every one."""

    def __init__(self, box: Box, sigma: float) -> None:
        self._lattice = Lattice(box, max(1, int(sigma / 2.0)))
        self.step = self._lattice.step
        self._x, self._y = self._lattice.x, self._lattice.y
        self._size = (len(self._y), len(self._x))

    def place(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        """Points of the picture in the mask."""
        return np.asarray(((points - (self._x[0], self._y[0])) / self.step).round(), np.int32)

    def empty(self) -> NDArray[np.uint8]:
        """A mask of nothing."""
        return np.zeros(self._size, np.uint8)

    def filled(self, points: NDArray[np.float64]) -> NDArray[np.uint8]:
        """255 inside the hull of the points."""
        mask = self.empty()
        cv2.fillConvexPoly(mask, cv2.convexHull(self.place(points)), 255)
        return mask

    def soft(self, mask: NDArray[np.uint8], sigma: float) -> Matte:
        """The mask with an edge of `sigma` pixels, at every pixel of the box, exactly 0 where it fades out."""
        blurred = cv2.GaussianBlur(mask, (0, 0), max(0.8, sigma) / self.step).astype(np.float32)
        blurred *= np.float32(1 / 255)
        soft = self._lattice.enlarged(blurred)
        return np.asarray(cv2.threshold(soft, 1.5 / 255.0, 0.0, cv2.THRESH_TOZERO)[1], np.float32)


def face_matte(shape: Shape, box: Box, iod: float) -> Matte:
    """float32 (h, w) 0..1: all of the lower face, from under the nose to inside the jaw line, soft."""
    small = _Small(box, FEATHER_IOD * iod)
    return small.soft(cv2.min(_inside(shape, small, iod), small.filled(shape.anchors)), 1.4 * FEATHER_IOD * iod)


def _inside(shape: Shape, small: _Small, iod: float) -> NDArray[np.uint8]:
    """255 below the nose and inside the jaw line, drawn in by the feather so that it ends before them."""
    jaw, nose = shape.anchors[_JAW], shape.anchors[_NOSE]
    down = jaw[6] - nose[2]
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    side = np.array([-down[1], down[0]])
    nose = nose + down * (2.0 * FEATHER_IOD * iod)
    first, last = nose[0], nose[-1]
    if (last - first) @ side > 0:
        side = -side
    wide = 3.0 * iod
    outline = np.concatenate([[first + side * wide], nose, [last - side * wide], jaw[::-1]])
    inside = small.empty()
    cv2.fillPoly(inside, [small.place(outline)], 255)
    return np.asarray(cv2.erode(inside, _disc(1.5 * FEATHER_IOD * iod / small.step)))


def _disc(radius: float) -> NDArray[np.uint8]:
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))


def box_around(shape: Shape, iod: float, width: int, height: int) -> Box | None:
    """The box that holds the lower face and what the jaw may move; None outside the picture."""
    points = np.concatenate([shape.lips, shape.anchors])
    return box_between(points.min(0) - 0.35 * iod, points.max(0) + (0.35 * iod, 0.6 * iod), width, height)


def box_between(low: Floats, high: Floats, width: int, height: int) -> Box | None:
    """The box of the corners (2,) on even pixels, inside the picture; None where little of it is."""
    low, high = np.floor(low / 2) * 2, np.ceil(high / 2) * 2
    left, top = max(0, int(low[0])), max(0, int(low[1]))
    right, bottom = min(width, int(high[0])), min(height, int(high[1]))
    return Box(left, top, right, bottom) if right - left > 8 and bottom - top > 8 else None
