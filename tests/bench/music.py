"""Is there a band? Voices alone (dry, without pauses, choirs, rooms, noise) and with bands of many kinds, as a table."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import soxr
from scipy.signal import butter, fftconvolve, lfilter
from tests.bench.singing import band as players
from tests.shared import SHARED

from lipwright.arrays import MemoryVocal
from lipwright.isolate import music_likelihood
from lipwright.vocal import open_vocal

RATE = players.RATE
SECONDS = 10.0
OVER_DB = (-3, 3, 9)  # the voice over the band
Rng = np.random.Generator
Array = Any
"""float (n,), 44.1 kHz"""


def _normed(sound: Array) -> Array:
    return sound / np.sqrt((sound**2).mean() + 1e-12)


def _power_chord(rng: Rng, hz: float, seconds: float, fall: float) -> Array:
    string = sum(players._pluck(rng, hz * k, seconds)[: int(seconds * RATE) - 2] for k in (1.0, 1.5, 2.0))
    string = string * np.exp(-np.arange(len(string)) / RATE * fall)
    return lfilter(*butter(2, 4500 / (RATE / 2)), np.tanh(25 * string / np.abs(string).max()))


def _metal(rng: Rng) -> Array:
    guitar, drums = np.zeros((2, int(SECONDS * RATE)))
    t, step, root = np.arange(int(0.25 * RATE)) / RATE, 0.1, int(rng.integers(28, 34))
    for k in range(int(SECONDS / step)):
        if k % 2 == 0:
            note = root + [0, 0, 3, 0, 5, 0, 1, 0][k // 4 % 8]
            players._put(guitar, k * step, _power_chord(rng, players._hz(note), 2.1 * step, 12.0 * (k % 8 != 0)))
            players._put(drums, k * step, np.sin(2 * np.pi * (50 * t + 2 * (1 - np.exp(-t * 40)))) * np.exp(-t * 20))
        if k % 8 == 4:
            players._put(drums, k * step, 0.8 * rng.normal(size=len(t)) * np.exp(-t * 18))
    return _normed(guitar) + _normed(drums)


def _percussion(rng: Rng) -> Array:
    return _normed(players._drums(rng, SECONDS, 0.57, 40, [0], []))


def _held(tones: Callable[[int], list[float]]) -> Callable[[Rng], Array]:
    """Sawtooth tones, a chord every four seconds."""

    def play(rng: Rng) -> Array:
        out = np.zeros(int(SECONDS * RATE))
        root = int(rng.integers(33, 52))
        for k in range(3):
            for hz in tones(root + [0, 5, 7][k]):
                players._put(out, 4.0 * k, players._saw(hz, 4.2, 3000, 0.2, attack=0.3))
        return _normed(out)

    return play


def _mixed(style: str) -> Callable[[Rng], Array]:
    def play(rng: Rng) -> Array:
        return _normed(
            players.band(style, SECONDS, float(rng.integers(80, 130)), [(2, 6)], int(rng.integers(1e6))).mean(0)
        )

    return play


BANDS: dict[str, Callable[[Rng], Array]] = {
    "metal": _metal,
    "percussion": _percussion,
    "drone": _held(lambda note: [players._hz(note), players._hz(note + 7)]),
    "chords": _held(lambda note: [players._hz(note + k) for k in (0, 4, 7, 12)]),
    **{style: _mixed(style) for style in ("pop", "rock", "folk", "ballad")},
}


def _recorded(folder: str) -> list[Array]:
    out = []
    for path in sorted((SHARED / "data" / "speech" / folder).glob("*.wav")):
        with open_vocal(path) as vocal:
            samples = vocal.window(0, vocal.length)
        out.append(soxr.resample(samples / np.abs(samples).max() * 0.5, 16_000, RATE))
    return out


def _long(sound: Array) -> Array:
    count = int(SECONDS * RATE)
    return np.tile(sound, -(-count // len(sound)))[:count]


def _without_pauses(sound: Array) -> Array:
    rows = sound[: len(sound) // 441 * 441].reshape(-1, 441)
    level = np.convolve(10 * np.log10((rows**2).mean(axis=1) + 1e-12), np.ones(5) / 5, "same")
    return rows[level > np.percentile(level, 95) - 28].ravel()


def _room(sound: Array, seconds: float, rng: Rng) -> Array:
    t = np.arange(int(seconds * RATE)) / RATE
    tail = rng.normal(size=len(t)) * 10 ** (-3 * t / seconds)
    return sound + 0.35 * fftconvolve(sound, tail / np.sqrt((tail**2).sum()))[: len(sound)]


def voices() -> Iterator[tuple[str, Array]]:
    """Kind and sound of every voice without a band."""
    rng, sung, spoken = np.random.default_rng(5), _recorded("hibari_sung"), _recorded("hibari_speech")
    for sound in sung:
        yield "sung", _long(sound)
        yield "sung, no pause", _long(_without_pauses(sound))
    for seconds in (0.4, 0.8, 1.5, 2.5):
        yield "sung in a room", _room(_long(sung[0]), seconds, rng)
        yield "sung in a room, no pause", _room(_long(_without_pauses(sung[4])), seconds, rng)
        yield "spoken in a room", _room(_long(spoken[0]), seconds, rng)
    for k, sound in enumerate(spoken):
        yield "spoken", _long(sound)
        yield "spoken in noise", _long(sound) + rng.normal(0, 0.01 * 2 ** (k % 4), int(SECONDS * RATE))
    for _ in range(6):
        parts = [soxr.resample(sung[rng.integers(16)], RATE, RATE * 2 ** (k / 12)) for k in (7, 5, 3, 0)]
        yield "choir", _room(sum(map(_long, parts)), 1.6, rng)


def mixes() -> Iterator[tuple[str, Array]]:
    """Kind and sound of every band, alone and with a voice."""
    rng, sung = np.random.default_rng(9), _recorded("hibari_sung")
    for number, (name, make) in enumerate(BANDS.items()):
        yield f"{name}, alone", make(rng)
        for k, over_db in enumerate((*OVER_DB, *OVER_DB)):
            voice = _long(sung[(number + 5 * k) % 16] if k % 2 else _without_pauses(sung[(number + 3 * k) % 16]))
            loud = np.sqrt((voice[np.abs(voice) > 0.02] ** 2).mean())
            yield name, voice + make(rng)[: len(voice)] * loud * 10 ** (-over_db / 20)


def main() -> None:
    """Print how many of each kind are called a band."""
    if not (SHARED / "data" / "speech").exists():
        print(f"  no recordings at {SHARED}; set LIPWRIGHT_SHARED")
        return
    for title, material in (("no band", voices()), ("a band", mixes())):
        found: dict[str, list[float]] = defaultdict(list)
        for kind, sound in material:
            at_16k = soxr.resample(np.asarray(sound / np.abs(sound).max() * 0.8, np.float32), RATE, 16_000)
            found[re.sub(r"\s+", " ", kind)].append(music_likelihood(MemoryVocal(np.clip(at_16k, -1, 1))))
        print(f"  {title}:")
        for kind, values in found.items():
            print(f"    {kind:26} called a band {sum(v >= 0.5 for v in values):3} of {len(values)}")
