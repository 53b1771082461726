"""How fast a step goes and how long it will take, in words for a progress line."""

from __future__ import annotations

import time
from collections.abc import Callable

SETTLED_S = 0.5  # before that a rate is a guess


class Pace:
    """Of a step that deals with `total` frames, `done` of which were there before it began."""

    def __init__(self, total: int, done: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._first, self._clock = max(1, total), done, clock
        self._started = clock()

    def words(self, step: str, done: float) -> str:
        """`step` with frames a second and the time left, once they can be told."""
        made, spent = done - self._first, self._clock() - self._started
        if made <= 0 or spent < SETTLED_S:
            return step
        rate = made / spent
        shown = f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"
        return f"{step}, {shown} frames/s, {_clock((self._total - done) / rate)} left"


def paced(report: Callable[[float, str], None], step: str, frames: int) -> Callable[[float], None]:
    """An `on_progress` for a step over `frames` frames, reporting its own share and its words."""
    pace = Pace(frames)
    return lambda value: report(value, pace.words(step, value * frames))


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
