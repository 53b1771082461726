"""Every text that carries lyrics, as lines with whatever times it knows."""

from __future__ import annotations

import html
import json
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lipwright.errors import LyricsError

# 100,000 words are about 600 kB; far above that the file is not lyrics.
MAX_BYTES = 8 * 1024 * 1024
MAX_LINES = 200_000


@dataclass(frozen=True, slots=True)
class RawWord:
    """A word as the file has it, with its time where known; `phones` where the file says them."""

    text: str
    start_s: float | None = None
    end_s: float | None = None
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as the file has it; `words` only where the file times them one by one."""

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


def read_source(source: Path | str) -> Source:
    """Lyrics from a file, or from the text itself when given as str. Raises LyricsError."""
    name = repr(source.name) if isinstance(source, Path) else "the lyrics"
    text, notes = _text_of(source) if isinstance(source, Path) else (source, ())
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    kind = sniff(text)
    if re.match(r"\s*(\{\\rtf|<!doctype html|<html|<\?xml)", text[:200], re.I):
        raise LyricsError(f"{name} is a formatted document, not plain text; save it as plain text (.txt)")
    try:
        read = READERS[kind](text, name)
    except LyricsError:
        raise
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise LyricsError(f"{name} is not a sound {kind} file ({error}); save it again, or give plain text") from error
    if len(read.lines) > MAX_LINES:
        raise LyricsError(f"{name} has {len(read.lines)} lines, too many for lyrics; choose the right file")
    return replace(read, notes=(*notes, *read.notes))


def sniff(text: str) -> str:
    """The format of `text`, by what it looks like and not by its name."""
    head = text.lstrip("\ufeff \n\t")[:4000]
    if head.startswith("WEBVTT"):
        return "VTT"
    if re.match(r'(File type = )?"ooTextFile', head):
        return "TextGrid"
    if head[:1] in "{[" and re.match(r"[\[{]\s*[\[{\"]", head):
        return "JSON"
    if re.search(r"^\s*\d+:\d\d:\d\d[,.]\d+\s*-->", head, re.M):
        return "SRT"
    if re.search(r"^\s*\[\d+:\d+(?:[.:]\d+)?\]", head, re.M):
        return "LRC"
    rows = [row for row in head.splitlines() if row.strip()][:20]
    if rows and all(re.match(r"\d+(\.\d+)?\t", row) for row in rows):
        return "TSV"
    return "text"


def _text_of(path: Path) -> tuple[str, tuple[str, ...]]:
    """The file's text: UTF-8, UTF-16 with a mark, else Windows-1252 with a note; LyricsError for what is no text."""
    name = repr(path.name)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise LyricsError(f"cannot read {name} ({error.strerror}); check the path") from error
    if len(data) > MAX_BYTES:
        raise LyricsError(f"{name} is over {MAX_BYTES // 2**20} MiB, too large for lyrics; choose the right file")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _checked(data.decode("utf-16", "replace"), name), ()
    try:
        return _checked(data.decode("utf-8-sig"), name), ()
    except UnicodeDecodeError:
        pass
    if b"\0" in data:
        raise LyricsError(f"{name} is not text (it holds zero bytes); choose a text file")
    text = _checked(data.decode("cp1252", "replace"), name)
    return text, (f"{name} is not UTF-8; it was read as Windows-1252, check its accents",)


def _checked(text: str, name: str) -> str:
    strange = sum(1 for c in text if unicodedata.category(c) in ("Cc", "Cn", "Co") and c not in "\n\r\t\f\v\x1c\x85")
    if "\0" in text or strange > 0.02 * len(text) or text.count("\ufffd") > 0.02 * len(text):
        raise LyricsError(f"{name} is not text (it holds binary data); choose a text file")
    return text


def _read_text(text: str, name: str) -> Source:
    del name
    return Source(tuple(RawLine(row) for row in text.split("\n")), "text", text)


# --- LRC ------------------------------------------------------------------------------------------------------------

_LRC_LINE = re.compile(r"\[(\d+):(\d+(?:[.:]\d+)?)\]")
_LRC_WORD = re.compile(r"<(\d+):(\d+(?:[.:]\d+)?)>")


def _minutes(match: tuple[str, str]) -> float:
    return int(match[0]) * 60 + float(match[1].replace(":", "."))


def _read_lrc(text: str, name: str) -> Source:
    """Simple and enhanced (A2) LRC; a line with several times is sung several times, an empty one ends the last.

    A line without a time keeps its place behind the line above it: a few times among plain lines are enough.
    """
    del name
    offset = re.search(r"\[offset:\s*([+-]?\d+)\s*\]", text, re.I)
    shift_s = -int(offset[1]) / 1000 if offset else 0.0
    rows: list[tuple[float, RawLine]] = []
    above_s = 0.0
    for row in text.split("\n"):
        stamps = _LRC_LINE.findall(row)
        body = _LRC_LINE.sub("", row).strip()
        if not stamps:
            if body and not re.fullmatch(r"\[\w+:.*\]", body):
                rows.append((above_s, RawLine(body)))
            continue
        first_s = _minutes(stamps[0])
        for stamp in stamps:
            at_s = max(0.0, _minutes(stamp) + shift_s)
            rows.append((at_s, _lrc_line(body, at_s, at_s - first_s)))
        above_s = max(0.0, first_s + shift_s)
    rows.sort(key=lambda row: row[0])
    return Source(tuple(_ended([row for _, row in rows])), "LRC", text)


def _lrc_line(body: str, start_s: float, shift_s: float) -> RawLine:
    body = re.sub(r"^[FMD]:\s*", "", body)  # Walaoke's singer marks
    pieces = _LRC_WORD.split(body)
    if len(pieces) == 1:
        return RawLine(body, start_s)
    words: list[RawWord] = [RawWord(piece, start_s) for piece in pieces[0].split()[:1]]
    words += [RawWord(piece) for piece in pieces[0].split()[1:]]
    for minute, second, piece in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=False):
        at_s = max(0.0, _minutes((minute, second)) + shift_s)
        if words and words[-1].end_s is None and words[-1].start_s is not None and words[-1].start_s < at_s:
            words[-1] = replace(words[-1], end_s=at_s)
        parts = piece.split()
        words += [RawWord(part, at_s if index == 0 else None) for index, part in enumerate(parts)]
    return RawLine(" ".join(word.text for word in words), start_s, None, tuple(words))


def _ended(rows: list[RawLine]) -> list[RawLine]:
    """Lines without the empty ones, which say where the line before them ends."""
    out: list[RawLine] = []
    for row in rows:
        if row.text.strip():
            out.append(row)
        elif (
            out and out[-1].end_s is None and row.start_s is not None and row.start_s > (out[-1].start_s or row.start_s)
        ):
            out[-1] = replace(out[-1], end_s=row.start_s)
    return out


# --- subtitles ------------------------------------------------------------------------------------------------------

_CUE = re.compile(r"((?:\d+:)?\d+:\d+[.,]\d+)\s*-->\s*((?:\d+:)?\d+:\d+[.,]\d+)")
_VTT_STAMP = re.compile(r"<((?:\d+:)?\d+:\d+\.\d+)>")


def _clock(text: str) -> float:
    total = 0.0
    for part in text.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def _read_subtitles(kind: str) -> Callable[[str, str], Source]:
    def read(text: str, name: str) -> Source:
        lines = []
        for block in re.split(r"\n[ \t]*\n", text):
            found = _CUE.search(block)
            if found is None:
                continue
            start_s, end_s = _clock(found[1]), _clock(found[2])
            body = block[found.end() :].partition("\n")[2]
            if end_s > start_s:
                lines += _cue_lines(body, start_s, end_s)
        if not lines:
            raise LyricsError(f"{name} has no cue with a time and a text; save it again as {kind}")
        return Source(tuple(sorted(lines, key=lambda line: line.start_s or 0.0)), kind, text)

    return read


def _cue_lines(body: str, start_s: float, end_s: float) -> list[RawLine]:
    body = re.sub(r"</?(?:c|b|i|u|v|ruby|rt|lang|font|s)\b[^>]*>|\{\\[^}]*\}", "", body)
    if _VTT_STAMP.search(body):
        pieces = _VTT_STAMP.split(body)
        words = [RawWord(part, start_s if n == 0 else None) for n, part in enumerate(pieces[0].split())]
        for stamp, piece in zip(pieces[1::2], pieces[2::2], strict=False):
            words += [RawWord(part, _clock(stamp) if n == 0 else None) for n, part in enumerate(piece.split())]
        return [RawLine(" ".join(w.text for w in words), start_s, end_s, tuple(words))]
    rows = [_spoken(html.unescape(row)) for row in body.split("\n")]
    text = " ".join(row for row in rows if row)
    return [RawLine(text, start_s, end_s)] if text else []


def _spoken(row: str) -> str:
    """A subtitle row without what nobody says: notes, the speaker's name, dashes."""
    row = re.sub(r"[♪♫#]+", " ", row)
    row = re.sub(r"^\s*[-–—]\s*", "", row)
    row = re.sub(r"^[A-Z][A-Z .']{1,24}:\s+", "", row)
    return "" if re.fullmatch(r"\s*\([^)]*\)\s*", row) else row.strip()


# --- known times ----------------------------------------------------------------------------------------------------


def _read_textgrid(text: str, name: str) -> Source:
    from lipwright.lyrics.textgrid import words_of

    words = words_of(text, name)
    return Source(tuple(_grouped(words)), "TextGrid", " ".join(w.text for w in words), truth=True)


def _read_tsv(text: str, name: str) -> Source:
    """`start TAB word` (Rhubarb's layout) or `start TAB end TAB word` (Audacity's labels)."""
    rows = [row.split("\t") for row in text.split("\n") if row.strip()]
    shapes = {row[-1].strip() for row in rows}
    if shapes <= set("ABCDEFGHX"):
        raise LyricsError(
            f"{name} holds mouth shapes, not words; give the words that were spoken as text, or import the shapes as"
            " they are in Blender (File > Import) or OpenTimelineIO"
        )
    words = []
    for index, row in enumerate(rows):
        label = row[-1].strip()
        start_s = _finite(row[0])
        follows_s = _finite(rows[index + 1][0]) if index + 1 < len(rows) else None
        end_s = _finite(row[1]) if len(row) > 2 else follows_s
        if label and label not in ("X", "sil", "sp", "<eps>"):
            words.append(RawWord(label, start_s, end_s if end_s is not None and end_s > start_s else None))
    return Source(tuple(_grouped(words)), "TSV", " ".join(w.text for w in words))


_TEXT_KEYS = ("word", "text", "w", "label", "value", "alignedWord")
_START_KEYS = ("start_s", "start", "begin", "s", "startTime", "start_time", "from")
_END_KEYS = ("end_s", "end", "e", "endTime", "end_time", "to")


def _read_json(text: str, name: str) -> Source:
    """Lists of words with times, as transcribers and aligners write them (Whisper, gentle, our own)."""
    lines: list[RawLine] = []
    loose: list[RawWord] = []
    body = json.loads(text)
    _walk(body, lines, loose, 0)
    lines += _grouped(loose)
    if not lines:
        raise LyricsError(f"{name} is JSON without words and times; give a list of {{word, start, end}}")
    truth = isinstance(body, dict) and body.get("truth") is True
    return Source(tuple(lines), "JSON", "\n".join(line.text for line in lines), truth)


def _walk(body: Any, lines: list[RawLine], loose: list[RawWord], depth: int) -> None:
    if depth > 8:
        return
    if isinstance(body, list):
        for item in body:
            word = _json_word(item)
            if word is not None:
                loose.append(word)
            else:
                _walk(item, lines, loose, depth + 1)
    elif isinstance(body, dict):
        own: list[RawWord] = []
        for key in ("segments", "lines", "words", "fragments", "alignment", "monologues", "elements"):
            if key in body:
                _walk(body[key], lines, own, depth + 1)
        if own:
            times = [w.start_s for w in own if w.start_s is not None]
            lines.append(RawLine(" ".join(w.text for w in own), times[0] if times else None, None, tuple(own)))


def _json_word(item: Any) -> RawWord | None:
    if isinstance(item, list) and len(item) == 3 and isinstance(item[2], str):
        return RawWord(item[2].strip(), _finite(item[0]), _finite(item[1]))
    if not isinstance(item, dict) or any(isinstance(item.get(k), list) for k in ("words", "elements")):
        return None
    text = next((item[key] for key in _TEXT_KEYS if isinstance(item.get(key), str)), None)
    if text is None or not text.strip():
        return None
    start, end = (next((item[k] for k in keys if item.get(k) is not None), None) for keys in (_START_KEYS, _END_KEYS))
    return RawWord(text.strip(), None if start is None else _finite(start), None if end is None else _finite(end))


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or not 0.0 <= number < 1e6:
        raise ValueError(f"{value!r} is no time")
    return number


# A gap as long as this starts a new line where a file has words only.
_LINE_GAP_S = 0.6


def _grouped(words: list[RawWord]) -> list[RawLine]:
    groups: list[list[RawWord]] = []
    for word in words:
        last = groups[-1][-1] if groups else None
        ended_s = None if last is None else (last.end_s or last.start_s)
        if last is None or (word.start_s is not None and ended_s is not None and word.start_s - ended_s > _LINE_GAP_S):
            groups.append([])
        groups[-1].append(word)
    return [RawLine(" ".join(w.text for w in g), g[0].start_s, g[-1].end_s, tuple(g)) for g in groups]


READERS: dict[str, Callable[[str, str], Source]] = {
    "text": _read_text,
    "LRC": _read_lrc,
    "SRT": _read_subtitles("SRT"),
    "VTT": _read_subtitles("VTT"),
    "TextGrid": _read_textgrid,
    "TSV": _read_tsv,
    "JSON": _read_json,
}
