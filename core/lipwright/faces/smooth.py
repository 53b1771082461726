"""Taking the network's tremble off the points without slowing what really moves: closures, blinks, turns.

Offline, so nothing lags: the head's own motion is fitted by short parabolas, and what moves on the face is averaged
only over frames that show it nearly equal, so that a lip that closes within two frames closes as sharply as it did.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lipwright.faces.geometry import STABLE, Points, iod, similarity

# Parabola over five frames, value at the middle (Savitzky and Golay 1964): keeps speed and acceleration.
PARABOLA = np.array([-3, 12, 17, 12, -3]) / 35
REACH = 2  # frames each way
# The points' own noise, in eye distances: 0.004 to 0.013 for the mouth opening when the region shifts (measured).
TREMBLE = 0.006
# How far points are drawn to short parabolas. A mouth painted where the network saw it trembles with the network: this
# takes the lip jitter of six re-rendered GRID speakers from 1.13 to 0.99 of the source's, at the same 30.7 dB.
CALM = 0.7
LEAST_RUN = 5
BLOCK = 512  # frames that are worked on at once: memory does not grow with the clip


def smoothed(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Consecutive frames of one face in one shot, float32 (F, N, 3) -> the same, steadier."""
    if len(points) < LEAST_RUN:
        return points
    stable = points[:, list(STABLE), :2].astype(np.float64)
    to_still = np.array([_complex(similarity(frame, stable[len(stable) // 2])) for frame in stable])
    sizes = [iod(frame.astype(np.float64)) for frame in points]
    tremble = TREMBLE * max(float(np.median(sizes) * np.median(np.abs(to_still[:, 0]))), 1e-6)
    calm = _parabolas(to_still)
    out = np.empty(points.shape, np.float32)
    for start in range(0, len(points), BLOCK):
        # A block sees as many frames around it as reach into it, so that it is as if all were done at once.
        stop, low = min(start + BLOCK, len(points)), max(0, start - 2 * REACH)
        seen = slice(low, min(stop + 2 * REACH, len(points)))
        block = _steadied(points[seen], to_still[seen], calm[seen], tremble)
        out[start:stop] = block[start - low : stop - low]
    return out


def _steadied(
    points: NDArray[np.float32], to_still: NDArray[np.complex128], calm: NDArray[np.complex128], tremble: float
) -> NDArray[np.float64]:
    xyz = points.astype(np.float64)
    still = (xyz[..., 0] + 1j * xyz[..., 1]) * to_still[:, :1] + to_still[:, 1:]
    still, depth = _kept_where_alike(still, xyz[..., 2] * np.abs(to_still[:, :1]), tremble)
    still = _calmed(still, tremble)
    turn, shift = calm[:, :1], calm[:, 1:]
    moved = (still - shift) / turn
    return np.stack([moved.real, moved.imag, depth / np.abs(turn)], -1)


def _calmed(still: NDArray[np.complex128], tremble: float) -> NDArray[np.complex128]:
    """CALM of the way to each point's parabolas, where they ask for no more than the tremble: what snaps stays."""
    away = _parabolas(still) - still
    return still + CALM * np.exp(-((np.abs(away) / (2 * tremble)) ** 2)) * away


def _complex(matrix: Points) -> tuple[complex, complex]:
    """A similarity as z -> turn * z + shift."""
    return complex(matrix[0, 0], matrix[1, 0]), complex(matrix[0, 2], matrix[1, 2])


def _parabolas(rows: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Each column fitted by parabolas; the first and last two frames stay."""
    out = rows.copy()
    for column in range(rows.shape[1]):
        out[REACH:-REACH, column] = np.convolve(rows[:, column], PARABOLA, mode="valid")
    return out


def _kept_where_alike(
    still: NDArray[np.complex128], depth: NDArray[np.float64], tremble: float
) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
    """Mean over neighbouring frames, each weighted by how little the point differs there."""
    total, total_depth = still.copy(), depth.copy()
    weights = np.ones(still.shape)
    for step in (s for s in range(-REACH, REACH + 1) if s):
        here = np.s_[max(0, -step) : len(still) - max(0, step)]
        there = np.s_[max(0, step) : len(still) - max(0, -step)]
        weight = np.exp(-(np.abs(still[there] - still[here]) ** 2) / (2 * (2 * tremble) ** 2))
        total[here] += weight * still[there]
        total_depth[here] += weight * depth[there]
        weights[here] += weight
    return total / weights, total_depth / weights
