"""Onsets by pocketsphinx's forced alignment of one phrase: English, on a 10 ms grid, sometimes without an answer."""

from __future__ import annotations

import math
from itertools import groupby
from pathlib import Path

import numpy as np
import pocketsphinx

from lipwright.arrays import RATE, Vocal
from lipwright.phonemes.alphabet import is_arpabet, neighbours
from lipwright.phonemes.boundaries.phrases import Phrase

_FRAME_S = 0.01
_SILENT = ("SIL", "+SPN+", "+NSN+")
# Against hand labels its onsets are this much early.
LAG_S = 0.0


class Sphinx:
    """A decoder for each phrase, so that what one phrase sounded like never colours the next."""

    def onsets(self, vocal: Vocal, phrase: Phrase) -> list[float]:
        """Where each phone of the phrase begins, in seconds; nan for all of them where the alignment fails."""
        begin = max(0, round(phrase.start_s * RATE))
        samples = vocal.window(begin, round(phrase.end_s * RATE))
        pcm = (samples / max(1e-4, float(np.abs(samples).max(initial=0.0))) * 0.9 * 32767).astype("<i2").tobytes()
        words = [[_english(o.said.symbol) for o in group] for _, group in groupby(phrase.onsets, key=lambda o: o.word)]
        try:
            starts = _aligned(_decoder(words), pcm, len(words))
        except RuntimeError:  # its own way to say that no path was found
            starts = []
        if len(starts) != len(phrase.onsets):
            return [math.nan] * len(phrase.onsets)
        return [begin / RATE + frame * _FRAME_S + LAG_S for frame in starts]


def _english(symbol: str) -> str:
    if is_arpabet(symbol):
        return symbol
    return next(iter(neighbours(symbol, within=1.5)), "AH")


def _decoder(words: list[list[str]]) -> pocketsphinx.Decoder:
    """A decoder that knows nothing but these words, as w0, w1 and so on."""
    model = Path(pocketsphinx.get_model_path()) / "en-us" / "en-us"
    decoder = pocketsphinx.Decoder(
        pocketsphinx.Config(
            hmm=str(model),
            dict=None,
            lm=None,
            loglevel="FATAL",
            bestpath=False,
            beam=1e-80,
            pbeam=1e-80,
            wbeam=1e-80,
        )
    )
    for k, phones in enumerate(words):
        decoder.add_word(f"w{k}", " ".join(phones), k == len(words) - 1)
    return decoder


def _aligned(decoder: pocketsphinx.Decoder, pcm: bytes, words: int) -> list[int]:
    """First frame of every phone. Raises RuntimeError where there is no alignment."""
    decoder.set_align_text(" ".join(f"w{k}" for k in range(words)))
    for second in (False, True):
        if second:
            decoder.set_alignment()
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
    found = decoder.get_alignment() or []
    return [phone.start for word in found for phone in word if phone.name not in _SILENT]
