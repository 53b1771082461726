"""The shared values that hold arrays: a vocal, what was measured in it, a tracked face.

Stages meet through these and through `lipwright.types`; this module needs numpy, so hosts do not import it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lipwright.types import VocalInfo

RATE = 16_000
"""Samples a second of every vocal that models hear."""

FloatArray = NDArray[np.float32]
Progress = Callable[[float], None]
"""Called with 0..1 now and then; raising `Cancelled` from it stops the work."""


class Vocal(Protocol):
    """A vocal as models hear it: 16 kHz mono, any length, a window at a time."""

    @property
    def info(self) -> VocalInfo:
        """Name, hash, length."""

    @property
    def length(self) -> int:
        """Samples at 16 kHz."""

    def window(self, start: int, stop: int) -> FloatArray:
        """samples float32 (stop - start,), -1..1; zeros before the start and past the end."""


@dataclass(frozen=True, slots=True, eq=False)
class MemoryVocal:
    """A vocal held in memory: samples float32 (N,), mono, -1..1, 16 kHz. For tests, notebooks and short clips."""

    samples: FloatArray
    name: str = "memory"

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError(f"samples must be float32 (N,), got {self.samples.dtype} {self.samples.shape}")
        if not np.isfinite(self.samples).all():
            raise ValueError("samples hold NaN or infinity")

    @property
    def info(self) -> VocalInfo:
        """A description without a file behind it."""
        return VocalInfo(self.name, "", len(self.samples) / RATE, RATE, 1)

    @property
    def length(self) -> int:
        """Samples at 16 kHz."""
        return len(self.samples)

    def window(self, start: int, stop: int) -> FloatArray:
        """samples float32 (stop - start,), zeros outside."""
        out = np.zeros(max(0, stop - start), np.float32)
        low, high = max(start, 0), min(stop, len(self.samples))
        if high > low:
            out[low - start : high - start] = self.samples[low:high]
        return out


def blocks(vocal: Vocal, seconds: float) -> Iterator[tuple[int, FloatArray]]:
    """(first sample, samples) of consecutive stretches that together cover the vocal once."""
    step = max(1, round(seconds * RATE))
    for start in range(0, vocal.length, step):
        yield start, vocal.window(start, min(start + step, vocal.length))


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What can be measured in a vocal without knowing the words, every `hop_s` seconds (frame f starts at f * hop_s).

    level_db: float32 (F,), dB below full scale · f0_hz: float32 (F,), 0 where unvoiced ·
    beats_s: beats of the music or of the speech rhythm, rising · tempo: beats a minute, 0 unknown ·
    singing: 0 speech .. 1 song.
    """

    hop_s: float
    level_db: FloatArray
    f0_hz: FloatArray
    beats_s: tuple[float, ...]
    tempo: float
    singing: float


class Picture(Protocol):
    """One frame of a clip, as far as looking for faces needs it."""

    @property
    def time_s(self) -> float:
        """Seconds from the clip's first picture."""

    def sample(self, matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.uint8]:
        """uint8 (size[1], size[0], 3) RGB: the picture through `matrix`, 2 x 3, upright pixels to output pixels."""


class Footage(Protocol):
    """A clip, as far as looking for faces needs it."""

    @property
    def path(self) -> Path:
        """Its file."""

    @property
    def width(self) -> int:
        """Upright, pixels."""

    @property
    def height(self) -> int:
        """Upright, pixels."""

    @property
    def pixel_aspect(self) -> float:
        """Width of a pixel over its height."""

    @property
    def expected_frames(self) -> int:
        """About how many frames there are; for progress only."""

    def frames(self) -> Iterator[Picture]:
        """Every frame in order."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """One face through a clip, a row a frame.

    times_s: float64 (F,) presentation times · present: bool (F,) · landmarks: float32 (F, 478, 3), pixels x, y of the
    upright picture and depth in the same scale, NaN where absent · scores: float32 (F,) 0..1 ·
    pose: float32 (F, 3) yaw, pitch, roll in radians · shots: int32 (F,), counts up at every cut ·
    width, height: of the upright picture in pixels · occluded: bool (F,), something covers the mouth or around it ·
    mixed: bool (F,), one shot dissolves into another, so that nobody is present. A bridged gap is present with a score
    under 0.5.
    """

    times_s: NDArray[np.float64]
    present: NDArray[np.bool_]
    landmarks: FloatArray
    scores: FloatArray
    pose: FloatArray
    shots: NDArray[np.int32]
    width: int
    height: int
    occluded: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    mixed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    @classmethod
    def array_names(cls) -> tuple[str, ...]:
        """The fields that have a row a frame, as files keep them."""
        return tuple(entry.name for entry in fields(cls) if entry.name not in ("width", "height"))

    def __post_init__(self) -> None:
        for name in ("occluded", "mixed"):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.zeros(len(self.times_s), np.bool_))
