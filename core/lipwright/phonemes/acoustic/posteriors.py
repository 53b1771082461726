"""What the CTC recogniser hears in a whole vocal: posteriors of every phone token, 20 ms a frame."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lipwright import models
from lipwright.arrays import RATE, FloatArray, Progress, Vocal, blocks
from lipwright.phonemes.alphabet import Tokens

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

HOP = 320
FRAME_S = HOP / RATE
# The recogniser reports sounds 60 ms late (measured on read speech; within 20 ms on other material).
LAG_FRAMES = 3
WINDOW_S, MARGIN_S = 12.0, 1.5
TARGET_RMS = 0.08
_ACTIVE_DB = 25.0


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Posteriors with the recogniser's lag already taken off; frame t starts at t * FRAME_S.

    live: float16 (T, tokens.live), 0..1 · blank: float32 (T,), 0..1, "nothing new here", of which boundary float32 (T,)
    is "a word ends" · tokens: what the columns are.
    """

    live: NDArray[np.float16]
    blank: FloatArray
    boundary: FloatArray
    tokens: Tokens

    @property
    def frames(self) -> int:
        """How many frames of 20 ms."""
        return len(self.blank)

    def part(self, first: int, last: int) -> Heard:
        """Frames first..last - 1 only."""
        return Heard(self.live[first:last], self.blank[first:last], self.boundary[first:last], self.tokens)

    def averaged(self, other: Heard) -> Heard:
        """What one of two recognisers hears; where words end, this one says."""
        live = (self.live + other.live) * np.float16(0.5)
        return Heard(live, (self.blank + other.blank) * np.float32(0.5), self.boundary, self.tokens)


class Recogniser:
    """The model and its tokens, loaded once: by name, or a session of one like it."""

    def __init__(self, name: str = "ctc", session: InferenceSession | None = None) -> None:
        self._session = session or models.session(name)
        self.tokens = Tokens.of(json.loads(self._session.get_modelmeta().custom_metadata_map["tokens"]))

    def log_probs(self, samples: FloatArray) -> FloatArray:
        """samples float32 (N,), -1..1 -> float32 (N // 320 + 1, 191) log-probabilities."""
        padded = np.pad(samples, (0, max(0, 400 - len(samples))))
        out = self._session.run(None, {"waveform": padded[None]})[0][0]
        return np.asarray(out[: len(samples) // HOP + 1], np.float32)


def level_db(vocal: Vocal) -> FloatArray:
    """float32 (F,), dB below full scale of each 10 ms of the vocal; digital silence is -120."""
    hop = RATE // 100
    parts = []
    for _, samples in blocks(vocal, 60.0):
        whole = np.pad(samples, (0, -len(samples) % hop)).reshape(-1, hop).astype(np.float64)
        parts.append(10 * np.log10((whole**2).mean(1) + 1e-12))
    return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)


def gain_for(levels: FloatArray) -> float:
    """The factor that brings the loud part of a vocal to the level that the recogniser likes; at most 60 dB."""
    if not len(levels):
        return 1.0
    active = levels[levels > np.percentile(levels, 95) - _ACTIVE_DB]
    rms = 10 ** (10 * np.log10(np.mean(10 ** (active.astype(np.float64) / 10))) / 20) if len(active) else 0.0
    return float(min(TARGET_RMS / rms, 1000.0)) if rms > 1e-6 else 1.0


def hear(vocal: Vocal, recogniser: Recogniser, gain: float, on_progress: Progress | None = None) -> Heard:
    """Posteriors of the whole vocal, window by window with margins, so that length costs no memory but the result's."""
    frames = max(1, vocal.length // HOP + 1)
    tokens = recogniser.tokens
    live = np.zeros((frames, len(tokens.live)), np.float16)
    blank, boundary = np.ones(frames, np.float32), np.zeros(frames, np.float32)
    window, margin = round(WINDOW_S / FRAME_S), round(MARGIN_S / FRAME_S)
    for first in range(0, frames, window):
        if on_progress:
            on_progress(first / frames)
        begin, last = max(0, first - margin), min(frames, first + window)
        samples = vocal.window(begin * HOP, min(vocal.length, (last + margin) * HOP))
        probabilities = np.exp(recogniser.log_probs(np.clip(samples * np.float32(gain), -1, 1)))[first - begin :]
        count = min(last - first, len(probabilities))
        live[first : first + count] = probabilities[:count, list(tokens.columns)]
        blank[first : first + count] = probabilities[:count, list(tokens.blanks)].sum(1)
        boundary[first : first + count] = probabilities[:count, tokens.blanks[1]]
    return Heard(_earlier(live, 0.0), _earlier(blank, 1.0), _earlier(boundary, 0.0), tokens)


def _earlier(values: NDArray[Any], fill: float) -> NDArray[Any]:
    """Take the lag off: everything moves LAG_FRAMES to the front, the end is filled."""
    out = np.full_like(values, fill)
    if len(values) > LAG_FRAMES:
        out[:-LAG_FRAMES] = values[LAG_FRAMES:]
    return out
