"""Where one shot ends and the next begins: by the colours and the layout of a thumbnail of every frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

THUMB = (48, 27)
BINS = 16
# Inside the GRID talking-head clips neighbouring frames differ by 0.025 at most; between two people before the same
# blue wall by 0.11 to 0.20, between sets by 0.4 to 1.6.
LEAST_CUT = 0.10
OVER_USUAL = 4.0  # a cut stands out this much over the frames before it, so that a wild pan is no row of cuts
USUAL_FRAMES = 12
FLASH_FRAMES = 3  # a flash is over by then, and what comes after looks like what was before


def signature(thumb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 (48 + 144,): histograms of R, G, B, then a 16 x 9 grid of luma 0..1, from a (27, 48, 3) thumbnail."""
    histogram = [np.bincount(thumb[..., c].ravel() // (256 // BINS), minlength=BINS) for c in range(3)]
    share = np.concatenate(histogram).astype(np.float32) / np.float32(thumb[..., 0].size)
    luma = thumb.astype(np.float32).mean(2).reshape(9, 3, 16, 3).mean((1, 3)) / np.float32(255)
    return np.concatenate([share, luma.ravel()])


def difference(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """0 for equal pictures, up to 2: the share of colours that changed, and the mean change of the layout."""
    colours = float(np.abs(a[: 3 * BINS] - b[: 3 * BINS]).sum()) / 6
    layout = float(np.abs(a[3 * BINS :] - b[3 * BINS :]).mean())
    return colours + layout


def is_cut(change: float, before: list[float]) -> bool:
    """Whether a change between two frames is a cut, given the changes before it; flashes are told apart later."""
    if change <= LEAST_CUT:
        return False
    usual = float(np.median(before[-USUAL_FRAMES:])) if before else 0.0
    return change > OVER_USUAL * usual


def shots_of(signatures: NDArray[np.float32]) -> NDArray[np.int32]:
    """int32 (F,): the number of each frame's shot, from signatures float32 (F, 192)."""
    shots = np.zeros(len(signatures), np.int32)
    changes: list[float] = []
    for i in range(1, len(signatures)):
        change = difference(signatures[i - 1], signatures[i])
        cut = is_cut(change, changes) and not _is_flash(signatures, i)
        changes.append(change)
        shots[i] = shots[i - 1] + cut
    return shots


def _is_flash(signatures: NDArray[np.float32], i: int) -> bool:
    """Whether the picture soon looks again as it did before frame i, or i is where it comes back."""
    before, after = signatures[i - 1], signatures[i : i + FLASH_FRAMES + 1]
    comes_back = any(difference(before, s) < LEAST_CUT / 2 for s in after[1:])
    earlier = signatures[max(0, i - 1 - FLASH_FRAMES) : i - 1]
    came_back = any(difference(s, signatures[i]) < LEAST_CUT / 2 for s in earlier)
    return comes_back or came_back
