"""Plain values out of OTIO's containers, and viseme curves as cue lists and back. Standard library only."""

from __future__ import annotations

from typing import Any

_STEP_S = 0.001  # a cue switches within a millisecond; curves need two different times


def plain(value: Any) -> Any:
    """An OTIO container as dict, list and plain values that live on their own."""
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) or type(value).__name__ == "AnyVector":
        return [plain(item) for item in value]
    return value


def cues_from_curves(curves: dict[str, Any]) -> list[list[Any]]:
    """[[start_s, viseme, weight]] of the strongest viseme over time."""
    positions = dict.fromkeys(curves, 0)
    cues: list[list[Any]] = []
    for time_s in sorted({time_s for times, _ in curves.values() for time_s in times}):
        weights = {name: _at(curves[name], time_s, positions, name) for name in curves}
        name = max(sorted(weights), key=lambda key: weights[key])
        name = name if weights[name] > 0 else "sil"
        if not cues or cues[-1][1] != name:
            cues.append([time_s, name, round(weights.get(name, 1.0), 4)])
    return cues


def _at(curve: Any, time_s: float, positions: dict[str, int], name: str) -> float:
    """The curve's value at a time, for times that only rise: `positions` remembers where it was."""
    times, values = curve
    if not times:
        return 0.0
    at = positions[name]
    while at + 1 < len(times) and times[at + 1] <= time_s:
        at += 1
    positions[name] = at
    if time_s <= times[0] or at + 1 >= len(times):
        return float(values[0] if time_s <= times[0] else values[-1])
    share = (time_s - times[at]) / (times[at + 1] - times[at])
    return float(values[at] + share * (values[at + 1] - values[at]))


def curves_from_cues(cues: list[Any]) -> dict[str, list[list[float]]]:
    """{viseme: [[seconds], [weights]]} that follows a cue list."""
    curves: dict[str, list[list[float]]] = {}
    for index, (start_s, name, weight) in enumerate(cues):
        times, values = curves.setdefault(str(name), [[], []])
        keys = [(start_s - _STEP_S, 0.0), (start_s, float(weight))] if index else [(start_s, float(weight))]
        if index + 1 < len(cues):
            keys += [(cues[index + 1][0] - _STEP_S, float(weight)), (cues[index + 1][0], 0.0)]
        for time_s, value in keys:
            if not times or time_s > times[-1]:
                times.append(time_s)
                values.append(value)
    return curves
