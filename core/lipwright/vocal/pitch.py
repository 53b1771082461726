"""Fundamental frequency, cheap and steady enough for singing: normalised autocorrelation, then one best path.

The measure follows McLeod and Wyvill (A smarter way to find pitch, ICMC 2005), the path and its costs Boersma's
method as Praat documents it (Sound: To Pitch (ac)...).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray

RATE = 8000
WINDOW = 360  # samples, 45 ms: almost three periods of the lowest voice
LOWEST_HZ, HIGHEST_HZ = 65.0, 1100.0
LAGS = round(RATE / LOWEST_HZ) + 2
FFT = 512
CANDIDATES = 5
# Praat's defaults, in units of autocorrelation.
OCTAVE_COST = 0.02  # a little more than Praat's 0.01: sung vowels repeat well at two periods too
JUMP_COST = 0.35
VOICING_COST = 0.14
VOICED_FROM = 0.5
SILENT_DB = -55.0  # below the loudest frames


def halved(samples: FloatArray) -> FloatArray:
    """16 kHz to 8 kHz: float32 (2 n + 2,) -> (n,), a short binomial low-pass that is enough for pitch."""
    s = samples
    return ((s[0:-3:2] + s[3::2]) * np.float32(0.125) + (s[1:-2:2] + s[2:-1:2]) * np.float32(0.375)).astype(np.float32)


def spectra(frames: FloatArray) -> NDArray[np.complex64]:
    """frames float32 (F, WINDOW) -> complex64 (F, FFT // 2 + 1), mean removed."""
    centred = frames - frames.mean(axis=1, keepdims=True)
    return np.fft.rfft(centred, FFT, axis=1).astype(np.complex64)


def candidates(frames: FloatArray, spectrum: NDArray[np.complex64]) -> tuple[FloatArray, FloatArray]:
    """(f0 in Hz, strength) of the best CANDIDATES a frame, both float32 (F, CANDIDATES); 0 where there are fewer."""
    similar = _similarity(frames, spectrum)
    middle = similar[:, 1:-1]
    peak = (middle > similar[:, :-2]) & (middle >= similar[:, 2:]) & (middle > 0.25)
    peak[:, : int(RATE / HIGHEST_HZ) - 1] = False
    lags = np.arange(1, similar.shape[1] - 1)
    worth = np.where(peak, middle - OCTAVE_COST * np.log2(lags * (LOWEST_HZ / RATE)).astype(np.float32), -9.0)
    best = np.argpartition(-worth, CANDIDATES, axis=1)[:, :CANDIDATES]
    best = np.take_along_axis(best, np.argsort(-np.take_along_axis(worth, best, 1), axis=1, kind="stable"), 1)
    found = np.take_along_axis(worth, best, 1) > -9.0
    lag, strength = _refined(similar, best + 1)
    return (
        np.where(found, RATE / lag, 0.0).astype(np.float32),
        np.where(found, np.minimum(strength, 1.0), 0.0).astype(np.float32),
    )


def best_path(hz: FloatArray, strength: FloatArray, level_db: FloatArray) -> FloatArray:
    """f0 float32 (F,), 0 where unvoiced: the cheapest way through the candidates."""
    count = len(level_db)
    if count == 0:
        return np.zeros(0, np.float32)
    loudest = float(np.percentile(level_db, 95))
    quiet = np.clip((level_db - (loudest + SILENT_DB)) / 15.0, 0.0, 1.0)  # 0 silent, 1 well above the floor
    log_hz = np.log2(np.maximum(hz, 1.0))
    gain = strength - OCTAVE_COST * np.log2(np.maximum(HIGHEST_HZ / np.maximum(hz, 1.0), 1.0))
    gain = np.where(hz > 0.0, gain - (1.0 - quiet[:, None]), -1e3)
    unvoiced = np.full((count, 1), VOICED_FROM)
    gain = np.concatenate([unvoiced, gain], axis=1)
    return _viterbi(gain, log_hz, hz)


def _viterbi(gain: NDArray[np.float64], log_hz: FloatArray, hz: FloatArray) -> FloatArray:
    count, states = gain.shape
    back = np.zeros((count, states), np.int8)
    score = gain[0].copy()
    move = np.full((states, states), VOICING_COST)
    move[0, 0] = 0.0
    rows = np.arange(states)
    for f in range(1, count):
        move[1:, 1:] = JUMP_COST * np.abs(log_hz[f - 1][:, None] - log_hz[f][None, :])
        total = score[:, None] - move
        best = total.argmax(axis=0)
        back[f] = best
        score = total[best, rows] + gain[f]
    path = np.zeros(count, np.int64)
    path[-1] = int(score.argmax())
    for f in range(count - 1, 0, -1):
        path[f - 1] = back[f, path[f]]
    chosen = np.take_along_axis(np.concatenate([np.zeros((count, 1), np.float32), hz], 1), path[:, None], 1)
    return np.asarray(chosen[:, 0], np.float32)


def _similarity(frames: FloatArray, spectrum: NDArray[np.complex64]) -> FloatArray:
    """Normalised square difference as similarity: float32 (F, LAGS), 1 where the frame repeats exactly."""
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    shared = np.fft.irfft(power, FFT, axis=1)[:, :LAGS].astype(np.float32)
    centred = frames - frames.mean(axis=1, keepdims=True)
    energy = np.cumsum(centred.astype(np.float64) ** 2, axis=1)
    total = energy[:, -1:]
    lags = np.arange(1, LAGS)
    head = energy[:, WINDOW - 1 - lags]  # energy of x[0 : W - lag]
    tail = total - energy[:, lags - 1]  # energy of x[lag : W]
    both = np.concatenate([2.0 * total, head + tail], axis=1)
    similar: FloatArray = (2.0 * shared / np.maximum(both, 1e-9)).astype(np.float32)
    return similar


def _refined(similar: FloatArray, index: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lag and height of the parabola through a peak and its neighbours."""
    left = np.take_along_axis(similar, index - 1, 1)
    top = np.take_along_axis(similar, index, 1)
    right = np.take_along_axis(similar, index + 1, 1)
    bend = np.minimum(left + right - 2.0 * top, -1e-6)
    shift = np.clip(0.5 * (left - right) / bend, -0.5, 0.5)
    return index + shift, top - 0.25 * (left - right) * shift
