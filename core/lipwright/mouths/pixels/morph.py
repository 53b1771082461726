"""From one mouth to another without a double edge: both are moved towards each other before they are mixed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from lipwright.mouths.face.landmark_indices import Map
from lipwright.mouths.face.warp import Picture
from lipwright.mouths.pixels.code_values import eight_bits

WIDTH = 128  # pixels at which the movement is looked for: lips and rows of teeth, not pores
_MOST = 0.06  # of the width: landmarks have put both mouths in place, so a larger movement is a mistake


def between(first: Picture, second: Picture, share: float) -> Picture:
    """The picture `share` (0..1) of the way from `first` to `second`, which show the same mouth in the same box."""
    flow = _flow(first, second)
    height, width = first.shape[:2]
    x, y = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    a = _moved(first, x - share * flow[..., 0], y - share * flow[..., 1])
    b = _moved(second, x + (1.0 - share) * flow[..., 0], y + (1.0 - share) * flow[..., 1])
    return np.asarray(cv2.addWeighted(a, 1.0 - share, b, share, 0.0))


def _flow(first: Picture, second: Picture) -> Map:
    """float32 (h, w, 2): first at x is second at x + flow, in pixels."""
    height, width = first.shape[:2]
    factor = min(1.0, WIDTH / width)
    size = (max(16, round(width * factor)), max(16, round(height * factor)))
    small = [cv2.resize(_grey(p), size, interpolation=cv2.INTER_AREA) for p in (first, second)]
    flow = _finder().calc(small[0], small[1], None)
    flow = cv2.GaussianBlur(flow, (0, 0), 1.5)
    most = _MOST * size[0]
    length = np.maximum(np.linalg.norm(flow, axis=2, keepdims=True), 1e-6)
    flow = flow * np.minimum(1.0, most / length).astype(np.float32)
    scale = np.array([width / size[0], height / size[1]], np.float32)
    return np.asarray(cv2.resize(flow * scale, (width, height), interpolation=cv2.INTER_LINEAR))


def _grey(rgb: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(eight_bits(rgb), cv2.COLOR_RGB2GRAY))


@lru_cache(maxsize=1)
def _finder() -> Any:
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)


def _moved(rgb: Picture, x: Map, y: Map) -> Picture:
    return np.asarray(cv2.remap(rgb, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))
