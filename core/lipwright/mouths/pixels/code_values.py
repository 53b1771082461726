"""Code values of pictures of 8 and of 16 bits: their white, their luma, and values rounded back into them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from lipwright.mouths.face.landmark_indices import Map
from lipwright.mouths.face.warp import Picture

_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)


def white_of(picture: Picture) -> float:
    """The code value of white: 255 or 65535."""
    return 65535.0 if picture.dtype == np.uint16 else 255.0


def luma_of(rgb: Picture | Map) -> Map:
    """float32 (h, w) of RGB (h, w, 3), in its own levels."""
    return np.asarray(cv2.transform(np.asarray(rgb, np.float32), _LUMA))


def eight_bits(rgb: Picture) -> Picture:
    """The picture in uint8."""
    return rgb if rgb.dtype == np.uint8 else (rgb >> 8).astype(np.uint8)


def rounded(values: Any, like: Picture) -> Picture:
    """Values in the levels of `like`, as its type: rounded, and held inside its range."""
    return np.asarray(np.rint(np.clip(values, 0, white_of(like))).astype(like.dtype))
