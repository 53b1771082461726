"""From onsets to spans: where phones and words end, and how sure each of them is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from lipwright.phonemes.acoustic.voice_activity import Activity
from lipwright.phonemes.alignment.confidence import word_confidence
from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.alignment.transcript import Text
from lipwright.phonemes.alphabet import is_vowel
from lipwright.types import PhonemeSpan, WordSpan

SHORTEST_S = 0.02
# A phone ends where it stays quiet for this long; a stop's closure inside a word is shorter.
PAUSE_S = 0.1
# After the last thing heard, a vowel may ring on, a consonant does not: unless it closes a sung note, whose vowel does.
_RING_S = {True: 4.0, False: 0.35}
# Separators tear holes into held notes; a longer silence, or one up to the next word, is a rest.
_HOLE_S = 0.3
_SURE, _SLOPE = -3.0, 1.0  # log score at which a phone is as likely right as wrong


def confidence(score: float) -> float:
    """0..1 of a mean log score."""
    return 1.0 / (1.0 + math.exp(-(score - _SURE) / _SLOPE))


def ends_of(
    onsets: Sequence[Onset], activity: Activity, duration_s: float, sung: Sequence[bool] | None = None
) -> list[float]:
    """Where each phone ends: at the next onset, or where it becomes quiet before that.

    `sung` says of every phone whether its syllable is sung: such a note goes on over holes and closing consonants.
    """
    out = []
    for k, onset in enumerate(onsets):
        following = onsets[k + 1].start_s if k + 1 < len(onsets) else duration_s
        limit, note = following, sung is not None and sung[k]
        if k + 1 == len(onsets) or onsets[k + 1].word != onset.word:
            limit = min(following, onset.heard_s + _RING_S[note or is_vowel(onset.said.ipa)])
        limit = max(limit, min(following, onset.start_s + SHORTEST_S))
        out.append(max(onset.start_s + SHORTEST_S, _quiet_end(onset, limit, activity, _HOLE_S if note else 0.0)))
    return out


def _quiet_end(onset: Onset, limit: float, activity: Activity, hole_s: float) -> float:
    """The first lasting quiet after the phone has sounded; a phone that is quiet from its start keeps a short span."""
    begin = onset.start_s + SHORTEST_S
    if limit - begin <= PAUSE_S:
        return limit
    return activity.first_quiet(begin, limit, PAUSE_S, hole_s)


def separated(onsets: Sequence[Onset], duration_s: float) -> list[float]:
    """Start times that rise by at least SHORTEST_S and leave room for the last phone before the vocal's end."""
    starts = np.array([onset.start_s for onset in onsets])
    steps = np.arange(len(starts)) * SHORTEST_S
    starts = np.maximum.accumulate(np.maximum(starts, 0) - steps) + steps
    last = duration_s - SHORTEST_S - steps[::-1]
    return [float(x) for x in np.maximum(np.minimum(starts, last), steps * 0)]


def spans_of(
    onsets: Sequence[Onset], ends: Sequence[float], text: Text, engines: Sequence[str]
) -> tuple[tuple[WordSpan, ...], tuple[PhonemeSpan, ...]]:
    """Words and phonemes; a phoneme's `word` counts in the words that were sung."""
    words: list[WordSpan] = []
    phonemes: list[PhonemeSpan] = []
    sure = word_confidence(onsets, text)
    rows = zip(onsets, ends, engines, strict=True)
    for word, group in groupby(rows, key=lambda row: row[0].word):
        parts = list(group)
        phonemes += [
            PhonemeSpan(o.start_s, end, o.said.symbol, confidence(o.score), o.said.stress, len(words), engine)
            for o, end, engine in parts
        ]
        start_s, end_s = parts[0][0].start_s, parts[-1][1]
        words.append(WordSpan(start_s, end_s, text.words[word].text, sure[word], text.lines[word], parts[0][2]))
    return tuple(words), tuple(phonemes)
