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
    origin = np.array([box.left, box.top])
    points = np.concatenate([s.lips for s in shapes] + [s.anchors[_HULL] for s in shapes]) - origin
    matte = np.zeros((box.height, box.width), np.uint8)
    cv2.fillConvexPoly(matte, cv2.convexHull(points.astype(np.float32)).round().astype(np.int32), 255)
    matte = cv2.dilate(matte, _disc(GROW_IOD * iod))
    matte = cv2.min(matte, _inside(shapes[0], box, iod))
    sigma = max(0.8, FEATHER_IOD * iod)
    soft = cv2.GaussianBlur(matte, (0, 0), sigma).astype(np.float32) / 255.0
    soft[soft < 1.5 / 255.0] = 0.0
    return np.asarray(soft)


def face_matte(shape: Shape, box: Box, iod: float) -> Matte:
    """float32 (h, w) 0..1: all of the lower face, from under the nose to inside the jaw line, soft."""
    inside = _inside(shape, box, iod)
    origin = np.array([box.left, box.top])
    wide = np.zeros_like(inside)
    cv2.fillConvexPoly(wide, cv2.convexHull((shape.anchors - origin).astype(np.float32)).round().astype(np.int32), 255)
    soft = cv2.GaussianBlur(cv2.min(inside, wide), (0, 0), max(0.8, 1.4 * FEATHER_IOD * iod)).astype(np.float32) / 255.0
    soft[soft < 1.5 / 255.0] = 0.0
    return np.asarray(soft)


def _inside(shape: Shape, box: Box, iod: float) -> NDArray[np.uint8]:
    """255 below the nose and inside the jaw line, drawn in by the feather so that it ends before them."""
    origin = np.array([box.left, box.top])
    jaw = shape.anchors[_JAW] - origin
    nose = shape.anchors[_NOSE] - origin
    down = jaw[6] - nose[2]
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    side = np.array([-down[1], down[0]])
    nose = nose + down * (2.0 * FEATHER_IOD * iod)
    first, last = nose[0], nose[-1]
    if (last - first) @ side > 0:
        side = -side
    wide = 3.0 * iod
    outline = np.concatenate([[first + side * wide], nose, [last - side * wide], jaw[::-1]])
    inside = np.zeros((box.height, box.width), np.uint8)
    cv2.fillPoly(inside, [outline.round().astype(np.int32)], 255)
    return np.asarray(cv2.erode(inside, _disc(1.5 * FEATHER_IOD * iod)))


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
