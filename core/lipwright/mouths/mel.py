"""The sound as two families of networks hear it, to the last constant: 80 bands, 80 columns a second.

`wav2lip_mel` is the mel spectrogram that Wav2Lip was trained on (16 kHz, pre-emphasis .97, 800-point Hann window,
hop 200, reflected ends, Slaney bands from 55 to 7600 Hz on the magnitude). `edtalk_mel` is the other variant in use,
with half-triangles on HTK edges and another offset; feeding one family with the other's numbers looks bad silently.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray
from lipwright.mouths.points import Floats

RATE, WINDOW, HOP, BANDS = 16_000, 800, 200, 80
LOW_HZ, HIGH_HZ = 55.0, 7_600.0
COLUMNS_A_SECOND = RATE // HOP
COLUMNS = 16  # what a network sees at once: 0.2 s


def wav2lip_mel(samples: FloatArray) -> FloatArray:
    """float32 (80, T), -4..4; column c is centred on c / 80 s. Digital silence gives -4, never NaN."""
    spectrum = _spectrum(_emphasised(samples), "reflect")
    bands = slaney_bands() @ spectrum
    return np.clip(1.6 * np.log10(np.maximum(1e-5, bands)) + 2.4, -4.0, 4.0).astype(np.float32)


def edtalk_mel(samples: FloatArray) -> FloatArray:
    """float32 (80, T), -4..4, for edtalk-class networks: loudest sample 1, half-triangle bands."""
    peak = float(np.abs(samples).max(initial=0.0))
    spectrum = _spectrum(_emphasised(samples / peak if peak > 0 else samples), "constant") / (WINDOW / 2)
    bands = half_triangle_bands() @ spectrum
    return np.clip(1.6 * np.log10(np.maximum(1e-5, bands)) + 3.2, -4.0, 4.0).astype(np.float32)


def window_at(mel: FloatArray, start_s: float) -> FloatArray:
    """float32 (80, 16): the columns from `start_s` on; before the start and after the end the last ones that exist."""
    count = mel.shape[1]
    first = int(np.floor(start_s * COLUMNS_A_SECOND + 1e-6))
    return np.asarray(mel[:, np.clip(np.arange(first, first + COLUMNS), 0, count - 1)])


def _emphasised(samples: FloatArray) -> Floats:
    samples = samples.astype(np.float64)
    return np.concatenate([samples[:1], samples[1:] - 0.97 * samples[:-1]])


def _spectrum(samples: Floats, ends: str) -> Floats:
    """Magnitudes (401, T) of Hann windows centred on every 200th sample."""
    if len(samples) <= WINDOW // 2:
        samples = np.pad(samples, (0, WINDOW // 2 + 1 - len(samples)))
    padded = np.pad(samples, WINDOW // 2, mode=ends)  # type: ignore[call-overload]  # the mode is one of two literals
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    count = 1 + (len(padded) - WINDOW) // HOP
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)
    out = np.empty((WINDOW // 2 + 1, count))
    for start in range(0, count, 4096):  # a long song at once would take gigabytes
        rows = windows[start * HOP : (min(start + 4096, count) - 1) * HOP + 1 : HOP]
        out[:, start : start + len(rows)] = np.abs(np.fft.rfft(rows * hann, axis=1)).T
    return out


def slaney_bands() -> Floats:
    """float64 (80, 401): triangles of area one on Slaney's scale (linear to 1 kHz, then logarithmic)."""
    edges = _hz_from_slaney(np.linspace(_slaney_from_hz(LOW_HZ), _slaney_from_hz(HIGH_HZ), BANDS + 2))
    bins = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None])


def _slaney_from_hz(hz: float) -> float:
    return hz * 3 / 200 if hz < 1000 else 15.0 + np.log(hz / 1000) * 27 / np.log(6.4)


def _hz_from_slaney(mel: Floats) -> Floats:
    return np.where(mel < 15.0, mel * 200 / 3, 1000 * np.exp((mel - 15.0) * np.log(6.4) / 27))


def half_triangle_bands() -> Floats:
    """float64 (80, 401): from each HTK edge to the next, one symmetric triangle."""
    mel = np.linspace(2595 * np.log10(1 + LOW_HZ / 700), 2595 * np.log10(1 + HIGH_HZ / 700), BANDS + 2)
    edges = np.floor((WINDOW + 1) * 700 * (10 ** (mel / 2595) - 1) / RATE).astype(int)
    out = np.zeros((BANDS, WINDOW // 2 + 1))
    for band in range(BANDS):
        start, end = edges[band], edges[band + 1]
        out[band, start:end] = _triangle(end - start)
    return out


def _triangle(count: int) -> NDArray[np.float64]:
    """A symmetric triangle that does not touch zero (as signal processing libraries' `triang`)."""
    n = np.arange(1, (count + 1) // 2 + 1)
    half = (2 * n - 1) / count if count % 2 == 0 else 2 * n / (count + 1)
    return np.concatenate([half, half[::-1] if count % 2 == 0 else half[-2::-1]])
