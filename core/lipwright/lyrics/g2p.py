"""Letters to sounds for words that no dictionary has: a joint-sequence 6-gram model, searched with a beam.

The model is made by core/training/corpus/english_words.py; phones come without stress.
"""

from __future__ import annotations

import bisect
import io
from array import array
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from lipwright import models

ORDER = 6
BITS = 10
BEAM = 24
# A path this much less likely than the best at the same letter is given up (natural log).
WIDTH = 6.0
LONGEST = 40  # letters; a longer "word" is not one
UNSEEN = -16.0

Phones = tuple[str, ...]


class LetterToSound:
    """The model, read once."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        """Take the arrays of letters.npz: units, and keys (differences), prob and bow of each order."""
        self._by_letters: dict[str, list[tuple[int, Phones]]] = {}
        for number, unit in enumerate(arrays["units"], 1):
            letters, *phones = str(unit).split(" ")
            self._by_letters.setdefault(letters, []).append((number, tuple(phones)))
        self._keys = [array("Q", np.cumsum(arrays[f"keys{n}"], dtype=np.uint64).tobytes()) for n in range(1, ORDER + 1)]
        self._prob = [array("b", arrays[f"prob{n}"].tobytes()) for n in range(1, ORDER + 1)]
        self._bow = [array("b", arrays[f"bow{n}"].tobytes()) for n in range(1, ORDER + 1)]

    def best(self, word: str, count: int = 1) -> list[Phones]:
        """The `count` likeliest pronunciations of `word` (lower-case letters and apostrophes), never empty."""
        word = "".join(letter for letter in word[:LONGEST] if letter in self._by_letters)
        heaps: list[dict[tuple[int, ...], tuple[float, Phones]]] = [{} for _ in range(len(word) + 1)]
        heaps[0][(0,)] = (0.0, ())
        for at in range(len(word)):
            for history, (score, phones) in self._alive(heaps[at]):
                for length in (1, 2):
                    if at + length > len(word):
                        break
                    for unit, sounds in self._by_letters.get(word[at : at + length], ()):
                        total = score + self._log(history, unit)
                        self._keep(heaps[at + length], (*history, unit)[-ORDER + 1 :], total, phones + sounds)
        ends: dict[Phones, float] = {}
        for history, (score, phones) in heaps[-1].items():
            if phones:
                ends[phones] = max(ends.get(phones, -1e9), score + self._log(history, 0))
        found = sorted(ends, key=lambda phones: (-ends[phones], phones))[:count]
        return found or [("AH",)]

    @staticmethod
    def _alive(heap: dict[tuple[int, ...], tuple[float, Phones]]) -> list[tuple[tuple[int, ...], tuple[float, Phones]]]:
        rows = sorted(heap.items(), key=lambda row: (-row[1][0], row[0]))[:BEAM]
        return [row for row in rows if row[1][0] > rows[0][1][0] - WIDTH]

    @staticmethod
    def _keep(
        heap: dict[tuple[int, ...], tuple[float, Phones]], history: tuple[int, ...], score: float, phones: Phones
    ) -> None:
        if history not in heap or score > heap[history][0]:
            heap[history] = (score, phones)

    def _log(self, history: tuple[int, ...], unit: int) -> float:
        """Natural log of P(unit | history), backing off to shorter histories."""
        gram, scale = (*history, unit), 0.0
        while True:
            index = self._find(gram)
            if index is not None:
                return float(scale + self._prob[len(gram) - 1][index] / 16 - 7.0)
            if len(gram) == 1:
                return scale + UNSEEN
            context = self._find(gram[:-1])
            if context is not None:
                scale += self._bow[len(gram) - 2][context] / 16 - 7.0
            gram = gram[1:]

    def _find(self, gram: tuple[int, ...]) -> int | None:
        key = 0
        for unit in gram:
            key = key << BITS | unit
        keys = self._keys[len(gram) - 1]
        index = bisect.bisect_left(keys, key)
        return index if index < len(keys) and keys[index] == key else None


@lru_cache(maxsize=1)
def letter_to_sound() -> LetterToSound:
    """The shipped model."""
    with np.load(io.BytesIO(models.read("letters")), allow_pickle=False) as arrays:
        return LetterToSound(dict(arrays))
