"""Do these lyrics belong to this vocal? The text against itself in another order, and against what was heard."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lipwright.arrays import FloatArray
from lipwright.phonemes.acoustic.posteriors import FRAME_S, Heard
from lipwright.phonemes.alignment.emissions import Onset, emissions
from lipwright.phonemes.alignment.transcript import Text
from lipwright.phonemes.alignment.viterbi import SkipCosts, anywhere, best_score, chain_of
from lipwright.phonemes.alphabet import is_vowel

# The share of its cost that a text saves against its own words in reverse order: another text saves little, by chance
# and the more the shorter it is. Right texts of 90 to 160 words saved 0.12 to 0.6 on the songs of tests/bench/songs.py,
# dry and isolated, one hardly audible singer 0.08, the 126 others 0.04 at most; right lines of 4 to 15 words 0.39 and
# more, others 0.16 at most. It asks nothing of the voice or of the language, and holds where little is heard.
_SAVED_LEAST, _SAVED_CHANCE, _SAVED_SLOPE = 0.02, 0.6, 0.15
# Texts that are the same in any order show by how well they sound alone: mean score + 4 x the share of the sound that
# the text explains - 2 where few words were sung. Right texts of 50 dry recordings reached 0.3 and more, others -2.1.
_RAW_MIDDLE, _RAW_SLOPE, _SHARE_WEIGHT, _SUNG_WEIGHT = -1.6, 0.3, 4.0, 2.0
# Texts of vowels alone (ah, ooh, hey) say so little that nothing but their order tells them: four vowels in theirs
# reached -2.0, in the other order -3.3.
_VOWELS_MIDDLE, _VOWELS = -2.6, 0.9
_GLIDES = frozenset("hjw")
_LARGEST = 12_000_000  # phones times frames to look at: ten minutes of song


def match_of(text: Text, onsets: Sequence[Onset], heard: Heard, loud: FloatArray) -> float:
    """0..1: whether the text is what is sung. `onsets` are those of the words that the search chose to place."""
    if not onsets:
        return 0.0
    text_part, heard_part, loud_part = _part(text, onsets, heard, loud)
    middle = _SAVED_LEAST + _SAVED_CHANCE / math.sqrt(len(text_part.words))
    saved = (_saved(text_part, heard_part, loud_part) / middle - 1) / _SAVED_SLOPE
    raw = (_raw(text, onsets, heard) - (_VOWELS_MIDDLE if _only_vowels(text) else _RAW_MIDDLE)) / _RAW_SLOPE
    return float(1 / (1 + np.exp(-np.clip(max(saved, raw), -50, 50))))


def _only_vowels(text: Text) -> bool:
    phones = [phone.ipa for ways in text.said for phone in ways[0]]
    return sum(phone in _GLIDES or is_vowel(phone) for phone in phones) >= _VOWELS * len(phones)


def _saved(text: Text, heard: Heard, loud: FloatArray) -> float:
    own, other = (_score(words, heard, loud) for words in (text, _reversed(text)))
    return 1 - own / min(other, -1e-6)


def _reversed(text: Text) -> Text:
    """The words from last to first in the places of the lines."""
    return Text(text.words[::-1], text.lines, text.said[::-1])


def _score(text: Text, heard: Heard, loud: FloatArray) -> float:
    chain = chain_of(text.pronunciations, SkipCosts(), text.lines)
    low, high = anywhere(len(text.words), heard.frames)
    return best_score(chain, emissions(chain, heard, loud), low, high)


def _part(text: Text, onsets: Sequence[Onset], heard: Heard, loud: FloatArray) -> tuple[Text, Heard, FloatArray]:
    """Everything; of a very long text and vocal, as much from the middle as is quickly looked at."""
    words = sorted({onset.word: onset.start_s for onset in reversed(onsets)}.items())
    phones = np.cumsum([0, *(min(map(len, ways)) for ways in text.said)])
    if phones[-1] * heard.frames <= _LARGEST:
        return text, heard, loud
    middle, around = len(words) // 2, len(words) // 2
    while True:
        (begin, first_s), (end, last_s) = words[max(0, middle - around)], words[min(len(words) - 1, middle + around)]
        first, last = round(first_s / FRAME_S), round(last_s / FRAME_S)
        if around < 2 or (phones[end] - phones[begin]) * (last - first) <= _LARGEST:
            end, last = max(end, begin + 1), max(last, first + 1)
            return text.part(begin, end), heard.part(first, last), loud[first:last]
        around = around * 3 // 4


def _raw(text: Text, onsets: Sequence[Onset], heard: Heard) -> float:
    """How well the words sound like the text, and how much of what is heard the text explains."""
    total = float(heard.live.sum(dtype=np.float64))
    explained = 0.0
    for onset, following in zip(onsets, [*onsets[1:], None], strict=True):
        first = round(onset.start_s / FRAME_S)
        last = round((following.start_s if following else onset.heard_s) / FRAME_S)
        part = heard.live[first : max(first + 1, last)].astype(np.float32)
        explained += float((part @ heard.tokens.weights(onset.said.ipa)).sum())
    raw = float(np.mean([onset.score for onset in onsets])) + _SHARE_WEIGHT * explained / max(total, 1e-6)
    sung = len({onset.word for onset in onsets}) / len(text.words)
    return raw - _SUNG_WEIGHT * (1 - min(1.0, 2 * sung))
