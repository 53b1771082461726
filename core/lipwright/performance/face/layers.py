"""Curves of one part of a face, added up to channels: a layer that is empty leaves no key behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.performance.thinning import TICKS, TOLERANCE, joined, thinned
from lipwright.types import ARKIT, HEAD, Track

Array = NDArray[np.float64]
HEAD_TOLERANCE = 0.0012  # radians: 0.07 degrees, a millimetre at the tip of a nose


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What one part adds to a channel: times float64 (N,) rising, values float64 (N,), straight lines between."""

    name: str
    times_s: Array
    values: Array

    def at(self, times_s: Array) -> Array:
        """The layer at times, held past its ends."""
        return np.interp(times_s, self.times_s, self.values)


def channels_of(layers: Iterable[Layer]) -> tuple[Track, ...]:
    """The sum of all layers by channel, within its range, as sparse tracks in the order of ARKit, then the head."""
    named: dict[str, list[Layer]] = defaultdict(list)
    for layer in layers:
        if len(layer.values) and layer.values.any():
            named[layer.name].append(layer)
    tracks = [_channel(name, named[name]) for name in (*ARKIT, *HEAD) if name in named]
    return tuple(track for track in tracks if track.times_s)


def _channel(name: str, layers: list[Layer]) -> Track:
    ticks = np.unique(np.concatenate([np.round(layer.times_s * TICKS).astype(np.int64) for layer in layers]))
    times = ticks / TICKS
    total = np.sum([layer.at(times) for layer in layers], axis=0)
    if name in HEAD:
        return joined(name, [thinned(times, np.clip(total, -0.7, 0.7), tolerance=HEAD_TOLERANCE)])
    return joined(name, [thinned(times, np.clip(total, 0.0, 1.0), tolerance=TOLERANCE)])


def both(name: str) -> tuple[str, ...]:
    """The ARKit names of an action: its left and right half, or the one there is."""
    return (name,) if name in ARKIT else (f"{name}Left", f"{name}Right")


def bumps(name: str, peaks: Iterable[tuple[float, float, float, float]], duration_s: float) -> Layer:
    """A curve of separate rises: (time of the peak, rise s, fall s, height); where they meet, the higher one wins.

    Each rise and fall is smooth; the curve is 0 elsewhere.
    """
    peaks = list(peaks)
    grids = [np.linspace(t - rise, t, 7) for t, rise, _, _ in peaks] + [
        np.linspace(t, t + fall, 9) for t, _, fall, _ in peaks
    ]
    times = np.unique(np.round(np.concatenate([*grids, np.zeros(1)]), 4))
    times = times[(times >= 0.0) & (times <= duration_s)]
    values = np.zeros(len(times))
    for t, rise, fall, height in peaks:
        low, high = np.searchsorted(times, (t - rise, t + fall))
        near = times[low:high]
        x = np.clip(np.minimum((near - t) / rise + 1.0, 1.0 - (near - t) / fall), 0.0, 1.0)
        values[low:high] = np.maximum(values[low:high], height * x * x * (3.0 - 2.0 * x))
    return Layer(name, times, values)
