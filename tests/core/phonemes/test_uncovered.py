"""Voice that no word accounts for is found and said; lines written once and heard again are sung again."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from tests.shared import shared

from lipwright.arrays import RATE, MemoryVocal
from lipwright.errors import OptionError
from lipwright.lyrics import prepare
from lipwright.phonemes import align
from lipwright.phonemes.acoustic.posteriors import FRAME_S, Heard, Recogniser
from lipwright.phonemes.acoustic.voice_activity import Activity
from lipwright.phonemes.coverage.repeats import Again, _joined
from lipwright.phonemes.coverage.telling import told_again, told_uncovered
from lipwright.phonemes.coverage.uncovered import uncovered
from lipwright.service import PerformOptions
from lipwright.types import Lyrics
from lipwright.vocal import open_vocal


def heard(spans: list[tuple[float, float]], seconds: float, sure: float = 0.9) -> Heard:
    """A phone every 0.16 s of the spans."""
    tokens = Recogniser().tokens
    live = np.zeros((round(seconds / FRAME_S), len(tokens.live)), np.float16)
    for start_s, end_s in spans:
        live[round(start_s / FRAME_S) : round(end_s / FRAME_S) : 8, 0] = sure
    return Heard(live, (1 - live.sum(1)).astype(np.float32), np.zeros(len(live), np.float32), tokens)


def activity(spans: list[tuple[float, float]], seconds: float, voice: float = 0.9) -> Activity:
    level = np.full(round(seconds * 100), -70.0, np.float32)
    for start_s, end_s in spans:
        level[round(start_s * 100) : round(end_s * 100)] = -20.0
    return Activity(level, np.full(len(level), voice, np.float32), -20.0, -70.0, -45.0)


def test_voice_between_words_is_found_and_voice_under_words_is_not() -> None:
    sung = [(1.0, 3.0), (5.0, 7.0), (9.0, 11.0)]
    (found,) = uncovered([(1.0, 3.0), (9.0, 11.0)], heard(sung, 12.0), activity(sung, 12.0))
    assert found == pytest.approx((5.0, 7.0), abs=0.1)


@pytest.mark.parametrize(
    ("sounds", "sure", "voice"), [((5.0, 5.3), 0.9, 0.9), ((5.0, 7.0), 0.5, 0.1), ((5.0, 7.0), 0.2, 0.9)]
)
def test_a_click_a_leak_and_a_breath_are_no_voice(sounds: tuple[float, float], sure: float, voice: float) -> None:
    assert uncovered([(1.0, 3.0)], heard([sounds], 12.0, sure), activity([sounds], 12.0, voice)) == []


def test_stretches_never_overlap() -> None:
    sung = [(1.0, 3.0), (4.1, 6.0), (7.2, 8.0)]
    found = uncovered([], heard(sung, 10.0), activity([(0.5, 9.0)], 10.0))
    assert len(found) == 3
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))


def test_stretches_are_joined_over_rests_but_not_over_words() -> None:
    spans = [(1.0, 3.0), (5.0, 7.0), (9.0, 11.0)]
    assert _joined(spans, [(7.5, 8.5)]) == [(1.0, 7.0)]
    assert _joined(spans, []) == [(1.0, 11.0)]


def test_what_is_said_names_seconds_places_and_the_other_choice() -> None:
    (rested,) = told_uncovered([(61.0, 63.5), (70.0, 71.0)], "rest")
    assert "3.5 s" in rested
    assert "1:01.0 to 1:03.5" in rested
    assert "--uncovered recognise" in rested
    given = prepare("one two\nthree four\nfive six", language="en")
    (again,) = told_again([Again(1, 2, 61.0, 70.0)], given, "sing")
    assert "lines 2-3 'three four'" in again
    assert "--repeats leave" in again
    assert told_uncovered([(1.0, 1.5)], "rest") == told_again([], given, "sing") == ()


@pytest.mark.parametrize("wrong", [{"uncovered": "mumble"}, {"repeats": "yes"}])
def test_unknown_choices_are_refused_by_name(wrong: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="choose"):
        PerformOptions(**wrong)  # type: ignore[arg-type]


def sung(*names: str) -> tuple[MemoryVocal, list[str], list[tuple[float, str]]]:
    """Lines one after the other with a second between them, what they say, and their words' times."""
    folder, parts, texts, words = shared("data", "speech", "hibari_sung"), [], [], []
    at_s = 0.0
    for name in names:
        with open_vocal(Path(folder, f"{name}.wav")) as vocal:
            parts += [vocal.window(0, vocal.length), np.zeros(RATE, np.float32)]
        row = json.loads(Path(folder, f"{name}.json").read_text(encoding="utf-8"))
        texts.append(row["text"])
        words += [(at_s + start_s, word.lower()) for start_s, _, word in row["words"]]
        at_s += (len(parts[-2]) + RATE) / RATE
    return MemoryVocal(np.concatenate(parts)), texts, words


@pytest.mark.slow
@pytest.mark.parametrize("order", [("s00_mid", "s01_mid", "s00_mid"), ("s02_mid", "s03_mid", "s04_mid", "s03_mid")])
def test_a_line_written_once_and_heard_twice_is_sung_twice(order: tuple[str, ...]) -> None:
    vocal, texts, words = sung(*order)
    lyrics = prepare("\n".join(dict.fromkeys(texts)), language="en")
    found = align(vocal, lyrics)
    assert [round(word.start_s, 1) for word in found.words] == pytest.approx([a for a, _ in words], abs=0.3)
    assert any("heard again" in note for note in found.notes)
    left = align(vocal, lyrics, repeats="leave", uncovered="rest")
    assert len(left.words) == len(lyrics.words)
    assert any("write them out" in note for note in left.notes)
    assert any("no word in the lyrics" in note for note in left.notes)
    assert all(phone.word is not None for phone in left.phonemes)


@pytest.mark.slow
def test_a_verse_that_is_not_written_down_moves_the_mouth_unless_refused() -> None:
    vocal, texts, words = sung("s00_mid", "s05_mid", "s01_mid")
    lyrics = prepare(f"{texts[0]}\n{texts[2]}", language="en")
    start_s = next(a for a, _ in words[len(texts[0].split()) :])
    found, rested = align(vocal, lyrics), align(vocal, lyrics, uncovered="rest")
    inside = [phone for phone in found.phonemes if phone.word is None and start_s - 0.3 < phone.start_s]
    assert len(inside) > 10
    assert sum(b - a for a, b in found.uncovered) > 3.0
    assert not [phone for phone in rested.phonemes if phone.word is None]
    assert isinstance(found.lyrics, Lyrics)
    assert len(found.lyrics.lines) == 2
