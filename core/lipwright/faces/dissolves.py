"""Where one shot melts into the next, or into black: frames that show two pictures at once belong to neither.

In a dissolve every frame is a mixture of the last picture before and the first one after, and the share of the second
only rises. Pans, walks and turning heads change as much, but what they show in between is no such mixture; lights that
are dimmed are one, but of a picture with itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.faces.shots import BINS

LONGEST_S = 3.0
SHORTEST = 3  # frames; what is shorter is a cut with a blended frame
GROWTH = 1.35  # between the lengths that are tried
# Mean change of a thumbnail's luma, 0..1. People who talk before one wall reach 0.012 within two seconds, two people
# before one wall differ by 0.03 and more.
LEAST_CHANGE = 0.022
MOST_REST = 0.22  # of the change: what no mixture of the two ends explains
MOST_BACK = 0.06  # by so much the share of the second picture may fall between frames
MOST_STEP = 2.6  # times the mean step: more is a cut inside a slow change
SAME_PICTURE = 0.965  # correlation of both ends above which only the light changed; GRID speakers reach 0.943
MOST_OUTSIDE = 0.45  # of its speed with which the change may go on before and after
USUAL_MOTION = 0.011  # of a person who talks, within a second
LENGTH_COST = 0.003  # a frame
FLAT = 0.02  # standard deviation of luma under which an end is black, white or one colour
_BEGUN, _DONE = 0.05, 0.95  # share of the second picture between which a frame counts as mixed


@dataclass(frozen=True, slots=True, order=True)
class Dissolve:
    """Frames [start, stop) show two pictures; from `middle` on the second one more."""

    start: int
    stop: int
    middle: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    explained: float
    start: int
    length: int


def dissolves_of(signatures: NDArray[np.float32], times_s: NDArray[np.float64]) -> list[Dissolve]:
    """The dissolves and fades of a clip, in order, from `shots.signature`s (F, 192) and times (F,)."""
    luma = np.asarray(signatures[:, 3 * BINS :], np.float32) if len(signatures) else np.zeros((0, 1), np.float32)
    if len(luma) < SHORTEST + 2:
        return []
    usual_s = max(float(np.median(np.diff(times_s))), 1e-3)
    found: list[_Candidate] = []
    length = float(SHORTEST + 1)
    while length <= min(LONGEST_S / usual_s, len(luma) - 1):
        found += _of_length(luma, round(length))
        length = max(length * GROWTH, length + 1)
    return _apart([_refined(luma, c) for c in sorted(found, key=lambda c: -c.explained)])


def _of_length(luma: NDArray[np.float32], length: int) -> list[_Candidate]:
    """Windows of `length` steps whose frames are all mixtures of their first and last."""
    first, last = luma[:-length], luma[length:]
    change = last - first
    size = np.abs(change).mean(1)
    starts = np.flatnonzero(size > LEAST_CHANGE)
    out = []
    for start in starts.tolist():
        share, rest = _mixture(luma[start : start + length + 1], change[start])
        steps = np.diff(share)
        if rest > MOST_REST * size[start] or steps.min() < -MOST_BACK or steps.max() > MOST_STEP / length:
            continue
        if _steady(luma, start, length, change[start]) and not _only_light(first[start], last[start]):
            # Of windows that explain about as much the shorter: the longer ones hold what moves before and after.
            out.append(_Candidate((float(size[start]) - rest) * (1.0 - LENGTH_COST * length), start, length))
    return out


def _mixture(frames: NDArray[np.float32], change: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """(share of the last picture in each frame, the most that the mixture leaves unexplained)."""
    away = frames - frames[0]
    share = away @ change / float(change @ change)
    rest = np.abs(away - share[:, None] * change).mean(1)
    return share, float(rest.max())


def _steady(luma: NDArray[np.float32], start: int, length: int, change: NDArray[np.float32]) -> bool:
    """Whether the change begins and ends with the window; a pan, a zoom or a walk was under way before or goes on."""
    size, power, seen = float(np.abs(change).mean()), float(change @ change), False
    for reach in {max(2, length // 4), max(2, length // 2)}:
        for at, other in ((start, start - reach), (start + length, start + length + reach)):
            other = min(max(other, 0), len(luma) - 1)
            if abs(other - at) < 2:
                continue
            seen, share = True, abs(other - at) / length
            moved = luma[other] - luma[at]
            if abs(float(moved @ change)) > MOST_OUTSIDE * share * power:
                return False
            if float(np.abs(moved).mean()) > max(MOST_OUTSIDE * share * size, USUAL_MOTION):
                return False
    return seen


def _only_light(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    """Whether both are one picture under other light; a flat one is a fade's end, and no picture."""
    if min(float(a.std()), float(b.std())) < FLAT:
        return False
    return float(np.corrcoef(a, b)[0, 1]) > SAME_PICTURE


def _refined(luma: NDArray[np.float32], found: _Candidate) -> Dissolve:
    """Its true ends: the window may reach into the steady pictures on both sides."""
    part = luma[found.start : found.start + found.length + 1]
    share, _ = _mixture(part, part[-1] - part[0])
    mixed = np.flatnonzero((share > _BEGUN) & (share < _DONE))
    low, high = (int(mixed[0]), int(mixed[-1]) + 1) if len(mixed) else (1, found.length)
    middle = low + int(np.searchsorted(np.maximum.accumulate(share[low:high]), 0.5))
    return Dissolve(found.start + low, found.start + high, found.start + middle)


def _apart(found: list[Dissolve]) -> list[Dissolve]:
    """The best ones that do not overlap."""
    kept: list[Dissolve] = []
    for one in found:
        if one.stop > one.start and all(one.stop <= k.start or k.stop <= one.start for k in kept):
            kept.append(one)
    return sorted(kept)


def with_dissolves(shots: NDArray[np.int32], dissolves: list[Dissolve]) -> NDArray[np.int32]:
    """The shots, with one cut in the middle of every dissolve and none beside it inside the dissolve."""
    cuts = np.diff(shots, prepend=shots[:1]) > 0
    for one in dissolves:
        cuts[max(0, one.start - 2) : one.stop + 3] = False  # the first and last shares are too small to be called mixed
        cuts[one.middle] = True
    return np.cumsum(cuts).astype(np.int32)


def mixed_frames(dissolves: list[Dissolve], count: int) -> NDArray[np.bool_]:
    """bool (F,): the frame shows two pictures."""
    mixed = np.zeros(count, np.bool_)
    for one in dissolves:
        mixed[one.start : one.stop] = True
    return mixed
