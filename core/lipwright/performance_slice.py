"""A stretch of a performance in another clock: what a clip needs of the vocal that lies under it.

`cut` answers "clip second 0 hears vocal second `start_s`, and the clip plays `speed` times as fast as it was shot".
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from lipwright.corrections import corrected
from lipwright.errors import OptionError
from lipwright.types import Corrections, Performance, PhonemeSpan, SoundSpan, Track, WordSpan

Span = TypeVar("Span", WordSpan, PhonemeSpan, SoundSpan)


def cut(performance: Performance, start_s: float, length_s: float, speed: float = 1.0) -> Performance:
    """The performance of a clip that lasts `length_s` in its own time, whose first frame hears `start_s`.

    A clip second covers 1/`speed` vocal seconds: a clip retimed to 200 % (speed 2) must have been shot with a mouth
    that moves half as fast. Hand corrections are laid down; spans that reach over an edge are cut there; `start_s`
    may be negative (the vocal begins later). Raises OptionError for a speed or length that is not above 0.
    """
    if not speed > 0 or not length_s > 0:
        raise OptionError(f"a stretch of {length_s:g} s at speed {speed:g} is empty; both must be above 0")
    whole = corrected(performance)
    clock = _Clock(start_s, length_s, speed)
    kept = [index for index, word in enumerate(whole.words) if clock.holds(word.start_s, word.end_s)]
    number = {old: new for new, old in enumerate(kept)}
    phonemes = tuple(
        dataclasses.replace(span, word=None if span.word is None else number.get(span.word))
        for span in clock.spans(whole.phonemes)
    )
    return dataclasses.replace(
        whole,
        vocal=dataclasses.replace(whole.vocal, duration_s=length_s),
        words=clock.spans(whole.words),
        phonemes=phonemes,
        sounds=clock.spans(whole.sounds),
        unsung=(),
        visemes=tuple(clock.track(track) for track in whole.visemes),
        channels=tuple(clock.track(track) for track in whole.channels),
        mouth=tuple(clock.track(track) for track in whole.mouth),
        corrections=Corrections(),
    )


@dataclasses.dataclass(frozen=True)
class _Clock:
    """Vocal seconds to clip seconds."""

    start_s: float
    length_s: float
    speed: float

    def at(self, time_s: float) -> float:
        return (time_s - self.start_s) * self.speed

    def holds(self, start_s: float, end_s: float) -> bool:
        return min(self.at(end_s), self.length_s) - max(self.at(start_s), 0.0) > 1e-9

    def spans(self, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(
            dataclasses.replace(
                span, start_s=max(self.at(span.start_s), 0.0), end_s=min(self.at(span.end_s), self.length_s)
            )
            for span in spans
            if self.holds(span.start_s, span.end_s)
        )

    def track(self, track: Track) -> Track:
        """The curve inside the stretch, with its exact values at both edges."""
        inner = [
            (self.at(time_s), value)
            for time_s, value in zip(track.times_s, track.values, strict=True)
            if 1e-9 < self.at(time_s) < self.length_s - 1e-9
        ]
        if not track.times_s:
            return track
        first = (0.0, track.at(self.start_s))
        last = (self.length_s, track.at(self.start_s + self.length_s / self.speed))
        keys = [first, *inner, last]
        return Track(track.name, tuple(time_s for time_s, _ in keys), tuple(value for _, value in keys))
