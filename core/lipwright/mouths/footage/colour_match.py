"""Colour match between a mouth and the frame it goes into: low frequencies only, and only when the light differs."""

from __future__ import annotations

import cv2
import numpy as np

from lipwright.mouths.face.landmark_indices import Floats
from lipwright.mouths.face.warp import Box, Lattice, Picture
from lipwright.mouths.footage.frame_quality import PATCHES, SIDE

# Below this difference of log colour nothing is done (measured: a gain on one take costs 0.2 dB); above, everything.
SAME, DIFFERENT = 0.025, 0.07
_MOST = 0.5  # log gain; more is another scene, not another light
_PLACES = PATCHES / (SIDE / 2) - 1.0
_MODEL = np.column_stack([np.ones(len(_PLACES)), _PLACES])
# A little ridge on the slopes: four patches are few, and a slope reaches beyond them.
_FIT = np.linalg.solve(_MODEL.T @ _MODEL + np.diag([0.0, 0.3, 0.3]), _MODEL.T)
_STEP = 16  # pixels between those at which a gain is worked out


def log_gains(wanted: Floats, have: Floats) -> Floats | None:
    """Gains (3 coefficients, 3 channels) that take light `have` (4, 3) to `wanted` (4, 3); None: the same light.

    The model is log gain = c0 + c1 x + c2 y over the survey's crop, x and y from -1 to 1.
    """
    ratio = np.log(np.maximum(wanted, 4.0)) - np.log(np.maximum(have, 4.0))
    size = float(np.abs(ratio).max())
    if size <= SAME:
        return None
    share = min(1.0, (size - SAME) / (DIFFERENT - SAME))
    return np.asarray(_FIT @ np.clip(ratio, -_MOST, _MOST) * share)


def gained(rgb: Picture, gains: Floats, crop_from_picture: Floats, box: Box) -> Picture:
    """The region `rgb` of `box`, brighter and darker by the gains' slope over the face."""
    m, lattice = crop_from_picture, Lattice(box, _STEP)
    places = np.stack(np.meshgrid(lattice.x, lattice.y), -1)
    places = np.clip((places @ m[:, :2].T + m[:, 2]) / (SIDE / 2) - 1.0, -3.0, 3.0)
    log = np.clip(gains[0] + places @ gains[1:], -_MOST, _MOST)
    gain = lattice.enlarged(np.exp(log).astype(np.float32))
    # One pass in C: rounds, and saturates at the type's limits.
    return np.asarray(cv2.multiply(rgb, gain, dtype=cv2.CV_16U if rgb.dtype == np.uint16 else cv2.CV_8U))
