"""Who sings is let through, and what is said where the mouth rests is true."""

import numpy as np
import pytest
from tests.shared import shared

from lipwright.arrays import RATE, MemoryVocal
from lipwright.lyrics import prepare
from lipwright.phonemes import align
from lipwright.phonemes.acoustic.frontend import _somebody
from lipwright.phonemes.acoustic.posteriors import Heard
from lipwright.phonemes.acoustic.voice_activity import Activity
from lipwright.phonemes.alphabet import Tokens
from lipwright.service import _silence
from lipwright.types import Alignment, UnsungWord, VocalInfo
from lipwright.vocal import open_vocal

INFO = VocalInfo("a.wav", "", 1.0, RATE, 1)


def test_sung_vowels_are_placed_though_the_voice_detector_is_deaf_to_them() -> None:
    with open_vocal(shared("cases", "sound", "vowels_ah_ooh.ogg")) as vocal:
        found = align(vocal, prepare("ah ooh\nah ooh", language="en"))
    assert [word.start_s for word in found.words] == pytest.approx([0.52, 2.36, 4.12, 5.98], abs=0.06)
    assert found.voice
    assert not found.notes


@pytest.mark.parametrize("kind", ["hiss", "hum", "clicks"])
def test_where_nobody_is_nobody_is_heard_even_with_lyrics(kind: str) -> None:
    rng, t = np.random.default_rng(3), np.arange(4 * RATE) / RATE
    sound = {
        "hiss": rng.normal(0, 0.1, t.size),
        "hum": 0.2 * sum(np.sin(2 * np.pi * 60 * h * t) / h for h in range(1, 6)),
        "clicks": np.where(rng.random(t.size) < 5e-4, 0.8, 0.0),
    }[kind]
    found = align(MemoryVocal(sound.astype(np.float32)), prepare("hello out there", language="en"))
    assert not found.voice
    assert found.phonemes == ()
    assert "nobody was heard" in _silence(found, INFO)[0]


def heard(phone: float) -> Heard:
    tokens = _tokens()
    live = np.full((5, len(tokens.live)), 0.0, np.float16)
    live[2, 0] = phone
    return Heard(live, (1 - live.sum(1)).astype(np.float32), np.zeros(5, np.float32), tokens)


def _tokens() -> Tokens:
    from lipwright.phonemes.acoustic.posteriors import Recogniser

    return Recogniser().tokens


def activity(voice: float) -> Activity:
    return Activity(np.full(10, -20.0, np.float32), np.full(10, voice, np.float32), -20.0, -60.0, -45.0)


@pytest.mark.parametrize(
    ("plain", "sung", "voice", "expected", "somebody"),
    [
        (0.9, 0.9, 0.9, False, True),
        (0.0, 0.95, 0.0, False, True),  # singing that the detector and the plain recogniser are deaf to
        (0.0, 0.5, 0.0, True, True),  # somebody wrote down what is sung
        (0.0, 0.5, 0.0, False, False),  # an instrument
        (0.4, 0.1, 0.9, True, False),
        (0.9, 0.1, 0.0, True, False),
    ],
)
def test_singing_evidence_is_enough(plain: float, sung: float, voice: float, expected: bool, somebody: bool) -> None:
    assert _somebody(heard(plain), heard(sung), activity(voice), expected=expected) is somebody


def test_what_is_said_where_the_mouth_rests_names_the_reason() -> None:
    nobody = Alignment((), (), (), voice=False)
    misfit = Alignment((), (), (), (UnsungWord(0, "hello", 0),), voice=True)
    unclear = Alignment((), (), (), voice=True)
    said = [_silence(found, INFO)[0] for found in (nobody, misfit, unclear)]
    assert "nobody was heard" in said[0]
    assert "none of the words given" in said[1]
    assert "--language" in said[1]
    assert "no sound of it clearly" in said[2]
    assert not any("nobody" in text for text in said[1:])
