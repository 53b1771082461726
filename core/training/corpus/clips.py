"""Labelled training clips from one voice: spoken, altered (other rate, pitch, vocal tract) and sung."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..nets.frontend import RATE, Array
from ..symbols import Span
from .singing import analyse, variant
from .texts import Sentences
from .voices import Speak, voice

MAX_FAILURES = 50  # in a row: the voice is broken, not the sentence


@dataclass(frozen=True, slots=True)
class Source:
    """One voice's share of the data: seconds spoken, and mean altered and sung copies a clip."""

    name: str
    voice: str
    seconds: float
    altered: float
    sung: float
    seed: int


def make_shard(source: Source, sentences: Sentences, path: Path) -> None:
    """Write `path` (npz: int16 audio of all clips, json of their labels); an existing file is kept."""
    if path.exists():
        return
    started = time.time()
    audio, clips = _made(voice(source.voice), source, sentences)
    if not clips:
        raise SystemExit(f"{source.voice} made nothing; is it installed? See README.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as stream:
        np.savez(stream, audio=audio, clips=json.dumps({"voice": source.voice, "clips": clips}))
    part.replace(path)
    seconds = {
        k: round(sum(c["samples"] for c in clips if c["kind"] == k) / RATE) for k in ("spoken", "altered", "sung")
    }
    print(f"{path.name}: {len(clips)} clips, seconds {seconds}, took {time.time() - started:.0f} s", flush=True)


def _made(speak: Speak, source: Source, sentences: Sentences) -> tuple[Any, list[dict[str, Any]]]:
    rng, spoken_s, failures = random.Random(source.seed), 0.0, 0
    audio: list[Any] = []
    clips: list[dict[str, Any]] = []
    while spoken_s < source.seconds and failures < MAX_FAILURES:
        try:
            for kind, text, samples, labels in _clips_of(speak, rng, sentences, source):
                spoken_s += len(samples) / RATE if kind == "spoken" else 0.0
                audio.append(_level(samples))
                phones = [[round(float(a), 4), round(float(b), 4), phone] for a, b, phone in labels]
                row = {"kind": kind, "text": text, "loose": speak.loose, "samples": len(samples), "phones": phones}
                clips.append(row)
            failures = 0
        except Exception as error:  # noqa: BLE001 - engines refuse a sentence now and then, each in its own way
            failures += 1
            print(f"{source.name}: skipped, {error!r}"[:200], file=sys.stderr)
    return (np.concatenate(audio) if audio else np.zeros(0, np.int16)), clips


def _clips_of(
    speak: Speak, rng: random.Random, sentences: Sentences, source: Source
) -> Iterator[tuple[str, str, Array, list[Span]]]:
    """One spoken clip and its copies."""
    text = sentences(rng, rng.random() < 0.4, speak.language(rng))
    audio, labels = speak(rng, text)
    if not labels:
        raise ValueError("no labels")
    yield "spoken", text, audio, labels
    parts = None
    for kind, mean in (("altered", source.altered), ("sung", source.sung)):
        for _ in range(int(mean) + (rng.random() < mean % 1)):
            if kind == "sung" and speak.sings and rng.random() < 0.65:
                line = sentences(rng, True, None)
                yield "sung", line, *speak(rng, line, sung=True)
                continue
            parts = parts or analyse(audio)
            made = variant(rng, parts, labels, kind == "sung")
            if made is not None:
                yield kind, text, *made


def _level(audio: Array) -> Any:
    """Peak 0.8, int16."""
    return (audio / max(1e-3, float(np.abs(audio).max())) * 0.8 * 32767).astype(np.int16)
