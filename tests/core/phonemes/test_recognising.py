"""Which of the phones that are heard without lyrics are believed."""

from __future__ import annotations

import numpy as np

from lipwright.phonemes.acoustic.voice_activity import Activity
from lipwright.phonemes.recognising import _audible


def _activity(level: float, voice: float) -> Activity:
    frames = np.ones(1000, np.float32)
    return Activity(level * frames, voice * frames, loud=-20.0, floor=-70.0, quiet=-50.0)


def test_a_phone_is_believed_by_the_voice_detector_or_by_a_sure_phone_nearby() -> None:
    nobody, alone = np.zeros(0, np.float32), np.array([1.5], np.float32)
    assert _audible(2.0, 2.1, _activity(-25.0, 0.9), nobody)
    assert not _audible(2.0, 2.1, _activity(-25.0, 0.02), nobody)
    assert _audible(2.0, 2.1, _activity(-25.0, 0.02), alone)  # singing so high that the detector is deaf to it
    assert not _audible(5.0, 5.1, _activity(-25.0, 0.02), alone)


def test_nothing_is_believed_where_it_is_quiet() -> None:
    assert not _audible(2.0, 2.1, _activity(-60.0, 0.9), np.array([2.0], np.float32))
