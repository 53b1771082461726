"""Phones without lyrics: what the recogniser hears, as spans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lipwright.arrays import FloatArray, Progress, Vocal
from lipwright.phonemes.acoustic.decoding import decoded, sounded
from lipwright.phonemes.acoustic.frontend import Listening, listen
from lipwright.phonemes.acoustic.posteriors import FRAME_S, Heard
from lipwright.phonemes.acoustic.voice_activity import Activity, sounds_between
from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.alignment.transcript import Said
from lipwright.phonemes.alphabet import phones_of
from lipwright.phonemes.boundaries.final_times import timed
from lipwright.phonemes.boundaries.spans import confidence
from lipwright.types import Alignment, PhonemeSpan

ENGINE = "ctc"
# A phone is only believed where the voice detector is not sure of the contrary within this time, or where the
# recogniser itself is sure of a phone nearby: the detector is deaf to high singing.
_AROUND_S, _VOICE = 0.3, 0.1
_SURE, _SURE_S = 0.7, 1.0
# The recogniser's own word boundaries, or this many frames without a phone, part one word from the next.
_BOUNDARY, _APART = 0.3, 20


def recognise(vocal: Vocal, *, language: str = "en", on_progress: Progress | None = None) -> Alignment:
    """The phones of a vocal whose lyrics nobody gave; words stay empty. English is read as words, other languages as
    the English phones nearest to what is heard.
    """
    listening = listen(vocal, (lambda value: on_progress(0.4 * value)) if on_progress else None)
    onsets = heard_onsets(listening, language)
    fine = timed(onsets, listening, (lambda value: on_progress(0.4 + 0.6 * value)) if on_progress else None)
    phonemes = tuple(
        PhonemeSpan(onset.start_s, end, onset.said.symbol, confidence(onset.score), engine=engine)
        for onset, end, engine in zip(fine.onsets, fine.ends, fine.engines, strict=True)
    )
    return Alignment(
        words=(),
        phonemes=phonemes,
        sounds=sounds_between(phonemes, listening.activity, listening.duration_s),
        engines={"recognise": ENGINE, "refine": fine.how},
        models=listening.models | fine.models,
        voice=listening.heard is not None,
    )


def heard_onsets(listening: Listening, language: str) -> list[Onset]:
    """By the recogniser that learnt singing; where words end, the original one says, which was taught it."""
    if listening.heard is None or listening.sung is None:
        return []
    english = language.partition("-")[0] == "en"
    return _decoded(replace(listening.sung, boundary=listening.heard.boundary), listening.activity, english)


def _decoded(heard: Heard, activity: Activity, english: bool) -> list[Onset]:
    """The likeliest string of phones, inaudible ones dropped."""
    names, share = heard.tokens.english()
    mass = heard.live.astype(np.float32) @ share
    runs = decoded(mass, heard.blank, names) if english else sounded(mass, heard.blank)
    peaks = np.array([mass[run.first : run.last, run.phone].max() for run in runs])
    firsts = [run.first for run, peak in zip(runs, peaks, strict=True) if peak > _SURE]
    sure = np.array(firsts, np.float32) * np.float32(FRAME_S)
    out: list[Onset] = []
    word = ended = 0
    for run, peak in zip(runs, peaks, strict=True):
        start_s, end_s = run.first * FRAME_S, run.last * FRAME_S
        if not _audible(start_s, end_s, activity, sure):
            continue
        word += bool(out and (heard.boundary[ended : run.first].sum() > _BOUNDARY or run.first - ended > _APART))
        ended = run.last
        said = Said(phones_of(names[run.phone])[0], names[run.phone], 0)
        out.append(Onset(start_s, end_s, said, word, float(np.log(peak + 1e-9))))
    return out


def _audible(start_s: float, end_s: float, activity: Activity, sure: FloatArray) -> bool:
    """`sure`: (K,) seconds, rising, at which the recogniser is sure of a phone."""
    if activity.is_quiet(start_s, end_s + 0.06).all():
        return False
    near = np.searchsorted(sure, end_s + _SURE_S) > np.searchsorted(sure, start_s - _SURE_S)
    return bool(near) or activity.voiced(max(0.0, start_s - _AROUND_S), end_s + _AROUND_S) > _VOICE
