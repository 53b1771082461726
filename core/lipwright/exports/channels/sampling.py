"""Curves at frames, so that no closure is lost between two of them."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction

from lipwright.timebase import frame_count, time_of
from lipwright.types import Performance, Track

# The mouths that a viewer misses when a frame skips them, and how far shut counts.
SHUT = ("PP", "FF")
SHUT_FROM = 0.5


def frame_times(performance: Performance, fps: Fraction) -> list[float]:
    """The start of every frame that the vocal needs, in seconds; at least one."""
    return [time_of(n, fps) for n in range(max(1, frame_count(performance.vocal.duration_s, fps)))]


def mouth_times(performance: Performance, fps: Fraction) -> list[float]:
    """For every frame the instant at which the mouth is read.

    It is the frame's start, except where the lips shut within half a frame of it and not at it: then it is the instant
    at which they are shut most, so that every closure shows and the whole mouth agrees with it.
    """
    half_s = 0.5 / float(fps)
    times = frame_times(performance, fps)
    for track in (performance.track(name) for name in reversed(SHUT)):
        times = [
            _shut_time(track, t, half_s, read_s) for t, read_s in zip(frame_times(performance, fps), times, strict=True)
        ]
    return times


def _shut_time(track: Track, frame_s: float, half_s: float, read_s: float) -> float:
    """Where in [frame - half, frame + half) the track is highest, if it shuts there; else `read_s`."""
    low_s, high_s = frame_s - half_s, frame_s + half_s
    inside = [(v, -abs(t - frame_s), t) for t, v in _keys_between(track, low_s, high_s)]
    here = track.at(frame_s)
    inside.append((here, 0.0, frame_s))
    best, _, at_s = max(inside)
    return at_s if best >= SHUT_FROM and best > here + 0.02 else (frame_s if best >= SHUT_FROM else read_s)


def _keys_between(track: Track, low_s: float, high_s: float) -> list[tuple[float, float]]:
    first, last = bisect_left(track.times_s, max(low_s, 0.0)), bisect_left(track.times_s, high_s)
    return list(zip(track.times_s[first:last], track.values[first:last], strict=True))


def values_at(track: Track, times: list[float]) -> list[float]:
    """The track at times that never fall, in one walk along its keys."""
    keys, values = track.times_s, track.values
    out, at = [], 0
    for time_s in times:
        while at < len(keys) and keys[at] <= time_s:
            at += 1
        if at in (0, len(keys)):
            out.append(0.0 if not keys else values[min(at, len(keys) - 1)])
        else:
            share = (time_s - keys[at - 1]) / (keys[at] - keys[at - 1])
            out.append(values[at - 1] + share * (values[at] - values[at - 1]))
    return out
