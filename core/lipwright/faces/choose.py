"""Which of the faces is meant: the largest, the one at a place, the one with a number, or the one that sings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FaceTrack
from lipwright.errors import NoFace, OptionError
from lipwright.faces.geometry import mouth_openings, mouth_widths

CHOICES = (
    "largest, singing, a number from the picture of `lipwright track`, or a place like 0.3,0.5 (share of the picture)"
)
LAGS_S = np.arange(-0.2, 0.201, 0.02)  # mouths lead their sound a little, and cameras and microphones disagree
RATE = 100.0  # of the curves that are compared
# What lies between: single sounds. Longer swells (the shape of a sentence) are alike in everybody who speaks at once.
FINE_S, COARSE_S = 0.12, 0.8
# Mismatched sound reaches 0.29 (95th percentile, 33 clips); under this the sound says nothing and motion alone decides.
LEAST_CORRELATION = 0.3
STILL = 0.5  # of the liveliest mouth's motion: one that moves less counts for less


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """What a mouth that says the vocal does: times_s float64 (N,) rising, from the clip's first picture; level float
    (N,), how open it is, or how loud the sound, in any unit; rounding float (N,), how round its lips are, where known.
    """

    times_s: NDArray[np.float64]
    level: NDArray[np.float64]
    rounding: NDArray[np.float64] | None = None


def chosen(tracks: tuple[FaceTrack, ...], choice: str, level: Level | None = None) -> int:
    """The index of the face that `choice` means. Raises NoFace where there is none, OptionError for nonsense."""
    if not tracks:
        raise NoFace("no face was found in any frame; give a clip in which a face is seen from the front")
    if choice == "largest":
        return 0
    if choice == "singing":
        return int(np.argmax(singing_scores(tracks, level)))
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


def singing_scores(tracks: tuple[FaceTrack, ...], level: Level | None) -> NDArray[np.float64]:
    """float64 (tracks,): how much each mouth moves, or with the sound where that is known and tells them apart."""
    moves = np.array([_mouth_motion(track) for track in tracks])
    if level is None or not len(level.times_s):
        return moves
    agreement = np.array([_agreement(track, level) for track in tracks])
    if agreement.max() < LEAST_CORRELATION:
        return moves
    return agreement * np.minimum(1.0, moves / max(STILL * float(moves.max()), 1e-9))


def _mouth_motion(track: FaceTrack) -> float:
    """Mean change of the opening a second over the frames that are seen, times the share that is."""
    opening = mouth_openings(track.landmarks)
    steps = np.abs(np.diff(opening)) / np.maximum(np.diff(track.times_s), 1e-3)
    steps = steps[np.isfinite(steps)]
    return float(steps.mean() * track.present.mean()) if len(steps) else 0.0


def _agreement(track: FaceTrack, level: Level) -> float:
    """Best correlation over small lags of opening and level, and of narrowness and rounding, averaged."""
    opening = mouth_openings(track.landmarks)
    seen = track.present & np.isfinite(opening)
    if seen.sum() < 5 or track.times_s[seen][-1] - track.times_s[seen][0] < 1.0:
        return 0.0
    grid = np.arange(track.times_s[seen][0], track.times_s[seen][-1], 1 / RATE)
    shown = [(opening, level.level)]
    if level.rounding is not None:
        shown.append((-mouth_widths(track.landmarks), level.rounding))
    pairs = [(_fine(np.interp(grid, track.times_s[seen], mouth[seen])), sound) for mouth, sound in shown]
    found = []
    for lag in LAGS_S:
        heard = [(mouth, _fine(np.interp(grid + lag, level.times_s, sound))) for mouth, sound in pairs]
        found.append(np.mean([_correlation(mouth, sound) for mouth, sound in heard]))
    return float(max(found))


def _fine(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What changes within COARSE_S, without what trembles within FINE_S."""
    return _smooth(values, FINE_S) - _smooth(values, COARSE_S)


def _smooth(values: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    width = max(1, round(seconds * RATE))
    bell = np.hanning(width + 2)[1:-1]
    return np.convolve(np.pad(values, width, mode="edge"), bell / bell.sum(), mode="same")[width:-width]


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    a, b = a - a.mean(), b - b.mean()
    power = float((a @ a) * (b @ b))
    return float(a @ b) / power**0.5 if power > 1e-12 else 0.0
