"""Faces in clips: who is there, where every point of each face is in every frame, and which face is meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FaceTrack, Footage
from lipwright.faces import cache as _cache
from lipwright.faces.assemble import track_of
from lipwright.faces.choose import CHOICES, Level, chosen
from lipwright.faces.dissolves import dissolves_of, mixed_frames, with_dissolves
from lipwright.faces.reidentify import people_of
from lipwright.faces.shots import shots_of
from lipwright.faces.tracker import Seen, follow, parted

__all__ = ["CHOICES", "Faces", "Level", "find_faces", "track_faces"]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Everybody in a clip: one track each, the largest and longest seen first; times and shots of all frames."""

    tracks: tuple[FaceTrack, ...]
    times_s: NDArray[np.float64]
    shots: NDArray[np.int32]

    def choose(self, choice: str = "largest", level: Level | None = None) -> FaceTrack:
        """The face that is meant (see CHOICES); `level` lets "singing" compare mouths with the sound."""
        return self.tracks[chosen(self.tracks, choice, level)]


def find_faces(
    clip: Footage,
    *,
    on_progress: Callable[[float], None] | None = None,
    cache: bool = True,
    seen: Seen | None = None,
) -> Faces:
    """Everybody in the clip; with `cache` a clip that was looked through before is not decoded again.

    `seen` is told of every frame that is followed.
    """
    kept = _cache.load(clip.path) if cache else None
    if kept:
        if on_progress is not None:
            on_progress(1.0)
        return Faces(kept, kept[0].times_s, kept[0].shots)
    followed = follow(clip, on_progress, seen)
    dissolves = dissolves_of(followed.signatures, followed.times_s)
    shots = with_dissolves(shots_of(followed.signatures), dissolves)
    people = people_of(parted(followed.segments, dissolves), followed.times_s, shots)
    size = (clip.width, clip.height, clip.pixel_aspect)
    mixed = mixed_frames(dissolves, len(shots))
    tracks = tuple(replace(track_of(person, followed.times_s, shots, *size), mixed=mixed) for person in people)
    if cache and tracks:
        _cache.save(clip.path, tracks, clip.width, clip.height)
    return Faces(tracks, followed.times_s, shots)


def track_faces(
    clip: Footage,
    *,
    choose: str = "largest",
    level: Level | None = None,
    on_progress: Callable[[float], None] | None = None,
    cache: bool = True,
    seen: Seen | None = None,
) -> FaceTrack:
    """The chosen face through the clip. Raises NoFace where no frame has a face."""
    return find_faces(clip, on_progress=on_progress, cache=cache, seen=seen).choose(choose, level)
