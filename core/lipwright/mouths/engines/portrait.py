"""A still picture, or a clip whose mouth never opens: its own lips parted over an inner mouth of our own making."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.engines.exemplar import ExemplarEngine, alpha_of, targets_of, uncovered
from lipwright.mouths.engines.interface import Job, Patch
from lipwright.mouths.engines.portrait_motion import (
    HeadField,
    HeadMove,
    Lid,
    head_field,
    head_map,
    lid,
    moved_points,
    softly,
)
from lipwright.mouths.engines.portrait_oral_cavity import inner_mouth, mouth_space, opening, softened
from lipwright.mouths.face.jaw import jaw_weights, with_jaw
from lipwright.mouths.face.landmark_indices import EYE_LOWER, EYE_UPPER, Floats, Map, gap_of, iod_of
from lipwright.mouths.face.lip_model import CLOSED
from lipwright.mouths.face.lip_targets import sampled
from lipwright.mouths.face.matte import box_around, mouth_matte
from lipwright.mouths.face.warp import Box, MouthMaps, Picture, Shape, mouth_maps, mouth_pixels, sample, shape_of
from lipwright.mouths.pixels.code_values import white_of

OPEN_BANK = 0.12  # IOD: a bank that opens this far has an inner mouth to show
USUAL_WHITE = np.array([0.80, 0.77, 0.73])  # the white of an eye that cannot be measured


class PortraitEngine:
    """One picture's own pixels, one resampling; blinks and head movement only where the picture has none (a still)."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.active = job.strength > 0.0
        self.targets = targets_of(job)
        self.bank = ExemplarEngine(job) if _opens(job) else None
        self._field = _field_of(job) if job.still else None
        self._grid = _grid(Box(0, 0, job.width, job.height)) if job.still else None
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
        alpha = np.float32(alpha_of(float(self.job.strength[index])))
        if self.job.still:
            rgb, matte = self._lively(index, region)
        elif self.bank is not None:
            return self.bank.render(index, region)
        else:
            own = shape_of(self.job.landmarks[index])
            view = _View(box, _grid(box), own, self.targets[index])
            rgb, matte = self._mouth(index, region, (box.left, box.top), view)
            matte = uncovered(self.job, index, matte, box)
        return Patch(rgb, np.asarray(matte * alpha))

    def _mouth(self, index: int, region: Picture, origin: tuple[int, int], view: _View) -> tuple[Picture, Map]:
        """(the view's box with the wanted mouth, where it differs): the picture's own lips, jaw and chin."""
        iod = float(iod_of(self.job.landmarks[index, :, :2]))
        source, box = shape_of(self.job.landmarks[index]), view.box
        drop = self.job.speaker.jaw * float(gap_of(view.target.lips) - gap_of(view.own.lips))
        target = Shape(view.target.lips, with_jaw(view.own, drop, iod).anchors)
        maps = mouth_maps(target, source, box)
        grid = _grid(box)
        way = jaw_weights(view.own, grid, iod, drop).astype(np.float32) * np.float32(drop)
        jaw = view.away - way[..., None] * _down(view.own)
        matte = mouth_matte((target, view.own), box, iod)
        # The spline near the lips, the jaw's own field outside: one soft blend of the two maps.
        blend = np.maximum(matte, cv2.GaussianBlur(matte, (0, 0), 0.04 * iod))[..., None]
        upper, lower = (jaw + (m - jaw) * blend - np.array(origin, np.float32) for m in (maps.upper, maps.lower))
        rgb = mouth_pixels(
            region, MouthMaps(upper.astype(np.float32), lower.astype(np.float32), maps.share, maps.closing)
        )
        inner, show = self._inner(index, region, origin, view, iod)
        rgb = _with_inner(rgb, inner, np.asarray(show * matte))
        return rgb, np.maximum(blend[..., 0] > 0.0, np.abs(way) > 0.05).astype(np.float32)

    def _inner(self, index: int, region: Picture, origin: tuple[int, int], view: _View, iod: float) -> tuple[Map, Map]:
        """(what is behind the lips, float32 (h, w, 3) in the region's own levels, and where it shows)."""
        job, near, lips = self.job, view.box, view.target.lips
        gap = float(gap_of(lips)) / iod
        if gap < 0.4 * CLOSED:
            return np.zeros((near.height, near.width, 3), np.float32), np.zeros((near.height, near.width), np.float32)
        rest = job.heads.to_picture(index, job.speaker.neutral[[24, 25, 26]].mean(0)[None])[0, :2]
        rest = rest + (view.own.lips.mean(0) - shape_of(job.landmarks[index]).lips.mean(0))
        space = mouth_space(lips, rest, np.array([near.left, near.top], float), (near.width, near.height), iod)
        white = self._white_of_eye(index, region, origin)
        rgb = softened(inner_mouth(space, gap, float(job.wanted.tongue[index]), white), iod)
        kept = _own_teeth(shape_of(job.landmarks[index]), view, region, origin, iod)
        if kept is not None:
            picture, alpha = kept
            rgb = rgb + (picture - rgb) * alpha[..., None]
        top = white_of(region)
        return np.asarray(rgb * top, np.float32), opening(space)

    def _white_of_eye(self, index: int, region: Picture, origin: tuple[int, int]) -> Floats:
        """(3,) 0..1, the brightest tenth inside the lids; the usual white where the eyes are not in the region."""
        key = 0 if self.job.still else index
        if key not in self._white:
            measured = _white(region, origin, self.job.landmarks[index]) if self.job.still else None
            skin = self.job.light[index].mean(0) / 255.0
            self._white[key] = (
                measured if measured is not None else np.clip(skin.mean() * 1.35, 0.35, 0.9) * USUAL_WHITE / 0.77
            )
            if len(self._white) > 64:
                self._white.pop(next(iter(self._white)))
        return self._white[key]

    # ---- life for a still

    def _lively(self, index: int, region: Picture) -> tuple[Picture, Map]:
        """(the whole picture with mouth, lids and head moved, where it differs)."""
        assert self._field is not None, "only stills come here"
        job, landmarks = self.job, self.job.landmarks[index]
        if self.bank is not None:
            region = self._with_bank(index, region)
        away = head_map(self._field, HeadMove(*(softly(float(track[index])) for track in self._moves)))
        rgb = sample(region, away)
        seen = moved_points(away, landmarks[:, :2])
        moved = (np.abs(away - self._grid).max(-1) > 0.02).astype(np.float32)
        if self.bank is None:
            own = shape_of(seen)
            target = Shape(moved_points(away, self.targets[index].lips), own.anchors)
            near = box_around(target, float(iod_of(landmarks[:, :2])), job.width, job.height)
            if near is not None:
                part = np.s_[near.top : near.bottom, near.left : near.right]
                rgb[part] = self._mouth(index, region, (0, 0), _View(near, away[part], own, target))[0]
                moved[part] = 1.0
        for side, track in self._blinks.items():
            _blink(rgb, moved, region, away, lid(seen, side, float(track[index]), job.width, job.height))
        return rgb, moved

    def _with_bank(self, index: int, region: Picture) -> Picture:
        """The still picture with a mouth from the bank."""
        assert self.bank is not None, "called only with a bank"
        near = self.bank.box(index)
        assert near is not None, "an active frame has its mouth in the picture"
        painted = region.copy()
        part = painted[near.top : near.bottom, near.left : near.right]
        patch = self.bank.render(index, part)
        mixed = part + (patch.rgb.astype(np.float32) - part) * patch.matte[..., None]
        part[:] = np.rint(mixed).astype(region.dtype)
        return painted


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """A mouth as one frame shows it: away: float32 (h, w, 2), where the box's pixels lie in the picture given."""

    box: Box
    away: Map
    own: Shape
    target: Shape


def _blink(rgb: Picture, moved: Map, region: Picture, away: Map, lid_: Lid | None) -> None:
    """Draw a lid over its eye, in place."""
    if lid_ is None or not lid_.cover.any():
        return
    box = lid_.box
    part = np.s_[box.top : box.bottom, box.left : box.right]
    skin = sample(region, away[part] + lid_.shift).astype(np.float32)
    mixed = rgb[part].astype(np.float32)
    mixed += (skin - mixed) * lid_.cover[..., None]
    rgb[part] = np.rint(mixed).astype(rgb.dtype)
    moved[part] = 1.0


def _field_of(job: Job) -> HeadField:
    """The head's field of a still picture, whose landmarks are the same in every frame."""
    seen = np.flatnonzero(job.strength > 0.0)
    return head_field(job.landmarks[int(seen[0]) if len(seen) else 0], job.width, job.height)


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


def _down(shape: Shape) -> NDArray[np.float32]:
    """Unit vector down the face."""
    along = shape.lips[10] - shape.lips[0]
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    return np.array([-along[1], along[0]], np.float32)


def _with_inner(rgb: Picture, inner: Map, share: Map) -> Picture:
    mixed = rgb.astype(np.float32)
    mixed += (inner - mixed) * share[..., None]
    return np.rint(mixed).astype(rgb.dtype)


def _white(region: Picture, origin: tuple[int, int], landmarks: Floats) -> Floats | None:
    mask = np.zeros(region.shape[:2], np.uint8)
    for side in ("left", "right"):
        outline = np.concatenate([landmarks[list(EYE_UPPER[side]), :2], landmarks[list(EYE_LOWER[side]), :2][::-1]])
        cv2.fillPoly(mask, [(outline - origin).round().astype(np.int32)], 1)
    pixels = region[mask > 0].astype(np.float64) / white_of(region)
    if len(pixels) < 20:
        return None
    luma = pixels.mean(1)
    bright = pixels[luma >= np.quantile(luma, 0.85)].mean(0)
    # Eyes in shadow or nearly shut show no white: the skin then says more.
    return np.clip(bright * 1.08, 0.0, 1.0) if bright.mean() > 0.3 else None


def _own_teeth(own: Shape, view: _View, region: Picture, origin: tuple[int, int], iod: float) -> tuple[Map, Map] | None:
    """Teeth that the picture shows itself: they hang from the upper lip as they are, with a soft lower edge."""
    if float(gap_of(own.lips)) < 0.05 * iod:
        return None
    near = view.box
    move = view.target.lips[[34, 35, 36]].mean(0) - view.own.lips[[34, 35, 36]].mean(0)
    where = (view.away - (move + origin).astype(np.float32)).astype(np.float32)
    top = white_of(region)
    picture = sample(region, where).astype(np.float32) / top
    mask = np.zeros((near.height, near.width), np.uint8)
    outline = view.own.lips[20:40] + move - (near.left, near.top)
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
