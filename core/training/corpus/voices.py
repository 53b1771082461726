"""Voices that report their own phone times: each is a callable (rng, text, sung) -> (samples 16 kHz, labels).

A voice has `loose` (labels within some 20-30 ms only: training trusts frames beside a boundary less), `sings` (it can
sing by itself as well as through WORLD) and `language` (None: English lines; else the key of words.toml it draws from).
"""

from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..nets.frontend import Array, load_wav, resample
from ..symbols import Span, folded
from .singing import contour, melody, singing_range, vowel_length, warp


class Speak(Protocol):
    """What every voice is."""

    loose: bool
    sings: bool

    def language(self, rng: random.Random) -> str | None:
        """The language of the next line, None for English."""

    def __call__(self, rng: random.Random, text: str, sung: bool = False) -> tuple[Array, list[Span]]:
        """Speak, or sing, one line."""


class English:
    """A voice for English lines with labels that are exact."""

    loose = sings = False

    def language(self, rng: random.Random) -> str | None:
        """English."""
        del rng
        return None


def _speaks_only(sung: bool) -> None:
    if sung:
        raise ValueError("this voice sings through WORLD only")


class Flite(English):
    """Debian package flite (BSD-style); voices kal16 awb rms slt. `-psdur` prints phone ends."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, rng: random.Random, text: str, sung: bool = False) -> tuple[Array, list[Span]]:
        _speaks_only(sung)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.wav"
            stretch = f"duration_stretch={rng.uniform(0.8, 1.25):.2f}"
            words = ["flite", "-voice", self._name, "--setf", stretch, "-t", text, "-o", str(path), "-psdur"]
            said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
            raw, start = [], 0.0
            for item in said.split():
                label, end = item.rsplit(":", 1)
                raw.append((start, float(end), label))
                start = float(end)
            audio = load_wav(path)
        if abs(start - len(audio) / 16000) > 0.3:
            raise ValueError("flite: labels and sound differ in length")
        return audio, folded(raw, ipa=False)


class Festival(English):
    """Debian packages festival and a voice of it, e.g. voice_cmu_us_slt_arctic_hts (BSD-style)."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, rng: random.Random, text: str, sung: bool = False) -> tuple[Array, list[Span]]:
        _speaks_only(sung)
        if '"' in text or "\\" in text:
            raise ValueError("quotes would end the Scheme string")
        with tempfile.TemporaryDirectory() as folder:
            wav, lab, script = (Path(folder) / name for name in ("a.wav", "a.lab", "a.scm"))
            script.write_text(
                f"({self._name})\n(Parameter.set 'Duration_Stretch {rng.uniform(0.85, 1.25):.2f})\n"
                f'(set! u (utt.synth (Utterance Text "{text}")))\n'
                f'(utt.save.wave u "{wav}")\n(utt.save.segs u "{lab}")\n',
                encoding="ascii",
            )
            subprocess.run(["festival", "-b", str(script)], capture_output=True, check=True, timeout=60)
            return load_wav(wav), folded(_festival_labels(lab), ipa=False)


def _festival_labels(path: Path) -> list[Span]:
    """Lines of `end colour label` after a line `#`."""
    rows = [row.split() for row in path.read_text(encoding="ascii").splitlines() if row.strip()]
    start, out = 0.0, []
    for row in rows[rows.index(["#"]) + 1 :]:
        out.append((start, float(row[0]), row[2]))
        start = float(row[0])
    return out


class EspeakVoice:
    """Debian package libespeak-ng1 (GPL-3 programme, output only); a random variant, rate and pitch a clip."""

    loose, sings = True, False
    ACCENTS = ("en-us", "en-us", "en-us", "en", "en-gb-scotland", "en-gb-x-rp", "en-us-nyc")
    VARIANTS = ("", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+m8", "+f1", "+f2", "+f3", "+f4", "+f5", "+klatt",
                "+klatt2", "+klatt3", "+klatt4", "+croak")  # fmt: skip

    def __init__(self, languages: str) -> None:
        from .espeak import Espeak

        self._engine = Espeak()
        self._languages = languages.split(",") if languages else []
        self._spoken: str | None = None

    def language(self, rng: random.Random) -> str | None:
        """One of the languages it was made with, else English."""
        self._spoken = rng.choice(self._languages) if self._languages else None
        return self._spoken

    def __call__(self, rng: random.Random, text: str, sung: bool = False) -> tuple[Array, list[Span]]:
        _speaks_only(sung)
        name = (self._spoken or rng.choice(self.ACCENTS)) + rng.choice(self.VARIANTS)
        self._engine.choose(name, rng.randint(110, 190), rng.randint(20, 90), rng.randint(10, 90))
        pcm, ipa = self._engine(text)
        audio = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        return resample(audio, self._engine.rate), folded(ipa, ipa=True)


class Hibari(English):
    """hibari-tts==0.2.1 (Apache-2.0): durations and pitch are ours, so it sings by itself. Labels on a 25 ms grid."""

    loose = sings = True

    def __init__(self) -> None:
        from .hibari import Voice

        self._voice = Voice()
        self._dsp = self._voice.dsp

    def __call__(self, rng: random.Random, text: str, sung: bool = False) -> tuple[Array, list[Span]]:
        from .hibari import RATE, labels

        factor = rng.choice([1.0, 1.0, rng.uniform(0.8, 1.18)])
        breathy = rng.uniform(-0.5, 1.0) if rng.random() < 0.5 else 0.0
        self._voice.dsp = _Formants(self._dsp, factor, breathy)
        symbols, speed, seed = self._voice.symbols(text), rng.uniform(0.75, 1.3), rng.randrange(1 << 30)
        audio, durations, f0 = self._voice.run(symbols, speed=speed, seed=seed)
        if sung:
            durations, hz = self._score(rng, symbols, durations)
            audio, durations, _ = self._voice.run(symbols, durations, hz, seed=seed)
        else:
            audio, durations, _ = self._voice.run(symbols, durations, f0 * 2 ** rng.uniform(-1.0, 0.6), seed=seed)
        spans = [span for span in labels(symbols, durations)[0] if span[1] > span[0]]
        return resample(audio.astype(np.float32), RATE), spans

    @staticmethod
    def _score(rng: random.Random, symbols: list[str | None], free: Any) -> tuple[Any, Any]:
        """Durations (25 ms units) and Hz a 12.5 ms frame of one sung line, one note a vowel."""
        from .hibari import MARKS, PUNCTUATION, VOWELS

        out, style, slow = np.array(free, np.int64), rng.randint(0, 3), rng.uniform(0.8, 1.4)
        for k, c in enumerate(symbols):
            if c is None:
                out[k] = min(max(4, free[k]), 16)
            elif c in PUNCTUATION:
                out[k] = rng.randint(2, 16)
            elif c in VOWELS:
                reduced = c in "əᵊᵻ" and rng.random() < 0.4
                out[k] = max(2, free[k]) if reduced else max(3, round(vowel_length(rng, style) / 0.025))
            elif c not in MARKS and c != "ː":
                held = rng.uniform(2, 6) if c in "mnŋlɹwjvzð" and rng.random() < 0.08 else 1
                out[k] = max(2 if rng.random() < 0.8 else 1, round(free[k] * slow * held))
        if out.sum() > 900:
            raise ValueError("line too long")
        vowels = [c is not None and c in VOWELS for c in symbols]
        notes = melody(rng, max(1, sum(vowels)), *singing_range(rng))
        which = np.maximum(np.cumsum(vowels) - 1, 0)
        return out, contour(rng, np.repeat(np.array(notes)[which], out * 2), 0.0125)


class _Formants:
    """Stands in for hibari.dsp: warps the network's log spectra and adds breath before synthesis."""

    def __init__(self, dsp: Any, factor: float, breathy: float) -> None:
        self._dsp, self._factor, self._breathy = dsp, factor, breathy

    def synth(self, lh: Any, th: Any, ln: Any, lr: Any, phi: Any, f0: Any, rng: Any) -> Any:
        """The package's synth on changed spectra."""
        if self._factor != 1.0:
            lh, th, ln, lr = (np.ascontiguousarray(warp(x.T, self._factor).T, np.float32) for x in (lh, th, ln, lr))
        return self._dsp.synth(lh, th, ln + np.float32(self._breathy), lr, phi, f0, rng)


def voice(name: str) -> Speak:
    """`flite:slt`, `festival:voice_kal_diphone`, `espeak:` or `espeak:es,fr`, `hibari:` -> a voice."""
    kind, _, rest = name.partition(":")
    if kind == "flite":
        return Flite(rest)
    if kind == "festival":
        return Festival(rest)
    if kind == "espeak":
        return EspeakVoice(rest)
    if kind == "hibari":
        return Hibari()
    raise ValueError(f"no voice {name!r}; kinds: flite, festival, espeak, hibari")
