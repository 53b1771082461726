"""How well every state of a text fits every frame, and the phones read off the best path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lipwright.arrays import FloatArray
from lipwright.phonemes.acoustic.posteriors import FRAME_S, Heard
from lipwright.phonemes.acoustic.voice_activity import Activity
from lipwright.phonemes.alignment.transcript import Said, Text
from lipwright.phonemes.alignment.viterbi import (
    CLOSURE_CLASS,
    EMIT,
    FIXED_CLASSES,
    GAP,
    GAP_CLASS,
    HOLD_CLASS,
    PAUSE_CLASS,
    Chain,
    Ints,
)

# Costs in nats, chosen on ten songs, where none of them moves the result by more than two points.
FLOOR = -8.0  # worst score of a phone in a frame
GAP_FLOOR = -0.2  # worst score of a gap: sound that the lyrics do not have costs little
PAUSE_FLOOR = -2.0  # the same inside a line, where singers seldom add anything
# A frame of pausing inside a line: keeps lines together where something unwritten is sung between them. Without it four
# missing lines cost four words in a hundred on the dry songs of tests/bench/songs.py, with 0.05 to 0.15 one.
PAUSE_COST = 0.1
HOLD_COST = 0.0  # a frame of a held vowel, below the blank's score: singers hold, and 0.05 loses a word in a hundred
CLOSURE_COST = 0.1  # a frame after a consonant until the next sound: nobody holds those; 0.05 does the same, 0.2 harms
ACTIVITY_WEIGHT, ACTIVITY_DB, ACTIVITY_SLOPE_DB = 0.3, 25.0, 3.0


def emissions(chain: Chain, heard: Heard, loud: FloatArray) -> FloatArray:
    """float32 (T, classes): log score of every class of states in every frame. `loud` is `sounding` of these frames."""
    out = np.empty((heard.frames, len(chain.classes)), np.float32)
    fixed = len(FIXED_CLASSES)
    names = chain.classes[fixed:] or ("ə",)
    weights = np.stack([heard.tokens.weights(name) for name in names]).T
    sung = ACTIVITY_WEIGHT * np.log(np.clip(loud, 0.01, 1.0))
    for first in range(0, heard.frames, 4096):
        part = slice(first, first + 4096)
        blank = np.maximum(np.log(heard.blank[part] + 1e-9), FLOOR)
        mass = heard.live[part].astype(np.float32) @ weights
        out[part, GAP_CLASS] = np.maximum(blank, GAP_FLOOR)
        out[part, HOLD_CLASS] = blank - HOLD_COST + sung[part]
        out[part, CLOSURE_CLASS] = blank - CLOSURE_COST + sung[part]
        out[part, PAUSE_CLASS] = np.maximum(blank, PAUSE_FLOOR) - PAUSE_COST
        out[part, fixed:] = (np.maximum(np.log(mass + 1e-9), FLOOR) + sung[part, None])[:, : len(chain.classes) - fixed]
    return out


def sounding(activity: Activity, frames: int) -> FloatArray:
    """float32 (frames,), 0..1: how surely each 20 ms is loud enough to be the voice."""
    level = np.pad(activity.level, (4, 4 + 2 * frames), mode="edge") if len(activity.level) else np.full(9, -120.0)
    level = np.convolve(level, np.ones(5) / 5, "valid")[2::2]
    level = np.pad(level, (0, max(0, frames - len(level))), mode="edge")[:frames]
    above = np.clip((level - activity.loud + ACTIVITY_DB) / ACTIVITY_SLOPE_DB, -50, 50)
    return np.asarray(1 / (1 + np.exp(-above)), np.float32)


@dataclass(frozen=True, slots=True)
class Onset:
    """Where one phone of one word begins. `score` is its mean log score while it is heard: 0 at best, FLOOR at worst;
    `heard_s` is the last instant at which the recogniser still says that the word goes on.
    """

    start_s: float
    heard_s: float
    said: Said
    word: int
    score: float


def onsets_of(text: Text, chain: Chain, path: Ints, scores: FloatArray) -> list[Onset]:
    """Every phone on the path, in order; words that the path left out have none."""
    out = []
    cuts = np.flatnonzero(np.diff(path, prepend=-1))
    lasts = np.append(cuts[1:], len(path))
    for first, last in zip(cuts, lasts, strict=True):
        state = int(path[first])
        if chain.kind[state] != EMIT:
            continue
        word = int(chain.word[state]) - 1
        said = text.said[word][int(chain.variant[state])][int(chain.phone[state])]
        score = float(scores[first:last, chain.cls[state]].mean())
        out.append(Onset(first * FRAME_S, _held_until(chain, path, last) * FRAME_S, said, word, score))
    return out


def _held_until(chain: Chain, path: Ints, frame: int) -> int:
    """The frame at which the hold that begins at `frame`, if one does, ends."""
    start = frame
    while frame < len(path) and path[frame] == path[start] and chain.kind[path[frame]] not in (EMIT, GAP):
        frame += 1
    return frame
