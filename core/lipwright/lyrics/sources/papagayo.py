"""Papagayo's projects (.pgo): phrases and words in frames."""

from __future__ import annotations

import re

from lipwright.errors import LyricsError
from lipwright.lyrics.sources.raw import RawLine, RawWord, Source, line_of

_WORD = re.compile(r"^\s*(\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s*$")


def looks(text: str) -> bool:
    """Whether the text is a Papagayo project."""
    return bool(re.match(r"\s*lipsync version \d", text))


def read(text: str, name: str) -> Source:
    """Words of every voice, in order of time."""
    rows = text.split("\n")
    try:
        rate = float(rows[2].split()[0])
    except (ValueError, IndexError) as error:
        raise LyricsError(f"{name} is a Papagayo project without its frame rate; save it again") from error
    if not 1 <= rate <= 240:
        raise LyricsError(f"{name} is a Papagayo project at {rate:g} frames a second; save it again")
    lines: list[RawLine] = []
    at = 3
    while at < len(rows):
        count = re.match(r"^\s*(\d+)\s*(?:words)?\s*$", rows[at])
        words: list[RawWord] = []
        if count and at > 2 and (at + 1 == len(rows) or _WORD.match(rows[at + 1])):
            at += 1
            for _ in range(int(count[1])):
                found = _WORD.match(rows[at]) if at < len(rows) else None
                if found is None:
                    raise ValueError("a word is missing")
                words.append(RawWord(found[1], int(found[2]) / rate, (int(found[3]) + 1) / rate))
                at += 1 + int(found[4])
            lines += [line_of(words)] if words else []
        else:
            at += 1
    if not lines:
        raise LyricsError(f"{name} is a Papagayo project without words; break its text into words first")
    return Source(tuple(sorted(lines, key=lambda line: line.start_s or 0.0)), "Papagayo", text)
