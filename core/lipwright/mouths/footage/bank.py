"""A performer's own mouths, cut from footage: what the exemplar engine shows, and what `lipwright bank` keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.face.head_pose import Heads, joined, lips_in_head, yaw_degrees
from lipwright.mouths.face.landmark_indices import Floats, gap_of, iod_of
from lipwright.mouths.face.matte import box_around
from lipwright.mouths.face.warp import Box, Picture, Shape, shape_of
from lipwright.mouths.footage.frame_quality import Survey
from lipwright.mouths.footage.selection import CROP_PX_PER_IOD

MOST = 480  # mouths a bank holds; 50 come within 1 dB of all of a 20 s clip, so this is generous
MOST_BYTES = 400_000_000
RUN = 6  # frames that are taken together, so that played-on footage stays played-on footage
MOST_IOD_PX = 320.0  # 8K close-ups are kept at this size
MOST_YAW = 60.0
LEAST_SHARPNESS = 0.30  # of the footage's median: below, the frame is motion-blurred
_SAME = 6.0  # squared crop pixels between runs that are not worth keeping twice


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """N mouths.

    pictures: uint8 or uint16 (h, w, 3) RGB each, at the footage's own resolution · shapes: their lips and anchors in
    their own pixels · iod: float64 (N,) pixels · lips: float64 (N, 40, 3) in the head frame of `reference` ·
    pose: float64 (N, 3) · light: float64 (N, 4, 3) · sharpness: float64 (N,) · follows: int64 (N,), which mouth comes
    next in its footage, -1 none · source, time_s: which clip of `sources` and when · chin: float64 (N,) ·
    looks: float64 (M,), how the face is told from others, None: unknown.
    """

    reference: Floats
    pictures: tuple[Picture, ...]
    shapes: tuple[Shape, ...]
    iod: Floats
    lips: Floats
    pose: Floats
    light: Floats
    sharpness: Floats
    follows: NDArray[np.int64]
    source: NDArray[np.int64]
    time_s: Floats
    chin: Floats
    sources: tuple[str, ...]
    looks: Floats | None = None

    def __len__(self) -> int:
        return len(self.pictures)


def usable(survey: Survey, heads: Heads, scores: Floats, covered: Floats) -> NDArray[np.bool_]:
    """Which frames (F,) may become exemplars: seen, sure, sharp, uncovered and not in profile."""
    seen = survey.seen & np.isfinite(heads.scale) & (scores >= 0.5)
    usual = float(np.median(survey.sharpness[seen])) if seen.any() else 0.0
    with np.errstate(invalid="ignore"):
        facing = yaw_degrees(heads) <= MOST_YAW
    return np.asarray(seen & (survey.sharpness >= LEAST_SHARPNESS * usual) & (covered < 0.02) & facing)


def chosen_frames(lips: Floats, pose: Floats, good: NDArray[np.bool_], most: int = MOST) -> NDArray[np.int64]:
    """Which frames to keep: runs of neighbours, the next always the one least like those chosen, duplicates never.

    lips: float64 (F, 40, 3) in the head's frame; NaN rows are not `good`.
    """
    frames = np.flatnonzero(good)
    if len(frames) <= min(most, 2 * RUN):
        return frames
    runs = _runs(frames)
    middles = np.array([run[len(run) // 2] for run in runs])
    key = np.concatenate(
        [_flat(lips[middles]) * CROP_PX_PER_IOD, 60.0 * pose[middles]], axis=1
    )  # a turn of 0.1 weighs as 6 px of lip
    order = [int(gap_of(lips[middles]).argmin())]
    far = ((key - key[order[0]]) ** 2).sum(1)
    count = len(runs[order[0]])
    while count < most:
        best = int(far.argmax())
        if far[best] < _SAME:
            break
        order.append(best)
        far = np.minimum(far, ((key - key[best]) ** 2).sum(1))
        count += len(runs[best])
    return np.sort(np.concatenate([runs[i] for i in order]))[:most]


def _runs(frames: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Stretches of at most RUN consecutive frames."""
    breaks = np.flatnonzero(np.diff(frames) != 1) + 1
    return [part[i : i + RUN] for part in np.split(frames, breaks) for i in range(0, len(part), RUN)]


def _flat(lips: Floats) -> Floats:
    flat = lips[..., :2] - lips[..., :2].mean(1, keepdims=True)
    return np.asarray(flat.reshape(len(lips), -1))


def cut_box(landmarks: Floats, width: int, height: int) -> Box | None:
    """The region of a picture that an exemplar needs."""
    return box_around(shape_of(landmarks), float(iod_of(landmarks[:, :2])), width, height)


def cut(region: Picture, box: Box, landmarks: Floats) -> tuple[Picture, Shape, float]:
    """An exemplar from a region of a picture: pixels, shape and IOD in its own pixels; huge ones are made smaller."""
    shape, iod = shape_of(landmarks).moved(np.array([-box.left, -box.top], float)), float(iod_of(landmarks[:, :2]))
    if iod <= MOST_IOD_PX:
        return np.ascontiguousarray(region), shape, iod
    factor = MOST_IOD_PX / iod
    small = cv2.resize(region, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    # INTER_AREA puts pixel centres at (p + .5) * factor - .5
    moved = Shape((shape.lips + 0.5) * factor - 0.5, (shape.anchors + 0.5) * factor - 0.5)
    return np.asarray(small), moved, MOST_IOD_PX


def bank_of(
    cuts: dict[int, tuple[Picture, Shape, float]],
    landmarks: Floats,
    heads: Heads,
    survey: Survey,
    times_s: Floats,
    name: str,
) -> Bank:
    """A bank of the frames that were cut from one clip."""
    frames = np.array(sorted(cuts), dtype=np.int64)
    after = {int(f): i for i, f in enumerate(frames)}
    light = survey.light()
    chin = np.array([heads.to_head(f, landmarks[f, [152]])[0, 1] for f in frames])
    return Bank(
        reference=heads.reference,
        pictures=tuple(cuts[f][0] for f in frames),
        shapes=tuple(cuts[f][1] for f in frames),
        iod=np.array([cuts[f][2] for f in frames]),
        lips=lips_in_head(heads, landmarks)[frames],
        pose=heads.pose()[frames],
        light=light[frames],
        sharpness=survey.sharpness[frames],
        follows=np.array([after.get(int(f) + 1, -1) for f in frames], dtype=np.int64),
        source=np.zeros(len(frames), np.int64),
        time_s=times_s[frames],
        chin=chin,
        sources=(name,),
    )


def together(first: Bank, *others: Bank) -> Bank:
    """One bank of several, in the first one's head frame; the first one's mouths come first."""
    banks = [first, *(_in_frame_of(first.reference, other) for other in others)]
    starts = np.cumsum([0, *(len(b) for b in banks)])
    sources = np.cumsum([0, *(len(b.sources) for b in banks)])

    def stacked(field: str) -> Floats:
        return np.concatenate([getattr(b, field) for b in banks])

    return Bank(
        reference=first.reference,
        pictures=tuple(p for b in banks for p in b.pictures),
        shapes=tuple(s for b in banks for s in b.shapes),
        iod=stacked("iod"),
        lips=stacked("lips"),
        pose=stacked("pose"),
        light=stacked("light"),
        sharpness=stacked("sharpness"),
        follows=np.concatenate(
            [np.where(b.follows >= 0, b.follows + s, -1) for b, s in zip(banks, starts, strict=False)]
        ),
        source=np.concatenate([b.source + s for b, s in zip(banks, sources, strict=False)]),
        time_s=stacked("time_s"),
        chin=stacked("chin"),
        sources=tuple(name for b in banks for name in b.sources),
        looks=next((b.looks for b in banks if b.looks is not None), None),
    )


def _in_frame_of(reference: Floats, bank: Bank) -> Bank:
    return replace(bank, reference=reference, lips=joined(reference, bank.reference, bank.lips))


def pruned(bank: Bank, most: int = MOST, most_bytes: int = MOST_BYTES) -> Bank:
    """The bank with at most `most` mouths and `most_bytes` of pixels, the most different ones kept."""
    size = sum(p.nbytes for p in bank.pictures)
    most = min(most, max(8, int(len(bank) * most_bytes / size))) if size > most_bytes else most
    if len(bank) <= most:
        return bank
    keep = chosen_frames(bank.lips, bank.pose, np.ones(len(bank), bool), most)
    return picked(bank, keep)


def picked(bank: Bank, keep: NDArray[np.int64]) -> Bank:
    """The bank of these mouths only."""
    new = np.full(len(bank) + 1, -1)
    new[keep] = np.arange(len(keep))
    arrays = {
        n: getattr(bank, n)[keep] for n in ("iod", "lips", "pose", "light", "sharpness", "source", "time_s", "chin")
    }
    return replace(
        bank,
        pictures=tuple(bank.pictures[i] for i in keep),
        shapes=tuple(bank.shapes[i] for i in keep),
        follows=new[bank.follows[keep]],
        **arrays,
    )
