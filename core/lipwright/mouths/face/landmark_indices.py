"""Which of a face's 478 landmarks are which, and the small geometry that everything here shares.

Indices are MediaPipe's face mesh. Lips run from the picture-left corner along the lower edge to the right corner
and back along the upper edge, first the outer, then the inner contour.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Map = NDArray[Any]
"""float32 unless said otherwise: values or places of every pixel of a region."""

LIPS_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
LIPS = np.array(LIPS_OUTER + LIPS_INNER)
# Positions within LIPS.
CORNERS = np.array([0, 10, 20, 30])
OUTER_LOWER, OUTER_UPPER = np.arange(1, 10), np.arange(11, 20)
INNER_LOWER, INNER_UPPER = np.arange(21, 30), np.arange(31, 40)
# The three inner pairs whose mean distance is "the opening" (upper, lower): 13-14, 82-87, 312-317.
GAP_UPPER, GAP_LOWER = np.array([35, 36, 34]), np.array([25, 24, 26])

# Eyes, nose and temples: they hardly move in speech.
STABLE = np.array([33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 127, 356])
EYE_LEFT, EYE_RIGHT = 33, 263  # outer corners as seen in the picture; their distance is the IOD
JAW = np.array([172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397])
CHIN = np.array([18, 200, 83, 313, 199, 175])
RIM = np.array([205, 425, 36, 266, 207, 427, 216, 436, 212, 432, 57, 287, 43, 273, 206, 426])
NOSE = np.array([2, 98, 327, 164, 97, 326])
# What holds a mouth in its face: the control points of a warp besides the lips.
ANCHORS = np.concatenate([JAW, CHIN, RIM, NOSE])
ANCHOR_JAW = slice(0, len(JAW) + len(CHIN))
CHIN_TIP = 152

EYE_UPPER = {
    "left": (33, 246, 161, 160, 159, 158, 157, 173, 133),
    "right": (362, 398, 384, 385, 386, 387, 388, 466, 263),
}
EYE_LOWER = {"left": (33, 7, 163, 144, 145, 153, 154, 155, 133), "right": (362, 382, 381, 380, 374, 373, 390, 249, 263)}
BROW = {"left": (46, 53, 52, 65, 55), "right": (285, 295, 282, 283, 276)}


def iod_of(landmarks: Floats) -> Floats:
    """Distance of the outer eye corners in pixels, for landmarks (..., 478, 2 or 3); depth counts when given."""
    return np.asarray(np.linalg.norm(landmarks[..., EYE_LEFT, :] - landmarks[..., EYE_RIGHT, :], axis=-1))


def gap_of(lips: Floats) -> Floats:
    """Mean inner-lip distance of lips (..., 40, D), in their own unit."""
    return np.asarray(np.linalg.norm(lips[..., GAP_UPPER, :] - lips[..., GAP_LOWER, :], axis=-1).mean(-1))


def width_of(lips: Floats) -> Floats:
    """Distance of the outer corners of lips (..., 40, D), in their own unit."""
    return np.asarray(np.linalg.norm(lips[..., 10, :] - lips[..., 0, :], axis=-1))


def similarity_2d(source: Floats, target: Floats) -> Floats:
    """2x3 least-squares similarity that takes points (N, 2) to points (N, 2)."""
    a, b = source - source.mean(0), target - target.mean(0)
    weight = max(float((a**2).sum()), 1e-12)
    real = float((a * b).sum()) / weight
    imaginary = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / weight
    matrix = np.array([[real, -imaginary], [imaginary, real]])
    return np.hstack([matrix, (target.mean(0) - matrix @ source.mean(0))[:, None]])


def apply_2d(matrix: Floats, points: Floats) -> Floats:
    """Points (..., 2) through a 2x3 matrix."""
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2])


def smooth(values: Floats, sigma: float) -> Floats:
    """Gaussian smoothing along axis 0 with held ends; `sigma` in rows."""
    if sigma <= 0.0 or len(values) < 2:
        return values
    radius = max(1, round(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.concatenate([np.repeat(values[:1], radius, 0), values, np.repeat(values[-1:], radius, 0)])
    out = np.zeros_like(values, dtype=np.float64)
    for offset, weight in enumerate(kernel):
        out += weight * padded[offset : offset + len(values)]
    return out
