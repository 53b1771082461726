"""Beats: of the music where there is a pulse, of the stressed syllables where there is none.

The pulse is found as Ellis does (Beat tracking by dynamic programming, JNMR 2007): onset strength, one
tempo, best path.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray

HOP_S = 0.01
BANDS = 20
SLOWEST, FASTEST = 50.0, 210.0  # beats a minute
LIKELIEST, SPREAD_OCTAVES = 110.0, 0.9
TIGHTNESS = 100.0  # Ellis's weight of an even pulse against strong onsets
# An autocorrelation peak below this share of the total is chance, not a pulse (speech gives 0.05 to 0.2).
PULSE_FROM = 0.3
SYLLABLE_GAP_S = 0.18


def onset_strength(power: FloatArray, previous: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """How much louder each frame is than the one before, over BANDS; power float32 (F, bins) -> (F,), last bands."""
    edges = np.unique(np.round(np.geomspace(2, power.shape[1], BANDS + 1)).astype(int))
    bands = np.log10(np.add.reduceat(power, edges[:-1], axis=1) + 1e-7).astype(np.float32)
    first = bands[:1] if previous is None else previous[None, :]
    rise = np.maximum(np.diff(np.concatenate([first, bands]), axis=0), 0.0)
    return rise.mean(axis=1).astype(np.float32), bands[-1]


def beats_from(onsets: FloatArray, level_db: FloatArray) -> tuple[tuple[float, ...], float]:
    """(beats in seconds, tempo in beats a minute): a pulse, or syllable beats and tempo 0; none in silence."""
    if onsets.size < 200 or float(onsets.max(initial=0.0)) <= 1e-3:
        return (), 0.0
    smooth = np.convolve(onsets, np.hanning(7) / np.hanning(7).sum(), "same")
    tempo, strength = _tempo(smooth)
    if strength < PULSE_FROM:
        return _syllables(smooth, level_db), 0.0
    return _pulse(smooth, 60.0 / tempo / HOP_S), round(tempo, 2)


def _tempo(onsets: NDArray[np.float64]) -> tuple[float, float]:
    centred = onsets - onsets.mean()
    size = 1 << int(np.ceil(np.log2(2 * centred.size)))
    same = np.fft.irfft(np.abs(np.fft.rfft(centred, size)) ** 2)[: centred.size]
    low, high = round(60.0 / FASTEST / HOP_S), min(round(60.0 / SLOWEST / HOP_S), centred.size // 2)
    if high <= low or same[0] <= 0.0:
        return LIKELIEST, 0.0
    lags = np.arange(low, high)
    unbiased = same[low:high] / same[0] * centred.size / (centred.size - lags)
    prior = np.exp(-0.5 * (np.log2(60.0 / (lags * HOP_S) / LIKELIEST) / SPREAD_OCTAVES) ** 2)
    best = int((unbiased * prior).argmax())
    return 60.0 / (float(lags[best]) * HOP_S), float(unbiased[best])


def _pulse(onsets: NDArray[np.float64], period: float) -> tuple[float, ...]:
    strength = onsets / max(float(onsets.std()), 1e-9)
    reach = np.arange(-round(2 * period), -round(period / 2) + 1)
    penalty = -TIGHTNESS * np.log(-reach / period) ** 2
    score = np.zeros(strength.size + reach.size)
    offset = -int(reach[0])
    score = np.concatenate([np.zeros(offset), strength.copy()])
    back = np.full(strength.size, -1)
    for frame in range(strength.size):
        before = score[frame + offset + reach[0] : frame + offset + reach[-1] + 1] + penalty
        best = int(before.argmax())
        if before[best] > 0.0:
            score[frame + offset] += before[best]
            back[frame] = frame + reach[best]
    tail = score[-round(period) :]
    frame = score.size - offset - tail.size + int(tail.argmax())
    beats = []
    while frame >= 0:
        beats.append(frame)
        frame = int(back[frame])
    return tuple(round(b * HOP_S, 4) for b in reversed(_trimmed(beats, strength)))


def _trimmed(beats: list[int], strength: NDArray[np.float64]) -> list[int]:
    """Beats without those in the silence before the first and after the last sound (latest first)."""
    sounding = np.flatnonzero(strength > 0.5)
    if sounding.size == 0:
        return []
    return [b for b in beats if sounding[0] - 5 <= b <= sounding[-1] + 5]


def _syllables(onsets: NDArray[np.float64], level_db: FloatArray) -> tuple[float, ...]:
    """Rises of the sound that stand out, at least SYLLABLE_GAP_S apart: where a speaker nods."""
    middle = onsets[1:-1]
    floor = float(onsets.mean() + 0.8 * onsets.std())
    loud = float(np.percentile(level_db, 95)) - 30.0
    peaks = 1 + np.flatnonzero((middle > onsets[:-2]) & (middle >= onsets[2:]) & (middle > floor))
    reach = round(SYLLABLE_GAP_S / HOP_S) - 1
    taken = np.zeros(onsets.size + reach, bool)
    kept: list[int] = []
    for peak in sorted((int(p) for p in peaks if level_db[p : p + 8].max() > loud), key=lambda p: (-onsets[p], p)):
        if not taken[peak]:
            taken[max(0, peak - reach) : peak + reach + 1] = True
            kept.append(peak)
    return tuple(round(p * HOP_S, 4) for p in sorted(kept))
