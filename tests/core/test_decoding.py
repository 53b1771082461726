"""The phone string is the likeliest one: an exhaustive search over every path is the oracle."""

from __future__ import annotations

import itertools
import math
import tomllib

import numpy as np
import pytest

from lipwright import models
from lipwright.phonemes import decoding
from lipwright.phonemes.decoding import FLOOR, Run, decoded, pieces, trigram

PHONES = 3
ENGLISH = tuple(tomllib.loads((models.DATA / "phones.toml").read_text(encoding="utf-8"))["heard"])


def _random(seed: int, frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.full(PHONES + 1, 0.5), frames).astype(np.float32)
    follow = rng.normal(-1, 1, (PHONES + 1, PHONES + 1, PHONES)).astype(np.float32)
    return share[:, :PHONES], share[:, PHONES], follow


def _string(path: tuple[int, ...]) -> list[int]:
    """What a path of one label a frame says; PHONES is the blank."""
    return [label for label, _ in itertools.groupby(path) if label != PHONES]


def _score(path: tuple[int, ...], mass: np.ndarray, blank: np.ndarray, follow: np.ndarray) -> float:
    total = sum(math.log((blank[t] if label == PHONES else mass[t, label]) + FLOOR) for t, label in enumerate(path))
    history = (PHONES, PHONES)
    for phone in _string(path):
        total += float(follow[history[0], history[1], phone])
        history = (history[1], phone)
    return total


@pytest.mark.parametrize("seed", range(12))
def test_the_search_finds_the_best_of_all_paths(seed: int) -> None:
    mass, blank, follow = _random(seed, 6)
    best = max(
        itertools.product(range(PHONES + 1), repeat=len(mass)), key=lambda path: _score(path, mass, blank, follow)
    )
    runs = decoding._search(mass, blank, follow)
    assert [run.phone for run in runs] == _string(best)
    cuts = [0, *(t for t in range(1, 6) if best[t] != best[t - 1]), 6]
    expected = [Run(a, b, best[a]) for a, b in itertools.pairwise(cuts) if best[a] != PHONES]
    assert runs == expected


def test_pieces_part_at_pauses_and_lose_nothing() -> None:
    mass = np.zeros((5000, PHONES), np.float32)
    mass[100:200, 0] = mass[300:4000:3, 1] = 0.5
    found = list(pieces(mass))
    assert found[0] == (100, 200)
    assert all(0 < last - first <= 1500 for first, last in found)
    covered = np.zeros(len(mass), int)
    for first, last in found:
        covered[first:last] += 1
    assert covered.max() == 1
    assert (covered[mass.max(1) > 0] == 1).all()
    assert list(pieces(np.zeros((10, PHONES), np.float32))) == []
    assert list(pieces(np.zeros((0, PHONES), np.float32))) == []


def test_what_is_clearly_heard_is_said_and_what_is_unclear_follows_english() -> None:
    names = ("S", "T", "R", "IY", "NG")
    mass, blank = np.full((40, 5), 1e-5, np.float32), np.full(40, 0.98, np.float32)
    for k, phone in enumerate((0, 1, 2, 3)):  # S T R IY
        mass[5 + 8 * k, phone], blank[5 + 8 * k] = 0.9, 0.05
    assert [names[run.phone] for run in decoded(mass, blank, names)] == ["S", "T", "R", "IY"]
    mass[21, :] = [1e-5, 1e-5, 0.42, 1e-5, 0.44]  # after S T, an R is likelier than an NG
    assert [names[run.phone] for run in decoded(mass, blank, names)] == ["S", "T", "R", "IY"]
    assert decoded(mass[:0], blank[:0], names) == []


def test_the_trigram_is_a_distribution_over_the_phones_and_a_pause() -> None:
    table = trigram(ENGLISH)
    assert table.shape == (40, 40, 39)
    assert np.exp(table).sum(axis=2).max() < 1.01
    said = {name: k for k, name in enumerate(ENGLISH)}
    assert table[said["S"], said["T"], said["R"]] > table[said["S"], said["T"], said["NG"]] + 2
