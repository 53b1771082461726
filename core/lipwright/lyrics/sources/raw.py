"""What a lyric file says before anybody reads it as language: lines and words, with whatever times it knows."""

from __future__ import annotations

import itertools
import math
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lipwright.types import LeftOut

# A gap as long as this starts a new line where a file has words only.
_LINE_GAP_S = 0.6


@dataclass(frozen=True, slots=True)
class RawWord:
    """A word as the file has it, with its time where known; `phones` where the file says them."""

    text: str
    start_s: float | None = None
    end_s: float | None = None
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as the file has it (rows of a cue parted by newlines); `words` only where the file times them."""

    text: str
    start_s: float | None = None
    end_s: float | None = None
    words: tuple[RawWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says: `kind` is its format; `truth` whether its word times were set with care (TextGrid)."""

    lines: tuple[RawLine, ...]
    kind: str
    text: str
    truth: bool = False
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Syllable:
    """A timed piece of a line; a space at either end parts words."""

    text: str
    start_s: float
    end_s: float | None = None


def clock(text: str) -> float:
    """Seconds from "1:02:03.5", "02:03,5", "3.5" or "1:02:03:500" (thousandths)."""
    parts = text.strip().replace(",", ".").split(":")
    if len(parts) == 4:
        parts = [*parts[:2], f"{parts[2]}.{parts[3]}"]
    total = 0.0
    for part in parts:
        total = total * 60 + float(part)
    return total


def seconds(value: Any) -> float:
    """A time in any of the ways transcribers write one: 0.5, "0.500s", "PT0.5S", "00:00:00,5", {seconds, nanos}."""
    if isinstance(value, dict):
        return seconds(float(value.get("seconds", 0)) + float(value.get("nanos", 0)) / 1e9)
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} is no time")
    if isinstance(value, str):
        body = value.strip()
        iso = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?", body)
        if iso:
            value = sum(float(part or 0) * unit for part, unit in zip(iso.groups(), (3600, 60, 1), strict=True))
        elif body.endswith("ms"):
            value = float(body[:-2]) / 1000
        else:
            value = clock(body.removesuffix("s"))
    number = float(value)
    if not math.isfinite(number) or not 0.0 <= number < 1e12:
        raise ValueError(f"{value!r} is no time")
    return number


def unit_of(starts: Sequence[float]) -> float:
    """Seconds in one unit of `starts`: nobody takes 20 s a word or line, so such gaps are thousandths or less."""
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts) if later > earlier]
    gap = statistics.median(gaps) if gaps else (starts[0] if starts else 0.0)
    if gap > 100_000:
        return 1e-7  # HTK and Azure count 100 ns
    return 1e-3 if gap > 20 else 1.0


def scaled(words: Iterable[RawWord], unit_s: float) -> list[RawWord]:
    """The words with their times in seconds."""
    if unit_s == 1.0:
        return list(words)
    return [
        replace(
            word,
            start_s=None if word.start_s is None else word.start_s * unit_s,
            end_s=None if word.end_s is None else word.end_s * unit_s,
        )
        for word in words
    ]


def joined(syllables: Iterable[Syllable]) -> tuple[RawWord, ...]:
    """Words of syllables: a new one begins after a space, "~" holds the last."""
    words: list[RawWord] = []
    open_word = False
    for syllable in syllables:
        body = syllable.text.replace("~", "").replace("\u00ad", "")
        parts = body.split()
        held = not parts
        if held:
            if words and open_word and syllable.text.strip(" ") != "" and syllable.end_s is not None:
                words[-1] = replace(words[-1], end_s=syllable.end_s)
        elif open_word and words and not body[:1].isspace():
            words[-1] = replace(words[-1], text=words[-1].text + parts[0], end_s=syllable.end_s)
            words += [RawWord(part) for part in parts[1:]]
        else:
            words.append(RawWord(parts[0], syllable.start_s, syllable.end_s))
            words += [RawWord(part) for part in parts[1:]]
        open_word = not syllable.text[-1:].isspace() if syllable.text else open_word
    return tuple(words)


def line_of(words: Sequence[RawWord], start_s: float | None = None, end_s: float | None = None) -> RawLine:
    """A line of timed words."""
    first = start_s if start_s is not None else next((w.start_s for w in words if w.start_s is not None), None)
    last = end_s if end_s is not None else words[-1].end_s if words else None
    return RawLine(" ".join(word.text for word in words), first, last, tuple(words))


def grouped(words: list[RawWord]) -> list[RawLine]:
    """Lines of words that come without any, parted at pauses."""
    groups: list[list[RawWord]] = []
    for word in words:
        last = groups[-1][-1] if groups else None
        ended_s = None if last is None else (last.end_s or last.start_s)
        if last is None or (word.start_s is not None and ended_s is not None and word.start_s - ended_s > _LINE_GAP_S):
            groups.append([])
        groups[-1].append(word)
    return [line_of(group) for group in groups]
