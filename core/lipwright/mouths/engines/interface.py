"""What an engine is given and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.face.head_pose import Heads
from lipwright.mouths.face.landmark_indices import Floats
from lipwright.mouths.face.lip_model import Speaker
from lipwright.mouths.face.lip_targets import Wanted
from lipwright.mouths.face.matte import Matte
from lipwright.mouths.face.warp import Box, Picture
from lipwright.mouths.footage.bank import Bank
from lipwright.types import Performance


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One face of one clip, and what its mouth is to do.

    landmarks: float64 (F, 478, 3) pixels, NaN where absent · vocal_s: float64 (F,), the vocal's time at each frame,
    NaN outside it · strength: float64 (F,) 0..1, 0 = hand the source's frame through · light: float64 (F, 4, 3), skin
    colours by `survey` · covered: its occlusion masks by frame · width, height: of the upright picture · still: a
    photo, which needs life of its own.
    """

    landmarks: Floats
    heads: Heads
    vocal_s: Floats
    strength: Floats
    width: int
    height: int
    light: Floats
    covered: Mapping[int, NDArray[np.bool_]]
    speaker: Speaker
    wanted: Wanted
    performance: Performance
    bank: Bank
    still: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """New pixels for a box: rgb like the region given, matte float32 (h, w) 0..1, 0 = the source's own pixel."""

    rgb: Picture
    matte: Matte


class MouthEngine(Protocol):
    """One way of making mouths. `box` says which region a frame's `render` needs, None: leave this frame alone."""

    def box(self, index: int) -> Box | None:
        """The region of frame `index` that `render` reads and paints."""

    def render(self, index: int, region: Picture) -> Patch:
        """The region of frame `index`, uint8 or uint16 RGB (h, w, 3), with the wanted mouth."""
