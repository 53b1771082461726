"""Following faces from frame to frame: each by its own last place, new ones by looking again now and then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray, Footage, Picture
from lipwright.faces.detect import FULL, SHORT, Detector, find_faces_in
from lipwright.faces.dissolves import Dissolve
from lipwright.faces.geometry import Points, Region, applied, box_of, iod, overlap, pose_of, region_of
from lipwright.faces.identity import MOST_YAW, Looks
from lipwright.faces.mesh import LEAST_SCORE, SIZE, Mesh
from lipwright.faces.shots import LEAST_CUT, THUMB, difference, is_cut, signature

MOST_FACES = 5  # followed at once: each costs a mesh a frame
RESCAN_FRAMES = 12  # about every half second somebody new is looked for
CHANGING_FRAMES, CHANGING_SCAN_FRAMES = 4, 3  # a picture that has changed over so many frames is looked at so often
LOST_SCANS = 5  # frames in a row in which a lost face is looked for at once
IDLE_SCAN_FRAMES = 5  # while nobody is there
TILE_FRAMES = 25  # looking closely costs 50 ms
LOOKS_CHUNK = 10  # frames whose looks are kept together
LOOKS_EVERY = 5  # frames between two pictures for telling people apart
LEAST_OVERLAP = 0.2  # a face that moves further in one frame is another face
# Skin around the mouth whose colour tells whether something covers it: chin, cheeks, upper lip, mouth corners.
RING = (18, 200, 83, 313, 182, 406, 57, 287, 43, 273, 92, 322, 164, 167, 393, 165, 391, 205, 425, 212, 432, 202, 422)


@dataclass(slots=True, eq=False)
class Segment:
    """One face over consecutive frames from `start`: points float32 (478, 3) in square pixels, scores, ring colours."""

    start: int
    points: list[FloatArray] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    rings: list[NDArray[np.uint8]] = field(default_factory=list)
    chunks: list[Looks] = field(default_factory=list)
    region: Region | None = None

    @property
    def stop(self) -> int:
        """The frame after its last."""
        return self.start + len(self.points)

    @property
    def looks(self) -> Looks:
        """What was seen of the face over all its frames."""
        return reduce(Looks.joined, self.chunks, Looks())

    def part(self, start: int, stop: int) -> Segment:
        """Its frames [start, stop) of the clip, with the looks of the whole chunks in them, or of the nearest one."""
        low, high = max(start, self.start) - self.start, min(stop, self.stop) - self.start
        first, last = -(-low // LOOKS_CHUNK), high // LOOKS_CHUNK
        if last <= first:
            first = (low + high) // 2 // LOOKS_CHUNK
            last = first + 1
        return Segment(
            self.start + low, self.points[low:high], self.scores[low:high], self.rings[low:high],
            self.chunks[first:last], self.region,
        )  # fmt: skip

    def add(self, points: Points, score: float, crop: NDArray[np.uint8], region: Region) -> None:
        """Take in the next frame."""
        in_crop = points.copy()
        in_crop[:, :2] = applied(region.matrix(SIZE), points[:, :2])
        in_crop[:, 2] *= SIZE / region.side
        if len(self.points) % LOOKS_CHUNK == 0:
            self.chunks.append(Looks())
        if len(self.points) % LOOKS_EVERY == 0 and abs(pose_of(points)[0]) < MOST_YAW:
            self.chunks[-1].add(crop, in_crop)
        self.points.append(points.astype(np.float32))
        self.scores.append(score)
        self.rings.append(_ring(crop, in_crop))
        self.region = region_of(points)


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """All that one pass over a clip gives: segments, times float64 (F,), signatures float32 (F, 192)."""

    segments: list[Segment]
    times_s: NDArray[np.float64]
    signatures: FloatArray


@dataclass(frozen=True, slots=True)
class Square:
    """A picture seen in square pixels."""

    picture: Picture
    aspect: float

    @property
    def time_s(self) -> float:
        """The picture's time."""
        return self.picture.time_s

    def sample(self, matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.uint8]:
        """As `Picture.sample`, from square pixels."""
        if self.aspect != 1.0:
            matrix = matrix * np.array([self.aspect, 1.0, 1.0])
        return self.picture.sample(matrix, size)


class Follower:
    """Feed it every picture of a clip in order; `segments` then holds what was found."""

    def __init__(self, width: float, height: float) -> None:
        self._size = (width, height)
        self._short, self._full, self._mesh = Detector(SHORT), Detector(FULL), Mesh()
        self._live: list[Segment] = []
        self.segments: list[Segment] = []
        self.signatures: list[FloatArray] = []
        self._changes: list[float] = []
        self._last_scan = self._last_tiles = -(10**9)
        self._lost_at = -(10**9)

    def feed(self, picture: Picture, index: int) -> None:
        """Follow every face into this frame."""
        if self._cut(picture):
            self._live, self._last_scan, self._last_tiles = [], -(10**9), -(10**9)
        before = len(self._live)
        self._live = [segment for segment in self._live if self._follow(segment, picture)]
        self._drop_doubles()
        if len(self._live) < before:
            self._lost_at = index
        if len(self._live) < MOST_FACES and self._scan_is_due(index):
            self._scan(picture, index)

    def faces(self) -> list[FloatArray]:
        """Points float32 (478, 3) in square pixels of each face in the last frame."""
        return [segment.points[-1] for segment in self._live]

    def _cut(self, picture: Picture) -> bool:
        width, height = self._size
        matrix = np.array([[THUMB[0] / width, 0, 0], [0, THUMB[1] / height, 0]])
        # Four samples a thumbnail pixel: single ones flicker with fine texture.
        thumb = cv2.resize(
            picture.sample(matrix * 2, (THUMB[0] * 2, THUMB[1] * 2)), THUMB, interpolation=cv2.INTER_AREA
        )
        self.signatures.append(signature(np.asarray(thumb, np.uint8)))
        if len(self.signatures) < 2:
            return False
        change = difference(self.signatures[-2], self.signatures[-1])
        cut = is_cut(change, self._changes)
        self._changes.append(change)
        return cut

    def _follow(self, segment: Segment, picture: Picture) -> bool:
        assert segment.region is not None
        region = segment.region
        points, score, crop = self._mesh.points(picture, region)
        last = segment.points[-1].astype(np.float64)
        if score < LEAST_SCORE or overlap(box_of(points), box_of(last)) < LEAST_OVERLAP:
            return False
        segment.add(points, score, crop, region)
        return True

    def _drop_doubles(self) -> None:
        """Where two segments have slipped onto one face the younger ends here, and forgets this frame."""
        kept: list[Segment] = []
        for segment in self._live:
            box = box_of(segment.points[-1].astype(np.float64))
            if any(overlap(box, box_of(other.points[-1].astype(np.float64))) > 0.5 for other in kept):
                for rows in (segment.points, segment.scores, segment.rings):
                    rows.pop()
            else:
                kept.append(segment)
        self._live = kept

    def _scan_is_due(self, index: int) -> bool:
        if index - self._lost_at < LOST_SCANS:
            return True
        if self._changing() and index - self._last_scan >= CHANGING_SCAN_FRAMES:
            return True
        return index - self._last_scan >= (RESCAN_FRAMES if self._live else IDLE_SCAN_FRAMES)

    def _changing(self) -> bool:
        """Whether the picture is turning into another one: somebody may appear any moment."""
        if len(self.signatures) <= CHANGING_FRAMES:
            return False
        return difference(self.signatures[-1 - CHANGING_FRAMES], self.signatures[-1]) > LEAST_CUT / 2

    def _scan(self, picture: Picture, index: int) -> None:
        self._last_scan = index
        # Closely once a shot, because the whole-picture passes miss small faces beside a large one; later only while
        # nobody is there.
        tiles = self._last_tiles < 0 or (not self._live and index - self._last_tiles >= TILE_FRAMES)
        found = find_faces_in(picture, *self._size, self._short, self._full, tiles=tiles, most=MOST_FACES)
        if tiles:
            self._last_tiles = index
        for detection in found:
            if len(self._live) < MOST_FACES and not self._known(detection.box):
                self._begin(picture, index, detection.region())

    def _known(self, box: Points) -> bool:
        boxes = [box_of(s.points[-1].astype(np.float64)) for s in self._live]
        middle = (box[:2] + box[2:]) / 2
        return any(overlap(box, b) > 0.2 or bool((b[:2] < middle).all() and (middle < b[2:]).all()) for b in boxes)

    def _begin(self, picture: Picture, index: int, region: Region) -> None:
        """Twice: the detector's region and then the points' own, because points depend a little on the region."""
        points, score, _ = self._mesh.points(picture, region)
        if score < LEAST_SCORE:
            return
        region = region_of(points)
        points, score, crop = self._mesh.points(picture, region)
        if score < LEAST_SCORE or iod(points) < 1.0 or self._known(box_of(points)):
            return
        segment = Segment(index)
        segment.add(points, score, crop, region)
        self._live.append(segment)
        self.segments.append(segment)


Seen = Callable[[Any, list[FloatArray]], None]
"""Told of every frame as it is followed: the clip's own picture, and the points (478, 3) of each face in its pixels."""


def follow(clip: Footage, on_progress: Callable[[float], None] | None = None, seen: Seen | None = None) -> Followed:
    """One pass over the clip."""
    aspect = clip.pixel_aspect
    follower = Follower(clip.width * aspect, float(clip.height))
    times, total = [], clip.expected_frames
    for index, picture in enumerate(clip.frames()):
        follower.feed(Square(picture, aspect), index)
        if seen is not None:
            seen(picture, [_stored(points, aspect) for points in follower.faces()])
        times.append(picture.time_s)
        if on_progress is not None:
            on_progress(min(1.0, (index + 1) / total))
    segments = [s for s in follower.segments if s.points]
    return Followed(segments, np.array(times, np.float64), np.array(follower.signatures, np.float32))


def parted(segments: list[Segment], dissolves: list[Dissolve]) -> list[Segment]:
    """The segments without the frames of dissolves: what was followed through one was another face at its end."""
    for one in dissolves:
        kept = [s for s in segments if s.stop <= one.start or one.stop <= s.start]
        for s in (s for s in segments if s.start < one.stop and one.start < s.stop):
            kept += [s.part(a, b) for a, b in ((s.start, one.start), (one.stop, s.stop)) if a < b]
        segments = kept
    return sorted(segments, key=lambda s: s.start)


def _stored(points: FloatArray, aspect: float) -> FloatArray:
    """Points of square pixels in those of the picture as it is stored."""
    return np.asarray(points / np.array([aspect, 1.0, 1.0]), np.float32)


def _ring(crop: NDArray[np.uint8], points: Points) -> NDArray[np.uint8]:
    """uint8 (R, 3): colours of the skin around the mouth, each a mean of 5 x 5 crop pixels."""
    x, y = np.clip(np.rint(points[list(RING), :2]).astype(int), 0, SIZE - 1).T
    return np.asarray(cv2.blur(crop, (5, 5))[y, x], np.uint8)
