"""When somebody speaks or sings: level, the voice detector, and spans of silence, breath and noise between phonemes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright import models
from lipwright.arrays import RATE, FloatArray, Vocal
from lipwright.types import PhonemeSpan, SoundKind, SoundSpan

LEVEL_S = 0.01
_BLOCK, _CONTEXT = 512, 64
BLOCK_S = _BLOCK / RATE
_BATCH = 2048  # detector blocks a call: 65 s
INAUDIBLE_DB = -65.0  # below full scale: nobody can lip-read what nobody can hear
_VOICE = 0.5
# Quiet begins this share of the way up from the noise floor to the loud part, within these limits below the loud part.
_QUIET_SHARE, _QUIET_DB = 0.35, (38.0, 20.0)
_SHORTEST_SOUND_S = 0.05
_BREATH_S = (0.1, 1.2)
_BREATH_DB = (6.0, 15.0)  # a breath stands this far above the noise floor, and this far below the loud part


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """Levels of a vocal: level float32 (F,) dB, 10 ms each, smoothed over 50 ms; voice float32 (F,) 0..1, the voice
    detector's probability; loud, floor, quiet: dB of the loud part, of the background, and below which it is quiet.
    """

    level: FloatArray
    voice: FloatArray
    loud: float
    floor: float
    quiet: float

    @property
    def silent(self) -> bool:
        """Whether there is nothing to hear from start to end."""
        return self.loud < INAUDIBLE_DB

    def is_quiet(self, start_s: float, end_s: float) -> NDArray[np.bool_]:
        """bool, one a 10 ms frame of [start_s, end_s)."""
        return self.level[round(start_s / LEVEL_S) : round(end_s / LEVEL_S)] < self.quiet

    def first_quiet(self, start_s: float, end_s: float, lasting_s: float, hole_s: float = 0.0) -> float:
        """The first instant from which it stays quiet for `lasting_s`; `end_s` where there is none.

        Quiet of less than `hole_s`, after which it is as loud as a voice before `end_s`, is a hole and not an end.
        """
        quiet = self.is_quiet(start_s, end_s)
        level = self.level[round(start_s / LEVEL_S) :]
        need, hole = max(1, round(lasting_s / LEVEL_S)), round(hole_s / LEVEL_S)
        edges = np.flatnonzero(np.diff(quiet, prepend=False, append=False))
        # quiet up to the next quiet, or to the end
        for first, last, after in zip(edges[::2], edges[1::2], [*edges, len(quiet), len(quiet)][2::2], strict=False):
            returns = last < after and float(level[last:after].max()) > self.loud - _BREATH_DB[1]
            if last - first >= need and not (returns and last - first < hole):
                return start_s + int(first) * LEVEL_S
        return end_s

    def voiced(self, start_s: float, end_s: float) -> float:
        """The voice detector's highest probability in [start_s, end_s)."""
        part = self.voice[int(start_s / LEVEL_S) : int(end_s / LEVEL_S) + 1]
        return float(part.max()) if len(part) else 0.0


def measure(vocal: Vocal, levels: FloatArray, gain: float) -> Activity:
    """Activity from the levels of each 10 ms and from the voice detector, which hears the vocal at `gain`."""
    smooth = np.convolve(levels, np.ones(5) / 5, "same").astype(np.float32) if len(levels) >= 5 else levels
    loud = float(np.percentile(smooth, 95)) if len(smooth) else -120.0
    floor = float(np.percentile(smooth, 8)) if len(smooth) else -120.0
    far, near = _QUIET_DB
    quiet = min(max(floor + _QUIET_SHARE * (loud - floor), loud - far), loud - near)
    return Activity(smooth, _voice(vocal, gain, len(smooth)), loud, max(floor, -90.0), max(quiet, INAUDIBLE_DB))


def _voice(vocal: Vocal, gain: float, frames: int) -> FloatArray:
    """The detector's probability at each 10 ms."""
    session = models.session("vad")
    state = {"h": np.zeros((1, 1, 128), np.float32), "c": np.zeros((1, 1, 128), np.float32)}
    probabilities = []
    for first in range(0, max(1, vocal.length), _BATCH * _BLOCK):
        stop = min(first + _BATCH * _BLOCK, first - (first - vocal.length) // _BLOCK * _BLOCK)
        samples = np.clip(vocal.window(first - _CONTEXT, max(stop, first + _BLOCK)) * np.float32(gain), -1, 1)
        rows = np.lib.stride_tricks.sliding_window_view(samples, _BLOCK + _CONTEXT)[::_BLOCK]
        found, state["h"], state["c"] = session.run(None, {"input": np.ascontiguousarray(rows), **state})
        probabilities.append(np.ravel(found))
    voice = np.concatenate(probabilities)
    at = np.minimum((np.arange(frames) * LEVEL_S / BLOCK_S).astype(int), len(voice) - 1)
    return np.asarray(voice[at], np.float32)


def sounds_between(phonemes: Sequence[PhonemeSpan], activity: Activity, duration_s: float) -> tuple[SoundSpan, ...]:
    """What fills the time in which no phoneme is: silence, a breath before a phrase, noise."""
    out: list[SoundSpan] = []
    at = 0.0
    for span in phonemes:
        out += _between(at, span.start_s, activity, speech_follows=True)
        at = max(at, span.end_s)
    out += _between(at, duration_s, activity, speech_follows=False)
    return tuple(out)


def _between(start_s: float, end_s: float, activity: Activity, speech_follows: bool) -> list[SoundSpan]:
    if end_s - start_s < _SHORTEST_SOUND_S:
        return []
    quiet = activity.is_quiet(start_s, end_s)
    edges = [0, *(np.flatnonzero(np.diff(quiet)) + 1), len(quiet)]
    cuts = [start_s + edge * LEVEL_S for edge in edges[:-1]] + [end_s]
    parts = [
        (a, b, bool(quiet[edge])) for a, b, edge in zip(cuts, cuts[1:], edges, strict=False) if b - a > 0 and len(quiet)
    ]
    merged: list[tuple[float, float, bool]] = []
    for a, b, is_quiet in parts:
        short = b - a < _SHORTEST_SOUND_S
        if merged and (short or merged[-1][2] == is_quiet):
            merged[-1] = (merged[-1][0], b, merged[-1][2])
        else:
            merged.append((a, b, is_quiet))
    return [
        SoundSpan(a, b, "silence" if is_quiet else _kind(a, b, activity, speech_follows, end_s), engine="level")
        for a, b, is_quiet in merged or [(start_s, end_s, True)]
    ]


def _kind(start_s: float, end_s: float, activity: Activity, speech_follows: bool, phrase_s: float) -> SoundKind:
    """A breath is short, soft and comes before a phrase; anything else that is not quiet is noise."""
    level = activity.level[round(start_s / LEVEL_S) : round(end_s / LEVEL_S)]
    soft = len(level) > 0 and float(level.max()) < activity.loud - _BREATH_DB[1]
    short = _BREATH_S[0] <= end_s - start_s <= _BREATH_S[1]
    near = speech_follows and phrase_s - end_s < 0.5
    return "breath" if soft and short and near else "noise"
