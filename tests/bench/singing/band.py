"""Accompaniment of our own making, stereo at 44.1 kHz: drums, bass, chords and leads of four small bands.

Nothing is shared with the beds that the phone model is trained on (core/training/corpus/accompaniment.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

RATE = 44_100
Rng = np.random.Generator
Array = Any
"""float (n,) or (2, n)"""


def band(style: str, seconds: float, bpm: float, solos: list[tuple[float, float]], seed: int) -> Array:
    """float32 (2, n), RMS 0.1: `style` pop, rock, folk or ballad; the lead plays mostly in `solos`, spans in seconds."""
    rng, beat_s = np.random.default_rng(seed), 60.0 / bpm
    mix = np.zeros((2, int(seconds * RATE)))
    root, progression = int(rng.integers(40, 47)), rng.permutation([0, 5, 7, -3])
    for player, gain, pan in _BANDS[style]:
        part = player(rng, seconds, beat_s, root, progression, solos)
        part = part / max(1e-6, float(np.sqrt((part**2).mean()))) * gain
        mix += part[None] * np.array([[np.cos((pan + 1) * np.pi / 4)], [np.sin((pan + 1) * np.pi / 4)]])
    mix = _hall(rng, mix, 0.5, 0.12)
    return (mix * (0.1 / np.sqrt((mix**2).mean()))).astype(np.float32)


def _hz(note: float) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _hall(rng: Rng, mix: Array, seconds: float, share: float) -> Array:
    """A stereo room."""
    from scipy.signal import fftconvolve

    t = np.arange(int(seconds * RATE)) / RATE
    tail = rng.standard_normal((2, len(t))) * 10 ** (-3 * t / seconds)
    wet = fftconvolve(mix, tail / np.sqrt((tail**2).sum(axis=1, keepdims=True)), axes=1)[:, : mix.shape[1]]
    return mix + share * wet


def _put(y: Array, at_s: float, sound: Array) -> None:
    at = int(at_s * RATE)
    if 0 <= at < len(y):
        y[at : at + len(sound)] += sound[: len(y) - at]


def _pluck(rng: Rng, hz: float, seconds: float) -> Array:
    """Karplus-Strong string."""
    period = max(2, int(RATE / hz))
    ring, out = rng.uniform(-1, 1, period), []
    for _ in range(int(seconds * RATE / period) + 1):
        out.append(ring)
        ring = 0.498 * (ring + np.roll(ring, 1))
    y = np.concatenate(out)[: int(seconds * RATE)]
    return y * np.minimum(1, np.arange(len(y))[::-1] / 400)


def _fm(hz: float, seconds: float, ratio: float, depth: float, fall: float) -> Array:
    t = np.arange(int(seconds * RATE)) / RATE
    y = np.sin(2 * np.pi * hz * t + depth * np.exp(-3 * t) * np.sin(2 * np.pi * hz * ratio * t))
    return y * np.exp(-fall * t) * np.minimum(1, t / 0.004) * np.minimum(1, (seconds - t) / 0.03)


def _saw(hz: float, seconds: float, top: float, vibrato: float = 0.0, attack: float = 0.02) -> Array:
    t = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * hz * t + vibrato * np.sin(2 * np.pi * 5.3 * t) * np.minimum(1, t / 0.3)
    y = sum(np.sin(h * phase) / h for h in range(1, max(2, int(top / hz))))
    return np.asarray(y) * np.minimum(1, t / attack) * np.minimum(1, (seconds - t) / 0.05)


def _beats(seconds: float, beat_s: float) -> int:
    return int(seconds / beat_s)


def _drums(rng: Rng, seconds: float, beat_s: float, root: int, prog: Array, solos: Any) -> Array:
    del root, prog, solos
    y, t = np.zeros(int(seconds * RATE)), np.arange(int(0.3 * RATE)) / RATE
    kick = np.sin(2 * np.pi * (50 * t + 12 * (1 - np.exp(-t * 30)) / 3)) * np.exp(-t * 14) * 2
    for k in range(2 * _beats(seconds, beat_s)):
        noise = rng.standard_normal(len(t))
        if k % 4 == 0 or (k % 8 == 5 and rng.random() < 0.7):
            _put(y, k * beat_s / 2, kick)
        if k % 4 == 2:
            _put(y, k * beat_s / 2, noise * np.exp(-t * 22) + 0.6 * np.sin(2 * np.pi * 185 * t) * np.exp(-t * 25))
        _put(y, k * beat_s / 2, 0.35 * np.diff(noise, prepend=0) * np.exp(-t * (25 if k % 8 == 7 else 90)))
    return y


def _shaker(rng: Rng, seconds: float, beat_s: float, root: int, prog: Array, solos: Any) -> Array:
    del root, prog, solos
    y, t = np.zeros(int(seconds * RATE)), np.arange(int(0.08 * RATE)) / RATE
    for k in range(4 * _beats(seconds, beat_s)):
        _put(y, k * beat_s / 4, np.diff(rng.standard_normal(len(t)), prepend=0) * np.exp(-t * 60) * (1 + (k % 4 == 2)))
    return y


def _bass(rng: Rng, seconds: float, beat_s: float, root: int, prog: Array, solos: Any) -> Array:
    del solos
    y = np.zeros(int(seconds * RATE))
    for k in range(_beats(seconds, beat_s)):
        note = root - 7 + prog[(k // 4) % 4] + (12 if rng.random() < 0.15 else 0)
        _put(y, k * beat_s, _saw(_hz(note), beat_s * 0.9, 700, attack=0.005))
    return y


def _chords(make: Callable[[Rng, float, float], Array], every: int, octave: int) -> Callable[..., Array]:
    def play(rng: Rng, seconds: float, beat_s: float, root: int, prog: Array, solos: Any) -> Array:
        del solos
        y = np.zeros(int(seconds * RATE))
        for k in range(0, _beats(seconds, beat_s), every):
            for n, interval in enumerate((0, 7, 12, 16)):
                note = root + octave + prog[(k // 4) % 4] + interval
                _put(y, k * beat_s + 0.012 * n, make(rng, _hz(note), beat_s * every * 1.05))
        return y

    return play


def _lead(make: Callable[[Rng, float, float], Array], low: int) -> Callable[..., Array]:
    def play(rng: Rng, seconds: float, beat_s: float, root: int, prog: Array, solos: Any) -> Array:
        y, at, note = np.zeros(int(seconds * RATE)), 0.0, low + 7
        while at < seconds - 2:
            length = beat_s * float(rng.choice([0.5, 0.5, 1, 1, 2]))
            solo = any(a <= at < b for a, b in solos)
            if rng.random() < (0.95 if solo else 0.25):
                tuned = root % 12 + int(np.clip(note, low, low + 19)) // 12 * 12 + int(rng.choice([0, 4, 5, 7, 9]))
                _put(y, at, make(rng, _hz(tuned), length) * (1.0 if solo else 0.5))
            note += int(rng.choice([-3, -2, 2, 3]))
            at += length
        return y

    return play


def _piano(rng: Rng, hz: float, seconds: float) -> Array:
    del rng
    return _fm(hz, seconds, 2.0, 1.2, 1.8)


def _electric(rng: Rng, hz: float, seconds: float) -> Array:
    del rng
    return np.tanh(3 * _saw(hz, seconds, 4000, attack=0.004))


def _strings(rng: Rng, hz: float, seconds: float) -> Array:
    return _saw(hz * (1 + rng.normal(0, 0.002)), seconds, 3500, 0.25, attack=0.12)


_BANDS: dict[str, list[tuple[Callable[..., Array], float, float]]] = {
    "pop": [(_drums, 1.0, 0.0), (_bass, 0.8, 0.0), (_chords(_piano, 2, 12), 0.7, -0.4), (_lead(_piano, 64), 0.5, 0.5)],
    "rock": [(_drums, 1.1, 0.0), (_bass, 0.8, 0.1), (_chords(_electric, 1, 0), 0.8, -0.6),
             (_lead(_electric, 57), 0.6, 0.4)],
    "folk": [(_shaker, 0.3, 0.3), (_bass, 0.5, 0.0), (_chords(_pluck, 1, 12), 1.0, -0.3), (_lead(_strings, 62), 0.5, 0.4)],
    "ballad": [(_bass, 0.5, 0.0), (_chords(_piano, 4, 12), 0.9, -0.2), (_chords(_strings, 4, 12), 0.6, 0.3),
               (_lead(_strings, 60), 0.4, 0.1)],
}  # fmt: skip
