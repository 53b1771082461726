"""Hand corrections: kept apart from what was computed, laid over it whenever the result is needed.

Spans are found again by label and overlap, so a correction still fits after performing the vocal again.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from lipwright.types import (
    Corrections,
    Performance,
    PhonemeSpan,
    SoundSpan,
    SpanEdit,
    SpanLayer,
    Track,
    TrackEdit,
    WordSpan,
)

Span = TypeVar("Span", WordSpan, PhonemeSpan, SoundSpan)

# How far a span may have moved between two performances and still be the one that was corrected.
REACH_S = 0.25
BY_HAND = "hand"
_LABEL = {WordSpan: "text", PhonemeSpan: "symbol", SoundSpan: "kind"}


def corrected(performance: Performance) -> Performance:
    """The performance as the artist wants it: computed values with every correction laid over them.

    The `corrections` stay in place; laying them twice changes nothing.
    """
    edits = performance.corrections
    return dataclasses.replace(
        performance,
        words=edit_spans(performance.words, edits, "words"),
        phonemes=edit_spans(performance.phonemes, edits, "phonemes"),
        sounds=edit_spans(performance.sounds, edits, "sounds"),
        visemes=edit_tracks(performance.visemes, edits, "visemes"),
        channels=edit_tracks(performance.channels, edits, "channels"),
        mouth=edit_tracks(performance.mouth, edits, "mouth"),
    )


def edit_spans(spans: tuple[Span, ...], corrections: Corrections, layer: SpanLayer) -> tuple[Span, ...]:
    """`spans` with the corrections of one layer; neighbours give way, so that spans never overlap.

    An edit that finds nothing to correct is skipped: the computed result already changed beyond it.
    """
    kept = list(spans)
    for edit in corrections.spans:
        if edit.layer == layer:
            kept = _edit_one(kept, edit, layer)
    return tuple(kept)


def _edit_one(spans: list[Span], edit: SpanEdit, layer: SpanLayer) -> list[Span]:
    found = _find(spans, edit)
    if found is None and edit.match_label:
        return spans
    if edit.label is None:
        return [span for index, span in enumerate(spans) if index != found]
    rest: list[Span] = [span for index, span in enumerate(spans) if index != found]
    new: Span = _new_span(edit, layer) if found is None else _moved(spans[found], edit)
    earlier = [span for span in rest if span.start_s < new.start_s]
    later = [span for span in rest if span.start_s >= new.start_s]
    return _ending_before(earlier, new) + [new] + _starting_after(later, new)


def _find(spans: list[Span], edit: SpanEdit) -> int | None:
    """The span meant by `edit`: same label (before or after the edit), nearest within REACH_S."""
    if not edit.match_label:
        wanted = {edit.label}
        start_s, end_s, reach_s = edit.start_s, edit.end_s, 1e-6
    else:
        wanted = {edit.match_label, edit.label}
        start_s, end_s, reach_s = edit.match_start_s, edit.match_end_s, REACH_S
    best, best_distance = None, reach_s
    for index, span in enumerate(spans):
        if getattr(span, _LABEL[type(span)]) in wanted:
            distance = min(
                abs(span.start_s - start_s) + abs(span.end_s - end_s),
                abs(span.start_s - edit.start_s) + abs(span.end_s - edit.end_s),
            )
            if distance <= best_distance:
                best, best_distance = index, distance
    return best


def _moved(span: Span, edit: SpanEdit) -> Span:
    changes = {_LABEL[type(span)]: edit.label, "start_s": edit.start_s, "end_s": edit.end_s}
    return dataclasses.replace(span, **changes, confidence=1.0, engine=BY_HAND)  # type: ignore[arg-type]


def _new_span(edit: SpanEdit, layer: SpanLayer) -> Any:
    kind: Any = {"words": WordSpan, "phonemes": PhonemeSpan, "sounds": SoundSpan}[layer]
    return kind(edit.start_s, edit.end_s, edit.label, engine=BY_HAND)


def _ending_before(spans: list[Span], new: Span) -> list[Span]:
    cut = [s if s.end_s <= new.start_s else dataclasses.replace(s, end_s=new.start_s) for s in spans]
    return [s for s in cut if s.end_s > s.start_s]


def _starting_after(spans: list[Span], new: Span) -> list[Span]:
    return [
        s if s.start_s >= new.end_s else dataclasses.replace(s, start_s=new.end_s) for s in spans if s.end_s > new.end_s
    ]


def edit_tracks(tracks: tuple[Track, ...], corrections: Corrections, layer: str) -> tuple[Track, ...]:
    """`tracks` with the corrections of one layer; a correction of a missing curve adds it."""
    by_name = {track.name: track for track in tracks}
    for edit in corrections.tracks:
        if edit.layer == layer:
            by_name[edit.name] = edit_track(by_name.get(edit.name, Track(edit.name)), edit)
    return tuple(by_name.values())


# The old curve stops this long before the correction and goes on this long after it.
_SEAM_S = 0.001


def edit_track(track: Track, edit: TrackEdit) -> Track:
    """`track` with `edit`'s keys on [start_s, end_s]; outside, the curve is what it was."""
    inner = list(zip(edit.times_s, edit.values, strict=True)) or [(edit.start_s, 0.0), (edit.end_s, 0.0)]
    before = [key for key in zip(track.times_s, track.values, strict=True) if key[0] < edit.start_s]
    after = [key for key in zip(track.times_s, track.values, strict=True) if key[0] > edit.end_s]
    if track.times_s and edit.start_s > 0.0:
        seam_s = max(edit.start_s - _SEAM_S, 0.0)
        before = [key for key in before if key[0] < seam_s] + [(seam_s, track.at(edit.start_s))]
    if track.times_s:
        seam_s = edit.end_s + _SEAM_S
        after = [(seam_s, track.at(edit.end_s))] + [key for key in after if key[0] > seam_s]
    keys = [*before, *inner, *after]
    return Track(track.name, tuple(time_s for time_s, _ in keys), tuple(value for _, value in keys))
