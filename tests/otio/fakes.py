"""A performer and a dubber that do in microseconds what the real ones do in minutes, and count what they were asked."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

from lipwright.errors import MediaError
from lipwright.types import Corrections, Direction, Performance, Provenance, Track, VocalInfo, WordSpan
from otio_lipwright.conform.conforming import Footage, NothingToDo, Probed, Report, corrections_digest

LENGTH_S = Fraction(60)


class FakePerformer:
    """Every vocal second has its own mouth, so a wrong stretch shows; a word a second."""

    def __init__(self, recipe: str = "fake", *, whole: bool = False, length_s: Fraction = LENGTH_S) -> None:
        self.recipe, self.whole, self._length_s = recipe, whole, length_s
        self.asked: list[tuple[str, float, float | None]] = []

    def length_s(self, vocal: Path) -> Fraction:
        return self._length_s

    def __call__(
        self,
        vocal: Path,
        start_s: Fraction,
        end_s: Fraction | None,
        corrections: Corrections,
        timing: Performance | None,
        report: Report,
    ) -> Performance:
        if "broken" in vocal.name:
            raise MediaError(f"{vocal.name!r} holds no sound; choose another")
        end = self._length_s if end_s is None else end_s
        self.asked.append((vocal.name, float(start_s), None if end_s is None else float(end_s)))
        low, high = float(start_s), float(end)
        times = [low] + [n / 10 for n in range(math.ceil(low * 10 + 1e-6), math.ceil(high * 10 - 1e-6))] + [high]
        acted = sum(map(ord, corrections_digest(corrections))) / 10_000
        return Performance(
            vocal=VocalInfo(vocal.name, "", high - low, 48_000, 1),
            direction=Direction(),
            provenance=Provenance("test"),
            words=tuple(
                WordSpan(n - low, n + 0.5 - low, f"w{n}") for n in range(math.ceil(low), math.floor(high - 0.5) + 1)
            ),
            visemes=(Track("aa", tuple(round(t - low, 6) for t in times), tuple(mouth_at(t) for t in times)),),
            mouth=(Track("jaw", (0.0, high - low), (acted, acted)),) if corrections != Corrections() else (),
            corrections=corrections,
        )


def mouth_at(vocal_s: float) -> float:
    """The fake's mouth at a second of the vocal; straight between tenths, rising, never 0."""
    return round(0.1 + vocal_s / 100, 6)


class FakeDubber:
    """Writes what it was told as JSON in place of a picture."""

    suffix = ".mov"

    def __init__(self, recipe: str = "fake", fps: Fraction = Fraction(24), frames: int = 10_000) -> None:
        self.recipe, self.fps, self.frames = recipe, fps, frames
        self.made: list[Footage] = []

    def probe(self, path: Path) -> Probed:
        return Probed(self.fps, self.frames, 0)

    def __call__(self, cut: Footage, performance: Performance, out: Path, report: Report) -> tuple[str, ...]:
        if "noface" in cut.path.name:
            raise NothingToDo("no frame of it could be given a mouth (no face)")
        if "torn" in cut.path.name:
            raise MediaError("it cannot be decoded; export it again")
        self.made.append(cut)
        mouths = [performance.track("aa").at(float(n / cut.fps)) for n in range(cut.end - cut.first)]
        out.write_text(json.dumps({"first": cut.first, "end": cut.end, "mouths": mouths}), encoding="utf-8")
        return ()
