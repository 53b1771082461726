"""What a shape does to a mouth, measured on its vertices; and a mapping from such effects. Pure numpy.

Space: x to the side, y from front (small) to back, z up, any unit. `rest` float (N, 3); a shape is its offsets (N, 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .mapping import Control, Row

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Lips:
    """Vertices of a mouth: the upper and lower lip's edges, their two corners, and the mouth's width at rest."""

    upper: Indices
    lower: Indices
    left: Indices
    right: Indices
    width: float


@dataclass(frozen=True, slots=True)
class Effect:
    """What a shape does at 1, in mouth widths: parts the lips, widens (negative: narrows), pushes forward,
    lifts the corners, lifts the lower lip alone."""

    opens: float
    widens: float
    forward: float
    lifts: float
    bites: float


# How a jaw drop is told apart: it moves much (this share of its largest drop counts as "moved"), and some not at all.
_DROPPED, _STILL = 0.3, 0.06
# Lips that meet at rest lie this near to each other, in widths of the head.
_NEAR = 0.06
_BINS = 12
_MOST = 4000


def find_lips(rest: Array, shapes: Mapping[str, Array]) -> Lips | None:
    """The mouth, found where the shape that drops the jaw most tears it open; None if none does."""
    best, most = None, 0.0
    for offsets in shapes.values():
        drop = float(np.clip(-offsets[:, 2], 0.0, None).sum())
        lopsided = abs(float(offsets[:, 0].sum())) > 0.5 * max(float(np.abs(offsets).sum()), 1e-12)
        if drop > most and not lopsided:
            best, most = offsets, drop
    if best is None:
        return None
    depth = float(-best[:, 2].min())
    size = np.linalg.norm(best, axis=1)
    lower = np.flatnonzero(best[:, 2] < -_DROPPED * depth)
    upper = np.flatnonzero(size < _STILL * depth)
    pairs = _pairs(rest, lower, upper)
    return None if pairs is None else _lips(rest, *pairs)


def _pairs(rest: Array, lower: Indices, upper: Indices) -> tuple[Indices, Indices] | None:
    """Vertices below the mouth's line with the nearest one above it, at the front."""
    moving = np.concatenate([lower, upper])
    if len(lower) < 3 or len(upper) < 3:
        return None
    head = float(np.ptp(rest[moving, 0]))
    front = rest[lower, 1].min()
    lower = lower[rest[lower, 1] < front + 0.5 * head][:_MOST]
    upper = upper[rest[upper, 1] < front + 0.5 * head][:_MOST]
    if not len(lower) or not len(upper):
        return None
    distance = np.linalg.norm(rest[lower][:, None, :] - rest[upper][None, :, :], axis=2)
    nearest = np.argmin(distance, axis=1)
    near = distance[np.arange(len(lower)), nearest] < _NEAR * head
    near &= rest[upper[nearest], 2] >= rest[lower, 2] - 0.01 * head
    if near.sum() < 3:
        return None
    return lower[near], upper[nearest[near]]


def _lips(rest: Array, lower: Indices, upper: Indices) -> Lips:
    """Of all pairs, the foremost at each place across the mouth: lips, not teeth."""
    x = rest[lower, 0]
    bins = np.clip(((x - x.min()) / max(float(np.ptp(x)), 1e-9) * _BINS).astype(int), 0, _BINS - 1)
    chosen = []
    for number in range(_BINS):
        inside = np.flatnonzero(bins == number)
        if len(inside):
            depth = rest[lower[inside], 1]
            chosen.extend(inside[depth < depth.min() + 0.02 * float(np.ptp(x))])
    low, up = np.unique(lower[chosen]), np.unique(upper[chosen])
    both = np.unique(np.concatenate([low, up]))
    order = both[np.argsort(rest[both, 0])]
    corner = max(1, len(order) // 10)
    width = float(rest[order[-1], 0] - rest[order[0], 0])
    return Lips(up, low, order[:corner], order[-corner:], max(width, 1e-9))


def effect(offsets: Array, lips: Lips) -> Effect:
    """What one shape does to the mouth."""
    middle_up, middle_low = offsets[lips.upper], offsets[lips.lower]
    corners = np.concatenate([lips.left, lips.right])
    both = np.concatenate([middle_up, middle_low])
    return Effect(
        opens=float(middle_up[:, 2].mean() - middle_low[:, 2].mean()) / lips.width,
        widens=float(offsets[lips.right, 0].mean() - offsets[lips.left, 0].mean()) / lips.width,
        forward=float(-both[:, 1].mean()) / lips.width,
        lifts=float(offsets[corners, 2].mean()) / lips.width,
        bites=float(middle_low[:, 2].mean() - np.abs(middle_up[:, 2]).mean()) / lips.width,
    )


# How far a mouth goes for speech, in mouth widths, measured on heads whose visemes an artist sculpted.
_OPEN, _NARROW, _WIDE = 0.4, 0.25, 0.15
# Shares of the four basic movements in each viseme, ordered by opening and rounding.
RECIPE: dict[str, dict[str, float]] = {
    "PP": {"close": 1.0}, "FF": {"bite": 0.8}, "TH": {"open": 0.2}, "DD": {"open": 0.15, "wide": 0.2},
    "kk": {"open": 0.25}, "CH": {"open": 0.1, "round": 0.5}, "SS": {"open": 0.06, "wide": 0.6},
    "nn": {"open": 0.13, "wide": 0.1}, "RR": {"open": 0.15, "round": 0.4}, "aa": {"open": 1.0},
    "E": {"open": 0.6, "wide": 0.5}, "ih": {"open": 0.3, "wide": 0.9}, "oh": {"open": 0.55, "round": 0.7},
    "ou": {"open": 0.12, "round": 1.0},
}  # fmt: skip


def basics(effects: Mapping[str, Effect]) -> dict[str, tuple[str, float]]:
    """The shape that does each basic movement best, and its weight for a full spoken one."""
    found: dict[str, tuple[str, float]] = {}

    def best(part: str, score: dict[str, float], least: float, wanted: float, reach: dict[str, float]) -> None:
        name = max(score, key=lambda key: score[key], default="")
        if name and score[name] >= least:
            found[part] = name, float(np.clip(wanted / max(reach[name], 1e-6), 0.1, 1.0))

    opens = {n: e.opens - abs(e.widens) for n, e in effects.items()}
    best("open", opens, 0.1, _OPEN, {n: e.opens for n, e in effects.items()})
    jaw = found.get("open", ("", 0.0))[0]
    rest = {n: e for n, e in effects.items() if n != jaw}
    best("round", {n: -e.widens + 0.5 * e.forward - max(e.opens, 0.0) for n, e in rest.items()}, 0.06, _NARROW,
         {n: -e.widens for n, e in rest.items()})  # fmt: skip
    best("wide", {n: e.widens - abs(e.opens) - 0.5 * abs(e.lifts) for n, e in rest.items()}, 0.02, _WIDE,
         {n: e.widens for n, e in rest.items()})  # fmt: skip
    best("close", {n: -e.opens - abs(e.widens) for n, e in rest.items()}, 0.005, 0.05,
         {n: -e.opens for n, e in rest.items()})  # fmt: skip
    best("bite", {n: e.bites - abs(e.widens) - abs(e.lifts) for n, e in rest.items()}, 0.02, 0.1,
         {n: e.bites for n, e in rest.items()})  # fmt: skip
    return found


_PART = {"open": "jaw", "round": "lips", "wide": "lips", "close": "", "bite": ""}


def rows_from_basics(found: Mapping[str, tuple[str, float]]) -> tuple[Row, ...]:
    """Rows for shape keys that make the visemes from the basic movements there are."""
    rows = []
    for viseme, parts in RECIPE.items():
        for part, share in parts.items():
            use = part if part in found else {"bite": "close"}.get(part, "")
            if use in found:
                name, weight = found[use]
                rows.append(Row(viseme, Control("shape", name), round(share * weight, 3), _PART[use]))
    return tuple(rows)
