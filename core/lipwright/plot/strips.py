"""Which curves a picture shows, and how they share its height."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.types import HEAD, MOUTH, VISEMES, Performance, Track

# One colour a viseme: lips red, teeth orange, tongue green, back and liquid violet, vowels from open (blue) to round.
VISEME_COLOURS = {
    "sil": "#98a1ad", "PP": "#d6293e", "FF": "#e8672c", "TH": "#d99a1c", "DD": "#7f9a2b", "kk": "#4f8f5b",
    "CH": "#1f9d8a", "SS": "#12a5b5", "nn": "#6b8e6b", "RR": "#8b6bc7", "aa": "#2867c9", "E": "#3b8ee0",
    "ih": "#58a9e8", "oh": "#7a4fc4", "ou": "#a03fb0",
}  # fmt: skip
CURVE_COLOURS = ("#2867c9", "#d6293e", "#1f9d8a", "#d99a1c", "#8b6bc7", "#4f8f5b")
LABEL = 10
SEEN = 0.02  # a curve that stays under this in the window is left out
DEGREES = 180.0 / np.pi
FEELING = "feeling"
FEELINGS = ("cheek", "eyeSquint", "eyeWide", "mouth", "noseSneer", "browDown")


@dataclass(frozen=True, slots=True)
class Curve:
    """A track to be drawn: its label, its colour, a factor, and another track that is taken off it."""

    label: str
    colour: str
    track: Track
    factor: float = 1.0
    minus: Track | None = None

    def at(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values at times."""
        values = _at(self.track, times_s)
        if self.minus is not None:
            values = values - _at(self.minus, times_s)
        return self.factor * values


@dataclass(frozen=True, slots=True)
class Strip:
    """A row of the picture: curves between two values, filled when there is only one."""

    label: str
    height: int
    low: float
    high: float
    curves: tuple[Curve, ...]
    unit: str = ""


def strips_of(performance: Performance, start_s: float, end_s: float) -> tuple[list[Strip], list[Strip]]:
    """(viseme strips, all other strips) with what moves in the window."""
    visemes = [
        Strip(name, 24, 0.0, 1.0, (Curve(name, VISEME_COLOURS[name], performance.track(name)),))
        for name in VISEMES[1:]
        if _moves(performance.track(name), start_s, end_s)
    ]
    feelings = _feelings(performance, start_s, end_s)
    others = [
        _strip(performance, "mouth", 62, -1.0, 1.0, MOUTH),
        _strip(performance, "lids", 26, 0.0, 1.0, ("eyeBlinkLeft",)),
        _gaze(performance),
        _strip(performance, "brows", 36, 0.0, 0.6, ("browInnerUp", "browOuterUpLeft")),
        _strip(performance, "head", 56, -6.0, 6.0, HEAD, DEGREES, "°"),
        _strip(performance, FEELING, 14 + LABEL * max(2, len(feelings)), 0.0, 0.1, feelings),
    ]
    kept = [strip for strip in others if any(_moves(curve.track, start_s, end_s, 1e-3) for curve in strip.curves)]
    return visemes, [_widened(strip, start_s, end_s) for strip in kept]


def _strip(
    performance: Performance, label: str, height: int, low: float, high: float, names: Iterable[str],
    factor: float = 1.0, unit: str = "",
) -> Strip:  # fmt: skip
    curves = tuple(
        Curve(name.removesuffix("Left").replace("head", "head "), colour, performance.track(name), factor)
        for name, colour in zip(names, CURVE_COLOURS, strict=False)
        if performance.track(name).times_s
    )
    return Strip(label, height, low, high, curves, unit)


def _gaze(performance: Performance) -> Strip:
    pairs = (("gaze left", "eyeLookOutLeft", "eyeLookInLeft"), ("gaze up", "eyeLookUpLeft", "eyeLookDownLeft"))
    curves = tuple(
        Curve(name, colour, performance.track(plus), 1.0, performance.track(minus))
        for (name, plus, minus), colour in zip(pairs, CURVE_COLOURS, strict=False)
        if performance.track(plus).times_s or performance.track(minus).times_s
    )
    return Strip("gaze", 36, -0.4, 0.4, curves)


def _feelings(performance: Performance, start_s: float, end_s: float) -> list[str]:
    """The strongest channels that a feeling moves in the window, one side of each."""
    tracks = [
        track
        for track in performance.channels
        if track.name.startswith(FEELINGS) and not track.name.endswith("Right") and _moves(track, start_s, end_s)
    ]
    tracks.sort(key=lambda track: (-max(track.values), track.name))
    return [track.name for track in tracks[: len(CURVE_COLOURS)]]


def _widened(strip: Strip, start_s: float, end_s: float) -> Strip:
    """The strip with room for its largest value; symmetric ones stay symmetric."""
    times = np.linspace(start_s, end_s, 2000)
    most = max(float(np.abs(curve.at(times)).max()) for curve in strip.curves)
    if most <= strip.high:
        return strip
    most *= 1.1
    return Strip(strip.label, strip.height, -most if strip.low < 0 else 0.0, most, strip.curves, strip.unit)


def _moves(track: Track, start_s: float, end_s: float, least: float = SEEN) -> bool:
    if not track.times_s:
        return False
    inside = [v for t, v in zip(track.times_s, track.values, strict=True) if start_s <= t <= end_s]
    return max(map(abs, [*inside, track.at(start_s), track.at(end_s)])) > least


def _at(track: Track, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    if not track.times_s:
        return np.zeros(len(times_s))
    return np.interp(times_s, track.times_s, track.values)
