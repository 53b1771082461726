"""Whole songs with exact times: a singer, backing voices, ad-libs and breaths over a band, made once and kept in a folder."""

from __future__ import annotations

import json
import random
import tomllib
import wave
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tests.bench.singing.band import band
from tests.bench.singing.singers import RATE, Line, Score, plain_words, sing

BREAK_BARS = 4
VERSION = 4
"""Raised whenever what is made changes: older folders are made anew."""
VOICE_TO_BAND_DB = 4.0  # active voice against the band, as on a plain pop mix
AD_LIB_DB, BACKING_DB, BREATH_DB = -4.0, -8.0, -24.0


@dataclass(frozen=True, slots=True)
class Song:
    """`words` are the sheet's: (start_s, end_s, text, line); `phones` carry the word's number. Times are exact.

    `voiced` are spans in which somebody sings, ad-libs and backing included; `lines` is the sheet.
    """

    name: str
    language: str
    singer: str
    folder: Path
    duration_s: float
    lines: list[str]
    words: list[tuple[float, float, str, int]]
    phones: list[tuple[float, float, str, int]]
    voiced: list[tuple[float, float]]
    breaths: list[tuple[float, float]]

    @property
    def mix(self) -> Path:
        """Stereo WAV of everything."""
        return self.folder / "mix.wav"

    @property
    def dry(self) -> Path:
        """Stereo WAV of what is sung, at its level in the mix."""
        return self.folder / "dry.wav"


def songs(folder: Path) -> list[Song]:
    """Every song of lyrics.toml, made where it is missing."""
    table = tomllib.loads((Path(__file__).parent / "lyrics.toml").read_text(encoding="utf-8"))
    return [_song(name, row, folder / f"{name}-{VERSION}") for name, row in table.items()]


def _song(name: str, row: dict[str, Any], folder: Path) -> Song:
    truth = folder / "truth.json"
    if not truth.exists():
        folder.mkdir(parents=True, exist_ok=True)
        truth.write_text(json.dumps(_make(name, row, folder), ensure_ascii=False), encoding="utf-8")
    doc = json.loads(truth.read_text(encoding="utf-8"))
    rows = {key: [tuple(x) for x in doc[key]] for key in ("words", "phones", "voiced", "breaths")}
    return Song(name, row["language"], row["singer"], folder, doc["duration_s"], doc["lines"], **rows)


@dataclass(slots=True)
class _Tape:
    """What has been sung so far."""

    at_s: float
    placed: list[tuple[float, Line, float, float]]
    solos: list[tuple[float, float]]
    lines: list[str]
    words: list[Any]
    phones: list[Any]
    voiced: list[Any]
    breaths: list[Any]


def _make(name: str, row: dict[str, Any], folder: Path) -> dict[str, Any]:
    seed = zlib.crc32(name.encode())
    rng, beat_s = random.Random(seed), 60.0 / row["bpm"]
    tape = _Tape(0.0, [], [], [], [], [], [], [])
    for part in row["form"].split():
        if part == "-":
            tape.solos.append((tape.at_s, tape.at_s + BREAK_BARS * 4 * beat_s))
            tape.at_s += BREAK_BARS * 4 * beat_s
            continue
        for text in row[part].strip().splitlines():
            _sing_line(tape, rng, row, part, text, beat_s)
        tape.at_s = _next_bar(tape.at_s, beat_s)
    tape.solos.append((tape.at_s, tape.at_s + 2 * 4 * beat_s))
    duration_s = tape.at_s + 2 * 4 * beat_s + 1.0
    voice = _voices(tape, duration_s, seed)
    backing = band(row["style"], duration_s, row["bpm"], tape.solos, seed)[:, : voice.shape[1]]
    loud = np.sqrt((voice[:, np.abs(voice).max(axis=0) > 1e-3] ** 2).mean())
    voice = voice * (np.sqrt((backing**2).mean()) * 10 ** (VOICE_TO_BAND_DB / 20) / loud)
    scale = 0.9 / np.abs(voice + backing).max()
    _write(folder / "mix.wav", (voice + backing) * scale)
    _write(folder / "dry.wav", voice * scale)
    keys = ("lines", "words", "phones", "voiced", "breaths")
    return {"duration_s": voice.shape[1] / RATE} | {key: getattr(tape, key) for key in keys}


def _sing_line(tape: _Tape, rng: random.Random, row: dict[str, Any], part: str, text: str, beat_s: float) -> None:
    ad_lib, text = text.startswith("+"), text.lstrip("+ ")
    rap = bool(row.get("rap"))
    hold = rng.choice([1.5, 2, 3, 4])
    score = Score(beat_s, row["low"] + (5 if ad_lib else 0), 0, rng.randrange(1 << 20), hold, rap)
    line = sing(row["backing"] or row["singer"] if ad_lib else row["singer"], text, score)
    start = tape.at_s + (0.0 if ad_lib else rng.choice([0.0, 0.0, 0.5]) * beat_s)
    if not ad_lib and rng.random() < 0.6:
        tape.breaths.append((max(0.0, start - 0.35), max(0.05, start - 0.05)))
    tape.placed.append((start, line, AD_LIB_DB if ad_lib else 0.0, 0.5 if ad_lib else 0.0))
    tape.voiced += [(start + a, start + b) for a, b, _ in line.phones]
    if row["backing"] and part == "chorus" and not ad_lib:
        second = sing(row["backing"], text, Score(beat_s, row["low"], 4, score.seed, hold, rap))
        tape.placed.append((start + 0.03, second, BACKING_DB, -0.6))
        tape.voiced += [(start + 0.03 + a, start + 0.03 + b) for a, b, _ in second.phones]
    end = start + max(b for _, b, _ in line.phones)
    if ad_lib:
        tape.at_s = end
        return
    number, words = len(tape.lines), len(tape.words)
    tape.lines.append(text)
    tape.words += [(start + a, start + b, w, number) for a, b, w in line.words]
    starts = [a for a, _, _ in line.words]
    for a, b, phone in line.phones:
        tape.phones.append((start + a, start + b, phone, words + int(np.searchsorted(starts, a + 1e-6)) - 1))
    assert [w for _, _, w in line.words] == plain_words(text)
    tape.at_s = end + rng.choice([0.25, 0.5, 1.0]) * beat_s


def _next_bar(at_s: float, beat_s: float) -> float:
    return float(np.ceil(at_s / (4 * beat_s)) * 4 * beat_s)


def _voices(tape: _Tape, duration_s: float, seed: int) -> Any:
    """float32 (2, n): all that is sung, with breaths and a little hall."""
    from scipy.signal import fftconvolve, lfilter

    rng = np.random.default_rng(seed)
    dry = np.zeros((2, int(duration_s * RATE)))
    for start, line, gain_db, pan in tape.placed:
        at, sound = int(start * RATE), line.sound * 10 ** (gain_db / 20)
        sound = sound[: dry.shape[1] - at]
        dry[0, at : at + len(sound)] += sound * np.cos((pan + 1) * np.pi / 4)
        dry[1, at : at + len(sound)] += sound * np.sin((pan + 1) * np.pi / 4)
    for a, b in tape.breaths:
        count = int((b - a) * RATE)
        noise = lfilter([1, -0.95], [1, -0.6], rng.standard_normal(count)) * np.sin(np.pi * np.linspace(0, 1, count))
        dry[:, int(a * RATE) : int(a * RATE) + count] += noise * 10 ** (BREATH_DB / 20) * 0.5
    t = np.arange(int(0.8 * RATE)) / RATE
    tail = rng.standard_normal((2, len(t))) * 10 ** (-3 * t / 0.8)
    wet = fftconvolve(dry, tail / np.sqrt((tail**2).sum(axis=1, keepdims=True)), axes=1)[:, : dry.shape[1]]
    return (dry + 0.1 * wet).astype(np.float32)


def _write(path: Path, sound: Any) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(sound.T, -1, 1) * 32767).astype("<i2").tobytes())
