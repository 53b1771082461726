"""Voice that no word of the lyrics accounts for: where it is, and the sounds of it as the recogniser hears them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from lipwright.phonemes.acoustic.frontend import Listening
from lipwright.phonemes.acoustic.posteriors import FRAME_S, Heard
from lipwright.phonemes.acoustic.voice_activity import Activity
from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.boundaries.final_times import timed
from lipwright.phonemes.boundaries.spans import confidence
from lipwright.phonemes.recognising import heard_onsets
from lipwright.types import PhonemeSpan

Span = tuple[float, float]

# A sound counts from this probability of one phone on; sounds that follow each other within APART_S are one stretch.
HEARD, SURE, APART_S = 0.4, 0.7, 1.0
# A stretch is voice when it has this many sounds in this time and either the detector or half of the sounds are sure.
LEAST_SOUNDS, LEAST_S, _VOICE = 4, 0.6, 0.5
# Room beside a word that may still be it: its own tail, breath, or a sound that the recogniser gives late.
BESIDE_S = 0.25
_RING_S = 2.0  # after the last sound of a stretch, its vowel may ring on
_PAUSE_S = 0.15
_TOGETHER_S = 1.0  # words nearer to each other have no room for anything between them


def covered(onsets: Sequence[Onset], ends: Sequence[float]) -> list[Span]:
    """Where words are, joined over short pauses."""
    out: list[Span] = []
    rows = zip(onsets, ends, strict=True)
    for _, group in groupby(rows, key=lambda row: row[0].word):
        parts = list(group)
        start_s, end_s = parts[0][0].start_s, parts[-1][1]
        if out and start_s - out[-1][1] < _TOGETHER_S:
            out[-1] = (out[-1][0], max(end_s, out[-1][1]))
        else:
            out.append((start_s, end_s))
    return out


def uncovered(words: Sequence[Span], heard: Heard, activity: Activity) -> list[Span]:
    """Stretches of voice outside `words`, in order."""
    peaks = heard.live.max(axis=1, initial=0.0).astype(np.float32)
    edges = [0.0, *(edge for span in words for edge in span), heard.frames * FRAME_S]
    out: list[Span] = []
    for k in range(0, len(edges), 2):
        low = edges[k] + (BESIDE_S if k else 0.0)
        high = edges[k + 1] - (BESIDE_S if k + 2 < len(edges) else 0.0)
        out += _stretches(peaks, low, high, activity)
    return out


def _stretches(peaks: NDArray[np.float32], low_s: float, high_s: float, activity: Activity) -> list[Span]:
    first = max(0, round(low_s / FRAME_S))
    part = peaks[first : max(first, round(high_s / FRAME_S))]
    (at,) = np.nonzero((part > HEARD) & (np.diff(part > HEARD, prepend=False)))
    if not len(at):
        return []
    out = []
    runs = np.split(at, np.flatnonzero(np.diff(at) * FRAME_S > APART_S) + 1)
    limits = [*((first + int(run[0])) * FRAME_S for run in runs[1:]), high_s]
    for run, limit_s in zip(runs, limits, strict=True):
        start_s, last_s = (first + int(run[0])) * FRAME_S, (first + int(run[-1])) * FRAME_S
        sure = np.array([part[k : k + 5].max() for k in run]) > SURE
        told = float(sure.mean()) >= 0.5 or activity.voiced(start_s, last_s) > _VOICE
        if len(run) >= LEAST_SOUNDS and last_s - start_s >= LEAST_S and told:
            end_s = activity.first_quiet(last_s + FRAME_S, min(limit_s, last_s + _RING_S), _PAUSE_S)
            out.append((start_s, end_s))
    return out


def sounded(spans: Sequence[Span], listening: Listening, language: str) -> tuple[PhonemeSpan, ...]:
    """The phones that the recogniser hears in the spans, without words."""
    if not spans or listening.sung is None:
        return ()
    inside = np.zeros(listening.sung.frames, bool)
    for start_s, end_s in spans:
        inside[max(0, round((start_s - 0.1) / FRAME_S)) : round(end_s / FRAME_S)] = True
    only = replace(
        listening.sung,
        live=np.where(inside[:, None], listening.sung.live, np.float16(0)),
        blank=np.where(inside, listening.sung.blank, np.float32(1)),
    )
    fine = timed(heard_onsets(replace(listening, sung=only), language), listening)
    rows = zip(fine.onsets, fine.ends, fine.engines, strict=True)
    return tuple(
        PhonemeSpan(onset.start_s, min(end, limit), onset.said.symbol, confidence(onset.score), engine=engine)
        for onset, end, engine in rows
        if (limit := _limit(onset.start_s, spans)) > onset.start_s
    )


def _limit(time_s: float, spans: Sequence[Span]) -> float:
    """The end of the span that a phone at `time_s` belongs to, with the room beside it; 0 where it is in none."""
    room_s = BESIDE_S / 2
    return next((end_s + room_s for start_s, end_s in spans if start_s - room_s <= time_s < end_s), 0.0)
