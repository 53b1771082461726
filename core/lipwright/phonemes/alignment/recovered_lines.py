"""Lines that the search gave up although somebody sings there: put back where nothing else explains the sound.

The search leaves a line out where the recogniser heard nothing of it. Where the lines around it leave as much sounding
time as such a line takes, it is there all the same: a bad place for it, said to be unsure, is better than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np

from lipwright.arrays import FloatArray
from lipwright.phonemes.acoustic.posteriors import FRAME_S, Heard
from lipwright.phonemes.alignment.emissions import Onset, emissions, onsets_of
from lipwright.phonemes.alignment.transcript import Text
from lipwright.phonemes.alignment.viterbi import Ints, anywhere, best_path, chain_of

# Of the sounding time that as many phones take in the lines that were found. On the isolated songs of
# tests/bench/songs.py lines that were sung had 0.49 and more, or none at all, others 0.3 or less but for ad-libs.
ENOUGH = 0.4
_FOUND = 0.5  # of the words: where fewer were found, the text is another one, and nothing is put back
_HEARD = 3  # frames for the last phone before the gap


def returned(onsets: Sequence[Onset], text: Text, heard: Heard, loud: FloatArray) -> list[Onset]:
    """`onsets` with those of left-out lines for which there is room. `loud`: float32 (T,), 0..1, `sounding`."""
    words = {word: list(group) for word, group in groupby(onsets, key=lambda o: o.word)}
    if len(words) < _FOUND * len(text.words):
        return list(onsets)
    sounds = np.concatenate([[0], np.cumsum(loud > 0.5)]).astype(np.int32)
    frames_a_phone = _frames_a_phone(words, text, sounds)
    out = list(onsets)
    for begin, end in _left_out(len(text.words), words):
        before, after = words.get(begin - 1), words.get(end)
        first = round(before[-1].start_s / FRAME_S) + _HEARD if before else 0
        last = round(after[0].start_s / FRAME_S) if after else heard.frames
        phones = sum(min(map(len, ways)) for ways in text.said[begin:end])
        if last - first > 3 * phones and sounds[last] - sounds[first] > ENOUGH * phones * frames_a_phone:
            found = _placed(text.part(begin, end), heard.part(first, last), loud[first:last])
            out += [_moved(onset, begin, first * FRAME_S) for onset in found]
    return sorted(out, key=lambda o: o.word)


def _left_out(count: int, found: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of words from..to-1 that were not found."""
    edges = sorted({-1, count, *found})
    return [(a + 1, b) for a, b in pairwise(edges) if b - a > 1]


def _frames_a_phone(words: dict[int, list[Onset]], text: Text, sounds: Ints) -> float:
    """Sounding frames of the median line for each of its phones."""
    rates = []
    for _, group in groupby(words, key=lambda word: text.lines[word]):
        line = [onset for word in group for onset in words[word]]
        first, last = (round(onset.start_s / FRAME_S) for onset in (line[0], line[-1]))
        rates.append((sounds[min(last + _HEARD, len(sounds) - 1)] - sounds[first]) / len(line))
    return float(np.median(rates))


def _placed(text: Text, heard: Heard, loud: FloatArray) -> list[Onset]:
    chain = chain_of(text.pronunciations, None, text.lines)
    scores = emissions(chain, heard, loud)
    low, high = anywhere(len(text.words), heard.frames)
    return onsets_of(text, chain, best_path(chain, scores, low, high), scores)


def _moved(onset: Onset, words: int, seconds: float) -> Onset:
    return replace(onset, word=onset.word + words, start_s=onset.start_s + seconds, heard_s=onset.heard_s + seconds)
