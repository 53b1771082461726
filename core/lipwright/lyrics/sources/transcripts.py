"""JSON with words and times, as transcribers, aligners and lyric services write it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lipwright.errors import LyricsError
from lipwright.lyrics.sources import lrc
from lipwright.lyrics.sources.raw import (
    RawLine,
    RawWord,
    Source,
    Syllable,
    grouped,
    joined,
    line_of,
    seconds,
    unit_of,
)  # fmt: skip
from lipwright.types import LeftOut

_DEEPEST = 14
_LONG = 12  # words; a longer "line" is a whole transcript, and is parted at its pauses
_TEXT = (
    "punctuated_word", "word", "text", "Word", "w", "label", "value", "alignedWord", "content", "transcript",
    "sentence", "caption", "line", "lyric", "words",
)  # fmt: skip
# Key -> seconds in one unit; None: seconds, or thousandths where the whole file looks so.
_STARTS: dict[str, float | None] = {
    "start_s": None, "start": None, "begin": None, "s": None, "startTime": None, "start_time": None, "from": None,
    "startOffset": None, "start_offset": None, "ts": None, "begin_time": None, "startTimeMs": 1e-3,
    "start_ms": 1e-3, "startMs": 1e-3, "tStartMs": 1e-3, "offsetInTicks": 1e-7, "Offset": 1e-7, "offset": None,
    "start_frame": None, "t0": None, "time": None, "seconds": None,
}  # fmt: skip
_ENDS: dict[str, float | None] = {
    "end_s": None, "end": None, "e": None, "endTime": None, "end_time": None, "to": None, "endOffset": None,
    "end_offset": None, "end_ts": None, "te": None, "stop": None, "endTimeMs": 1e-3, "end_ms": 1e-3, "endMs": 1e-3,
    "t1": None,
}  # fmt: skip
_LENGTHS: dict[str, float | None] = {
    "duration": None, "dur": None, "dDurationMs": 1e-3, "durationInTicks": 1e-7, "Duration": 1e-7,
    "duration_ms": 1e-3,
}  # fmt: skip
# Where words lie, most detailed first: the first that holds any is read, the others say the same again.
_WITHIN = (
    "segments", "lines", "words", "Words", "fragments", "children", "alignment", "monologues", "elements",
    "transcription", "channels", "alternatives", "items", "results", "result", "response", "chunks",
    "recognizedPhrases", "nBest", "NBest", "timestamps", "timestamp", "word", "entries", "sentences", "paragraphs",
    "utterances", "lyrics", "captions", "subtitles", "cues", "phrases", "voices", "data", "transcript",
    "transcripts", "word_segments", "body", "content", "output", "text",
)  # fmt: skip
# What may lie in a word itself: letters of it, and other ways to hear it.
_PARTS = frozenset(["alternatives", "characters", "phones", "timestamp"])
_FIRST_ONLY = frozenset(["alternatives", "nBest", "NBest", "channels"])
_NOISE = frozenset(["punctuation", "punct", "spacing", "audio_event", "phones", "phone"])


@dataclass
class _Found:
    """What a walk gathers: lines, loose words, their raw starts, and whether any unit was said."""

    lines: list[RawLine] = field(default_factory=list)
    loose: list[RawWord] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    told: bool = False


def read(text: str, name: str) -> Source:
    """The shapes that need care by their keys, then any list of words or lines with times."""
    body = _parsed(text)
    notes: tuple[str, ...] = ()
    if isinstance(body, list) and body and all(isinstance(one, dict) and "syncedLyrics" in one for one in body):
        notes = (f"{name} holds {len(body)} songs; the first was read",) if len(body) > 1 else ()
        body = body[0]
    for shape in _SHAPES:
        found = shape(body, text, name)
        if found is not None and found.lines:
            return Source(found.lines, found.kind, text, found.truth, (*notes, *found.notes), found.left_out)
    walked = _Found()
    _walk(body, walked, 0)
    lines = _in_seconds(walked)
    if not any(line.text.strip() for line in lines):
        raise LyricsError(f"{name} is JSON without words and times; give a list of {{word, start, end}}")
    truth = isinstance(body, dict) and body.get("truth") is True
    said = "\n".join(line.text for line in lines)
    return Source(tuple(lines), "JSON", said, truth, left_out=tuple(walked.left_out))


def _parsed(text: str) -> Any:
    """One JSON value, or a list of those that follow each other (JSON lines)."""
    decoder, at, values = json.JSONDecoder(), 0, []
    body = text.strip().lstrip("\ufeff")
    while at < len(body):
        value, at = decoder.raw_decode(body, at)
        values.append(value)
        at += len(re.match(r"[\s,]*", body[at:])[0])  # type: ignore[index]
    return values[0] if len(values) == 1 else values


# --- shapes by their keys ---------------------------------------------------------------------------------------------


def _lyric_service(body: Any, text: str, name: str) -> Source | None:
    """LRCLIB, NetEase, QQ: an LRC inside; without one the plain text."""
    if not isinstance(body, dict):
        return None
    synced = body.get("syncedLyrics") or body.get("synced_lyrics")
    if not synced and isinstance(body.get("lrc"), dict):
        synced = body["lrc"].get("lyric")
    if not synced and isinstance(body.get("lyric"), str) and lrc.STAMP.search(body["lyric"]):
        synced = body["lyric"]
    if isinstance(synced, str) and synced.strip():
        return lrc.read(synced, name)
    plain = body.get("plainLyrics") or body.get("plain_lyrics")
    plain = plain or (body.get("lyrics") if isinstance(body.get("lyrics"), str) else None)
    if isinstance(plain, str) and plain.strip():
        return Source(tuple(RawLine(row) for row in plain.split("\n")), "text", text)
    if body.get("instrumental") is True:
        raise LyricsError(f"{name} says that the song is instrumental; leave the lyrics out")
    return None


def _characters(body: Any, text: str, name: str) -> Source | None:
    """ElevenLabs' alignment: letters with times."""
    del name
    for part in (body, body.get("alignment"), body.get("normalized_alignment")) if isinstance(body, dict) else ():
        if isinstance(part, dict) and isinstance(part.get("characters"), list):
            starts = part.get("character_start_times_seconds") or []
            ends = part.get("character_end_times_seconds") or [None] * len(starts)
            letters = [
                Syllable(str(c), seconds(a), None if b is None else seconds(b))
                for c, a, b in zip(part["characters"], starts, ends, strict=False)
            ]
            return Source(tuple(_of_letters(letters)), "JSON", text)
    return None


def _of_letters(letters: list[Syllable]) -> Iterator[RawLine]:
    row: list[Syllable] = []
    for letter in [*letters, Syllable("\n", 0.0)]:
        if letter.text == "\n":
            yield from grouped(list(joined(row))) if row else ()
            row = []
        elif letter.text.isspace() and row:
            row[-1] = Syllable(row[-1].text + " ", row[-1].start_s, row[-1].end_s)
        elif not letter.text.isspace():
            row.append(letter)


def _youtube(body: Any, text: str, name: str) -> Source | None:
    """YouTube's json3: events of pieces; events that only append a new line say nothing."""
    del name
    events = body.get("events") if isinstance(body, dict) else None
    if not isinstance(events, list) or not any(isinstance(e, dict) and "segs" in e for e in events):
        return None
    lines = []
    for event in events:
        pieces = [p for p in event.get("segs", ()) if str(p.get("utf8", "")).strip("\n")]
        start_s = float(event.get("tStartMs", 0)) / 1000
        if not pieces or event.get("aAppend"):
            continue
        end_s = start_s + float(event["dDurationMs"]) / 1000 if event.get("dDurationMs") else None
        if any("tOffsetMs" in p for p in pieces):
            timed = [Syllable(str(p["utf8"]), start_s + float(p.get("tOffsetMs", 0)) / 1000) for p in pieces]
            lines.append(line_of(joined(timed), start_s, end_s))
        else:
            lines.append(RawLine("".join(str(p["utf8"]) for p in pieces).strip(), start_s, end_s))
    return Source(tuple(lines), "YouTube JSON", text)


def _whisper_cpp(body: Any, text: str, name: str) -> Source | None:
    """whisper.cpp: offsets in thousandths; with -ojf the tokens of each piece, a space before each new word."""
    del name
    rows = body.get("transcription") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows or "offsets" not in rows[0]:
        return None

    def tokens(row: dict[str, Any]) -> list[Syllable]:
        kept = [t for t in row.get("tokens", ()) if not re.fullmatch(r"\s*\[_.*\]|<\|.*\|>", str(t.get("text", "")))]
        return [
            Syllable(t["text"], t["offsets"]["from"] / 1000, t["offsets"]["to"] / 1000) for t in kept if "offsets" in t
        ]

    if all(len(row["text"].split()) <= 1 for row in rows) and len(rows) > 1:  # -ml 1: a word, or a piece of one, a row
        pieces = [
            Syllable(r["text"], r["offsets"]["from"] / 1000, r["offsets"]["to"] / 1000) for r in rows if r["text"]
        ]
        if not any(piece.text[:1].isspace() for piece in pieces):
            pieces = [Syllable(f" {p.text}", p.start_s, p.end_s) for p in pieces]
        return Source(tuple(grouped(list(joined(pieces)))), "JSON", text)
    lines = []
    for row in rows:
        start_s, end_s = row["offsets"]["from"] / 1000, row["offsets"]["to"] / 1000
        pieces = tokens(row)
        lines.append(
            line_of(joined(pieces), start_s, end_s) if pieces else RawLine(row["text"].strip(), start_s, end_s)
        )
    return Source(tuple(line for line in lines if line.text), "JSON", text)


def _richsync(body: Any, text: str, name: str) -> Source | None:
    """Musixmatch's rich sync: {ts, te, l: [{c, o}]}."""
    del name
    if not isinstance(body, list) or not body or not all(isinstance(r, dict) and "l" in r and "ts" in r for r in body):
        return None
    lines = []
    for row in body:
        pieces = [Syllable(str(p["c"]), float(row["ts"]) + float(p["o"])) for p in row["l"] if str(p.get("c", ""))]
        spaced = [
            Syllable(a.text + (" " if b is not None and b.text.isspace() else ""), a.start_s)
            for a, b in zip(pieces, [*pieces[1:], None], strict=True)
            if not a.text.isspace()
        ]
        lines.append(line_of(joined(spaced), float(row["ts"]), float(row["te"]) if "te" in row else None))
    return Source(tuple(lines), "JSON", text)


def _mfa(body: Any, text: str, name: str) -> Source | None:
    """The Montreal Forced Aligner: tiers of [start, end, label]; words of every speaker."""
    tiers = body.get("tiers") if isinstance(body, dict) else None
    if not isinstance(tiers, dict):
        return None
    labels = [label for label in tiers if re.search(r"word|utter|text", label, re.I)]
    if not labels:
        raise LyricsError(f"{name} has no word tier (tiers: {', '.join(tiers) or 'none'}); name one 'words'")
    entries = sorted(tuple(e[:3]) for label in labels for e in tiers[label].get("entries", ()))
    words = [RawWord(str(w).strip(), seconds(a), seconds(b)) for a, b, w in entries if not _silent(str(w))]
    return Source(tuple(grouped(words)), "JSON", text)


def _papagayo(body: Any, text: str, name: str) -> Source | None:
    """Papagayo-NG: frames of `fps`."""
    del name
    if not isinstance(body, dict) or not isinstance(body.get("voices"), list) or "fps" not in body:
        return None
    rate, lines = float(body["fps"]), []
    for voice in body["voices"]:
        for phrase in voice.get("phrases", ()):
            words = [
                RawWord(str(w.get("text", "")), w["start_frame"] / rate, (w["end_frame"] + 1) / rate)
                for w in phrase.get("words", ())
            ]
            lines += [line_of(words)] if words else []
    return Source(tuple(lines), "Papagayo", text)


def _mouths(body: Any, text: str, name: str) -> Source | None:
    del text
    if isinstance(body, dict) and "mouthCues" in body:
        raise LyricsError(
            f"{name} holds mouth shapes, not words; give the words that were spoken as text, or import the shapes as"
            " they are in Blender (File > Import) or OpenTimelineIO"
        )
    return None


_SHAPES: tuple[Callable[[Any, str, str], Source | None], ...] = (
    _mouths, _lyric_service, _characters, _youtube, _whisper_cpp, _richsync, _mfa, _papagayo,
)  # fmt: skip


# --- any list of words ------------------------------------------------------------------------------------------------


def _walk(body: Any, out: _Found, depth: int) -> None:
    if depth > _DEEPEST:
        return
    if isinstance(body, list):
        for item in body:
            word = _word(item, out)
            if word is None:
                _walk(item, out, depth + 1)
            elif " " in word.text and word.start_s is not None:
                out.lines.append(RawLine(word.text, word.start_s, word.end_s))
            else:
                out.loose.append(word)
    elif isinstance(body, dict):
        _inside(body, out, depth)


def _inside(body: dict[str, Any], out: _Found, depth: int) -> None:
    """The most detailed list of a dict; its own words are a line, and so is its text where there are none."""
    spare: _Found | None = None
    for key in _WITHIN:
        value = body.get(key)
        if not isinstance(value, list | dict) or not value:
            continue
        inner = _Found()
        _walk(value[:1] if key in _FIRST_ONLY and isinstance(value, list) else value, inner, depth + 1)
        if any(word.start_s is not None for word in inner.loose) or any(
            line.start_s is not None for line in inner.lines
        ):
            return _take(inner, out, depth)
        if (inner.loose or inner.lines) and spare is None:
            spare = inner
    own = _word({k: v for k, v in body.items() if not isinstance(v, list)}, out) if depth else None
    if own is not None and own.start_s is not None:
        out.lines.append(RawLine(own.text, own.start_s, own.end_s))
    elif spare is not None:
        _take(spare, out, depth)
    return None


def _take(inner: _Found, out: _Found, depth: int) -> None:
    out.told = out.told or inner.told
    out.left_out += inner.left_out
    out.lines += inner.lines
    if depth == 0 or not inner.loose:
        out.loose += inner.loose
    else:
        out.lines.append(line_of(inner.loose) if inner.loose else RawLine(""))


def _word(item: Any, out: _Found) -> RawWord | None:
    if isinstance(item, list) and len(item) in (3, 4):
        return _row(item)
    if not isinstance(item, dict) or any(_holds_more(item.get(key)) for key in _WITHIN if key not in _PARTS):
        return None
    kind = str(item.get("type", "")).casefold()
    text = next((item[key] for key in _TEXT if isinstance(item.get(key), str) and item[key].strip()), None)
    if text is None and isinstance(item.get("alternatives"), list) and item["alternatives"]:
        first = item["alternatives"][0]
        text = first.get("content") if isinstance(first, dict) else None  # AWS, Speechmatics
    if text is None and isinstance(item.get("lines"), list):
        text = " ".join(map(str, item["lines"]))  # aeneas
    if text is None and isinstance(item.get("lines"), str):
        text = item["lines"]
    if text is None or not text.strip() or _silent(text):
        return None
    if kind in _NOISE:
        if kind == "audio_event":
            out.left_out.append(LeftOut(text.strip(), "a sound, not a word"))
        return None
    start, end = _at(item, _STARTS, out), _at(item, _ENDS, out)
    pair = item.get("timestamp")
    if start is None and isinstance(pair, list) and len(pair) == 2:
        start, end = (None if one is None else seconds(one) for one in pair)
    if start is not None and end is None:
        length = _at(item, _LENGTHS, out)
        end = start + length if length else None
    if (start is not None and start >= 1e9) or (end is not None and end >= 1e9):
        raise ValueError("a time is beyond any recording")
    return RawWord(text.strip(), start, end if end is None or start is None or end > start else None)


def _holds_more(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict | list)


def _row(item: list[Any]) -> RawWord | None:
    """[0.5, 0.9, "word"] or ["word", 0.5, 0.9]."""
    texts = [one for one in item[:3] if isinstance(one, str) and not re.fullmatch(r"[\d.]+s?", one)]
    times = [one for one in item if isinstance(one, int | float) and not isinstance(one, bool)][:2]
    if len(texts) != 1 or len(times) != 2 or _silent(texts[0]):
        return None
    return RawWord(texts[0].strip(), seconds(times[0]), seconds(times[1]))


def _at(item: dict[str, Any], keys: dict[str, float | None], out: _Found) -> float | None:
    for key, unit in keys.items():
        value = item.get(key)
        if value is None or isinstance(value, list):
            continue
        if unit is not None and not isinstance(value, dict):
            out.told = True
            found = seconds(value)
            return found if isinstance(value, str) and value.startswith("PT") else found * unit
        if isinstance(value, str) and re.search(r"[a-zA-Z:]", value):
            out.told = True
        return seconds(value)
    return None


def _silent(text: str) -> bool:
    return text.strip().casefold() in ("", "sil", "sp", "spn", "<eps>", "<sil>", "<unk>", "<pad>")


def _in_seconds(found: _Found) -> list[RawLine]:
    """The lines in order, their times in seconds whatever unit the file counts in."""
    lines = found.lines + grouped(found.loose)
    starts = [w.start_s for line in lines for w in line.words if w.start_s is not None]
    starts = starts or [line.start_s for line in lines if line.start_s is not None]
    unit = 1.0 if found.told else unit_of(starts)
    if unit != 1.0:
        lines = [_scaled(line, unit) for line in lines]
        if not found.lines:
            lines = grouped([word for line in lines for word in line.words])
    return [part for line in lines for part in (grouped(list(line.words)) if len(line.words) > _LONG else [line])]


def _scaled(line: RawLine, unit: float) -> RawLine:
    def times(at: RawLine | RawWord) -> tuple[float | None, float | None]:
        return (None if at.start_s is None else at.start_s * unit, None if at.end_s is None else at.end_s * unit)

    words = tuple(RawWord(w.text, *times(w), w.phones) for w in line.words)
    return RawLine(line.text, *times(line), words)
