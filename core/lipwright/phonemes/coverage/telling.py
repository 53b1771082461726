"""Sentences about what was heard beside the lyrics: lines sung again, and voice without a word."""

from __future__ import annotations

from collections.abc import Sequence

from lipwright.phonemes.coverage.repeats import Again
from lipwright.phonemes.coverage.uncovered import Span
from lipwright.types import Lyrics

_LEAST_S = 1.0  # of voice: less is not worth a sentence
_MOST = 6  # places named in one note


def told_again(again: Sequence[Again], given: Lyrics, repeats: str) -> tuple[str, ...]:
    """Which of the lines given are heard again, where, and how to refuse it."""
    shown = [f"{_clock(one.start_s)} to {_clock(one.end_s)} {_lines(one, given)}" for one in again[:_MOST]]
    if not shown:
        return ()
    more = f", and {len(again) - _MOST} more" if len(again) > _MOST else ""
    done = (
        "are heard again and sung there too (--repeats leave refuses it, writing them out settles it)"
        if repeats == "sing"
        else "are heard again but written once; write them out, or let them be sung again with --repeats sing"
    )
    return (f"lines {done}: {', '.join(shown)}{more}",)


def told_uncovered(spans: Sequence[Span], uncovered: str) -> tuple[str, ...]:
    """How many seconds of voice no word accounts for, where, and what the mouth does there."""
    total_s = sum(end_s - start_s for start_s, end_s in spans)
    if total_s < _LEAST_S:
        return ()
    longest = sorted(sorted(spans, key=lambda span: span[0] - span[1])[:_MOST])
    places = ", ".join(f"{_clock(start_s)} to {_clock(end_s)}" for start_s, end_s in longest)
    more = f" and {len(spans) - _MOST} more places" if len(spans) > _MOST else ""
    done = (
        "the mouth follows what is heard there (--uncovered rest keeps it shut)"
        if uncovered == "recognise"
        else "the mouth rests there (--uncovered recognise follows what is heard)"
    )
    return (f"{total_s:.1f} s of voice have no word in the lyrics: {places}{more}; {done}",)


def _lines(one: Again, given: Lyrics) -> str:
    first = f"{given.lines[one.first].text!r}"
    return (
        f"line {one.first + 1} {first}"
        if one.first == one.last
        else f"lines {one.first + 1}-{one.last + 1} {first} ..."
    )


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(max(0.0, time_s), 60.0)
    return f"{int(minutes)}:{seconds:04.1f}"
