"""What several curve formats share: names and weights a frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from lipwright.exports.channels.sampling import frame_times, mouth_times, values_at
from lipwright.rigs import Mix, curves
from lipwright.types import HEAD, MOUTH, VISEMES, Performance


def rows_of(
    performance: Performance, controls: Mapping[str, Mix], fps: Fraction
) -> tuple[list[str], list[list[float]]]:
    """(names, a row a frame): visemes and the mouth's own channels read together, the rest at the frame's start."""
    mouth = {control: mix for control, mix in controls.items() if of_the_mouth(control)}
    rest = {control: mix for control, mix in controls.items() if control not in mouth}
    columns: dict[str, list[float]] = {}
    angles = {name for control in HEAD for name in controls.get(control, {})}
    for part, times in ((mouth, mouth_times(performance, fps)), (rest, frame_times(performance, fps))):
        for track in curves(performance, part, clamp=False):
            values = values_at(track, times)
            held = columns.get(track.name)
            columns[track.name] = values if held is None else [a + b for a, b in zip(held, values, strict=True)]
    names = list(dict.fromkeys(name for mix in controls.values() for name in mix))
    series = [columns[name] if name in angles else [min(1.0, max(0.0, v)) for v in columns[name]] for name in names]
    return names, [list(row) for row in zip(*series, strict=True)]


def of_the_mouth(control: str) -> bool:
    """Whether a control moves the mouth, so that it is read when the lips are shut."""
    return control in VISEMES or control in MOUTH or control.startswith(("mouth", "jaw", "tongue"))


def number(value: float, decimals: int = 4) -> str:
    """A number without noise: rounded, no "-0", no exponent."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is not finite")
    return f"{round(value, decimals) + 0.0:.{decimals}f}"
