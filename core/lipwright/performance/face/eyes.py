"""Blinks and glances: seeded, at the moments where people blink and look away."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from lipwright.performance import chance
from lipwright.performance.face.layers import Layer
from lipwright.performance.gestures import Phrase
from lipwright.performance.thinning import TICKS

# Doane 1980; VanderWerf et al. 2003: the lid comes down in 70 to 100 ms and goes up in twice that and more.
CLOSE_S, HELD_S, OPEN_S = (0.070, 0.100), (0.040, 0.055), (0.170, 0.260)
# Shape of the movement: fast in the middle when closing, a long tail when opening.
CLOSING = ((0.0, 0.0), (0.3, 0.14), (0.55, 0.56), (0.8, 0.92), (1.0, 1.0))
OPENING = ((0.0, 1.0), (0.12, 0.92), (0.35, 0.50), (0.6, 0.17), (0.8, 0.05), (1.0, 0.0))
RIGHT_LATE_S = 0.006  # the second eye follows by a few milliseconds
# Nakano et al. 2009 and others: people blink where sense units end. A blink moves there when one is this near.
SNAP_S = 0.7
PAUSE_S = 0.12
LEAST_APART_S = 0.45
SPREAD = 0.5  # deviation of the logarithm of the interval; people are irregular
# Bahill, Clark, Stark 1975, main sequence: a saccade of d degrees lasts about 21 ms + 2.2 ms a degree.
SACCADE_S, SACCADE_S_PER_DEGREE = 0.021, 0.0022
DWELL_S, AWAY_S = (0.6, 2.6), (0.35, 0.9)  # a glance away is a short one
FULL_DEGREES = 30.0  # what an eyeLook channel of 1 turns
LOOK_DEGREES, AWAY_DEGREES, MOST_DEGREES = 2.2, 9.0, 16.0


def blinks(phrases: Sequence[Phrase], duration_s: float, rate: float, seed: int) -> list[Layer]:
    """eyeBlinkLeft and eyeBlinkRight for `rate` blinks a minute; nothing at rate 0."""
    if rate <= 0.0:
        return []
    times = _blink_times(_pauses(phrases), duration_s, rate, seed)
    return [_lid("eyeBlinkLeft", times, 0.0, seed), _lid("eyeBlinkRight", times, RIGHT_LATE_S, seed)]


def _blink_times(pauses: list[float], duration_s: float, rate: float, seed: int) -> list[float]:
    times: list[float] = []
    mean = 60.0 / rate
    nominal, index = mean * chance.uniform(seed, "blink", 0), 0
    while nominal < duration_s - 0.4:
        time = _nearest(pauses, nominal, SNAP_S)
        time = nominal if time is None else time + chance.between(0.0, 0.10, seed, "blink late", index)
        if 0.1 < time < duration_s - 0.4 and (not times or time - times[-1] >= LEAST_APART_S):
            times.append(round(time, 4))
        index += 1
        interval = mean * math.exp(SPREAD * chance.normal(seed, "blink", index) - SPREAD**2 / 2)
        nominal += max(LEAST_APART_S, interval)
    return times


def _lid(name: str, times: list[float], late_s: float, seed: int) -> Layer:
    keys, values = [0.0], [0.0]
    for index, start in enumerate(times):
        closing, held, opening = (
            chance.between(*pair, seed, f"lid {k}", index) for k, pair in enumerate((CLOSE_S, HELD_S, OPEN_S))
        )
        depth = chance.between(0.95, 1.0, seed, "lid depth", index)
        start += late_s
        keys += [start + share * closing for share, _ in CLOSING]
        keys += [start + closing + held + share * opening for share, _ in OPENING]
        values += [depth * value for _, value in (*CLOSING, *OPENING)]
    return Layer(name, np.array(keys), np.array(values))


def gaze(phrases: Sequence[Phrase], duration_s: float, strength: float, seed: int) -> list[Layer]:
    """The eight eyeLook channels: small shifts around the camera, glances away in pauses; nothing at strength 0."""
    if strength <= 0.0:
        return []
    pauses = [end for end in _pauses(phrases, least_s=0.5) if end < duration_s]
    keys, yaws, pitches = [0.0], [0.0], [0.0]
    time, index = chance.between(*DWELL_S, seed, "gaze", 0), 0
    while time < duration_s - 0.2:
        yaw, pitch = _look(index, _nearest(pauses, time, 0.6) is not None, strength, seed)
        size = math.hypot(yaw - yaws[-1], pitch - pitches[-1])
        takes = SACCADE_S + SACCADE_S_PER_DEGREE * size
        keys += [time, time + takes]
        yaws += [yaws[-1], yaw]
        pitches += [pitches[-1], pitch]
        index += 1
        away = math.hypot(yaw, pitch) > AWAY_DEGREES * 0.6 * strength
        time += takes + chance.between(*(AWAY_S if away else DWELL_S), seed, "gaze", index)
    return _looks(np.array(keys), np.array(yaws), np.array(pitches))


def _look(index: int, pause: bool, strength: float, seed: int) -> tuple[float, float]:
    """(yaw, pitch) in degrees of the next fixation: mostly the camera's surroundings."""
    away = pause and chance.uniform(seed, "away", index) < 0.6
    spread = AWAY_DEGREES if away else LOOK_DEGREES
    yaw = spread * chance.normal(seed, "look yaw", index) * strength
    pitch = 0.5 * spread * chance.normal(seed, "look pitch", index) * strength - (1.5 * strength if away else 0.0)
    return max(-MOST_DEGREES, min(MOST_DEGREES, yaw)), max(-MOST_DEGREES, min(MOST_DEGREES, pitch))


def _looks(keys: np.ndarray, yaws: np.ndarray, pitches: np.ndarray) -> list[Layer]:
    # positive yaw is to the performer's left: out for the left eye, in for the right one
    left, right = np.maximum(yaws, 0.0) / FULL_DEGREES, np.maximum(-yaws, 0.0) / FULL_DEGREES
    up, down = np.maximum(pitches, 0.0) / FULL_DEGREES, np.maximum(-pitches, 0.0) / FULL_DEGREES
    named = {
        "eyeLookOutLeft": left, "eyeLookInRight": left, "eyeLookInLeft": right, "eyeLookOutRight": right,
        "eyeLookUpLeft": up, "eyeLookUpRight": up, "eyeLookDownLeft": down, "eyeLookDownRight": down,
    }  # fmt: skip
    return [Layer(name, keys, values) for name, values in named.items()]


def _pauses(phrases: Sequence[Phrase], least_s: float = PAUSE_S) -> list[float]:
    """When the voice stops, inside phrases and at their ends."""
    out = []
    for index, phrase in enumerate(phrases):
        origin = phrase.origin / TICKS
        for a, b in zip(phrase.gestures, phrase.gestures[1:], strict=False):
            if b.start_s - a.end_s >= least_s:
                out.append(origin + a.end_s)
        end = origin + phrase.gestures[-1].end_s
        following = phrases[index + 1].origin / TICKS if index + 1 < len(phrases) else math.inf
        if following - end >= least_s:
            out.append(end)
    return out


def _nearest(times: list[float], time: float, within: float) -> float | None:
    at = bisect_left(times, time)
    near = [t for t in times[max(0, at - 1) : at + 1] if abs(t - time) <= within]
    return min(near, key=lambda t: abs(t - time)) if near else None
