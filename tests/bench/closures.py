"""Do the lips close when they must, and only then: our curves from true phone times, by kind of label.

A reference closure is a run of P, B, M. Ours is a run of time in which PP >= 0.9 and the jaw is shut. One pairs with
one; a hit overlaps the reference widened by 40 ms. `frames` is the share of closures seen in whole frames, the worst of
24, 25 and 30 fps at any of eight phases. `shut` is the share of vowel time with the lips more than 30 % closed, `open`
the share of time outside all phones, 0.25 s clear of them, with the jaw over 0.1; `voiced` the share of phone time, closures left out, with the jaw over 0.1.
"""

import json
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tests.shared import SHARED

from lipwright.performance import articulate, direct
from lipwright.performance.mouth.tables import rows_for
from lipwright.types import PhonemeSpan, Track
from lipwright.vocal import measure, open_vocal

TOLERANCE_S = 0.040
STEP_S = 0.002
FULL, SHUT_JAW = 0.9, 0.03
BILABIAL = frozenset("PBM")


@dataclass
class Count:
    """Sums over the files of one kind."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    wanted: int = 0
    made: int = 0
    hits: int = 0
    seen: int = 0
    bites: int = 0
    bitten: int = 0
    vowel: int = 0
    shut: int = 0
    rest: int = 0
    gaping: int = 0
    said: int = 0
    opened: int = 0
    keys: int = 0


def rows(folder: Path) -> dict[str, Count]:
    """One row a set and kind of label."""
    out: dict[str, Count] = defaultdict(Count)
    for path in sorted(folder.glob("*/*.json")):
        labels = json.loads(path.read_text(encoding="utf-8"))
        if labels["phones"]:
            _count(out[f"{path.parent.name} ({labels['label_source']})"], path, labels)
    return dict(out)


def _count(count: Count, path: Path, labels: dict) -> None:
    phones = tuple(PhonemeSpan(a, b, symbol) for a, b, symbol in labels["phones"] if b > a)
    with open_vocal(path.with_suffix(".wav")) as vocal:
        features = measure(vocal)
        duration = vocal.info.duration_s
    direction = direct("natural", singing=1.0 if "sung" in path.parent.name else 0.0)
    started = time.process_time()
    visemes, mouth = articulate(phones, (), (), features, direction)
    count.cpu_s += time.process_time() - started
    count.seconds += duration
    tracks = {track.name: track for track in visemes + mouth}
    count.keys += sum(len(track.times_s) for track in visemes)
    wanted = runs_of(phones)
    made = closures_in(tracks["PP"], tracks["jaw"], duration)
    count.wanted += len(wanted)
    count.made += len(made)
    count.hits += paired(wanted, made)
    count.seen += min(
        seen_at(wanted, tracks, fps, phase / 8, duration) for fps in (24.0, 25.0, 30.0) for phase in range(8)
    )
    times = np.arange(0.0, duration, 0.01)
    _count_frames(count, phones, tracks, times)


def _count_frames(count: Count, phones: tuple[PhonemeSpan, ...], tracks: dict[str, Track], times: np.ndarray) -> None:
    pp, ff, jaw = (at(tracks[name], times) for name in ("PP", "FF", "jaw"))
    rest = np.ones(len(times), bool)
    for phone in phones:
        inside = (times >= phone.start_s) & (times < phone.end_s)
        rest &= (times < phone.start_s - 0.25) | (times > phone.end_s + 0.25)
        if phone.symbol not in BILABIAL:
            count.said += int(inside.sum())
            count.opened += int((inside & (jaw > 0.1)).sum())
        if rows_for(phone.symbol)[0].vowel:
            count.vowel += int(inside.sum())
            count.shut += int((inside & (pp > 0.3)).sum())
        if phone.symbol in ("F", "V"):
            count.bites += 1
            count.bitten += bool((inside & (ff >= 0.8)).any())
    count.rest += int(rest.sum())
    count.gaping += int((rest & (jaw > 0.1)).sum())


def runs_of(phones: tuple[PhonemeSpan, ...]) -> list[tuple[float, float]]:
    """Times of closures: P, B, M that follow each other are one."""
    runs: list[tuple[float, float]] = []
    previous = None
    for phone in phones:
        if phone.symbol in BILABIAL:
            joins = previous is not None and previous.symbol in BILABIAL and phone.start_s - previous.end_s < 0.02
            runs[-1:] = [(runs[-1][0], phone.end_s)] if joins else [*runs[-1:], (phone.start_s, phone.end_s)]
        previous = phone
    return runs


def closures_in(pp: Track, jaw: Track, duration_s: float) -> list[tuple[float, float]]:
    """Runs of time in which the curves have the lips shut."""
    times = np.arange(0.0, duration_s, STEP_S)
    shut = np.concatenate([[False], (at(pp, times) >= FULL) & (at(jaw, times) <= SHUT_JAW), [False]])
    edges = np.flatnonzero(np.diff(shut.astype(int)))
    return [(times[a], times[b - 1] + STEP_S) for a, b in edges.reshape(-1, 2)]


def paired(wanted: list[tuple[float, float]], made: list[tuple[float, float]]) -> int:
    """How many pair up one to one, in order."""
    hits, free = 0, list(made)
    for start, end in wanted:
        for index, (low, high) in enumerate(free):
            if low < end + TOLERANCE_S and high > start - TOLERANCE_S:
                hits += 1
                del free[: index + 1]
                break
    return hits


def seen_at(
    wanted: list[tuple[float, float]], tracks: dict[str, Track], fps: float, phase: float, duration_s: float
) -> int:
    """How many closures have a frame in which the lips are shut."""
    times = np.arange(phase / fps, duration_s, 1.0 / fps)
    shut = (at(tracks["PP"], times) >= FULL) & (at(tracks["jaw"], times) <= SHUT_JAW)
    near = [(times >= start - TOLERANCE_S) & (times < end + TOLERANCE_S) for start, end in wanted]
    return sum(bool((shut & inside).any()) for inside in near)


def at(track: Track, times: np.ndarray) -> np.ndarray:
    """A track at times."""
    return np.interp(times, track.times_s, track.values) if track.times_s else np.zeros(len(times))


def main() -> None:
    """Print the table."""
    folder = SHARED / "data" / "speech"
    if not folder.is_dir():
        print(f"needs {folder}; set LIPWRIGHT_SHARED")
        return
    print(f"{'set':34}{'n':>4}{'recall':>8}{'prec':>7}{'F1':>7}{'frames':>8}{'F V':>7}{'shut':>7}{'open':>7}{'voiced':>8}"
          f"{'keys/s':>8}{'CPU s/s':>9}")  # fmt: skip
    for name, c in rows(folder).items():
        recall, precision = c.hits / max(1, c.wanted), c.hits / max(1, c.made)
        f1 = 2 * c.hits / max(1, c.wanted + c.made)
        print(f"{name:34}{c.wanted:4}{recall:8.3f}{precision:7.3f}{f1:7.3f}{c.seen / max(1, c.wanted):8.3f}"
              f"{c.bitten:4}/{c.bites:<2}{100 * c.shut / max(1, c.vowel):6.1f}%{100 * c.gaping / max(1, c.rest):6.1f}%"
              f"{100 * c.opened / max(1, c.said):7.1f}%"
              f"{c.keys / c.seconds:8.0f}{c.cpu_s / c.seconds:9.4f}")  # fmt: skip


if __name__ == "__main__":
    main()
