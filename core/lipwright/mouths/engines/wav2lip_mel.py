"""The sound as two families of networks hear it, to the last constant: 80 bands, 80 columns a second.

"wav2lip" is the mel spectrogram that Wav2Lip was trained on (16 kHz, pre-emphasis .97, 800-point Hann window, hop 200,
reflected ends, Slaney bands from 55 to 7600 Hz on the magnitude). "edtalk" is the other variant in use, with the
loudest sample at 1, half-triangles on HTK edges and another offset; feeding one family with the other's numbers looks
bad silently.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray
from lipwright.mouths.face.landmark_indices import Floats

RATE, WINDOW, HOP, BANDS = 16_000, 800, 200, 80
LOW_HZ, HIGH_HZ = 55.0, 7_600.0
COLUMNS = 16  # what a network sees at once: 0.2 s


class Ear:
    """A whole sound, of which `window` gives what a network hears around a moment; `kind` is wav2lip or edtalk."""

    def __init__(self, kind: str, samples: FloatArray) -> None:
        self._trained_as = kind == "wav2lip"
        if not self._trained_as:
            peak = float(np.abs(samples).max(initial=0.0))
            samples = samples / peak if peak > 0 else samples
        samples = np.pad(samples, (0, max(0, WINDOW // 2 + 1 - len(samples))))
        ends = "reflect" if self._trained_as else "constant"
        self._sound = np.pad(_emphasised(samples), WINDOW // 2, mode=ends).astype(np.float32)  # type: ignore[call-overload]  # the mode is one of two literals
        self._bands = slaney_bands() if self._trained_as else half_triangle_bands() / (WINDOW / 2)
        self._offset = 2.4 if self._trained_as else 3.2
        self._hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)

    def window(self, start_s: float) -> FloatArray:
        """float32 (80, 16), -4..4: column c is centred on start_s + c / 80 s, to the sample.

        Networks were trained on columns at whole 1/80 s; between those, rounding down would hear up to 12.5 ms early,
        by another amount at every frame. Outside the sound there is silence, -4.
        """
        first = round(start_s * RATE) + HOP * np.arange(COLUMNS)
        at = first[:, None] + np.arange(WINDOW)
        inside = (at >= 0) & (at < len(self._sound))
        pieces = np.where(inside, self._sound[np.clip(at, 0, len(self._sound) - 1)], 0.0)
        magnitude = np.abs(np.fft.rfft(pieces * self._hann, axis=1)).T
        level = 1.6 * np.log10(np.maximum(1e-5, self._bands @ magnitude)) + self._offset
        return np.clip(level, -4.0, 4.0).astype(np.float32)


def silence() -> FloatArray:
    """float32 (80, 16): what a network hears where there is no sound."""
    return np.full((BANDS, COLUMNS), -4.0, np.float32)


def _emphasised(samples: FloatArray) -> Floats:
    samples = samples.astype(np.float64)
    return np.concatenate([samples[:1], samples[1:] - 0.97 * samples[:-1]])


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
