"""Beats by other means: librosa's tracker, for music that the built-in one does not follow.

The built-in beats come with `measure` and cost nothing; librosa takes a second to load and hears the whole mix.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np

from lipwright.arrays import RATE, Vocal, blocks
from lipwright.errors import EngineUnavailable, OptionError

# How the beats are found; each but the first is a module's verb `(vocal) -> (beats in seconds, beats a minute)`.
BEATS = {"onsets": "", "librosa": "lipwright.vocal.beats:librosa_beats"}
HOP = 160  # 10 ms
BLOCK_S = 60.0


def beats_by(name: str, vocal: Vocal) -> tuple[tuple[float, ...], float]:
    """(beats in seconds, tempo) by the engine of that name. Raises OptionError, EngineUnavailable."""
    if not BEATS.get(name):
        raise OptionError(f"beats {name!r} are unknown; choose one of {', '.join(BEATS)}")
    module, _, verb = BEATS[name].partition(":")
    found: tuple[tuple[float, ...], float] = getattr(import_module(module), verb)(vocal)
    return found


def librosa_beats(vocal: Vocal) -> tuple[tuple[float, ...], float]:
    """Beats and tempo by `librosa.beat.beat_track`, of onset strength taken a minute at a time."""
    try:
        from librosa.beat import beat_track
        from librosa.onset import onset_strength
    except ImportError as error:
        raise EngineUnavailable(f"beats by librosa need {error.name}: pip install librosa") from error
    parts = [
        onset_strength(y=samples, sr=RATE, hop_length=HOP)[: max(1, len(samples) // HOP)]
        for _, samples in blocks(vocal, BLOCK_S)
    ]
    strength = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    if not strength.size or float(strength.max()) <= 0.0:
        return (), 0.0
    tempo, frames = beat_track(onset_envelope=strength, sr=RATE, hop_length=HOP)
    return tuple(round(float(frame) * HOP / RATE, 4) for frame in frames), round(float(np.atleast_1d(tempo)[0]), 2)
