"""The lips a performer would make: their own neutral and range, bent to an opening and a width.

Lips are float64 (40, 3) in the head's frame (unit: IOD, y down). `Speaker` is what footage says about a mouth;
`lips_for` returns the lips with exactly the gap and width that are wanted, near shapes that this person made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lipwright.mouths.face.landmark_indices import (
    CORNERS,
    GAP_LOWER,
    GAP_UPPER,
    INNER_LOWER,
    INNER_UPPER,
    OUTER_LOWER,
    OUTER_UPPER,
    Floats,
    gap_of,
    width_of,
)

# How much of an opening the upper lip takes; the jaw carries the lower lip (GRID, six speakers: .09 to .29).
UPPER_SHARE = 0.17
# What an unknown mouth can do, in IOD and in shares of its neutral width (GRID, six speakers; wide open from song).
USUAL_GAP, LEAST_GAP, MOST_GAP = 0.24, 0.16, 0.42
USUAL_NARROW, USUAL_WIDE = -0.17, 0.07
USUAL_JAW = 0.5  # how far the chin goes for one unit of gap
CLOSED = 0.02  # IOD under which lips count as met
_BAND_GAP, _BAND_WIDTH = 0.022, 0.030  # kernel widths of the look-up, IOD


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """A mouth's own proportions.

    neutral: float64 (40, 3), closed · widest: the opening of a full "aa", IOD · narrow, wide: limits of the width,
    IOD, relative to neutral · jaw: chin movement for one unit of opening · samples: float64 (N, 40, 3), shapes that
    this person has made.
    """

    neutral: Floats
    widest: float
    narrow: float
    wide: float
    jaw: float
    samples: Floats


def speaker_of(lips: Floats, chin: Floats | None = None, widest: float | None = None) -> Speaker:
    """What lips (N, 40, 3) say about a mouth; `chin` (N,) is its height in the same frames."""
    gaps, widths = gap_of(lips), width_of(lips)
    closed = gaps <= max(CLOSED, float(np.percentile(gaps, 8)))
    neutral = bent(np.median(lips[closed], axis=0), gap=0.0)
    own = float(width_of(neutral))
    seen = float(np.percentile(gaps, 98))
    return Speaker(
        neutral=neutral,
        widest=widest or float(np.clip(1.15 * seen, LEAST_GAP, MOST_GAP)) if len(lips) >= 12 else widest or USUAL_GAP,
        narrow=min(float(np.percentile(widths, 3)) - own, 0.6 * USUAL_NARROW * own),
        wide=max(float(np.percentile(widths, 97)) - own, USUAL_WIDE * own),
        jaw=_jaw_of(gaps, chin),
        samples=lips[:: max(1, len(lips) // 400)],
    )


def _jaw_of(gaps: Floats, chin: Floats | None) -> float:
    """The slope of the chin's height over the gap, kept in a believable range (GRID, six speakers: .12 to .52)."""
    if chin is None or len(gaps) < 25 or float(np.ptp(gaps)) < 0.08:
        return USUAL_JAW
    return float(np.clip(np.polyfit(gaps, chin, 1)[0], 0.3, 0.65))


def lips_for(
    speaker: Speaker, gap: float, width: float, *, raised: float = 0.0, tuck: float = 0.0, press: float = 0.0
) -> Floats:
    """The lips (40, 3) with this opening (IOD) and this width relative to neutral (IOD).

    raised 0..1 lifts the upper lip, tuck 0..1 draws the lower one under the teeth, press 0..1 rolls both in.
    """
    near = _nearby(speaker, gap, width)
    lips = bent(near, gap=gap, width=float(width_of(speaker.neutral)) + width)
    tall = float(np.linalg.norm(speaker.neutral[5] - speaker.neutral[15]))
    if raised > 0.0:
        lips = _shifted(lips, OUTER_UPPER, INNER_UPPER, -0.16 * tall * raised)
    if tuck > 0.0:
        lips = _tucked(lips, tall, tuck)
    if press > 0.0:
        lips = _pressed(lips, press)
    return lips


def _nearby(speaker: Speaker, gap: float, width: float) -> Floats:
    """The mean of what this mouth did with about this gap and width, drawn to neutral where the lips close."""
    own = float(width_of(speaker.neutral))
    gaps, widths = gap_of(speaker.samples), width_of(speaker.samples) - own
    weight = np.exp(-0.5 * (((gaps - gap) / _BAND_GAP) ** 2 + ((widths - width) / _BAND_WIDTH) ** 2)) + 1e-12
    closed = 4.0 * float(np.exp(-0.5 * (gap / _BAND_GAP) ** 2 - 0.5 * (width / _BAND_WIDTH) ** 2)) + 1e-3
    total = weight.sum() + closed
    return np.asarray((np.tensordot(weight, speaker.samples, 1) + closed * speaker.neutral) / total)


def bent(lips: Floats, *, gap: float, width: float | None = None) -> Floats:
    """The same lips with another opening and another corner distance."""
    lips = lips.copy()
    if width is not None:
        lips = _widened(lips, width)
    extra = gap - float(gap_of(lips))
    upper, lower = -UPPER_SHARE * extra, (1.0 - UPPER_SHARE) * extra
    lips[INNER_UPPER, 1] += upper * _profile(lips, INNER_UPPER, 20, 30)
    lips[INNER_LOWER, 1] += lower * _profile(lips, INNER_LOWER, 20, 30)
    lips[OUTER_UPPER, 1] += 0.85 * upper * _profile(lips, OUTER_UPPER, 0, 10)
    lips[OUTER_LOWER, 1] += 0.93 * lower * _profile(lips, OUTER_LOWER, 0, 10)
    lips[CORNERS, 1] += 0.12 * extra
    return _exact(lips, gap)


def _widened(lips: Floats, width: float) -> Floats:
    """Corners apart or together; a narrower mouth is a thicker one, as its skin has to go somewhere."""
    factor = width / max(float(width_of(lips)), 1e-6)
    middle = lips[CORNERS].mean(0)
    lips[:, 0] = middle[0] + (lips[:, 0] - middle[0]) * factor
    thicker = float(np.clip(factor**-0.5, 0.85, 1.25))
    for outer, inner in ((OUTER_UPPER, INNER_UPPER), (OUTER_LOWER, INNER_LOWER)):
        lips[outer, 1] = lips[inner, 1] + (lips[outer, 1] - lips[inner, 1]) * thicker
    return lips


def _profile(lips: Floats, points: np.ndarray, left: int, right: int) -> Floats:
    """1 in the middle of the mouth, 0 at its corners, rounder than a parabola."""
    span = lips[right, 0] - lips[left, 0]
    along = np.clip(2.0 * (lips[points, 0] - lips[left, 0]) / (span if abs(span) > 1e-6 else 1e-6) - 1.0, -1.0, 1.0)
    return np.asarray((1.0 - along**2) ** 0.75)


def _exact(lips: Floats, gap: float) -> Floats:
    """Scale the inner opening to exactly `gap`; edges never cross."""
    upper, lower = INNER_UPPER[::-1], INNER_LOWER
    middle, half = (lips[upper, 1] + lips[lower, 1]) / 2, (lips[lower, 1] - lips[upper, 1]) / 2
    half = np.maximum(half, 0.0)
    if gap <= 0.0:
        lips[upper, 1] = lips[lower, 1] = middle
        lips[upper, 0] = lips[lower, 0] = (lips[upper, 0] + lips[lower, 0]) / 2
        lips[upper, 2] = lips[lower, 2] = (lips[upper, 2] + lips[lower, 2]) / 2
        return lips
    now = float((lips[GAP_LOWER, 1] - lips[GAP_UPPER, 1]).mean())
    factor = gap / now if now > 1e-4 else 1.0
    # A quarter of the correction each side goes to the outer edge, so that lips do not thin to nothing.
    lips[upper, 1], lips[lower, 1] = middle - half * factor, middle + half * factor
    return lips


def _shifted(lips: Floats, outer: np.ndarray, inner: np.ndarray, by: float) -> Floats:
    lips = lips.copy()
    lips[outer, 1] += by * _profile(lips, outer, 0, 10)
    lips[inner, 1] += by * _profile(lips, inner, 20, 30)
    return lips


def _tucked(lips: Floats, tall: float, share: float) -> Floats:
    """The lower lip up and thin, as for f and v."""
    lips = lips.copy()
    thin = 1.0 - 0.30 * share
    lips[OUTER_LOWER, 1] = lips[INNER_LOWER, 1] + (lips[OUTER_LOWER, 1] - lips[INNER_LOWER, 1]) * thin
    return _shifted(lips, OUTER_LOWER, INNER_LOWER, -0.05 * tall * share)


def _pressed(lips: Floats, share: float) -> Floats:
    """Both lips a little thinner: pressed together they roll in."""
    lips = lips.copy()
    for outer, inner in ((OUTER_UPPER, INNER_UPPER[::-1]), (OUTER_LOWER, INNER_LOWER)):
        inner_y = np.interp(np.arange(len(outer)), np.arange(len(inner)), lips[inner, 1])
        if outer is OUTER_UPPER:
            inner_y = inner_y[::-1]
        lips[outer, 1] = inner_y + (lips[outer, 1] - inner_y) * (1.0 - 0.12 * share)
    return lips
