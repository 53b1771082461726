"""A performance as a timeline, and back: a clip over the vocal with words, phonemes, visemes and breaths as markers.

The whole document rides in the clip's metadata, so nothing is lost on the way; markers that somebody moved or
renamed in an editor come back as hand corrections.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

import opentimelineio as otio

from lipwright import document
from lipwright.corrections import corrected
from lipwright.errors import DocumentError
from lipwright.types import Performance, SpanEdit, SpanLayer, Track
from otio_lipwright.adapters.cues import cues_from_curves, plain
from otio_lipwright.edit.tree import all_clips

KEY = "lipwright"
# The document's own grid of 0.1 ms: times survive exactly, whatever the sample rate.
GRID = 10_000.0
COLORS = {
    "letters": "PINK",
    "words": "GREEN",
    "lines": "GREEN",
    "phonemes": "CYAN",
    "visemes": "ORANGE",
    "sounds": "WHITE",
}
LABELS: dict[str, str] = {"words": "text", "phonemes": "symbol", "sounds": "kind"}
LAYERS = ("words", "phonemes", "visemes", "breaths")


def timeline_from_performance(performance: Performance, *, rate: float = GRID, markers: str = ",".join(LAYERS)) -> Any:
    """A timeline with one audio clip over the vocal; `rate` is that of ranges, `markers` names the layers wanted."""
    timeline = otio.schema.Timeline(performance.vocal.name)
    track = otio.schema.Track("Vocal", kind=otio.schema.TrackKind.Audio)
    clip = otio.schema.Clip(performance.vocal.name, _reference(performance, rate))
    clip.source_range = span_range(0.0, performance.vocal.duration_s, rate)
    clip.metadata[KEY] = json.loads(document.dumps(performance))
    clip.metadata[f"{KEY}_visemes"] = _schema("VisemeTrack")(performance.vocal.name, curves_of(performance.visemes))
    shown = corrected(performance)
    wanted = [layer.strip() for layer in markers.split(",")]
    clip.markers.extend(list(_markers(shown, wanted, rate)))
    track.append(clip)
    timeline.tracks.append(track)
    return timeline


def performance_from_timeline(timeline: Any) -> Performance:
    """The performance in a timeline, markers that were moved laid over it as corrections. Raises DocumentError."""
    for clip in all_clips(timeline):
        data = clip.metadata.get(KEY)
        if isinstance(data, Mapping) or hasattr(data, "keys"):
            body = plain(data)
            if str(body.get("schema", "")).startswith(document.SCHEMA_NAME + "/"):
                performance = document.loads(json.dumps(body), name=f"clip {clip.name!r}")
                return _with_moved_markers(performance, clip)
    raise DocumentError(
        f"timeline {timeline.name!r} holds no performance; perform its vocal first (`lipwright perform`), or"
        " conform it (`lipwright conform`)"
    )


def curves_of(tracks: tuple[Track, ...]) -> dict[str, list[list[float]]]:
    """Tracks as {name: [[seconds], [values]]}."""
    return {track.name: [list(track.times_s), list(track.values)] for track in tracks}


def _schema(name: str) -> Any:
    """Our schema class as OTIO registered it: it loads the file itself, under a name of its own."""
    return getattr(otio.schema.schemadef.module_from_name("lipwright_schemas"), name)


def _reference(performance: Performance, rate: float) -> Any:
    vocal = performance.vocal
    reference = otio.schema.ExternalReference(vocal.name, span_range(0.0, vocal.duration_s, rate))
    reference.metadata[KEY] = {"sha256": vocal.sha256}
    return reference


def span_range(start_s: float, end_s: float, rate: float) -> Any:
    """Seconds as a TimeRange at `rate`, both ends rounded."""
    start, end = round(start_s * rate), round(end_s * rate)
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(end - start, rate)
    )


def _markers(performance: Performance, wanted: list[str], rate: float) -> Iterator[Any]:
    for layer in ("words", "phonemes", "sounds"):
        if layer not in wanted and not (layer == "sounds" and "breaths" in wanted):
            continue
        for index, span in enumerate(getattr(performance, layer)):
            label = getattr(span, LABELS[layer])
            if layer != "sounds" or label == "breath":
                yield marker_on(layer, index, label, span.start_s, span.end_s, rate)
    if "visemes" in wanted:
        yield from _viseme_markers(performance, rate)


def _viseme_markers(performance: Performance, rate: float) -> Iterator[Any]:
    """The strongest mouth over time; the full weights are in the metadata."""
    cues = cues_from_curves(curves_of(performance.visemes))
    ends = [cue[0] for cue in cues[1:]] + [performance.vocal.duration_s]
    for index, ((start_s, name, weight), end_s) in enumerate(zip(cues, ends, strict=True)):
        if end_s > start_s:
            marker = marker_on("visemes", index, name, start_s, end_s, rate)
            marker.metadata[KEY]["weight"] = weight
            yield marker


def marker_on(layer: str, index: int, label: str, start_s: float, end_s: float, rate: float) -> Any:
    """A marker of ours: its layer, number and label stay readable in its metadata."""
    return otio.schema.Marker(
        name=label,
        marked_range=span_range(start_s, end_s, rate),
        color=COLORS[layer],
        metadata={KEY: {"layer": layer, "index": index, "label": label}},
    )


def _with_moved_markers(performance: Performance, clip: Any) -> Performance:
    """Corrections for markers whose range or name is no longer what the performance says.

    Only markers that carry our layer and index count; one that is missing may have been dropped by a format, so
    nothing is removed for it.
    """
    shown = corrected(performance)
    edits = []
    for marker in clip.markers:
        facts = marker.metadata.get(KEY)
        if facts is not None and facts.get("layer") in LABELS:
            edit = _edit(shown, marker, str(facts["layer"]), int(facts.get("index", -1)))
            edits += [edit] if edit is not None else []
    if not edits:
        return performance
    corrections = performance.corrections
    return dataclasses.replace(
        performance, corrections=dataclasses.replace(corrections, spans=(*corrections.spans, *edits))
    )


def _edit(shown: Performance, marker: Any, layer: str, index: int) -> SpanEdit | None:
    spans = getattr(shown, layer)
    if not 0 <= index < len(spans):
        return None
    span, marked = spans[index], marker.marked_range
    rate = marked.start_time.rate
    was = span_range(span.start_s, span.end_s, rate)
    label = getattr(span, LABELS[layer])
    unmoved = was.start_time.value == marked.start_time.value and was.duration.value == marked.duration.value
    if (unmoved and str(marker.name) == label) or marked.duration.value <= 0:
        return None
    start_s, end_s = (span.start_s, span.end_s) if unmoved else _seconds(marked)
    if start_s < 0:
        return None
    kind: SpanLayer = layer  # type: ignore[assignment] # checked by the caller against LABELS
    return SpanEdit(kind, span.start_s, span.end_s, label, start_s, end_s, str(marker.name) or label)


def _seconds(marked: Any) -> tuple[float, float]:
    return round(marked.start_time.to_seconds(), 4), round(marked.end_time_exclusive().to_seconds(), 4)
