"""A voice on one side of a recording and something else on the other: which channel is the voice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import RATE, FloatArray, MemoryVocal, Vocal
from lipwright.vocal.features import measure

# Channels of one recording share what they hear: mixes and microphones in one room correlate by 0.3 and more.
_APART = 0.1
_AUDIBLE = 1e-3  # energy of the softer side, as a share of the louder one's
# Of the frames within 20 dB of the loud ones: voices of the labelled recordings have a pitch in 58 to 94 %, noise of
# four colours, hum and clicks in none; noise falls by 1 to 15 dB between its moments, voices by 30 and more.
_VOICED, _NEAR_DB, _DROP_DB = 0.35, 20.0, 15.0
_PIECES, _PIECE_S = 6, 10.0


def apart(energy: NDArray[np.float64], mix_energy: float) -> bool:
    """Whether two channels have nothing in common. `energy` of each one's share (2,), `mix_energy` of their sum."""
    if energy.size != 2 or energy.min() <= _AUDIBLE * energy.max():
        return False
    shared = (mix_energy - float(energy.sum())) / (2.0 * float(np.sqrt(energy.prod())))
    return abs(shared) < _APART


def sounds_like_voice(vocal: Vocal) -> bool:
    """Whether what is heard rises and falls and has a pitch while it is loud, as speech, song and melodies do."""
    features = measure(MemoryVocal(_pieces(vocal)))
    level = features.level_db
    if not level.size:
        return False
    loud = float(np.percentile(level, 95))
    on = level > loud - _NEAR_DB
    moves = loud - float(np.percentile(level, 8)) > _DROP_DB
    return moves and float((features.f0_hz[on] > 0).mean()) > _VOICED


def _pieces(vocal: Vocal) -> FloatArray:
    """A minute of it: the whole of a short one, else pieces from everywhere."""
    size = round(_PIECE_S * RATE)
    if vocal.length <= _PIECES * size:
        return vocal.window(0, vocal.length)
    starts = np.linspace(0, vocal.length - size, _PIECES).astype(int).tolist()
    return np.concatenate([vocal.window(start, start + size) for start in starts])
