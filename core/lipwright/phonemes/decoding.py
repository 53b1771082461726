"""The likeliest string of phones, by what the recogniser hears and by how English phones follow each other.

An exact search over pairs of phones (the trigram's memory), each either sounding or held through the recogniser's
blanks, in pieces that are cut where nothing is heard.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lipwright import models
from lipwright.arrays import FloatArray

# Chosen on synthetic voices: how much the trigram weighs, and what a phone is worth that it makes unlikely on average.
WEIGHT, WORTH = 0.4, 1.2
FLOOR = 1e-6
_LIKELY = 2e-4  # below this a phone is not tried in a frame
_APART, _LONGEST = 15, 1500  # frames without a phone between two pieces; frames of a piece at most
_NEVER = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class Run:
    """A phone's number, heard in frames [first, last)."""

    first: int
    last: int
    phone: int


@cache
def trigram(names: tuple[str, ...]) -> FloatArray:
    """float32 (P + 1, P + 1, P): log-probability of a phone after two others, P standing for a pause."""
    with np.load(io.BytesIO(models.read("trigram")), allow_pickle=False) as file:
        order = {str(name): k for k, name in enumerate(file["phones"])}
        table = file["log"].astype(np.float32)
    at = [order[name] for name in (*names, "SIL")]
    return np.asarray(table[np.ix_(at, at, at[:-1])])


def decoded(mass: FloatArray, blank: FloatArray, names: tuple[str, ...]) -> list[Run]:
    """mass float32 (T, P), blank float32 (T,): probabilities of 20 ms frames -> the phones in order."""
    follow = WEIGHT * trigram(names) + np.float32(WORTH)
    out: list[Run] = []
    for first, last in pieces(mass):
        found = _search(mass[first:last], blank[first:last], follow)
        out += [Run(run.first + first, run.last + first, run.phone) for run in found]
    return out


def pieces(mass: FloatArray) -> Iterator[tuple[int, int]]:
    """Frames [first, last) in which phones are heard, cut at pauses, or where least is heard if there are none."""
    heard = np.flatnonzero(mass.max(axis=1, initial=0.0) > _LIKELY)
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


def _search(mass: FloatArray, blank: FloatArray, follow: FloatArray) -> list[Run]:
    """Viterbi. State (h, c): c is the last phone, h the one before; P in either place is the pause at the start."""
    start = mass.shape[1]
    sounding = np.full((start + 1, start + 1), _NEVER, np.float32)
    held = sounding.copy()
    held[start, start] = 0.0
    likely, quiet = np.log(mass + np.float32(FLOOR)), np.log(blank + np.float32(FLOOR))
    steps = []
    for frame in range(len(mass)):
        tried = np.flatnonzero(mass[frame] > _LIKELY)
        was_sounding = sounding > held
        best = np.where(was_sounding, sounding, held)
        entered = best[:, :, None] + follow[:, :, tried]
        for k, phone in enumerate(tried):  # the same phone twice must be parted by a blank
            entered[:, phone, k] = held[:, phone] + follow[:, phone, phone]
        before = entered.argmax(axis=0)
        entering = np.take_along_axis(entered, before[None], axis=0)[0]
        staying = sounding[:, tried]
        enters = entering > staying
        sounding = np.full_like(sounding, _NEVER)
        sounding[:, tried] = np.maximum(entering, staying) + likely[frame, tried]
        held = best + quiet[frame]
        steps.append((was_sounding, tried, before.astype(np.int8), enters))
    return _traced(steps, sounding, held)


_Step = tuple[NDArray[np.bool_], NDArray[np.intp], NDArray[np.int8], NDArray[np.bool_]]


def _traced(steps: list[_Step], sounding: FloatArray, held: FloatArray) -> list[Run]:
    """The runs of the best path, read from its end."""
    start = len(held) - 1
    last_state = np.unravel_index(int(np.maximum(sounding, held).argmax()), held.shape)
    earlier, phone = int(last_state[0]), int(last_state[1])
    sounds = bool(sounding[earlier, phone] > held[earlier, phone])
    out: list[Run] = []
    end = len(steps) if sounds else -1
    for frame in range(len(steps) - 1, -1, -1):
        was_sounding, tried, before, enters = steps[frame]
        if not sounds:
            if phone == start:
                break
            sounds = bool(was_sounding[earlier, phone])
            end = frame if sounds else end
            continue
        column = int(np.searchsorted(tried, phone))
        if not enters[earlier, column]:
            continue
        out.append(Run(frame, end, phone))
        oldest = int(before[earlier, column])
        sounds = bool(was_sounding[oldest, earlier]) and earlier != phone
        end = frame if sounds else -1
        earlier, phone = oldest, earlier
    return out[::-1]
