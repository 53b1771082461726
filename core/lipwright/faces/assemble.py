"""From a person's segments to a face track: gaps bridged, points steadied, pose and cover judged."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FaceTrack, FloatArray
from lipwright.faces.geometry import pose_of
from lipwright.faces.mesh import COUNT
from lipwright.faces.reidentify import Person
from lipwright.faces.smooth import smoothed

BRIDGED_S = 0.3  # a face lost for less is drawn on from both sides
BRIDGED_SCORE = 0.25
# A ring place is covered where its chroma or its share of brightness lies this far from its own usual value.
CHROMA_AWAY, BRIGHTNESS_AWAY = 0.05, 0.35
COVERED_SHARE = 0.2  # no place is ever away on the six GRID clips


def track_of(
    person: Person, times_s: NDArray[np.float64], shots: NDArray[np.int32], width: int, height: int, aspect: float
) -> FaceTrack:
    """The person's track over all frames, in stored pixels."""
    count = len(times_s)
    points = np.full((count, COUNT, 3), np.nan, np.float32)
    scores, pose = np.zeros(count, np.float32), np.full((count, 3), np.nan, np.float32)
    for segment in person.segments:
        points[segment.start : segment.stop] = segment.points
        scores[segment.start : segment.stop] = segment.scores
    occluded = _covered(person, shots)
    present = _bridged(points, scores, times_s, shots)
    for start, stop in runs(present, shots):
        points[start:stop] = smoothed(points[start:stop])
    for i in np.flatnonzero(present):
        pose[i] = pose_of(points[i].astype(np.float64))
    points[..., 0] /= aspect
    return FaceTrack(times_s, present, points, scores, pose, shots, width, height, occluded)


def runs(present: NDArray[np.bool_], shots: NDArray[np.int32]) -> list[tuple[int, int]]:
    """(start, stop) of consecutive present frames within one shot."""
    edges = np.flatnonzero(
        np.diff(present.astype(np.int8), prepend=0, append=0) | np.diff(shots, prepend=-1, append=-1)
    )
    return [(int(a), int(b)) for a, b in itertools.pairwise(edges) if present[a]]


def _bridged(
    points: FloatArray, scores: FloatArray, times_s: NDArray[np.float64], shots: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Fill short gaps within a shot by straight lines, in place; which frames are present then."""
    present = scores > 0
    found = np.flatnonzero(present)
    for a, b in itertools.pairwise(found):
        if b - a > 1 and shots[a] == shots[b] and times_s[b] - times_s[a] < BRIDGED_S:
            share = (times_s[a + 1 : b] - times_s[a]) / (times_s[b] - times_s[a])
            points[a + 1 : b] = points[a] + share[:, None, None] * (points[b] - points[a])
            scores[a + 1 : b], present[a + 1 : b] = BRIDGED_SCORE, True
    return present


def _covered(person: Person, shots: NDArray[np.int32]) -> NDArray[np.bool_]:
    """bool (F,): something lies over the mouth or around it, judged by the colours there against the shot's usual."""
    out = np.zeros(len(shots), np.bool_)
    frames = np.concatenate([np.arange(s.start, s.stop) for s in person.segments])
    rings = np.concatenate([np.array(s.rings, np.float32) for s in person.segments]) + np.float32(1)
    for shot in np.unique(shots[frames]):
        rows = shots[frames] == shot
        out[frames[rows]] = _away(rings[rows]) > COVERED_SHARE
    return out


def _away(rings: FloatArray) -> FloatArray:
    """float32 (n,): share of the ring's places whose colour is not the usual one, of rings (n, R, 3)."""
    total = rings.sum(2)
    chroma = rings[..., :2] / total[..., None]
    bright = np.log(total / np.median(total, axis=1, keepdims=True))
    usual_chroma, usual_bright = np.median(chroma, axis=0), np.median(bright, axis=0)
    other = np.linalg.norm(chroma - usual_chroma, axis=2) > CHROMA_AWAY
    other |= np.abs(bright - usual_bright) > BRIGHTNESS_AWAY
    return np.asarray(other.mean(1), np.float32)
