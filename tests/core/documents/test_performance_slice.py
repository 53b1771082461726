"""A stretch of a performance is the same mouth in another clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipwright.errors import OptionError
from lipwright.performance_slice import cut
from lipwright.types import Direction, Performance, PhonemeSpan, Provenance, Track, VocalInfo, WordSpan

WHOLE = Performance(
    VocalInfo("v", "", 4.0, 16000, 1),
    Direction(),
    Provenance("0"),
    words=(WordSpan(0.5, 1.0, "one"), WordSpan(1.5, 2.5, "two"), WordSpan(3.0, 3.5, "three")),
    phonemes=(
        PhonemeSpan(0.5, 1.0, "W", word=0),
        PhonemeSpan(1.5, 2.5, "T", word=1),
        PhonemeSpan(3.0, 3.5, "R", word=2),
    ),
    mouth=(Track("jaw", (0.0, 1.0, 2.0, 4.0), (0.0, 1.0, 0.5, 0.0)),),
)


@given(st.floats(-1, 3), st.floats(0.1, 5), st.sampled_from([0.5, 1.0, 2.0]), st.floats(0, 1))
def test_a_clip_second_shows_the_vocal_second_under_it(start: float, length: float, speed: float, share: float) -> None:
    part = cut(WHOLE, start, length, speed)
    at = share * length
    assert part.track("jaw").at(at) == pytest.approx(WHOLE.track("jaw").at(start + at / speed), abs=1e-6)
    assert part.vocal.duration_s == length
    assert all(0 <= span.start_s < span.end_s <= length for span in (*part.words, *part.phonemes))


def test_words_outside_are_gone_and_phonemes_still_know_their_word() -> None:
    part = cut(WHOLE, 2.0, 2.0)
    assert [word.text for word in part.words] == ["two", "three"]
    assert [(p.symbol, p.word) for p in part.phonemes] == [("T", 0), ("R", 1)]
    assert part.words[0].start_s == 0.0 and part.words[0].end_s == pytest.approx(0.5)


@pytest.mark.parametrize(("length", "speed"), [(0.0, 1.0), (1.0, 0.0), (1.0, -1.0), (-1.0, 1.0)])
def test_an_empty_or_reversed_stretch_is_refused(length: float, speed: float) -> None:
    with pytest.raises(OptionError):
        cut(WHOLE, 0.0, length, speed)
