"""What was said, as phones with their times: the likeliest string of English words, placed where it is heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lipwright.arrays import FloatArray
from lipwright.phonemes.acoustic.word_decoder import FLOOR, LIKELY, Search, tree

_APART, _LONGEST = 15, 1500  # frames without a phone between two pieces; frames of a piece at most
_NEVER = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class Run:
    """A phone's number, heard in frames [first, last)."""

    first: int
    last: int
    phone: int


def decoded(mass: FloatArray, blank: FloatArray, names: tuple[str, ...]) -> list[Run]:
    """mass float32 (T, P), blank float32 (T,): probabilities of 20 ms frames -> the phones in order."""
    out: list[Run] = []
    for first, last in pieces(mass):
        said = Search(tree(names), mass[first:last], blank[first:last]).phones()
        found = placed(mass[first:last], blank[first:last], said)
        out += [Run(run.first + first, run.last + first, run.phone) for run in found]
    return out


def sounded(mass: FloatArray, blank: FloatArray) -> list[Run]:
    """The likeliest phone of every frame, whatever words it makes: for languages whose words are not known."""
    best = np.where(mass.max(axis=1, initial=0.0) > blank, mass.argmax(axis=1), -1) if len(mass) else blank.astype(int)
    cuts = np.flatnonzero(np.diff(best, prepend=-2))
    lasts = np.append(cuts[1:], len(best))
    found = zip(cuts.tolist(), lasts.tolist(), strict=False)
    return [Run(first, last, int(best[first])) for first, last in found if best[first] >= 0]


def pieces(mass: FloatArray) -> Iterator[tuple[int, int]]:
    """Frames [first, last) in which phones are heard, cut at pauses, or where least is heard if there are none."""
    heard = np.flatnonzero(mass.max(axis=1, initial=0.0) > LIKELY)
    if not len(heard):
        return
    starts = np.r_[heard[0], heard[1:][np.diff(heard) > _APART]]
    ends = np.r_[heard[:-1][np.diff(heard) > _APART], heard[-1]] + 1
    for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
        while last - first > _LONGEST:
            late = mass[first + _LONGEST // 2 : first + _LONGEST].max(axis=1)
            middle = first + _LONGEST // 2 + int(late.argmin())
            yield first, middle
            first = middle
        yield first, last


def placed(mass: FloatArray, blank: FloatArray, said: list[int]) -> list[Run]:
    """Where the phones of a known string are heard, by Viterbi."""
    if not said:
        return []
    frames, states = len(mass), 2 * len(said) + 1
    quiet = np.log(blank + np.float32(FLOOR))
    sound = np.log(mass[:, said] + np.float32(FLOOR))
    skips = np.zeros(states, bool)
    skips[3::2] = np.array(said[1:]) != np.array(said[:-1])
    score = np.full(states, _NEVER, np.float32)
    score[0], steps = 0.0, np.zeros((frames, states), np.int8)
    for frame in range(frames):
        ways = np.full((3, states), _NEVER, np.float32)
        ways[0], ways[1, 1:] = score, score[:-1]
        ways[2, 2:] = np.where(skips[2:], score[:-2], _NEVER)
        steps[frame] = ways.argmax(axis=0)
        score = ways.max(axis=0)
        score[0::2] += quiet[frame]
        score[1::2] += sound[frame]
    at = states - 1 if score[-1] > score[-2] else states - 2
    path = np.empty(frames, np.int64)
    for frame in range(frames - 1, -1, -1):
        path[frame] = at
        at -= int(steps[frame, at])
    out = []
    for place, phone in enumerate(said):
        inside = np.flatnonzero(path == 2 * place + 1)
        if len(inside):
            out.append(Run(int(inside[0]), int(inside[-1]) + 1, phone))
    return out
