"""Colour match between a mouth and the frame it goes into: low frequencies only, and only when the light differs."""

from __future__ import annotations

import cv2
import numpy as np

from lipwright.mouths.points import Floats
from lipwright.mouths.survey import PATCHES, SIDE
from lipwright.mouths.warp import Box, Picture

# Below this difference of log colour nothing is done (measured: a gain on one take costs 0.2 dB); above, everything.
SAME, DIFFERENT = 0.025, 0.07
_MOST = 0.5  # log gain; more is another scene, not another light


def log_gains(wanted: Floats, have: Floats) -> Floats | None:
    """Gains (3 coefficients, 3 channels) that take light `have` (4, 3) to `wanted` (4, 3); None: the same light.

    The model is log gain = c0 + c1 x + c2 y over the survey's crop, x and y from -1 to 1.
    """
    ratio = np.log(np.maximum(wanted, 4.0)) - np.log(np.maximum(have, 4.0))
    size = float(np.abs(ratio).max())
    if size <= SAME:
        return None
    share = min(1.0, (size - SAME) / (DIFFERENT - SAME))
    places = PATCHES / (SIDE / 2) - 1.0
    model = np.column_stack([np.ones(len(places)), places])
    # A little ridge on the slopes: four patches are few, and a slope reaches beyond them.
    system = model.T @ model + np.diag([0.0, 0.3, 0.3])
    coefficients = np.linalg.solve(system, model.T @ np.clip(ratio, -_MOST, _MOST))
    return np.asarray(coefficients * share)


def gained(rgb: Picture, gains: Floats, crop_from_picture: Floats, box: Box) -> Picture:
    """The region `rgb` of `box`, brighter and darker by the gains' slope over the face."""
    m = crop_from_picture
    corners = np.array([(box.left, box.top), (box.right, box.top), (box.left, box.bottom)], float)
    places = np.clip((corners @ m[:, :2].T + m[:, 2]) / (SIDE / 2) - 1.0, -3.0, 3.0)
    value = np.column_stack([np.ones(3), places]) @ gains
    value = value.astype(np.float32)
    across = np.linspace(0.0, 1.0, rgb.shape[1], dtype=np.float32)[None, :, None]
    down = np.linspace(0.0, 1.0, rgb.shape[0], dtype=np.float32)[:, None, None]
    log = value[0] + across * (value[1] - value[0]) + down * (value[2] - value[0])
    gain = cv2.exp(np.ascontiguousarray(np.clip(log, -_MOST, _MOST), np.float32))
    # One pass in C: rounds, and saturates at the type's limits.
    return np.asarray(cv2.multiply(rgb, gain, dtype=cv2.CV_16U if rgb.dtype == np.uint16 else cv2.CV_8U))
