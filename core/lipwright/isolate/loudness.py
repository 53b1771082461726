"""How loud a mix is where it is loud: the separator was trained on masters and hears quiet mixes badly."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from lipwright.arrays import FloatArray
from lipwright.isolate.separator import RATE
from lipwright.isolate.stereo_reader import stereo_blocks

_BLOCK_S = 0.4
_SILENT, _FAR_DB = 1e-7, 10.0  # power; and how far below the mean a block still counts, as in ITU-R BS.1770


def rms_of_mix(path: Path, stream: int | None, channel: int | None = None) -> float:
    """`loud_rms` of a file's sound stream, or of one channel of it, read once through."""
    return loud_rms(stereo_blocks(path, stream, channel=channel))


def loud_rms(blocks: Iterable[FloatArray]) -> float:
    """RMS of the parts of a mix, float32 (2, n) blocks at 44.1 kHz, that are not much quieter than the rest; 0 of none.

    Gated as programme loudness is, so that a quiet introduction does not make the song a quiet one.
    """
    power = np.array([value for value in _powers(blocks) if value > _SILENT])
    if not power.size:
        return 0.0
    near = power > power.mean() * 10 ** (-_FAR_DB / 10)
    return float(np.sqrt(power[near].mean()))


def _powers(blocks: Iterable[FloatArray]) -> list[float]:
    """Mean power of each 0.4 s; a rest shorter than that is left out unless it is all there is."""
    size, total, count, out = round(_BLOCK_S * RATE), 0.0, 0, []
    for block in blocks:
        squares = (block.astype(np.float64) ** 2).mean(axis=0)
        while squares.size:
            part, squares = squares[: size - count], squares[size - count :]
            total, count = total + float(part.sum()), count + part.size
            if count == size:
                out.append(total / size)
                total, count = 0.0, 0
    return out or ([total / count] if count else [])
