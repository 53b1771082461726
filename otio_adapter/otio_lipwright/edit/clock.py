"""Exact time for timelines: every OTIO time becomes a `Fraction` of seconds, and is rounded once, at the way out.

OTIO keeps rates as floats, and files round them (29.97, 23.98): `exact_rate` says which rate is meant, so that
two hours at 30000/1001 end on the frame and not beside it.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

import opentimelineio as otio

from lipwright.errors import OptionError
from lipwright.timebase import fps_from

# Sound is counted in samples, pictures in frames; nothing counts faster than this.
MAX_RATE = 1_000_000
# Frame values come as floats after rescaling (124.875124875 at 29.97); the fraction meant has a small denominator.
_VALUE_DENOMINATOR = 1_001_000
# Hosts write a cut in decimals: a position this near to a frame's edge, in frames, is that edge.
_EDGE = Fraction(1, 100_000)


@lru_cache(maxsize=1024)
def exact_rate(rate: float) -> Fraction:
    """The exact rate meant by a float: 29.97 is 30000/1001, 48000 is 48000. Raises OptionError for no rate at all."""
    if not math.isfinite(rate) or not 0 < rate <= MAX_RATE:
        raise OptionError(f"rate {rate!r} is outside 0 to {MAX_RATE} a second; set the timeline's frame rate again")
    return fps_from(rate) if rate <= 1000 else Fraction(rate).limit_denominator(1001)


def seconds(time: Any) -> Fraction:
    """An otio RationalTime as exact seconds. Raises OptionError for a rate or value that means nothing."""
    return frames_to_seconds(time.value, exact_rate(time.rate))


def frames_to_seconds(value: float, rate: Fraction) -> Fraction:
    """`value` frames (or samples) at `rate`, as exact seconds."""
    if not math.isfinite(value):
        raise OptionError(f"time {value!r} is not a number; repair the timeline in the program that wrote it")
    if value == int(value):
        return Fraction(int(value) * rate.denominator, rate.numerator)
    return Fraction(value).limit_denominator(_VALUE_DENOMINATOR) / rate


def rational(time_s: Fraction, rate: float) -> Any:
    """Seconds as an otio RationalTime at the host's own float `rate`, rounded once, to the nearest frame."""
    return otio.opentime.RationalTime(float(nearest(time_s * exact_rate(rate))), rate)


def span(start_s: Fraction, end_s: Fraction, rate: float) -> Any:
    """An otio TimeRange from exact seconds; both ends are rounded, so neighbours still touch."""
    start, end = rational(start_s, rate), rational(end_s, rate)
    return otio.opentime.TimeRange(start, end - start)


def nearest(frames: Fraction) -> int:
    """The nearest whole frame; half-way goes up."""
    return math.floor(frames + Fraction(1, 2))


def first_frame(start_s: Fraction, rate: Fraction) -> int:
    """The frame shown at `start_s` (frame n covers [n/rate, (n+1)/rate)); a hair before an edge is the edge."""
    return math.floor(start_s * rate + _EDGE)


def end_frame(end_s: Fraction, rate: Fraction) -> int:
    """One past the last frame of a stretch that ends at `end_s`; a hair after an edge adds no frame."""
    return math.ceil(end_s * rate - _EDGE)
