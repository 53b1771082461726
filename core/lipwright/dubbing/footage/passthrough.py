"""Frames that are better left alone: no face, profile, something in front; with soft ramps to and from them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from lipwright.dubbing.footage.tracking import LEAST_SCORE, Watched
from lipwright.mouths.face.head_pose import yaw_degrees
from lipwright.mouths.face.landmark_indices import Floats
from lipwright.mouths.footage.bank import MOST_YAW

RAMP_S = 0.24  # from the source's own mouth to the wanted one: six frames at 25 fps
MOST_COVERED = 0.35  # of the mouth: more, and there is nothing left to show
SHORT_S = 0.12  # an active stretch between two hand-offs that is shorter only flickers


class HandOff(IntEnum):
    """Why a frame goes through as it is; DUBBED: it does not."""

    DUBBED = 0
    NO_FACE = 1
    UNSURE = 2
    PROFILE = 3
    COVERED = 4
    FLICKER = 5
    MIXED = 6


SAID = {
    HandOff.NO_FACE: "no face",
    HandOff.UNSURE: "face unsure",
    HandOff.PROFILE: "profile",
    HandOff.COVERED: "mouth covered",
    HandOff.FLICKER: "too short between hand-offs",
    HandOff.MIXED: "dissolve or fade",
}


@dataclass(frozen=True, slots=True)
class Untouched:
    """Output frames [first, last] that went through as they were, and why."""

    first: int
    last: int
    start_s: float
    end_s: float
    reason: str


def reasons_of(watched: Watched, source: NDArray[np.int64]) -> NDArray[np.int8]:
    """int8 (F,) per output frame, a HandOff each."""
    present = watched.present[source]
    reason = np.zeros(len(source), np.int8)
    reason[watched.share[source] > MOST_COVERED] = HandOff.COVERED
    with np.errstate(invalid="ignore"):
        reason[present & (yaw_degrees(watched.heads)[source] > MOST_YAW)] = HandOff.PROFILE
    reason[present & (watched.scores[source] < LEAST_SCORE)] = HandOff.UNSURE
    reason[~present] = HandOff.NO_FACE
    reason[watched.track.mixed[source]] = HandOff.MIXED
    return reason


def strength_of(reason: NDArray[np.int8], times_s: Floats, shots: NDArray[np.int32]) -> tuple[Floats, NDArray[np.int8]]:
    """(float64 (F,) 0..1, the reasons with short stretches added): 0 on hand-offs, rising over RAMP_S beside them."""
    reason = _without_flicker(reason.copy(), times_s)
    strength = np.where(reason == HandOff.DUBBED, 1.0, 0.0)
    bad = np.flatnonzero(reason != HandOff.DUBBED)
    for index in bad.tolist():
        if index + 1 < len(reason) and reason[index + 1] == HandOff.DUBBED and shots[index + 1] == shots[index]:
            _ramp(strength, times_s, shots, index, 1)
        if index > 0 and reason[index - 1] == HandOff.DUBBED and shots[index - 1] == shots[index]:
            _ramp(strength, times_s, shots, index, -1)
    return strength, reason


def _ramp(strength: Floats, times_s: Floats, shots: NDArray[np.int32], start: int, step: int) -> None:
    i = start + step
    while 0 <= i < len(strength) and shots[i] == shots[start] and strength[i] > 0.0:
        share = abs(times_s[i] - times_s[start]) / RAMP_S
        if share >= 1.0:
            return
        strength[i] = min(strength[i], max(share, 0.05))
        i += step


def _without_flicker(reason: NDArray[np.int8], times_s: Floats) -> NDArray[np.int8]:
    good = np.concatenate([[False], reason == HandOff.DUBBED, [False]]).astype(np.int8)
    starts, ends = np.flatnonzero(np.diff(good) == 1), np.flatnonzero(np.diff(good) == -1)
    for start, end in zip(starts, ends, strict=True):
        between = start > 0 and end < len(reason)
        if between and times_s[end - 1] - times_s[start] < SHORT_S:
            reason[start:end] = HandOff.FLICKER
    return reason


def untouched(reason: NDArray[np.int8], times_s: Floats) -> tuple[Untouched, ...]:
    """The hand-offs as spans."""
    out: list[Untouched] = []
    start = 0
    for i in range(1, len(reason) + 1):
        if i < len(reason) and reason[i] == reason[start]:
            continue
        if reason[start] != HandOff.DUBBED:
            end = float(times_s[i]) if i < len(times_s) else float(times_s[-1])
            out.append(Untouched(start, i - 1, float(times_s[start]), end, SAID[HandOff(reason[start])]))
        start = i
    return tuple(out)
