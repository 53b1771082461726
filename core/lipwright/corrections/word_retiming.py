"""What a corrected word means for its phonemes: they move and stretch with it, or are spelled anew.

Pure functions over spans; `pronounce` is passed in, so that hosts can use this without a dictionary.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from lipwright.corrections import BY_HAND, edit_spans
from lipwright.types import Corrections, PhonemeSpan, WordSpan

Pronounce = Callable[[str], tuple[str, ...]]


def corrected_speech(
    words: tuple[WordSpan, ...], phonemes: tuple[PhonemeSpan, ...], corrections: Corrections, pronounce: Pronounce
) -> tuple[tuple[WordSpan, ...], tuple[PhonemeSpan, ...]]:
    """Words and phonemes with every hand correction, phonemes following their words.

    Word corrections act first (moved: its phonemes are scaled into it; renamed or added: pronounced anew; removed:
    silent), then phoneme corrections. Phonemes' `word` counts in the returned words.
    """
    fixed = edit_spans(words, corrections, "words")
    if fixed == words:
        return words, edit_spans(phonemes, corrections, "phonemes")
    speech: list[PhonemeSpan] = [span for span in phonemes if span.word is None]
    by_word = _by_word(words, phonemes)
    for index, word in enumerate(fixed):
        speech += _phonemes_of(word, index, by_word, pronounce)
    return fixed, edit_spans(_without_overlap(sorted(speech)), corrections, "phonemes")


_Spoken = dict[WordSpan, list[PhonemeSpan]]


def _by_word(words: tuple[WordSpan, ...], phonemes: tuple[PhonemeSpan, ...]) -> _Spoken:
    spoken: _Spoken = {word: [] for word in words}
    for span in phonemes:
        if span.word is not None and span.word < len(words):
            spoken[words[span.word]].append(span)
    return spoken


def _phonemes_of(word: WordSpan, index: int, spoken: _Spoken, pronounce: Pronounce) -> list[PhonemeSpan]:
    if word in spoken:
        return [dataclasses.replace(span, word=index) for span in spoken[word]]
    old = _origin(word, spoken)
    if old is None or not spoken[old]:
        return spelled(word, index, pronounce)
    scale = (word.end_s - word.start_s) / (old.end_s - old.start_s)
    return [
        dataclasses.replace(
            span,
            start_s=max(0.0, word.start_s + (span.start_s - old.start_s) * scale),
            end_s=word.start_s + (span.end_s - old.start_s) * scale,
            word=index,
        )
        for span in spoken[old]
    ]


def _origin(word: WordSpan, spoken: _Spoken) -> WordSpan | None:
    """The computed word that `word` was before it was moved or trimmed: same text, most nearby."""
    same = [old for old in spoken if old.text == word.text]
    return min(same, key=lambda old: abs(old.start_s - word.start_s) + abs(old.end_s - word.end_s), default=None)


# A consonant takes about a third of a vowel's time in read English.
_CONSONANT_SHARE = 0.35
_VOWEL_FIRST = set("AEIOUaeiouɑæʌəɐɔɛɜɝɚɪʊyøœɒɨʉɯɤ")


def spelled(word: WordSpan, index: int, pronounce: Pronounce) -> list[PhonemeSpan]:
    """`word` pronounced over its whole span: vowels long, consonants short, in order, without gaps."""
    symbols = pronounce(word.text)
    if not symbols:
        return []
    shares = [1.0 if symbol[0] in _VOWEL_FIRST else _CONSONANT_SHARE for symbol in symbols]
    length, total, spans, at_s = word.end_s - word.start_s, sum(shares), [], word.start_s
    for symbol, share in zip(symbols, shares, strict=True):
        until_s = at_s + length * share / total
        base = symbol.rstrip("012")
        stress = int(symbol[-1]) if symbol != base else 0
        spans.append(PhonemeSpan(at_s, until_s, base, 1.0, stress, index, BY_HAND))
        at_s = until_s
    return spans


def _without_overlap(spans: list[PhonemeSpan]) -> tuple[PhonemeSpan, ...]:
    """Spans in order; where two overlap, the earlier gives way."""
    kept: list[PhonemeSpan] = []
    for span in spans:
        if kept and kept[-1].end_s > span.start_s:
            last = kept.pop()
            if last.start_s < span.start_s:
                kept.append(dataclasses.replace(last, end_s=span.start_s))
        kept.append(span)
    return tuple(kept)
