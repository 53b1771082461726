"""Onsets to a few milliseconds: local engines are asked about every phrase, and what they say is put to the vote."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from statistics import median
from typing import Protocol

from lipwright import models
from lipwright.arrays import Progress, Vocal
from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.boundaries.phrases import Phrase, phrases_of

COARSE = "ctc"
# Local engines by name; each has `onsets(vocal, phrase)`. Naming one imports nothing.
ENGINES = {
    "net": "lipwright.phonemes.boundaries.phone_net:PhoneNet",
    "pocketsphinx": "lipwright.phonemes.boundaries.pocketsphinx_aligner:Sphinx",
}
# Two fine engines that agree this well are averaged; otherwise the median of all three wins.
AGREE_S = 0.04
# Engines are believed this far from the coarse onset: on torn, isolated vocals they lose their way in a phrase, and on
# four songs of tests/bench/songs.py the share of words within 0.1 s rises from 90 to 91 % without what lies farther.
NEAR_S = 0.15
# The same of an engine on its own.
ALONE_S = 0.1


class Engine(Protocol):
    """One way to place the phones of a phrase."""

    def onsets(self, vocal: Vocal, phrase: Phrase) -> list[float]:
        """Seconds, one a phone; nan where there is no answer."""


@dataclass(frozen=True, slots=True)
class Refined:
    """An onset and the engines that placed it, joined by a plus sign."""

    onset: Onset
    engine: str


def available(name: str) -> bool:
    """Whether the engine can run here: its weights or its library are installed."""
    if name == "net":
        return "phone" in models.models() and models.installed("phone")
    try:
        import_module("pocketsphinx")
    except ImportError:
        return False
    return True


def load(name: str) -> Engine:
    """The engine of that name."""
    module, _, attribute = ENGINES[name].partition(":")
    engine: Engine = getattr(import_module(module), attribute)()
    return engine


def refined(
    vocal: Vocal,
    onsets: Sequence[Onset],
    ends: Sequence[float],
    names: Sequence[str],
    on_progress: Progress | None = None,
) -> list[Refined]:
    """Every onset at its best time. An engine without an answer loses its vote; without any, the coarse onset stays."""
    engines = {name: load(name) for name in names}
    phrases = phrases_of(onsets, ends, vocal.info.duration_s)
    out: list[Refined] = []
    for phrase in phrases:
        if on_progress:
            on_progress(len(out) / len(onsets))
        answers = {name: engine.onsets(vocal, phrase) for name, engine in engines.items()}
        out += [
            vote(onset, {name: times[k] for name, times in answers.items() if math.isfinite(times[k])})
            for k, onset in enumerate(phrase.onsets)
        ]
    return out


def vote(onset: Onset, fine: dict[str, float]) -> Refined:
    """Of the fine answers near the coarse one: the mean of two that agree, else the median of all three; or the one."""
    fine = {name: time_s for name, time_s in fine.items() if abs(time_s - onset.start_s) <= NEAR_S}
    if len(fine) < 2:
        near = {name: time_s for name, time_s in fine.items() if abs(time_s - onset.start_s) <= ALONE_S}
        name, time_s = next(iter(near.items()), (COARSE, onset.start_s))
        return Refined(replace(onset, start_s=time_s), name)
    low, high = min(fine.values()), max(fine.values())
    if high - low <= AGREE_S:
        return Refined(replace(onset, start_s=(low + high) / 2), "+".join(sorted(fine)))
    middle = median([onset.start_s, *fine.values()])
    name = next((name for name, time_s in fine.items() if time_s == middle), COARSE)
    return Refined(replace(onset, start_s=middle), name)
