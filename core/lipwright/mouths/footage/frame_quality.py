"""One look at every frame: light on the face, sharpness, and what stands in front of the mouth.

All of it on one small crop a frame, aligned by eyes and nose and centred on the mouth, so that ten minutes of
footage cost a few tens of megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.face.landmark_indices import EYE_LEFT, EYE_RIGHT, LIPS, LIPS_INNER, Floats, gap_of, iod_of, smooth
from lipwright.mouths.face.warp import Picture

SIDE = 40  # pixels of the crop,
SPAN_IOD = 1.7  # which shows this much of the face around the mouth
PATCHES = np.array([(7, 14), (33, 14), (20, 8), (20, 33)])  # cheek, cheek, above the lip, chin: x, y in the crop
_PATCH_PX = 3
# Occlusion: a pixel whose colour no reference frame comes near to (grey levels, after the frame's own gain).
MODEL_FRAMES = 48
ODD_LEVELS = 20.0  # grey levels by which cheeks and upper lip of a bare face change with light and expression
FAR_LEVELS = 42.0
_LEAST_SHARE = 0.015  # of the crop: smaller spots are noise, stubble, teeth
COVERED_LIPS = 0.5  # of the lips around the opening: below this an unknown inside of the mouth is just an open mouth
_STILL_ROWS = slice(4, 22)  # of the crop: what lies above the lower lip does not move with the jaw


def crop_matrix(landmarks: Floats) -> Floats:
    """2x3 from picture pixels to the small crop: level eyes, mouth in the middle."""
    across = landmarks[EYE_RIGHT, :2] - landmarks[EYE_LEFT, :2]
    length = max(float(np.hypot(*across)), 1e-6)
    scale = SIDE / (SPAN_IOD * float(iod_of(landmarks)))
    cos, sin = across / length * scale
    turn = np.array([[cos, sin], [-sin, cos]])
    # The mouth's place by the head, not by the lips: nose base plus a fixed way down would drift with the jaw.
    eyes, nose = (landmarks[EYE_LEFT, :2] + landmarks[EYE_RIGHT, :2]) / 2, landmarks[2, :2]
    middle = eyes + (nose - eyes) * 1.62
    return np.hstack([turn, (SIDE / 2 - turn @ middle)[:, None]])


@dataclass(slots=True, eq=False)
class Survey:
    """What was seen so far; `look` is called once a frame in which the face is present."""

    count: int
    crops: NDArray[np.uint8] = field(init=False)
    sharpness: Floats = field(init=False)
    seen: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.crops = np.zeros((self.count, SIDE, SIDE, 3), np.uint8)
        self.sharpness = np.zeros(self.count)
        self.seen = np.zeros(self.count, bool)

    def look(self, index: int, region: Picture, origin: tuple[int, int], landmarks: Floats) -> None:
        """Take the crop of frame `index` from a region of its picture whose corner is at `origin`."""
        matrix = crop_matrix(landmarks)
        matrix[:, 2] += matrix[:, :2] @ origin
        if np.linalg.norm(matrix[:, 0]) < 0.45:
            # Shrinking by more than two: blur first, or hair and stubble alias into false colours.
            region = cv2.GaussianBlur(region, (0, 0), float(0.4 / np.linalg.norm(matrix[:, 0])))
        self.crops[index] = cv2.warpAffine(
            region, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        self.sharpness[index] = _sharpness(region, origin, landmarks)
        self.seen[index] = True

    def light(self, shots: NDArray[np.int32] | None = None) -> Floats:
        """float64 (F, 4, 3): mean colour of four patches of skin, smoothed inside each shot; last seen where absent."""
        values = np.stack([self.crops[:, y - 3 : y + 3, x - 3 : x + 3].mean((1, 2)) for x, y in PATCHES], 1)
        values[~self.seen] = np.nan
        values = _filled(values)
        if shots is None:
            return smooth(values, 2.0)
        cuts = np.flatnonzero(np.diff(shots)) + 1
        return np.concatenate([smooth(part, 2.0) for part in np.split(values, cuts)])

    def occluded(self, landmarks: Floats) -> tuple[dict[int, NDArray[np.bool_]], Floats]:
        """Masks (SIDE, SIDE) of the frames with something before the mouth, and the share of the mouth covered (F,).

        A pixel is occluded when its colour lies far from that place's colour in every reference frame.
        """
        share = np.zeros(self.count)
        masks: dict[int, NDArray[np.bool_]] = {}
        known = np.flatnonzero(self.seen)
        if len(known) < 8:
            return masks, share
        reference = self._reference(known, landmarks)
        for index in known:
            mask = _foreign(self.crops[index], reference)
            if mask is None:
                continue
            share[index] = _without_open_mouth(mask, landmarks[index])
            if mask.mean() >= _LEAST_SHARE:
                masks[int(index)] = mask
        return masks, share

    def _reference(self, known: NDArray[np.int64], landmarks: Floats) -> NDArray[np.uint8]:
        """Crops uint8 (3, M, SIDE, SIDE) that stand for the bare face, from closed to wide open.

        Frames whose cheeks and upper lip look foreign may show a hand and are left out; the rest are taken evenly over
        how far the mouth opens, so that a rare wide mouth is known too.
        """
        picked = known[np.linspace(0, len(known) - 1, min(len(known), 4 * MODEL_FRAMES)).astype(int)]
        crops = self.crops[picked].astype(np.float32)
        away = np.abs(crops - np.median(crops, 0)).max(-1)
        for row, index in zip(away, picked, strict=True):
            row[_filled_hull(landmarks[index], LIPS, 3)] = 0.0
        odd = np.quantile(away[:, _STILL_ROWS].reshape(len(crops), -1), 0.9, axis=1)
        bare = np.flatnonzero(odd <= max(ODD_LEVELS, float(np.quantile(odd, 0.6))))
        gaps = gap_of(landmarks[picked[bare]][:, LIPS, :2]) / iod_of(landmarks[picked[bare]])
        order = bare[np.argsort(gaps, kind="stable")]
        spread = np.linspace(0, len(order) - 1, min(len(order), MODEL_FRAMES)).astype(int)
        return np.ascontiguousarray(self.crops[picked[order[spread]]].transpose(3, 0, 1, 2))


def _sharpness(region: Picture, origin: tuple[int, int], landmarks: Floats) -> float:
    """Variance of the Laplacian around the lips, in the picture's own pixels."""
    points = landmarks[LIPS, :2] - origin
    low, high = np.maximum(points.min(0).astype(int) - 4, 0), points.max(0).astype(int) + 5
    part = region[low[1] : high[1], low[0] : high[0]]
    if min(part.shape[:2]) < 4:
        return 0.0
    return float(cv2.Laplacian(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())


def _filled(values: Floats) -> Floats:
    """NaN rows take the nearest earlier row, or the first known one; grey when none is known."""
    known = np.flatnonzero(np.isfinite(values).all(axis=tuple(range(1, values.ndim))))
    if not len(known):
        return np.full_like(values, 128.0)
    nearest = known[np.clip(np.searchsorted(known, np.arange(len(values)), side="right") - 1, 0, None)]
    return np.asarray(values[nearest])


def _foreign(crop: NDArray[np.uint8], reference: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    """Where the crop shows what no reference shows within a pixel's shift; None when nothing stands out."""
    now = cv2.GaussianBlur(crop, (3, 3), 0).transpose(2, 0, 1)
    # min over the reference of the largest channel difference; the reference is blurred less, so shifts are forgiven
    farthest: NDArray[np.uint8] | None = None
    for channel, others in zip(now, reference, strict=True):
        away = np.maximum(channel, others) - np.minimum(channel, others)
        farthest = away if farthest is None else np.maximum(farthest, away)
    assert farthest is not None
    mask = (farthest.min(0) > FAR_LEVELS).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    if mask.mean() < _LEAST_SHARE:
        return None
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
    return np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0)


def _without_open_mouth(mask: NDArray[np.bool_], landmarks: Floats) -> float:
    """The share of the lips that is covered; clears the open mouth from `mask`, unless the lips around it are covered.

    A mouth that opens wider than in the reference shows a dark inside and teeth where lips and chin used to be: that
    is no hand. What stands before a mouth stands before its lips.
    """
    lips, inner = _filled_hull(landmarks, LIPS, 2), _filled_hull(landmarks, np.array(LIPS_INNER), 2)
    rim = lips & ~inner
    share = float(mask[rim].mean()) if rim.any() else 0.0
    if share < COVERED_LIPS:
        mask &= ~_filled_hull(landmarks, LIPS, 3)
    return share


def _filled_hull(landmarks: Floats, points: NDArray[np.int64], grow: int) -> NDArray[np.bool_]:
    """bool (SIDE, SIDE): the hull of those points in the small crop, `grow` pixels wider."""
    matrix = crop_matrix(landmarks)
    corners = landmarks[points, :2] @ matrix[:, :2].T + matrix[:, 2]
    hull = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(corners.astype(np.float32)).round().astype(np.int32), 1)
    return np.asarray(cv2.dilate(hull, np.ones((2 * grow + 1, 2 * grow + 1), np.uint8)) > 0)
