"""The default engine: the performer's own mouth nearest to the wanted shape, bent the last bit, pasted sharp."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.engines.interface import Job, Patch
from lipwright.mouths.face.jaw import LEAST_PX, jaw_map, jaw_reach, sampled_region, with_jaw
from lipwright.mouths.face.landmark_indices import Floats, gap_of, iod_of
from lipwright.mouths.face.matte import Matte, box_between, mouth_matte, mouth_reach
from lipwright.mouths.face.warp import Box, Picture, Shape, mouth_maps, mouth_pixels, shape_of
from lipwright.mouths.footage.bank import Bank
from lipwright.mouths.footage.colour_match import gained, log_gains
from lipwright.mouths.footage.frame_quality import crop_matrix
from lipwright.mouths.footage.selection import CROP_PX_PER_IOD, best_path
from lipwright.mouths.pixels.grain import Grain, cleaned, grain_of, usual_grain, with_grain
from lipwright.mouths.pixels.morph import between
from lipwright.mouths.pixels.sharpness import detail_of, sharpened

POSE_COST = 2_000.0  # squared crop pixels for a turn of one; a turn of 0.1 (6 degrees) costs like 4 px over all lips
LIGHT_COST = 0.15  # for a squared grey level
CLOSED_COST = 8.0  # weight of the opening itself where the wanted lips touch: an open mouth squeezed shut shows teeth
_CLOSED_GAP = 0.03
# For openings that differ by a factor e (each plus _LEAST_GAP): a small mouth pulled open shows neither teeth nor dark,
# and reads as less open than it is; squeezing a larger one only hides what was there.
STRETCH_COST, SQUEEZE_COST, _LEAST_GAP = 1_500.0, 600.0, 0.02
BLUR_COST, _AS_SHARP = 300.0, 0.1  # for an exemplar e times less sharp than the bank's median, less a tenth
FADE = (1 / 3, 2 / 3)  # share of the new mouth in the frame before a jump and in the one after
_FADE_GAP = 0.02  # IOD; no cross-fade with a mouth whose opening fits the frame less: teeth would show through lips
_MARGIN_PX = 4.0  # around what the jaw moves, so that its sampling sees the picture's own neighbours
_GRAIN_FRAMES = 9  # mouths that say how grainy the clip is
_DETAIL_FRAMES, _ALIKE = 60, 5  # mouths that say how fine the clip's mouths are, and those that are as open
_MUCH_LARGER = 1.35  # an exemplar so much larger than the frame is made smaller first, or it aliases


class ExemplarEngine:
    """Retrieval by dynamic programming, one spline warp, a soft matte."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.bank: Bank = job.bank
        self.light = job.light
        self.active = job.strength > 0.0
        self.targets = targets_of(job)
        self.path, self.fade = self._plan()
        self._scaled = lru_cache(maxsize=64)(self._scaled_exemplar)
        self._detail = lru_cache(maxsize=1024)(self._detail_of)
        self._clip_grain, self._added_grain = self._grain()
        self._known_gaps, self._known_details = self._known()

    def box(self, index: int) -> Box | None:
        if not self.active[index]:
            return None
        job, iod = self.job, float(iod_of(self.job.landmarks[index, :, :2]))
        own, target = shape_of(job.landmarks[index]), self.targets[index]
        drop = _drop(job, own, target)
        corners = [mouth_reach((target, with_jaw(own, drop, iod), own), iod)]
        if abs(drop) >= LEAST_PX:
            corners.append(jaw_reach(own, drop, iod) + [[-_MARGIN_PX], [_MARGIN_PX]])
        low, high = np.min([c[0] for c in corners], 0), np.max([c[1] for c in corners], 0)
        return box_between(low, high, job.width, job.height)

    def render(self, index: int, region: Picture) -> Patch:
        box = self.box(index)
        assert box is not None, "render is asked for active frames only"
        job, iod = self.job, float(iod_of(self.job.landmarks[index, :, :2]))
        own, target = shape_of(job.landmarks[index]), self.targets[index]
        rgb, reach, target = moved_jaw(job, own, target, region, box, iod)
        shapes = (target, with_jaw(own, _drop(job, own, target), iod))
        near = box.clipped(*mouth_reach(shapes, iod))
        part, matte = near.within(box), mouth_matte(shapes, near, iod)
        # Where the jaw moved, the patch is the moved ground with the mouth on it; elsewhere the mouth alone.
        share = np.where(reach[part] > 0.0, matte, np.float32(1.0))
        rgb[part] = blend(rgb[part], self._grainy(self._mouth(index, target, near, iod), index), share)
        np.maximum(reach[part], matte, out=reach[part])
        reach = uncovered(job, index, reach, box)
        return Patch(rgb, reach * np.float32(alpha_of(job.strength[index])))

    def _mouth(self, index: int, target: Shape, box: Box, iod: float) -> Picture:
        first = self._warped(index, int(self.path[index]), target, box, iod)
        other, share = self.fade[index]
        if share <= 0.0:
            return first
        second = self._warped(index, int(other), target, box, iod)
        return between(first, second, share)

    def _warped(self, index: int, exemplar: int, target: Shape, box: Box, iod: float) -> Picture:
        larger = round(float(np.log2(max(self.bank.iod[exemplar] / iod, 1e-3))) * 4)
        picture, shape = self._scaled(exemplar, larger)
        rgb = mouth_pixels(picture, mouth_maps(target, shape, box))
        detail = self._detail(exemplar, larger)
        if larger == 0:  # of another size, pixels are not comparable
            detail = min(detail, self._usual_detail(float(gap_of(target.lips)) / iod))
        rgb = sharpened(rgb, target.lips, box, iod, detail)
        gains = log_gains(self.light[index], self.bank.light[exemplar])
        return rgb if gains is None else gained(rgb, gains, crop_matrix(self.job.landmarks[index]), box)

    def _grainy(self, rgb: Picture, index: int) -> Picture:
        return with_grain(rgb, self._added_grain, index) if self._clip_grain.seen else rgb

    def _grain(self) -> tuple[Grain, Grain]:
        """The clip's grain, and what its cleaned mouths need of it; by the bank's first source, which is the clip."""
        bank = self.bank
        some = self._some_own(_GRAIN_FRAMES)
        have = usual_grain([grain_of(bank.pictures[i], bank.shapes[i], bank.iod[i]) for i in some])
        if not have.seen:
            return have, Grain()
        left = [grain_of(cleaned(bank.pictures[i], have), bank.shapes[i], bank.iod[i]) for i in some]
        return have, have.over(usual_grain(left))

    def _some_own(self, most: int) -> NDArray[np.int64]:
        """Up to `most` mouths of the bank's first source, which is the clip, from all over it."""
        own = np.flatnonzero(self.bank.source == 0)
        return np.asarray(own[np.linspace(0, len(own) - 1, min(len(own), most)).astype(int)])

    def _scaled_exemplar(self, exemplar: int, octave_quarter: int) -> tuple[Picture, Shape]:
        picture, shape, iod = self.bank.pictures[exemplar], self.bank.shapes[exemplar], float(self.bank.iod[exemplar])
        larger = 2.0 ** (octave_quarter / 4)
        if larger >= _MUCH_LARGER:
            factor = 1.0 / larger
            picture = np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
            shape, iod = Shape((shape.lips + 0.5) * factor - 0.5, (shape.anchors + 0.5) * factor - 0.5), iod * factor
        grain = grain_of(picture, shape, iod)
        return cleaned(picture, grain) if grain.seen else picture, shape

    def _detail_of(self, exemplar: int, octave_quarter: int) -> float:
        picture, shape = self._scaled(exemplar, octave_quarter)
        share = picture.shape[1] / self.bank.pictures[exemplar].shape[1]
        return detail_of(picture, shape.lips, float(self.bank.iod[exemplar]) * share)

    def _usual_detail(self, gap: float) -> float:
        """What the clip's own mouths of about this opening (IOD) show: none must be finer than its neighbours."""
        near = np.argsort(np.abs(self._known_gaps - gap))[:_ALIKE]
        return float(self._known_details[near].mean())

    def _known(self) -> tuple[Floats, Floats]:
        """Openings and details of some of the clip's own mouths."""
        some = self._some_own(_DETAIL_FRAMES)
        details = [self._detail(int(i), 0) for i in some]
        return gap_of(self.bank.lips[some, :, :2]), np.array(details)

    def _plan(self) -> tuple[NDArray[np.int64], dict[int, tuple[int, float]] | list[tuple[int, float]]]:
        cost = self._costs()
        path = best_path(cost, self.bank.follows)
        return path, self._fades(path)

    def _costs(self) -> Floats:
        """float64 (F, N) squared crop pixels; 0 for frames that nobody asks for."""
        job, bank = self.job, self.bank
        lips = _lips_wanted(job)
        want = _key(lips)
        have = _key(bank.lips)
        cost = (want**2).sum(1)[:, None] + (have**2).sum(1)[None] - 2.0 * want @ have.T
        gap_w, gap_h = gap_of(lips[..., :2]), gap_of(bank.lips[..., :2])
        apart = (CROP_PX_PER_IOD * (gap_w[:, None] - gap_h[None])) ** 2
        cost += CLOSED_COST * np.clip(1.0 - gap_w / _CLOSED_GAP, 0.0, 1.0)[:, None] * apart
        wider = np.log(gap_w + _LEAST_GAP)[:, None] - np.log(gap_h + _LEAST_GAP)[None]
        cost += np.where(wider > 0.0, STRETCH_COST, SQUEEZE_COST) * wider**2
        pose = job.heads.pose()
        for axis in range(2):
            cost += POSE_COST * (pose[:, axis, None] - bank.pose[None, :, axis]) ** 2
        for patch in range(self.light.shape[1]):
            away = self.light[:, patch].mean(-1)[:, None] - bank.light[:, patch].mean(-1)[None]
            cost += LIGHT_COST / 4 * away**2
        usual = max(float(np.median(bank.sharpness)), 1e-6)
        cost += BLUR_COST * np.maximum(0.0, np.log(usual / np.maximum(bank.sharpness, 1e-6)) - _AS_SHARP)
        cost[~self.active] = 0.0
        return np.asarray(np.nan_to_num(cost, nan=0.0))

    def _fades(self, path: NDArray[np.int64]) -> list[tuple[int, float]]:
        """For each frame the second mouth and its share: a short cross-fade where the path jumps."""
        out = [(0, 0.0)] * len(path)
        follows = self.bank.follows
        before = np.full(len(self.bank) + 1, -1)
        before[follows[follows >= 0]] = np.flatnonzero(follows >= 0)
        gaps, wanted = gap_of(self.bank.lips[..., :2]), gap_of(_lips_wanted(self.job)[..., :2])
        for i in range(1, len(path)):
            old, new = int(path[i - 1]), int(path[i])
            if new in (old, int(follows[old])):
                continue
            for frame, other, back, share in ((i - 1, new, before, FADE[0]), (i, old, follows, 1.0 - FADE[1])):
                other = int(back[other]) if back[other] >= 0 else other
                if abs(gaps[other] - wanted[frame]) <= _FADE_GAP:
                    out[frame] = (other, share)
        return out


def _lips_wanted(job: Job) -> Floats:
    return np.nan_to_num(job.wanted.lips, nan=0.0)


def _key(lips: Floats) -> Floats:
    flat = lips[..., :2] - lips[..., :2].mean(1, keepdims=True)
    return np.asarray(flat.reshape(len(lips), -1) * CROP_PX_PER_IOD)


def targets_of(job: Job) -> dict[int, Shape]:
    """The wanted mouth of each active frame in its picture; ramps go from the frame's own lips to the wanted ones."""
    out: dict[int, Shape] = {}
    for i in np.flatnonzero(job.strength > 0.0):
        own = shape_of(job.landmarks[i])
        lips = job.heads.to_picture(int(i), job.wanted.lips[i])[:, :2]
        bend = _bend(float(job.strength[i]))
        out[int(i)] = Shape(own.lips + bend * (lips - own.lips), own.anchors)
    return out


def _bend(strength: float) -> float:
    """How far the lips have gone from the source's own to the wanted ones; they start once the matte is there."""
    return min(1.0, max(0.0, (strength - 0.4) / 0.6))


def alpha_of(strength: float) -> float:
    """How much of the new mouth shows: all of it before the lips begin to leave the source's own."""
    return min(1.0, strength / 0.4)


def _drop(job: Job, own: Shape, target: Shape) -> float:
    """How far the chin goes down, pixels."""
    return job.speaker.jaw * float(gap_of(target.lips) - gap_of(own.lips))


def moved_jaw(
    job: Job, own: Shape, target: Shape, region: Picture, box: Box, iod: float
) -> tuple[Picture, NDArray[np.float32], Shape]:
    """(a copy of the region with its chin where the wanted mouth needs it, 1 where that moved, the target on it)."""
    drop, rgb, reach = _drop(job, own, target), region.copy(), np.zeros(region.shape[:2], np.float32)
    if abs(drop) < LEAST_PX:
        return rgb, reach, target
    moves, where, reach_there = jaw_map(own, drop, box, iod)
    part = moves.within(box)
    rgb[part], reach[part] = sampled_region(region, where), reach_there
    return rgb, reach, Shape(target.lips, with_jaw(own, drop, iod).anchors)


def uncovered(job: Job, index: int, matte: Matte, box: Box) -> Matte:
    """The matte without what a hand or a microphone covers."""
    if index not in job.covered:
        return matte
    return np.asarray(matte * _outside_covered(job, index, box))


def _outside_covered(job: Job, index: int, box: Box) -> NDArray[np.float32]:
    """float32 (h, w): 0 on what stands before the face, 1 elsewhere, soft between."""
    if index not in job.covered:
        return np.ones((box.height, box.width), np.float32)
    matrix = crop_matrix(job.landmarks[index])
    matrix = matrix.copy()
    matrix[:, 2] += matrix[:, :2] @ (box.left, box.top)
    mask = job.covered[index].astype(np.float32)
    seen = cv2.warpAffine(
        mask,
        matrix,
        (box.width, box.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(1.0 - np.clip((seen - 0.15) / 0.5, 0.0, 1.0), np.float32)


def blend(ground: Picture, mouth: Picture, matte: Matte) -> Picture:
    """ground where the matte is 0, mouth where it is 1."""
    if ground.dtype == np.uint8:
        return np.asarray(cv2.blendLinear(mouth, ground, matte, np.float32(1.0) - matte))
    mixed = ground.astype(np.float32)
    mixed += (mouth.astype(np.float32) - mixed) * matte[..., None]
    return np.rint(mixed).astype(ground.dtype)
