"""Is there a band under the voice? A cheap look at what is left between the words."""

from __future__ import annotations

import numpy as np

from lipwright.arrays import RATE, FloatArray, Vocal

STRETCH_S, STRETCHES = 6.0, 12
"""A long song is heard in a dozen places."""
# Measured on voices alone, with room and noise, and on mixes (tests/bench/songs.py): a voice alone drops by 17 dB and
# more with at most 0.035 of tones, or, sung, by 40 dB and more; mixes drop by 10 to 13 dB with 0.09 to 0.25 of tones.
TONES, TONES_STEP = 0.055, 0.008
DROP_DB, DROP_STEP_DB = 28.0, 3.0
# Applause around a live song, or under it, has no tones: then most stretches by themselves must sound like a band. Of
# stretches of mixes 90 % and more do, of a voice alone up to 30 %, of two that never pause 50 %, of a live song 67 %.
STRETCH_DB, BANDS, BANDS_STEP = 16.0, 0.58, 0.03
_SILENT_DB = -60.0  # of power of a window, below which a stretch is no sound at all
_WINDOW, _HOP = 2048, 512
_LOW, _HIGH = 13, 512  # bins of 100 Hz and 4 kHz
_NEAR = 15  # bins to either side, 117 Hz


def music_likelihood(vocal: Vocal) -> float:
    """0 (a voice alone) .. 1 (a band under it): do the quiet moments stay loud, and are they full of tones?"""
    pictures = [_powers(samples) for samples in _stretches(vocal)]
    power = np.concatenate(pictures) if pictures else np.zeros((0, _WINDOW // 2 + 1), np.float32)
    if len(power) < 8:
        return 0.0
    return max(_likelihood(power), _logistic((_band_share(pictures) - BANDS) / BANDS_STEP))


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


def _band_share(pictures: list[FloatArray]) -> float:
    """Share of the stretches with sound in them whose quiet moments are loud and full of tones; 0 of a few."""
    heard = [
        power for power in pictures if len(power) >= 8 and 10 * np.log10(power.sum(axis=1).max() + 1e-9) > _SILENT_DB
    ]
    if len(heard) < 4:
        return 0.0
    found = [_drop_and_tones(power) for power in heard]
    return float(np.mean([drop_db < STRETCH_DB and tones > TONES for drop_db, tones in found]))


def _likelihood(power: FloatArray) -> float:
    drop_db, tones = _drop_and_tones(power)
    return _logistic((tones - TONES) / TONES_STEP) * _logistic((DROP_DB - drop_db) / DROP_STEP_DB)


def _drop_and_tones(power: FloatArray) -> tuple[float, float]:
    """How far the level falls between the notes, in dB, and the share of tones in what is left there."""
    level_db = 10 * np.log10(power.sum(axis=1) + 1e-9)
    drop_db = float(np.percentile(level_db, 95) - np.percentile(level_db, 8))
    quiet = power[level_db <= np.percentile(level_db, 25)]
    return drop_db, _tones(quiet[:: max(1, len(quiet) // 200)])


def _tones(power: FloatArray) -> float:
    """Share of the bins of 100 Hz to 4 kHz that stand 10 dB out of their neighbourhood: chords do, breath does not."""
    logs = np.log(power[:, _LOW:_HIGH] + 1e-9)
    padded = np.pad(logs, ((0, 0), (_NEAR, _NEAR)), mode="edge")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1, axis=1), axis=2)
    return float((logs - middle > np.log(10)).mean())


def _logistic(x: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(x, -50, 50))))
