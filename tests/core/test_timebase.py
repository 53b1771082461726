"""Seconds and frames agree at every rate, and timecodes round-trip."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipwright.errors import OptionError
from lipwright.timebase import (
    fps_from,
    frame_at,
    frame_count,
    frame_from_timecode,
    is_drop_rate,
    nearest_frame,
    time_of,
    timecode,
)

RATES = [
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(50),
    Fraction(60000, 1001),
]
rates = st.sampled_from(RATES)


@given(st.integers(0, 3_000_000), rates)
def test_a_frame_starts_inside_itself(frame: int, fps: Fraction) -> None:
    assert frame_at(time_of(frame, fps), fps) == frame
    assert nearest_frame(time_of(frame, fps), fps) == frame
    assert frame_count(time_of(frame, fps), fps) == frame


@given(st.integers(0, 3_000_000), rates, st.booleans())
def test_timecode_round_trips(frame: int, fps: Fraction, drop: bool) -> None:
    drop = drop and is_drop_rate(fps)
    assert frame_from_timecode(timecode(frame, fps, drop=drop), fps) == frame


@pytest.mark.parametrize(
    ("text", "frame"),
    [("01:00:00;00", 107892), ("01:00:00:00", 108000), ("00:01:00;02", 1800), ("00:10:00;00", 17982)],
)
def test_drop_frame_numbers_of_smpte(text: str, frame: int) -> None:
    assert frame_from_timecode(text, Fraction(30000, 1001)) == frame


@pytest.mark.parametrize(
    ("given_rate", "exact"),
    [
        ("23.976", Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        ("29.97 DF", Fraction(30000, 1001)),
        (23.98, Fraction(24000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        (25, Fraction(25)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_rates_as_people_write_them(given_rate: str | float, exact: Fraction) -> None:
    assert fps_from(given_rate) == exact


@pytest.mark.parametrize("nonsense", ["", "fast", "0", "-25", "1e9", "25/0", "nan"])
def test_a_rate_that_is_none_is_refused_by_value(nonsense: str) -> None:
    with pytest.raises(OptionError, match="frame rate"):
        fps_from(nonsense)


def test_drop_frame_where_there_is_none_is_refused() -> None:
    with pytest.raises(OptionError, match="drop frame"):
        timecode(100, Fraction(25), drop=True)
