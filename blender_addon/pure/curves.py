"""Straight-line curves as arrays: sampling, adding, smoothing, thinning. Pure numpy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.types import Track

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Keys joined by straight lines, held before the first and after the last: times and values float64 (K,)."""

    times: Array
    values: Array

    @classmethod
    def of(cls, track: Track) -> Line:
        """The same curve as arrays."""
        return cls(np.array(track.times_s, float), np.array(track.values, float))

    @classmethod
    def empty(cls) -> Line:
        """A curve without keys, 0 everywhere."""
        return cls(np.zeros(0), np.zeros(0))

    def at(self, times: Array) -> Array:
        """Values at `times`."""
        if not len(self.times):
            return np.zeros(len(times))
        return np.interp(times, self.times, self.values)


def add_lines(parts: Iterable[tuple[Line, float]]) -> Line:
    """Σ weight x line, with a key wherever one of them has a key."""
    pairs = [(line, weight) for line, weight in parts if len(line.times)]
    if not pairs:
        return Line.empty()
    times = np.unique(np.concatenate([line.times for line, _ in pairs]))
    total = np.zeros(len(times))
    for line, weight in pairs:
        total += weight * line.at(times)
    return Line(times, total)


def box_filter(line: Line, width: float) -> Line:
    """`line` averaged over a window of `width`: exact at its new knots (each old key half a window to either side)."""
    half = width / 2.0
    times = np.unique(np.round(np.concatenate([line.times - half, line.times, line.times + half]), 9))
    area = _integral(line, times + half) - _integral(line, times - half)
    keep = times >= min(0.0, float(line.times[0]))  # a vocal has no time before its first sample
    return Line(times[keep], (area / width)[keep])


def _integral(line: Line, times: Array) -> Array:
    """The integral of `line` from its first key to `times` (negative before it)."""
    steps = np.diff(line.times)
    whole = np.concatenate([[0.0], np.cumsum(steps * (line.values[1:] + line.values[:-1]) / 2.0)])
    inside = np.clip(times, line.times[0], line.times[-1])
    index = np.clip(np.searchsorted(line.times, inside, side="right") - 1, 0, max(len(steps) - 1, 0))
    into = inside - line.times[index]
    area = whole[index] + into * (line.values[index] + line.at(inside)) / 2.0
    before = np.minimum(times - line.times[0], 0.0) * line.values[0]
    after = np.maximum(times - line.times[-1], 0.0) * line.values[-1]
    return np.asarray(area + before + after)


def thin(line: Line, tolerance: float) -> Line:
    """Fewer keys, nowhere further than `tolerance` from `line`; peaks, dips and flat tops keep their own keys."""
    count = len(line.times)
    if count < 3:
        return line
    anchors = _anchors(line.values)
    times, values = line.times.tolist(), line.values.tolist()
    kept = [0]
    low, high = -np.inf, np.inf
    for index in range(1, count):
        start = kept[-1]
        span = times[index] - times[start]
        slope = (values[index] - values[start]) / span
        # The door: slopes from the last kept key that pass within the tolerance of every key since.
        if index - start > 1 and not low <= slope <= high:
            kept.append(index - 1)
            start = index - 1
            span = times[index] - times[start]
            low, high = -np.inf, np.inf
        low = max(low, (values[index] - tolerance - values[start]) / span)
        high = min(high, (values[index] + tolerance - values[start]) / span)
        if anchors[index] and index < count - 1:
            kept.append(index)
            low, high = -np.inf, np.inf
    if kept[-1] != count - 1:
        kept.append(count - 1)
    return Line(line.times[kept], line.values[kept])


# A turn smaller than this is rounding, not movement.
_TURN = 1e-4


def _anchors(values: Array) -> NDArray[np.bool_]:
    """Which keys are peaks, dips or ends of flat tops."""
    step = np.diff(values)
    sign = np.where(np.abs(step) < _TURN, 0, np.sign(step))
    turns = np.ones(len(values), bool)
    turns[1:-1] = sign[1:] != sign[:-1]
    return turns


# Keys this near in time and value are one: the seams that a hand correction leaves where it meets the old curve.
_SEAM_S = 0.0015
_SEAM_VALUE = 2e-3


def tidy(line: Line) -> Line:
    """`line` without keys that repeat a neighbour."""
    if len(line.times) < 2:
        return line
    close = (np.diff(line.times) < _SEAM_S) & (np.abs(np.diff(line.values)) < _SEAM_VALUE)
    keep = np.ones(len(line.times), bool)
    # A seam stands before a correction's first key and after its last: the correction's own key is kept.
    keep[:-1] &= ~close
    keep[1:][close & ~keep[:-1]] = True
    return Line(line.times[keep], line.values[keep])
