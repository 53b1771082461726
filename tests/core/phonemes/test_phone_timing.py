"""Onsets to final times: the vote, the small search, phrases, and notes that close late."""

import itertools
import math

import numpy as np
import pytest

from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.alignment.transcript import Said
from lipwright.phonemes.boundaries.monotonic import place
from lipwright.phonemes.boundaries.note_ends import CONSONANT_S, closed_late
from lipwright.phonemes.boundaries.phrases import LONGEST_S, phrases_of
from lipwright.phonemes.boundaries.spans import SHORTEST_S, separated
from lipwright.phonemes.boundaries.voting import ENGINES, load, vote


def _onset(start_s: float, ipa: str = "ə", word: int = 0) -> Onset:
    return Onset(start_s, start_s + 0.02, Said(ipa, ipa, 0), word, -1.0)


@pytest.mark.parametrize(
    ("fine", "start_s", "engine"),
    [
        ({}, 1.0, "ctc"),
        ({"net": 1.05}, 1.05, "net"),
        ({"net": 1.5}, 1.0, "ctc"),
        ({"net": 1.02, "pocketsphinx": 1.04}, 1.03, "net+pocketsphinx"),
        ({"net": 1.11, "pocketsphinx": 1.14}, 1.125, "net+pocketsphinx"),
        ({"net": 1.3, "pocketsphinx": 1.33}, 1.0, "ctc"),
        ({"net": 0.7, "pocketsphinx": 1.2}, 1.0, "ctc"),
        ({"net": 1.14, "pocketsphinx": 1.05}, 1.05, "pocketsphinx"),
        ({"net": 1.3, "pocketsphinx": 1.09}, 1.09, "pocketsphinx"),
    ],
)
def test_the_vote(fine: dict[str, float], start_s: float, engine: str) -> None:
    won = vote(_onset(1.0), fine)
    assert won.onset.start_s == pytest.approx(start_s)
    assert won.engine == engine


def _brute(emit: np.ndarray, enter: np.ndarray, stay: np.ndarray, optional: np.ndarray) -> float:
    """The best score over every way to cut the frames among every allowed choice of tokens."""
    frames, best = len(emit), -math.inf
    for kept in itertools.product(*([True, False] if o else [True] for o in optional)):
        tokens = [k for k, keep in enumerate(kept) if keep]
        for cuts in itertools.combinations(range(1, frames), len(tokens) - 1):
            edges = [0, *cuts, frames]
            if min(b - a for a, b in itertools.pairwise(edges)) < 2:
                continue
            score = sum(emit[a:b, k].sum() for k, (a, b) in zip(tokens, itertools.pairwise(edges), strict=True))
            score += stay[1:].sum() + sum(enter[c] - stay[c] for c in cuts)
            best = max(best, score)
    return best


def test_the_small_search_is_exact() -> None:
    rng = np.random.default_rng(5)
    optional = np.array([True, False, True, False, True])
    for _ in range(20):
        emit = rng.normal(0, 2, (11, 5)).astype(np.float32)
        enter, stay = rng.normal(0, 1, (2, 11)).astype(np.float32)
        first = place(emit, enter, stay, optional)
        assert first is not None
        tokens = [k for k in range(5) if first[k] >= 0]
        edges = [*(first[k] for k in tokens), 11]
        score = sum(emit[a:b, k].sum() for k, (a, b) in zip(tokens, itertools.pairwise(edges), strict=True))
        score += stay[1:].sum() + sum(enter[c] - stay[c] for c in edges[1:-1])
        assert edges[0] == 0
        assert score == pytest.approx(_brute(emit, enter, stay, optional), abs=1e-4)


def test_too_few_frames_have_no_path() -> None:
    scores = np.zeros((3, 2), np.float32)
    assert place(scores, scores[:, 0], scores[:, 0], np.array([False, False])) is None


def test_phrases_cover_every_onset_once_and_stay_short() -> None:
    onsets = [_onset(0.3 * k + (5.0 if k > 90 else 0.0), word=k // 2) for k in range(120)]
    ends = [onset.start_s + 0.3 for onset in onsets]
    phrases = phrases_of(onsets, ends, 60.0)
    assert [o for phrase in phrases for o in phrase.onsets] == onsets
    assert all(p.start_s <= p.onsets[0].start_s and p.onsets[-1].start_s < p.end_s for p in phrases)
    assert all(p.onsets[-1].start_s - p.onsets[0].start_s <= LONGEST_S + 1 for p in phrases)
    assert all(a.end_s <= b.onsets[0].start_s for a, b in itertools.pairwise(phrases))


def _line(step_s: float) -> tuple[list[Onset], list[float]]:
    """Six syllables l-a-n whose models put the n 0.1 s after the vowel."""
    onsets = []
    for k in range(6):
        onsets += [_onset(k * step_s, "l", k), _onset(k * step_s + 0.06, "a", k), _onset(k * step_s + 0.16, "n", k)]
    return onsets, [*(o.start_s for o in onsets[1:]), 6 * step_s]


def test_sung_notes_close_late_and_spoken_ones_do_not() -> None:
    onsets, ends = _line(0.6)
    starts = closed_late(onsets, ends)
    for k in range(5):
        assert starts[3 * k + 2] == pytest.approx(starts[3 * k + 3] - CONSONANT_S)
        assert starts[3 * k + 1] == onsets[3 * k + 1].start_s
    assert starts == sorted(starts)
    onsets, ends = _line(0.25)
    assert closed_late(onsets, ends) == [onset.start_s for onset in onsets]


def test_starts_rise_and_fit_into_the_vocal() -> None:
    starts = separated([_onset(t) for t in (0.5, 0.2, 0.2, 3.0, 2.9)], 3.0)
    assert all(b - a >= SHORTEST_S - 1e-9 for a, b in itertools.pairwise([*starts, 3.0]))
    assert starts[0] == 0.5


def test_every_engine_has_its_verb() -> None:
    assert ENGINES
    assert callable(load("pocketsphinx").onsets)
