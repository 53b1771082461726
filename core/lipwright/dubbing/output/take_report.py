"""What a dub says about itself: a JSON beside the take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import lipwright
from lipwright.dubbing.footage.passthrough import Untouched
from lipwright.files import write_beside

SCHEMA = "lipwright.take/1"


@dataclass(frozen=True, slots=True)
class Take:
    """A rendered clip: where it is and what happened. `untouched` frames went through as they were."""

    path: Path
    report: Path
    engine: str
    frames: int
    fps: str
    untouched: tuple[Untouched, ...]
    notes: tuple[str, ...]
    seconds: float
    synthetic: bool = True
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def untouched_frames(self) -> int:
        """How many frames went through as they were."""
        return sum(u.last - u.first + 1 for u in self.untouched)


def report_path(output: Path) -> Path:
    """Where the report of a take goes: beside it."""
    return output.with_name(f"{output.stem.replace('%', '_')}.report.json")


def write_report(take: Take, facts: Mapping[str, Any], intended: Mapping[str, Any]) -> None:
    """The report: facts for people, and the curve that was intended, for measuring the take against."""
    table = {
        "schema": SCHEMA,
        "version": lipwright.__version__,
        "take": take.path.name,
        "engine": take.engine,
        "synthetic": take.synthetic,
        "frames": take.frames,
        "fps": take.fps,
        "untouched": [asdict(u) for u in take.untouched],
        "notes": list(take.notes),
        "models": dict(take.models),
        "intended": dict(intended),
        **facts,
    }
    write_beside(take.report, (json.dumps(table, sort_keys=True, indent=1) + "\n").encode())


def unique(notes: Sequence[str]) -> tuple[str, ...]:
    """The notes without repeats, in order."""
    return tuple(dict.fromkeys(notes))
