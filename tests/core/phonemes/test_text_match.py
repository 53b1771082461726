"""A text is told from another by what it saves against its own words in another order."""

from collections.abc import Sequence

import numpy as np
import pytest

from lipwright.phonemes.acoustic.posteriors import Heard
from lipwright.phonemes.alignment import text_match
from lipwright.phonemes.alignment.emissions import Onset, emissions, onsets_of
from lipwright.phonemes.alignment.text_match import match_of
from lipwright.phonemes.alignment.transcript import Said, Text
from lipwright.phonemes.alignment.viterbi import SkipCosts, best_path, chain_of
from lipwright.phonemes.alphabet import Tokens
from lipwright.types import LyricWord

NAMES = (*"mnpbtdkgfsaiueo", "<blank>", "<wb>")
STEP = 6  # frames from one phone to the next


def _text(words: Sequence[str]) -> Text:
    said = tuple((tuple(Said(p, p, 0) for p in word),) for word in words)
    return Text(tuple(LyricWord(word, (tuple(word),)) for word in words), (0,) * len(words), said)


def _heard(words: Sequence[str], sure: float) -> Heard:
    """The phones of `words` one after another, heard with probability `sure`, the rest spread over all tokens."""
    tokens = Tokens.of(list(NAMES))
    phones = "".join(words)
    frames = STEP * (len(phones) + 2)
    live = np.full((frames, len(tokens.live)), 0.001)
    blank = np.full(frames, 0.98)
    for k, phone in enumerate(phones):
        live[STEP * (k + 1)] = (1 - sure) / len(tokens.live)
        live[STEP * (k + 1), tokens.live.index(phone)] = sure
        blank[STEP * (k + 1)] = 0.02
    return Heard(live.astype(np.float16), blank.astype(np.float32), np.zeros(frames, np.float32), tokens)


def _match(text: Text, heard: Heard) -> float:
    loud = np.ones(heard.frames, np.float32)
    chain = chain_of(text.pronunciations, SkipCosts(), text.lines)
    scores = emissions(chain, heard, loud)
    free = np.zeros(len(text.words) + 1, np.int32), np.full(len(text.words) + 1, heard.frames, np.int32)
    onsets: list[Onset] = onsets_of(text, chain, best_path(chain, scores, *free), scores)
    return match_of(text, onsets, heard, loud)


@pytest.fixture
def words() -> list[str]:
    return _words(3)


def _words(seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("mnpbtdkgfs")) + rng.choice(list("aiueo")) for _ in range(2)) for _ in range(40)]


@pytest.mark.parametrize("sure", [0.9, 0.15], ids=["clear", "hardly heard"])
def test_the_words_that_are_heard_match_and_others_do_not(words: list[str], sure: float) -> None:
    heard = _heard(words, sure)
    assert _match(_text(words), heard) > 0.9
    assert _match(_text(_words(4)), heard) < 0.5


def test_a_text_that_is_the_same_backwards_matches_by_its_sound() -> None:
    heard = _heard(["na"] * 20, 0.9)
    assert _match(_text(["na"] * 20), heard) > 0.9


def test_a_long_text_is_judged_by_its_middle(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    heard = _heard(words, 0.5)
    monkeypatch.setattr(text_match, "_LARGEST", 30_000)
    assert _match(_text(words), heard) > 0.9


def test_nothing_found_is_no_match(words: list[str]) -> None:
    assert match_of(_text(words), [], _heard(words, 0.9), np.ones(10, np.float32)) == 0.0
