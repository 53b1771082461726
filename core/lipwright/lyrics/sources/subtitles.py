"""Subtitles: SRT, VTT, SBV, MicroDVD, MPL2 and TMPlayer; cues that roll, grow or light up give each word once."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from lipwright.errors import LyricsError
from lipwright.lyrics.sources.raw import RawLine, RawWord, Source, Syllable, clock, joined, line_of

_T = r"(?:\d+:)?\d+:\d+(?:[.,:]\d+)?"
CUE = re.compile(rf"^[ \t]*({_T})[ \t]*-{{1,2}}>[ \t]*({_T})[^\n]*$", re.M)
SBV = re.compile(r"^[ \t]*(\d+:\d\d:\d\d\.\d+),(\d+:\d\d:\d\d\.\d+)[ \t]*$", re.M)
MICRODVD = re.compile(r"^\s*\{(\d+)\}\{(\d*)\}(.*)$", re.M)
MPL2 = re.compile(r"^\s*\[(\d+)\]\[(\d*)\](.*)$", re.M)
TMPLAYER = re.compile(r"^\s*(\d\d:\d\d:\d\d)[:=](?!\d\d[.,])(.*)$", re.M)
_STAMP = re.compile(rf"<({_T})>")
_LIT = re.compile(r"<(font|b|u|i|c\.[\w.]+)\b[^>]*>(.*?)</(?:font|b|u|i|c)>", re.S)
_MARKUP = re.compile(r"</?(?:c|b|i|u|v|ruby|rt|lang|font|s|br)\b[^>]*>|<\d[\d:.,]*>|\{\\[^}]*\}")
_LONGEST_JOIN_S = 0.25  # a caption that rolls follows the one before it at once


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue as the file has it: rows with their markup."""

    start_s: float
    end_s: float
    rows: tuple[str, ...]

    @property
    def plain(self) -> tuple[str, ...]:
        """Rows without markup, empty ones left out."""
        rows = (_bare(row) for row in self.rows)
        return tuple(row for row in rows if row)


def reader(kind: str) -> Callable[[str, str], Source]:
    """A reader for one of the formats of cues with two times."""

    def read(text: str, name: str) -> Source:
        cues = _cues(text, SBV if kind == "SBV" else CUE)
        if not any(cue.plain for cue in cues):
            raise LyricsError(f"{name} has no cue with a time and a text; save it again as {kind}")
        lines = _highlighted(cues) or _grown(cues) or _rolled(cues) or [_line(cue) for cue in cues]
        return Source(tuple(line for line in lines if line.text), kind, text)

    return read


def _bare(row: str) -> str:
    return " ".join(html.unescape(_MARKUP.sub("", row)).replace("\u200b", "").split())


def _cues(text: str, pattern: re.Pattern[str]) -> list[Cue]:
    """Cues in order of time; a blank line ends one, and so does the number before the next."""
    found = list(pattern.finditer(text))
    cues = []
    for index, mark in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else None
        body = text[mark.end() : following.start() if following else len(text)].strip("\n")
        blocks = re.split(r"\n[ \t]*\n", body)
        rows = blocks[0].split("\n") if pattern is SBV or blocks[0].strip() else blocks[-1].split("\n")
        if following and len(blocks) == 1 and len(rows) > 1 and re.fullmatch(r"\s*\d+\s*", rows[-1]):
            rows = rows[:-1]  # no blank line: the next cue's number
        rows = [row for row in rows if not re.match(r"NOTE\b|STYLE\b|REGION\b", row)]
        start_s, end_s = clock(mark[1]), clock(mark[2])
        if end_s > start_s:
            cues.append(Cue(start_s, end_s, tuple(re.split(r"\n|<br ?/?>|\\N|\[br\]", "\n".join(rows)))))
    return sorted(cues, key=lambda cue: cue.start_s)


def _line(cue: Cue) -> RawLine:
    body = " ".join(cue.rows)
    if _STAMP.search(body):
        return line_of(_stamped(body, cue.start_s), cue.start_s, cue.end_s)
    return RawLine("\n".join(cue.plain), cue.start_s, cue.end_s)


def _stamped(body: str, start_s: float) -> tuple[RawWord, ...]:
    pieces = _STAMP.split(body)
    at_s, syllables = start_s, [Syllable(_loose(pieces[0]), start_s)]
    for stamp, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        at_s = clock(stamp)
        syllables.append(Syllable(_loose(piece), at_s))
    kept = [s for s in syllables if s.text.strip()]
    if not any(s.text != s.text.strip() for s in kept) and len(kept) > 1:
        kept = [replace(s, text=s.text + " ") for s in kept]
    return joined(kept)


def _loose(piece: str) -> str:
    """Without markup, but with the spaces that part words."""
    return html.unescape(_MARKUP.sub("", piece))


# --- repeats ----------------------------------------------------------------------------------------------------------


def _highlighted(cues: list[Cue]) -> list[RawLine] | None:
    """Karaoke: the same line cue after cue, another word lit each time."""
    runs: list[list[Cue]] = []
    for cue in cues:
        if runs and runs[-1][-1].plain == cue.plain and cue.start_s - runs[-1][-1].end_s < 2.0:
            runs[-1].append(cue)
        else:
            runs.append([cue])
    lit = [run for run in runs if len(run) > 1 and len({_lit(cue) for cue in run} - {None}) > 1]
    if sum(len(run) for run in lit) < 0.5 * len(cues):
        return None
    lines: list[RawLine] = []
    for run in runs:
        words = [RawWord(part) for row in run[0].plain for part in row.split()]
        for cue in run:
            at = _lit(cue)
            if at is not None and at < len(words) and words[at].start_s is None:
                words[at] = replace(words[at], start_s=cue.start_s, end_s=cue.end_s)
        if words:
            lines.append(line_of(words, run[0].start_s, run[-1].end_s))
    return lines


def _lit(cue: Cue) -> int | None:
    """The index of the one word of a cue that is lit; None where not exactly one part is."""
    body = " ".join(cue.rows)
    found = list(_LIT.finditer(body))
    whole = " ".join(cue.plain)
    marked = [one for one in found if 0 < len(_bare(one[2])) < len(whole)]
    if len(marked) != 1:
        return 0 if len(found) == 1 and len(whole.split()) == 1 else None
    return len(_bare(body[: marked[0].start()]).split())


def _grown(cues: list[Cue]) -> list[RawLine] | None:
    """A line that grows word by word: each cue is the last one and more."""
    texts = [" ".join(cue.plain).split() for cue in cues]
    grows = [a != b and len(a) > 0 and b[: len(a)] == a for a, b in itertools.pairwise(texts)]
    if len(cues) < 3 or sum(grows) < 0.6 * (len(cues) - 1):
        return None
    lines: list[list[RawWord]] = []
    for index, (cue, words) in enumerate(zip(cues, texts, strict=True)):
        follows = index > 0 and grows[index - 1]
        new = words[len(texts[index - 1]) :] if follows else words
        if not follows:
            lines.append([])
        lines[-1] += [RawWord(part, cue.start_s if n == 0 else None) for n, part in enumerate(new)]
    return [line_of(words) for words in lines if words]


def _rolled(cues: list[Cue]) -> list[RawLine] | None:
    """Captions that roll up: a cue begins with rows that the one before it ended with."""
    pairs = list(itertools.pairwise(cues))
    shared = [_shared(a, b) for a, b in pairs]
    tall = any(len(cue.plain) > 1 for cue in cues) or any(cue.end_s - cue.start_s < 0.05 for cue in cues)
    if not tall or sum(n > 0 for n in shared) < 0.5 * max(1, len(pairs)) or len(cues) < 3:
        return None
    lines = []
    for cue, old in zip(cues, [0, *shared], strict=True):
        rows = [row for row in cue.rows if _bare(row)][old:]
        if rows:
            lines.append(_line(replace(cue, rows=tuple(rows))))
    return lines


def _shared(before: Cue, cue: Cue) -> int:
    """How many rows at the end of `before` are the first rows of `cue`."""
    if cue.start_s - before.end_s > _LONGEST_JOIN_S and len(before.plain) < 2 and len(cue.plain) < 2:
        return 0
    most = min(len(before.plain), len(cue.plain))
    return next((n for n in range(most, 0, -1) if before.plain[-n:] == cue.plain[:n]), 0)


# --- frames and tenths ------------------------------------------------------------------------------------------------


def read_microdvd(text: str, name: str) -> Source:
    """{start}{end}text in frames; the rate stands in the first row, else nobody knows it."""
    rows = MICRODVD.findall(text)
    rate = re.fullmatch(r"\s*([\d.]+)\s*", rows[0][2]) if rows else None
    if rate is None or not 5 <= float(rate[1]) <= 240:
        raise LyricsError(f"{name} looks like MicroDVD, which counts frames of an unknown rate; export SRT")
    return _tenths(rows[1:], 1 / float(rate[1]), "MicroDVD", text, name)


def read_mpl2(text: str, name: str) -> Source:
    """[start][end]text in tenths of a second."""
    return _tenths(MPL2.findall(text), 0.1, "MPL2", text, name)


def _tenths(rows: list[tuple[str, str, str]], unit_s: float, kind: str, text: str, name: str) -> Source:
    lines = []
    for start, end, body in rows:
        said = re.sub(r"\{[a-zA-Z]:[^}]*\}|(?<![^|])/", "", body).replace("|", "\n").strip()
        if said:
            lines.append(RawLine(said, int(start) * unit_s, int(end) * unit_s if end else None))
    if not lines:
        raise LyricsError(f"{name} has no cue with a time and a text; save it again as SRT")
    return Source(tuple(lines), kind, text)


def read_tmplayer(text: str, name: str) -> Source:
    """hh:mm:ss:text; an empty row ends the one before it."""
    del name
    lines: list[RawLine] = []
    for stamp, body in TMPLAYER.findall(text):
        if body.strip():
            lines.append(RawLine(body.replace("|", "\n").strip(), clock(stamp)))
        elif lines:
            lines[-1] = replace(lines[-1], end_s=clock(stamp))
    return Source(tuple(lines), "TMPlayer", text)
