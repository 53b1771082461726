"""The one place where seconds and frames meet.

Seconds are floats from the first audio sample; frame rates are `Fraction`s; a frame is a half-open
interval, and `frame_at(time_of(n, fps), fps) == n` for every n and rate. Good for Python 3.8: hosts with an old
Python of their own bring a copy.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from lipwright.errors import OptionError

# Rates that files and hosts round to decimals, and the exact rates that they mean (SMPTE ST 12-1).
_NTSC = {round(n * 1000 / 1001, 2): Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)}
_NTSC_TOLERANCE = 0.006  # "23.98", "23.976" and 23.976023976 all mean 24000/1001
# A time computed as n / fps can fall short of the frame's start by a rounding error; a microframe is far above that.
_FRAME_EPSILON = 1e-6


def fps_from(value: str | int | float | Fraction) -> Fraction:
    """The exact frame rate meant by `value`: "24", 25, 29.97, "29.97 DF", "30000/1001".

    Decimals near an NTSC rate become that rate. Raises OptionError for anything that is no positive rate.
    """
    text = re.sub(r"\s*N?DF$", "", str(value).strip().upper())
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise OptionError(f"frame rate {value!r} is not a number; give one like 25, 23.976 or 30000/1001") from None
    if not 0 < rate <= 1000:
        raise OptionError(f"frame rate {value!r} is outside 0 to 1000 frames a second; give the clip's own rate")
    if rate.denominator not in (1, 1001):
        for exact in _NTSC.values():
            if abs(float(rate - exact)) < _NTSC_TOLERANCE:
                return exact
    return rate.limit_denominator(1_000_000)


def time_of(frame: int, fps: Fraction) -> float:
    """Start of frame number `frame`, in seconds."""
    return float(frame / fps)


def frame_at(time_s: float, fps: Fraction) -> int:
    """Number of the frame that is shown at `time_s` (frame n covers [n/fps, (n+1)/fps))."""
    return math.floor(time_s * float(fps) + _FRAME_EPSILON)


def nearest_frame(time_s: float, fps: Fraction) -> int:
    """Number of the frame whose start is nearest to `time_s`; half-way goes up."""
    return math.floor(time_s * float(fps) + 0.5 + _FRAME_EPSILON)


def frame_count(duration_s: float, fps: Fraction) -> int:
    """How many frames it takes to cover `duration_s`; a trailing rounding error makes no extra frame."""
    return max(0, math.ceil(duration_s * float(fps) - _FRAME_EPSILON))


def is_drop_rate(fps: Fraction) -> bool:
    """Whether drop-frame timecode exists at this rate (29.97 and 59.94)."""
    return fps in (Fraction(30000, 1001), Fraction(60000, 1001))


def timecode(frame: int, fps: Fraction, *, drop: bool = False) -> str:
    """SMPTE timecode of a frame number; `drop` is always said, never guessed.

    Raises OptionError when drop frame is asked for at a rate that has none.
    """
    nominal = math.ceil(fps)
    sign, frame = ("-" if frame < 0 else ""), abs(frame)
    if drop:
        frame = _skip_dropped(frame, fps, nominal)
    seconds, frames = divmod(frame, nominal)
    mark = ";" if drop else ":"
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{frames:02d}"


def frame_from_timecode(text: str, fps: Fraction) -> int:
    """Frame number of `HH:MM:SS:FF`; `;` or `.` before the frames means drop frame."""
    body = text.strip()
    sign, body = (-1, body[1:]) if body.startswith("-") else (1, body)
    drop = ";" in body or "." in body
    parts = body.replace(";", ":").replace(".", ":").split(":")
    nominal = math.ceil(fps)
    if len(parts) != 4 or not all(part.isdecimal() for part in parts):
        raise OptionError(f"timecode {text!r} is not HH:MM:SS:FF; write it like 01:00:00:00")
    hours, minutes, seconds, frames = (int(part) for part in parts)
    if minutes > 59 or seconds > 59 or frames >= nominal:
        raise OptionError(f"timecode {text!r} has a field out of range at {float(fps):.3f} fps; check the rate")
    frame = ((hours * 60 + minutes) * 60 + seconds) * nominal + frames
    if drop:
        if not is_drop_rate(fps):
            raise OptionError(f"timecode {text!r} is drop frame, which {float(fps):.3f} fps does not have; use ':'")
        whole_minutes = hours * 60 + minutes
        frame -= (nominal // 15) * (whole_minutes - whole_minutes // 10)
    return sign * frame


def _skip_dropped(frame: int, fps: Fraction, nominal: int) -> int:
    if not is_drop_rate(fps):
        raise OptionError(f"drop frame does not exist at {float(fps):.3f} fps; only at 29.97 and 59.94")
    dropped = nominal // 15  # 2 numbers a minute at 29.97, 4 at 59.94, except every tenth minute
    per_ten = nominal * 600 - dropped * 9
    tens, rest = divmod(frame, per_ten)
    skipped = 0 if rest < dropped else (rest - dropped) // (nominal * 60 - dropped)
    return frame + dropped * (9 * tens + skipped)
