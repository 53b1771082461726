"""Where a sung word ends: held notes go on over holes of separation and closing consonants; rests stay rests."""

from __future__ import annotations

import numpy as np

from lipwright.phonemes.acoustic.voice_activity import Activity
from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.alignment.transcript import Said
from lipwright.phonemes.boundaries.note_ends import sung_notes
from lipwright.phonemes.boundaries.spans import ends_of


def activity(*quiet: tuple[float, float], seconds: float = 10.0) -> Activity:
    level = np.full(round(seconds * 100), -20.0, np.float32)
    for start_s, end_s in quiet:
        level[round(start_s * 100) : round(end_s * 100)] = -90.0
    return Activity(level, np.ones_like(level), -20.0, -90.0, -55.0)


def onset(start_s: float, ipa: str, word: int) -> Onset:
    return Onset(start_s, start_s + 0.1, Said(ipa, ipa, 0), word, -0.5)


def light(at_s: float, word: int) -> list[Onset]:
    """A word of a vowel that is held and a consonant that the recogniser puts early."""
    return [onset(at_s, "l", word), onset(at_s + 0.1, "aɪ", word), onset(at_s + 0.4, "t", word)]


def test_a_note_goes_on_over_a_hole_but_not_over_a_rest() -> None:
    words = [*light(1.0, 0), *light(6.0, 1)]
    sung = [True] * 6
    torn = activity((2.0, 2.2), (4.0, 6.0))
    assert ends_of(words, torn, 10.0, sung)[2] == 4.0  # over the hole of 0.2 s, over the consonant's own ring
    rest = activity((2.0, 2.9), (4.0, 6.0))
    assert ends_of(words, rest, 10.0, sung)[2] == 2.0  # 0.9 s is no hole
    close = [*light(1.0, 0), *light(2.3, 1)]
    assert ends_of(close, activity((2.0, 2.3)), 10.0, sung)[2] == 2.0  # silence up to the next word is a rest


def test_a_breath_after_a_note_is_not_the_note() -> None:
    words, sung = [*light(1.0, 0), *light(6.0, 1)], [True] * 6
    level = activity((2.0, 2.2), (2.6, 6.0)).level.copy()
    level[220:260] = -42.0
    assert ends_of(words, Activity(level, np.ones_like(level), -20.0, -90.0, -55.0), 10.0, sung)[2] == 2.0


def test_spoken_words_end_as_before() -> None:
    words = light(1.0, 0)
    assert ends_of(words, activity(), 10.0)[2] == words[2].heard_s + 0.35
    assert ends_of(words, activity((1.45, 1.56)), 10.0)[2] == 1.45


def test_consonants_belong_to_the_note_before_them_in_their_word() -> None:
    slow = [part for k in range(6) for part in light(1.0 * k, k)]
    assert sung_notes(slow) == [False, True, True] * 6
    quick = [part for k in range(6) for part in light(0.3 * k, k)]
    assert not any(sung_notes(quick))
