"""A first, coarse look at long vocals: the phones of the text against the phones heard, to know where words may be.

Both are folded to sixteen kinds of sound and aligned by edit distance, the whole text against the whole vocal. Where
the two agree for a while stands an island; the words between islands may lie anywhere between them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray
from lipwright.phonemes.acoustic.posteriors import FRAME_S, Heard
from lipwright.phonemes.alignment.viterbi import Ints, Pronunciations, anywhere
from lipwright.phonemes.alphabet import KINDS, kind_of

# Costs of reading one kind for another, of a phone that was not heard, and of a heard one that is not in the text.
WRONG, MISSED, EXTRA = 1.0, 0.6, 0.6
_AROUND = 20  # phones on either side that must agree
# Speech agrees with its own text in 80 to 98 % of places, high singing in 76, other texts in 71 at the very best.
_AGREE = 0.72
ROOM_S = 3.0  # around an island
_SURE = 0.3  # a sound counts as heard from this probability on


def coarse_windows(words: Sequence[Pronunciations], heard: Heard) -> tuple[Ints, Ints]:
    """First and last frame in which each word may be sung, int32 (W + 1,), the gap before the words first."""
    text, word_of = _text(words)
    sounds, frames = _sounds(heard)
    low, high = anywhere(len(words), heard.frames)
    if not len(text) or not len(sounds):
        return low, high
    place = edit_path(text, sounds)
    known = place >= 0
    agree = np.zeros(len(text), np.float32)
    agree[known] = text[known] == sounds[place[known]]
    share = np.convolve(agree, np.ones(2 * _AROUND + 1) / (2 * _AROUND + 1), "same")
    (island,) = np.nonzero(known & (share > _AGREE))
    room = round(ROOM_S / FRAME_S)
    at = frames[place[island]]
    np.maximum.at(low, word_of[island] + 1, (at - room).astype(np.int32))
    np.minimum.at(high, word_of[island] + 1, (at + room).astype(np.int32))
    low = np.maximum.accumulate(np.maximum(low, 0))
    high = np.minimum.accumulate(high[::-1])[::-1]
    high[:-1] = np.maximum(
        high[:-1], high[1:] * (high[1:] < heard.frames)
    )  # a word's gap lasts until the next may begin
    high[-1] = heard.frames
    return low, np.maximum(high, low)


def _text(words: Sequence[Pronunciations]) -> tuple[NDArray[np.int8], Ints]:
    """The text's phones as kinds, int8 (n,), by each word's first pronunciation, and the word of each."""
    phones = [(kind_of(phone), k) for k, ways in enumerate(words) for phone in (ways[0] if ways else ())]
    table = np.array(phones, np.int32).reshape(-1, 2)
    return table[:, 0].astype(np.int8), table[:, 1].copy()


def _sounds(heard: Heard) -> tuple[NDArray[np.int8], Ints]:
    """What was heard as kinds, int8 (m,), repeats joined, and the frame in which each begins."""
    kinds = np.array([kind_of(token) for token in heard.tokens.live], np.int8)
    best = np.full(heard.frames, -1, np.int8)
    for first in range(0, heard.frames, 4096):
        part = heard.live[first : first + 4096]
        sure = part.max(1) > _SURE
        best[first : first + 4096][sure] = kinds[part.argmax(1)[sure]]
    (begins,) = np.nonzero((best >= 0) & (np.diff(best, prepend=-1) != 0))
    return best[begins], begins.astype(np.int32)


def edit_path(text: NDArray[np.int8], sounds: NDArray[np.int8]) -> Ints:
    """Which sound stands for each phone of the text, int32 (n,), -1 where none does, at the least total cost.

    Rows of costs are kept every so often and computed again on the way back: memory grows with the root of the length.
    """
    wrong = np.where(np.arange(KINDS)[:, None] == text[None, :], 0.0, WRONG).astype(np.float32)
    missed = (np.arange(len(text) + 1) * MISSED).astype(np.float32)
    block = max(1, int(np.sqrt(len(sounds))))
    kept = [missed.copy()]
    for first in range(0, len(sounds) - block, block):
        kept.append(_rows(kept[-1], sounds[first : first + block], wrong, missed)[-1].copy())
    out = np.full(len(text), -1, np.int32)
    n = len(text)
    for number in range(len(kept) - 1, -1, -1):
        part = sounds[number * block : (number + 1) * block] if number + 1 < len(kept) else sounds[number * block :]
        rows = _rows(kept[number], part, wrong, missed)
        n = _read(rows, part, wrong, n, number * block, out)
    return out


def _rows(row: FloatArray, sounds: NDArray[np.int8], wrong: FloatArray, missed: FloatArray) -> FloatArray:
    """float32 (len(sounds) + 1, n + 1): least cost of every beginning of the text, before and after each sound."""
    out = np.empty((len(sounds) + 1, len(row)), np.float32)
    out[0] = row
    for k, sound in enumerate(sounds):
        new = out[k + 1]
        np.add(out[k], EXTRA, out=new)
        np.minimum(new[1:], out[k, :-1] + wrong[sound], out=new[1:])
        new -= missed
        np.minimum.accumulate(new, out=new)  # missed phones run along the row
        new += missed
    return out


def _read(rows: FloatArray, sounds: NDArray[np.int8], wrong: FloatArray, n: int, offset: int, out: Ints) -> int:
    """Walk back through one block from the first `n` phones of the text; returns how many are left."""
    k = len(sounds)
    while k:
        here = rows[k, n]
        pair = rows[k - 1, n - 1] + wrong[sounds[k - 1], n - 1] if n else np.inf
        extra = rows[k - 1, n] + EXTRA
        if min(pair, extra) > here + 1e-3:  # neither: the phone was missed
            n -= 1
        elif pair <= extra:
            k, n = k - 1, n - 1
            out[n] = offset + k
        else:
            k -= 1
    return n
