"""From a vocal to phonemes: what must hold whatever was said."""

import numpy as np
import pytest

from lipwright.arrays import RATE, MemoryVocal
from lipwright.phonemes import align, recognise
from lipwright.types import LyricLine, Lyrics, LyricWord

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
