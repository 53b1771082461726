"""Tables of words and times: CSV of any aligner, Audacity labels, CTM, HTK labels, Rhubarb's TSV."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Sequence

from lipwright.errors import LyricsError
from lipwright.lyrics.sources.raw import RawLine, RawWord, Source, clock, grouped, scaled, unit_of

# Column names of exporters, folded, without what is in brackets or after a unit.
_TEXT = (
    "word", "text", "label", "token", "content", "lyric", "lyrics", "utterance", "transcript", "transcription",
    "value", "annotation", "name", "sentence", "segment", "line", "caption", "subtitle", "phrase",
)  # fmt: skip
_START = (
    "start", "begin", "start_time", "starttime", "begin_time", "begintime", "onset", "from", "xmin", "tmin",
    "start_s", "start_ms", "start_sec", "time", "timestamp", "t0", "offset_start", "in", "in_point",
    "start_seconds", "tstart",
)  # fmt: skip
_END = (
    "end", "stop", "end_time", "endtime", "stop_time", "to", "xmax", "tmax", "end_s", "end_ms", "end_sec", "t1",
    "out", "offset_end", "out_point", "end_seconds", "offset", "tend", "finish",
)  # fmt: skip
_LENGTH = ("duration", "dur", "length", "duration_s", "duration_ms", "len")
_KIND = ("type", "tier", "kind", "level")
SILENCE = frozenset([
    "", "sil", "sp", "spn", "<eps>", "<sil>", "#", "_", "<unk>", "<p:>", "[sil]", "<s>", "</s>", "<silence>",
    "silence", "<p>", "{sl}", "(...)", "nsn", "+breath+", "[noise]", "<noise>",
])  # fmt: skip
_NUMBER = r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?"
_CTM = re.compile(rf"^\s*\S+\s+[\dA-Za-z]\s+({_NUMBER})\s+({_NUMBER})\s+(\S+)(?:\s+\S+)*\s*$")
_LABEL = re.compile(rf"^\s*({_NUMBER})\s+({_NUMBER})\s+(\S.*?)\s*$")
_TIMED = re.compile(
    r"^\s*((?:\d+:)?\d+:\d\d(?:[.,]\d+)?)\s*(?:-|–|->|\t|,|;)\s*((?:\d+:)?\d+:\d\d(?:[.,]\d+)?)[\s:,;]+(\S.*)$"
)
_FREQUENCY = re.compile(r"^\\\t")

Rows = list[list[str]]


def _plain_rows(text: str) -> list[str]:
    return [row for row in text.split("\n") if row.strip() and not _FREQUENCY.match(row) and not row.startswith(";;")]


def _most(pattern: re.Pattern[str], rows: Sequence[str]) -> bool:
    return bool(rows) and sum(bool(pattern.match(row)) for row in rows) >= max(1, 0.9 * len(rows))


def _are_times(rows: Sequence[str]) -> bool:
    """Whether the first numbers of the rows are times: fractions, or many figures; "1 2 buckle my shoe" is sung."""
    firsts = [row.split()[0] for row in rows]
    return any(re.search(r"[.,]\d", first) or len(first) > 5 for first in firsts) or all("\t" in row for row in rows)


def looks(text: str) -> bool:
    """Whether the text is a table of ours."""
    rows = _plain_rows(text)[:40]
    if _most(_CTM, rows) or (_most(_LABEL, rows) and _are_times(rows)) or _most(_TIMED, rows):
        return True
    if rows and all(re.match(rf"{_NUMBER}\t", row) for row in rows):
        return True
    fields = _fields(text)
    return fields is not None and _columns(fields) is not None


def read(text: str, name: str) -> Source:
    """Words or lines with their times. Raises LyricsError."""
    rows = _plain_rows(text)
    if _most(_CTM, rows):
        matches = [found for row in rows if (found := _CTM.match(row))]
        return _made([(m[1], m[2], m[3]) for m in matches], name, "CTM", length=True)
    for pattern, kind in ((_LABEL, "TSV"), (_TIMED, "TSV")):
        if _most(pattern, rows) and (pattern is not _LABEL or _are_times(rows)):
            matches = [found for row in rows if (found := pattern.match(row))]
            return _made([(m[1], m[2], m[3]) for m in matches], name, kind)
    if all(re.match(rf"{_NUMBER}\t", row) for row in rows) and max(row.count("\t") for row in rows) == 1:
        pairs = [row.split("\t") for row in rows]
        ends = [*[pair[0] for pair in pairs[1:]], ""]
        return _made([(p[0], end, p[1]) for p, end in zip(pairs, ends, strict=True)], name, "TSV")
    return _csv(text, name)


def _csv(text: str, name: str) -> Source:
    fields = _fields(text)
    found = _columns(fields) if fields else None
    if fields is None or found is None:
        raise LyricsError(f"{name} looks like a table without words and times; export columns word, start, end")
    word, start, end, length, kind, skip = found
    rows = [row for row in fields[skip:] if len(row) > max(word, start)]
    if kind is not None:
        rows = [row for row in rows if not re.match(r"phon|seg|char", row[kind].strip(), re.I)]
    other = end if end is not None else length
    cells = [(row[start], row[other] if other is not None and other < len(row) else "", row[word]) for row in rows]
    return _made(cells, name, "CSV", length=end is None and length is not None)


def _made(cells: list[tuple[str, str, str]], name: str, kind: str, *, length: bool = False) -> Source:
    """Cells (start, end or length, label) as lines."""
    if {label.strip() for *_, label in cells} <= set("ABCDEFGHX"):
        raise LyricsError(
            f"{name} holds mouth shapes, not words; give the words that were spoken as text, or import the shapes as"
            " they are in Blender (File > Import) or OpenTimelineIO"
        )
    words = []
    for begin, stop, label in cells:
        label = label.strip().strip('"').strip()
        if label.casefold() in SILENCE or label == "X":
            continue
        start_s = _time(begin)
        end_s = _time(stop) if stop.strip() else None
        end_s = start_s + end_s if length and end_s is not None else end_s
        words.append(RawWord(label, start_s, end_s if end_s is not None and end_s > start_s else None))
    if not words:
        raise LyricsError(f"{name} is a table without a word in it; export columns word, start, end")
    words.sort(key=lambda w: w.start_s or 0.0)
    words = scaled(words, unit_of([w.start_s for w in words if w.start_s is not None]))
    if any((word.start_s or 0.0) >= 1e6 for word in words):
        raise ValueError("a time is beyond any recording")
    several = any(" " in word.text for word in words)
    lines = [RawLine(w.text, w.start_s, w.end_s) for w in words] if several else grouped(words)
    return Source(tuple(lines), kind, " ".join(w.text for w in words))


def _time(cell: str) -> float:
    body = cell.strip().strip('"').removesuffix("s")
    if "inf" in body or "nan" in body.casefold():
        raise ValueError(f"{cell!r} is no time")
    value = clock(body)
    if value < 0:
        raise ValueError(f"{cell!r} is no time")
    return value


def _fields(text: str) -> Rows | None:
    """Cells of a table whose rows all have the same delimiter; None where there is none."""
    rows = _plain_rows(text)
    for delimiter in ("\t", ";", ",", "|"):
        if rows and sum(delimiter in row for row in rows) >= 0.9 * len(rows):
            table = [row for row in csv.reader(rows, delimiter=delimiter, skipinitialspace=True) if any(row)]
            if table and sum(len(row) == len(table[0]) for row in table) >= 0.8 * len(table) and len(table[0]) > 1:
                return table
    return None


Found = tuple[int, int, int | None, int | None, int | None, int]


def _columns(table: Rows) -> Found | None:
    """(word, start, end, length, kind, rows to skip): by the names in the first row, else by what the cells are."""
    heads = [
        re.sub(r"\s*[(\[].*$", "", cell).strip().strip('"\ufeff').casefold().replace(" ", "_").replace("-", "_")
        for cell in table[0]
    ]

    def named(names: Sequence[str]) -> int | None:
        return next((heads.index(one) for one in names if one in heads), None)

    word, start = named(_TEXT), named(_START)
    if word is not None and start is not None and len(table) > 1:
        return word, start, named(_END), named(_LENGTH), named(_KIND), 1
    return _by_cells(table)


def _by_cells(table: Rows) -> Found | None:
    width = min(len(row) for row in table)
    numbers: dict[int, list[float]] = {}
    for column in range(width):
        try:
            numbers[column] = [_time(row[column]) for row in table]
        except ValueError:
            continue
    rising = [c for c, values in numbers.items() if all(b >= a for a, b in itertools.pairwise(values))]
    texts = [c for c in range(width) if c not in numbers and any(re.search(r"[^\W\d_]", row[c]) for row in table)]
    if not texts or not rising:
        return None
    fractions = [c for c in rising if any(re.search(r"[.,:]", row[c]) for row in table)]
    start = (fractions or rising)[0]
    end = next(
        (c for c in rising if c > start and all(b > a for a, b in zip(numbers[start], numbers[c], strict=True))), None
    )
    if end is None and start not in fractions:
        return None  # whole numbers that rise count rows as well as anything else
    word = max(
        texts,
        key=lambda c: (
            sum(len(row[c].split()) for row in table),
            sum(not re.search(r"\d", row[c]) for row in table),
            c,
        ),
    )
    return word, start, end, None, None, 0
