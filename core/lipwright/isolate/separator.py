"""Vocals out of a stereo mix, a stretch at a time: spectra, the network's mask, and back to sound.

Framing is the network's own: 44.1 kHz, windows of 4096, hop 1024, 1024 bins (11 kHz), 512 frames a pass.
Passes overlap and only their middles are kept, so that no seam is heard and length costs no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray

RATE = 44_100
WINDOW, HOP, BINS = 4096, 1024, 1024
PASS = 512
MARGIN = 32
"""Frames (0.74 s) thrown away on both sides of every pass."""
KEPT = PASS - 2 * MARGIN
_LEAD = WINDOW - HOP
"""Zeros put before the sound, so that every sample lies under four windows."""
_OVERLAP_GAIN = 1.5
"""Sum of the squared Hann windows over one sample at a hop of a quarter window."""

# The network's masks depend on the level: each pass is heard at two RMS levels, dB, and what either hears as voice is.
LEVELS_DB = (-6.0, -18.0)
# While somebody sings, the voice is at least this far below the whole mix; in instrumental parts it is 20 dB and more.
SUNG_DB, SUNG_STEP_DB = -14.0, 6.0
_NEAR = 3  # frames to either side, 70 ms
# Holes in a sung note cost more than what leaks through them: there the mask is raised to this power.
HOLE_POWER = 0.4

Spectra = NDArray[np.complex64]
"""complex64 (2, frames, 2049)"""


Masker = Callable[[FloatArray], FloatArray]
"""The network: magnitudes float32 (1, 2, 512, 1024), time by frequency, to the share of each cell that is vocal."""


def separate(
    blocks: Iterable[FloatArray], masker: Masker, bleed: float = 0.0, rms: float | None = None
) -> Iterator[FloatArray]:
    """Stereo blocks float32 (2, n) at 44.1 kHz, any n -> the vocal, blocks (2, m) that add up to the same length.

    `bleed` is how much of the band is left in while somebody sings: it fills the holes that separation tears. `rms` is
    how loud the mix is (`loudness.loud_rms`); None hears it once, as it is.
    """
    sound, window = _Sound(blocks), _hann()
    gains = [10 ** (level / 20) / rms for level in LEVELS_DB] if rms else [1.0]
    tail: FloatArray = np.zeros((2, _LEAD), np.float32)
    first = 0  # the first frame that this pass keeps
    while not sound.ended(first * HOP):
        start = (first - MARGIN) * HOP
        spectra = _spectra(sound.take(start, start + (PASS - 1) * HOP + WINDOW), window)
        magnitude = np.abs(spectra[:, :, :BINS])
        mask = _filled(magnitude, _loudest(masker, magnitude, gains), bleed)
        inner = slice(MARGIN, -MARGIN)
        vocal, tail = _overlapped(spectra[:, inner, :BINS] * mask[:, inner], tail, window)
        piece = sound.trimmed(vocal, first * HOP)
        if piece.shape[1]:
            yield piece
        first += KEPT


class _Sound:
    """The blocks as one signal of zeros, sound, zeros: sound starts at sample _LEAD. Reads no further than asked."""

    def __init__(self, blocks: Iterable[FloatArray]) -> None:
        self._blocks = iter(blocks)
        self._held: FloatArray = np.zeros((2, 0), np.float32)
        self._at = _LEAD
        self._done = False

    def take(self, start: int, stop: int) -> FloatArray:
        """float32 (2, stop - start); what lies before `start` is forgotten."""
        self._read_to(stop)
        drop = min(max(0, start - self._at), self._held.shape[1])
        self._held, self._at = self._held[:, drop:], self._at + drop
        low, high = max(start, self._at), min(stop, self._at + self._held.shape[1])
        out = np.zeros((2, stop - start), np.float32)
        if high > low:
            out[:, low - start : high - start] = self._held[:, low - self._at : high - self._at]
        return out

    def ended(self, at: int) -> bool:
        """Whether all sound has been given back once everything before `at` was; samples lag windows by _LEAD."""
        self._read_to(at + 1)
        return self._done and at >= self._at + self._held.shape[1]

    def trimmed(self, vocal: FloatArray, at: int) -> FloatArray:
        """The part of `vocal`, which starts at sample `at`, that lies over sound."""
        stop = self._at + self._held.shape[1] - at if self._done else vocal.shape[1]
        return vocal[:, max(0, _LEAD - at) : max(0, stop)]

    def _read_to(self, stop: int) -> None:
        new = [self._held]
        end = self._at + self._held.shape[1]
        while end < stop and not self._done:
            block = next(self._blocks, None)
            if block is None:
                self._done = True
            else:
                new.append(block)
                end += block.shape[1]
        if len(new) > 1:
            self._held = np.concatenate(new, axis=1)


def _loudest(masker: Masker, magnitude: FloatArray, gains: Sequence[float]) -> FloatArray:
    """float32 (2, frames, 1024): of every cell the largest share of voice heard at any of the gains."""
    mask: FloatArray = masker(magnitude[None] * np.float32(gains[0]))[0]
    for gain in gains[1:]:
        np.maximum(mask, masker(magnitude[None] * np.float32(gain))[0], out=mask)
    return mask


def _filled(magnitude: FloatArray, mask: FloatArray, bleed: float) -> FloatArray:
    """The mask with its holes made shallower where somebody sings, and nowhere else."""
    sung = _sung(magnitude, mask)[:, None]
    mask = mask ** (1 - (1 - HOLE_POWER) * sung)
    return np.asarray(mask + bleed * sung * (1 - mask), np.float32)


def _sung(magnitude: FloatArray, mask: FloatArray) -> FloatArray:
    """float32 (frames,), 0..1: whether the voice is a fair part of what sounds, around each frame."""
    vocal, mix = ((part**2).sum(axis=(0, 2)) for part in (magnitude * mask, magnitude))
    share_db = 10 * np.log10((vocal + 1e-9) / (mix + 1e-6))
    sung = np.clip((share_db - SUNG_DB) / SUNG_STEP_DB, 0, 1)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(sung, _NEAR, mode="edge"), 2 * _NEAR + 1)
    return np.asarray(around.mean(axis=1), np.float32)


def _spectra(sound: FloatArray, window: FloatArray) -> Spectra:
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW, axis=1)[:, ::HOP]
    return np.fft.rfft(frames * window, axis=2).astype(np.complex64)


def _overlapped(spectra: Spectra, tail: FloatArray, window: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Spectra (2, n, 1024) after `tail` (2, 3072) -> (sound (2, n * 1024), the next tail). The bins above stay 0."""
    frames = np.fft.irfft(spectra, WINDOW, axis=2).astype(np.float32) * (window / _OVERLAP_GAIN)
    count = frames.shape[1]
    out = np.zeros((2, count * HOP + _LEAD), np.float32)
    out[:, :_LEAD] = tail
    for part in range(WINDOW // HOP):  # the same quarter of every window lies one after the other
        quarter = frames[:, :, part * HOP : (part + 1) * HOP].reshape(2, -1)
        out[:, part * HOP : part * HOP + count * HOP] += quarter
    return out[:, : count * HOP], out[:, count * HOP :]


def _hann() -> FloatArray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
