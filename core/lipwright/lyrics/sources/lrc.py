"""LRC: simple, enhanced (A2: words in angle brackets) and with words in squares; labels of singers."""

from __future__ import annotations

import re
from dataclasses import replace

from lipwright.lyrics.sources.raw import RawLine, RawWord, Source, line_of
from lipwright.types import LeftOut

_TIME = r"(\d+):(\d+(?:[.:]\d+)?)"
STAMP = re.compile(rf"\[{_TIME}\]")
_LEADING = re.compile(rf"\s*(?:\[{_TIME}\]\s*)+")
_WORD = re.compile(rf"[<\[]{_TIME}[>\]]")
_TAG = re.compile(r"\[(\w+|#):\s*(.*)\]")
_BACKGROUND = re.compile(r"\s*\[bg:\s*(.*)\]\s*")
# v1: v2: v1000: (A2 duets), D: F: M: (Walaoke), (bg) in front of a line.
_SINGER = re.compile(r"^(?:v\d{1,4}|[FMD]|bg)\s*:\s*", re.I)
_TAGS = frozenset([
    "ti", "ar", "al", "au", "by", "re", "ve", "length", "offset", "la", "lang", "id", "key", "#", "tool", "hash",
    "sign", "qq", "total", "kana", "encoding", "lr", "art", "t_time", "ln", "version", "lyricist", "composer",
])  # fmt: skip


def _minutes(minute: str, second: str) -> float:
    return int(minute) * 60 + float(second.replace(":", "."))


def read(text: str, name: str) -> Source:
    """A line with several times is sung several times, an empty one ends the last, one without keeps its place."""
    del name
    offset = re.search(r"\[offset:\s*([+-]?\d+)\s*\]", text, re.I)
    shift_s = -int(offset[1]) / 1000 if offset else 0.0
    rows: list[tuple[float, RawLine]] = []
    left_out: list[LeftOut] = []
    above_s = 0.0
    for row in text.split("\n"):
        background = _BACKGROUND.fullmatch(STAMP.sub("", row, count=1)) or re.fullmatch(
            r"\s*bg\s*:\s*(.*)", STAMP.sub("", row), re.I
        )
        if background:
            left_out.append(LeftOut(_bare(background[1]), "background voice"))
            continue
        lead = _LEADING.match(row)
        if lead is None:
            body = row.strip()
            tag = _TAG.fullmatch(body)
            if tag and (tag[1].casefold() in _TAGS or not tag[2].strip()):
                left_out.append(LeftOut(body, "tag of the file"))
            elif body:
                rows.append((above_s, _line(body, None, shift_s)))
            continue
        stamps = STAMP.findall(lead[0])
        first_s = _minutes(*stamps[0])
        for stamp in stamps:
            at_s = max(0.0, _minutes(*stamp) + shift_s)
            rows.append((at_s, _line(row[lead.end() :], at_s, shift_s + _minutes(*stamp) - first_s)))
        above_s = max(0.0, first_s + shift_s)
    rows.sort(key=lambda row: row[0])
    return Source(tuple(_ended([row for _, row in rows])), "LRC", text, left_out=tuple(left_out))


def _bare(body: str) -> str:
    return " ".join(_WORD.sub(" ", body).split())


def _line(body: str, start_s: float | None, shift_s: float) -> RawLine:
    body = _SINGER.sub("", body.strip())
    pieces = _WORD.split(body)
    if len(pieces) == 1:
        return RawLine(body, start_s)
    before = pieces[0].split()
    words: list[RawWord] = [RawWord(part, start_s if index == 0 else None) for index, part in enumerate(before)]
    glued = bool(before) and not pieces[0][-1:].isspace()
    for minute, second, piece in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=False):
        at_s = max(0.0, _minutes(minute, second) + shift_s)
        parts = piece.split()
        if glued and parts and not piece[:1].isspace() and words and not _spaced(pieces):
            words[-1] = replace(words[-1], text=words[-1].text + parts[0])
            words += [RawWord(part) for part in parts[1:]]
        else:
            if words and words[-1].end_s is None and words[-1].start_s is not None and words[-1].start_s < at_s:
                words[-1] = replace(words[-1], end_s=at_s)
            words += [RawWord(part, at_s if index == 0 else None) for index, part in enumerate(parts)]
        glued = bool(parts) and not piece[-1:].isspace()
    return replace(line_of(words, start_s), end_s=None)


def _spaced(pieces: list[str]) -> bool:
    """Whether no piece of a line has a space at an end: then each is a word, not a syllable."""
    return not any(piece[:1].isspace() or piece[-1:].isspace() for piece in [pieces[0], *pieces[3::3]] if piece)


def _ended(rows: list[RawLine]) -> list[RawLine]:
    """Lines without the empty ones, which say where the line before them ends."""
    out: list[RawLine] = []
    for row in rows:
        if row.text.strip():
            out.append(row)
        elif out and out[-1].end_s is None and row.start_s is not None and row.start_s > (out[-1].start_s or 0.0):
            out[-1] = replace(out[-1], end_s=row.start_s)
    return out
