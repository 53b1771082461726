"""What was found, in numbers that a person can check: shares, spans, ranges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FaceTrack
from lipwright.faces.geometry import eye_openings, iod, mouth_openings

PROFILE = np.radians(60)  # turned further than this a mouth is half hidden and is handed through
# An eye counts as shut under this share of its own usual opening; blinks last 0.05 to 0.5 s.
SHUT = 0.55
BLINK_S = (0.03, 0.5)


def profiles(track: FaceTrack) -> NDArray[np.bool_]:
    """bool (F,): turned more than 60 degrees to a side."""
    yaw = np.nan_to_num(track.pose[:, 0])
    return np.asarray(np.abs(yaw) > PROFILE)


def spans(times_s: NDArray[np.float64], chosen: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """(start, end) seconds of every stretch of chosen frames; the last frame lasts as long as the one before."""
    if not len(times_s):
        return []
    last = times_s[-1] + (times_s[-1] - times_s[-2] if len(times_s) > 1 else 0.04)
    ends = np.append(times_s[1:], last)
    edges = np.flatnonzero(np.diff(chosen.astype(np.int8), prepend=0, append=0))
    return [(float(times_s[a]), float(ends[b - 1])) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def blinks_s(track: FaceTrack) -> list[float]:
    """Times at which both eyes are shut for as long as a blink lasts."""
    opening = eye_openings(track.landmarks).mean(1)
    seen = np.isfinite(opening)
    if not seen.any():
        return []
    shut = seen & (np.nan_to_num(opening, nan=9.0) < SHUT * np.median(opening[seen]))
    return [(a + b) / 2 for a, b in spans(track.times_s, shut) if BLINK_S[0] <= b - a <= BLINK_S[1]]


def face_summary(track: FaceTrack) -> dict[str, Any]:
    """JSON values about one face."""
    seen = track.present
    opening = mouth_openings(track.landmarks[seen])
    yaw, pitch, roll = (np.degrees(track.pose[seen, axis]) for axis in range(3))
    sizes = [iod(points.astype(np.float64)) for points in track.landmarks[seen][:: max(1, int(seen.sum()) // 100)]]
    return {
        "seen_share": round(float(seen.mean()), 4),
        "eye_distance_px": round(float(np.median(sizes)), 1),
        "yaw_degrees": _range(yaw),
        "pitch_degrees": _range(pitch),
        "roll_degrees": _range(roll),
        "mouth_opening": [round(float(v), 3) for v in np.percentile(opening, [5, 50, 95])],
        "blinks_s": [round(t, 3) for t in blinks_s(track)],
        "absent_s": _rounded(spans(track.times_s, ~seen)),
        "bridged_s": _rounded(spans(track.times_s, seen & (track.scores < 0.5))),
        "occluded_s": _rounded(spans(track.times_s, track.occluded)),
        "profile_s": _rounded(spans(track.times_s, profiles(track))),
    }


def summary(tracks: tuple[FaceTrack, ...], times_s: NDArray[np.float64], shots: NDArray[np.int32]) -> dict[str, Any]:
    """JSON values about everybody; faces are numbered from 1, as `--face` counts them."""
    starts = np.flatnonzero(np.diff(shots, prepend=-1))
    return {
        "frames": len(times_s),
        "shots_s": [round(float(times_s[i]), 4) for i in starts],
        "faces": [{"face": number, **face_summary(track)} for number, track in enumerate(tracks, 1)],
    }


def _range(values: NDArray[np.float64]) -> list[float]:
    return [round(float(values.min()), 1), round(float(values.max()), 1)]


def _rounded(pairs: list[tuple[float, float]]) -> list[list[float]]:
    return [[round(a, 3), round(b, 3)] for a, b in pairs]
