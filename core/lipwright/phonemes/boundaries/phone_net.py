"""Onsets by the project's own phone net: what it hears every 10 ms, and where it hears one phone turn into the next."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lipwright import models
from lipwright.arrays import RATE, FloatArray, Vocal
from lipwright.phonemes.alphabet import neighbours
from lipwright.phonemes.boundaries.monotonic import place
from lipwright.phonemes.boundaries.phrases import Phrase

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

HOP, WINDOW, FFT, MELS = 160, 400, 512, 64
FRAME_S = HOP / RATE
SILENCE = "SIL"
# Chosen on a development part of the synthetic training data.
CONFUSION = 0.4  # this share of a symbol's posterior is spread over its class
PRIOR_POWER = 0.6
SCORE_FLOOR, BOUNDARY_FLOOR = -9.0, -8.0
_CLASSES = ("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW", "W Y L R ER", "M N NG", "B P D T G K",
            "F V TH DH S Z SH CH JH HH", "SIL BR")  # fmt: skip
_SAME = {"AA": ("AA", "AO"), "AO": ("AA", "AO"), "SIL": ("SIL", "BR"), "ZH": ("SH",)}
# How far a phone may lie from where the recogniser put it.
ROOM_S = 0.3
_NEVER = np.float32(-1e30)


@dataclass(frozen=True, slots=True, eq=False)
class Posteriors:
    """scores: float32 (T, symbols) scaled log likelihoods · enter, stay: float32 (T,) log-probability of a boundary or
    of none, 10 ms a frame.
    """

    scores: FloatArray
    enter: FloatArray
    stay: FloatArray


class PhoneNet:
    """The net with the symbols and the prior that travel inside its file."""

    def __init__(self, session: InferenceSession | None = None) -> None:
        """The shipped net, or another one like it."""
        self._session = session or models.session("phone")
        meta = self._session.get_modelmeta().custom_metadata_map
        self._index = {symbol: k for k, symbol in enumerate(meta["symbols"].split())}
        prior = np.array(json.loads(meta["prior"]), float) + 1
        self._log_prior = np.log(prior / prior.sum())
        self._bank, self._hann = _mel_bank(), np.hanning(WINDOW + 1)[:-1].astype(np.float32)

    def onsets(self, vocal: Vocal, phrase: Phrase) -> list[float]:
        """Where each phone of the phrase begins, in seconds; nan where the net cannot say."""
        begin = max(0, round(phrase.start_s * RATE) // HOP * HOP)
        heard = self.hear(vocal.window(begin, round(phrase.end_s * RATE)))
        emit, optional = self._tokens(heard, phrase, begin / RATE)
        first = place(emit, heard.enter, heard.stay, optional)
        if first is None:
            return [math.nan] * len(phrase.onsets)
        return [begin / RATE + frame * FRAME_S for frame, silent in zip(first, optional, strict=True) if not silent]

    def _tokens(self, heard: Posteriors, phrase: Phrase, begin_s: float) -> tuple[FloatArray, NDArray[np.bool_]]:
        """float32 (T, K) scores of the phrase's phones, with silence that may be left out around its words."""
        silence = self.column(heard, SILENCE)
        columns, optional = [silence], [True]
        times = begin_s + (np.arange(len(silence)) + 0.5) * FRAME_S
        for k, onset in enumerate(phrase.onsets):
            following = phrase.onsets[k + 1].start_s if k + 1 < len(phrase.onsets) else phrase.end_s
            outside = (times < onset.start_s - ROOM_S) | (times > following + ROOM_S)
            columns.append(np.where(outside, _NEVER, self.column(heard, onset.said.symbol)))
            optional.append(False)
            if k + 1 == len(phrase.onsets) or phrase.onsets[k + 1].word != onset.word:
                columns.append(silence)
                optional.append(True)
        return np.stack(columns, axis=1).astype(np.float32), np.array(optional)

    def hear(self, samples: FloatArray) -> Posteriors:
        """samples float32 (N,), 16 kHz."""
        out = self._session.run(None, {"logmel": self._log_mel(samples)[None]})[0][0].astype(np.float64)
        count = len(self._index)
        edge = out[:, count]
        return Posteriors(
            self._scaled(np.exp(out[:, :count])),
            np.maximum(-np.logaddexp(0, -edge), BOUNDARY_FLOOR).astype(np.float32),
            np.maximum(-np.logaddexp(0, edge), BOUNDARY_FLOOR).astype(np.float32),
        )

    def column(self, heard: Posteriors, symbol: str) -> FloatArray:
        """float32 (T,), floored score of one symbol; a phone that the net never learned goes by its neighbours."""
        names = _SAME.get(symbol, (symbol,) if symbol in self._index else neighbours(symbol))
        at = [self._index[name] for name in names if name in self._index]
        if not at:
            return np.full(len(heard.scores), SCORE_FLOOR / 2, np.float32)
        return np.asarray(np.maximum(np.logaddexp.reduce(heard.scores[:, at], axis=1), SCORE_FLOOR), np.float32)

    def _scaled(self, posterior: NDArray[np.float64]) -> FloatArray:
        """Posteriors softened inside their confusion class, over the prior."""
        soft = posterior * (1 - CONFUSION)
        for names in _CLASSES:
            at = [self._index[name] for name in names.split()]
            soft[:, at] += CONFUSION * posterior[:, at].sum(axis=1, keepdims=True) / len(at)
        soft /= soft.sum(axis=1, keepdims=True)
        return np.asarray(np.log(soft + 1e-12) - PRIOR_POWER * self._log_prior, np.float32)

    def _log_mel(self, samples: FloatArray) -> FloatArray:
        """float32 (T, 64), T even; frame k is centred on sample 160 k + 80, the phrase's peak set to 0.5."""
        samples = np.pad(samples, (0, -len(samples) % (2 * HOP)))
        samples = samples * np.float32(0.5 / max(1e-4, float(np.abs(samples).max(initial=0.0))))
        frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, (WINDOW - HOP) // 2), WINDOW)[::HOP]
        power = np.abs(np.fft.rfft(frames * self._hann, FFT)) ** 2
        return np.asarray((np.log(power @ self._bank + 1e-5) + 3.0) / 3.5, np.float32)


def _mel_bank(low: float = 60.0, high: float = 7600.0) -> FloatArray:
    """float32 (257, 64) triangles of unit sum."""
    mels = np.linspace(2595 * math.log10(1 + low / 700), 2595 * math.log10(1 + high / 700), MELS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    frequency = np.arange(FFT // 2 + 1) * RATE / FFT
    bank = np.zeros((len(frequency), MELS), np.float32)
    for k in range(MELS):
        a, b, c = edges[k : k + 3]
        row = np.maximum(0, np.minimum((frequency - a) / (b - a), (c - frequency) / (c - b)))
        if row.sum() < 1e-3:  # a triangle between two bins takes the nearest bin
            row[np.argmin(np.abs(frequency - b))] = 1
        bank[:, k] = row / row.sum()
    return bank
