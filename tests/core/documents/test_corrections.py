"""What an artist corrects by hand survives, moves with the sound, and changes nothing else."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from lipwright.corrections import corrected, edit_track
from lipwright.types import (
    Corrections,
    Direction,
    Performance,
    PhonemeSpan,
    Provenance,
    SpanEdit,
    Track,
    TrackEdit,
    VocalInfo,
)

PHONES = (PhonemeSpan(0.1, 0.2, "B"), PhonemeSpan(0.2, 0.4, "AA"), PhonemeSpan(0.4, 0.5, "T"))


def performance(
    *spans: SpanEdit, phonemes: tuple[PhonemeSpan, ...] = PHONES, tracks: tuple[TrackEdit, ...] = ()
) -> Performance:
    return Performance(
        VocalInfo("v", "", 1.0, 16000, 1),
        Direction(),
        Provenance("0"),
        phonemes=phonemes,
        channels=(Track("eyeBlinkLeft", (0.0, 0.3, 0.4, 0.5, 1.0), (0.0, 0.0, 1.0, 0.0, 0.0)),),
        corrections=Corrections(spans, tracks),
    )


def labels(p: Performance) -> list[tuple[float, float, str]]:
    return [(s.start_s, s.end_s, s.symbol) for s in p.phonemes]


def test_a_moved_phoneme_pushes_its_neighbours() -> None:
    p = corrected(performance(SpanEdit("phonemes", 0.2, 0.4, "AA", 0.15, 0.45, "AA")))
    assert labels(p) == [(0.1, 0.15, "B"), (0.15, 0.45, "AA"), (0.45, 0.5, "T")]


def test_a_removed_phoneme_is_gone_and_an_added_one_is_there() -> None:
    p = corrected(
        performance(
            SpanEdit("phonemes", 0.4, 0.5, "T", 0.4, 0.5, None),
            SpanEdit("phonemes", 0.6, 0.7, "", 0.6, 0.7, "M"),
        )
    )
    assert labels(p) == [(0.1, 0.2, "B"), (0.2, 0.4, "AA"), (0.6, 0.7, "M")]


def test_the_correction_follows_when_performing_again_moved_the_sound() -> None:
    later = tuple(dataclasses.replace(s, start_s=s.start_s + 0.05, end_s=s.end_s + 0.05) for s in PHONES)
    p = corrected(performance(SpanEdit("phonemes", 0.2, 0.4, "AA", 0.2, 0.4, "AE"), phonemes=later))
    assert (0.2, 0.4, "AE") in labels(p)


def test_laying_corrections_twice_changes_nothing() -> None:
    once = corrected(
        performance(
            SpanEdit("phonemes", 0.2, 0.4, "AA", 0.15, 0.45, "AE"),
            SpanEdit("phonemes", 0.6, 0.7, "", 0.6, 0.7, "M"),
            tracks=(TrackEdit("channels", "eyeBlinkLeft", 0.25, 0.55),),
        )
    )
    assert corrected(once) == once


def test_a_deleted_blink_is_flat_and_the_rest_is_as_it_was() -> None:
    before = performance().channels[0]
    after = edit_track(before, TrackEdit("channels", "eyeBlinkLeft", 0.25, 0.55))
    assert max(after.at(t / 1000) for t in range(250, 551)) == 0.0
    assert all(after.at(t / 1000) == before.at(t / 1000) for t in (*range(250), *range(552, 1000)))


@given(st.floats(0, 0.9), st.floats(0.01, 0.5), st.floats(0, 1))
def test_inside_the_edit_hold_its_keys_and_outside_the_curve(start: float, length: float, value: float) -> None:
    before = Track("jaw", (0.0, 0.5, 1.0), (0.2, 0.8, 0.1))
    end = start + length
    after = edit_track(before, TrackEdit("mouth", "jaw", start, end, (start, end), (value, value)))
    for step in range(150):
        time_s = step / 100
        expected = value if start <= time_s <= end else before.at(time_s)
        if min(abs(time_s - start), abs(time_s - end)) > 0.002:
            assert abs(after.at(time_s) - expected) < 0.005
