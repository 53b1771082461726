"""The phones that are read are those of the likeliest words: an exhaustive search over every path is the oracle."""

from __future__ import annotations

import itertools
import math
import tomllib

import numpy as np
import pytest

from lipwright import models
from lipwright.phonemes.acoustic import word_decoder
from lipwright.phonemes.acoustic.decoding import Run, decoded, pieces, placed, sounded
from lipwright.phonemes.acoustic.word_decoder import FLOOR, LONE, WEIGHT, WORTH, Search, Tree, planted, tree

PHONES = 3
ENGLISH = tuple(tomllib.loads((models.DATA / "phones.toml").read_text(encoding="utf-8"))["heard"])
WORDS = {(0, 1): -1.0, (0, 2, 2): -2.0, (1,): -3.0, (1, 0): -0.5, (2, 1, 0): -1.5}


def _tree(words: dict[tuple[int, ...], float]) -> Tree:
    prefixes = sorted({w[:n] for w in words for n in range(len(w) + 1)} | {(p,) for p in range(PHONES)})
    order: list[tuple[int, ...]] = [()]
    for prefix in order:  # breadth first, children side by side
        order += [p for p in prefixes if len(p) == len(prefix) + 1 and p[:-1] == prefix]
    parent = np.array([-1, *(order.index(p[:-1]) for p in order[1:])])
    phone = np.array([0, *(p[-1] for p in order[1:])])
    end = np.array([words.get(p, -np.inf) for p in order], np.float32)
    return planted(parent, phone, end)


def _sound(seed: int, frames: int) -> tuple[np.ndarray, np.ndarray]:
    share = np.random.default_rng(seed).dirichlet(np.full(PHONES + 1, 0.4), frames).astype(np.float32)
    return share[:, :PHONES], share[:, PHONES]


def _heard(path: tuple[int, ...], mass: np.ndarray, blank: np.ndarray) -> float:
    return sum(math.log((blank[t] if x == PHONES else mass[t, x]) + FLOOR) for t, x in enumerate(path))


def _string(path: tuple[int, ...]) -> tuple[int, ...]:
    """What a path of one label a frame says; PHONES is the blank."""
    return tuple(label for label, _ in itertools.groupby(path) if label != PHONES)


def _cost(said: tuple[int, ...]) -> float:
    """The best way to write a string of phones with words and lone phones."""
    best = [0.0] + [-math.inf] * len(said)
    for end in range(1, len(said) + 1):
        for start in range(end):
            word = said[start:end]
            known = WORDS.get(word, -math.inf)
            known = max(known, LONE) if len(word) == 1 else known
            best[end] = max(best[end], best[start] + WEIGHT * known)
    return best[-1] + WORTH * len(said)


@pytest.mark.parametrize("seed", range(25))
def test_the_search_finds_the_best_of_all_paths(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_decoder, "BEAM", 1e6)
    monkeypatch.setattr(word_decoder, "LIKELY", 0.0)
    mass, blank = _sound(seed, 6)
    paths = itertools.product(range(PHONES + 1), repeat=len(mass))
    best = max(paths, key=lambda path: _heard(path, mass, blank) + _cost(_string(path)))
    assert tuple(Search(_tree(WORDS), mass, blank).phones()) == _string(best)


@pytest.mark.parametrize("seed", range(12))
def test_a_known_string_is_placed_where_it_is_heard_best(seed: int) -> None:
    mass, blank = _sound(seed, 6)
    said = [(0, 1), (2, 2), (1,), (0, 1, 0)][seed % 4]
    paths = (p for p in itertools.product(range(PHONES + 1), repeat=len(mass)) if _string(p) == said)
    best = max(paths, key=lambda path: _heard(path, mass, blank))
    cuts = [0, *(t for t in range(1, 6) if best[t] != best[t - 1]), 6]
    expected = [Run(a, b, best[a]) for a, b in itertools.pairwise(cuts) if best[a] != PHONES]
    assert placed(mass, blank, list(said)) == expected


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


def _say(*phones: str | tuple[str, str]) -> tuple[np.ndarray, np.ndarray]:
    """One phone in every eighth frame, blanks between; a pair is heard half as one and half as the other."""
    mass = np.full((8 * len(phones) + 8, len(ENGLISH)), 1e-5, np.float32)
    blank = np.full(len(mass), 0.98, np.float32)
    for k, phone in enumerate(phones):
        both = (phone,) if isinstance(phone, str) else phone
        mass[5 + 8 * k, [ENGLISH.index(one) for one in both]] = 0.99 / len(both)
        blank[5 + 8 * k] = 0.005
    return mass, blank


def test_what_is_clearly_heard_is_said_and_what_is_unclear_is_a_word() -> None:
    names = [ENGLISH[run.phone] for run in decoded(*_say("S", "T", ("NG", "R"), "IY", "T"), ENGLISH)]
    assert names == ["S", "T", "R", "IY", "T"]
    odd = ("ZH", "UH", "P", "F", "OY", "K", "S", "HH")  # no English words: names and other languages stay possible
    runs = decoded(*_say(*odd), ENGLISH)
    assert tuple(ENGLISH[run.phone] for run in runs) == odd
    assert [run.first for run in runs] == [5 + 8 * k for k in range(len(odd))]
    nothing = np.zeros((0, len(ENGLISH)), np.float32)
    assert decoded(nothing, nothing[:, 0], ENGLISH) == []


def test_other_languages_are_read_as_they_sound() -> None:
    mass, blank = _say("S", "T", ("NG", "R"), "IY", "T")
    mass[21, ENGLISH.index("NG")] += 0.01
    assert [ENGLISH[run.phone] for run in sounded(mass, blank)] == ["S", "T", "NG", "IY", "T"]
    assert sounded(mass, blank)[0] == Run(5, 6, ENGLISH.index("S"))
    assert sounded(mass[:0], blank[:0]) == []


def test_the_shipped_tree_is_whole() -> None:
    words = tree(ENGLISH)
    assert (words.parent[1:] < np.arange(1, len(words.parent))).all()
    for node in (0, 1, 40, 5000):
        children = words.first[node] + np.arange(words.count[node])
        assert (words.parent[children] == node).all()
    leaves = np.flatnonzero(words.count == 0)
    assert (words.end[leaves] > -1e8).all()
    assert words.arc[1:].max() <= 0.0
