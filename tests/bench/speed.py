"""What hearing costs: CPU seconds per second of sound, start-up, and peak memory for an hour of words.

Each row is a process of its own, one thread; the hour is the demo song over and over, its lyrics as often.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lipwright.arrays import RATE, FloatArray
from lipwright.lyrics import prepare
from lipwright.models import DATA
from lipwright.phonemes import align, recognise
from lipwright.types import Lyrics, VocalInfo
from lipwright.vocal import open_vocal

_MINUTES = (0.25, 3.0, 60.0)


@dataclass(frozen=True, eq=False)
class _Again:
    """A short vocal over and over: any length, no memory."""

    samples: FloatArray
    length: int

    @property
    def info(self) -> VocalInfo:
        return VocalInfo("again", "", self.length / RATE, RATE, 1)

    def window(self, start: int, stop: int) -> FloatArray:
        at = np.arange(start, stop)
        out = self.samples[at % len(self.samples)]
        out[(at < 0) | (at >= self.length)] = 0
        return out


def _material(minutes: float) -> tuple[_Again, Lyrics]:
    with open_vocal(DATA / "demo" / "song.ogg") as vocal:
        samples = vocal.window(0, vocal.length)
    lyrics = prepare(DATA / "demo" / "song.lrc")
    times = max(1, round(minutes * 60 * RATE / len(samples)))
    lines = tuple(replace(line, start_s=None) for line in lyrics.lines)
    return _Again(samples, times * len(samples)), replace(lyrics, lines=lines * times)


def _peak_mib() -> float:
    """Highest resident memory of this process; nan where the platform does not say."""
    try:
        import resource
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def measured(minutes: float, with_lyrics: bool) -> dict[str, float]:
    """One run in this process."""
    vocal, lyrics = _material(minutes)
    before, started, cpu = _peak_mib(), time.perf_counter(), time.process_time()
    found = align(vocal, lyrics) if with_lyrics else recognise(vocal)
    return {
        "seconds": vocal.info.duration_s,
        "words": len(lyrics.words) if with_lyrics else 0,
        "cpu": (time.process_time() - cpu) / vocal.info.duration_s,
        "wall": (time.perf_counter() - started) / vocal.info.duration_s,
        "peak": _peak_mib(),
        "before": before,
        "unsung": len(found.unsung),
    }


def _in_child(minutes: float, with_lyrics: bool) -> dict[str, float]:
    code = f"import json; from tests.bench.speed import measured; print(json.dumps(measured({minutes}, {with_lyrics})))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def ready_s() -> float:
    """From nothing to the first answer about half a second of sound: imports, weights, one run; the best of three."""
    code = (
        "import numpy as np; from lipwright.arrays import MemoryVocal; from lipwright.phonemes import recognise;"
        "recognise(MemoryVocal(np.sin(np.arange(8000) / 9).astype(np.float32)))"
    )
    took = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        took.append(time.perf_counter() - started)
    return min(took)


def main() -> None:
    """Print the table."""
    print(f"ready after {ready_s():.2f} s (a new process that has heard half a second)")
    print(f"{'':12s}{'sound':>10s}{'words':>8s}{'CPU s/s':>10s}{'wall s/s':>10s}{'peak MiB':>10s}{'unsung':>8s}")
    for with_lyrics in (True, False):
        for minutes in _MINUTES:
            row = _in_child(minutes, with_lyrics)
            print(
                f"{'lyrics' if with_lyrics else 'no lyrics':12s}{row['seconds']:8.0f} s{row['words']:8.0f}"
                f"{row['cpu']:10.3f}{row['wall']:10.3f}{row['peak']:10.0f}{row['unsung']:8.0f}"
            )
