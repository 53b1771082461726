"""Which of the faces is meant: the largest, the one at a place, the one with a number, or the one that sings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FaceTrack
from lipwright.errors import MediaError, OptionError
from lipwright.faces.geometry import mouth_openings

CHOICES = (
    "largest, singing, a number from the picture of `lipwright track`, or a place like 0.3,0.5 (share of the picture)"
)
LAGS_S = np.arange(-0.2, 0.201, 0.04)  # mouths lead their sound a little, and cameras and microphones disagree
LEVEL_RATE = 25.0
WINDOW_S = 0.2
# Mismatched sound reaches 0.29 (95th percentile, 33 clips); under this the sound says nothing and motion alone decides.
LEAST_CORRELATION = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """How loud the vocal is: times_s float64 (N,) rising, from the clip's first picture; level float (N,), any unit."""

    times_s: NDArray[np.float64]
    level: NDArray[np.float64]


def chosen(tracks: tuple[FaceTrack, ...], choice: str, level: Level | None = None) -> int:
    """The index of the face that `choice` means. Raises MediaError where there is none, OptionError for nonsense."""
    if not tracks:
        raise MediaError("no face was found in any frame; give a clip in which a face is seen from the front")
    if choice == "largest":
        return 0
    if choice == "singing":
        return int(np.argmax([singing_score(track, level) for track in tracks]))
    if choice.isdecimal():
        number = int(choice)
        if not 1 <= number <= len(tracks):
            raise OptionError(f"face {number} does not exist; the clip has faces 1 to {len(tracks)}")
        return number - 1
    return _nearest(tracks, choice)


def _nearest(tracks: tuple[FaceTrack, ...], choice: str) -> int:
    try:
        x, y = (float(part) for part in choice.split(","))
    except ValueError:
        raise OptionError(f"face {choice!r} is unknown; give {CHOICES}") from None
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise OptionError(f"place {choice!r} lies outside the picture; give shares from 0 to 1, such as 0.3,0.5")
    place = np.array([x, y])
    return int(np.argmin([_distance(track, place) for track in tracks]))


def _distance(track: FaceTrack, place: NDArray[np.float64]) -> float:
    middles = np.nanmean(track.landmarks[track.present][:, :468, :2], axis=1) / [track.width, track.height]
    return float(np.median(np.linalg.norm(middles - place, axis=1)))


def singing_score(track: FaceTrack, level: Level | None) -> float:
    """How much this mouth moves, and with the sound where a level is given."""
    moves = _mouth_motion(track)
    if level is None or not len(level.times_s):
        return moves
    return moves * max(LEAST_CORRELATION, _agreement(track, level))


def _mouth_motion(track: FaceTrack) -> float:
    """Mean change of the opening a second over the frames that are seen, times the share that is."""
    opening = mouth_openings(track.landmarks)
    steps = np.abs(np.diff(opening)) / np.maximum(np.diff(track.times_s), 1e-3)
    steps = steps[np.isfinite(steps)]
    return float(steps.mean() * track.present.mean()) if len(steps) else 0.0


def _agreement(track: FaceTrack, level: Level) -> float:
    """Best correlation of opening and loudness, both smoothed, over small lags."""
    seen = track.present & np.isfinite(mouth_openings(track.landmarks))
    if seen.sum() < LEVEL_RATE:
        return 0.0
    grid = np.arange(track.times_s[seen][0], track.times_s[seen][-1], 1 / LEVEL_RATE)
    mouth = _smooth(np.interp(grid, track.times_s[seen], mouth_openings(track.landmarks)[seen]))
    values = [_smooth(np.interp(grid + lag, level.times_s, level.level)) for lag in LAGS_S]
    found = [np.corrcoef(mouth, v)[0, 1] for v in values if v.std() > 1e-9 and mouth.std() > 1e-9]
    return float(max(found, default=0.0))


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    width = max(1, round(WINDOW_S * LEVEL_RATE))
    return np.convolve(values, np.ones(width) / width, mode="same")
