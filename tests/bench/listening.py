"""Opening and measuring vocals: CPU seconds a second, pitch against librosa's pYIN, speech told from song."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from tests.shared import SHARED

from lipwright.vocal import measure, open_vocal

SETS = ("hibari_sung", "hibari_speech", "festival", "pocketsphinx_librivox", "polyglotdb", "praatio", "phonlab")


@dataclass(frozen=True)
class Row:
    """One set of clips: cost of opening and of measuring, pitch more than a semitone off, singing lowest and highest."""

    name: str
    seconds: float
    opening: float
    measuring: float
    off: float
    cents: float
    singing: tuple[float, float]


def rows() -> Iterator[Row]:
    """A row a set of the shared speech data."""
    import librosa

    for name in SETS:
        seconds = opening = measuring = 0.0
        off, sung = [], []
        for path in sorted((SHARED / "data" / "speech" / name).glob("*.wav"))[:8]:
            began = time.process_time()
            with open_vocal(path) as vocal:
                opened = time.process_time()
                features = measure(vocal)
                measured = time.process_time()
                samples = vocal.window(0, vocal.length)
            seconds, opening = seconds + vocal.info.duration_s, opening + opened - began
            measuring += measured - opened
            sung.append(features.singing)
            theirs, *_ = librosa.pyin(samples, fmin=65, fmax=1100, sr=16000, frame_length=1024, hop_length=160)
            count = min(len(theirs), len(features.f0_hz))
            ours, theirs = features.f0_hz[:count], np.nan_to_num(theirs[:count])
            both = (ours > 0) & (theirs > 0)
            off += (12 * np.log2(ours[both] / theirs[both])).tolist()
        gap = np.abs(off)
        yield Row(
            name, seconds, opening / seconds, measuring / seconds, 100 * float((gap > 1).mean()),
            100 * float(np.median(gap)), (min(sung), max(sung)),
        )  # fmt: skip


def main() -> None:
    """Print the table."""
    if not (SHARED / "data" / "speech").exists():
        print(f"  no recordings at {SHARED}; set LIPWRIGHT_SHARED")
        return
    print(f"  {'set':24}{'seconds':>8}{'open':>8}{'measure':>9}{'pitch off':>11}{'median':>10}{'singing':>14}")
    for row in rows():
        low, high = row.singing
        print(
            f"  {row.name:24}{row.seconds:8.1f}{row.opening:8.4f}{row.measuring:9.4f}{row.off:10.1f}%{row.cents:6.0f} cent"
            f"{low:8.2f}..{high:.2f}"
        )
