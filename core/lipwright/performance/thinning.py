"""From dense curves to sparse keys: Ramer, Douglas, Peucker, with the error measured along the value axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lipwright.types import Track

Array = NDArray[np.float64]
Piece = tuple[NDArray[np.int64], Array]
"""Keys of a stretch: ticks of 0.1 ms, values."""
# A viseme weight off by less than this cannot be seen: 1.2 % of a jaw drop of 25 mm is 0.3 mm.
TOLERANCE = 0.012
# The jaw and the lips are two curves only, and carry the small life of held notes.
FINE_TOLERANCE = 0.005
# Times are kept to 0.1 ms (the document's precision), values to 1e-4.
TICKS = 10_000


def kept(times_s: Array, values: Array, tolerance: float) -> NDArray[np.intp]:
    """Indices of the points to keep so that straight lines between them miss no point by more than `tolerance`.

    times_s: float64 (N,) rising · values: float64 (N,). The first and last point are always kept.
    """
    keep = np.zeros(len(values), bool)
    keep[[0, -1]] = True
    spans = [(0, len(values) - 1)]
    while spans:
        low, high = spans.pop()
        if high - low < 2:
            continue
        inner = slice(low + 1, high)
        share = (times_s[inner] - times_s[low]) / (times_s[high] - times_s[low])
        error = np.abs(values[inner] - (values[low] + share * (values[high] - values[low])))
        worst = int(np.argmax(error))
        if error[worst] > tolerance:
            middle = low + 1 + worst
            keep[middle] = True
            spans += [(low, middle), (middle, high)]
    return np.flatnonzero(keep)


def track(name: str, times_s: Array, values: Array, tolerance: float = TOLERANCE) -> Track:
    """The dense curve as a sparse track; a curve that is zero throughout has no keys at all."""
    return joined(name, [thinned(times_s, values, 0, tolerance)]) if len(values) else Track(name)


def thinned(times_s: Array, values: Array, origin: int = 0, tolerance: float = TOLERANCE) -> Piece:
    """(ticks, values) of the keys of a dense curve whose times count from `origin` ticks."""
    # Rounded first, so that the last bit of a processor's exponential cannot decide which key is kept.
    values = np.round(values, 5)
    chosen = kept(times_s, values, tolerance)
    return np.round(times_s[chosen] * TICKS).astype(np.int64) + origin, values[chosen]


def joined(name: str, pieces: list[Piece]) -> Track:
    """Keys (ticks, values) in time order as one track, without keys on a level line between their neighbours."""
    if not pieces:
        return Track(name)
    ticks = np.concatenate([ticks for ticks, _ in pieces])
    values = np.round(np.concatenate([values for _, values in pieces]), 4)
    first = np.concatenate([[True], np.diff(ticks) > 0])
    ticks, values = ticks[first], values[first]
    level = np.zeros(len(values), bool)
    level[1:-1] = (values[1:-1] == values[:-2]) & (values[1:-1] == values[2:])
    ticks, values = ticks[~level], values[~level]
    if not values.any():
        return Track(name)
    return Track(name, tuple((ticks / TICKS).tolist()), tuple((values + 0.0).tolist()))
