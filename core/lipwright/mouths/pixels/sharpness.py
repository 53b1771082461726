"""Detail kept: what resampling took from a mouth's fine structure is given back, never more than its footage shows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.face.landmark_indices import Floats, Map
from lipwright.mouths.face.warp import Box, Picture
from lipwright.mouths.pixels.code_values import luma_of, rounded

GROW_IOD = 0.12  # the lips and this much around them are what is measured
MOST = 0.8  # of the difference to the blurred picture: more rings around teeth
_SIGMA = 0.9  # pixels: what one resampling takes lies just under the finest detail that pixels hold


def detail_of(rgb: Picture, lips: Floats, iod: float) -> float:
    """The variance of the Laplacian in and around lips (40, 2), in the picture's own pixels and levels."""
    part, mask = _around(rgb.shape, lips, iod)
    if mask is None:
        return 0.0
    return float(_laplacian(luma_of(rgb[part]))[mask].var())


def sharpened(rgb: Picture, lips: Floats, box: Box, iod: float, detail: float) -> Picture:
    """The region `rgb` of `box` with the detail that was measured before it was resampled.

    An unsharp mask of luma on the mouth alone, just strong enough that `detail_of` is `detail`; softer is never made.
    """
    part, mask = _around(rgb.shape, lips - (box.left, box.top), iod)
    if mask is None or detail <= 0.0:
        return rgb
    luma = luma_of(rgb[part])
    fine = luma - cv2.GaussianBlur(luma, (0, 0), _SIGMA)
    amount = _amount(_laplacian(luma)[mask], _laplacian(fine)[mask], detail)
    if amount <= 0.02:
        return rgb
    fine *= np.float32(amount)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(1.0, 0.03 * iod))
    fine *= soft
    out = rgb.copy()
    out[part] = rounded(rgb[part] + fine[..., None], rgb)
    return out


def _amount(base: Map, fine: Map, detail: float) -> float:
    """How much of `fine` makes the variance of base + amount * fine equal `detail`: 0 to MOST."""
    a, b = float(fine.var()), 2.0 * float(((base - base.mean()) * (fine - fine.mean())).mean())
    c = float(base.var()) - detail
    if c >= 0.0 or a <= 1e-9:
        return 0.0
    return min(MOST, (-b + float(np.sqrt(max(b * b - 4.0 * a * c, 0.0)))) / (2.0 * a))


def _around(shape: tuple[int, ...], lips: Floats, iod: float) -> tuple[tuple[slice, slice], NDArray[np.bool_] | None]:
    """The part of a picture around lips, and in it the lips' hull grown by GROW_IOD; None off the picture."""
    grow = GROW_IOD * iod
    low = np.maximum(np.floor(lips.min(0) - grow - 2).astype(int), 0)
    high = np.minimum(np.ceil(lips.max(0) + grow + 3).astype(int), (shape[1], shape[0]))
    part = np.s_[low[1] : high[1], low[0] : high[0]]
    if (high - low).min() < 6:
        return part, None
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    hull = cv2.convexHull((lips - low).round().astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1)
    # A thick outline grows the hull as a dilation by a disc would, at a hundredth of its cost.
    cv2.polylines(mask, [hull], True, 1, 2 * max(1, round(grow)) + 1)
    return part, mask > 0


def _laplacian(luma: Map) -> Map:
    return np.asarray(cv2.Laplacian(luma, cv2.CV_32F, ksize=3))
