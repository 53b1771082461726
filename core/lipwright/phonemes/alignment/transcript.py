"""Lyrics as the search wants them: pronunciations in IPA, and when each word may be sung."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lipwright.phonemes.alignment.viterbi import Ints, Pronunciations, anywhere
from lipwright.phonemes.alphabet import is_arpabet, phones_of, stress_of, written
from lipwright.types import Lyrics, LyricWord

# An LRC line is usually right within 0.3 s, sometimes within 1 s; a wider window costs nothing measurable.
ANCHOR_S = 1.0
# Known word times bind closer, and true ones are only given room for the recogniser's own uncertainty.
HINT_S, TRUTH_S = 0.45, 0.12
_MOST_VARIANTS = 4


@dataclass(frozen=True, slots=True)
class Said:
    """One phone of one way to say a word: `ipa` for the recogniser, `symbol` and `stress` for the document."""

    ipa: str
    symbol: str
    stress: int


@dataclass(frozen=True, slots=True)
class Text:
    """The words of the lyrics in order, each with every way to say it and the number of its line."""

    words: tuple[LyricWord, ...]
    lines: tuple[int, ...]
    said: tuple[tuple[tuple[Said, ...], ...], ...]

    def part(self, first: int, last: int) -> Text:
        """Words first..last - 1 only."""
        return Text(self.words[first:last], self.lines[first:last], self.said[first:last])

    @property
    def pronunciations(self) -> list[Pronunciations]:
        """IPA phones only, as `chain_of` takes them."""
        return [tuple(tuple(phone.ipa for phone in way) for way in ways) for ways in self.said]


def text_of(lyrics: Lyrics) -> Text:
    """The lyrics with their pronunciations looked through; a word without a usable one gets a neutral vowel."""
    lines = tuple(number for number, line in enumerate(lyrics.lines) for _ in line.words)
    return Text(lyrics.words, lines, tuple(_ways(word) for word in lyrics.words))


def _ways(word: LyricWord) -> tuple[tuple[Said, ...], ...]:
    ways = [tuple(_said(symbols)) for symbols in word.pronunciations[:_MOST_VARIANTS]]
    return tuple(dict.fromkeys(way for way in ways if way)) or ((Said("ə", "AH", 0),),)


def _said(symbols: Sequence[str]) -> list[Said]:
    out = []
    for symbol in symbols:
        for phone in phones_of(symbol):
            name = symbol.rstrip("012") if is_arpabet(symbol) else written(phone)
            out.append(Said(phone, name, stress_of(symbol)))
    return out


def windows(lyrics: Lyrics, duration_s: float, frame_s: float, frames: int, widen: float = 1.0) -> tuple[Ints, Ints]:
    """First and last frame in which each word may be sung, int32 (W + 1,) each, the gap before the words first.

    From line and word times where the lyrics have them; times that go backwards or lie outside the vocal are not
    believed. `widen` multiplies the room they get; 0 gives every word the whole vocal.
    """
    count = len(lyrics.words)
    low, high = anywhere(count, frames)
    for word, time_s, room_s in rising(_anchors(lyrics), duration_s) if widen else []:
        low[word + 1] = max(low[word + 1], int((time_s - widen * room_s) / frame_s))
        high[word] = min(high[word], int((time_s + widen * room_s) / frame_s) + 1)
    low = np.maximum.accumulate(np.clip(low, 0, max(0, frames - 1)))
    high = np.minimum.accumulate(np.clip(high, 0, frames)[::-1])[::-1]
    return low.astype(np.int32), np.maximum(high, low).astype(np.int32)


def due(lyrics: Lyrics, duration_s: float, frame_s: float) -> list[float]:
    """The frame at which each word is said to start, NaN where nobody said; times that are not believed left out."""
    times = {word: time_s for word, time_s, _ in rising(_anchors(lyrics), duration_s)}
    return [times.get(word, math.nan) / frame_s for word in range(len(lyrics.words))]


def _anchors(lyrics: Lyrics) -> list[tuple[int, float, float]]:
    """(word, time at which it starts, seconds it may be off)."""
    out, word = [], 0
    for line in lyrics.lines:
        for place, known in enumerate(line.words):
            if known.start_s is not None:
                out.append((word, known.start_s, TRUTH_S if lyrics.truth else HINT_S))
            elif not place and line.start_s is not None:
                out.append((word, line.start_s, ANCHOR_S))
            word += 1
    return out


def rising(anchors: list[tuple[int, float, float]], duration_s: float) -> list[tuple[int, float, float]]:
    """The longest part of `anchors` whose times rise and lie inside the vocal."""
    anchors = [a for a in anchors if 0.0 <= a[1] <= duration_s]
    best: list[int] = []
    before: list[int] = [-1] * len(anchors)
    for k, (_, time_s, _room) in enumerate(anchors):
        low, high = 0, len(best)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if anchors[best[middle]][1] <= time_s else (low, middle)
        before[k] = best[low - 1] if low else -1
        best[low : low + 1] = [k]
    out, k = [], best[-1] if best else -1
    while k >= 0:
        out.append(anchors[k])
        k = before[k]
    return out[::-1]
