"""Labelled speech into other speakers and into singing, labels moved along.

Analysis is WORLD's. Two syntheses share it, so that no single process is learnt: WORLD's own pulses through
minimum-phase filters, and a sum of harmonics with phases drawn by chance over filtered noise.
"""

from __future__ import annotations

import functools
import importlib.util
import random
from pathlib import Path
from typing import Any

import numpy as np

from ..nets.frontend import RATE, Array
from ..symbols import VOWELS, Span

STEP_S = 0.005
EDGE_S = 0.035  # phone edges keep their natural rate; only the middle is stretched
LOWEST, HIGHEST = 40, 86  # MIDI notes sung: E2 to D6
SUSTAINABLE = frozenset(["M", "N", "NG", "L", "R", "W", "Y", "V", "Z", "DH"])
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), tuple(range(12)))

Parts = tuple[Any, Any, Any]
"""f0 (T,), spectrum (T, K) and aperiodicity (T, K) every 5 ms"""


def singing_range(rng: random.Random) -> tuple[int, int]:
    """(lowest, highest) MIDI note of one clip."""
    low = rng.randint(LOWEST, 72)
    return low, min(HIGHEST, low + rng.randint(7, 19))


def melody(rng: random.Random, count: int, low: int, high: int) -> list[int]:
    """`count` MIDI notes, a random walk on a random scale; sometimes one note for long (rap, recitation)."""
    scale, key = rng.choice(SCALES), rng.randint(0, 11)
    notes = [n for n in range(low, high + 1) if (n - key) % 12 in scale] or [low]
    steps = (0, 0, 0, 0, 1, -1) if rng.random() < 0.15 else (0, 0, 1, -1, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5)
    at, out = rng.randrange(len(notes)), []
    for _ in range(count):
        out.append(notes[at])
        at = max(0, min(len(notes) - 1, at + rng.choice(steps)))
    return out


def contour(rng: random.Random, notes: Any, step_s: float) -> Any:
    """MIDI a frame -> Hz with portamento, scoops, vibrato and jitter; now and then as flat as pitch correction."""
    notes = np.asarray(notes, float)
    tuned = rng.random() < 0.15
    half = max(1, int((0.012 if tuned else rng.choice([0.03, 0.05, 0.08, 0.12, 0.2])) / step_s))
    kernel = np.hanning(2 * half + 1)
    pitch = np.convolve(np.pad(notes, half, mode="edge"), kernel / kernel.sum(), "valid")
    if tuned:
        return np.asarray(440 * 2 ** ((pitch - 69) / 12))
    new = np.r_[True, np.abs(np.diff(notes)) > 0.01]
    age = (np.arange(len(notes)) - np.maximum.accumulate(np.where(new, np.arange(len(notes)), 0))) * step_s
    if rng.random() < 0.3:
        pitch = pitch - rng.uniform(0.3, 2.0) * np.exp(-age / rng.uniform(0.04, 0.12))
    if rng.random() < 0.75:
        depth = rng.uniform(0.1, 1.0) * np.clip((age - rng.uniform(0, 0.4)) / 0.3, 0, 1)
        t = np.arange(len(notes)) * step_s
        pitch = pitch + depth * np.sin(2 * np.pi * (rng.uniform(4.5, 7) * t + rng.random()))
    noise = np.random.default_rng(rng.randrange(1 << 30)).standard_normal(len(notes) + 20)
    pitch = pitch + rng.uniform(0, 0.6) * np.convolve(noise, np.ones(21) / 21, "valid")
    return np.asarray(440 * 2 ** ((pitch - 69) / 12))


def vowel_length(rng: random.Random, style: int) -> float:
    """Seconds of one sung vowel; style 0..3 is drawn once a clip."""
    if style == 0:
        return rng.uniform(0.1, 0.35)
    if style == 1:
        return rng.uniform(0.2, 0.6)
    if style == 2:
        return rng.choice([0.25, 0.25, 0.5, 0.5, 1.0]) * rng.uniform(0.9, 1.1)
    return float(np.exp(rng.uniform(np.log(0.25), np.log(4.0))))


@functools.cache
def _world() -> Any:
    """pyworld's extension, loaded without its package, which imports what newer setuptools no longer have."""
    package = importlib.util.find_spec("pyworld")
    for folder in (package.submodule_search_locations or []) if package else []:
        for path in Path(folder).glob("pyworld.*"):
            if path.suffix in (".so", ".pyd"):
                spec = importlib.util.spec_from_file_location("pyworld", path)
                if spec and spec.loader:
                    module = importlib.util.module_from_spec(spec)
                    spec.loader.exec_module(module)
                    return module
    raise RuntimeError("the extension of pyworld was not found: pip install pyworld==0.3.5")


def analyse(samples: Array) -> Parts:
    """samples float32 16 kHz -> WORLD's parts."""
    world = _world()
    x = samples.astype(np.float64)
    f0, t = world.dio(x, RATE, f0_floor=60.0, f0_ceil=500.0, frame_period=1000 * STEP_S)
    f0 = world.stonemask(x, f0, t, RATE)
    return f0, world.cheaptrick(x, f0, t, RATE), world.d4c(x, f0, t, RATE)


def warp(spectra: Any, factor: float) -> Any:
    """Move formants: (T, K) spectra read at k / factor."""
    count = spectra.shape[1]
    at = np.clip(np.arange(count) / factor, 0, count - 1.001)
    low = at.astype(int)
    return spectra[:, low] * (1 - (at - low)) + spectra[:, low + 1] * (at - low)


def variant(rng: random.Random, parts: Parts, labels: list[Span], sung: bool, longest_s: float = 22.0) -> Any:
    """One altered (other speaker and rate) or sung copy: (samples float32, labels), or None when too long."""
    f0, spectrum, noise = parts
    spans = with_silence(labels, (len(f0) - 1) * STEP_S)
    source, target, new = _stretched(rng, spans, sung)
    length = new[-1][1]
    if length > longest_s:
        return None
    times = np.arange(int(length / STEP_S)) * STEP_S
    at = np.clip(np.interp(times, [*target, length], [*source, spans[-1][1]]) / STEP_S, 0, len(f0) - 1.001)
    low, share = at.astype(int), (at - at.astype(int))[:, None]
    logs = np.log(spectrum + 1e-16)
    shape = np.exp(logs[low] * (1 - share) + logs[low + 1] * share)
    breath = noise[low] * (1 - share) + noise[low + 1] * share
    factor = rng.uniform(0.78, 1.25)
    shape, breath = warp(shape, factor) * _timbre(rng, shape.shape[1], sung), warp(breath, factor)
    pitch = f0[np.round(at).astype(int)]
    pitch = _sung_pitch(rng, new, pitch) if sung else pitch * 2 ** rng.uniform(-0.7, 0.9)
    if rng.random() < 0.25:
        breath = np.clip(breath + rng.uniform(0, 0.3), 0, 1)
    if rng.random() < 0.05:  # whispered
        pitch = np.zeros_like(pitch)
    audio = _harmonics(rng, pitch, shape, breath) if rng.random() < 0.4 else pulses(pitch, shape, breath)
    return audio, [span for span in new if span[2] != "SIL"]


def with_silence(labels: list[Span], length_s: float) -> list[Span]:
    """The labels with SIL spans between them, so that they cover 0..length_s."""
    out: list[Span] = []
    at = 0.0
    for a, b, phone in labels:
        if a > at + 1e-6:
            out.append((at, a, "SIL"))
        out.append((a, b, phone))
        at = b
    return out + ([(at, length_s, "SIL")] if length_s > at + 1e-6 else [])


def _stretched(rng: random.Random, spans: list[Span], sung: bool) -> tuple[list[float], list[float], list[Span]]:
    """(times in the original, the same times in the copy, spans of the copy)."""
    style, slow = rng.randint(0, 3), rng.uniform(0.8, 1.5 if sung else 1.3)
    final = rng.uniform(0.5, 1.0)  # how short this singer makes the consonants after a vowel
    source, target, new, at = [], [], [], 0.0
    for k, (a, b, phone) in enumerate(spans):
        length = _new_length(rng, b - a, phone, sung, style, slow)
        if sung and phone in SUSTAINABLE and k and spans[k - 1][2] in VOWELS and length < 0.3:
            length = max(0.03, length * final)
        edge = min(EDGE_S, 0.35 * (b - a)) if length > b - a else 0.0
        source += [a, a + edge, b - edge]
        target += [at, at + edge, at + length - edge]
        new.append((at, at + length, phone))
        at += length
    return source, target, new


def _new_length(rng: random.Random, length: float, phone: str, sung: bool, style: int, slow: float) -> float:
    if not sung:
        return length * slow * rng.uniform(0.85, 1.15)
    if phone == "SIL":
        return min(length, rng.uniform(0.05, 0.4))
    if phone in VOWELS:  # very short vowels often stay short: unstressed
        return length * 1.2 if length < 0.06 and rng.random() < 0.4 else max(length, vowel_length(rng, style))
    held = rng.uniform(1.5, 5) if phone in SUSTAINABLE and rng.random() < 0.08 else 1
    return length * slow * held


def _timbre(rng: random.Random, count: int, sung: bool) -> Any:
    """(K,) gain in power: tilt, and the cluster of formants near 3 kHz by which trained singers are heard."""
    hz = np.linspace(0, RATE / 2, count)
    db = rng.gauss(0, 2.5) * np.log2(np.maximum(hz, 100) / 1000)
    if sung and rng.random() < 0.5:
        db = db + rng.uniform(2, 14) * np.exp(-(((hz - rng.uniform(2500, 3500)) / 500) ** 2))
    return 10 ** (db / 10)


def _sung_pitch(rng: random.Random, spans: list[Span], pitch: Any) -> Any:
    notes = melody(rng, 2 * max(1, sum(phone in VOWELS for _, _, phone in spans)), *singing_range(rng))
    voiced, midi, k = pitch > 0, np.full(len(pitch), float(notes[0])), -1
    for a, b, phone in spans:
        k += phone in VOWELS
        midi[round(a / STEP_S) : round(b / STEP_S) + 1] = notes[max(k, 0) % len(notes)]
        if phone in VOWELS and b - a > 0.12:  # holes inside a stretched vowel would be heard as gaps
            inside = slice(int((a + 0.03) / STEP_S), int((b - 0.03) / STEP_S))
            if voiced[inside].mean() > 0.4:
                voiced[inside] = True
            if b - a > 0.4 and rng.random() < 0.3:  # melisma: a second note on the same vowel
                k += 1
                midi[round((a + b) / 2 / STEP_S) : round(b / STEP_S) + 1] = notes[k % len(notes)]
    return np.where(voiced, contour(rng, midi, STEP_S), 0.0)


def pulses(pitch: Any, shape: Any, breath: Any) -> Array:
    """WORLD's own synthesis."""
    parts = (np.ascontiguousarray(part, dtype=np.float64) for part in (pitch, shape, breath))
    return np.asarray(_world().synthesize(*parts, RATE, 1000 * STEP_S), np.float32)


def _harmonics(rng: random.Random, pitch: Any, shape: Any, breath: Any) -> Array:
    """Sinusoids at the harmonics whose powers follow the envelope, plus noise through the rest of it."""
    draw = np.random.default_rng(rng.randrange(1 << 30))
    frames, bins = shape.shape
    hop = round(STEP_S * RATE)
    count = frames * hop
    voiced = pitch > 0
    filled = (
        np.interp(np.arange(frames), np.flatnonzero(voiced), pitch[voiced]) if voiced.any() else np.full(frames, 200.0)
    )
    at = np.arange(count) / hop
    phase = 2 * np.pi * np.cumsum(np.interp(at, np.arange(frames), filled)) / RATE
    tonal, audio = shape * (1 - np.clip(breath, 0, 1) ** 2) * voiced[:, None], np.zeros(count)
    rows, density = np.arange(frames), RATE / 2
    for h in range(1, max(2, int(7800 / max(60.0, filled.min())))):
        where = filled * h / (RATE / 2) * (bins - 1)
        power = np.where(where < bins - 1, tonal[rows, np.minimum(where, bins - 1).astype(int)], 0.0)
        gain = np.sqrt(2 * power * filled / density)
        audio += np.interp(at, rows, gain) * np.cos(h * phase + draw.uniform(0, 6.28))
    rest = np.where(voiced[:, None], shape * np.clip(breath, 0, 1) ** 2, shape)
    return (audio + _filtered_noise(draw, rest, hop, count)).astype(np.float32)


def _filtered_noise(draw: np.random.Generator, power: Any, hop: int, count: int) -> Any:
    """White noise with the power spectrum (T, K) every `hop` samples, windows of 4 hops overlapping."""
    size, window = 4 * hop, np.hanning(4 * hop)
    fft = 2 * (power.shape[1] - 1)
    white = draw.standard_normal((len(power), size)) * window / np.sqrt(1.5)
    shaped = np.fft.irfft(np.fft.rfft(white, fft, axis=1) * np.sqrt(power), fft, axis=1)[:, :size]
    out = np.zeros(count + size)
    for k, piece in enumerate(shaped):
        out[k * hop : k * hop + size] += piece
    return out[size // 2 : size // 2 + count]
