"""What training does to sound: level, room, beds, separation's traces, and changes of the log-mel picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom

from ..nets.frontend import FFT, HOP, MELS, RATE, WINDOW, Array, hann, mel_bank
from . import accompaniment
from .accompaniment import BED

WARPS = (0.74, 1.32)  # of the mel bank: from a bass to a child
MUSIC_BEDS, BABBLE_BEDS = 36, 5
NOISE_SLOPES = (0, 0, 0.5, 1, 1, 1.5, 2)


def colour(rng: np.random.Generator, slope: float) -> Array:
    """Noise with a spectrum of f^-slope in power, unit variance."""
    spectrum = np.fft.rfft(rng.standard_normal(BED))
    f = np.maximum(np.fft.rfftfreq(BED, 1 / RATE), 20)
    y = np.fft.irfft(spectrum * f ** (-slope / 2), BED)
    return (y / y.std()).astype(np.float32)


def babble(rng: np.random.Generator, clips: list[Array]) -> Array:
    """Six voices of the training set (int16) at once, unit variance."""
    y = np.zeros(BED, np.float32)
    for _ in range(6):
        at = 0
        while at < BED:
            w = clips[rng.integers(len(clips))][: BED - at]
            y[at : at + len(w)] += w / np.float32(32768)
            at += len(w)
    return np.asarray(y / y.std(), np.float32)


def make_beds(rng: np.random.Generator, clips: list[Array]) -> dict[str, list[Array]]:
    """Unit-variance beds by kind: music, noise, babble."""
    return {
        "music": [accompaniment.bed(rng) for _ in range(MUSIC_BEDS)],
        "noise": [colour(rng, slope) for slope in NOISE_SLOPES],
        "babble": [babble(rng, clips) for _ in range(BABBLE_BEDS)],
    }


def breath(rng: np.random.Generator, count: int) -> Array:
    """An audible breath, peak 1."""
    f = np.fft.rfftfreq(count, 1 / RATE)
    shape = 1 / (1 + ((f - rng.uniform(800, 2500)) / rng.uniform(600, 2000)) ** 2)
    shape += 0.3 / (1 + ((f - rng.uniform(3000, 5500)) / 1200) ** 2)
    y = np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * shape * (f > 150), count)
    y *= np.sin(np.pi * np.linspace(0, 1, count) ** rng.uniform(0.7, 1.6))
    return np.asarray(y / np.abs(y).max(), np.float32)


def in_a_room(rng: np.random.Generator, x: Array) -> Array:
    """Reverb on a third of the rows of x (B, N), in place; some long, as on records."""
    rows, length = np.nonzero(rng.random(len(x)) < 0.35)[0], RATE // 2
    if len(rows):
        t = np.arange(length) / RATE
        decay = np.stack([10 ** (-3 * t / rng.uniform(0.1, 1.2)) * (t >= 0.002) for _ in rows])
        tail = rng.standard_normal(decay.shape) * decay
        tail *= rng.uniform(0.1, 0.8, (len(rows), 1)) / np.sqrt((tail**2).sum(axis=1, keepdims=True))
        tail[:, 0] = 1
        size = x.shape[1] + length
        wet = np.fft.irfft(np.fft.rfft(x[rows], size) * np.fft.rfft(tail.astype(np.float32), size), size)
        x[rows] = wet[:, : x.shape[1]]
    return x


def driven(rng: np.random.Generator, x: Array) -> Array:
    """A compressor or an overdriven amplifier on a tenth of the rows, in place."""
    for row in x:
        if rng.random() < 0.1:
            peak = float(np.abs(row).max()) + 1e-6
            row[:] = np.tanh(row / peak * rng.uniform(1, 6)) * peak
    return x


def background(rng: np.random.Generator, x: Array, beds: dict[str, list[Array]]) -> tuple[Array, Any]:
    """For x (B, N): what else sounds (B, N), and bool (B,) whether separation is to take it away again."""
    other, separated = np.zeros_like(x), np.zeros(len(x), bool)
    for b, row in enumerate(x):
        dice, loud = rng.random(), float(np.sqrt((row**2).mean()))
        if dice < 0.68:
            kind = "music" if dice < 0.46 else "noise" if dice < 0.6 else "babble"
            separated[b] = kind == "music" and rng.random() < 0.5
            snr = rng.uniform(-5, 15) if separated[b] else rng.uniform(3, 32)
            source = beds[kind][rng.integers(len(beds[kind]))]
            at = rng.integers(0, BED - len(row))
            other[b] = source[at : at + len(row)] * np.float32(loud * 10 ** (-snr / 20))
        elif dice < 0.84:
            hiss = np.float32(loud * 10 ** (-rng.uniform(35, 70) / 20))
            other[b] = hiss * rng.standard_normal(len(row), dtype=np.float32)
    return other, separated


class Mel:
    """Voice and background (B, N) -> log-mel (B, T, 64) on the device; each row through a random warped bank."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._plain = torch.from_numpy(mel_bank()).to(device)
        self._warped = torch.from_numpy(np.stack([mel_bank(w) for w in np.linspace(*WARPS, 13)])).to(device)
        self._window = torch.from_numpy(hann()).to(device)

    def clean(self, x: torch.Tensor) -> torch.Tensor:
        """As `frontend.log_mel` but for the level."""
        power = self._spectrum(x).abs() ** 2
        return self._log(power @ self._plain)

    def _log(self, power: torch.Tensor) -> torch.Tensor:
        return (torch.log(power + 1e-5) + 3) / 3.5

    def __call__(
        self, rng: np.random.Generator, voice: torch.Tensor, other: torch.Tensor, separated: Any
    ) -> torch.Tensor:
        power = self._spectrum(voice + other).abs() ** 2
        rows = torch.from_numpy(np.flatnonzero(separated)).to(self._device)
        if len(rows):
            power[rows] *= self._mask(rng, voice[rows.cpu()], other[rows.cpu()])
        bank = self._warped[torch.from_numpy(rng.integers(0, len(self._warped), len(voice))).to(self._device)]
        return self._coloured(rng, self._log(power @ bank))

    def _spectrum(self, x: torch.Tensor) -> torch.Tensor:
        edge = (WINDOW - HOP) // 2
        return torch.fft.rfft(F.pad(x.to(self._device), (edge, edge)).unfold(1, WINDOW, HOP) * self._window, FFT)

    def _mask(self, rng: np.random.Generator, voice: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Squared soft mask of an imperfect separator: the ideal one with errors that are smooth in time and pitch."""
        v, n = self._spectrum(voice).abs() ** 2, self._spectrum(other).abs() ** 2
        shape = (len(voice), 1, v.shape[1] // 8 + 1, v.shape[2] // 6 + 1)
        coarse = torch.from_numpy(rng.standard_normal(shape, dtype=np.float32)).to(self._device)
        error = F.interpolate(coarse, size=v.shape[1:], mode="bilinear", align_corners=False)[:, 0]
        mask: torch.Tensor = v / (v + n * torch.exp(float(rng.uniform(0.3, 2.0)) * error - 1.0) + 1e-9)
        return torch.square(mask)

    @staticmethod
    def _coloured(rng: np.random.Generator, m: torch.Tensor) -> torch.Tensor:
        """Random equaliser, tilt, contrast, low-pass and masks."""
        rows, frames, _ = m.shape
        u, gain = np.linspace(0, 1, MELS), np.zeros((rows, MELS))
        for k in range(4):
            ripple = np.cos(np.pi * k * u + rng.uniform(0, 6.28, (rows, 1)))
            gain += rng.standard_normal((rows, 1)) * 0.8 / (k + 1) * ripple
        gain += rng.standard_normal((rows, 1)) * 0.6 * (u - 0.5)
        m = m + torch.from_numpy(gain.astype(np.float32)).to(m.device)[:, None]
        contrast = np.clip(1 + 0.15 * rng.standard_normal((rows, 1, 1)), 0.6, 1.5)
        m = m * torch.from_numpy(contrast.astype(np.float32)).to(m.device)
        for row in m:
            if rng.random() < 0.15:
                row[:, rng.integers(44, 63) :] -= rng.uniform(0.5, 3)
            if rng.random() < 0.5:
                a = rng.integers(0, MELS - 8)
                row[:, a : a + rng.integers(1, 14)] = 0
            if rng.random() < 0.3:
                a = rng.integers(0, frames - 6)
                row[a : a + rng.integers(1, 6)] = -1
        return m.clamp(min=-2.5)
