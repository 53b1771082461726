"""Sung syllables: the vowel lasts to the end of the note, and the consonants that close it are short."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.alphabet import is_vowel

# Models trained on speech put the consonant after a held vowel at its spoken distance from the vowel's start: too early
# by 0.1 s and more in half of all L, R, N, M, NG. Singers are taught to close a note with consonants of spoken length.
CONSONANT_S = 0.08
# Vowels follow each other every 0.12 to 0.37 s in speech, every 0.43 to 0.65 s in the sung lines that were measured.
SUNG_STEP_S = 0.38
SYLLABLE_S = 0.35  # only syllables that last at least this long are held
_TOUCH_S = 0.03
_AROUND = 4  # vowels on either side that say whether it is sung here


def closed_late(onsets: Sequence[Onset], ends: Sequence[float]) -> list[float]:
    """Start times in which consonants after a held vowel close its note; those of spoken syllables stay."""
    starts = [onset.start_s for onset in onsets]
    sung = _sung(onsets, starts)
    k = len(starts) - 1
    while k > 0:
        vowel = _vowel_before(onsets, starts, ends, k)
        if vowel is not None and sung[vowel] and ends[k] - starts[vowel] > SYLLABLE_S:
            _close(starts, vowel, k, ends[k])
        k = k - 1 if vowel is None else vowel
    return starts


def sung_notes(onsets: Sequence[Onset]) -> list[bool]:
    """Of every phone, whether it belongs to a sung syllable: its own vowel's, or that of the vowel before it."""
    sung = _sung(onsets, [onset.start_s for onset in onsets])
    for k in range(1, len(onsets)):
        if not is_vowel(onsets[k].said.ipa) and onsets[k].word == onsets[k - 1].word:
            sung[k] = sung[k - 1]
    return sung


def _sung(onsets: Sequence[Onset], starts: Sequence[float]) -> list[bool]:
    """Whether the vowels around each phone follow each other slowly enough for singing."""
    vowels = [k for k, onset in enumerate(onsets) if is_vowel(onset.said.ipa)]
    out = [False] * len(onsets)
    for place, k in enumerate(vowels):
        near = vowels[max(0, place - _AROUND) : place + _AROUND + 1]
        steps = [starts[b] - starts[a] for a, b in pairwise(near)]
        out[k] = len(steps) > 1 and median(steps) > SUNG_STEP_S
    return out


def _vowel_before(onsets: Sequence[Onset], starts: Sequence[float], ends: Sequence[float], k: int) -> int | None:
    """The vowel that the run of consonants ending at `k` follows; None where k is a vowel or a pause parts them."""
    if is_vowel(onsets[k].said.ipa):
        return None
    while k > 0 and starts[k] - ends[k - 1] < _TOUCH_S:
        k -= 1
        if is_vowel(onsets[k].said.ipa):
            return k
    return None


def _close(starts: list[float], vowel: int, last: int, end_s: float) -> None:
    for k in range(last, vowel, -1):
        starts[k] = max(starts[k], end_s - CONSONANT_S)
        end_s = starts[k]
