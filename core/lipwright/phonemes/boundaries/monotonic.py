"""Tokens in a fixed order onto frames: the small search inside one phrase."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray

_NEVER = np.float32(-1e30)


def place(
    emit: FloatArray, enter: FloatArray, stay: FloatArray, optional: NDArray[np.bool_]
) -> NDArray[np.int32] | None:
    """First frame of every token, int32 (K,), -1 for an optional one that was left out; None if there is no path.

    emit: float32 (T, K) log scores · enter, stay: float32 (T,), log scores of a token beginning or going on ·
    optional: bool (K,), no two in a row. Every token lasts at least two frames.
    """
    frames, count = emit.shape
    starts = np.zeros((frames, count), np.int8)  # how many tokens back the one before a beginning token is
    goes_on = np.zeros((frames, count), np.bool_)
    fresh, held = np.full(count, _NEVER, np.float32), np.full(count, _NEVER, np.float32)
    fresh[0] = emit[0, 0]
    if count > 1 and optional[0]:
        fresh[1] = emit[0, 1]
    may_skip = np.where(optional, 0, _NEVER).astype(np.float32)
    for t in range(1, frames):
        one = np.concatenate(([_NEVER], held[:-1]))
        two = np.concatenate(([_NEVER, _NEVER], held[:-2] + may_skip[1:-1])) if count > 1 else one
        starts[t] = np.where(two > one, 2, 1)
        goes_on[t] = held >= fresh
        held = np.maximum(held, fresh) + (stay[t] + emit[t])
        fresh = np.maximum(one, two) + (enter[t] + emit[t])
    last = count - 1
    if optional[last] and count > 1 and held[last - 1] > held[last]:
        last -= 1
    if held[last] <= _NEVER / 2:
        return None
    return _read(starts, goes_on, last)


def _read(starts: NDArray[np.int8], goes_on: NDArray[np.bool_], token: int) -> NDArray[np.int32]:
    first = np.full(starts.shape[1], -1, np.int32)
    t = len(starts) - 1
    while True:
        while goes_on[t, token]:
            t -= 1
        t -= 1  # the frame before was the token's first
        first[token] = t
        if t <= 0:
            return first
        token -= int(starts[t, token])
        t -= 1
