"""Backing music made in code for the training's beds: drums, bass, chords, arpeggios, pads, leads."""

from __future__ import annotations

import numpy as np

from ..nets.frontend import RATE, Array

BED = 20 * RATE  # samples of one bed
_CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 11), (0, 3, 7, 10), (0, 5, 7), (0, 7))


def bed(rng: np.random.Generator) -> Array:
    """samples float32 (BED,), unit variance: a band of two to five of the players below."""
    players = [_drums, _bass, _chords, _arpeggio, _pad, _lead]
    beat = rng.uniform(0.32, 0.75)
    root, steps = int(rng.integers(36, 48)), rng.choice([0, 5, 7, 9, 3, 8, 10, 2], 4)
    y = np.zeros(BED)
    for k in rng.permutation(len(players))[: rng.integers(2, 6)]:
        part = players[k](rng, beat, root, steps)
        y += part / max(1e-6, float(part.std())) * 10 ** (rng.uniform(-12, 3) / 20)
    if rng.random() < 0.3:
        y = np.tanh(y / y.std() * rng.uniform(0.5, 2))
    return np.asarray(y / max(1e-6, float(y.std())), np.float32)


def _hz(note: float) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _place(y: np.ndarray, at: int, sound: np.ndarray) -> None:
    if at < len(y):
        y[at : at + len(sound)] += sound[: len(y) - at]


def _note(
    rng: np.random.Generator, hz: float, seconds: float, fall: float, bright: float, wobble: float = 0.0
) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * hz * t + wobble * np.sin(2 * np.pi * rng.uniform(4, 6.5) * t)
    top = max(1, min(24, int(7500 / hz)))
    y = sum(np.sin(h * phase + rng.uniform(0, 6.28)) / h**bright for h in range(1, top + 1))
    attack = np.minimum(1, t / rng.uniform(0.003, 0.02))
    return np.asarray(y * attack * np.exp(-t * fall) * np.minimum(1, (seconds - t) / 0.02))


def _drums(rng: np.random.Generator, beat: float, root: int, steps: np.ndarray) -> np.ndarray:
    del root, steps
    y, step = np.zeros(BED), beat / 2
    kick_p, hat_p = rng.uniform(0.1, 0.6), rng.uniform(0.3, 1.0)
    for k in range(int(BED / RATE / step)):
        at, t = int(k * step * RATE), np.arange(int(0.35 * RATE)) / RATE
        if k % 4 == 0 or rng.random() < kick_p * (k % 2):
            _place(y, at, 2 * np.exp(-t * 25) * np.sin(2 * np.pi * 55 * t * (1 + 2 * np.exp(-t * 40))))
        if k % 4 == 2:
            body = np.sin(2 * np.pi * 190 * t) * np.exp(-t * 30)
            _place(y, at, 1.2 * np.exp(-t * rng.uniform(12, 30)) * rng.standard_normal(len(t)) * 0.7 + body)
        if rng.random() < hat_p:
            _place(y, at, 0.5 * np.exp(-t * rng.uniform(30, 120)) * np.diff(rng.standard_normal(len(t) + 1)))
    return y


def _bass(rng: np.random.Generator, beat: float, root: int, steps: np.ndarray) -> np.ndarray:
    y, bright = np.zeros(BED), rng.uniform(0.8, 2.0)
    for k in range(int(BED / RATE / beat)):
        if rng.random() < 0.85:
            note = root - 5 + steps[(k // 4) % 4] + rng.choice([0, 0, 0, 12, 7])
            _place(y, int(k * beat * RATE), _note(rng, _hz(note), beat * 0.95, rng.uniform(0.5, 4), bright))
    return y


def _chords(rng: np.random.Generator, beat: float, root: int, steps: np.ndarray) -> np.ndarray:
    y, chord, bright = np.zeros(BED), _CHORDS[rng.integers(len(_CHORDS))], rng.uniform(0.8, 1.8)
    every, fall = int(rng.choice([1, 2, 4])), rng.uniform(0.3, 6)
    for k in range(0, int(BED / RATE / beat), every):
        for interval in chord:
            note = root + 12 + int(rng.choice([0, 12])) + steps[(k // 4) % 4] + interval
            sound = _note(rng, _hz(note), beat * every, fall, bright)
            _place(y, int((k * beat + rng.uniform(0, 0.02)) * RATE), sound)
    return y


def _arpeggio(rng: np.random.Generator, beat: float, root: int, steps: np.ndarray) -> np.ndarray:
    y, chord = np.zeros(BED), _CHORDS[rng.integers(len(_CHORDS))]
    step, bright, fall = beat / int(rng.choice([2, 3, 4])), rng.uniform(0.7, 1.6), rng.uniform(2, 8)
    for k in range(int(BED / RATE / step)):
        note = root + 24 + steps[int(k * step / beat / 4) % 4] + chord[k % len(chord)]
        _place(y, int(k * step * RATE), _note(rng, _hz(note), step * 1.6, fall, bright))
    return y


def _pad(rng: np.random.Generator, beat: float, root: int, steps: np.ndarray) -> np.ndarray:
    y, chord = np.zeros(BED), _CHORDS[rng.integers(len(_CHORDS))]
    for k in range(0, int(BED / RATE / beat), 4):
        for interval in chord:
            hz = _hz(root + 12 + steps[(k // 4) % 4] + interval)
            for detune in (0.997, 1.004):
                _place(y, int(k * beat * RATE), _note(rng, hz * detune, beat * 4, 0.1, rng.uniform(0.9, 1.6)))
    return y


def _lead(rng: np.random.Generator, beat: float, root: int, steps: np.ndarray) -> np.ndarray:
    """A melody with vibrato where voices lie: the hardest neighbour of a singer."""
    y, at, note = np.zeros(BED), 0.0, float(rng.integers(57, 80))
    bright = rng.uniform(0.7, 1.6)
    while at < BED / RATE:
        length = beat * float(rng.choice([0.5, 1, 1, 2, 3]))
        if rng.random() < 0.8:
            _place(y, int(at * RATE), _note(rng, _hz(note), length, rng.uniform(0.1, 2), bright, rng.uniform(0, 0.4)))
        note = float(np.clip(note + rng.choice([-4, -2, -1, 0, 1, 2, 3, 5]), 55, 84))
        at += length
    del root, steps
    return y
