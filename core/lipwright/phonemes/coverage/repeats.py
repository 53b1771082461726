"""Lines that are written once and sung again: found in the voice that no line accounts for, and written out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import numpy as np

from lipwright.arrays import FloatArray
from lipwright.phonemes.acoustic.frontend import Listening
from lipwright.phonemes.acoustic.posteriors import FRAME_S, Heard
from lipwright.phonemes.alignment.emissions import Onset, emissions, onsets_of, sounding
from lipwright.phonemes.alignment.text_match import match_of
from lipwright.phonemes.alignment.transcript import Text, text_of
from lipwright.phonemes.alignment.viterbi import SkipCosts, anywhere, best_path, chain_of
from lipwright.phonemes.coverage.uncovered import Span, covered, uncovered
from lipwright.types import MATCHED, Lyrics

ROUNDS = 4  # a chorus sung at the end again and again is found one by one
LEAST_S = 2.5  # a stretch of voice that could hold lines
JOIN_S = 4.0  # pauses between the lines of one block
LEAST_WORDS = 4  # of a block: fewer are heard by chance
# Mean log score of a phone of a line that is heard there: lines that were sung have -0.3 to -1.9, others -3 and less.
SCORE = -2.3
_ROOM_S = 0.4


@dataclass(frozen=True, slots=True)
class Again:
    """Lines first..last of the lyrics given (both counted in), heard again on [start_s, end_s)."""

    first: int
    last: int
    start_s: float
    end_s: float


def written_out(
    lyrics: Lyrics, onsets: list[Onset], listening: Listening, place: Callable[[Lyrics], list[Onset]]
) -> tuple[Lyrics, list[Onset], tuple[Again, ...]]:
    """The lyrics with every block of lines that is heard again put where it is, placed anew by `place`."""
    found: list[Again] = []
    source = list(range(len(lyrics.lines)))  # of every line now, its number in the lyrics given
    for _ in range(ROUNDS):
        blocks = _heard_again(lyrics, onsets, listening)
        if not blocks:
            break
        for after, block in reversed(blocks):
            rows = range(block.first, block.last + 1)
            fresh = tuple(replace(lyrics.lines[k], start_s=None, end_s=None) for k in rows)
            fresh = tuple(
                replace(line, words=tuple(replace(w, start_s=None, end_s=None) for w in line.words)) for line in fresh
            )
            found.append(replace(block, first=source[block.first], last=source[block.last]))
            lines = (*lyrics.lines[:after], *fresh, *lyrics.lines[after:])
            source[after:after] = [source[k] for k in rows]
            lyrics = replace(lyrics, lines=lines)
        lyrics = replace(lyrics, text="\n".join(line.text for line in lyrics.lines))
        onsets = place(lyrics)
    return lyrics, onsets, tuple(sorted(found, key=lambda again: again.start_s))


def _heard_again(lyrics: Lyrics, onsets: list[Onset], listening: Listening) -> list[tuple[int, Again]]:
    """(the line before which it belongs, the block) of every stretch of voice, in order; at most one a stretch."""
    heard = listening.heard
    if heard is None or not onsets:
        return []
    text, loud = text_of(lyrics), sounding(listening.activity, heard.frames)
    words = covered(onsets, _rough_ends(onsets))
    out = []
    for start_s, end_s in _joined(uncovered(words, heard, listening.activity), words):
        first = max(0, round((start_s - _ROOM_S) / FRAME_S))
        last = min(heard.frames, round((end_s + _ROOM_S) / FRAME_S))
        block = _block(text, heard.part(first, last), loud[first:last])
        if block is not None:
            before = [text.lines[onset.word] for onset in onsets if onset.start_s < start_s]
            moved = replace(block, start_s=block.start_s + first * FRAME_S, end_s=block.end_s + first * FRAME_S)
            out.append((max(before) + 1 if before else 0, moved))
    return out


def _rough_ends(onsets: Sequence[Onset]) -> list[float]:
    """Phones of a word end where the next begins, its last where the recogniser says so."""
    return [
        b.start_s if b.word == a.word else min(b.start_s, max(a.heard_s, a.start_s + 0.1)) for a, b in pairwise(onsets)
    ] + [onsets[-1].heard_s]


def _joined(spans: Sequence[Span], words: Sequence[Span]) -> list[Span]:
    """Stretches long enough for lines, joined over the rests between lines where no word lies between."""
    out: list[Span] = []
    for start_s, end_s in spans:
        near = out and start_s - out[-1][1] < JOIN_S and not any(out[-1][1] <= a < start_s for a, _ in words)
        if near:
            out[-1] = (out[-1][0], end_s)
        else:
            out.append((start_s, end_s))
    return [span for span in out if span[1] - span[0] >= LEAST_S]


def _block(text: Text, heard: Heard, loud: FloatArray) -> Again | None:
    """The longest run of lines that the search places in `heard` and that sounds like them; times count from there."""
    chain = chain_of(text.pronunciations, SkipCosts(), text.lines)
    scores = emissions(chain, heard, loud)
    low, high = anywhere(len(text.words), heard.frames)
    onsets = onsets_of(text, chain, best_path(chain, scores, low, high), scores)
    lines = {line: list(group) for line, group in groupby(onsets, key=lambda onset: text.lines[onset.word])}
    good = [line for line, own in lines.items() if float(np.mean([onset.score for onset in own])) > SCORE]
    runs: list[list[int]] = []
    for line in good:
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    best = max(runs, key=lambda run: sum(len(lines[line]) for line in run), default=[])
    own = [onset for line in best for onset in lines[line]]
    if len({onset.word for onset in own}) < LEAST_WORDS or not _fits(text, best, own, heard, loud):
        return None
    return Again(best[0], best[-1], own[0].start_s, own[-1].heard_s)


def _fits(text: Text, run: Sequence[int], own: Sequence[Onset], heard: Heard, loud: FloatArray) -> bool:
    """Whether the words of the run, all of them, are what is sung there rather than some words."""
    words = [k for k, line in enumerate(text.lines) if run[0] <= line <= run[-1]]
    begin, end = words[0], words[-1] + 1
    first, last = round(own[0].start_s / FRAME_S), min(heard.frames, round(own[-1].heard_s / FRAME_S) + 10)
    first = max(0, first - 10)
    moved = [
        replace(o, word=o.word - begin, start_s=o.start_s - first * FRAME_S, heard_s=o.heard_s - first * FRAME_S)
        for o in own
    ]
    return match_of(text.part(begin, end), moved, heard.part(first, last), loud[first:last]) >= MATCHED
