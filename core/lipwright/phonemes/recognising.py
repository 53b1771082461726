"""Phones without lyrics: what the recogniser hears, as spans."""

from __future__ import annotations

import numpy as np

from lipwright.arrays import Progress, Vocal
from lipwright.phonemes.activity import Activity, sounds_between
from lipwright.phonemes.alphabet import phones_of
from lipwright.phonemes.ctc import FRAME_S, Heard
from lipwright.phonemes.listening import listen
from lipwright.phonemes.scoring import Onset
from lipwright.phonemes.spans import confidence
from lipwright.phonemes.text import Said
from lipwright.phonemes.timing import timed
from lipwright.types import Alignment, PhonemeSpan

ENGINE = "ctc"
# A phone is only believed where the voice detector is not sure of the contrary within this time.
_AROUND_S, _VOICE = 0.3, 0.1
# The recogniser's own word boundaries, or this many frames without a phone, part one word from the next.
_BOUNDARY, _APART = 0.3, 20


def recognise(vocal: Vocal, *, on_progress: Progress | None = None) -> Alignment:
    """The phones of a vocal whose lyrics nobody gave; words stay empty."""
    listening = listen(vocal, (lambda value: on_progress(0.4 * value)) if on_progress else None)
    onsets = _decoded(listening.heard, listening.activity) if listening.heard else []
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
    )


def _decoded(heard: Heard, activity: Activity) -> list[Onset]:
    """The likeliest English phone of every frame, repeats joined, blanks and inaudible ones dropped."""
    names, share = heard.tokens.english()
    mass = heard.live.astype(np.float32) @ share
    best = np.where(mass.max(1) > heard.blank, mass.argmax(1), -1)
    cuts = np.flatnonzero(np.diff(best, prepend=-2))
    lasts = np.append(cuts[1:], len(best))
    out: list[Onset] = []
    word = ended = 0
    for first, last in zip(cuts, lasts, strict=True):
        phone = int(best[first])
        if phone < 0 or not _audible(first * FRAME_S, last * FRAME_S, activity):
            continue
        score = float(np.log(mass[first:last, phone].max() + 1e-9))
        word += bool(out and (heard.boundary[ended:first].sum() > _BOUNDARY or first - ended > _APART))
        ended = last
        said = Said(phones_of(names[phone])[0], names[phone], 0)
        out.append(Onset(first * FRAME_S, last * FRAME_S, said, word, score))
    return out


def _audible(start_s: float, end_s: float, activity: Activity) -> bool:
    quiet = activity.is_quiet(start_s, end_s + 0.06)
    return activity.voiced(max(0.0, start_s - _AROUND_S), end_s + _AROUND_S) > _VOICE and not bool(quiet.all())
