"""A word corrected by hand takes its phonemes along."""

import itertools

from lipwright.corrections.word_retiming import corrected_speech
from lipwright.types import Corrections, PhonemeSpan, SpanEdit, WordSpan

WORDS = (WordSpan(1.0, 1.4, "bop"), WordSpan(1.5, 2.0, "me"))
PHONES = (
    PhonemeSpan(1.0, 1.1, "B", word=0),
    PhonemeSpan(1.1, 1.3, "AA", word=0),
    PhonemeSpan(1.3, 1.4, "P", word=0),
    PhonemeSpan(1.5, 1.6, "M", word=1),
    PhonemeSpan(1.6, 2.0, "IY", word=1),
)


def speak(word: str) -> tuple[str, ...]:
    return {"bop": ("B", "AA1", "P"), "tea": ("T", "IY1")}.get(word, ())


def fix(*edits: SpanEdit) -> tuple[tuple[WordSpan, ...], list[tuple[str, float, float]]]:
    words, phonemes = corrected_speech(WORDS, PHONES, Corrections(edits), speak)
    return words, [(p.symbol, round(p.start_s, 6), round(p.end_s, 6)) for p in phonemes]


def test_without_corrections_nothing_changes() -> None:
    assert corrected_speech(WORDS, PHONES, Corrections(), speak) == (WORDS, PHONES)


def test_a_stretched_word_stretches_its_phonemes_and_leaves_the_others() -> None:
    _, phones = fix(SpanEdit("words", 1.0, 1.4, "bop", 0.4, 1.2, "bop"))
    assert phones == [("B", 0.4, 0.6), ("AA", 0.6, 1.0), ("P", 1.0, 1.2), ("M", 1.5, 1.6), ("IY", 1.6, 2.0)]


def test_a_renamed_word_is_spelled_anew_inside_its_span() -> None:
    words, phones = fix(SpanEdit("words", 1.5, 2.0, "me", 1.5, 2.0, "tea"))
    assert words[1].text == "tea"
    assert [p[0] for p in phones] == ["B", "AA", "P", "T", "IY"]
    assert phones[3][1] == 1.5 and phones[4][2] == 2.0 and phones[3][2] == phones[4][1]
    assert phones[3][2] - phones[3][1] < phones[4][2] - phones[4][1]


def test_a_removed_word_is_silent_and_the_rest_count_on() -> None:
    words, phonemes = corrected_speech(
        WORDS, PHONES, Corrections((SpanEdit("words", 1.0, 1.4, "bop", 1.0, 1.4, None),)), speak
    )
    assert [w.text for w in words] == ["me"]
    assert [(p.symbol, p.word) for p in phonemes] == [("M", 0), ("IY", 0)]


def test_a_phoneme_correction_acts_after_its_word() -> None:
    _, phones = fix(
        SpanEdit("words", 1.0, 1.4, "bop", 1.0, 1.4, "bop"), SpanEdit("phonemes", 1.3, 1.4, "P", 1.25, 1.4, "B")
    )
    assert ("B", 1.25, 1.4) in phones and ("AA", 1.1, 1.25) in phones


def test_a_word_moved_over_its_neighbour_leaves_no_overlap() -> None:
    _, phones = fix(SpanEdit("words", 1.0, 1.4, "bop", 1.0, 1.8, "bop"))
    assert all(a[2] <= b[1] + 1e-9 for a, b in itertools.pairwise(phones))
