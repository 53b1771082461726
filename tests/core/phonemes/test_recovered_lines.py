"""A line that the search gave up comes back where there is sound for it, and stays away where there is none."""

import numpy as np
import pytest

from lipwright.phonemes.acoustic.posteriors import FRAME_S, Heard
from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.alignment.recovered_lines import returned
from lipwright.phonemes.alignment.transcript import Said, Text
from lipwright.phonemes.alphabet import Tokens
from lipwright.types import LyricWord

NAMES = ("m", "a", "n", "i", "s", "o", "<blank>", "<wb>")
WORDS = ("ma", "ni", "so")


def _text() -> Text:
    said = tuple((tuple(Said(p, p, 0) for p in word),) for word in WORDS)
    return Text(tuple(LyricWord(word, (tuple(word),)) for word in WORDS), (0, 1, 2), said)


def _heard(frames: int) -> Heard:
    """Nothing but blanks."""
    tokens = Tokens.of(list(NAMES))
    live = np.full((frames, len(tokens.live)), 1e-4, np.float16)
    return Heard(live, np.ones(frames, np.float32), np.zeros(frames, np.float32), tokens)


def _found(word: int, frame: int) -> list[Onset]:
    said = _text().said[word][0]
    return [
        Onset((frame + 10 * k) * FRAME_S, (frame + 10 * k + 5) * FRAME_S, p, word, -1.0) for k, p in enumerate(said)
    ]


@pytest.mark.parametrize(("sounding", "back"), [(True, True), (False, False)])
def test_a_line_comes_back_where_something_sounds(sounding: bool, back: bool) -> None:
    loud = np.ones(100, np.float32)
    loud[22:75] = sounding
    onsets = [*_found(0, 10), *_found(2, 75)]
    made = returned(onsets, _text(), _heard(100), loud)
    assert {o.word for o in made} == ({0, 1, 2} if back else {0, 2})
    assert [o.start_s for o in made] == sorted(o.start_s for o in made)
    assert [o for o in made if o.word != 1] == onsets
    assert all(20 * FRAME_S < o.start_s < 75 * FRAME_S for o in made if o.word == 1)


def test_another_text_is_not_put_back() -> None:
    """Where most words were not found, sound says nothing about the others."""
    onsets = _found(2, 75)
    assert returned(onsets, _text(), _heard(100), np.ones(100, np.float32)) == onsets
