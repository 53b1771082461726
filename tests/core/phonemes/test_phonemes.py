"""From a vocal to phonemes: what must hold whatever was said."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from lipwright.arrays import RATE, MemoryVocal
from lipwright.errors import Cancelled
from lipwright.lyrics import prepare
from lipwright.models import DATA
from lipwright.phonemes import align, recognise
from lipwright.phonemes.acoustic.posteriors import Heard
from lipwright.phonemes.alphabet import Tokens
from lipwright.types import Alignment, LyricLine, Lyrics, LyricWord
from lipwright.vocal import open_vocal

DEMO = DATA / "demo"

pytestmark = pytest.mark.models


def _lyrics(*words: tuple[str, str]) -> Lyrics:
    known = tuple(LyricWord(text, (tuple(phones.split()),)) for text, phones in words)
    return Lyrics((LyricLine(known, " ".join(text for text, _ in words)),), "en")


HELLO = _lyrics(("hello", "HH AH0 L OW1"), ("world", "W ER1 L D"))


def _time(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * RATE)) / RATE


QUIET = {
    "digital zero": np.zeros(3 * RATE),
    "room tone": np.random.default_rng(1).normal(0, 0.0005, 3 * RATE),
    "mains hum": 0.2 * sum(np.sin(2 * np.pi * 50 * k * _time(3)) / k for k in (1, 2, 3)),
    "high hum": 0.2 * np.sin(2 * np.pi * 440 * _time(3)),
    "loud hiss": np.random.default_rng(1).normal(0, 0.1, 3 * RATE),
    "one sample": np.ones(1),
    "nothing": np.zeros(0),
    "a click": np.eye(1, RATE, 5000)[0],
}


@pytest.mark.parametrize("name", QUIET)
def test_what_is_no_voice_has_no_phonemes(name: str) -> None:
    vocal = MemoryVocal(QUIET[name].astype(np.float32))
    assert recognise(vocal).phonemes == ()
    aligned = align(vocal, HELLO)
    assert aligned.phonemes == ()
    assert [word.text for word in aligned.unsung] == ["hello", "world"]
    assert aligned.match < 0.5
    assert sum(s.end_s - s.start_s for s in aligned.sounds) == pytest.approx(vocal.info.duration_s, abs=0.06)


@pytest.fixture(scope="module")
def song() -> tuple[MemoryVocal, Lyrics]:
    """The demo's two sung lines with their words, without the times that its LRC has."""
    with open_vocal(DEMO / "song.ogg") as vocal:
        samples = vocal.window(0, vocal.length)
    lyrics = prepare(DEMO / "song.lrc")
    lines = tuple(replace(line, start_s=None) for line in lyrics.lines)
    return MemoryVocal(samples), replace(lyrics, lines=lines)


@pytest.fixture(scope="module")
def aligned(song: tuple[MemoryVocal, Lyrics]) -> Alignment:
    return align(*song)


def _starts(alignment: Alignment) -> np.ndarray:
    return np.array([word.start_s for word in alignment.words])


def test_every_word_of_the_song_is_found(song: tuple[MemoryVocal, Lyrics], aligned: Alignment) -> None:
    lyrics = song[1]
    assert [word.text for word in aligned.words] == [word.text for word in lyrics.words]
    assert aligned.unsung == () and aligned.match > 0.9
    first = next(k for k, word in enumerate(aligned.words) if word.line == 1)
    assert aligned.words[0].start_s == pytest.approx(0.35, abs=0.3)  # where the demo's LRC has its lines
    assert aligned.words[first].start_s == pytest.approx(6.75, abs=0.3)
    assert 0.2 < np.mean([word.confidence for word in aligned.words]) <= 1
    assert set(aligned.models) >= {"ctc", "vad"} and aligned.engines["align"] == "ctc"


def test_spans_rise_never_overlap_and_say_who_made_them(aligned: Alignment, song: tuple[MemoryVocal, Lyrics]) -> None:
    for spans in (aligned.words, aligned.phonemes, aligned.sounds):
        assert all(a.end_s <= b.start_s + 1e-6 for a, b in pairwise(spans))
        assert all(0 <= s.start_s < s.end_s <= song[0].info.duration_s + 1e-6 and s.engine for s in spans)
    for number, word in enumerate(aligned.words):
        own = [p for p in aligned.phonemes if p.word == number]
        assert own[0].start_s == word.start_s and own[-1].end_s == word.end_s
    covered = sum(s.end_s - s.start_s for s in (*aligned.phonemes, *aligned.sounds))
    assert covered == pytest.approx(song[0].info.duration_s, abs=0.5)


def test_later_sound_gives_later_spans(song: tuple[MemoryVocal, Lyrics], aligned: Alignment) -> None:
    later = MemoryVocal(np.concatenate([np.zeros(RATE // 2, np.float32), song[0].samples]))
    moved = align(later, song[1])
    assert np.median(np.abs(_starts(moved) - _starts(aligned) - 0.5)) < 0.011
    assert np.abs(_starts(moved) - _starts(aligned) - 0.5).max() < 0.1


def test_loudness_does_not_matter(song: tuple[MemoryVocal, Lyrics], aligned: Alignment) -> None:
    quiet = align(MemoryVocal(song[0].samples * np.float32(0.05)), song[1])
    assert np.abs(_starts(quiet) - _starts(aligned)).max() < 0.1


def test_the_same_vocal_gives_the_same_alignment(song: tuple[MemoryVocal, Lyrics], aligned: Alignment) -> None:
    assert align(*song) == aligned


def test_lines_that_nobody_sings_are_marked_and_leave_the_others_alone(
    song: tuple[MemoryVocal, Lyrics], aligned: Alignment
) -> None:
    vocal, lyrics = song
    extra = prepare("Seven copper kettles whistled underneath the garden table every Thursday").lines[0]
    longer = replace(lyrics, lines=(lyrics.lines[0], extra, lyrics.lines[1]))
    found = align(vocal, longer)
    assert {word.line for word in found.unsung} == {1}
    assert len(found.unsung) >= len(extra.words) - 1
    sung = np.array([word.start_s for word in found.words if word.line != 1])
    assert np.abs(sung - _starts(aligned)).max() < 0.1
    assert any(str(len(found.unsung)) in note for note in found.notes)


def test_a_line_missing_from_the_lyrics_does_not_draw_the_other_into_it(
    song: tuple[MemoryVocal, Lyrics], aligned: Alignment
) -> None:
    vocal, lyrics = song
    only = align(vocal, replace(lyrics, lines=lyrics.lines[1:]))
    assert np.abs(_starts(only) - [word.start_s for word in aligned.words if word.line == 1]).max() < 0.1


def test_lyrics_of_another_song_are_told(song: tuple[MemoryVocal, Lyrics]) -> None:
    other = prepare("Frozen rivers carry distant thunder\nDoctors gather velvet coins for Jack")
    found = align(song[0], other)
    assert found.match < 0.5
    assert any("don't match" in note for note in found.notes)


def test_line_times_bind(song: tuple[MemoryVocal, Lyrics]) -> None:
    """A wrong anchor drags its line along: that shows that anchors are used."""
    vocal, lyrics = song
    late = tuple(replace(line, start_s=time) for line, time in zip(lyrics.lines, (3.5, 8.5), strict=True))
    found = align(vocal, replace(lyrics, lines=late), repeats="leave")
    assert min(word.start_s for word in found.words) >= 3.5 - 1.0 - 0.3  # a line may be a second off, a phone 0.3 s


def test_true_word_times_are_kept_to_the_digit(song: tuple[MemoryVocal, Lyrics], aligned: Alignment) -> None:
    vocal, lyrics = song
    times = iter([(round(word.start_s, 1) + 0.033, round(word.end_s, 1) - 0.021) for word in aligned.words])
    lines = tuple(
        replace(line, words=tuple(LyricWord(w.text, w.pronunciations, *next(times)) for w in line.words))
        for line in lyrics.lines
    )
    found = align(vocal, replace(lyrics, lines=lines, truth=True))
    assert [(w.start_s, w.end_s) for w in found.words] == [(w.start_s, w.end_s) for line in lines for w in line.words]
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(found.phonemes))
    assert {word.engine for word in found.words} == {"lyrics"}


def test_true_times_hold_where_nothing_was_heard() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    words = (LyricWord("hello", (("HH", "AH0", "L", "OW1"),), 0.5, 0.9), LyricWord("you", (("Y", "UW1"),), 1.2, 1.5))
    found = align(MemoryVocal(noise), Lyrics((LyricLine(words, "hello you"),), "en", truth=True))
    assert [(w.text, w.start_s, w.end_s) for w in found.words] == [("hello", 0.5, 0.9), ("you", 1.2, 1.5)]
    assert found.unsung == ()


def test_without_lyrics_the_song_is_heard_where_it_is_sung(
    song: tuple[MemoryVocal, Lyrics], aligned: Alignment
) -> None:
    heard = recognise(song[0])
    assert heard.words == () and len(heard.phonemes) > 0.5 * len(aligned.phonemes)
    onsets = np.array([p.start_s for p in aligned.phonemes])
    off = np.array([np.abs(onsets - p.start_s).min() for p in heard.phonemes])
    assert np.median(off) < 0.02
    assert all(p.word is None for p in heard.phonemes)


@pytest.mark.parametrize("verb", [align, recognise])
def test_progress_rises_and_can_stop_the_work(song: tuple[MemoryVocal, Lyrics], verb: Callable[..., object]) -> None:
    seen: list[float] = []
    arguments = song if verb is align else song[:1]
    verb(*arguments, on_progress=seen.append)
    assert seen == sorted(seen) and seen[-1] <= 1 and len(seen) > 2

    def stop(value: float) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        verb(*arguments, on_progress=stop)


def test_what_either_recogniser_hears_counts() -> None:
    tokens = Tokens.of(["a", "m", "<blank>", "<wb>"])

    def heard(live: list[list[float]], boundary: float) -> Heard:
        sounds = np.array(live, np.float16)
        return Heard(sounds, (1 - sounds.sum(1)).astype(np.float32), np.full(2, boundary, np.float32), tokens)

    both = heard([[0.75, 0.0], [0.0, 0.5]], 0.25).averaged(heard([[0.0, 0.25], [0.0, 1.0]], 0.0))
    assert both.live.dtype == np.float16 and both.blank.dtype == np.float32
    assert np.allclose(both.live, [[0.375, 0.125], [0.0, 0.75]])
    assert np.allclose(both.blank + both.live.sum(1), 1) and np.allclose(both.boundary, 0.25)


def test_the_document_names_every_model_that_was_asked(aligned: Alignment) -> None:
    assert {"ctc", "ctc_sung", "vad"} <= set(aligned.models)
