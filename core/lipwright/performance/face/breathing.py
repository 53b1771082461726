"""Breath on a face: the nostrils widen for the intake before a phrase, and softly in long rests."""

from __future__ import annotations

from collections.abc import Sequence

from lipwright.performance import chance
from lipwright.performance.face.layers import Layer, both, bumps
from lipwright.performance.gestures import Phrase
from lipwright.performance.thinning import TICKS

INTAKE, IDLE = 0.16, 0.06  # of noseSneer at strength 1: visible close up, no grimace
# Quiet breathing: 12 to 18 a minute, an intake of about 1.5 s.
PERIOD_S, IDLE_RISE_S, IDLE_FALL_S = (3.6, 4.8), 1.3, 1.7
AFTER_S = 1.2  # after a phrase, air goes out first


def breathing(phrases: Sequence[Phrase], duration_s: float, strength: float, seed: int) -> list[Layer]:
    """Both noseSneer channels; nothing at strength 0."""
    if strength <= 0.0 or duration_s <= 0.0:
        return []
    peaks = [
        (phrase.origin / TICKS + phrase.breath[0] + 0.7 * (phrase.breath[1] - phrase.breath[0]), 0.22, 0.28, INTAKE)
        for phrase in phrases
        if phrase.breath
    ]
    peaks += [(t, IDLE_RISE_S, IDLE_FALL_S, IDLE) for t in _idle(phrases, duration_s, seed)]
    curve = [(t, rise, fall, strength * height) for t, rise, fall, height in peaks]
    left, right = both("noseSneer")
    one = bumps(left, curve, duration_s)
    return [one, Layer(right, one.times_s, 0.94 * one.values)]


def _idle(phrases: Sequence[Phrase], duration_s: float, seed: int) -> list[float]:
    """Peaks of quiet breaths in rests that leave time for a whole one."""
    starts = [phrase.origin / TICKS for phrase in phrases] + [duration_s]
    ends = [0.0] + [phrase.origin / TICKS + phrase.gestures[-1].end_s for phrase in phrases]
    out: list[float] = []
    for rest_start, rest_end in zip(ends, starts, strict=True):
        time = rest_start + AFTER_S + IDLE_RISE_S
        while time + IDLE_FALL_S < rest_end - 0.3:
            out.append(time)
            time += chance.between(*PERIOD_S, seed, "breath", len(out))
    return out
