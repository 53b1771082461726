"""The coarse look at long vocals: exact edit distance, and windows that hold the truth."""

import numpy as np
import pytest

from lipwright.phonemes.acoustic.posteriors import Heard
from lipwright.phonemes.alignment import anchors
from lipwright.phonemes.alignment.anchors import EXTRA, MISSED, WRONG, coarse_windows, edit_path
from lipwright.phonemes.alphabet import KINDS, kind_of

TOKENS = ("b", "m", "f", "t", "n", "s", "k", "l", "w", "i", "ɑ", "u")


def _cost(text: np.ndarray, sounds: np.ndarray) -> float:
    """Plain edit distance with the module's costs."""
    row = np.arange(len(text) + 1) * MISSED
    for sound in sounds:
        new = np.empty_like(row)
        new[0] = row[0] + EXTRA
        for n, phone in enumerate(text):
            new[n + 1] = min(row[n] + WRONG * (phone != sound), row[n + 1] + EXTRA, new[n] + MISSED)
        row = new
    return float(row[-1])


@pytest.mark.parametrize(("phones", "sounds"), [(0, 5), (7, 1), (40, 60), (60, 40)])
def test_the_pairing_costs_what_the_edit_distance_says(phones: int, sounds: int) -> None:
    rng = np.random.default_rng(phones)
    text, heard = rng.integers(0, 4, phones).astype(np.int8), rng.integers(0, 4, sounds).astype(np.int8)
    place = edit_path(text, heard)
    paired = place >= 0
    assert (np.diff(place[paired]) > 0).all()
    wrong = (text[paired] != heard[place[paired]]).sum()
    total = WRONG * wrong + MISSED * (~paired).sum() + EXTRA * (sounds - paired.sum())
    assert total == pytest.approx(_cost(text, heard), abs=1e-3)


def test_kinds_tell_lips_from_tongue() -> None:
    assert {kind_of(p) for p in ("p", "b")} == {kind_of("p")}
    assert len({kind_of(p) for p in ("p", "m", "f", "t", "s", "k", "l", "i", "u")}) == 9
    assert all(0 <= kind_of(p) < KINDS for p in TOKENS)


def _spoken(words: list[tuple[tuple[str, ...]]], rng: np.random.Generator, wrong: float) -> tuple[Heard, np.ndarray]:
    """Posteriors of the words, a phone every five frames with a fifth of them misheard, and each word's frame."""
    from lipwright.phonemes.alphabet import Tokens

    phones = [phone for word in words for phone in word[0]]
    live = np.zeros((5 * len(phones) + 50, len(TOKENS)), np.float16)
    for k, phone in enumerate(phones):
        said = TOKENS.index(phone) if rng.random() > wrong else rng.integers(len(TOKENS))
        live[5 * k, said] = 0.9
    first = np.cumsum([0, *(5 * len(word[0]) for word in words)])[:-1]
    blank = (1 - live.sum(1)).astype(np.float32)
    return Heard(live, blank, np.zeros_like(blank), Tokens(TOKENS, tuple(range(len(TOKENS))), (0, 0))), first


def test_windows_hold_every_word_and_are_narrow_where_the_text_fits() -> None:
    rng = np.random.default_rng(2)
    words = [(tuple(rng.choice(TOKENS, rng.integers(1, 6))),) for _ in range(900)]
    heard, first = _spoken(words, rng, wrong=0.2)
    low, high = coarse_windows(words, heard)
    assert ((low[1:] <= first) & (first <= high[1:])).all()
    assert np.median(high - low) < 4 * anchors.ROOM_S / 0.02
    assert (np.diff(low) >= 0).all() and (np.diff(high) >= 0).all() and (low[1:] <= high[:-1]).all()


def test_another_text_gives_no_islands() -> None:
    rng = np.random.default_rng(3)
    words = [(tuple(rng.choice(TOKENS, 4)),) for _ in range(300)]
    other = [(tuple(rng.choice(TOKENS, 4)),) for _ in range(300)]
    heard, _ = _spoken(words, rng, wrong=0.2)
    low, high = coarse_windows(other, heard)
    assert not low.any()
    assert (high == heard.frames).all()
