"""UltraStar songs: notes in beats with a syllable each."""

from __future__ import annotations

import re
from dataclasses import replace

from lipwright.errors import LyricsError
from lipwright.lyrics.sources.raw import RawLine, Source, Syllable, joined, line_of
from lipwright.types import LeftOut

# Kind (: plain, * golden, F freestyle, R and G rap), start, length, pitch, then one space and the syllable.
_NOTE = re.compile(r"\s*[:*FRG]\s+(-?\d+)\s+(\d+)\s+(-?\d+)(?: (.*))?$")
_BREAK = re.compile(r"\s*-\s*(-?\d+)?\s*(-?\d+)?\s*$")
# UltraStar's BPM counts quarter beats: https://usdx.eu/format/
_BEATS = 4


def looks(text: str) -> bool:
    """Whether the text is an UltraStar song."""
    head = re.search(r"^\s*#(?:TITLE|ARTIST|BPM|GAP|MP3|AUDIO)\s*:", text, re.M | re.I)
    return head is not None and len(re.findall(r"^[ \t]*[:*FRG][ \t]+-?\d+[ \t]+\d+[ \t]+-?\d+", text, re.M)) >= 1


def read(text: str, name: str) -> Source:
    """Notes to words; duets (P1, P2) are one song in order of time, what both sing is sung once."""
    heads = {key.upper(): value.strip() for key, value in re.findall(r"^\s*#(\w+)\s*:(.*)$", text, re.M)}
    try:
        beat_s = 60.0 / (float(heads["BPM"].replace(",", ".")) * _BEATS)
        gap_s = float(heads.get("GAP", "0").replace(",", ".") or 0) / 1000
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise LyricsError(f"{name} looks like UltraStar without a #BPM; add it, or give plain text") from error
    if len(re.findall(r"^\s*B\s+-?\d+\s+[\d.,]+\s*$", text, re.M)):
        raise LyricsError(f"{name} is UltraStar whose speed changes; save it with one #BPM, or export LRC")
    relative = heads.get("RELATIVE", "").upper() in ("YES", "TRUE", "1")
    spaced = _spaces(text)
    lines: list[RawLine] = []
    syllables: list[Syllable] = []
    base = 0

    def end_line() -> None:
        if words := joined(syllables):
            lines.append(line_of(words))
        syllables.clear()

    for row in text.split("\n"):
        note, pause = _NOTE.match(row), _BREAK.match(row)
        if note:
            start_s = max(0.0, gap_s + (base + int(note[1])) * beat_s)
            piece = note[4] or ""
            syllables.append(
                Syllable(piece if spaced else f" {piece} ", start_s, start_s + max(1, int(note[2])) * beat_s)
            )
        elif pause:
            end_line()
            if relative:
                base += int(pause[2] or pause[1] or 0)
        elif re.match(r"\s*P\s*\d\s*$", row):
            end_line()
            base = 0
    end_line()
    notes = () if spaced else (f"{name} has lost the spaces between its words: each note is read as a word",)
    heads_out = tuple(LeftOut(f"#{key}:{value}", "tag of the file") for key, value in heads.items())
    return Source(tuple(_once(lines)), "UltraStar", text, notes=notes, left_out=heads_out)


def _spaces(text: str) -> bool:
    """Whether any syllable has a space of its own at an end, as the format wants between words."""
    pieces = [note[4] or "" for row in text.split("\n") if (note := _NOTE.match(row))]
    return any(piece != piece.strip() for piece in pieces)


def _once(lines: list[RawLine]) -> list[RawLine]:
    """Lines of both singers by time; one that both sing, once."""
    out: list[RawLine] = []
    seen = set()
    for line in sorted(lines, key=lambda line: line.start_s or 0.0):
        key = (line.start_s, line.text.casefold())
        if key not in seen:
            seen.add(key)
            out.append(replace(line))
    return out
