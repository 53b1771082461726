"""What an artist changed in baked curves, as corrections of the performance. Pure numpy.

A curve's keys now are compared with the keys that the bake wrote. Where they differ, the stretch between the
nearest untouched keys is a hand correction: of the viseme or channel if that alone moves the control and moves
nothing else, otherwise of this very control (its name under plan.RIG_PREFIX).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.types import MOUTH, VISEMES, Performance, TrackEdit

from .mapping import Control, FaceMap
from .plan import RIG_PREFIX, Timing, Tuning, dominant, gain

Array = NDArray[np.float64]

# Blender keeps keys as float32 and the document rounds to 0.1 ms and 1e-4; anything nearer is the same key.
FRAME_TOLERANCE = 0.02
VALUE_TOLERANCE = 2e-3
_SHORTEST_S = 0.001


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One baked channel: keys as baked and keys as found. `control` None: a bone's channel, called `name`."""

    name: str
    control: Control | None
    baked_frames: Array
    baked_values: Array
    frames: Array
    values: Array


def pack(tuning: Tuning) -> str:
    """Slider values as text, to be kept with the curves that they made."""
    return json.dumps(dataclasses.asdict(tuning), sort_keys=True)


def unpack(text: str) -> Tuning:
    """The slider values that the curves were made with."""
    return Tuning(**json.loads(text)) if text else Tuning()


def edits(
    seen: Iterable[Seen], face_map: FaceMap, timing: Timing, tuning: Tuning, duration_s: float = 0.0
) -> tuple[TrackEdit, ...]:
    """The corrections that the differences mean; one control on several meshes gives one.

    A changed first key holds back to the vocal's start, as it does in Blender, and a last one until its end.
    """
    found: list[TrackEdit] = []
    done: set[str] = set()
    for one in seen:
        if one.name in done:
            continue
        layer, name, factor = _where(one, face_map, tuning)
        if abs(factor) < 1e-6:
            continue
        stretches = differences(one)
        if stretches:
            done.add(one.name)
        for frames, values, start, end in stretches:
            start = max(start, float(timing.frames(0.0)))
            if not np.isfinite(end):
                last = np.concatenate([one.baked_frames, frames, timing.frames([duration_s])])
                end = float(last.max())
                if len(frames):
                    frames, values = np.append(frames, end), np.append(values, values[-1])
            made = _edit(layer, name, timing.times(frames), values / factor, *timing.times([start, end]))
            if made is not None:
                found.append(made)
    return tuple(found)


def _where(one: Seen, face_map: FaceMap, tuning: Tuning) -> tuple[str, str, float]:
    """(layer, curve, factor) of the performance that a change of this channel belongs to."""
    rows = face_map.by_control().get(one.control, ()) if one.control is not None else ()
    if not rows:
        return "channels", RIG_PREFIX + one.name, 1.0
    main = dominant(rows)
    alone = len(rows) == 1 and sum(row.source == main.source for row in face_map.rows) == 1
    if alone:
        layer = "visemes" if main.source in VISEMES else "mouth" if main.source in MOUTH else "channels"
        return layer, main.source, main.weight * gain(main, tuning)
    return "channels", RIG_PREFIX + one.name, gain(main, tuning)


def differences(one: Seen) -> list[tuple[Array, Array, float, float]]:
    """(frames, values, start, end) of each stretch in which the keys are not those that were baked; -inf and inf are
    the ends of a stretch that no untouched key bounds."""
    same_now = _matched(one.frames, one.values, one.baked_frames, one.baked_values)
    same_baked = _matched(one.baked_frames, one.baked_values, one.frames, one.values)
    if same_now.all() and same_baked.all():
        return []
    dirty = np.concatenate([one.frames[~same_now], one.baked_frames[~same_baked]])
    fixed = one.frames[same_now]
    stretches: dict[tuple[float, float], None] = {}
    for frame in np.sort(dirty):
        before, after = fixed[fixed <= frame], fixed[fixed >= frame]
        start = before[-1] if len(before) else -np.inf
        end = after[0] if len(after) else np.inf
        stretches[float(start), float(end)] = None
    out = []
    for start, end in stretches:
        inside = (one.frames >= start - 1e-6) & (one.frames <= end + 1e-6)
        out.append((one.frames[inside], one.values[inside], start, end))
    return out


def _matched(frames: Array, values: Array, other_frames: Array, other_values: Array) -> NDArray[np.bool_]:
    """Which keys have a twin among the others."""
    if not len(frames) or not len(other_frames):
        return np.zeros(len(frames), bool)
    right = np.clip(np.searchsorted(other_frames, frames), 0, len(other_frames) - 1)
    left = np.maximum(right - 1, 0)
    hit = np.zeros(len(frames), bool)
    for index in (left, right):
        near = np.abs(other_frames[index] - frames) < FRAME_TOLERANCE
        hit |= near & (np.abs(other_values[index] - values) < VALUE_TOLERANCE)
    return hit


def _edit(layer: str, name: str, times: Array, values: Array, start_s: float, end_s: float) -> TrackEdit | None:
    """The correction; what lies before the vocal's first sample has no place in a performance and is cut."""
    if end_s <= 0.0:
        return None
    start_s, end_s = max(float(start_s), 0.0), max(float(end_s), float(start_s) + _SHORTEST_S)
    if len(times) and times[0] < 0.0:
        at_zero = float(np.interp(0.0, times, values))
        keep = times > 0.0
        times, values = np.append(0.0, times[keep]), np.append(at_zero, values[keep])
    times = np.clip(np.round(times, 4), start_s, end_s)
    keep = np.append(True, np.diff(times) > 0.0) if len(times) else np.zeros(0, bool)
    return TrackEdit(layer, name, start_s, end_s, tuple(map(float, times[keep])), tuple(map(float, values[keep])))  # type: ignore[arg-type]


def with_edits(performance: Performance, new: Iterable[TrackEdit]) -> Performance:
    """`performance` with more corrections; older ones that a new one covers are dropped."""
    new = tuple(new)

    def covered(old: TrackEdit) -> bool:
        return any(
            (edit.layer, edit.name) == (old.layer, old.name)
            and edit.start_s <= old.start_s + _SHORTEST_S
            and edit.end_s >= old.end_s - _SHORTEST_S
            for edit in new
        )

    kept = tuple(old for old in performance.corrections.tracks if not covered(old))
    corrections = dataclasses.replace(performance.corrections, tracks=kept + new)
    return dataclasses.replace(performance, corrections=corrections)


def channel_edits(
    performance: Performance, name: str, timing: Timing, frames: Array, values: Array
) -> tuple[Array, Array]:
    """Keys of a bone's channel with the corrections of that channel laid over them."""
    from lipwright.corrections import edit_track
    from lipwright.types import Track

    mine = [e for e in performance.corrections.tracks if e.layer == "channels" and e.name == RIG_PREFIX + name]
    if not mine:
        return frames, values
    # An edit's times are the vocal's; a track has none below 0, so the few keys before it are set aside.
    times = np.round(timing.times(frames), 9)
    early = times < 0.0
    track = Track(name, tuple(map(float, times[~early])), tuple(map(float, values[~early])))
    for edit in mine:
        track = edit_track(track, edit)
    return (
        np.concatenate([frames[early], timing.frames(track.times_s)]),
        np.concatenate([values[early], np.array(track.values)]),
    )
