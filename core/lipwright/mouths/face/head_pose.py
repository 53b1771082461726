"""Where the head is in every frame, so that lips can be told apart from the head that carries them.

Lips live in the head's own frame: three axes, unit = distance of the outer eye corners (IOD), frontal. A head
(scale, rotation, shift) takes them to the picture. Turning the head therefore does not change the lips.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lipwright.mouths.face.landmark_indices import EYE_LEFT, EYE_RIGHT, LIPS, STABLE, Floats

# Mirror partners within STABLE (33-263, 133-362, 127-356; the nose points are their own).
_MIRROR = np.array([3, 2, 1, 0, 4, 5, 6, 7, 8, 9, 11, 10])


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """One head a frame: picture = scale * rotation @ head-frame + shift.

    scale: float64 (F,) pixels an IOD · rotation: float64 (F, 3, 3) · shift: float64 (F, 3) pixels ·
    reference: float64 (12, 3), the stable points in the head's frame. Rows of absent frames are NaN.
    """

    scale: Floats
    rotation: Floats
    shift: Floats
    reference: Floats

    def to_head(self, index: int, points: Floats) -> Floats:
        """Picture points (N, 3) of frame `index` in the head's frame."""
        return np.asarray((points - self.shift[index]) @ self.rotation[index] / self.scale[index])

    def to_picture(self, index: int, points: Floats) -> Floats:
        """Head-frame points (N, 3) in the picture of frame `index`, (N, 3)."""
        return np.asarray(self.scale[index] * points @ self.rotation[index].T + self.shift[index])

    def pose(self) -> Floats:
        """float64 (F, 3): where the nose points, as a unit vector's x and y, and the roll; no wrap in this range."""
        return np.stack([self.rotation[:, 0, 2], self.rotation[:, 1, 2], self.rotation[:, 1, 0]], 1)


def rigid(source: Floats, target: Floats) -> tuple[Floats, Floats, Floats]:
    """Least-squares scale (F,), rotation (F, 3, 3), shift (F, 3) taking (N, 3) to each of (F, N, 3)  (Umeyama 1991)."""
    middle_s, middle_t = source.mean(-2), target.mean(-2)
    a, b = source - middle_s, target - middle_t[..., None, :]
    u, d, vt = np.linalg.svd(np.swapaxes(b, -1, -2) @ a)
    flip = np.ones_like(d)
    flip[..., 2] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * flip[..., None, :]) @ vt
    scale = (d * flip).sum(-1) / (a**2).sum()
    shift = middle_t - scale[..., None] * (rotation @ middle_s)
    return scale, rotation, shift


def reference_of(landmarks: Floats) -> Floats:
    """The stable points (12, 3) of a performer in the head's frame, from landmarks (F, 478, 3) without NaN.

    The mean shape over the frames, made symmetric, so that its own front is the front.
    """
    points = landmarks[:: max(1, len(landmarks) // 200), STABLE]
    mean = points[len(points) // 2]
    for _ in range(3):
        scale, rotation, shift = rigid(mean, points)
        mean = (((points - shift[:, None]) @ rotation) / scale[:, None, None]).mean(0)
    mirrored = mean[_MIRROR] * (-1.0, 1.0, 1.0)
    scale, rotation, shift = rigid(mean, mirrored[None])
    mean = _half_way(mean, rotation[0])
    return np.asarray((mean - mean.mean(0)) / np.linalg.norm(mean[0] - mean[3]))


def _half_way(mean: Floats, rotation: Floats) -> Floats:
    """Turn `mean` half of the way to its mirror image: that is where the face looks straight on."""
    turn = np.asarray(_root(rotation))
    turned = (mean - mean.mean(0)) @ turn.T
    other = turned[_MIRROR] * (-1.0, 1.0, 1.0)
    return np.asarray((turned + other) / 2)


def _root(rotation: Floats) -> Floats:
    """The rotation about the same axis by half the angle."""
    half = rotation + np.eye(3)
    u, _, vt = np.linalg.svd(half)
    return np.asarray(u @ vt)


def heads_of(landmarks: Floats, present: np.ndarray, reference: Floats | None = None) -> Heads:
    """Heads for landmarks (F, 478, 3) pixels; `reference` None: made from these frames themselves."""
    if reference is None:
        reference = reference_of(landmarks[present])
    count = len(landmarks)
    scale, rotation, shift = np.full(count, np.nan), np.full((count, 3, 3), np.nan), np.full((count, 3), np.nan)
    scale[present], rotation[present], shift[present] = rigid(reference, landmarks[present][:, STABLE])
    return Heads(scale, rotation, shift, reference)


def lips_in_head(heads: Heads, landmarks: Floats) -> Floats:
    """Lips (F, 40, 3) in the head's frame."""
    lips = landmarks[:, LIPS] - heads.shift[:, None]
    return np.asarray(lips @ heads.rotation / heads.scale[:, None, None])


def joined(reference: Floats, other: Floats, points: Floats) -> Floats:
    """Points (..., 3) of a head with reference `other` in the frame of the head with `reference`."""
    scale, rotation, shift = rigid(other, reference[None])
    return np.asarray(scale[0] * points @ rotation[0].T + shift[0])


def yaw_degrees(heads: Heads) -> Floats:
    """How far each head turns to the side, 0..90."""
    return np.asarray(np.degrees(np.arcsin(np.clip(np.abs(heads.rotation[:, 0, 2]), 0, 1))))


assert STABLE[0] == EYE_LEFT and STABLE[3] == EYE_RIGHT  # reference_of measures its unit there
