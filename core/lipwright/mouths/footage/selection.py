"""Which of the bank's mouths to show in each frame: the cheapest path, by dynamic programming."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.face.landmark_indices import Floats

JUMP = 400.0  # squared crop pixels; 800 halves the jumps, but stays on mouths that do not fit (GRID: r .92 for .97)
CROP_PX_PER_IOD = 140.0  # the unit of the costs: a 256 px crop, in which the eyes are about 140 px apart


def best_path(cost: Floats, follows: NDArray[np.int64], jump: float = JUMP) -> NDArray[np.int64]:
    """The cheapest column for each row of `cost` (F, N): staying, or going on to `follows[j]`, is free.

    follows: int64 (N,), the column that comes after j in its own footage, -1 for none. Any other step costs `jump`.
    """
    frames, count = cost.shape
    came = np.zeros((frames, count), np.int32)
    before = np.full(count, -1)
    has = follows >= 0
    before[follows[has]] = np.flatnonzero(has)
    known = before >= 0
    total = cost[0].astype(np.float64)
    here = np.arange(count, dtype=np.int32)
    for i in range(1, frames):
        cheapest = int(total.argmin())
        best, origin = total, here.copy()
        on = np.full(count, np.inf)
        on[known] = total[before[known]]
        better = on < best
        best, origin = np.where(better, on, best), np.where(better, before, origin)
        jumped = total[cheapest] + jump < best
        best, origin = np.where(jumped, total[cheapest] + jump, best), np.where(jumped, cheapest, origin)
        came[i], total = origin, best + cost[i]
    path = np.empty(frames, np.int64)
    path[-1] = int(total.argmin())
    for i in range(frames - 1, 0, -1):
        path[i - 1] = came[i, path[i]]
    return path
