"""From phoneme spans to gestures: who moves when, how far, and which closures must be seen."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from lipwright.performance.mouth.tables import Row, rows_for
from lipwright.performance.thinning import TICKS
from lipwright.types import Direction, PhonemeSpan, SoundSpan

# Rhubarb 1.14: pauses are held under 120 ms, relaxed up to 350 ms, then the mouth rests.
HOLD_S, REST_S = 0.12, 0.35
# In singing, consonants beside a vowel last no longer than when spoken (research: 60 to 100 ms at the end of a note);
# hummed m and held s are real, so only sounds that a viewer would not miss are shortened.
QUICK_S = 0.10
QUICK_KINDS = frozenset(("tongue", "liquid", "glide", "breath", "dental"))
# Lindblom 1963: vowels undershoot as they get shorter; full at 110 ms, never under 75 % of their opening.
FULL_VOWEL_S, LEAST_VOWEL = 0.11, 0.75
REDUCED = 0.84  # an unstressed vowel's opening, beside a stressed one
SECONDARY = 0.94
# The breath before a phrase: 150 to 300 ms, after a pause that leaves room for it.
BREATH_PAUSE_S = 0.6
BREATH_LEAST_S, BREATH_MOST_S = 0.15, 0.30
LEAD_S, TAIL_S = 0.16, 0.20  # how early the mouth leaves rest, how long it takes to come back


@dataclass(frozen=True, slots=True)
class Gesture:
    """One sound of a phrase, seconds from the phrase's origin; `gain` is how fully it is made (1 = as tabled)."""

    start_s: float
    end_s: float
    row: Row
    gain: float
    number: int

    @property
    def length_s(self) -> float:
        """How long it lasts."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Phrase:
    """Gestures between two rests. `origin` is in ticks of 0.1 ms; lead and tail are the room before and after.

    `breath` is the (start, end) of the intake before it, relative to the origin, or None.
    """

    origin: int
    gestures: tuple[Gesture, ...]
    lead_s: float
    tail_s: float
    breath: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class _Timed:
    """A sound in ticks, before it is put into a phrase."""

    start: int
    end: int
    row: Row
    stress: int
    number: int


def phrases_of(
    phonemes: Iterable[PhonemeSpan], sounds: Iterable[SoundSpan], direction: Direction, singing: float
) -> list[Phrase]:
    """The phrases of a vocal, in order; none when nobody speaks."""
    timed = _timed(phonemes)
    if singing > 0.0:
        timed = _quicken(timed, singing)
    groups = _split(timed)
    breaths = [sound for sound in sounds if sound.kind == "breath"]
    stressed = any(item.stress for item in timed)
    phrases, previous_end = [], None
    for index, group in enumerate(groups):
        next_start = groups[index + 1][0].start if index + 1 < len(groups) else None
        phrases.append(_phrase(group, previous_end, next_start, breaths, direction, stressed))
        previous_end = group[-1].end
    return phrases


def _timed(phonemes: Iterable[PhonemeSpan]) -> list[_Timed]:
    """Sorted, without silence or overlap, times in ticks; a sound of two parts becomes two."""
    out: list[_Timed] = []
    for span in sorted(phonemes):
        rows = rows_for(span.symbol)
        start = max(round(span.start_s * TICKS), out[-1].end if out else 0)
        edges = [
            start + round((round(span.end_s * TICKS) - start) * k / max(1, len(rows))) for k in range(len(rows) + 1)
        ]
        for row, (low, high) in zip(rows, itertools.pairwise(edges), strict=True):
            if high > low:
                out.append(_Timed(low, high, row, span.stress, len(out)))
    return out


def _quicken(timed: list[_Timed], singing: float) -> list[_Timed]:
    """Give what a sung consonant has too much to the vowel beside it: before it first, else after it."""
    out, most = list(timed), round((QUICK_S + (1.0 - singing) * 0.25) * TICKS)
    for index in range(len(out) - 1, -1, -1):
        item = out[index]
        if item.row.vowel or item.row.kind not in QUICK_KINDS or item.end - item.start <= most:
            continue
        before = out[index - 1] if index else None
        after = out[index + 1] if index + 1 < len(out) else None
        if before is not None and before.row.vowel and before.end == item.start:
            out[index - 1] = dataclasses.replace(before, end=item.end - most)
            out[index] = dataclasses.replace(item, start=item.end - most)
        elif after is not None and after.row.vowel and after.start == item.end:
            out[index + 1] = dataclasses.replace(after, start=item.start + most)
            out[index] = dataclasses.replace(item, end=item.start + most)
    return out


def _split(timed: list[_Timed]) -> list[list[_Timed]]:
    groups: list[list[_Timed]] = []
    for item in timed:
        if not groups or item.start - groups[-1][-1].end > REST_S * TICKS:
            groups.append([])
        groups[-1].append(item)
    return groups


def _phrase(
    group: list[_Timed],
    previous_end: int | None,
    next_start: int | None,
    breaths: list[SoundSpan],
    direction: Direction,
    stressed: bool,
) -> Phrase:
    origin, last = group[0].start, group[-1].end
    # Before the first sound of the file there is only what the file has; rests are shared with the neighbours.
    gap_before = origin / TICKS if previous_end is None else (origin - previous_end) / TICKS
    tail_before = 0.0 if previous_end is None else min(TAIL_S, gap_before / 2)
    room = gap_before - tail_before
    tail = TAIL_S if next_start is None else min(TAIL_S, (next_start - last) / TICKS / 2)
    breath = None
    if direction.breathing > 0.0 and gap_before >= BREATH_PAUSE_S:
        breath = _breath(origin, (last - origin) / TICKS, room, breaths)
    lead = min(room, max(LEAD_S, -breath[0] if breath else 0.0))
    gestures = tuple(
        Gesture(
            (item.start - origin) / TICKS, (item.end - origin) / TICKS, item.row, _gain(item, stressed), item.number
        )
        for item in group
    )
    return Phrase(origin, gestures, lead, tail, breath)


def _breath(origin: int, length_s: float, room_s: float, breaths: list[SoundSpan]) -> tuple[float, float]:
    """The intake before a phrase: the one that was heard, else one as long as the phrase asks for."""
    for heard in reversed(breaths):
        start, end = (round(t * TICKS - origin) / TICKS for t in (heard.start_s, heard.end_s))
        if -min(room_s, 1.2) < end <= 0.1 and start < -0.05:
            return max(start, -room_s), min(end, 0.0)
    length = min(BREATH_MOST_S, BREATH_LEAST_S + 0.04 * length_s)
    return max(-room_s, -length - 0.06), 0.0


def _gain(item: _Timed, stressed: bool) -> float:
    """How fully a sound is made: short vowels undershoot, unstressed ones are smaller where stress is known."""
    if not item.row.vowel:
        return 1.0
    length = (item.end - item.start) / TICKS
    gain = LEAST_VOWEL + (1.0 - LEAST_VOWEL) * min(1.0, length / FULL_VOWEL_S)
    if stressed:
        gain *= {0: REDUCED, 1: 1.0}.get(item.stress, SECONDARY)
    return gain
