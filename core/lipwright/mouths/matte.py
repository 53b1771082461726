"""Where a new mouth may show: soft, inside the face, below the nose, above the chin's edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.points import ANCHORS
from lipwright.mouths.warp import Box, Shape

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


class _Small:
    """A mask of the box with fewer pixels: what is blurred by many pixels need not be drawn at every one."""

    def __init__(self, box: Box, sigma: float) -> None:
        self.box, self.step = box, max(1, int(sigma / 3.0))
        beyond = int(self.step > 1)  # one more row and column, to interpolate up to the box's end
        self._size = (-(-box.height // self.step) + beyond, -(-box.width // self.step) + beyond)

    def place(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        """Points of the picture in the mask."""
        return np.asarray(((points - (self.box.left, self.box.top)) / self.step).round(), np.int32)

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
        blurred = cv2.GaussianBlur(mask, (0, 0), max(0.8, sigma) / self.step).astype(np.float32) / 255.0
        if self.step > 1:
            enlarge = np.array([[self.step, 0, 0], [0, self.step, 0]], np.float64)
            size = (self.box.width, self.box.height)
            blurred = cv2.warpAffine(blurred, enlarge, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        blurred[blurred < 1.5 / 255.0] = 0.0
        return np.asarray(blurred)


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


def box_around(shape: Shape, iod: float, width: int, height: int, even: int = 2) -> Box | None:
    """The box that holds the matte and what the jaw may move, on even pixels; None outside the picture."""
    points = np.concatenate([shape.lips, shape.anchors])
    low = np.floor((points.min(0) - 0.35 * iod) / even) * even
    high = np.ceil((points.max(0) + (0.35 * iod, 0.6 * iod)) / even) * even
    left, top = max(0, int(low[0])), max(0, int(low[1]))
    right, bottom = min(width, int(high[0])), min(height, int(high[1]))
    return Box(left, top, right, bottom) if right - left > 8 and bottom - top > 8 else None
