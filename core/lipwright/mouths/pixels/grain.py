"""Grain: footage's own noise, measured on skin, taken off mouths that are shown again and made anew for every frame.

A mouth that stands for several frames would carry one frozen noise over a face whose grain moves, and one resampled
from other footage would look ironed. So where grain can be seen, exemplars are cleaned once, and every painted frame
gets noise of the clip's own strength and size, different in each frame and the same in each run. Luma only: cameras
and codecs leave little of it in the colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.face.landmark_indices import Map
from lipwright.mouths.face.warp import Picture, Shape
from lipwright.mouths.pixels.code_values import luma_of, rounded, white_of

# 8-bit levels of noise from which on it is matched, at every pixel and at every second. Clean footage, by pores and
# coding alone, reads up to 0.8 and 1.2 (six GRID clips).
SEEN_FINE, SEEN_COARSE = 1.5, 2.0
SIDE = 512  # pixels of the noise tile, which is laid elsewhere in every frame
_SIZES = (0.0, 0.5, 0.8, 1.0, 1.3, 1.8)  # blur of grain, pixels: from a sensor's to a scanned film's
_SURE = 1.3  # times the noise's variance is taken for noise: in a few pixels it varies by itself
_LEAST_PIXELS = 60  # of skin; from fewer nothing is told
# Second differences both ways: nothing of shading and little of edges is left (Immerkaer, CVIU 64, 1996).
_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6.0


@dataclass(frozen=True, slots=True)
class Grain:
    """Noise of luma in 8-bit levels, at every pixel (fine) and at every second, as means of two by two (coarse)."""

    fine: float = 0.0
    coarse: float = 0.0

    @property
    def seen(self) -> bool:
        """Whether it is strong enough to be matched."""
        return self.fine >= SEEN_FINE or self.coarse >= SEEN_COARSE

    def over(self, other: Grain) -> Grain:
        """What is to be added to `other` for this."""
        fine, coarse = max(0.0, self.fine**2 - other.fine**2), max(0.0, self.coarse**2 - other.coarse**2)
        return Grain(fine**0.5, coarse**0.5)


def grain_of(rgb: Picture, shape: Shape, iod: float) -> Grain:
    """The grain on the skin around the mouth of a picture."""
    mask = _skin(rgb.shape, shape, iod)
    luma = luma_of(_levels(rgb))
    half = (rgb.shape[1] // 2, rgb.shape[0] // 2)
    small = cv2.resize(luma[: half[1] * 2, : half[0] * 2], half, interpolation=cv2.INTER_AREA)
    return Grain(_strength(luma, mask), _strength(small, mask[: half[1] * 2 : 2, : half[0] * 2 : 2]))


def usual_grain(grains: list[Grain]) -> Grain:
    """The median of several pictures' grain."""
    return Grain(float(np.median([g.fine for g in grains])), float(np.median([g.coarse for g in grains])))


def cleaned(rgb: Picture, grain: Grain) -> Picture:
    """The picture with its flat parts freed from this grain; where more goes on it stays (Wiener's filter)."""
    size, strength = _fitting(grain)
    window = (5, 5) if size < 0.8 else (9, 9)
    levels = _levels(rgb)
    luma = luma_of(levels)
    mean = cv2.blur(luma, window)
    varies = np.maximum(cv2.blur(luma * luma, window) - mean * mean, 1e-3)
    noise = np.minimum(np.float32(_SURE * strength**2) / varies, 1.0)
    return _like(rgb, levels + (noise * (mean - luma))[..., None])


def with_grain(rgb: Picture, grain: Grain, number: int) -> Picture:
    """The picture with fresh grain: another one for each frame `number`, the same for the same number."""
    size, strength = _fitting(grain)
    x, y = np.random.default_rng((0x6C69, number)).integers(0, SIDE, 2)
    rows, columns = np.arange(y, y + rgb.shape[0]) % SIDE, np.arange(x, x + rgb.shape[1]) % SIDE
    noise = np.take(np.take(_tile(size), rows, 0), columns, 1)
    return _like(rgb, _levels(rgb) + (np.float32(strength) * noise)[..., None])


def _fitting(grain: Grain) -> tuple[float, float]:
    """(blur, strength) of the tile that reads as this grain."""
    ratio = np.log(max(grain.coarse, 1e-3) / max(grain.fine, 1e-3))
    size = min(_SIZES, key=lambda s: abs(np.log(_reading(s).coarse / _reading(s).fine) - ratio))
    unit = _reading(size)
    return size, float(np.hypot(grain.fine, grain.coarse) / np.hypot(unit.fine, unit.coarse))


@lru_cache(maxsize=8)
def _tile(size: float) -> Map:
    """float32 (SIDE, SIDE) of unit noise, blurred by `size` pixels, without seams."""
    noise = np.random.default_rng(7).normal(size=(SIDE, SIDE)).astype(np.float32)
    if size > 0.0:
        wrapped = cv2.copyMakeBorder(noise, 8, 8, 8, 8, cv2.BORDER_WRAP)
        noise = cv2.GaussianBlur(wrapped, (0, 0), size)[8:-8, 8:-8]
    return np.ascontiguousarray(noise / noise.std())


@lru_cache(maxsize=8)
def _reading(size: float) -> Grain:
    """How strong a tile of unit noise reads."""
    tile, everywhere = _tile(size), np.ones((SIDE, SIDE), bool)
    small = np.asarray(cv2.resize(tile, (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_AREA))
    return Grain(_strength(tile, everywhere), _strength(small, everywhere[::2, ::2]))


def _strength(luma: Map, mask: NDArray[np.bool_]) -> float:
    """The noise inside the mask: by the median, which edges and pores do not reach."""
    if int(mask.sum()) < _LEAST_PIXELS:
        return 0.0
    return float(np.median(np.abs(cv2.filter2D(luma, cv2.CV_32F, _KERNEL)[mask]))) / 0.6745


def _skin(size: tuple[int, ...], shape: Shape, iod: float) -> NDArray[np.bool_]:
    """bool (h, w): the hull of chin and cheeks without the lips and what is near them."""
    face, lips = np.zeros(size[:2], np.uint8), np.zeros(size[:2], np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(shape.anchors.round().astype(np.int32)), 1)
    cv2.fillConvexPoly(lips, cv2.convexHull(shape.lips.round().astype(np.int32)), 1)
    return np.asarray((cv2.erode(face, _square(0.04 * iod)) > 0) & (cv2.dilate(lips, _square(0.05 * iod)) == 0))


def _square(radius: float) -> NDArray[np.uint8]:
    return np.ones((2 * max(1, round(radius)) + 1,) * 2, np.uint8)


def _levels(rgb: Picture) -> Map:
    """float32 in 8-bit levels."""
    return np.asarray(rgb, np.float32) / np.float32(white_of(rgb) / 255.0)


def _like(rgb: Picture, levels: Map) -> Picture:
    """8-bit levels in the type of `rgb`."""
    return rounded(levels * np.float32(white_of(rgb) / 255.0), rgb)
