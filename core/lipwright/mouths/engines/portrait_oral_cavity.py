"""An inner mouth of our own making, for pictures that never open theirs: cavity, teeth, tongue.

Measures are of an adult mouth in units of the outer eye-corner distance (about 90 mm): incisors 8.5 mm wide and
10 mm tall, 2 to 3 mm of them under a resting upper lip (dental anatomy text-book values). Upper teeth belong to the
skull, lower teeth and tongue to the jaw. It is invented, and the report of a dub says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from lipwright.mouths.face.landmark_indices import INNER_LOWER, INNER_UPPER, Floats, Map

# Half of the arch from the middle outwards: width (foreshortened to the side), how much shorter than the first.
_UPPER = ((0.094, 0.0), (0.072, 0.012), (0.076, 0.003), (0.056, 0.016), (0.046, 0.022), (0.036, 0.028))
_LOWER = ((0.056, 0.0), (0.062, 0.002), (0.066, 0.006), (0.054, 0.012), (0.046, 0.018), (0.036, 0.022))
UPPER_SHOW = 0.030  # the incisors' edge lies this far under the line where the lips meet
LOWER_TOP = 0.006  # and the lower ones' edge this far, jaw closed
JAW_SHARE = 0.74  # of an opening: how far the lower teeth go down
CAVITY_FAR, CAVITY_NEAR = np.array([0.095, 0.026, 0.028]), np.array([0.34, 0.125, 0.115])
TONGUE, TONGUE_DARK = np.array([0.66, 0.33, 0.32]), np.array([0.30, 0.10, 0.10])
TEETH = np.array([1.00, 0.965, 0.90])  # times the white of the eye
GUM = np.array([0.66, 0.36, 0.35])


@dataclass(frozen=True, slots=True, eq=False)
class MouthSpace:
    """Coordinates of a mouth in a box: x and y in IOD (float32 (h, w)), 0 where the resting lips meet in the middle.

    top, bottom: the inner edges at each pixel's column, same unit · half: half the inner width.
    """

    x: Map
    y: Map
    top: Map
    bottom: Map
    half: float
    pixel: float


def mouth_space(lips: Floats, rest: Floats, origin: Floats, size: tuple[int, int], iod: float) -> MouthSpace:
    """The space for lips (40, 2) px with resting line `rest` (2,) px, in a box of size (w, h) at `origin`."""
    left, right = lips[20], lips[30]
    along = (right - left) / max(float(np.linalg.norm(right - left)), 1e-6)
    down = np.array([-along[1], along[0]])
    px = np.arange(size[0], dtype=np.float32) + np.float32(origin[0] - rest[0])
    py = np.arange(size[1], dtype=np.float32) + np.float32(origin[1] - rest[1])
    x = (px[None] * along[0] + py[:, None] * along[1]).astype(np.float32) / np.float32(iod)
    y = (px[None] * down[0] + py[:, None] * down[1]).astype(np.float32) / np.float32(iod)
    local = np.stack([(lips - rest) @ along, (lips - rest) @ down], 1) / iod
    upper = local[np.concatenate([[20], INNER_UPPER[::-1], [30]])]
    lower = local[np.concatenate([[20], INNER_LOWER, [30]])]
    top, bottom = _edge(upper, x), _edge(lower, x)
    return MouthSpace(x, y, top, np.maximum(bottom, top), float(local[30, 0] - local[20, 0]) / 2, 1.0 / iod)


def _edge(points: Floats, x: Map) -> Map:
    order = np.maximum.accumulate(points[:, 0]) + 1e-6 * np.arange(len(points))
    return np.interp(x, order, points[:, 1]).astype(np.float32)


def opening(space: MouthSpace) -> Map:
    """float32 (h, w) 0..1: inside the inner lip edges, one soft pixel wide."""
    soft = 1.6 * space.pixel
    inside = _step(space.y - space.top, soft) * _step(space.bottom - space.y, soft)
    return np.asarray(inside * np.clip((space.bottom - space.top) / (1.2 * soft), 0.0, 1.0))


def _step(value: Map, width: float) -> Map:
    share = np.clip(value / np.float32(width) + 0.5, 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)


def inner_mouth(space: MouthSpace, gap: float, tongue: float, white: Floats) -> Map:
    """float32 (h, w, 3) 0..1: what is seen behind lips that are `gap` IOD apart.

    white: (3,) 0..1, the white of the eye in this light · tongue 0..1 as in data/lip_shapes.toml.
    """
    drop = JAW_SHARE * gap
    depth = _depth(space)
    rgb = CAVITY_FAR + (CAVITY_NEAR - CAVITY_FAR) * depth[..., None]
    rgb = rgb * (0.55 + 0.45 * float(white.mean()))
    light = _light(space)
    rgb = _over(rgb, *_tongue(space, drop, gap, tongue, light, white, front=False))
    rgb = _over(rgb, *_teeth(space, _LOWER, LOWER_TOP + drop, -1.0, 0.80 * light, white))
    rgb = _over(rgb, *_teeth(space, _UPPER, UPPER_SHOW, 1.0, light, white))
    if tongue > 0.75:
        rgb = _over(rgb, *_tongue(space, drop, gap, tongue, light, white, front=True))
    return np.asarray(np.clip(rgb, 0.0, 1.0), np.float32)


def _over(under: Floats, rgb: Floats, alpha: Map) -> Floats:
    return np.asarray(under + (rgb - under) * alpha[..., None])


def _depth(space: MouthSpace) -> Map:
    """0 deep inside, 1 at the lips: light falls in from the front, more from above."""
    height = np.maximum(space.bottom - space.top, 1e-3)
    v = np.clip((space.y - space.top) / height, 0, 1)
    near_low = v**3
    side = np.clip(np.abs(space.x) / max(space.half, 1e-3), 0, 1) ** 3
    return np.asarray(np.clip(0.75 * near_low + 0.35 * side + 0.10 * (1 - v) ** 4, 0, 1), np.float32)


def _light(space: MouthSpace) -> Map:
    """Shadow of the upper lip and of the cheeks on what is inside."""
    below = np.clip((space.y - space.top) / 0.045, 0.0, 1.0)
    side = np.clip(np.abs(space.x) / max(1.04 * space.half, 1e-3), 0, 1)
    return np.asarray((0.55 + 0.45 * below**0.8) * (1.0 - 0.68 * side**2.2), np.float32)


def _teeth(
    space: MouthSpace, arch: tuple[tuple[float, float], ...], edge: float, sign: float, light: Map, white: Floats
) -> tuple[Floats, Map]:
    """A row of teeth whose edge lies at `edge`; sign 1 hangs down from above, -1 stands up from below."""
    across = np.abs(space.x)
    starts = np.cumsum([0.0, *(w for w, _ in arch)])
    number = np.clip(np.searchsorted(starts, across, side="right") - 1, 0, len(arch) - 1)
    width = np.array([w for w, _ in arch], np.float32)[number]
    shorter = np.array([s for _, s in arch], np.float32)[number]
    u = np.clip((across - starts[number].astype(np.float32)) / width, 0, 1) * 2 - 1
    # A rounded edge; the arch curves away from the viewer, so its edges rise a little to the sides.
    rim = edge - sign * (shorter + 0.010 * np.abs(u) ** 3.5 + 0.10 * across**2)
    soft = max(1.4 * space.pixel, 0.006)
    alpha = _step(sign * (rim - space.y), soft) * (across < starts[-1])
    groove = 1.0 - 0.30 * np.exp(-(((1.0 - np.abs(u)) * width / 2 / 0.0045) ** 2))
    bulge = 0.88 + 0.12 * np.sqrt(np.maximum(0.0, 1.0 - (0.85 * u) ** 2))
    toward_edge = np.clip(sign * (rim - space.y) / 0.10, 0.0, 1.0)
    shade = light * groove * bulge * (0.93 + 0.07 * (1.0 - toward_edge))
    colour = TEETH * white
    # Towards the gum the crown is warmer.
    warm = np.array([1.0, 0.97, 0.92])
    tone = colour * (1.0 + (warm - 1.0) * toward_edge[..., None])
    rgb = tone * shade[..., None]
    gum = _step(sign * (rim - space.y) - (0.112 - shorter - 0.012 * np.abs(u) ** 2), 0.012)
    rgb = _over(rgb, GUM * white * (0.8 * light)[..., None], gum)
    return rgb, np.asarray(alpha, np.float32)


def _tongue(
    space: MouthSpace, drop: float, gap: float, raised: float, light: Map, white: Floats, *, front: bool
) -> tuple[Floats, Map]:
    """The tongue: low behind the lower teeth, lifted to the upper ones for t d n l, between them for th."""
    rest = LOWER_TOP + 0.004 + (0.86 - 0.75 * min(gap, 0.32)) * drop
    up = UPPER_SHOW - (0.004 if front else 0.012)
    top = rest + (up - rest) * min(1.0, raised / 0.6)
    wide = (0.16 if front else 0.24) - 0.06 * raised
    dome = top + 0.9 * (space.x / wide) ** 2 * wide * 0.55
    soft = 0.014
    alpha = _step(space.y - dome, soft)
    if front:
        alpha = alpha * _step(0.055 - (space.y - dome), 0.03) * min(1.0, (raised - 0.75) / 0.2)
    from_top = np.clip((space.y - dome) / 0.07, 0, 1)
    groove = 1.0 - 0.16 * np.exp(-((space.x / 0.018) ** 2)) * (1.0 - 0.6 * raised)
    lit = (0.25 + 0.75 * light) * (0.50 + 0.50 * np.sin(np.pi * np.clip(from_top, 0.05, 0.75))) * groove
    tone = TONGUE_DARK + (TONGUE - TONGUE_DARK) * lit[..., None]
    return tone * (0.45 + 0.55 * white), np.asarray(alpha, np.float32)


def softened(rgb: Map, iod: float) -> Map:
    """As sharp as a lens would show it: drawn edges look drawn."""
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.55 + 0.0035 * iod))
