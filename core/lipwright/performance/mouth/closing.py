"""Gates: shapes that must be seen (lips shut, lip to teeth, teeth together), in time and long enough to be sampled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.performance.gestures import Gesture

Array = NDArray[np.float64]

# One frame at 24 fps is 41.7 ms: a closure that lasts this long is caught whatever the sampling phase.
CLOSURE_S = 0.046
# Rhubarb: a closure may take up to half of the sound before it, 120 ms at most. What the ear calls p is its release.
MOST_BORROWED_S = 0.12
CLOSURE_LEAD_S = 0.006
# Lips close and open in 50 to 80 ms (Lofqvist, Gracco 1997: closing movements of about 70 ms); never in under a frame
# at 30 fps, where the neighbours are short.
CLOSING_S, OPENING_S, LEAST_RAMP_S = 0.07, 0.065, 0.034
SIDE_SHARE = 0.55  # of a neighbouring sound, the most that a ramp may take
# Two closures with less than this between them are one (JALI: a viseme repeated across a word boundary is one).
MERGE_S = 0.05
LIP_HEAVY = frozenset(("rounded", "hushing"))


@dataclass(frozen=True, slots=True)
class Gate:
    """A shape that must be seen: rises from `start_s`, holds from `full_s` to `release_s`, is gone at `end_s`.

    `lips` is where the lips must go as well, None where they keep what the neighbours ask for.
    """

    viseme: int
    floor: float
    jaw_most: float
    lips: float | None
    start_s: float
    full_s: float
    release_s: float
    end_s: float

    def at(self, times_s: Array) -> Array:
        """0..1 at times, smooth at every corner. float64 (N,)"""
        up = smoothstep((times_s - self.start_s) / (self.full_s - self.start_s))
        down = smoothstep((self.end_s - times_s) / (self.end_s - self.release_s))
        return np.minimum(up, down)


def smoothstep(share: Array) -> Array:
    """0 below 0, 1 above 1, smooth between."""
    x = np.clip(share, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


def gates_of(gestures: tuple[Gesture, ...]) -> list[Gate]:
    """The gates of a phrase, lips shut last, so that they win where two overlap."""
    runs = _runs(gestures)
    gates = [_gate(gestures, first, last) for first, last in runs]
    return sorted(gates, key=lambda gate: (gate.floor, gate.start_s))


def _runs(gestures: tuple[Gesture, ...]) -> list[tuple[int, int]]:
    """(first, last) numbers of gestures that share one gate."""
    runs: list[tuple[int, int]] = []
    for number, gesture in enumerate(gestures):
        if gesture.row.gate is None:
            continue
        if runs and runs[-1][1] == number - 1:
            before = gestures[number - 1]
            if before.row.gate == gesture.row.gate and gesture.start_s - before.end_s <= MERGE_S:
                runs[-1] = (runs[-1][0], number)
                continue
        runs.append((number, number))
    return runs


def _gate(gestures: tuple[Gesture, ...], first: int, last: int) -> Gate:
    row = max((gestures[k].row for k in range(first, last + 1)), key=lambda r: r.floor)
    before = _neighbour(gestures, first, -1)
    after = _neighbour(gestures, last, +1)
    full, release = _hold(gestures[first], gestures[last], before, after)
    rise = _ramp(CLOSING_S, before)
    fall = _ramp(OPENING_S, after)
    assert row.gate is not None
    lips = row.aim.lips if row.kind in LIP_HEAVY else None
    return Gate(row.gate, row.floor, row.jaw_most, lips, full - rise, full, release, release + fall)


def _hold(first: Gesture, last: Gesture, before: float | None, after: float | None) -> tuple[float, float]:
    """When the shape is complete: all of a closure but its burst, the middle of everything else."""
    start, end = first.start_s, last.end_s
    release = end - min(last.row.burst * last.length_s, 0.05)
    if not first.row.closes:
        edge = min(0.25 * (end - start), 0.03)
        return start + edge, max(release - edge, start + edge + 0.001)
    start -= CLOSURE_LEAD_S if before is None else min(CLOSURE_LEAD_S, 0.2 * before)
    missing = CLOSURE_S - (release - start)
    if missing > 0.0:
        borrowed = min(missing, MOST_BORROWED_S, MOST_BORROWED_S if before is None else 0.35 * before)
        start -= borrowed
        missing -= borrowed
    if missing > 0.0:
        release += min(missing, end - release + (CLOSURE_S if after is None else 0.3 * after))
    return start, release


def _ramp(usual_s: float, neighbour_s: float | None) -> float:
    if neighbour_s is None:
        return usual_s
    return max(LEAST_RAMP_S, min(usual_s, SIDE_SHARE * neighbour_s))


def _neighbour(gestures: tuple[Gesture, ...], number: int, step: int) -> float | None:
    """Seconds of the sound beside, with the pause between; None at the phrase's edge."""
    other = number + step
    if not 0 <= other < len(gestures):
        return None
    pause = (
        gestures[number].start_s - gestures[other].end_s
        if step < 0
        else gestures[other].start_s - gestures[number].end_s
    )
    return gestures[other].length_s + pause
