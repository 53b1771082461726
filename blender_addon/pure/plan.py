"""From a performance to the keys that Blender gets: pure arithmetic, no bpy.

A mapping says which viseme or channel moves which control, and how much; a plan is one curve for each control, with
keys at true (fractional) frames. `apply.py` writes it.

Arrays: times float64 (K,) seconds or frames, rising; values float64 (K,).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipwright.corrections import edit_spans, edit_track
from lipwright.types import HEAD, MOUTH, VISEMES, Performance, Track

from .curves import Line, add_lines, box_filter, thin, tidy
from .mapping import Control, FaceMap, Row

Array = NDArray[np.float64]

# A key that the straight line between its neighbours misses by less than this cannot be seen on a face.
TOLERANCE = 0.01
# Lips that must meet. Quieter acting may not keep them apart, so only the last quarter of the intensity opens them.
CLOSED = ("PP", "FF")
CLOSED_KNEE = 0.25
# How much of each viseme is an open jaw, and how much is the lips' shape: the jaw drop and lip rounding that the
# Oculus reference pictures show, in quarters.
JAW_SHARE = {"aa": 1.0, "E": 0.75, "oh": 0.75, "ih": 0.5, "RR": 0.25, "kk": 0.5, "nn": 0.25, "DD": 0.25, "ou": 0.25}
LIP_SHARE = {"ou": 1.0, "oh": 0.75, "CH": 0.75, "RR": 0.5, "SS": 0.5, "ih": 0.5, "E": 0.5}
# What the face says beside the mouth, by the beginnings of ARKit's names; blinks and looks are not expression.
EXPRESSION = ("brow", "cheek", "nose", "eyeSquint", "eyeWide")
# Corrections of a control that several sources move are kept under this prefix in the document's channels.
RIG_PREFIX = "rig:"
# A sprite that shows for less than this flickers.
SPRITE_HOLD_S = 2 / 24
SILENT = 0.12


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the vocal's first sample lies on Blender's frame axis."""

    fps: Fraction
    start_frame: float = 1.0

    def frames(self, times_s: Any) -> Array:
        """Frame positions (fractional) of times."""
        return np.asarray(times_s, float) * float(self.fps) + self.start_frame

    def times(self, frames: Any) -> Array:
        """Seconds of frame positions."""
        return (np.asarray(frames, float) - self.start_frame) / float(self.fps)


@dataclass(frozen=True, slots=True)
class Tuning:
    """What the live sliders do: gains of mouth, head and expression (1: as performed), a smoothing width in seconds."""

    intensity: float = 1.0
    jaw: float = 1.0
    lips: float = 1.0
    smoothing_s: float = 0.0
    head: float = 1.0
    expression: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Keys of one control: `frames` and `values` as in the module's docstring; `steps` holds each value."""

    control: Control
    frames: Array
    values: Array
    steps: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All that is written for one performance: curves, words and phonemes on the frame axis."""

    curves: tuple[Curve, ...]
    words: tuple[tuple[float, str], ...]
    phonemes: tuple[tuple[float, float, str], ...]
    end_frame: float

    @property
    def keys(self) -> int:
        """How many keys it writes."""
        return sum(len(curve.frames) for curve in self.curves)


def plan(
    performance: Performance,
    mapping: FaceMap,
    timing: Timing,
    tuning: Tuning = Tuning(),
    *,
    tolerance: float = TOLERANCE,
    limits: Mapping[Control, tuple[float, float]] | None = None,
) -> Plan:
    """The curves that `mapping` makes of `performance`, hand corrections laid over them.

    `limits` are the ranges of controls; values are kept inside.
    """
    sources = sources_of(performance, tuning.smoothing_s)
    edited = {edit.name for edit in performance.corrections.tracks if edit.name.startswith(RIG_PREFIX)}
    curves = []
    for control, rows in mapping.by_control().items():
        if control.kind == "sprite":
            curves.append(_sprite_curve(control, rows, sources, timing))
            continue
        line = mix(rows, sources, tuning, tolerance)
        if RIG_PREFIX + control.name in edited:
            line = _with_rig_edits(line, control, rows, performance, tuning)
        low, high = (limits or {}).get(control, (-np.inf, np.inf))
        if len(line.times):
            curves.append(Curve(control, timing.frames(line.times), np.clip(line.values, low, high)))
    words = edit_spans(performance.words, performance.corrections, "words")
    phonemes = edit_spans(performance.phonemes, performance.corrections, "phonemes")
    starts, ends = (timing.frames([getattr(p, side) for p in phonemes]).tolist() for side in ("start_s", "end_s"))
    return Plan(
        tuple(curves),
        tuple(zip(timing.frames([word.start_s for word in words]).tolist(), (w.text for w in words), strict=True)),
        tuple(zip(starts, ends, (p.symbol for p in phonemes), strict=True)),
        float(timing.frames(performance.vocal.duration_s)),
    )


def sources_of(performance: Performance, smoothing_s: float = 0.0) -> dict[str, Line]:
    """Every curve of the performance by name: smoothed first, then corrected by hand, so that hand keys stay exact."""
    made: dict[str, Line] = {}
    for layer in ("visemes", "channels", "mouth"):
        tracks: tuple[Track, ...] = getattr(performance, layer)
        lines = {track.name: Line.of(track) for track in tracks}
        if smoothing_s > 0.0 and layer != "channels":
            lines = smooth(lines, smoothing_s)
        for edit in performance.corrections.tracks:
            if edit.layer == layer and not edit.name.startswith(RIG_PREFIX):
                line = lines.get(edit.name, Line.empty())
                track = Track(edit.name, tuple(map(float, line.times)), tuple(map(float, line.values)))
                lines[edit.name] = tidy(Line.of(edit_track(track, edit)))
        made.update(lines)
    return made


def smooth(lines: Mapping[str, Line], width_s: float) -> dict[str, Line]:
    """Curves averaged over `width_s`; lips that met still meet, and nothing opens them meanwhile."""
    closed = [lines[name] for name in CLOSED if name in lines and len(lines[name].times)]
    out: dict[str, Line] = {}
    for name, line in lines.items():
        if name in CLOSED or len(line.times) < 2:
            out[name] = line
            continue
        soft = box_filter(line, width_s)
        if closed and name in VISEMES and name != "sil":
            soft = _under(soft, closed)
        out[name] = thin(soft, TOLERANCE / 2)
    return out


def _under(line: Line, closed: list[Line]) -> Line:
    """`line` kept below what the closures leave free."""
    times = np.unique(np.concatenate([line.times, *(other.times for other in closed)]))
    room = 1.0 - np.max([other.at(times) for other in closed], axis=0)
    return Line(times, np.minimum(line.at(times), np.clip(room, 0.0, 1.0)))


def gain(row: Row, tuning: Tuning) -> float:
    """The factor that the sliders put on one row."""
    if row.source in HEAD:
        return tuning.head
    if row.source.startswith(EXPRESSION):
        return tuning.expression
    if row.source not in VISEMES and row.source not in MOUTH and not row.source.startswith(("jaw", "mouth")):
        return 1.0
    intensity = tuning.intensity
    if row.source in CLOSED:
        return min(1.0, intensity / CLOSED_KNEE)
    jaw, lips = _shares(row)
    return intensity * (1.0 + (tuning.jaw - 1.0) * jaw) * (1.0 + (tuning.lips - 1.0) * lips)


def _shares(row: Row) -> tuple[float, float]:
    """How much the jaw slider and the lips slider act on a row, each 0 to 1."""
    if row.part == "jaw" or row.source in ("jaw", "jawOpen"):
        return 1.0, 0.0
    if row.part == "lips" or row.source == "lips":
        return 0.0, 1.0
    if row.source in VISEMES:
        return JAW_SHARE.get(row.source, 0.0), LIP_SHARE.get(row.source, 0.0)
    return 0.0, 1.0 if row.source.startswith("mouth") else 0.0


def mix(rows: Iterable[Row], sources: Mapping[str, Line], tuning: Tuning, tolerance: float = TOLERANCE) -> Line:
    """The weighted sum of the rows' sources: exact at every key, since all are straight lines between keys."""
    parts = [(sources[row.source], row.weight * gain(row, tuning)) for row in rows if row.source in sources]
    parts = [(line, weight) for line, weight in parts if len(line.times)]
    if len(parts) == 1:
        line, weight = parts[0]
        return Line(line.times, line.values * weight)
    return thin(add_lines(parts), tolerance) if parts else Line.empty()


def dominant(rows: Iterable[Row]) -> Row:
    """The row that moves a control most."""
    return max(rows, key=lambda row: abs(row.weight))


def _with_rig_edits(line: Line, control: Control, rows: tuple[Row, ...], performance: Performance, t: Tuning) -> Line:
    """`line` with the corrections of this very control; they were kept at full strength, so the sliders act on them."""
    factor = gain(dominant(rows), t)
    track = Track(control.name, tuple(map(float, line.times)), tuple(map(float, line.values)))
    for edit in performance.corrections.tracks:
        if edit.layer == "channels" and edit.name == RIG_PREFIX + control.name:
            values = tuple(value * factor for value in edit.values)
            track = edit_track(track, dataclasses.replace(edit, values=values))
    return tidy(Line.of(track))


def _sprite_curve(control: Control, rows: tuple[Row, ...], sources: Mapping[str, Line], timing: Timing) -> Curve:
    """Which picture shows when: the strongest source's number, held SPRITE_HOLD_S or longer, on whole frames."""
    rest = next((row.weight for row in rows if row.source == "sil"), rows[0].weight)
    shown = [row for row in rows if row.source in sources and row.source != "sil"]
    step_s = 1.0 / float(timing.fps)
    end_s = max((sources[row.source].times[-1] for row in shown if len(sources[row.source].times)), default=0.0)
    hold = max(1, round(SPRITE_HOLD_S * float(timing.fps)))
    times = np.arange(0.0, end_s + (hold + 1) * step_s, step_s)
    levels = np.array([sources[row.source].at(times) for row in shown] or [np.zeros(len(times))])
    best = np.argmax(levels, axis=0)
    numbers = np.array([row.weight for row in shown] or [rest])[best]
    numbers[np.max(levels, axis=0) < SILENT] = rest
    keys = _held(numbers, hold)
    frames = np.round(timing.frames(times[keys]))
    return Curve(control, frames, numbers[keys], steps=True)


def _held(numbers: Array, hold: int) -> NDArray[np.int64]:
    """Indices at which `numbers` changes for at least `hold` steps; the first is always one."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(numbers)) + 1])
    ends = np.append(starts[1:], len(numbers))
    kept: list[int] = []
    for start, end in zip(starts, ends, strict=True):
        if (end - start >= hold or start == 0) and (not kept or numbers[start] != numbers[kept[-1]]):
            kept.append(int(start))
    return np.array(kept, np.int64)
