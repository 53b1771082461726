"""A word that was hardly heard, that slid away or whose line is torn apart is less sure than the others."""

from dataclasses import replace

import pytest

from lipwright.phonemes.alignment.confidence import word_confidence
from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.alignment.transcript import Said, Text
from lipwright.types import LyricWord

LINES, WORDS = 4, 5
TEXT = Text(
    tuple(LyricWord("ma", (("m", "a"),)) for _ in range(LINES * WORDS)),
    tuple(k // WORDS for k in range(LINES * WORDS)),
    (((Said("m", "M", 0), Said("a", "AA", 0)),),) * (LINES * WORDS),
)


def _sung(score: float = -1.0) -> list[Onset]:
    """A word every 0.5 s, a rest of one second after each line."""
    starts = [0.5 * k + k // WORDS for k in range(LINES * WORDS)]
    return [
        Onset(start + 0.1 * n, start + 0.2, TEXT.said[0][0][n], word, score)
        for word, start in enumerate(starts)
        for n in range(2)
    ]


def test_what_is_clear_is_sure_and_what_is_faint_is_not() -> None:
    assert min(word_confidence(_sung(), TEXT).values()) > 0.95
    assert max(word_confidence(_sung(-8.0), TEXT).values()) < 0.3


def test_one_faint_word_is_the_least_sure() -> None:
    onsets = [replace(o, score=-7.0) if o.word == 7 else o for o in _sung()]
    sure = word_confidence(onsets, TEXT)
    assert min(sure, key=lambda word: sure[word]) == 7


def test_a_line_that_is_torn_apart_is_less_sure() -> None:
    whole, torn = _sung(), [replace(o, start_s=o.start_s + 6.0 * (o.word > 12)) for o in _sung()]
    before, after = word_confidence(whole, TEXT), word_confidence(torn, TEXT)
    assert all(after[word] < before[word] - 0.2 for word in range(10, 15))
    assert all(after[word] == pytest.approx(before[word], abs=0.02) for word in range(10))


def test_no_words_and_one_word() -> None:
    assert word_confidence([], TEXT) == {}
    assert list(word_confidence(_sung()[:2], TEXT)) == [0]
