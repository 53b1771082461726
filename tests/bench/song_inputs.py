"""What people sing, shout, rap and whisper, and what they mix up: each made in code, performed from end to end.

`python -m tests.bench song_inputs [NAME ...]` needs what the benchmark `songs` needs; what it makes is kept in
build/song_inputs. Where words are known: how long the mouth is open while somebody sings, and while nobody does.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soxr

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "core"))

from tests.bench.singing import singers  # noqa: E402
from tests.bench.singing.band import band  # noqa: E402
from tests.bench.singing.compose import Song, _write, songs  # noqa: E402
from tests.bench.songs import FOLDER as SONGS  # noqa: E402

from lipwright import service  # noqa: E402
from lipwright.errors import LipwrightError  # noqa: E402
from lipwright.types import Performance  # noqa: E402
from training.corpus import singing  # noqa: E402

RATE = 44_100
FOLDER = ROOT / "build" / "song_inputs"
PART_S = 50.0
OPEN, NEAR_S = 0.1, 0.15
Array = Any


@dataclasses.dataclass(frozen=True, slots=True)
class Input:
    """A sound to perform: stereo float (2, n) at 44.1 kHz, its lyrics if any, and when somebody sings (None: unknown)."""

    sound: Array
    lyrics: str | None
    sung: list[tuple[float, float]] | None


def _part(path: Path, seconds: float = PART_S) -> Array:
    import wave

    with wave.open(str(path)) as stream:
        raw = np.frombuffer(stream.readframes(int(seconds * RATE)), "<i2")
    return raw.reshape(-1, 2).T.astype(np.float32) / 32768


def _lines(song: Song, seconds: float = PART_S) -> list[str]:
    ends: dict[int, float] = {}
    for _, end, _, line in song.words:
        ends[line] = max(ends.get(line, 0.0), end)
    return [text for k, text in enumerate(song.lines) if ends[k] < seconds]


def _sung(song: Song, seconds: float = PART_S) -> list[tuple[float, float]]:
    return [(a, min(b, seconds)) for a, b in song.voiced if a < seconds]


def _plain(song: Song) -> Input:
    return Input(_part(song.dry), "\n".join(_lines(song)), _sung(song))


def _world(song: Song, change: Callable[[Array], Array], noise: float | None = None) -> Input:
    """The dry voice through WORLD with its pitch changed; `noise` replaces its share of breath."""
    plain = _plain(song)
    mono = soxr.resample(plain.sound.mean(axis=0), RATE, 16_000).astype(np.float32)
    f0, shape, breath = singing.analyse(mono)
    if noise is not None:
        breath = np.full_like(breath, noise)
    made = soxr.resample(singing.pulses(change(f0), shape, breath), 16_000, RATE)
    return dataclasses.replace(plain, sound=np.stack([made, made]).astype(np.float32))


def _tuned(f0: Array) -> Array:
    return np.where(f0 > 0, 440 * 2 ** (np.round(12 * np.log2(np.maximum(f0, 1) / 440)) / 12), 0.0)


def _faster(song: Song, semitones: float) -> Input:
    """Played faster: higher, and chipmunk vowels."""
    rate, plain = 2 ** (semitones / 12), _plain(song)
    sound = soxr.resample(plain.sound.T, RATE * rate, RATE).T
    return Input(sound, plain.lyrics, [(a / rate, b / rate) for a, b in plain.sung or []])


def _scream(song: Song) -> Input:
    plain = _plain(song)
    rng = np.random.default_rng(3)
    level = np.abs(plain.sound) ** 0.5
    rough = np.tanh(25 * plain.sound * (1 + 0.8 * rng.standard_normal(plain.sound.shape)) + 0.2 * level)
    return dataclasses.replace(plain, sound=0.4 * rough.astype(np.float32))


def _applause(seconds: float, rng: np.random.Generator) -> Array:
    """A crowd: thousands of claps, whistles and shouts without words."""
    out = np.zeros((2, int(seconds * RATE)), np.float32)
    clap_s = 0.03
    t = np.arange(int(clap_s * RATE)) / RATE
    for at in np.sort(rng.uniform(0, seconds - clap_s, int(140 * seconds))):
        clap = np.diff(rng.standard_normal(len(t)), prepend=0) * np.exp(-t * rng.uniform(120, 300))
        pan = rng.uniform(0, 1)
        out[:, int(at * RATE) : int(at * RATE) + len(t)] += np.outer([pan, 1 - pan], clap * rng.uniform(0.2, 1.0))
    for at in rng.uniform(0, max(0.1, seconds - 1.0), int(seconds)):
        t2 = np.arange(int(0.7 * RATE)) / RATE
        whistle = np.sin(2 * np.pi * (1800 + 500 * np.sin(2 * np.pi * 1.2 * t2)) * t2) * np.hanning(len(t2))
        cut = out[:, int(at * RATE) : int(at * RATE) + len(t2)]
        cut += 0.25 * whistle[: cut.shape[1]]
    shape = 0.3 + np.minimum(1, np.arange(out.shape[1]) / RATE) * np.minimum(1, np.arange(out.shape[1])[::-1] / RATE)
    return (out * shape / np.abs(out).max() * 0.5).astype(np.float32)


def _live(song: Song) -> Input:
    """Ten seconds of applause, the song with its band and a crowd that goes on softly, ten seconds of applause."""
    rng, plain = np.random.default_rng(9), _part(song.mix)
    before, after = _applause(10.0, rng), _applause(10.0, rng)
    crowd = 0.12 * _applause(plain.shape[1] / RATE, rng)
    sound = np.concatenate([before, plain + crowd[:, : plain.shape[1]], after], axis=1)
    return Input(sound, "\n".join(_lines(song)), [(a + 10, b + 10) for a, b in _sung(song)])


def _speech(text: list[str], voice: str, gap_s: float, change: Callable[[Array], Array]) -> tuple[Array, Any]:
    parts, sung, at = [], [], 0.0
    for line in text:
        spoken, phones, _ = singers._spoken(voice, line)
        spoken = soxr.resample(change(spoken), 16_000, RATE)
        sung.append((at + phones[0][0], at + min(phones[-1][1], len(spoken) / RATE)))
        parts += [spoken, np.zeros(int(gap_s * RATE), np.float32)]
        at += len(spoken) / RATE + gap_s
    sound = np.concatenate(parts)
    return np.stack([sound, sound]) * (0.4 / np.abs(sound).max()), sung


def _whisper(song: Song) -> Input:
    """Spoken lines with every pulse of the voice replaced by noise."""

    def breathy(samples: Array) -> Array:
        f0, shape, breath = singing.analyse(samples)
        return singing.pulses(np.zeros_like(f0), shape, np.ones_like(breath))

    text = _lines(song)
    sound, sung = _speech(text, "rms", 0.6, breathy)
    return Input(sound, "\n".join(text), sung)


def _fast_rap(song: Song) -> Input:
    """Spoken at 260 words a minute over drums and bass."""
    text = song.lines[:12]
    quick = [singers._spoken("slt", line) for line in text]
    parts, sung, at = [np.zeros(2 * RATE, np.float32)], [], 2.0
    for spoken, phones, _ in quick:
        f0, shape, breath = singing.analyse(spoken)
        made = soxr.resample(singing.pulses(f0[::2].repeat(1), shape[::2], breath[::2])[:], 16_000, RATE)
        sung.append((at + phones[0][0] / 2, at + min(phones[-1][1] / 2, len(made) / RATE)))
        parts.append(made)
        at += len(made) / RATE
    voice = np.concatenate([*parts, np.zeros(4 * RATE, np.float32)])
    voice *= 0.25 / np.sqrt((voice[np.abs(voice) > 0.01] ** 2).mean())
    beat = band("rock", len(voice) / RATE, 96, [(0.0, 2.0)], 5)[:, : len(voice)]
    beat = np.pad(beat, ((0, 0), (0, len(voice) - beat.shape[1])))
    return Input((voice + beat) * 0.7, "\n".join(text), sung)


def _two(song: Song, other: Song) -> Input:
    """Two people sing different words at once, as loud as each other."""
    a, b = _part(song.dry), _part(other.dry)
    loud = np.sqrt((a**2).mean()) / np.sqrt((b**2).mean())
    plain = _plain(song)
    return Input(0.6 * (a + loud * b), plain.lyrics, sorted([*(plain.sung or []), *_sung(other)]))


def _harmony(song: Song) -> Input:
    third = _world(song, lambda f0: f0 * 2 ** (4 / 12))
    plain = _plain(song)
    count = min(plain.sound.shape[1], third.sound.shape[1])
    return dataclasses.replace(plain, sound=0.6 * (plain.sound[:, :count] + third.sound[:, :count]))


def _medley(made: list[Song]) -> Input:
    sounds, lines, sung, at = [], [], [], 0.0
    for song in [*made, *made]:
        if at > 20 * 60:
            break
        whole = _part(song.mix, 1e4)
        sounds.append(whole)
        lines += song.lines
        sung += [(a + at, b + at) for a, b in song.voiced]
        at += whole.shape[1] / RATE
    return Input(np.concatenate(sounds, axis=1), "\n".join(lines), sung)


def _inputs(made: list[Song]) -> dict[str, Callable[[], Input]]:
    by = {song.name: song for song in made}
    one, other = by["harbour"], by["kitchen"]

    def instrumental(lyrics: str | None) -> Input:
        return Input(band("rock", PART_S, 110, [(0.0, PART_S)], 77), lyrics, [])

    def turned() -> Input:
        return dataclasses.replace(_plain(one), lyrics="\n".join(_lines(one)[::-1]))

    return {
        "instrumental": lambda: instrumental(None),
        "instr_lyrics": lambda: instrumental("\n".join(one.lines)),
        "a_cappella": lambda: _plain(one),
        "no_lyrics": lambda: dataclasses.replace(_plain(one), lyrics=None),
        "fast_rap": lambda: _fast_rap(by["rap"]),
        "whisper": lambda: _whisper(one),
        "scream": lambda: _scream(one),
        "autotune": lambda: _world(one, _tuned),
        "up5": lambda: _faster(one, 5),
        "up12": lambda: _faster(one, 12),
        "harmony": lambda: _harmony(one),
        "two_at_once": lambda: _two(one, other),
        "other_lyrics": lambda: dataclasses.replace(_plain(one), lyrics="\n".join(other.lines)),
        "wrong_order": turned,
        "live": lambda: _live(one),
        "applause": lambda: Input(_applause(20.0, np.random.default_rng(2)), None, []),
        "medley": lambda: _medley(made),
    }


def open_shares(made: Performance, sung: list[tuple[float, float]]) -> tuple[float, float]:
    """(% of the time in which nobody sings, % of that in which somebody does) with an open mouth; NaN without such."""
    times = np.arange(0.0, made.vocal.duration_s, 0.02)
    jaw = made.track("jaw")
    is_open = np.interp(times, jaw.times_s, jaw.values) > OPEN if jaw.times_s else np.zeros(len(times), bool)
    on, near = np.zeros(len(times), bool), np.zeros(len(times), bool)
    for a, b in sung:
        on |= (times >= a) & (times < b)
        near |= (times >= a - NEAR_S) & (times < b + NEAR_S)
    return tuple(100 * float(is_open[part].mean()) if part.any() else float("nan") for part in (~near, on))  # type: ignore[return-value] # two parts


def main(chosen: list[str] | None = None) -> None:
    """Print a row an input."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"{'input':13} {'s':>5} {'CPU s':>6} words unsung phones | open % nobody, somebody | notes")
    for name, make in _inputs(songs(SONGS)).items():
        if chosen and name not in chosen:
            continue
        given, path = make(), FOLDER / f"{name}.wav"
        _write(path, given.sound)
        (FOLDER / f"{name}.txt").write_text(given.lyrics or "", encoding="utf-8")
        began = time.process_time()
        try:
            made = service.perform(path, given.lyrics)
        except LipwrightError as error:
            print(f"{name:13} refused: {error}")
            continue
        took = time.process_time() - began
        away, there = open_shares(made, given.sung or [])
        print(
            f"{name:13} {made.vocal.duration_s:5.0f} {took:6.1f} {len(made.words):5} {len(made.unsung):6} "
            f"{len(made.phonemes):6} | {away:10.1f} {there:10.1f} | {'; '.join(n[:110] for n in made.notes)}",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
