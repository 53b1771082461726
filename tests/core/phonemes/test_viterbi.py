"""The search is exact: a plain dynamic programme over every pair of states is the oracle."""

from dataclasses import replace

import numpy as np
import pytest

from lipwright.phonemes.alignment import viterbi
from lipwright.phonemes.alignment.viterbi import GAP, Chain, SkipCosts, best_path, best_score, chain_of


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


WORDS = [(("a", "b"), ("c",)), (("d",),), (("a", "c", "b"),), (("e",),)]


def _moves(chain: Chain) -> np.ndarray:
    """float (S, S): what going from one state to another costs, -inf where it is forbidden."""
    moves = np.full((len(chain.cls), len(chain.cls)), -np.inf)

    def allow(a: int, b: int, score: float) -> None:
        moves[a, b] = max(moves[a, b], score)

    for state in range(len(chain.cls)):
        allow(state, state, 0)
        for back, mask in ((1, chain.one), (2, chain.two)):
            if mask[state] == 0:
                allow(state - back, state, 0)
    for before in range(len(chain.gap)):
        for after in range(before, len(chain.gap)):
            cost = 0.0 if after == before else -_left_out(chain, before, after)
            for a in _done(chain, before):
                for b in chain.entry[chain.entry_word == after + 1]:
                    allow(a, b, cost)
                allow(a, chain.gap[after], cost if after > before or a != chain.gap[before] else 0)
    return moves


def _left_out(chain: Chain, before: int, after: int) -> float:
    """What it costs to leave out the words behind `before` up to `after`."""
    return float(chain.cost[after] - chain.cost[before] + chain.opening + chain.inside[before] + chain.inside[after])


def _done(chain: Chain, word: int) -> list[int]:
    return [*chain.end[chain.end_from[word] : chain.end_from[word + 1]], chain.gap[word]]


def _oracle(chain: Chain, scores: np.ndarray) -> float:
    """The best total of `scores` (T, S) over all paths."""
    moves = _moves(chain)
    row = np.full(len(chain.cls), -np.inf)
    row[chain.gap[0]] = 0
    for frame in scores:
        row = (row[:, None] + moves).max(0) + frame
    last = len(chain.gap) - 1
    return max(
        row[state] - (0 if word == last else _left_out(chain, word, last))
        for word in range(last + 1)
        for state in _done(chain, word)
    )


def _free(words: int, frames: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(words + 1, np.int32), np.full(words + 1, frames, np.int32)


@pytest.mark.parametrize("cells", [40, 12_000_000], ids=["in blocks", "at once"])
@pytest.mark.parametrize(("skip", "frames"), [(None, 9), (None, 70), (SkipCosts(1, 0.5, 0), 1),
                                              (SkipCosts(1, 0.5, 1), 3), (SkipCosts(3, 2, 2), 5),
                                              (SkipCosts(3, 2, 4), 200)])  # fmt: skip
def test_the_path_is_the_best_path(
    skip: SkipCosts | None, frames: int, cells: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viterbi, "_CELLS", cells)
    chain = chain_of(WORDS, skip, lines=(0, 0, 1, 1))
    emissions = rng.normal(0, 1, (frames, len(chain.classes))).astype(np.float32)
    path = best_path(chain, emissions, *_free(len(WORDS), frames))
    only = np.full((frames, len(chain.cls)), -1e6)
    only[np.arange(frames), path] = emissions[np.arange(frames), chain.cls[path]]
    best = _oracle(chain, emissions[:, chain.cls])
    assert _oracle(chain, only) == pytest.approx(best, abs=1e-3)
    assert best_score(chain, emissions, *_free(len(WORDS), frames)) == pytest.approx(best, abs=1e-3)


def test_words_stay_in_their_windows(rng: np.random.Generator) -> None:
    chain = chain_of(WORDS, SkipCosts())
    emissions = rng.normal(0, 1, (100, len(chain.classes))).astype(np.float32)
    low = np.array([0, 0, 40, 40, 60], np.int32)
    high = np.array([5, 45, 62, 65, 100], np.int32)
    words = chain.word[best_path(chain, emissions, low, high)]
    for word in range(5):
        (frames,) = np.nonzero(words == word)
        assert not len(frames) or (frames[0] >= low[word] and frames[-1] <= high[word])


def test_a_word_that_fits_nowhere_is_left_out() -> None:
    chain = chain_of([(("a",),), (("b", "c"),), (("d",),)], SkipCosts(opening=1, phone=5))
    emissions = np.full((30, len(chain.classes)), -8.0, np.float32)
    emissions[:, :4] = -0.2
    for frame, phone in ((5, "a"), (20, "d")):
        emissions[frame, chain.classes.index(phone)] = 0
        emissions[frame, :4] = -40
    path = best_path(chain, emissions, *_free(3, 30))
    spoken = {int(chain.word[s]) - 1 for s in path if chain.kind[s] != GAP}
    assert spoken == {0, 2}


@pytest.mark.parametrize(("inside", "sung"), [(0, {0, 3}), (9, {0, 1, 2, 3})])
def test_halves_of_lines_are_dearer_to_leave_out(inside: float, sung: set[int]) -> None:
    words = [((name,),) for name in "abcd"]
    chain = chain_of(words, SkipCosts(opening=4, phone=3, inside=inside), lines=(0, 0, 1, 1))
    emissions = np.full((40, len(chain.classes)), -6.0, np.float32)  # b and c are hardly heard
    emissions[:, :4] = 0
    for frame, phone in ((5, "a"), (15, "d")):
        emissions[frame, chain.classes.index(phone)] = 0
        emissions[frame, :4] = -40
    path = best_path(chain, emissions, *_free(4, 40))
    assert {int(chain.word[s]) - 1 for s in path if chain.kind[s] != GAP} == sung


def test_a_word_that_somebody_dated_is_dearer_to_leave_out() -> None:
    words = [(("a",),), (("b", "c"),), (("d",),)]
    plain = chain_of(words, SkipCosts(opening=1, phone=5))
    dated = chain_of(words, SkipCosts(opening=1, phone=5), known=(False, True, False))
    assert np.array_equal(np.diff(dated.cost), np.diff(plain.cost) * [1, viterbi.KNOWN_COSTS, 1])


@pytest.mark.parametrize(("due", "second", "frame"), [(27.0, 0.0, 30), (12.0, 0.0, 10), (27.0, -6.0, 10)])
def test_a_time_pulls_but_does_not_force(due: float, second: float, frame: int) -> None:
    """The word is heard twice, the second time perhaps less clearly."""
    chain = chain_of([(("a", "b"),), (("c",),)], None, due=(due, np.nan))
    emissions = np.full((40, len(chain.classes)), -8.0, np.float32)
    emissions[:, :4] = 0
    emissions[10, chain.classes.index("a")] = 0
    emissions[30, chain.classes.index("a")] = second
    emissions[[11, 31], chain.classes.index("b")] = emissions[35, chain.classes.index("c")] = 0
    path = best_path(chain, emissions, *_free(2, 40))
    assert int(np.flatnonzero(chain.word[path] == 1)[0]) == frame
    cost = viterbi.PULL * abs(frame - due)
    assert best_score(chain, emissions, *_free(2, 40)) == pytest.approx(-cost, abs=1e-3)


def test_gaps_inside_a_line_are_pauses() -> None:
    chain = chain_of([(("a",),)] * 4, None, lines=(0, 0, 1, 1))
    classes = [int(chain.cls[state]) for state in chain.gap]
    pause, gap = viterbi.PAUSE_CLASS, viterbi.GAP_CLASS
    assert classes == [gap, pause, gap, pause, gap]  # before the first word, then after each


def test_scores_keep_their_precision_through_an_hour() -> None:
    """The same choice must be made late as early: two frames that differ by 0.01, 180,000 frames in."""
    chain = replace(chain_of([(("a",), ("b",))], None))
    frames = 180_000
    emissions = np.full((frames, len(chain.classes)), -3.0, np.float32)
    emissions[-2:, chain.classes.index("b")] = -2.99
    path = best_path(chain, emissions, np.array([0, frames - 3], np.int32), np.full(2, frames, np.int32))
    assert chain.classes[chain.cls[path[-1]]] == "b"
