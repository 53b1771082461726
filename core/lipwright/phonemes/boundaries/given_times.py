"""Word times that the user knows to be true: kept to the digit, with the phones arranged inside them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.alignment.transcript import Text
from lipwright.phonemes.boundaries.final_times import Timed
from lipwright.phonemes.boundaries.spans import SHORTEST_S

ENGINE = "lyrics"
_UNSURE = -3.0  # score of a phone that nobody heard but that the lyrics vouch for
_SPOKEN_S = 0.08  # a phone of a word whose end nobody knows and that was not heard


def kept(fine: Timed, text: Text, duration_s: float) -> Timed:
    """`fine` with every word of known start where the lyrics say, heard or not; other words make room for it."""
    rows = list(zip(fine.onsets, fine.ends, fine.engines, strict=True))
    heard = {word: list(group) for word, group in groupby(rows, key=lambda row: row[0].word)}
    known = _known(text, duration_s)
    out: list[tuple[Onset, float, str]] = []
    order = sorted(known)
    for word in sorted({*heard, *known}):
        following = bisect_right(order, word)
        later = known[order[following]] if following < len(order) else duration_s
        if word in known:
            out += _fitted(word, heard.get(word, []), text, known[word], later)
        else:
            earlier = out[-1][1] if out else 0.0
            out += [row for row in heard[word] if earlier <= row[0].start_s and row[1] <= later]
    return replace(
        fine,
        onsets=tuple(row[0] for row in out),
        ends=tuple(row[1] for row in out),
        engines=tuple(row[2] for row in out),
    )


def _known(text: Text, duration_s: float) -> dict[int, float]:
    """Known starts by word, those outside the vocal or before an earlier one left out."""
    out: dict[int, float] = {}
    latest = 0.0
    for k, word in enumerate(text.words):
        if word.start_s is not None and latest <= word.start_s < duration_s - SHORTEST_S:
            out[k] = latest = word.start_s
    return out


def _fitted(
    word: int, rows: Sequence[tuple[Onset, float, str]], text: Text, start_s: float, later_s: float
) -> list[tuple[Onset, float, str]]:
    """The word's phones between its known start and its end; evenly spread where it was not heard."""
    end_s = _end(word, rows, text, start_s, later_s)
    onsets = [row[0] for row in rows]
    if not onsets:
        said = text.said[word][0]
        step = (end_s - start_s) / len(said)
        onsets = [Onset(start_s + k * step, end_s, phone, word, _UNSURE) for k, phone in enumerate(said)]
    least = min(SHORTEST_S, (end_s - start_s) / len(onsets))
    starts = [start_s]
    for k, onset in enumerate(onsets[1:], 1):
        latest = end_s - (len(onsets) - k) * least
        starts.append(min(max(onset.start_s, starts[-1] + least), latest))
    engines = [ENGINE, *(row[2] for row in rows[1:])] if rows else [ENGINE] * len(onsets)
    return [
        (replace(onset, start_s=a), b, engine)
        for onset, a, b, engine in zip(onsets, starts, [*starts[1:], end_s], engines, strict=True)
    ]


def _end(word: int, rows: Sequence[tuple[Onset, float, str]], text: Text, start_s: float, later_s: float) -> float:
    """The known end; else where the word was heard to end, or its phones at spoken length; never past the next word."""
    known = text.words[word].end_s
    if known is None:
        known = rows[-1][1] if rows else start_s + _SPOKEN_S * len(text.said[word][0])
    return max(min(known, later_s), start_s + 1e-3)
