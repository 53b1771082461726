"""A still picture, or a clip whose mouth never opens: its own lips parted over an inner mouth of our own making."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.exemplar import ExemplarEngine, alpha_of, targets_of, uncovered
from lipwright.mouths.inner import inner_mouth, mouth_space, opening, softened
from lipwright.mouths.jaw import jaw_weights, with_jaw
from lipwright.mouths.job import Job, Patch
from lipwright.mouths.life import HeadMove, blink_shift, head_field, head_map, softly
from lipwright.mouths.matte import box_around, mouth_matte
from lipwright.mouths.points import EYE_LOWER, EYE_UPPER, Floats, Map, gap_of, iod_of
from lipwright.mouths.shapes import CLOSED
from lipwright.mouths.targets import sampled
from lipwright.mouths.warp import Box, Picture, Shape, mouth_map, shape_of

OPEN_BANK = 0.12  # IOD: a bank that opens this far has an inner mouth to show
USUAL_WHITE = np.array([0.80, 0.77, 0.73])  # the white of an eye that cannot be measured


class PortraitEngine:
    """One picture's own pixels, one resampling; blinks and head movement only where the picture has none (a still)."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.active = job.strength > 0.0
        self.targets = targets_of(job)
        self.bank = ExemplarEngine(job) if _opens(job) else None
        self._still = _Still(job) if job.still else None
        self._white: dict[int, Floats] = {}
        pose = job.performance.track
        self._blinks = {
            "left": sampled(pose("eyeBlinkRight"), _times(job)),  # the performer's right eye is at the picture's left
            "right": sampled(pose("eyeBlinkLeft"), _times(job)),
        }
        self._moves = [sampled(pose(name), _times(job)) for name in ("headYaw", "headPitch", "headRoll")]

    def box(self, index: int) -> Box | None:
        job = self.job
        if not self.active[index]:
            return None
        if job.still:
            return Box(0, 0, job.width, job.height)
        return box_around(self.targets[index], float(iod_of(job.landmarks[index, :, :2])), job.width, job.height)

    def render(self, index: int, region: Picture) -> Patch:
        box = self.box(index)
        assert box is not None, "render is asked for active frames only"
        if self.bank is not None:
            return self._with_bank(index, region, box)
        return self._own(index, region, box)

    # ---- the picture's own lips

    def _own(self, index: int, region: Picture, box: Box) -> Patch:
        job, iod = self.job, float(iod_of(self.job.landmarks[index, :, :2]))
        near = box_around(self.targets[index], iod, job.width, job.height) if job.still else box
        assert near is not None, "an active frame has its mouth in the picture"
        shift, matte, reach = self._mouth_shift(index, near, iod)
        inner, share = self._inner(index, region, box, near, iod)
        share = np.asarray(share * matte)
        if job.still:
            return self._lively(index, region, near, shift, inner, share)
        where = _grid(box) - (box.left, box.top) + shift
        rgb = _with_inner(_sampled(region, where), inner, share)
        matte = uncovered(job, index, np.maximum(matte, reach), box)
        return Patch(rgb, np.asarray(matte * np.float32(alpha_of(float(job.strength[index])))))

    def _mouth_shift(self, index: int, box: Box, iod: float) -> tuple[Map, Map, Map]:
        """(shift from output to source float32 (h, w, 2), the lips' matte, where the jaw moves)."""
        own, target = shape_of(self.job.landmarks[index]), self.targets[index]
        drop = self.job.speaker.jaw * float(gap_of(target.lips) - gap_of(own.lips))
        target = Shape(target.lips, with_jaw(own, drop, iod).anchors)
        where, _ = mouth_map(target, own, box)
        grid = _grid(box)
        lips = where - grid
        _, down = _axes(own)
        jaw = -(jaw_weights(own, grid, iod, drop).astype(np.float32) * np.float32(drop))[..., None] * down
        matte = mouth_matte((target, own), box, iod)
        # The spline near the lips, the jaw's own field outside: one soft blend of the two shifts.
        wide = cv2.GaussianBlur(matte, (0, 0), 0.04 * iod)
        blend = np.clip(np.maximum(matte, wide), 0, 1)[..., None]
        shift = jaw + (lips - jaw) * blend
        reach = (np.abs(shift).max(-1) > 0.05).astype(np.float32)
        return shift.astype(np.float32), matte, np.maximum(reach * (blend[..., 0] > 0), (np.abs(jaw).max(-1) > 0.05))

    def _inner(self, index: int, region: Picture, box: Box, near: Box, iod: float) -> tuple[Map, Map]:
        """(what is behind the lips, float32 (h, w, 3) in the region's own levels, and where it shows)."""
        job, target = self.job, self.targets[index]
        gap = float(gap_of(target.lips)) / iod
        own = shape_of(job.landmarks[index])
        if gap < 0.4 * CLOSED:
            return np.zeros((near.height, near.width, 3), np.float32), np.zeros((near.height, near.width), np.float32)
        rest = job.heads.to_picture(index, job.speaker.neutral[[24, 25, 26]].mean(0)[None])[0, :2]
        space = mouth_space(target.lips, rest, np.array([near.left, near.top], float), (near.width, near.height), iod)
        white = self._white_of_eye(index, region, box)
        rgb = inner_mouth(space, gap, float(job.wanted.tongue[index]), white)
        rgb = softened(rgb, iod)
        show = opening(space)
        kept = _own_teeth(own, target, near, region, box, iod)
        if kept is not None:
            picture, alpha = kept
            rgb = rgb + (picture - rgb) * alpha[..., None]
        top = 65535.0 if region.dtype == np.uint16 else 255.0
        return np.asarray(rgb * top, np.float32), show

    def _white_of_eye(self, index: int, region: Picture, box: Box) -> Floats:
        """(3,) 0..1, the brightest tenth inside the lids; the usual white where the eyes are not in the region."""
        key = 0 if self.job.still else index
        if key not in self._white:
            measured = _white(region, box, self.job.landmarks[index]) if self.job.still else None
            skin = self.job.light[index].mean(0) / 255.0
            self._white[key] = (
                measured if measured is not None else np.clip(skin.mean() * 1.35, 0.35, 0.9) * USUAL_WHITE / 0.77
            )
            if len(self._white) > 64:
                self._white.pop(next(iter(self._white)))
        return self._white[key]

    # ---- life for a still

    def _lively(self, index: int, region: Picture, near: Box, mouth: Map, inner: Map, share: Map) -> Patch:
        assert self._still is not None, "only stills come here"
        still = self._still
        move = HeadMove(*(softly(float(track[index])) for track in self._moves))
        away = head_map(still.field, move)
        where = away.copy()
        blinks = {side: float(track[index]) for side, track in self._blinks.items()}
        _add_shift(where, away, near, mouth)
        _add_shift(where, away, still.eyes, blink_shift(self.job.landmarks[index], still.eyes, blinks))
        rgb = _sampled(region, where)
        if share.any():
            rgb = _with_moved_inner(rgb, away, near, inner, share)
        moved = (np.abs(where - still.grid).max(-1) > 0.02).astype(np.float32)
        moved[near.top : near.bottom, near.left : near.right] = 1.0
        return Patch(rgb, np.asarray(moved * np.float32(alpha_of(float(self.job.strength[index])))))

    def _with_bank(self, index: int, region: Picture, box: Box) -> Patch:
        """The mouth from a bank, then the head's life over it."""
        assert self.bank is not None, "called only with a bank"
        near = self.bank.box(index)
        assert near is not None, "an active frame has its mouth in the picture"
        local = region[near.top - box.top : near.bottom - box.top, near.left - box.left : near.right - box.left]
        patch = self.bank.render(index, local)
        if not self.job.still:
            return patch
        painted = region.copy()
        part = painted[near.top : near.bottom, near.left : near.right]
        mixed = part + (patch.rgb.astype(np.float32) - part) * patch.matte[..., None]
        part[:] = np.rint(mixed).astype(region.dtype)
        nothing = np.zeros((near.height, near.width), np.float32)
        flat = np.zeros((near.height, near.width, 2), np.float32)
        return self._lively(index, painted, near, flat, np.zeros((*nothing.shape, 3), np.float32), nothing)


class _Still:
    """What stays the same from frame to frame of a still picture."""

    def __init__(self, job: Job) -> None:
        first = int(np.flatnonzero(job.strength > 0.0)[0]) if (job.strength > 0.0).any() else 0
        landmarks = job.landmarks[first]
        self.field = head_field(landmarks, job.width, job.height)
        self.grid = _grid(Box(0, 0, job.width, job.height))
        lids = landmarks[[*EYE_UPPER["left"], *EYE_UPPER["right"], *EYE_LOWER["left"], *EYE_LOWER["right"]], :2]
        iod = float(iod_of(landmarks[:, :2]))
        low, high = lids.min(0) - 0.35 * iod, lids.max(0) + 0.2 * iod
        self.eyes = Box(
            max(0, int(low[0])), max(0, int(low[1])), min(job.width, int(high[0])), min(job.height, int(high[1]))
        )


def _opens(job: Job) -> bool:
    """Whether the bank shows an open mouth, from other footage than the still itself."""
    gaps = gap_of(job.bank.lips[..., :2])
    return len(gaps) >= 12 and float(np.percentile(gaps, 95)) >= OPEN_BANK


def _times(job: Job) -> Floats:
    return np.where(np.isfinite(job.vocal_s), job.vocal_s, 0.0)


def _grid(box: Box) -> Map:
    x = np.arange(box.left, box.right, dtype=np.float32)
    y = np.arange(box.top, box.bottom, dtype=np.float32)
    return np.stack(np.meshgrid(x, y), -1)


def _axes(shape: Shape) -> tuple[Floats, NDArray[np.float32]]:
    along = shape.lips[10] - shape.lips[0]
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    return along, np.array([-along[1], along[0]], np.float32)


def _add_shift(where: Map, away: Map, box: Box, shift: Map) -> None:
    """Add the shift of the still's `box` to the map, seen through the head's movement."""
    pad = 24
    rows = slice(max(0, box.top - pad), min(where.shape[0], box.bottom + pad))
    columns = slice(max(0, box.left - pad), min(where.shape[1], box.right + pad))
    local = np.ascontiguousarray(away[rows, columns] - np.array([box.left, box.top], np.float32))
    where[rows, columns] += cv2.remap(
        shift, local, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0
    )


def _sampled(region: Picture, where: Map) -> Picture:
    return np.asarray(cv2.remap(region, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


def _with_inner(rgb: Picture, inner: Map, share: Map) -> Picture:
    mixed = rgb.astype(np.float32)
    mixed += (inner - mixed) * share[..., None]
    return np.rint(mixed).astype(rgb.dtype)


def _with_moved_inner(rgb: Picture, away: Map, near: Box, inner: Map, share: Map) -> Picture:
    """The inner mouth drawn for the still, seen through the head's movement."""
    pad = 24
    top, bottom = max(0, near.top - pad), min(rgb.shape[0], near.bottom + pad)
    left, right = max(0, near.left - pad), min(rgb.shape[1], near.right + pad)
    where = away[top:bottom, left:right] - (near.left, near.top)
    where = np.ascontiguousarray(where, np.float32)
    alpha = cv2.remap(share, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    colour = cv2.remap(inner, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    out = rgb.copy()
    part = out[top:bottom, left:right].astype(np.float32)
    most = 65535.0 if rgb.dtype == np.uint16 else 255.0
    part += (colour - part) * alpha[..., None]
    out[top:bottom, left:right] = np.clip(np.rint(part), 0, most).astype(rgb.dtype)
    return out


def _white(region: Picture, box: Box, landmarks: Floats) -> Floats | None:
    mask = np.zeros(region.shape[:2], np.uint8)
    for side in ("left", "right"):
        outline = np.concatenate([landmarks[list(EYE_UPPER[side]), :2], landmarks[list(EYE_LOWER[side]), :2][::-1]])
        cv2.fillPoly(mask, [(outline - (box.left, box.top)).round().astype(np.int32)], 1)
    pixels = region[mask > 0].astype(np.float64) / (65535.0 if region.dtype == np.uint16 else 255.0)
    if len(pixels) < 20:
        return None
    luma = pixels.mean(1)
    bright = pixels[luma >= np.quantile(luma, 0.85)].mean(0)
    # Eyes in shadow or nearly shut show no white: the skin then says more.
    return np.clip(bright * 1.08, 0.0, 1.0) if bright.mean() > 0.3 else None


def _own_teeth(own: Shape, target: Shape, near: Box, region: Picture, box: Box, iod: float) -> tuple[Map, Map] | None:
    """Teeth that the picture shows itself: they hang from the upper lip as they are, with a soft lower edge."""
    if float(gap_of(own.lips)) < 0.05 * iod:
        return None
    move = target.lips[[34, 35, 36]].mean(0) - own.lips[[34, 35, 36]].mean(0)
    grid = _grid(near)
    where = (grid - move.astype(np.float32) - (box.left, box.top)).astype(np.float32)
    top = 65535.0 if region.dtype == np.uint16 else 255.0
    picture = _sampled(region, where).astype(np.float32) / top
    moved = Shape(own.lips + move, own.anchors)
    mask = np.zeros((near.height, near.width), np.uint8)
    outline = moved.lips[20:40] - (near.left, near.top)
    cv2.fillPoly(mask, [(outline * 16).round().astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
    radius = max(1, round(0.012 * iod))
    mask = cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)))
    alpha = cv2.GaussianBlur(mask, (0, 0), 0.5 + 0.008 * iod).astype(np.float32) / 255.0
    # Only what is bright is teeth; the dark corners are better made than moved.
    luma = picture.mean(-1)
    level = float(np.quantile(luma[mask > 0], 0.7)) if (mask > 0).any() else 0.0
    if level < 0.3:
        return None
    alpha = alpha * np.clip((luma / level - 0.45) / 0.25, 0.0, 1.0)
    return picture, alpha
