"""How sure a word is: the chance that it starts within 0.3 s of where it was put."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.alignment.transcript import Text

# Logistic weights, fitted on the seven songs of tests/bench/songs.py, dry, isolated, and isolated from a softer band,
# with all and with four lines missing; on each song those of the six others: area under the curve 0.82 to 0.92. Scores
# are in nats a phone; a word that lasts, or whose line lasts, much longer than others a phone, has slid.
_BIAS, _OWN, _AROUND, _LINE, _PACE, _LINE_PACE = 6.5, 0.31, 0.41, 0.38, -0.57, -3.6
_NEAR = 1  # words on either side
_LAST_S = 0.5  # of the last word

Doubles = NDArray[np.float64]


def word_confidence(onsets: Sequence[Onset], text: Text) -> dict[int, float]:
    """0..1 of every word that has onsets."""
    words = {word: list(group) for word, group in groupby(onsets, key=lambda o: o.word)}
    if not words:
        return {}
    lines = np.array([text.lines[word] for word in words])
    own = np.array([np.mean([o.score for o in group]) for group in words.values()])
    around = np.convolve(np.pad(own, _NEAR, mode="edge"), np.ones(2 * _NEAR + 1) / (2 * _NEAR + 1), "valid")
    pace, line_pace = _paces(list(words.values()), lines)
    z = _BIAS + _OWN * own + _AROUND * around + _LINE * _line_means(own, lines) + _PACE * pace + _LINE_PACE * line_pace
    return dict(zip(words, (float(x) for x in 1 / (1 + np.exp(-z))), strict=True))


def _line_means(values: Doubles, lines: NDArray[np.int_]) -> Doubles:
    """Of each word, the mean over the words of its line."""
    _, place = np.unique(lines, return_inverse=True)
    return (np.bincount(place, values) / np.bincount(place))[place]


def _paces(words: Sequence[Sequence[Onset]], lines: NDArray[np.int_]) -> tuple[Doubles, Doubles]:
    """(how much longer or shorter a phone of each word lasts than one of the median word, how much longer one of its
    line than one of the median line), in natural logarithms."""
    starts = np.array([word[0].start_s for word in words])
    phones = np.array([len(word) for word in words], float)
    lasts = np.diff(starts, append=words[-1][-1].start_s + _LAST_S)
    each = np.log(np.maximum(lasts / phones, 1e-3))
    numbers, first, place = np.unique(lines, return_index=True, return_inverse=True)
    last = np.append(first[1:], len(words)) - 1
    spans = starts[last] - starts[first] + 0.3  # the last word of a line lasts about as long
    line = np.log(spans / np.bincount(place, phones, len(numbers)))
    return np.abs(each - np.median(each)), np.maximum(0.0, line - np.median(line))[place]
