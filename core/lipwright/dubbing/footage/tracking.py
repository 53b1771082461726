"""The clip watched for the face, and its lower faces for light, sharpness, what is in front, and mouths to keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FaceTrack
from lipwright.dubbing.footage.region_cache import Spool
from lipwright.errors import NoFace, NoMouth
from lipwright.faces import Level, track_faces
from lipwright.mouths.face.head_pose import Heads, heads_of, lips_in_head
from lipwright.mouths.face.landmark_indices import Floats
from lipwright.mouths.footage.bank import Bank, bank_of, chosen_frames, cut, cut_box, usable
from lipwright.mouths.footage.frame_quality import Survey
from lipwright.mouths.pixels.code_values import eight_bits
from lipwright.video import Clip, Part

Progress = Callable[[float], None]
LEAST_SCORE = 0.5
TRACKING = 0.75  # of the progress of `watch`; the rest is gathering mouths


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What is known of one face of one clip, a row a source frame."""

    landmarks: Floats
    present: NDArray[np.bool_]
    scores: Floats
    shots: NDArray[np.int32]
    times_s: Floats
    heads: Heads
    light: Floats
    covered: dict[int, NDArray[np.bool_]]
    share: Floats
    bank: Bank | None
    track: FaceTrack


def watch(
    clip: Clip,
    face: str,
    on_progress: Progress,
    *,
    track: FaceTrack | None = None,
    keep: Callable[[FaceTrack], None] | None = None,
    most: int | None = None,
    level: Level | None = None,
    folder: Path | None = None,
) -> Watched:
    """Track the face and survey it; `track` is one from an earlier run, `keep` is told of a new one.

    In `folder` there may be large files meanwhile, which spare the clip a second decoding.
    """
    with Spool(clip, folder) as spool:
        return _watched(clip, face, on_progress, spool, track, keep, most, level)


def _watched(
    clip: Clip,
    face: str,
    on_progress: Progress,
    spool: Spool,
    track: FaceTrack | None,
    keep: Callable[[FaceTrack], None] | None,
    most: int | None,
    level: Level | None,
) -> Watched:
    if track is None:
        whole = not isinstance(clip, Part)  # what was found is kept by file, so only for whole files
        track = track_faces(
            clip, choose=face, level=level, on_progress=lambda v: on_progress(TRACKING * v), cache=whole,
            seen=spool.keep,
        )  # fmt: skip
        if keep is not None:
            keep(track)
    if not track.present.any():
        raise NoFace(f"no face was found in {clip.path.name!r}; check the clip, or make the face larger in the picture")
    landmarks = track.landmarks.astype(np.float64)
    heads = heads_of(landmarks, track.present)

    def gathering(value: float) -> None:
        on_progress(TRACKING + (1.0 - TRACKING) * value)

    return _surveyed(clip, track, landmarks, heads, spool, gathering, most)


def _surveyed(
    clip: Clip, track: FaceTrack, landmarks: Floats, heads: Heads, spool: Spool, on_progress: Progress, most: int | None
) -> Watched:
    count = len(track.times_s)
    survey = Survey(count)
    lips = lips_in_head(heads, landmarks)
    possible = track.present & (track.scores >= LEAST_SCORE)
    wanted = set(chosen_frames(lips, heads.pose(), possible, *(() if most is None else (most,))).tolist())
    present = np.flatnonzero(track.present).tolist()
    found = ((i, cut_box(landmarks[i], clip.width, clip.height)) for i in present)
    boxes = {i: box for i, box in found if box is not None}
    cuts: dict[int, Any] = {}
    for done, (i, region) in enumerate(spool.regions(boxes), 1):
        survey.look(i, eight_bits(region), (boxes[i].left, boxes[i].top), landmarks[i])
        if i in wanted:
            cuts[i] = cut(region, boxes[i], landmarks[i])
        on_progress(done / len(boxes))
    covered, share = survey.occluded(landmarks)
    good = usable(survey, heads, track.scores.astype(np.float64), share)
    cuts = {i: c for i, c in cuts.items() if good[i]}
    times = np.asarray(track.times_s, np.float64)
    bank = bank_of(cuts, landmarks, heads, survey, times, clip.path.name) if cuts else None
    return Watched(
        landmarks, track.present, track.scores.astype(np.float64), track.shots, times, heads,
        survey.light(track.shots), covered, share, bank, track,
    )  # fmt: skip


def bank_from_clip(path: Path, face: str, on_progress: Progress, *, track: FaceTrack | None = None) -> Bank:
    """The mouths of one more clip of the performer; `track` is one that is known already."""
    from lipwright.video import open_clip

    watched = watch(open_clip(path), face, on_progress, track=track)
    if watched.bank is None:
        raise NoMouth(f"no frame of {path.name!r} shows a sharp, uncovered mouth; choose another clip")
    return watched.bank
