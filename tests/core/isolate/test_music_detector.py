"""A band of any kind is heard as one, and one voice is not, however long it sings without a pause."""

from collections.abc import Callable

import numpy as np
import pytest
from tests.shared import shared

from lipwright.arrays import RATE, FloatArray, MemoryVocal
from lipwright.isolate import music_likelihood
from lipwright.vocal import open_vocal

SECONDS = 8


def singer(seed: int) -> FloatArray:
    """Held notes with vibrato, slurred, without a breath."""
    rng, t = np.random.default_rng(seed), np.arange(SECONDS * RATE) / RATE
    notes = np.repeat(rng.integers(52, 66, 2 * SECONDS), RATE // 2).astype(float)
    notes = np.convolve(np.pad(notes, 480, mode="edge"), np.ones(961) / 961, "valid")
    hz = 440 * 2 ** ((notes - 69) / 12 + 0.02 * np.sin(2 * np.pi * 5.5 * t))
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    sound = sum(np.sin(h * phase) / h * np.exp(-(((h * hz - 600) / 900) ** 2)) for h in range(1, 16))
    swell = 1 - 0.8 * np.exp(-((t * 2 % 1) ** 2) / 0.01)
    return (0.1 * sound * swell + rng.normal(0, 1e-3, t.size)).astype(np.float32)


def chords(seed: int) -> FloatArray:
    rng, t = np.random.default_rng(seed), np.arange(SECONDS * RATE) / RATE
    root = 110 * 2 ** (rng.integers(0, 12) / 12)
    tones = [root * 2 ** (k / 12) for k in (0, 4, 7, 12)]
    return np.asarray(0.03 * sum(np.sin(2 * np.pi * hz * h * t) / h for hz in tones for h in range(1, 8)), np.float32)


def wall(seed: int) -> FloatArray:
    """Chords driven into distortion, under cymbals that never stop."""
    rng = np.random.default_rng(seed)
    fuzz = np.tanh(40 * chords(seed)) * 0.3
    return (fuzz + rng.normal(0, 0.05, fuzz.size)).astype(np.float32)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_voice_without_a_pause_is_no_band(seed: int) -> None:
    assert music_likelihood(MemoryVocal(singer(seed))) < 0.3


@pytest.mark.parametrize("make", [chords, wall])
@pytest.mark.parametrize("over_db", [-6.0, 3.0])
def test_a_band_under_the_same_voice_is_one(make: Callable[[int], FloatArray], over_db: float) -> None:
    voice, band = singer(1), make(4)
    level = 10 ** (-over_db / 20) * voice.std() / band.std()
    mix = voice + band * np.float32(level)
    assert music_likelihood(MemoryVocal((mix / np.abs(mix).max()).astype(np.float32))) > 0.6


@pytest.mark.parametrize("colour", ["white", "brown"])
def test_noise_that_never_pauses_is_no_wall_of_sound(colour: str) -> None:
    noise = np.random.default_rng(2).normal(0, 0.1, SECONDS * RATE)
    if colour == "brown":
        noise = np.convolve(noise, np.ones(30) / 10, "same")
    assert music_likelihood(MemoryVocal(noise.astype(np.float32))) < 0.3


def test_a_metal_mix_is_a_band() -> None:
    with open_vocal(shared("cases", "sound", "metal.ogg")) as vocal:
        assert music_likelihood(vocal) > 0.6
