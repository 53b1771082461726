"""hibari-tts with its durations and pitch under our control, so that the labels are known by construction.

The published ONNX graph turns phone ids into durations and then into spectra. Two edited copies are made in memory:
one also returns the duration tensor, the other takes it as an input; pitch is an argument of the package's vocoder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..nets.frontend import Array
from ..symbols import Span, phones_of_ipa

RATE = 24_000
UNIT_S = 0.025  # one duration unit; two pitch frames of 12.5 ms
LABEL_SHIFT_S = -0.05  # the model's durations run 50 ms behind the sound, measured against an aligner
DURATION_TENSOR = "/Cast_32_output_0"

# hibari writes some diphthongs and reduced phones as single letters.
_LETTERS = {"A": "EY", "I": "AY", "W": "AW", "O": "OW", "Y": "OY", "T": "D", "ᵊ": "AH", "ɜ": "ER", "ᵻ": "IH"}
VOWELS = frozenset("iIeɛæAɑɔOWYʊuʌəɜɪaoᵊᵻɐɒ")
MARKS = frozenset("ˈˌ ")
PUNCTUATION = frozenset('.,!?;:—…"“”()')


class Voice:
    """Synthesis with optional durations (25 ms units a symbol) and pitch (Hz a 12.5 ms frame)."""

    def __init__(self) -> None:
        import hibari
        import onnx
        import onnxruntime
        from hibari import dsp
        from onnx import TensorProto, helper

        self.dsp: Any = dsp
        self._tts = hibari.Hibari()
        path = str(Path(hibari.__file__).parent / "assets" / "hibari.onnx")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3

        def session(model: Any) -> Any:
            raw = model.SerializeToString()
            return onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])

        shown = onnx.load(path)
        if not any(DURATION_TENSOR in node.output for node in shown.graph.node):
            raise RuntimeError("duration tensor not found: hibari-tts 0.2.1 is expected")
        shown.graph.output.append(helper.make_tensor_value_info(DURATION_TENSOR, TensorProto.INT64, None))
        self._free = session(shown)
        fixed = onnx.load(path)
        for node in list(fixed.graph.node):
            if DURATION_TENSOR in node.output:
                fixed.graph.node.remove(node)
                continue
            for k, name in enumerate(node.input):
                if name == DURATION_TENSOR:
                    node.input[k] = "durations"
        fixed.graph.input.append(helper.make_tensor_value_info("durations", TensorProto.INT64, ["L"]))
        self._fixed = session(fixed)

    def symbols(self, text: str) -> list[str | None]:
        """Phone symbols of a text, one a model position; None for the two edges."""
        keep = [c for chunk in self._tts.phonemize(text) for c in chunk + " " if c in self._tts.vocab]
        while keep and keep[-1] == " ":
            keep.pop()
        return [None, *keep, None]

    def run(
        self,
        symbols: list[str | None],
        durations: Any = None,
        pitch: Any = None,
        speed: float = 1.0,
        seed: int = 0,
    ) -> tuple[Array, Any, Any]:
        """-> (samples float32 at 24 kHz, durations used, pitch used)."""
        vocab = self._tts.vocab
        feed = {
            "ids": np.array([[0 if c is None else vocab[c] for c in symbols]], np.int64),
            "speed": np.array([speed], np.float32),
        }
        if durations is None:
            *parts, used = self._free.run(None, feed)
            used = np.asarray(used).ravel()
        else:
            used = np.asarray(durations, np.int64)
            parts = self._fixed.run(None, feed | {"durations": used})
        lh, th, ln, lr, phi, f0 = (part[0] for part in parts[:6])
        if len(f0) != 2 * int(used.sum()):
            raise RuntimeError("frame count does not follow the durations: unexpected hibari-tts model")
        if pitch is not None:
            f0 = np.where(f0 > 40.0, pitch[: len(f0)], f0)  # unvoiced frames stay unvoiced
        audio = self.dsp.synth(lh, th, ln, lr, phi, f0.astype(np.float32), np.random.default_rng(seed))
        return audio, used, f0


def labels(symbols: list[str | None], durations: Any) -> tuple[list[Span], list[tuple[int, int]]]:
    """Durations -> (phones, words as ranges of phones).

    Stress marks and spaces carry time of their own; it belongs to the phone that follows.
    """
    edges = np.concatenate([[0], np.cumsum(durations)]) * UNIT_S + LABEL_SHIFT_S
    phones: list[list[Any]] = []
    starts: list[int] = []
    pending: float | None = None
    new_word = True
    for k, c in enumerate(symbols):
        a, b = float(edges[k]), float(edges[k + 1])
        if c is None or c in PUNCTUATION:
            pending, new_word = None, True
            continue
        if c in MARKS:
            pending = a if pending is None else pending
            new_word = new_word or c == " "
            continue
        if c == "ː" or (c == "ɹ" and phones and phones[-1][2] == "ER" and not new_word):
            if phones:  # a length mark and the r of an r-coloured vowel belong to the vowel
                phones[-1][1] = b
            continue
        got = [_LETTERS[c]] if c in _LETTERS else phones_of_ipa(c)
        if not got:
            continue
        if pending is not None:
            a, pending = pending, None
        if new_word:
            starts.append(len(phones))
            new_word = False
        step = (b - a) / len(got)
        phones += [[a + j * step, a + (j + 1) * step, phone] for j, phone in enumerate(got)]
    spans = [(max(0.0, a), max(0.0, b), phone) for a, b, phone in phones]
    return spans, list(zip(starts, [*starts[1:], len(phones)], strict=True))
