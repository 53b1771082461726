"""What isolation would give on a mix: a few excerpts of it heard as they are, and with the band taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from lipwright import models
from lipwright.arrays import RATE as VOCAL_RATE
from lipwright.arrays import FloatArray, MemoryVocal, Vocal, blocks
from lipwright.isolate import separator
from lipwright.isolate.dry import BLEED, MODEL, masker
from lipwright.isolate.loudness import rms_of_mix
from lipwright.isolate.stereo_reader import stereo_blocks

EXCERPT_S, PLACES = 10.0, (0.2, 0.4, 0.6, 0.8)
_LEVEL_S = 0.1
_SUNG_DB = 12.0  # under the loud part of the vocal: it is sung
_WITH_VOICE, _WITHOUT = 75, 25  # percentiles of level: voice and band, the band between the lines


@dataclass(frozen=True, slots=True, eq=False)
class Prospect:
    """`voice_db`: the voice over the band while somebody sings. `pairs`: excerpts as they are and isolated, the latter
    only where the separator is installed; without it `voice_db` is read off the mix's own level, to some 3 dB.
    """

    voice_db: float
    pairs: tuple[tuple[Vocal, Vocal], ...] = ()


def prospect(path: Path, mix: Vocal, *, stream: int | None = None) -> Prospect:
    """Listen to excerpts of `path`, whose 16 kHz vocal is `mix`."""
    if not models.installed(MODEL):
        return Prospect(_from_levels(mix))
    channel = getattr(mix, "channel", None)  # the one that a file's vocal was read from
    rms, mask = rms_of_mix(path, stream, channel), masker()
    voice, band, pairs = 0.0, 0.0, []
    for sound in _excerpts(path, stream, channel, mix.length / VOCAL_RATE):
        clean = _joined(separator.separate([sound], mask, 0.0, rms), sound)
        own, other = _powers(clean, sound - clean)
        voice, band = voice + own, band + other
        heard = clean + np.float32(BLEED) * (sound - clean)
        pairs.append((_as_vocal(sound), _as_vocal(heard)))
    if voice <= 0.0:
        return Prospect(-60.0, tuple(pairs))
    return Prospect(float(10 * np.log10(voice / max(band, voice * 1e-6))), tuple(pairs))


def _excerpts(path: Path, stream: int | None, channel: int | None, duration_s: float) -> Iterator[FloatArray]:
    """float32 (2, n) at 44.1 kHz: the whole of a short file, else EXCERPT_S at each of PLACES."""
    rate, size = separator.RATE, round(EXCERPT_S * separator.RATE)
    whole = duration_s <= EXCERPT_S * len(PLACES)
    starts = [0] if whole else [round(place * duration_s * rate) - size // 2 for place in PLACES]
    if whole:
        size = round(duration_s * rate) + rate
    held: list[list[FloatArray]] = [[] for _ in starts]
    at = 0
    for block in stereo_blocks(path, stream, channel=channel):
        for start, parts in zip(starts, held, strict=True):
            low, high = max(start - at, 0), min(start + size - at, block.shape[1])
            if high > low:
                parts.append(block[:, low:high])
        at += block.shape[1]
    for parts in held:
        if parts:
            yield np.concatenate(parts, axis=1)


def _joined(pieces: Iterator[FloatArray], sound: FloatArray) -> FloatArray:
    parts = list(pieces)
    return np.concatenate(parts, axis=1)[:, : sound.shape[1]] if parts else np.zeros_like(sound)


def _powers(voice: FloatArray, band: FloatArray) -> tuple[float, float]:
    """Energy of both while somebody sings."""
    step = round(_LEVEL_S * separator.RATE)
    count = voice.shape[1] // step
    own, other = (
        (part[:, : count * step].astype(np.float64) ** 2).sum(axis=0).reshape(count, step).sum(axis=1)
        for part in (voice, band)
    )
    if not count or own.max() <= 0.0:
        return 0.0, 0.0
    sung = (own > np.percentile(own, 95) * 10 ** (-_SUNG_DB / 10)) & (own > other * 10 ** (-1.4))
    return float(own[sung].sum()), float(other[sung].sum())


def _as_vocal(sound: FloatArray) -> Vocal:
    mono = soxr.resample(sound.mean(axis=0), separator.RATE, VOCAL_RATE).astype(np.float32)
    return MemoryVocal(np.clip(mono, -1.0, 1.0))


def _from_levels(mix: Vocal) -> float:
    """The loud quarter holds voice and band, the quiet one the band alone.

    On seven mixes of the benchmark with the voice 1 dB under, 5 and 11 dB over the band: 2, 5 and 10 on average.
    """
    step = round(_LEVEL_S * VOCAL_RATE)
    powers = [
        (samples[: len(samples) // step * step].astype(np.float64) ** 2).reshape(-1, step).mean(axis=1)
        for _, samples in blocks(mix, 60.0)
    ]
    power = np.concatenate(powers) if powers else np.zeros(0)
    power = power[power > 1e-9]
    if power.size < 4:
        return 0.0
    over = float(np.percentile(power, _WITH_VOICE) / np.percentile(power, _WITHOUT))
    return float(10 * np.log10(max(over - 1.0, 0.01)))
