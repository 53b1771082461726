"""The likeliest string of English words, by what the recogniser hears and how frequent each word is.

A beam search through a tree of pronunciations. Any single phone is a word too, at a price, so that names, other
languages and wordless singing stay possible. Only the phones are of use: words come out right too seldom to be shown.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lipwright import models
from lipwright.arrays import FloatArray

FLOOR = 1e-6  # of a probability
LIKELY = 2e-4  # below this a phone is not tried in a frame
# Chosen on synthetic voices: how much a word's frequency weighs, what a phone is worth, what a lone phone costs.
WEIGHT, WORTH, LONE = 0.3, 0.5, -10.0
BEAM = 9.0
_NEVER = np.float32(-1e9)

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Nodes (N,): phone, parent; first, count: where its children are; arc: what entering it costs, the likeliest word
    below it in view; end: the rest of the cost where a word ends, _NEVER where none does. Node 0 is between words.
    """

    phone: Ints
    parent: Ints
    first: Ints
    count: Ints
    arc: FloatArray
    end: FloatArray


@cache
def tree(names: tuple[str, ...]) -> Tree:
    """The shipped words, in the recogniser's numbers of phones."""
    with np.load(io.BytesIO(models.read("lexicon")), allow_pickle=False) as file:
        order = [names.index(str(name)) for name in file["phones"]]
        parent, phone = file["parent"].astype(np.int64), np.array(order)[file["phone"]]
        return planted(parent, phone, file["end"].astype(np.float32))


def planted(parent: Ints, phone: Ints, end: FloatArray) -> Tree:
    """From the arrays of the file; every node at the first level ends a word, if only a lone phone."""
    end = np.where(parent == 0, np.maximum(end, LONE), end) * np.float32(WEIGHT)
    best = end.copy()
    for node in range(len(parent) - 1, 0, -1):
        best[parent[node]] = max(best[parent[node]], best[node])
    above = np.where(parent > 0, best[np.maximum(parent, 0)], 0.0)
    count = np.bincount(parent[1:], minlength=len(parent))
    first = 1 + np.cumsum(count) - count
    rest = np.where(np.isfinite(end), end - best, _NEVER)
    return Tree(phone, parent, first, count, (best - above).astype(np.float32), rest.astype(np.float32))


class Search:
    """One piece. Every node in reach has two scores: its phone sounds, or is over and the blank holds it."""

    def __init__(self, words: Tree, mass: FloatArray, blank: FloatArray) -> None:
        self._words, self._mass = words, mass
        self._likely, self._quiet = np.log(mass + np.float32(FLOOR)), np.log(blank + np.float32(FLOOR))
        count = len(words.parent)
        self._phone = words.phone.copy()  # that of node 0 changes: the last phone of the word before
        self._score = np.full((2, count), _NEVER, np.float32)  # sounding, held
        self._past = np.full((2, count), -1, np.int64)  # the last word of each one's path
        self._known = np.zeros(count, bool)
        self._ended: list[tuple[int, int]] = []  # (node at which a word ended, the word before it)

    def phones(self) -> list[int]:
        """The phones of the best string of words."""
        live = np.zeros(1, np.int64)
        self._score[1, 0] = 0.0
        for frame in range(len(self._mass)):
            live = self._step(live, frame)
        out: list[int] = []
        at = int(self._past[int(self._score[1, 0] < self._score[0, 0]) ^ 1, 0])
        while at >= 0:
            node, at = self._ended[at]
            while node:
                out.append(int(self._words.phone[node]))
                node = int(self._words.parent[node])
        return out[::-1]

    def _step(self, live: Ints, frame: int) -> Ints:
        sounding, held = self._score[:, live]
        past = self._past[:, live]
        later = sounding > held
        best, best_past = np.where(later, sounding, held), np.where(later, past[0], past[1])
        entered = self._entered(live, frame, (best, held), (best_past, past[1]))
        staying = sounding + self._likely[frame, self._phone[live]]
        staying[live == 0] = _NEVER  # a word that has ended sounds on at its own last node
        self._score[0, live], self._score[1, live] = staying, best + self._quiet[frame]
        self._past[1, live] = best_past
        live = self._joined(live, *entered)
        self._end_words(live)
        return self._within_beam(live)

    def _entered(
        self, live: Ints, frame: int, scores: tuple[FloatArray, FloatArray], pasts: tuple[Ints, Ints]
    ) -> tuple[Ints, FloatArray, Ints]:
        """Nodes below the live ones whose phone is likely now, their scores, and the last word of their paths."""
        words = self._words
        count = words.count[live]
        source = np.repeat(np.arange(len(live)), count)
        node = words.first[live][source] + np.arange(len(source)) - np.repeat(np.cumsum(count) - count, count)
        likely = self._mass[frame, words.phone[node]] > LIKELY
        source, node = source[likely], node[likely]
        twice = words.phone[node] == self._phone[live][source]  # the same phone again: a blank must part them
        score = np.where(twice, scores[1][source], scores[0][source])
        past = np.where(twice, pasts[1][source], pasts[0][source])
        return node, score + words.arc[node] + np.float32(WORTH) + self._likely[frame, words.phone[node]], past

    def _joined(self, live: Ints, node: Ints, score: FloatArray, past: Ints) -> Ints:
        better = score > self._score[0, node]
        node = node[better]
        self._score[0, node], self._past[0, node] = score[better], past[better]
        self._known[live] = True
        new = node[~self._known[node]]
        self._known[live] = False
        return np.concatenate([live, new])

    def _end_words(self, live: Ints) -> None:
        """Node 0 takes over from the best word that ends here: one that still sounds, and one that is over."""
        ends = live[self._words.end[live] > _NEVER]
        if not len(ends):
            return
        for state in (0, 1):
            score = self._score[state, ends] + self._words.end[ends]
            best = int(score.argmax())
            if score[best] > self._score[state, 0]:
                node = int(ends[best])
                self._ended.append((node, int(self._past[state, node])))
                self._score[state, 0], self._past[state, 0] = score[best], len(self._ended) - 1
                if state == 0:
                    self._phone[0] = self._words.phone[node]

    def _within_beam(self, live: Ints) -> Ints:
        best = self._score[:, live].max(axis=0)
        keep = (best > best.max() - BEAM) | (live == 0)
        self._score[:, live[~keep]] = _NEVER
        kept: Ints = live[keep]
        return kept
