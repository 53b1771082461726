"""The benchmark's scorer scores: identities, known shifts, and every way to be wrong."""

import random

import numpy as np
import pytest
from tests.bench._phone_scores import Phones, Score, edit_distance, folded

WORDS = [
    "P",
    "AH",
    "B",
    "IY",
    "M",
    "AE",
    "T",
    "F",
    "AO",
    "R",
    "S",
    "IH",
    "NG",
    "W",
    "UW",
    "L",
    "D",
    "ER",
    "SH",
    "OW",
    "K",
    "EH",
    "V",
    "HH",
    "AY",
]


def _reference() -> Phones:
    rng, at, out = random.Random(0), 0.2, []
    for k in range(200):
        length = rng.uniform(0.04, 0.2)
        out.append((at, at + length, WORDS[k % len(WORDS)]))
        at += length + (0.3 if k % 40 == 39 else 0.0)
    return out


def _scored(found: Phones) -> dict[str, float]:
    score = Score()
    score.add(_reference(), found)
    return score.row()


def test_a_copy_is_perfect() -> None:
    row = _scored(_reference())
    assert (row["per"], row["viseme error"], row["mean"]) == (0, 0, 0)
    assert (row["within 20"], row["closure F1"], row["viseme frames"]) == (100, 1, 100)


def test_a_shift_is_measured() -> None:
    row = _scored([(a + 0.03, b + 0.03, p) for a, b, p in _reference()])
    assert row["per"] == 0
    assert row["median"] == pytest.approx(30) and row["bias"] == pytest.approx(30)
    assert row["within 20"] == 0 and row["within 50"] == 100


def test_losses_count() -> None:
    reference = _reference()
    assert _scored([x for k, x in enumerate(reference) if k % 10])["per"] == 10
    assert _scored([])["per"] == 100 and np.isnan(_scored([])["median"])
    assert _scored([(a, b, "AH" if p in "PBM" else p) for a, b, p in reference])["closure F1"] == 0
    swapped = _scored([(a, b, {"P": "B", "B": "P"}.get(p, p)) for a, b, p in reference])
    assert swapped["per"] > 0 and swapped["viseme error"] == 0 and swapped["closure F1"] == 1
    assert _scored([(reference[0][0], reference[-1][1], "M")])["closure F1"] < 0.2  # a mouth held shut


@pytest.mark.parametrize(
    ("one", "other", "distance"), [("", "x", 1), ("kitten", "sitting", 3), ("abcdef", "fedcba", 6)]
)
def test_edit_distance(one: str, other: str, distance: int) -> None:
    assert edit_distance(list(one), list(other)) == distance


def test_labels_are_folded() -> None:
    rows = [(0.2, 0.3, "AE1"), (0.0, 0.2, "sil"), (0.3, 0.4, "dx"), (0.4, 0.5, "+BREATH+")]
    assert folded(rows) == [(0.2, 0.3, "AE"), (0.3, 0.4, "D")]
