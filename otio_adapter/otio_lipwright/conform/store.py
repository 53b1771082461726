"""What earlier conforms made: takes, performances, and the index that says what each is good for.

One folder holds `index.json` (schema `lipwright.conform/1`), `takes/` and `performances/`. The index is written in
one step after every take, so a conform that is stopped goes on where it was.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lipwright.errors import TimelineError
from lipwright.files import read_text, write_beside

SCHEMA = "lipwright.conform/1"
MAX_BYTES = 256 * 1024 * 1024
# Whole files up to this size; of larger ones the ends and samples in between, so that camera files cost no minutes.
WHOLE_BYTES = 64 * 1024 * 1024
SAMPLES, SAMPLE_BYTES = 64, 256 * 1024
PRINT_DIGITS = 8


@dataclass(frozen=True, slots=True)
class TakeRecord:
    """A take: media frames [first, end) of the footage `source`; `prints` has PRINT_DIGITS digits a frame of what
    its mouth does; `recipe` says how it was rendered."""

    id: str
    file: str
    source: str
    source_name: str
    fps: str
    first: int
    end: int
    prints: str
    recipe: str

    def fits(self, source: str, fps: Fraction, recipe: str) -> bool:
        """Whether it is of that footage, rendered that way."""
        return (self.source, self.fps, self.recipe) == (source, str(fps), recipe)

    def shows(self, first: int, end: int, prints: str, prints_first: int) -> bool:
        """Whether frames [first, end) are in it with the mouths wanted: `prints` of frames from `prints_first` on."""
        if not (self.first <= first and end <= self.end):
            return False
        mine = self.prints[PRINT_DIGITS * (first - self.first) : PRINT_DIGITS * (end - self.first)]
        return mine == prints[PRINT_DIGITS * (first - prints_first) : PRINT_DIGITS * (end - prints_first)]


@dataclass(frozen=True, slots=True)
class PerformanceRecord:
    """A performance of vocal seconds [start_s, end_s); `acted` is the digest of the corrections its mouth follows."""

    file: str
    vocal: str
    vocal_name: str
    start_s: Fraction
    end_s: Fraction
    recipe: str
    acted: str


class Store:
    """The folder and its index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.takes: list[TakeRecord] = []
        self.performances: list[PerformanceRecord] = []
        self.clips: dict[str, Any] = {}
        self._prints: dict[str, list[Any]] = {}
        if self.index.is_file():
            self._load()

    @property
    def index(self) -> Path:
        """The index file."""
        return self.folder / "index.json"

    def path(self, file: str) -> Path:
        """Where a record's file lies."""
        return self.folder / file

    def save(self) -> None:
        """Write the index in one step."""
        body = {
            "schema": SCHEMA,
            "takes": [dataclasses.asdict(take) for take in self.takes],
            "performances": [
                {**dataclasses.asdict(record), "start_s": str(record.start_s), "end_s": str(record.end_s)}
                for record in self.performances
            ],
            "clips": self.clips,
            "files": self._prints,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        write_beside(self.index, (json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())

    def add_take(self, record: TakeRecord) -> None:
        """Remember a take in place of one of the same file."""
        self.takes = [take for take in self.takes if take.file != record.file] + [record]

    def add_performance(self, record: PerformanceRecord) -> None:
        """Remember a performance in place of one of the same file."""
        self.performances = [known for known in self.performances if known.file != record.file] + [record]

    def find_take(
        self, source: str, fps: Fraction, recipe: str, cut: tuple[int, int], prints: str, prints_first: int
    ) -> TakeRecord | None:
        """A take that still shows the right mouths on the frames of the cut, the longest first."""
        fitting = [take for take in self.takes if take.fits(source, fps, recipe) and self.path(take.file).is_file()]
        for take in sorted(fitting, key=lambda take: take.first - take.end):
            if take.shows(*cut, prints, prints_first):
                return take
        return None

    def find_performance(self, vocal: str, recipe: str, start_s: Fraction, end_s: Fraction) -> PerformanceRecord | None:
        """A performance of that vocal and recipe that covers the stretch."""
        for record in reversed(self.performances):
            same = (record.vocal, record.recipe) == (vocal, recipe)
            if same and record.start_s <= start_s and end_s <= record.end_s and self.path(record.file).is_file():
                return record
        return None

    def performances_of(self, vocal: str) -> Iterable[PerformanceRecord]:
        """Every performance of that vocal whose document is still there, the newest last."""
        return [record for record in self.performances if record.vocal == vocal and self.path(record.file).is_file()]

    def fingerprint(self, path: Path) -> str:
        """A digest of a file's content, remembered by size and time of change."""
        path = path.resolve()
        facts = path.stat()
        known = self._prints.get(str(path))
        if known and known[:2] == [facts.st_size, facts.st_mtime_ns]:
            return str(known[2])
        digest = _digest(path, facts.st_size)
        self._prints[str(path)] = [facts.st_size, facts.st_mtime_ns, digest]
        return digest

    def _load(self) -> None:
        text = read_text(self.index, limit=MAX_BYTES, error=TimelineError)
        try:
            body = json.loads(text)
            if body["schema"] != SCHEMA:
                raise ValueError(f"schema {body['schema']!r}")
            self.takes = [TakeRecord(**take) for take in body["takes"]]
            self.performances = [
                PerformanceRecord(
                    **{**record, "start_s": Fraction(record["start_s"]), "end_s": Fraction(record["end_s"])}
                )
                for record in body["performances"]
            ]
            self.clips, self._prints = dict(body["clips"]), dict(body["files"])
            for file in (*(take.file for take in self.takes), *(record.file for record in self.performances)):
                _check_inside(file)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise TimelineError(
                f"{str(self.index)!r} is damaged or from another version ({error}); move it away, and all takes are"
                " made again"
            ) from None


def _check_inside(file: str) -> None:
    if Path(file).is_absolute() or ".." in Path(file).parts or ":" in file or "\\" in file:
        raise ValueError(f"file {file[:60]!r} lies outside the folder")


def _digest(path: Path, size: int) -> str:
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as stream:
        if size <= WHOLE_BYTES:
            while block := stream.read(1 << 20):
                digest.update(block)
        else:
            for number in range(SAMPLES + 1):
                stream.seek(min(size - SAMPLE_BYTES, size * number // SAMPLES))
                digest.update(stream.read(SAMPLE_BYTES))
    return digest.hexdigest()


def safe_name(name: str) -> str:
    """A clip's name as part of a file name on any system."""
    stem = re.sub(r"\.[A-Za-z0-9]{2,4}$", "", name)
    return re.sub(r"[^\w.-]+", "_", stem).strip("._")[:48] or "clip"


def digest_of(*parts: object) -> str:
    """A short digest of values that print the same when they are the same."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()
