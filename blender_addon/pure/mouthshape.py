"""What a shape does to a mouth, measured on its vertices; and a mapping from such effects. Pure numpy.

Space: a face's own (facing.frame): x to the performer's left, y from front (small) to back, z up, any unit.
`rest` float (N, 3); a shape is its offsets (N, 3).
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
    lifts the corners, lifts the lower lip alone. `touches`: how far the lips move, of the shape's greatest motion;
    `away`: how far from the lips it moves things, on the whole."""

    opens: float
    widens: float
    forward: float
    lifts: float
    bites: float
    touches: float = 1.0
    away: float = 0.0


# How a jaw drop is told apart: what moves (this share of its largest drop counts), and what does not go down with it.
_DROPPED, _STILL = 0.3, 0.06
# Lips that meet at rest lie this near to each other, in widths of what drops.
_NEAR = 0.1
# Lips part further than they lay apart; skin that is only stretched does not (in drops of the lower lip).
_TORN = 0.5
# A mouth lies across the middle of the face: an eye beside it, two eyes on both sides (in widths of what was found).
_ASIDE = 0.35
_BINS = 12
_MOST = 1200
_TRIES = 16


def find_lips(rest: Array, shapes: Mapping[str, Array]) -> Lips | None:
    """The mouth, found where the shape that drops the jaw most tears the middle of the face open; None if none does."""
    drops = {}
    for name, offsets in shapes.items():
        drop = float(np.clip(-offsets[:, 2], 0.0, None).sum())
        lopsided = abs(float(offsets[:, 0].sum())) > 0.5 * max(float(np.abs(offsets).sum()), 1e-12)
        if drop > 0.0 and not lopsided:
            drops[name] = drop
    middle = _middle(rest, shapes)
    for name in sorted(drops, key=lambda key: -drops[key])[:_TRIES]:
        lips = _torn(rest, shapes[name], middle)
        if lips is not None:
            return lips
    return None


def _middle(rest: Array, shapes: Mapping[str, Array]) -> float:
    """x of the face's middle: halfway across all that moves."""
    moved = np.zeros(len(rest))
    for offsets in shapes.values():
        np.maximum(moved, np.abs(offsets).sum(axis=1), out=moved)
    x = rest[moved > 0.05 * moved.max(initial=0.0), 0]
    return float(x.min() + x.max()) / 2.0 if len(x) else 0.0


def _torn(rest: Array, offsets: Array, middle: float) -> Lips | None:
    """The lips that this shape parts, if it parts any across the middle of the face."""
    depth = float(-offsets[:, 2].min())
    if depth <= 0.0:
        return None
    lower = np.flatnonzero(offsets[:, 2] < -_DROPPED * depth)
    upper = np.flatnonzero(offsets[:, 2] > -_STILL * depth)
    pairs = _pairs(rest, offsets, lower, upper)
    if pairs is None:
        return None
    lips = _lips(rest, *pairs)
    x = rest[lips.lower, 0]
    aside = abs(float(x.min() + x.max()) / 2.0 - middle) > _ASIDE * lips.width
    aside |= abs(float(np.median(x)) - float(np.median(rest[:, 0]))) > lips.width
    central = np.abs(x - float(x.min() + x.max()) / 2.0) < lips.width / 6.0
    return None if aside or not central.any() else lips


def _pairs(rest: Array, offsets: Array, lower: Indices, upper: Indices) -> tuple[Indices, Indices, Array] | None:
    """Vertices below the mouth's line with the nearest one above it, at the front, and how far apart they are."""
    if len(lower) < 3 or len(upper) < 3:
        return None
    head = float(np.ptp(rest[lower, 0]))
    front = rest[lower, 1].min()
    lower = _thinned(lower[rest[lower, 1] < front + 0.5 * head], _MOST)
    box = rest[lower]
    near_by = np.all((rest[upper] > box.min(axis=0) - head) & (rest[upper] < box.max(axis=0) + head), axis=1)
    upper = _thinned(upper[(rest[upper, 1] < front + 0.5 * head) & near_by], 4 * _MOST)
    if not len(lower) or not len(upper):
        return None
    low, high = rest[lower], rest[upper]
    nearest = np.argmin((high**2).sum(axis=1)[None, :] - 2.0 * low @ high.T, axis=1)
    apart = np.linalg.norm(low - high[nearest], axis=1)
    drop = offsets[upper[nearest], 2] - offsets[lower, 2]
    near = (apart < _NEAR * head) & (apart < _TORN * drop)
    near &= rest[upper[nearest], 2] >= rest[lower, 2] - 0.01 * head
    if near.sum() < 3:
        return None
    return lower[near], upper[nearest[near]], apart[near]


def _thinned(indices: Indices, most: int) -> Indices:
    return indices[:: -(-len(indices) // most)] if len(indices) > most else indices


def _lips(rest: Array, lower: Indices, upper: Indices, apart: Array) -> Lips:
    """Of all pairs, the foremost and nearest at each place across the mouth: lips, not teeth or chin."""
    x = rest[lower, 0]
    bins = np.clip(((x - x.min()) / max(float(np.ptp(x)), 1e-9) * _BINS).astype(int), 0, _BINS - 1)
    chosen = []
    for number in range(_BINS):
        inside = np.flatnonzero(bins == number)
        if len(inside):
            depth = rest[lower[inside], 1]
            inside = inside[depth < depth.min() + 0.02 * float(np.ptp(x))]
            chosen.extend(inside[apart[inside] <= 1.5 * apart[inside].min() + 0.01 * float(np.ptp(x))])
    low, up = np.unique(lower[chosen]), np.unique(upper[chosen])
    both = np.unique(np.concatenate([low, up]))
    order = both[np.argsort(rest[both, 0])]
    corner = max(1, len(order) // 10)
    width = float(rest[order[-1], 0] - rest[order[0], 0])
    return Lips(up, low, order[:corner], order[-corner:], max(width, 1e-9))


def effect(offsets: Array, lips: Lips, rest: Array | None = None) -> Effect:
    """What one shape does to the mouth; `rest` tells where else it moves the face."""
    middle_up, middle_low = offsets[lips.upper], offsets[lips.lower]
    corners = np.concatenate([lips.left, lips.right])
    both = np.concatenate([middle_up, middle_low])
    size = np.linalg.norm(offsets, axis=1)
    most = max(float(size.max(initial=0.0)), 1e-12)
    away = 0.0
    if rest is not None:
        centre = rest[np.concatenate([lips.upper, lips.lower])].mean(axis=0)
        away = float(np.linalg.norm(np.average(rest, axis=0, weights=size + 1e-9 * most) - centre)) / lips.width
    return Effect(
        touches=float(np.linalg.norm(both, axis=1).max()) / most,
        away=away,
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
