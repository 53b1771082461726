"""Whole songs with exact times: isolation, words with and without line times, missing and wrong lines, mouth, cost.

`python -m tests.bench songs` makes the songs once in build/songs (a minute) and needs what core/training needs, plus
festival with the voice cmu_us_slt_arctic_hts, flite and espeak-ng. The separator must be installed for full mixes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import random
import resource
import sys
import time
import wave
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "core"))

from tests.bench.singing.compose import Song, songs  # noqa: E402

from lipwright import isolate, models, performance, vocal  # noqa: E402 - the training's folder comes first
from lipwright.lyrics import prepare  # noqa: E402
from lipwright.phonemes import align  # noqa: E402
from lipwright.types import Alignment, Direction, Lyrics  # noqa: E402

FOLDER = ROOT / "build" / "songs"
SKIPPED_S = 9.0  # what a word counts that the aligner left out
OPEN = 0.1  # jaw above which a viewer sees an open mouth
JITTER_S = 0.3  # of line times, as in files that people make
AUDIBLE_DB = 25.0  # below the loud part of what is sung
NEAR_S = 0.15  # sung time is widened by this when asking whether the mouth moves while nobody sings


@dataclasses.dataclass(frozen=True, slots=True)
class Errors:
    """Absolute errors in seconds of words, and of phones."""

    words: np.ndarray
    phones: np.ndarray

    def __str__(self) -> str:
        w, p = self.words, self.phones
        within = " ".join(f"{100 * np.mean(w <= limit):5.1f}" for limit in (0.1, 0.3, 1.0))
        phones = f"{100 * np.mean(p <= 0.05):5.1f} {1000 * np.mean(p):5.0f}" if len(p) else "    -     -"
        return f"{np.mean(w):6.3f} {1000 * np.median(w):5.0f} {within} | {phones}"


HEAD = "mean s   ms  <=.1  <=.3    <=1 | ph<=50 mean ms"


def lyrics_of(song: Song, lines: Sequence[int] | None = None, anchors: Collection[int] = ()) -> Lyrics:
    """The song's sheet, or some of its lines; `anchors` are lines with a time, as an LRC file would give it."""
    chosen = range(len(song.lines)) if lines is None else lines
    prepared = prepare("\n".join(song.lines[k] for k in chosen), language=song.language)
    rng = random.Random(7)
    starts = {line: start for start, _, _, line in reversed(song.words)}
    timed = [
        dataclasses.replace(line, start_s=max(0.0, starts[k] + rng.uniform(-JITTER_S, JITTER_S)))
        if k in anchors
        else line
        for k, line in zip(chosen, prepared.lines, strict=True)
    ]
    return dataclasses.replace(prepared, lines=tuple(timed))


def errors_of(song: Song, found: Alignment, lines: Sequence[int] | None = None) -> Errors:
    """Starts of the words of `lines` against the truth; phones inside words whose phones are the same in number."""
    chosen = range(len(song.lines)) if lines is None else lines
    truth = [(k, word) for k, word in enumerate(song.words) if word[3] in set(chosen)]
    numbers = {unsung.index for unsung in found.unsung}
    heard = iter(enumerate(found.words))
    words, phones = [], []
    for number, (k, (start, _, _, _)) in enumerate(truth):
        if number in numbers:
            words.append(SKIPPED_S)
            continue
        place, word = next(heard)
        words.append(abs(word.start_s - start))
        own = [p.start_s for p in found.phonemes if p.word == place]
        real = [a for a, _, _, w in song.phones if w == k]
        if len(own) == len(real):
            phones += [abs(a - b) for a, b in zip(own, real, strict=True)]
    return Errors(np.array(words), np.array(phones))


def mouth_of(song: Song, found: Alignment, heard: Any) -> tuple[float, float]:
    """(% of the unsung time in which the mouth is open, % of the time of audible vowels in which it is)."""
    features = vocal.measure(heard)
    _, mouth = performance.articulate(found.phonemes, found.words, found.sounds, features, Direction(singing=1.0))
    jaw = next(track for track in mouth if track.name == "jaw")
    times = np.arange(0, song.duration_s, 0.02)
    is_open = np.interp(times, jaw.times_s, jaw.values) > OPEN if jaw.times_s else np.zeros(len(times), bool)
    sung, near = np.zeros(len(times), bool), np.zeros(len(times), bool)
    for a, b in song.voiced:
        near |= (times >= a - NEAR_S) & (times < b + NEAR_S)
    for a, b, phone, _ in song.phones:
        sung |= (
            (times >= a)
            & (times < b)
            & (phone in ["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"])
        )
    sung &= _audible(song, len(times))
    return 100 * float(is_open[~near].mean()), 100 * float(is_open[sung].mean())


def _audible(song: Song, count: int) -> np.ndarray:
    """bool, one a 20 ms: the singers' own level; some of them fade to nothing while a note is still written."""
    dry, hop = _mono(song.dry), 44_100 // 50
    level = 10 * np.log10((dry[: len(dry) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1) + 1e-12)
    level = np.pad(level, (0, max(0, count - len(level))), constant_values=-120.0)[:count]
    return level > np.percentile(level, 95) - AUDIBLE_DB


def si_sdr(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019)."""
    reference, estimate = reference - reference.mean(), estimate - estimate.mean()
    target = (estimate @ reference) / (reference @ reference) * reference
    return float(10 * np.log10((target @ target) / ((estimate - target) @ (estimate - target))))


def isolation(song: Song) -> tuple[float, float, float]:
    """(SI-SDR of the mix, of the isolated vocal, seconds it took)."""
    output = song.folder / "vocal.wav"
    began = time.perf_counter()
    isolate.isolate_to_wav(song.mix, output)
    took = time.perf_counter() - began
    dry, mix, made = (_mono(path) for path in (song.dry, song.mix, output))
    count = min(map(len, (dry, mix, made)))
    return si_sdr(dry[:count], mix[:count]), si_sdr(dry[:count], made[:count]), took


def _mono(path: Path) -> np.ndarray:
    with wave.open(str(path)) as stream:
        raw = np.frombuffer(stream.readframes(stream.getnframes()), "<i2")
    return raw.reshape(-1, 2).mean(axis=1) / 32768


def main() -> None:
    """Print the tables."""
    made = songs(FOLDER)
    if not models.installed("vocals"):
        print("the separator is not installed (lipwright models install vocals): dry vocals only")
    else:
        _isolation_table(made)
    _word_tables(made)
    _wrong_lyrics(made)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _isolation_table(made: list[Song]) -> None:
    print(f"{'isolation':10} mix dB  vocal dB  gain   took s of s   band heard")
    gains = []
    for song in made:
        before, after, took = isolation(song)
        gains.append(after - before)
        with vocal.open_vocal(song.mix) as heard:
            music = isolate.music_likelihood(heard)
        print(
            f"{song.name:10} {before:6.1f} {after:9.1f} {gains[-1]:5.1f} {took:8.1f} {song.duration_s:4.0f} {music:11.2f}"
        )
    print(f"{'mean':10} {'':16} {np.mean(gains):5.1f}")


@contextlib.contextmanager
def _heard(song: Song) -> Iterator[Any]:
    """What the models hear: the mix with its band taken away; the dry vocal where no separator is installed."""
    if not models.installed("vocals"):
        with vocal.open_vocal(song.dry) as dry:
            yield dry
        return
    with vocal.open_vocal(song.mix) as mix, isolate.isolated(song.mix, mix, mode="on") as made:
        yield made.vocal


def _word_tables(made: list[Song]) -> None:
    pooled: dict[str, list[Errors]] = {}
    sure: list[tuple[float, float]] = []
    print(f"{'words':10} {'case':9} {HEAD} | mouth open % unsung, vowels | match")
    for song in made:
        with _heard(song) as heard:
            for case, sheet, lines in _cases(song):
                began = time.perf_counter()
                found = align(heard, sheet)
                took = time.perf_counter() - began
                errors = errors_of(song, found, lines)
                pooled.setdefault(case, []).append(errors)
                mouth = "    -     -"
                if case in ("text", "lrc"):
                    mouth = "{:5.1f} {:5.1f}".format(*mouth_of(song, found, heard))
                print(f"{song.name:10} {case:9} {errors} | {mouth} | {found.match:.2f} {took:5.1f} s", flush=True)
                if case == "text":
                    weak = {line for _, _, line in found.weak_lines}
                    dated = errors_of(song, align(heard, lyrics_of(song, anchors=weak)))
                    pooled.setdefault("mended", []).append(dated)
                    print(f"{song.name:10} {'mended':9} {dated} | {len(weak)} of {len(song.lines)} lines given a time")
                    sure += _sureness(errors, found)
    for case, rows in pooled.items():
        print(
            f"{'all':10} {case:9} {Errors(*(np.concatenate([getattr(r, n) for r in rows]) for n in ('words', 'phones')))}"
        )
    sure.sort()
    lowest = sure[: len(sure) // 10]
    wrong = sum(error > 0.3 for _, error in sure)
    print(f"the least certain tenth of the words holds {sum(e > 0.3 for _, e in lowest)} of {wrong} wrong ones")


def _cases(song: Song) -> list[tuple[str, Lyrics, Sequence[int] | None]]:
    rng = random.Random(3)
    kept = sorted(rng.sample(range(len(song.lines)), len(song.lines) - 4))
    return [
        ("text", lyrics_of(song), None),
        ("lrc", lyrics_of(song, anchors=range(len(song.lines))), None),
        ("4 missing", lyrics_of(song, kept), kept),
    ]


def _sureness(errors: Errors, found: Alignment) -> list[tuple[float, float]]:
    sung = [error for error in errors.words if error != SKIPPED_S]
    return [(word.confidence, error) for word, error in zip(found.words, sung, strict=True)]


def _wrong_lyrics(made: list[Song]) -> None:
    wrong = []
    for song, other in itertools.permutations(made, 2):
        if song.language == other.language:
            with _heard(song) as heard:
                wrong.append(align(heard, lyrics_of(other)).match)
    if wrong:
        told = sum(match < 0.5 for match in wrong)
        print(f"lyrics of another song: {told} of {len(wrong)} told, matches up to {max(wrong):.2f}")
