"""Points of a face: which is which, and what can be told from them. Pixels are square here, y grows downwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

# Indexes into the 478 points of MediaPipe's canonical face model; "left" and "right" are the performer's.
LIPS_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
LIPS = LIPS_OUTER + LIPS_INNER
STABLE = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 127, 356)  # eyes, nose, temples: they hardly move in speech
JAW = (172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397)
CHEEKS = (205, 425, 36, 266, 98, 2, 327)
OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
        150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
RIGHT_EYE = (33, 160, 158, 133, 153, 144)  # outer corner, two of the upper lid, inner corner, two of the lower lid
LEFT_EYE = (263, 387, 385, 362, 380, 373)
RIGHT_IRIS, LEFT_IRIS = (468, 469, 470, 471, 472), (473, 474, 475, 476, 477)
_GAPS = ((13, 14), (82, 87), (312, 317))
# Pairs that mirror each other (performer's right, left), and points down the middle from brow to under the nose.
_ACROSS = ((33, 263), (133, 362), (127, 356), (234, 454), (98, 327))
_DOWN = ((10, 168), (168, 2), (151, 2), (9, 164))
# The brow-to-nose line leans against the face's plane: mean of seven people who look straight ahead, radians.
PITCH_AT_REST = 0.07


def iod(points: Points) -> float:
    """Distance of the outer eye corners: the unit of all that is measured on a face."""
    return float(np.linalg.norm(points[33, :2] - points[263, :2]))


def mouth_opening(points: Points) -> float:
    """Mean gap between the inner lips over `iod`: 0 closed, about 0.3 wide open."""
    gaps = [np.linalg.norm(points[a, :2] - points[b, :2]) for a, b in _GAPS]
    return float(np.mean(gaps) / max(iod(points), 1e-6))


def mouth_openings(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """float64 (F,) of landmarks (F, 478, 2 or 3); NaN where absent."""
    xy = landmarks[..., :2].astype(np.float64)
    gaps = np.mean([np.linalg.norm(xy[:, a] - xy[:, b], axis=1) for a, b in _GAPS], axis=0)
    return np.asarray(gaps / _eye_distances(xy))


def mouth_widths(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """float64 (F,) corner to corner, in eye distances; NaN where absent."""
    xy = landmarks[..., :2].astype(np.float64)
    widths = np.linalg.norm(xy[:, 61] - xy[:, 291], axis=1)
    return np.asarray(widths / _eye_distances(xy))


def _eye_distances(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 (F,), as `iod` of each frame."""
    return np.asarray(np.maximum(np.linalg.norm(xy[:, 33] - xy[:, 263], axis=1), 1e-6))


def eye_openings(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """float64 (F, 2): height over width of the performer's right and left eye; under about 0.15 is a blink."""
    xy = landmarks[..., :2].astype(np.float64)

    def one(eye: tuple[int, ...]) -> NDArray[np.float64]:
        outer, up_a, up_b, inner, low_b, low_a = (xy[:, i] for i in eye)
        height = np.linalg.norm(up_a - low_a, axis=1) + np.linalg.norm(up_b - low_b, axis=1)
        return np.asarray(height / np.maximum(2 * np.linalg.norm(outer - inner, axis=1), 1e-6))

    return np.stack([one(RIGHT_EYE), one(LEFT_EYE)], 1)


def similarity(source: Points, target: Points) -> Points:
    """2 x 3 least-squares similarity from points (N, 2) to points (N, 2) (Umeyama 1991, without reflection)."""
    a, b = source[:, 0] + 1j * source[:, 1], target[:, 0] + 1j * target[:, 1]
    ca, cb = a.mean(), b.mean()
    turn = np.vdot(a - ca, b - cb) / max(float(np.vdot(a - ca, a - ca).real), 1e-12)
    shift = cb - turn * ca
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def applied(matrix: Points, points: Points) -> Points:
    """Points (N, 2) through a 2 x 3 matrix."""
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2])


def inverted(matrix: Points) -> Points:
    """The 2 x 3 matrix that goes back."""
    back = np.linalg.inv(matrix[:, :2])
    return np.hstack([back, (-back @ matrix[:, 2])[:, None]])


@dataclass(frozen=True, slots=True)
class Region:
    """A turned square: centre in pixels, side in pixels, angle of the eye line in radians."""

    x: float
    y: float
    side: float
    angle: float

    def matrix(self, size: int) -> Points:
        """2 x 3 from the picture to a size x size crop, as MediaPipe cuts it."""
        cosine, sine, scale = np.cos(self.angle), np.sin(self.angle), size / self.side
        turn = np.array([[cosine, sine], [-sine, cosine]]) * scale
        return np.hstack([turn, (size / 2 - turn @ np.array([self.x, self.y]))[:, None]])


def region_of(points: Points, margin: float = 1.5) -> Region:
    """Where to look in the next frame: the box of the 468 points, levelled by the eyes, grown by `margin`."""
    low, high = points[:468, :2].min(0), points[:468, :2].max(0)
    across = points[263, :2] - points[33, :2]
    x, y = (low + high) / 2
    return Region(float(x), float(y), margin * float((high - low).max()), float(np.arctan2(across[1], across[0])))


def box_of(points: Points) -> Points:
    """float64 (4,): x0, y0, x1, y1 around all points."""
    return np.concatenate([points[:468, :2].min(0), points[:468, :2].max(0)])


def overlap(a: Points, b: Points) -> float:
    """Intersection over union of two boxes."""
    sides = np.clip(np.minimum(a[2:4], b[2:4]) - np.maximum(a[:2], b[:2]), 0, None)
    both = float(sides[0] * sides[1])
    areas = float(np.prod(a[2:4] - a[:2]) + np.prod(b[2:4] - b[:2]))
    return both / max(areas - both, 1e-9)


def pose_of(points: Points) -> Points:
    """float64 (3,): yaw, pitch, roll in radians; positive = to the performer's left, up, towards their left shoulder.

    From the directions of mirrored point pairs and of the line from brow to nose, in the mesh's own depth.
    """
    across = _unit(np.sum([_unit(points[left] - points[right]) for right, left in _ACROSS], axis=0))
    down = np.sum([_unit(points[low] - points[high]) for high, low in _DOWN], axis=0)
    down = _unit(down - across * (down @ across))
    ahead = np.cross(down, across)  # out of the face, towards the camera when z is negative
    yaw = np.arctan2(ahead[0], -ahead[2])
    pitch = np.arctan2(-ahead[1], np.hypot(ahead[0], ahead[2])) - PITCH_AT_REST
    roll = np.arctan2(across[1], np.hypot(across[0], across[2]))
    return np.array([yaw, pitch, roll])


def _unit(vector: Points) -> Points:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9))
