"""A vocal whose samples lie in a temporary file, read a window at a time."""

from __future__ import annotations

import threading
from typing import IO

import numpy as np

from lipwright.arrays import FloatArray
from lipwright.types import VocalInfo


class SpooledVocal:
    """Float32 samples at 16 kHz in a spool; see `lipwright.arrays.Vocal`. Several threads may read it."""

    def __init__(self, spool: IO[bytes], length: int, gain: float, info: VocalInfo) -> None:
        """Take over an open spool; `gain` brings its peak to at most 1."""
        self._spool = spool
        self._lock = threading.Lock()
        self._gain = np.float32(gain)
        self._length = length
        self._info = info

    @property
    def info(self) -> VocalInfo:
        """Name, hash, length of the file."""
        return self._info

    @property
    def length(self) -> int:
        """Samples at 16 kHz."""
        return self._length

    def window(self, start: int, stop: int) -> FloatArray:
        """samples float32 (stop - start,), -1..1; zeros before the start and past the end."""
        out = np.zeros(max(0, stop - start), np.float32)
        low, high = max(start, 0), min(stop, self._length)
        if high > low:
            with self._lock:
                self._spool.seek(low * 4)
                data = self._spool.read((high - low) * 4)
            out[low - start : high - start] = np.frombuffer(data, np.float32)
            out *= self._gain
        return out
