"""Clips of a face made in code: scikit-image's astronaut (public domain, NASA), moved, scaled, turned, hidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]


@cache
def astronaut() -> Rgb:
    """(512, 512, 3)."""
    from skimage.data import astronaut as picture

    return np.ascontiguousarray(picture())


def head(size: int = 256) -> Rgb:
    """The face, square, `size` pixels."""
    return cv2.resize(astronaut()[0:256, 96:352], (size, size), interpolation=cv2.INTER_AREA)


def placed(width: int, height: int, faces: Sequence[tuple[Rgb, int, int]], background: int = 90) -> Rgb:
    """A grey picture with faces at (x, y)."""
    out = np.full((height, width, 3), background, np.uint8)
    for face, x, y in faces:
        out[y : y + len(face), x : x + face.shape[1]] = face
    return out


def opened(face: Rgb, amount: float) -> Rgb:
    """The mouth of a 256-pixel head stretched open by `amount` (0 as it is) around the line between the lips."""
    centre, reach = np.array([127.0, 147.0]), np.array([20.0, 15.0])
    y, x = np.mgrid[0 : len(face), 0 : face.shape[1]].astype(np.float32)
    bump = np.exp(-(((x - centre[0]) / reach[0]) ** 2) - ((y - centre[1]) / reach[1]) ** 2)
    shifted = y - amount * reach[1] * bump * np.sign(y - centre[1]) * np.minimum(np.abs(y - centre[1]) / 4, 1)
    return cv2.remap(face, x, shifted.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@dataclass(frozen=True, slots=True)
class ArrayPicture:
    """One frame held as RGB."""

    rgb: Rgb
    time_s: float

    def sample(self, matrix: NDArray[np.float64], size: tuple[int, int]) -> Rgb:
        return cv2.warpAffine(self.rgb, matrix, size)


@dataclass(slots=True)
class ArrayClip:
    """Frames made when asked for: `make(i)` gives an RGB picture."""

    make: Callable[[int], Rgb]
    count: int
    fps: float = 25.0
    pixel_aspect: float = 1.0
    path: Path = field(default_factory=lambda: Path("array"))

    @property
    def width(self) -> int:
        return self.make(0).shape[1]

    @property
    def height(self) -> int:
        return self.make(0).shape[0]

    @property
    def expected_frames(self) -> int:
        return self.count

    def frames(self):  # type: ignore[no-untyped-def]  # an iterator of ArrayPicture
        for i in range(self.count):
            yield ArrayPicture(self.make(i), i / self.fps)
