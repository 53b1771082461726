"""Whether the mouths of other footage belong to the face that is dubbed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from lipwright.arrays import FaceTrack
from lipwright.dubbing.footage.tracking import bank_from_clip
from lipwright.errors import MediaError
from lipwright.faces import find_faces
from lipwright.faces.geometry import box_of
from lipwright.faces.identity import MOST_YAW, Looks, likeness
from lipwright.mouths.face.landmark_indices import Floats
from lipwright.mouths.footage.bank import Bank
from lipwright.video import Clip, open_clip, region_rgb

LOOKED = 12  # frames that say what a face looks like
# `likeness` under which a doubt is said. Six GRID speakers in one studio: 0.25 to 0.69 among each other, and 0.89 to
# 0.96 between the first and the last second of each.
SAME = 0.72
_WIDTH = 192  # pixels of a face, as the tracker's own crops have them

ALIKE = "alike"
"""The choice of a face that looks most like the one that is dubbed."""


def looks_of(clip: Clip, track: FaceTrack) -> Looks:
    """What a tracked face looks like, from a few of its frames."""
    frontal = np.flatnonzero(track.present & (np.abs(track.pose[:, 0]) < MOST_YAW) & (track.scores >= 0.5))
    looks = Looks()
    some = frontal[np.linspace(0, len(frontal) - 1, min(LOOKED, len(frontal))).astype(int)]
    for frame in clip.pick(some.tolist()):
        points = track.landmarks[frame.index].astype(np.float64)
        low, high = box_of(points).reshape(2, 2)
        side = max(float((high - low).max()), 1.0)
        left, top = np.maximum(low - 0.15 * side, 0).astype(int)
        right, bottom = np.minimum(high + 0.15 * side, (clip.width, clip.height)).astype(int)
        if right - left < 16 or bottom - top < 16:
            continue
        scale = _WIDTH / (1.3 * side)
        crop = cv2.resize(region_rgb(frame, (left, top, right, bottom), np.uint8), None, fx=scale, fy=scale)
        looks.add(np.asarray(crop), (points - (left, top, 0.0)) * scale)
    return looks


def bank_of_person(
    path: Path, face: str, wanted: Looks, on_progress: Callable[[float], None]
) -> tuple[Bank, list[str]]:
    """The mouths of one more clip, of the face chosen or of the one most like `wanted`, and doubts about who it is."""
    clip = open_clip(path)
    faces = find_faces(clip, on_progress=lambda v: on_progress(0.7 * v))
    if not faces.tracks:
        raise MediaError(f"no face was found in {path.name!r}; choose another clip")
    tracks = faces.tracks if face == ALIKE else (faces.choose(face),)
    seen = [looks_of(clip, track) for track in tracks]
    alike = [likeness(wanted, looks) for looks in seen]
    best = int(np.argmax(alike)) if wanted.count else 0
    bank = bank_from_clip(path, face, lambda v: on_progress(0.7 + 0.3 * v), track=tracks[best])
    return replace(bank, looks=packed(seen[best])), doubts(path.name, wanted, seen[best])


def packed(looks: Looks) -> Floats | None:
    """What a bank keeps of looks, float64 (N,); None where the face was never seen well."""
    return np.concatenate([looks.picture.ravel(), looks.shape.ravel()]) / looks.count if looks.count else None


def unpacked(kept: Floats | None) -> Looks:
    """The looks that a bank has kept."""
    looks = Looks()
    if kept is None:
        return looks
    size = looks.picture.size
    return Looks(kept[:size].reshape(looks.picture.shape), kept[size:].reshape(looks.shape.shape), 1)


def doubts(name: str, wanted: Looks, seen: Looks) -> list[str]:
    """What to say about mouths that may be somebody else's."""
    alike = likeness(wanted, seen)
    if not wanted.count or not seen.count or alike >= SAME:
        return []
    return [
        f"the mouths of {name!r} may be another person's (likeness {alike:.2f}; 0.75 and more is usual in like light); "
        "choose the face with --bank-face, or leave them out"
    ]
