"""Head and brows: they follow the phrase, the stressed syllable, the beat, and are never quite still."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lipwright.performance import chance
from lipwright.performance.face.accents import Accent, activity, peaks_of
from lipwright.performance.face.layers import Layer, both, bumps
from lipwright.performance.gestures import Phrase
from lipwright.performance.mouth.opening import smooth
from lipwright.performance.thinning import TICKS

Array = NDArray[np.float64]

STEP_S = 0.04
DEGREE = math.pi / 180.0
# Head movement of talkers is a few degrees (Hadar et al. 1983: slow posture, ordinary nods of 0.2 to 1.8 Hz, rapid ones
# on stress); amounts at strength 1 [chosen by looking].
SWAY = {"headYaw": 1.6, "headPitch": 1.0, "headRoll": 1.0}
IDLE = 0.55  # what is left of the sway while nobody speaks
POSTURE = {"headYaw": 3.6, "headPitch": 1.0, "headRoll": 1.9}
PLACE_S = 1.6  # a long phrase moves on to another place at an accent, no sooner than this
TALK = {"headYaw": 1.1, "headPitch": 1.0, "headRoll": 0.8}  # the quicker wandering of a head that talks
TALK_HZ = (0.55, 1.15)
DECLINE = 1.3  # degrees that the head sinks through a phrase, as the pitch does
NOD, NOD_LEAST, NOD_APART_S = 6.5, 0.48, 0.42
NOD_EARLY_S = 0.03  # the dip is at its lowest just before the vowel's middle (Munhall et al. 2004)
BEAT_NOD, BEAT_ROLL = 1.5, 1.1
# Brows rise with accents (Cave et al. 1996; Krahmer, Swerts 2007) and at the start of a phrase.
BROW, BROW_LEAST, BROW_APART_S = 0.34, 0.60, 1.1
BROW_PHRASE = 0.14
BROW_RISE_S, BROW_FALL_S = 0.16, 0.42


def head(
    phrases: Sequence[Phrase], accents: Sequence[Accent], beats_s: Sequence[float], singing: float,
    duration_s: float, strength: float, seed: int,
) -> list[Layer]:  # fmt: skip
    """headYaw, headPitch, headRoll in radians; nothing at strength 0."""
    if strength <= 0.0 or duration_s <= 0.0:
        return []
    times = np.arange(0.0, duration_s + STEP_S, STEP_S)
    awake = activity(phrases, times)
    places = _places(phrases, accents)
    curves = {
        name: _sway(name, times, awake, seed) + _posture(name, places, times, seed) + _talk(name, times, awake, seed)
        for name in SWAY
    }
    curves["headPitch"] = curves["headPitch"] + _decline(phrases, times) + _nods(accents, times)
    bob, roll = _beats(beats_s, times, awake)
    curves["headPitch"] = curves["headPitch"] + singing * bob
    curves["headRoll"] = curves["headRoll"] + singing * roll
    return [Layer(name, times, strength * DEGREE * smooth(curve, 1.0)) for name, curve in curves.items()]


def _sway(name: str, times: Array, awake: Array, seed: int) -> Array:
    """Slow wandering that never repeats: three sines of unrelated periods."""
    out = np.zeros(len(times))
    for k, (low, high) in enumerate(((0.05, 0.09), (0.13, 0.19), (0.29, 0.41))):
        hz = chance.between(low, high, seed, f"sway {name}", k, 0)
        phase = chance.between(0.0, math.tau, seed, f"sway {name}", k, 1)
        out += np.sin(math.tau * hz * times + phase) / (1.0 + 0.7 * k)
    return SWAY[name] * 0.6 * out * (IDLE + (1.0 - IDLE) * awake)


def _talk(name: str, times: Array, awake: Array, seed: int) -> Array:
    """Quicker movement while somebody speaks; its size swells and fades, so that no period shows."""
    hz, drift = chance.between(*TALK_HZ, seed, f"talk {name}", 0), chance.between(0.11, 0.23, seed, f"talk {name}", 1)
    phase = chance.between(0.0, math.tau, seed, f"talk {name}", 2)
    wander = 1.4 * np.sin(math.tau * drift * times + 2.0 * phase)
    swell = 0.55 + 0.45 * np.sin(math.tau * 0.37 * drift * times + 3.0 * phase)
    return TALK[name] * np.sin(math.tau * hz * times + phase + wander) * swell * awake


def _places(phrases: Sequence[Phrase], accents: Sequence[Accent]) -> list[tuple[float, float]]:
    """(start, end) of the stretches that the head spends in one place: phrases, long ones parted at accents."""
    places, at = [], 0
    for phrase in phrases:
        start = phrase.origin / TICKS
        end = start + phrase.gestures[-1].end_s
        while at < len(accents) and accents[at].time_s < end - 0.5 * PLACE_S:
            if accents[at].time_s - start >= PLACE_S and accents[at].weight >= 0.45:
                places.append((start, accents[at].time_s))
                start = accents[at].time_s
            at += 1
        places.append((start, end))
    return places


def _posture(name: str, places: Sequence[tuple[float, float]], times: Array, seed: int) -> Array:
    """Each stretch is said from a place of its own; the head moves over in its own time, and half back in rests."""
    keys, values = [0.0], [0.0]
    for index, (start, end) in enumerate(places):
        place = POSTURE[name] * 0.7 * chance.normal(seed, f"posture {name}", index)
        moves = [(start - 0.35, values[-1]), (start + 0.25, place), (end - 0.35, place)]
        if index + 1 == len(places) or places[index + 1][0] > end + 1.0:
            moves += [(end, place), (end + 1.2, 0.4 * place)]
        for time, value in moves:
            if time > keys[-1] + 0.05:
                keys.append(time)
                values.append(value)
    return smooth(np.interp(times, keys, values), 0.22 / STEP_S)


def _decline(phrases: Sequence[Phrase], times: Array) -> Array:
    out = np.zeros(len(times))
    for phrase in phrases:
        start, length = phrase.origin / TICKS, phrase.gestures[-1].end_s
        low, high = np.searchsorted(times, (start, start + length))
        out[low:high] += DECLINE * (0.5 - (times[low:high] - start) / length) * min(1.0, length / 1.5)
    return smooth(out, 0.2 / STEP_S)


def _nods(accents: Sequence[Accent], times: Array) -> Array:
    out = np.zeros(len(times))
    for accent in peaks_of(accents, NOD_LEAST, NOD_APART_S):
        at = accent.time_s - NOD_EARLY_S
        low, high = np.searchsorted(times, (at - 0.4, at + 0.8))
        near = times[low:high] - at
        dip = np.where(near < 0.0, np.exp(-((near / 0.13) ** 2)), np.exp(-((near / 0.26) ** 2)))
        out[low:high] -= NOD * (accent.weight - 0.35) * dip
    return out


def _beats(beats_s: Sequence[float], times: Array, awake: Array) -> tuple[Array, Array]:
    """(pitch, roll) on the beat: down on each beat, over to the other side every second one."""
    if len(beats_s) < 3:
        return np.zeros(len(times)), np.zeros(len(times))
    beats = np.array(beats_s)
    phase = np.interp(times, beats, np.arange(len(beats)))
    inside = smooth(((times >= beats[0]) & (times <= beats[-1])).astype(np.float64), 0.3 / STEP_S) * awake
    # faster than 100 a minute the head takes every second beat
    each = 2.0 if float(np.median(np.diff(beats))) < 0.6 else 1.0
    bob = -BEAT_NOD * np.cos(math.tau * phase / each) * inside
    return bob, BEAT_ROLL * np.cos(math.pi * phase / each) * inside


def brows(
    phrases: Sequence[Phrase], accents: Sequence[Accent], duration_s: float, strength: float, seed: int
) -> list[Layer]:
    """browInnerUp and both browOuterUp; nothing at strength 0."""
    if strength <= 0.0:
        return []
    peaks = [
        (accent.time_s, BROW_RISE_S, BROW_FALL_S + 0.5 * accent.length_s, strength * BROW * (accent.weight - 0.2) / 0.8)
        for accent in peaks_of(accents, BROW_LEAST, BROW_APART_S)
    ]
    peaks += [
        (phrase.origin / TICKS + 0.12, 0.3, 0.6, strength * BROW_PHRASE * chance.between(0.5, 1.0, seed, "brow", index))
        for index, phrase in enumerate(phrases)
        if phrase.gestures[-1].end_s > 0.4
    ]
    inner = bumps("browInnerUp", peaks, duration_s)
    sides = [
        Layer(name, inner.times_s, inner.values * 0.75 * chance.between(0.85, 1.0, seed, name))
        for name in both("browOuterUp")
    ]
    return [inner, *sides]
