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
# Metal never pauses and is so full that few tones stand out of it; hiss that never pauses has 0.003 of them.
FULL_DB, FULL_STEP_DB, FULL_TONES, FULL_TONES_STEP = 9.0, 1.5, 0.022, 0.003
# One voice that sings without a pause is full of tones too, but all of them are one note's: of its loud moments 40 to
# 87 % are explained by harmonics of one pitch, and its level falls by 13 to 23 dB; of mixes at most 50 % are, of those
# that fall by 16 dB and more at most 23 % (tests/bench/music.py).
SOLO, SOLO_STEP, SOLO_A_DB, SOLO_AT_DB = 0.5, 0.02, 0.02, 12.0
_EXPLAINED = 0.9
_LOUD = 0.01  # of the loud moments' power
_PITCHES_HZ, _PITCHES = (75.0, 900.0), 120
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
    drop_db, tones = _drop_and_tones(power)
    band = max(
        _likelihood(drop_db, tones), _full(drop_db, tones), _logistic((_band_share(pictures) - BANDS) / BANDS_STEP)
    )
    alone = SOLO - SOLO_A_DB * (drop_db - SOLO_AT_DB)
    return band * _logistic((alone - _one_note(power)) / SOLO_STEP)


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


def _likelihood(drop_db: float, tones: float) -> float:
    return _logistic((tones - TONES) / TONES_STEP) * _logistic((DROP_DB - drop_db) / DROP_STEP_DB)


def _full(drop_db: float, tones: float) -> float:
    """The same of a wall of sound."""
    return _logistic((tones - FULL_TONES) / FULL_TONES_STEP) * _logistic((FULL_DB - drop_db) / FULL_STEP_DB)


def _one_note(power: FloatArray) -> float:
    """Share of the loud moments whose power between 100 and 2500 Hz lies on the harmonics of one pitch."""
    hz = np.arange(power.shape[1]) * RATE / _WINDOW
    part = (hz >= 100) & (hz <= 2500)
    total = power[:, part].sum(axis=1)
    loud = total > max(float(np.percentile(total, 95)) * _LOUD, 1e-9)
    if not loud.any():
        return 0.0
    combs = _combs(hz[part].astype(np.float32))
    shares = (power[loud][:, part] / total[loud, None]) @ combs.T
    chance = combs.mean(axis=1)  # what a comb explains of hiss
    best = ((shares - chance) / (1 - chance)).max(axis=1)
    return float((best > _EXPLAINED).mean())


def _combs(hz: FloatArray) -> FloatArray:
    """float32 (pitches, bins), 1 where a bin is near a harmonic: a window's width, and more higher up for vibrato."""
    pitches = np.geomspace(*_PITCHES_HZ, _PITCHES)[:, None]
    number = np.maximum(np.round(hz / pitches), 1)
    return (np.abs(hz - number * pitches) <= 12.0 + 0.004 * hz).astype(np.float32)


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
