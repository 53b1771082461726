"""Where the band plays and nobody sings: the silences of the voice in which the mix goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lipwright.arrays import RATE, FloatArray, Vocal, blocks
from lipwright.types import SoundSpan

LEVEL_S = 0.02
SHORTEST_S = 0.3  # a shorter rest is a rest inside the singing
LOUD_DB = 25.0  # below the loud part of the mix; bands rest at 40 and more


def with_band(sounds: Sequence[SoundSpan], mix: Vocal) -> tuple[SoundSpan, ...]:
    """The sounds, with "music" in place of the silence and noise during which the mix is loud; breaths stay."""
    level_db = _levels(mix)
    if not len(level_db):
        return tuple(sounds)
    loud = float(np.percentile(level_db, 95)) - LOUD_DB
    return tuple(replace(sound, kind="music") if _plays(sound, level_db, loud) else sound for sound in sounds)


def _plays(sound: SoundSpan, level_db: FloatArray, loud: float) -> bool:
    if sound.kind == "breath" or sound.end_s - sound.start_s < SHORTEST_S:
        return False
    part = level_db[int(sound.start_s / LEVEL_S) : int(sound.end_s / LEVEL_S)]
    return bool(len(part)) and float(np.median(part)) > loud


def _levels(mix: Vocal) -> FloatArray:
    """float32 (F,), dB of each 20 ms."""
    hop = round(LEVEL_S * RATE)
    parts = []
    for _, samples in blocks(mix, 60.0):
        whole = np.pad(samples, (0, -len(samples) % hop)).reshape(-1, hop)
        parts.append(10 * np.log10((whole.astype(np.float64) ** 2).mean(axis=1) + 1e-12))
    return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
