"""Is there a band under the voice? A cheap look at what is left between the words."""

from __future__ import annotations

import numpy as np

from lipwright.arrays import RATE, FloatArray, Vocal

STRETCH_S, STRETCHES = 6.0, 12
"""A long song is heard in a dozen places."""
_WINDOW, _HOP = 2048, 512


def music_share(vocal: Vocal) -> float:
    """0 (a voice alone) .. 1 (a band plays most of the time), from the quiet moments of up to a dozen stretches."""
    pictures = [_powers(samples) for samples in _stretches(vocal)]
    power = np.concatenate(pictures) if pictures else np.zeros((0, _WINDOW // 2 + 1), np.float32)
    if len(power) < 8:
        return 0.0
    return _share(power)


def _stretches(vocal: Vocal) -> list[FloatArray]:
    size = round(STRETCH_S * RATE)
    count = min(STRETCHES, -(-vocal.length // size))
    starts = np.linspace(0, max(0, vocal.length - size), count).astype(int)
    return [vocal.window(int(start), min(int(start) + size, vocal.length)) for start in starts]


def _powers(samples: FloatArray) -> FloatArray:
    """float32 (frames, 1025) power."""
    if samples.size < _WINDOW:
        samples = np.pad(samples, (0, _WINDOW - samples.size))
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    return np.asarray(np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), axis=1)) ** 2, np.float32)
