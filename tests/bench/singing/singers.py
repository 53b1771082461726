"""Singers with exact phone and word times: a line of words and a bar of beats in, 44.1 kHz mono and labels out."""

from __future__ import annotations

import random
import re
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from training.corpus import singing
from training.corpus.espeak import Espeak
from training.corpus.hibari import MARKS, PUNCTUATION, UNIT_S, Voice
from training.corpus.hibari import RATE as HIBARI_RATE
from training.corpus.hibari import VOWELS as HIBARI_VOWELS
from training.corpus.hibari import labels as hibari_labels
from training.nets import frontend
from training.symbols import VOWELS, Span, folded

RATE = 44_100
STEP_S = singing.STEP_S
SCALE = (0, 2, 4, 5, 7, 9, 11)


@dataclass(frozen=True, slots=True)
class Score:
    """How a line is sung: seconds a beat, the lowest note, semitones above it for backing, seed, the last note's beats."""

    beat_s: float
    low: int
    up: int = 0
    seed: int = 0
    hold: float = 2.0
    rap: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """sound float32 (n,) 44.1 kHz, -1..1 · phones and words (start_s, end_s, label) from the line's start."""

    sound: Any
    phones: list[Span]
    words: list[Span]


def sing(singer: str, text: str, score: Score) -> Line:
    """`hibari`, `rms` (flite), `slt`, `kal`, `ked` (festival), or an espeak-ng voice such as `es+f2`."""
    line = _hibari(text, score) if singer == "hibari" else _through_world(singer, text, score)
    peak = max(1e-3, float(np.percentile(np.abs(line.sound), 99.5)))
    return replace(line, sound=np.clip(line.sound / peak * 0.5, -1, 1).astype(np.float32))


def plain_words(text: str) -> list[str]:
    """The words of a line, lower case, without punctuation."""
    return [w for w in (re.sub(r"[^\w']", "", t.lower()) for t in text.split()) if w]


def _beats(rng: random.Random, count: int, score: Score) -> list[float]:
    """Beats of each vowel's note; the last is held."""
    pool = (0.25, 0.5, 0.25) if score.rap else (0.5, 0.5, 0.5, 1.0, 1.0, 1.5)
    beats = [rng.choice(pool) for _ in range(count)]
    if beats and not score.rap:
        beats[-1] = score.hold
    return beats


def _notes(rng: random.Random, count: int, score: Score) -> list[int]:
    at, out = rng.randrange(4), []
    for _ in range(count):
        out.append(score.low + SCALE[at % 7] + 12 * (at // 7) + score.up)
        at = max(0, min(9, at + rng.choice((0, 0, 1) if score.rap else (0, 1, -1, 2, -2, 3, -3))))
    return out


_voice: list[Voice] = []


def _hibari(text: str, score: Score) -> Line:
    voice = _voice[0] if _voice else Voice()
    _voice[:] = [voice]
    rng, symbols = random.Random(score.seed), voice.symbols(text)
    _, free, _ = voice.run(symbols, seed=score.seed)
    vowels = [c is not None and c in HIBARI_VOWELS for c in symbols]
    beats, notes = _beats(rng, sum(vowels), score), _notes(rng, sum(vowels), score)
    durations, k = np.array(free, np.int64), 0
    for i, c in enumerate(symbols):
        if c is None:
            durations[i] = 6
        elif c in MARKS:
            durations[i] = 1
        elif c in PUNCTUATION:
            durations[i] = 4
        elif c in HIBARI_VOWELS:
            durations[i] = max(3, round(beats[k] * score.beat_s / UNIT_S) - 3)
            k += 1
        else:
            durations[i] = max(2, free[i])
    which = np.maximum(np.cumsum(vowels) - 1, 0)
    hz = singing.contour(rng, np.repeat(np.array(notes)[which], durations * 2), UNIT_S / 2)
    sound, durations, _ = voice.run(symbols, durations, hz, seed=score.seed)
    phones, ranges = hibari_labels(symbols, durations)
    phones = [p for p in phones if p[1] > p[0]]
    names = plain_words(text)
    if len(ranges) != len(names):
        raise ValueError(f"{text!r}: hibari speaks {len(ranges)} words, not {len(names)}")
    words = [(phones[a][0], phones[b - 1][1], name) for (a, b), name in zip(ranges, names, strict=True)]
    return Line(soxr.resample(sound.astype(np.float32), HIBARI_RATE, RATE), phones, words)


def _through_world(singer: str, text: str, score: Score) -> Line:
    rng = random.Random(score.seed)
    spoken, labels, starts = _spoken(singer, text)
    names = plain_words(text)
    if len(starts) != len(names):
        raise ValueError(f"{text!r}: {singer} speaks {len(starts)} words, not {len(names)}")
    first = [max(0, int(np.searchsorted([p[0] for p in labels], s - 0.005))) for s in starts]
    parts = singing.analyse(spoken)
    spans = singing.with_silence(labels, (len(parts[0]) - 1) * STEP_S)
    vowels = sum(p in VOWELS for _, _, p in spans)
    beats, notes = _beats(rng, vowels, score), _notes(rng, vowels, score)
    sound, phones = _sung(rng, parts, spans, beats, notes, score)
    ends = [*first[1:], len(phones)]
    words = [(phones[a][0], phones[b - 1][1], name) for a, b, name in zip(first, ends, names, strict=True)]
    return Line(soxr.resample(sound, frontend.RATE, RATE), phones, words)


def _sung(rng: random.Random, parts: Any, spans: list[Span], beats: Any, notes: Any, score: Score) -> tuple[Any, Any]:
    """Vowels fill their notes less the consonants; pauses inside a line are short; consonants keep their length."""
    source: list[float] = []
    target: list[float] = []
    out: list[Span] = []
    at, k, lead, midi = 0.0, -1, 0.0, []
    for n, (a, b, phone) in enumerate(spans):
        length = b - a
        if phone == "SIL":
            length, lead = min(length, 0.15), 0.0
        elif phone in VOWELS:
            k += 1
            length, lead = max(0.09, beats[k] * score.beat_s - lead), 0.0
        else:
            after_vowel = n > 0 and spans[n - 1][2] in VOWELS
            length = min(length, rng.uniform(0.05, 0.12)) if after_vowel else length
            lead += length
        edge = min(singing.EDGE_S, 0.35 * (b - a)) if length > b - a else 0.0
        source += [a, a + edge, b - edge]
        target += [at, at + edge, at + length - edge]
        out.append((at, at + length, phone))
        midi.append(notes[max(k, 0)])
        at += length
    f0, spectrum, noise = parts
    times = np.arange(int(at / STEP_S)) * STEP_S
    where = np.clip(np.interp(times, [*target, at], [*source, spans[-1][1]]) / STEP_S, 0, len(f0) - 1.001)
    low, share = where.astype(int), (where - where.astype(int))[:, None]
    shape = np.exp(np.log(spectrum + 1e-16)[low] * (1 - share) + np.log(spectrum + 1e-16)[low + 1] * share)
    breath = noise[low] * (1 - share) + noise[low + 1] * share
    voiced = f0[np.round(where).astype(int)] > 0
    pitch = np.zeros(len(times))
    for (a, b, phone), note in zip(out, midi, strict=True):
        i, j = round(a / STEP_S), round(b / STEP_S)
        pitch[i:j] = note
        if phone in VOWELS and b - a > 0.12 and voiced[i + 6 : j - 6].mean() > 0.4:
            voiced[i + 6 : j - 6] = True
    hz = singing.contour(rng, np.where(pitch > 0, pitch, notes[0] if notes else 60), STEP_S)
    sound = singing.pulses(np.where(voiced, hz, 0.0), shape, breath)
    return sound, [span for span in out if span[2] != "SIL"]


_espeak: list[Espeak] = []


def _spoken(singer: str, text: str) -> tuple[Any, list[Span], list[float]]:
    """-> (float32 16 kHz, phones, word starts)."""
    if singer in ("slt", "kal", "ked"):
        return _festival({"slt": "voice_cmu_us_slt_arctic_hts"}.get(singer, f"voice_{singer}_diphone"), text)
    if singer == "rms":
        return _flite(singer, text)
    engine = _espeak[0] if _espeak else Espeak()
    _espeak[:] = [engine]
    engine.choose(singer, 140, 50, 40)
    pcm, ipa = engine(text)
    audio = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
    phones = folded(ipa, ipa=True)
    starts = [s for s in engine.word_starts if s < phones[-1][1]]  # the engine may tell of a word after the last
    return frontend.resample(audio, engine.rate), phones, starts


def _festival(voice: str, text: str) -> tuple[Any, list[Span], list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        wav, lab, script = (Path(folder) / name for name in ("a.wav", "a.lab", "a.scm"))
        script.write_text(
            f'({voice})\n(set! u (utt.synth (Utterance Text "{text}")))\n(utt.save.wave u "{wav}")\n'
            f'(utt.save.segs u "{lab}")\n(mapcar (lambda (w) (format t "%f\\n" (item.feat w \'word_start)))'
            " (utt.relation.items u 'Word))\n",
            encoding="ascii",
        )
        said = subprocess.run(["festival", "-b", str(script)], capture_output=True, text=True, check=True).stdout
        from training.corpus.voices import _festival_labels

        return frontend.load_wav(wav), folded(_festival_labels(lab), ipa=False), [float(x) for x in said.split()]


def _flite(voice: str, text: str) -> tuple[Any, list[Span], list[float]]:
    """flite tells no words: each is spoken alone once to count its phones, checked against the line's total."""
    from training.corpus.voices import Flite

    speak = Flite(voice)
    audio, phones = speak(random.Random(1), text)
    counts = [len(speak(random.Random(1), word)[1]) for word in plain_words(text)]
    starts = np.cumsum([0, *counts])
    if starts[-1] != len(phones):
        raise ValueError(f"{text!r}: {len(phones)} phones, {starts[-1]} word by word")
    return audio, phones, [phones[k][0] for k in starts[:-1]]
