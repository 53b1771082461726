"""What can be measured in a vocal without knowing the words, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import RATE, Features, FloatArray, Progress, Vocal
from lipwright.vocal import pitch, rhythm

HOP_S = 0.01
HOP = round(HOP_S * RATE)
BLOCK = 1000  # frames, 10 s: a few MB of work memory
FLOOR_DB = -120.0

# A note: pitch that moves less than this over NOTE_S, vibrato included. Speech glides 10 to 40 semitones a second.
NOTE_S = 0.35
NOTE_SLOPE = 3.0  # semitones a second
NOTE_SPREAD = 0.8  # semitones, standard deviation around the line: vibrato of +-110 cents passes
# Share of the voiced time that lies in notes: 0 to 0.25 in read and free speech (one short clip 0.45), 0.49 and
# over when sung, on the labelled clips of the benchmark.
DOUBT_S = 0.6  # of speech, counted to every vocal: a second of monotone talk is no song yet
SPEECH_SHARE, SONG_SHARE = 0.28, 0.45


def measure(vocal: Vocal, on_progress: Progress | None = None) -> Features:
    """Level, pitch, beats, tempo, and whether it is sung; equal samples give equal values."""
    total = -(-vocal.length // HOP)
    level = np.full(total, FLOOR_DB, np.float32)
    hz = np.zeros((total, pitch.CANDIDATES), np.float32)
    strength = np.zeros((total, pitch.CANDIDATES), np.float32)
    onsets = np.zeros(total, np.float32)
    bands: FloatArray | None = None
    for first, last in _blocks(total):
        level[first:last] = _levels(vocal, first, last)
        frames = _frames(vocal, first, last)
        spectrum = pitch.spectra(frames)
        hz[first:last], strength[first:last] = pitch.candidates(frames, spectrum)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        onsets[first:last], bands = rhythm.onset_strength(power, bands)
        if on_progress is not None:
            on_progress(last / total)
    f0 = pitch.best_path(hz, strength, level)
    beats, tempo = rhythm.beats_from(onsets, level)
    return Features(HOP_S, level, f0, beats, tempo, singing_from(f0))


def singing_from(f0_hz: FloatArray) -> float:
    """0 speech .. 1 song, from the share of the voiced time in which the pitch holds a note."""
    voiced = f0_hz > 0.0
    width = round(NOTE_S / HOP_S)
    if int(voiced.sum()) < width:
        return 0.0
    semitones = np.where(voiced, 12.0 * np.log2(np.maximum(f0_hz, 1.0)), 0.0)
    whole = np.convolve(voiced, np.ones(width), "valid") == width
    if not whole.any():
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(semitones, width)
    held = np.zeros(voiced.size, bool)
    for low in range(0, windows.shape[0], BLOCK):
        rows = np.flatnonzero(whole[low : low + BLOCK]) + low
        steady = rows[_steady(windows[rows])]
        for step in range(width):
            held[steady + step] = True
    share = float(held.sum() / (voiced.sum() + DOUBT_S / HOP_S))
    return round(min(1.0, max(0.0, (share - SPEECH_SHARE) / (SONG_SHARE - SPEECH_SHARE))), 3)


def _steady(windows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """windows of semitones (n, width) -> bool (n,): whether each holds a note."""
    time_s = (np.arange(windows.shape[1]) - (windows.shape[1] - 1) / 2) * HOP_S
    centred = windows - windows.mean(axis=1, keepdims=True)
    slope = centred @ time_s / (time_s @ time_s)
    spread = (centred - slope[:, None] * time_s).std(axis=1)
    held: NDArray[np.bool_] = (np.abs(slope) < NOTE_SLOPE) & (spread < NOTE_SPREAD)
    return held


def _blocks(total: int) -> Iterator[tuple[int, int]]:
    for first in range(0, total, BLOCK):
        yield first, min(first + BLOCK, total)


def _levels(vocal: Vocal, first: int, last: int) -> FloatArray:
    samples = vocal.window(first * HOP, last * HOP).reshape(-1, HOP)
    power = np.einsum("ij,ij->i", samples, samples) / HOP
    level: FloatArray = np.maximum(10.0 * np.log10(np.maximum(power, 1e-12)), FLOOR_DB).astype(np.float32)
    return level


def _frames(vocal: Vocal, first: int, last: int) -> FloatArray:
    """float32 (last - first, pitch.WINDOW) at 8 kHz, each centred on its frame."""
    lead = pitch.WINDOW - HOP // 2  # 16 kHz samples before the frame's start, so that centres meet
    start = first * HOP - lead
    stop = (last - 1) * HOP - lead + 2 * pitch.WINDOW + 2
    low = pitch.halved(vocal.window(start, stop))
    return np.ascontiguousarray(
        np.lib.stride_tricks.sliding_window_view(low, pitch.WINDOW)[:: HOP // 2][: last - first]
    )
