"""Where a voice leans: phrases as a curve of activity, and syllables by how prominent they are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import Features
from lipwright.performance.gestures import Phrase
from lipwright.performance.mouth.opening import loudness, pitch, smooth
from lipwright.performance.mouth.tables import rows_for
from lipwright.performance.thinning import TICKS
from lipwright.types import PhonemeSpan

Array = NDArray[np.float64]

# What makes a syllable stand out, in the order found for speech: loudness and length before pitch (Kochanski et al.
# 2005), and the dictionary's stress where it is known.
STRESS, LOUD, LONG, HIGH = 0.45, 0.30, 0.25, 0.15
WAKE_S, SETTLE_S = 0.5, 0.9  # how long before and after a phrase the face is awake for it


@dataclass(frozen=True, slots=True)
class Accent:
    """A vowel and how prominent it is beside its neighbours, 0..1."""

    time_s: float
    length_s: float
    weight: float


def activity(phrases: Sequence[Phrase], times_s: Array) -> Array:
    """0 at rest .. 1 within a phrase, gradual on both sides. float64 (N,), times evenly spaced."""
    on = np.zeros(len(times_s))
    for phrase in phrases:
        start = phrase.origin / TICKS - WAKE_S
        end = phrase.origin / TICKS + phrase.gestures[-1].end_s + 0.5 * SETTLE_S
        low, high = np.searchsorted(times_s, (start, end))
        on[low:high] = 1.0
    step = times_s[1] - times_s[0] if len(times_s) > 1 else 1.0
    return smooth(on, 0.25 / float(step))


def accents_of(phonemes: Sequence[PhonemeSpan], features: Features) -> list[Accent]:
    """Every vowel with its prominence, in order."""
    vowels = [span for span in sorted(phonemes) if any(row.vowel for row in rows_for(span.symbol))]
    if not vowels:
        return []
    middles = np.array([(span.start_s + span.end_s) / 2 for span in vowels])
    lengths = np.array([span.end_s - span.start_s for span in vowels])
    score = STRESS * np.array([{0: 0.0, 1: 1.0}.get(span.stress, 0.5) for span in vowels])
    score = score + LONG * _standing_out(np.log(lengths))
    if len(features.level_db):
        covered = np.zeros(len(features.level_db), bool)
        for span in vowels:
            covered[int(span.start_s / features.hop_s) : int(span.end_s / features.hop_s) + 1] = True
        frames = np.clip((middles / features.hop_s).astype(int), 0, len(features.level_db) - 1)
        score = score + LOUD * _standing_out(loudness(features, covered)[frames])
        score = score + HIGH * _standing_out(pitch(features, covered)[0][frames])
    weights = np.clip(0.35 + 0.5 * score, 0.0, 1.0)
    return [Accent(float(t), float(length), float(w)) for t, length, w in zip(middles, lengths, weights, strict=True)]


def peaks_of(accents: Sequence[Accent], least: float, apart_s: float) -> list[Accent]:
    """The accents of at least that weight, strongest first in, none nearer than `apart_s` to another, in order."""
    chosen: list[tuple[float, Accent]] = []
    for accent in sorted(accents, key=lambda a: (-a.weight, a.time_s)):
        at = bisect_left(chosen, accent.time_s, key=itemgetter(0))
        near = chosen[max(0, at - 1) : at + 1]
        if accent.weight >= least and all(abs(accent.time_s - time) >= apart_s for time, _ in near):
            chosen.insert(at, (accent.time_s, accent))
    return [accent for _, accent in chosen]


def _standing_out(values: Array) -> Array:
    """Difference from the running mean of nine neighbours, in deviations, clipped to -2..2."""
    spread = float(values.std())
    if spread < 1e-9:
        return np.zeros(len(values))
    return np.clip((values - smooth(values, 3.0)) / spread, -2.0, 2.0)
