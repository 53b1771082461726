"""Curves and cues of other programs as performances, and back. Pure; no bpy.

ARKit CSV (Live Link Face): one row a frame, one column a channel. Rhubarb TSV: a time and a mouth letter a line.
TextGrid (Praat) is read for its phoneme times, which only the worker can turn into a mouth.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import math
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

import lipwright
from lipwright import document, rigs
from lipwright.errors import DocumentError
from lipwright.files import read_text
from lipwright.types import ARKIT, HEAD, Direction, Performance, Provenance, Track, VocalInfo

from .curves import Line, thin

MAX_BYTES = 64 * 1024 * 1024
FORMATS = (".lipwright", ".json", ".csv", ".tsv", ".txt")
# Live Link Face records the head in these columns, radians.
_HEAD_COLUMNS = {"headyaw": "headYaw", "headpitch": "headPitch", "headroll": "headRoll"}
_THIN = 0.004
# Rhubarb's letters in our visemes (its README's descriptions of the drawings).
RHUBARB = {
    "A": {"PP": 1.0}, "B": {"SS": 0.45, "DD": 0.3}, "C": {"E": 0.8}, "D": {"aa": 1.0}, "E": {"oh": 0.7, "E": 0.2},
    "F": {"ou": 1.0}, "G": {"FF": 1.0}, "H": {"nn": 0.8}, "X": {},
}  # fmt: skip
# A mouth cannot jump: a change takes this long, and ends where the cue begins for closures.
_CHANGE_S = 0.08


def read(path: Path, fps: Fraction) -> Performance:
    """The performance in a file, whatever it is. `fps` counts where a CSV gives frames only. Raises DocumentError."""
    suffix = path.suffix.casefold()
    if suffix in (".lipwright", ".json"):
        return document.load(path)
    text = read_text(path, limit=MAX_BYTES, error=DocumentError)
    if suffix == ".csv":
        return from_arkit_csv(text, path.name, fps)
    if suffix in (".tsv", ".txt"):
        return from_rhubarb(text, path.name)
    raise DocumentError(f"{path.name!r} is none of {', '.join(FORMATS)} or .TextGrid; choose such a file")


def _performance(name: str, duration_s: float, **layers: tuple[Track, ...]) -> Performance:
    made_by = Provenance(lipwright.__version__, {"import": Path(name).suffix.lstrip(".").casefold()})
    return Performance(VocalInfo(name, "", duration_s, 0, 0), Direction(), made_by, **layers, synthetic=False)  # type: ignore[arg-type]


def from_arkit_csv(text: str, name: str, fps: Fraction) -> Performance:
    """A recording of ARKit channels. Times are the Timecode column's (counted from its first row), a time column's
    (seconds), or row numbers at `fps`."""
    rows = list(csv.reader(io.StringIO(text)))
    if len(rows) < 2:
        raise DocumentError(f"{name!r} has no rows; choose a CSV with a header and one row a frame")
    folded = {rigs.fold(channel): channel for channel in ARKIT} | _HEAD_COLUMNS
    columns = {i: folded[rigs.fold(cell)] for i, cell in enumerate(rows[0]) if rigs.fold(cell) in folded}
    if not columns:
        raise DocumentError(f"{name!r} has no ARKit column such as jawOpen in its header; choose a Live Link Face CSV")
    body = [row for row in rows[1:] if len(row) > max(columns)]
    try:
        values = np.array([[float(row[i] or 0.0) for i in columns] for row in body], float).reshape(-1, len(columns))
    except ValueError as error:
        raise DocumentError(f"{name!r} has a cell that is no number ({error}); mend it or record again") from None
    times = _csv_times(rows[0], body, name, fps)
    if not len(times) or not np.isfinite(values).all():
        raise DocumentError(f"{name!r} has no complete row of finite numbers; record it again")
    tracks = [_track(channel, times, values[:, i]) for i, channel in enumerate(columns.values())]
    return _performance(name, float(times[-1]) + 1.0 / float(fps), channels=tuple(tracks))


def _csv_times(header: list[str], body: list[list[str]], name: str, fps: Fraction) -> np.ndarray:
    titles = [cell.strip().casefold() for cell in header]
    try:
        if "timecode" in titles:
            codes = [_timecode(row[titles.index("timecode")]) for row in body]
            rate = _timecode_rate(codes, fps)
            found = np.array([seconds + frames / rate for seconds, frames in codes])
        elif any(title in ("time", "time_s", "seconds", "t") for title in titles):
            column = next(i for i, title in enumerate(titles) if title in ("time", "time_s", "seconds", "t"))
            found = np.array([float(row[column]) for row in body])
            return _rising(found)
        else:
            return np.arange(len(body)) / float(fps)
    except ValueError as error:
        raise DocumentError(f"{name!r} has a time that cannot be read ({error}); mend that row") from None
    return _rising(found - found[:1])


_TIMECODE = re.compile(r"(\d+):(\d+):(\d+)[:;](\d+)(\.\d+)?$")


def _timecode(text: str) -> tuple[int, float]:
    """(whole seconds, frames with their fraction): Live Link Face writes 10:22:33:14.532."""
    match = _TIMECODE.match(text.strip())
    if match is None:
        raise ValueError(f"timecode {text!r} is not HH:MM:SS:FF")
    hours, minutes, seconds, frames = (int(part) for part in match.groups()[:4])
    return hours * 3600 + minutes * 60 + seconds, frames + float(match[5] or 0.0)


# Rates that recorders count frames at.
_NOMINAL = (24, 25, 30, 48, 50, 60, 120)


def _timecode_rate(codes: list[tuple[int, float]], fps: Fraction) -> float:
    """How many frames a second the codes count: the least usual rate above the highest frame number seen.

    A recording within one second tells little; then, and where the rates agree, it is `fps`.
    """
    most = max((int(frames) for _, frames in codes), default=0)
    seen = next((rate for rate in _NOMINAL if rate > most), most + 1)
    whole = len({seconds for seconds, _ in codes}) > 2
    return float(seen) if whole and seen != math.ceil(fps) else float(fps) if most < fps else float(seen)


def _rising(times: np.ndarray) -> np.ndarray:
    """Times that repeat or go back are moved on by a millisecond, so that no row is lost."""
    out = np.maximum(times, 0.0)
    for index in range(1, len(out)):
        out[index] = max(out[index], out[index - 1] + 0.001)
    return out


def _track(name: str, times: np.ndarray, values: np.ndarray) -> Track:
    line = thin(Line(times, values), _THIN)
    return Track(name, tuple(map(float, np.round(line.times, 4))), tuple(map(float, line.values)))


def from_rhubarb(text: str, name: str) -> Performance:
    """Rhubarb's mouth letters as viseme curves that move from shape to shape."""
    cues = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        time_text, _, letter = line.strip().partition("\t")
        try:
            cues.append((float(time_text), RHUBARB[letter.strip()[:1].upper()]))
        except (ValueError, KeyError):
            raise DocumentError(
                f"{name!r}, line {number}: {line.strip()[:40]!r} is no time, tab and mouth letter; export TSV again"
            ) from None
    if not cues or any(b[0] <= a[0] for a, b in itertools.pairwise(cues)) or cues[0][0] < 0.0:
        raise DocumentError(f"{name!r} has no cues, or cues out of order; export TSV from Rhubarb again")
    return _performance(name, cues[-1][0] + _CHANGE_S, visemes=_moved(cues))


def _moved(cues: list[tuple[float, Mapping[str, float]]]) -> tuple[Track, ...]:
    """Each cue's shape is reached at its start, coming from the one before within _CHANGE_S."""
    names = sorted({viseme for _, mix in cues for viseme in mix})
    tracks = []
    for viseme in names:
        times, values = [0.0], [0.0]
        for index, (start_s, mix) in enumerate(cues):
            value = mix.get(viseme, 0.0)
            earliest = (cues[index - 1][0] + start_s) / 2.0 if index else 0.0
            leave_s = max(start_s - _CHANGE_S, earliest)
            if leave_s > times[-1]:
                times.append(leave_s)
                values.append(values[-1])
            if start_s > times[-1]:
                times.append(start_s)
                values.append(value)
            elif index == 0:
                values[0] = value
        line = thin(Line(np.array(times), np.array(values)), 1e-6)
        tracks.append(Track(viseme, tuple(map(float, line.times)), tuple(map(float, line.values))))
    return tuple(tracks)


def from_curves(
    curves: Mapping[str, Line], names: Iterable[str], name: str, duration_s: float
) -> tuple[Performance, tuple[str, ...]]:
    """(performance, names that could not be told) of animation on an avatar: `curves` by control, times in seconds.

    Controls that are a viseme or an ARKit channel of a known convention become that curve; the map is undone where one
    source moves one control.
    """
    controls = rigs.recognise(names).controls
    single = {next(iter(mix)): (source, next(iter(mix.values()))) for source, mix in controls.items() if len(mix) == 1}
    visemes, channels, untold = [], [], []
    for control, line in curves.items():
        source, weight = single.get(control, ("", 1.0))
        if not source or not weight:
            untold.append(control)
            continue
        keep = line.times >= 0.0
        track = Track(source, tuple(map(float, line.times[keep])), tuple(map(float, line.values[keep] / weight)))
        (channels if source in ARKIT or source in HEAD else visemes).append(track)
    made = _performance(name, max(duration_s, 0.0), visemes=tuple(visemes), channels=tuple(channels))
    return dataclasses.replace(made, notes=("taken from keyframes",)), tuple(untold)
