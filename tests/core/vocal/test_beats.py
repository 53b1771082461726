"""Two trackers find the same pulse in a click track; neither finds one in silence."""

from __future__ import annotations

import numpy as np
import pytest

from lipwright.arrays import RATE, MemoryVocal
from lipwright.errors import OptionError
from lipwright.vocal import measure
from lipwright.vocal.beats import beats_by


def clicks(tempo: float, seconds: float, seed: int = 0) -> MemoryVocal:
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 1e-3, round(seconds * RATE)).astype(np.float32)
    burst = (rng.normal(0, 0.4, 800) * np.exp(-np.arange(800) / 160)).astype(np.float32)
    for beat in np.arange(0.5, seconds - 0.2, 60 / tempo):
        at = round(beat * RATE)
        samples[at : at + 800] += burst
    return MemoryVocal(samples.clip(-1, 1))


@pytest.mark.slow
@pytest.mark.parametrize("tempo", [92.0, 120.0])
def test_librosa_and_the_built_in_tracker_agree_on_a_click_track(tempo: float) -> None:
    vocal = clicks(tempo, 20.0)
    features = measure(vocal)
    beats, found = beats_by("librosa", vocal)
    assert found == pytest.approx(tempo, rel=0.05) and features.tempo == pytest.approx(tempo, rel=0.05)
    truth = np.arange(0.5, 19.8, 60 / tempo)
    for tracked in (beats, features.beats_s):
        near = [np.abs(np.array(tracked) - beat).min() for beat in truth[2:-2]]
        assert np.median(near) < 0.03 and np.mean(np.array(near) < 0.07) > 0.9


@pytest.mark.slow
def test_silence_has_no_beat() -> None:
    assert beats_by("librosa", MemoryVocal(np.zeros(RATE * 5, np.float32))) == ((), 0.0)


def test_an_unknown_tracker_is_named() -> None:
    with pytest.raises(OptionError, match="drums"):
        beats_by("drums", clicks(120, 1.0))
