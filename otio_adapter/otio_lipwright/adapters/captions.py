"""LRC, SRT, VTT, TextGrid and Rhubarb TSV as timelines, through the core's own readers and writers of those formats."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from lipwright.errors import DocumentError, LyricsError
from lipwright.exports import text_of
from lipwright.lyrics.sources import RawLine, RawWord, read_source
from lipwright.types import Direction, Performance, PhonemeSpan, Provenance, VocalInfo, WordSpan
from otio_lipwright.adapters.performances import GRID, KEY, marker_on, performance_from_timeline, span_range
from otio_lipwright.edit.tree import all_clips

# A line or word whose end no format says lasts until the next, and at most this long.
LONGEST_S = 5.0


def timeline_from_text(text: str, name: str = "lyrics") -> Any:
    """A timeline whose one clip has a marker for each word; for each line where only lines are timed.

    Raises LyricsError for text without times.
    """
    lines = _timed(read_source(text).lines)
    if not lines:
        raise LyricsError(f"{name} says no times, so nothing can be put on a timeline; align it with a vocal first")
    end_s = max(words[-1][2] for _, words in lines)
    clip = otio.schema.Clip(name, otio.schema.MissingReference(name), span_range(0.0, end_s, GRID))
    for line, (layer, words) in enumerate(lines):
        for label, start_s, stop_s in words:
            marker = marker_on(layer, len(clip.markers), label, start_s, stop_s, GRID)
            marker.metadata[KEY]["line"] = line
            clip.markers.append(marker)
    timeline, track = otio.schema.Timeline(name), otio.schema.Track("Lyrics", kind=otio.schema.TrackKind.Audio)
    track.append(clip)
    timeline.tracks.append(track)
    return timeline


def text_from_timeline(timeline: Any, format: str) -> str:  # noqa: A002 - the core's word for it
    """What the core exports in that format, of the performance in the timeline, else of its word markers."""
    try:
        performance = performance_from_timeline(timeline)
    except DocumentError:
        performance = _from_markers(timeline)
    return text_of(performance, format)


def _timed(lines: tuple[RawLine, ...]) -> list[tuple[str, list[tuple[str, float, float]]]]:
    """(layer, [(label, start, end)]) for each line that has a time."""
    starts = [line.start_s if line.start_s is not None else _first(line) for line in lines]
    out: list[tuple[str, list[tuple[str, float, float]]]] = []
    for index, line in enumerate(lines):
        later = next((start for start in starts[index + 1 :] if start is not None), None)
        words = _words(line, later)
        start_s = starts[index]
        if words:
            out.append(("words", words))
        elif start_s is not None and line.text.strip():
            end_s = _end(start_s, line.end_s, later)
            out.append(("lines", [(" ".join(line.text.split()), start_s, end_s)]))
    return out


def _first(line: RawLine) -> float | None:
    return next((word.start_s for word in line.words if word.start_s is not None), None)


def _words(line: RawLine, later: float | None) -> list[tuple[str, float, float]]:
    timed: list[tuple[RawWord, float]] = [
        (w, w.start_s) for w in line.words if w.start_s is not None and w.text.strip()
    ]
    out = []
    for index, (word, start_s) in enumerate(timed):
        following = timed[index + 1][1] if index + 1 < len(timed) else (line.end_s or later)
        out.append((word.text.strip(), start_s, _end(start_s, word.end_s, following)))
    return out


def _end(start_s: float, end_s: float | None, later: float | None) -> float:
    for candidate in (end_s, later):
        if candidate is not None and candidate > start_s:
            return min(candidate, start_s + LONGEST_S) if end_s is None else candidate
    return start_s + LONGEST_S


def _from_markers(timeline: Any) -> Performance:
    """A performance of nothing but the words and phonemes that our markers hold; a line becomes its words."""
    words: list[WordSpan] = []
    phonemes: list[PhonemeSpan] = []
    end_s = 0.0
    for clip in all_clips(timeline):
        for marker in clip.markers:
            facts = marker.metadata.get(KEY) or {}
            start_s = marker.marked_range.start_time.to_seconds()
            stop_s = marker.marked_range.end_time_exclusive().to_seconds()
            if not 0 <= start_s < stop_s:
                continue
            end_s = max(end_s, stop_s)
            if facts.get("layer") == "phonemes":
                phonemes.append(PhonemeSpan(start_s, stop_s, str(marker.name)))
            elif facts.get("layer") in ("words", "lines"):
                words += _spread(str(marker.name), start_s, stop_s, facts.get("line"))
    if not words and not phonemes:
        raise DocumentError(
            f"timeline {timeline.name!r} holds neither a performance nor words; perform its vocal first"
        )
    info = VocalInfo(str(timeline.name), "", end_s, 48_000, 1)
    spoken, said = tuple(sorted(words, key=lambda w: w.start_s)), tuple(sorted(phonemes))
    return Performance(info, Direction(), Provenance(""), words=spoken, phonemes=said)


def _spread(text: str, start_s: float, end_s: float, line: int | None) -> list[WordSpan]:
    """The words of a marker over its length, by their letters: a word marker holds one, a line marker many."""
    parts = text.split() or [text]
    total, at, out = sum(map(len, parts)) or 1, 0, []
    for part in parts:
        low = start_s + (end_s - start_s) * at / total
        at += len(part) or 1
        out.append(WordSpan(low, start_s + (end_s - start_s) * at / total, part, line=line))
    return out
