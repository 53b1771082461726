"""How many phones a recogniser hears wrong when nobody tells it the text: on a voice kept apart, and on recordings."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lipwright.arrays import MemoryVocal
from lipwright.models import open_session
from lipwright.phonemes.acoustic.decoding import decoded
from lipwright.phonemes.acoustic.posteriors import Recogniser, gain_for, hear, level_db

from .corpus.singing import analyse, variant
from .edits import MERGED, edit_distance
from .evaluate import labelled, shard_clips
from .nets.frontend import Array
from .symbols import Span

READERS = "pocketsphinx_librivox"
COPIES = 3  # sung copies of each of the readers' recordings


@dataclass(frozen=True, slots=True)
class Heard:
    """One set: phones said, and how many of them were missed, added or changed."""

    name: str
    phones: int
    wrong: int


def evaluate(model: Path, shard: Path | None, speech: Path | None) -> list[Heard]:
    """Scores on the shard's spoken and sung clips, on every folder of recordings, and on people made to sing."""
    recogniser = Recogniser(session=open_session(model, model.name))
    found = []
    for kind in ("spoken", "sung") if shard and shard.exists() else ():
        found.append(_score(f"{shard.stem}, {kind}", recogniser, shard_clips(shard, kind)))
    for name, clips in labelled(speech):
        found.append(_score(name, recogniser, clips))
        if name == READERS:
            found.append(_score(f"{name}, made to sing by WORLD", recogniser, _sung(clips)))
    return found


def table(scores: list[Heard]) -> str:
    """Markdown."""
    head = "| set | phones | phone error, % |\n|---|---|---|"
    return "\n".join([head, *(f"| {s.name} | {s.phones} | {100 * s.wrong / s.phones:.1f} |" for s in scores)])


def _sung(clips: list[tuple[Array, list[Span]]]) -> list[tuple[Array, list[Span]]]:
    rng, out = random.Random(7), []
    for samples, spans in clips:
        parts = analyse(samples)
        copies = [variant(rng, parts, spans, sung=True, longest_s=40.0) for _ in range(COPIES)]
        out += [copy for copy in copies if copy is not None]
    return out


def _score(name: str, recogniser: Recogniser, clips: list[tuple[Array, list[Span]]]) -> Heard:
    names, share = recogniser.tokens.english()
    phones = wrong = 0
    for samples, spans in clips:
        vocal = MemoryVocal(samples)
        heard = hear(vocal, recogniser, gain_for(level_db(vocal)))
        runs = decoded(heard.live.astype(np.float32) @ share, heard.blank, names)
        said = [MERGED.get(symbol, symbol) for *_, symbol in spans]
        wrong += edit_distance(said, [MERGED.get(names[run.phone], names[run.phone]) for run in runs])
        phones += len(said)
    return Heard(name, phones, wrong)
