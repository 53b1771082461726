"""How wide the voice opens the mouth: loudness, pitch, register and vibrato as curves over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import Features
from lipwright.types import Direction, PhonemeSpan

Array = NDArray[np.float64]

# JALI's abstract: jaw and lip degree follow loudness, pitch and formants. Shares per 18 dB and per octave were
# chosen by looking at sung and spoken plots; speech, song.
PER_18_DB = (0.26, 0.38)
SOFTER = 0.65  # of that below the usual level: a quiet voice still speaks clearly
PER_OCTAVE = (0.12, 0.32)
LEVEL_SMOOTH_S = 0.06
PITCH_SMOOTH_S = 0.05
VIBRATO_SMOOTH_S = 0.25  # longer than one cycle of a 4 to 7 Hz vibrato, so that the rest is the vibrato
VIBRATO_PER_CENT = 0.0008  # 50 cents move the opening by 4 %
VIBRATO_MOST_CENTS = 80.0
# Singers widen and open the vowel above the passaggio (Sundberg: jaw opens to follow the pitch), from about 4
# semitones above their middle to 12.
HEAD_FROM, HEAD_FULL = 4.0, 12.0
QUIET_DB, LOUD_DB = -24.0, 9.0  # what counts, relative to the vocal's own usual level
FLOOR_DB = -90.0


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """Curves every `hop_s`: gain float64 (F,) around 1 · register float64 (F,) 0 chest .. 1 head ·
    tremble float64 (F,) what vibrato adds to the opening."""

    hop_s: float
    gain: Array
    register: Array
    tremble: Array

    def at(self, times_s: Array) -> tuple[Array, Array, Array]:
        """(gain, register, tremble) at times, held past the ends; 1, 0, 0 where nothing was measured."""
        if not len(self.gain):
            return np.ones(len(times_s)), np.zeros(len(times_s)), np.zeros(len(times_s))
        frames = np.arange(len(self.gain)) * self.hop_s
        gain, register, tremble = (np.interp(times_s, frames, c) for c in (self.gain, self.register, self.tremble))
        return gain, register, tremble


def opening_of(features: Features, phonemes: tuple[PhonemeSpan, ...], direction: Direction, singing: float) -> Opening:
    """The opening curves of a vocal; frames outside all phonemes do not count for what is usual."""
    if not len(features.level_db) or not phonemes:
        return Opening(features.hop_s, *(np.zeros(0) for _ in range(3)))
    voiced = _covered(features, phonemes)
    rel = loudness(features, voiced)
    semitones, cents = pitch(features, voiced)
    strength = direction.dynamics
    gain = 1.0 + strength * _blend(PER_18_DB, singing) * np.where(rel < 0.0, SOFTER * rel, rel) / 18.0
    gain += strength * _blend(PER_OCTAVE, singing) * np.clip(semitones / 12.0, -0.5, 1.0)
    register = np.clip((semitones - HEAD_FROM) / (HEAD_FULL - HEAD_FROM), 0.0, 1.0) * min(1.0, strength) * singing
    tremble = strength * singing * VIBRATO_PER_CENT * cents
    return Opening(features.hop_s, np.clip(gain, 0.5, 1.6), register, tremble)


def loudness(features: Features, voiced: NDArray[np.bool_]) -> Array:
    """dB relative to the usual level (60th percentile of the voiced frames), smoothed, clipped. float64 (F,)"""
    level = np.nan_to_num(features.level_db.astype(np.float64), nan=FLOOR_DB, neginf=FLOOR_DB, posinf=0.0)
    level = smooth(np.maximum(level, FLOOR_DB), LEVEL_SMOOTH_S / features.hop_s)
    usual = float(np.percentile(level[voiced], 60)) if voiced.any() else float(level.max())
    return np.clip(level - usual, QUIET_DB, LOUD_DB)


def pitch(features: Features, voiced: NDArray[np.bool_]) -> tuple[Array, Array]:
    """(semitones above the usual pitch, vibrato in cents), both float64 (F,), 0 where there is no pitch at all."""
    hz = np.nan_to_num(features.f0_hz.astype(np.float64))
    known = (hz > 0.0) & voiced
    if known.sum() < 3:
        return np.zeros(len(hz)), np.zeros(len(hz))
    at = np.flatnonzero(known)
    octaves = np.interp(np.arange(len(hz)), at, np.log2(hz[at]))
    semitones = 12.0 * (octaves - np.median(octaves[known]))
    steady = smooth(semitones, PITCH_SMOOTH_S / features.hop_s)
    slow = smooth(semitones, VIBRATO_SMOOTH_S / features.hop_s)
    cents = np.clip(100.0 * (smooth(semitones, 0.03 / features.hop_s) - slow), -VIBRATO_MOST_CENTS, VIBRATO_MOST_CENTS)
    # A note change is no vibrato, and neither is what was guessed across unvoiced frames.
    moving = np.abs(np.gradient(slow)) / features.hop_s > 12.0
    cents[moving | ~known] = 0.0
    return steady, smooth(cents, 0.02 / features.hop_s)


def smooth(values: Array, deviation: float) -> Array:
    """Gaussian smoothing with a deviation in frames; the ends are held. float64 (F,)"""
    if deviation < 0.3 or len(values) < 2:
        return values
    half = int(np.ceil(3 * deviation))
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / deviation) ** 2)
    return np.convolve(np.pad(values, half, mode="edge"), kernel / kernel.sum(), "valid")


def _covered(features: Features, phonemes: tuple[PhonemeSpan, ...]) -> NDArray[np.bool_]:
    mask = np.zeros(len(features.level_db), bool)
    for span in phonemes:
        mask[int(span.start_s / features.hop_s) : int(span.end_s / features.hop_s) + 1] = True
    return mask


def _blend(pair: tuple[float, float], singing: float) -> float:
    return pair[0] + (pair[1] - pair[0]) * singing
