"""Sound to log-mel: the front end of training, evaluation and of whoever runs the exported model."""

from __future__ import annotations

import wave
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

RATE, HOP, WINDOW, FFT, MELS = 16_000, 160, 400, 512, 64
FRAME_S = HOP / RATE


def load_wav(path: Path) -> Array:
    """16-bit WAV -> samples float32 (N,) mono, 16 kHz, -1..1."""
    with wave.open(str(path), "rb") as stream:
        if stream.getsampwidth() != 2:
            raise ValueError(f"{path}: 16-bit PCM is expected, got {8 * stream.getsampwidth()} bits")
        rate, channels = stream.getframerate(), stream.getnchannels()
        pcm = np.frombuffer(stream.readframes(stream.getnframes()), "<i2").astype(np.float32) / 32768.0
    return resample(pcm.reshape(-1, channels).mean(axis=1), rate)


def resample(samples: Array, rate: int) -> Array:
    """samples float32 (N,) at any rate -> 16 kHz."""
    if rate == RATE:
        return samples.astype(np.float32)
    from scipy.signal import resample_poly

    common = gcd(int(rate), RATE)
    return np.asarray(resample_poly(samples, RATE // common, int(rate) // common), np.float32)


def mel_bank(warp: float = 1.0, low: float = 60.0, high: float = 7600.0) -> Array:
    """float32 (257, 64) triangles of unit sum; warp > 1 sounds like a shorter vocal tract."""
    edges = np.linspace(2595 * np.log10(1 + low / 700), 2595 * np.log10(1 + high / 700), MELS + 2)
    edges = np.clip(700 * (10 ** (edges / 2595) - 1) * warp, 0, RATE / 2)
    frequency = np.arange(FFT // 2 + 1) * RATE / FFT
    bank = np.zeros((len(frequency), MELS), np.float32)
    for k in range(MELS):
        a, b, c = edges[k : k + 3]
        b = max(b, a + 1e-3)
        c = max(c, b + 1e-3)
        weight = np.maximum(0, np.minimum((frequency - a) / (b - a), (c - frequency) / (c - b)))
        if weight.sum() < 1e-3:  # a triangle between two bins takes the nearest bin
            weight[np.argmin(np.abs(frequency - b))] = 1
        bank[:, k] = weight / weight.sum()
    return bank


def hann() -> Array:
    """float32 (400,), periodic."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


def log_mel(samples: Array) -> Array:
    """samples float32 (N,) 16 kHz -> float32 (T, 64), T even; frame k is centred on sample 160 k + 80; peak 0.5."""
    samples = samples[: len(samples) // (2 * HOP) * 2 * HOP]
    samples = samples * np.float32(0.5 / max(1e-4, float(np.abs(samples).max(initial=0.0))))
    padded = np.pad(samples, (WINDOW - HOP) // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * hann(), FFT)) ** 2
    return ((np.log(power @ mel_bank() + 1e-5) + 3.0) / 3.5).astype(np.float32)
