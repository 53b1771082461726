"""What a feeling does to the face while the mouth goes on speaking: recipes in data/emotions.toml."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipwright.performance import chance
from lipwright.performance.face.accents import activity
from lipwright.performance.face.layers import Layer, both
from lipwright.performance.gestures import Phrase
from lipwright.performance.mouth.closing import gates_of
from lipwright.performance.thinning import TICKS
from lipwright.types import VISEMES

Array = NDArray[np.float64]

STEP_S = 0.1
AT_REST = 0.72  # a feeling is plainest while one speaks of it
LIFE = 0.06
# How much of a mouth shape gives way while a gate is full: a smile cannot pull apart lips that must meet.
GIVES_WAY = {"PP": 0.75, "FF": 0.55, "ou": 0.5, "CH": 0.35, "SS": 0.2, "TH": 0.2}


@cache
def recipes() -> Mapping[str, Mapping[str, Any]]:
    """data/emotions.toml."""
    text = resources.files("lipwright").joinpath("data/emotions.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def emotion(phrases: Sequence[Phrase], duration_s: float, name: str, intensity: float, seed: int) -> list[Layer]:
    """The channels of a feeling over the whole vocal; nothing for neutral or intensity 0."""
    if intensity <= 0.0 or duration_s <= 0.0:
        return []
    recipe = recipes()[name]
    times = np.arange(0.0, duration_s + STEP_S, STEP_S)
    level = intensity * (AT_REST + (1.0 - AT_REST) * activity(phrases, times)) * _life(times, seed)
    layers = [Layer(n, times, amount * level) for n, amount in _amounts(recipe["face"])]
    if recipe["mouth"]:
        fine, free = _free_lips(phrases, times)
        held = np.interp(fine, times, level) * free
        layers += [Layer(n, fine, amount * held) for n, amount in _amounts(recipe["mouth"])]
    return layers


def _amounts(recipe: Mapping[str, Any]) -> list[tuple[str, float]]:
    out = []
    for action, amount in recipe.items():
        names = both(action)
        amounts = amount if isinstance(amount, list) else [amount] * len(names)
        out += list(zip(names, map(float, amounts), strict=True))
    return out


def _life(times: Array, seed: int) -> Array:
    hz = chance.between(0.06, 0.12, seed, "feeling", 0)
    phase = chance.between(0.0, math.tau, seed, "feeling", 1)
    life = np.sin(math.tau * hz * times + phase) + 0.6 * np.sin(math.tau * 2.7 * hz * times + 2.0 * phase)
    return 1.0 + LIFE * life / 1.6


def _free_lips(phrases: Sequence[Phrase], times: Array) -> tuple[Array, Array]:
    """(times with every corner of a gate among them, how free the lips are there: 1 quite, 0 not at all)."""
    gates = [
        (gate, phrase.origin / TICKS, GIVES_WAY[VISEMES[gate.viseme]])
        for phrase in phrases
        for gate in gates_of(phrase.gestures)
        if VISEMES[gate.viseme] in GIVES_WAY
    ]
    corners = [
        np.concatenate([np.linspace(gate.start_s, gate.full_s, 5), np.linspace(gate.release_s, gate.end_s, 5)]) + origin
        for gate, origin, _ in gates
    ]
    fine = np.unique(np.round(np.concatenate([times, *corners]), 4))
    fine = fine[(fine >= 0.0) & (fine <= times[-1])]
    free = np.ones(len(fine))
    for gate, origin, share in gates:
        low, high = np.searchsorted(fine, (gate.start_s + origin, gate.end_s + origin), side="left")
        free[low : high + 1] = np.minimum(free[low : high + 1], 1.0 - share * gate.at(fine[low : high + 1] - origin))
    return fine, free
