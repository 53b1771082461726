"""From coarse onsets to final times: refined by the local engines, closed late where it is sung, never overlapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lipwright import models
from lipwright.arrays import Progress
from lipwright.phonemes.acoustic.frontend import Listening
from lipwright.phonemes.alignment.emissions import Onset
from lipwright.phonemes.boundaries.note_ends import closed_late, sung_notes
from lipwright.phonemes.boundaries.spans import ends_of, separated
from lipwright.phonemes.boundaries.voting import ENGINES, available, refined


@dataclass(frozen=True, slots=True)
class Timed:
    """Onsets, their ends and the engines that placed them; `how` names the engines asked, `models` their weights."""

    onsets: tuple[Onset, ...]
    ends: tuple[float, ...]
    engines: tuple[str, ...]
    how: str
    models: dict[str, str]


def timed(onsets: Sequence[Onset], listening: Listening, on_progress: Progress | None = None) -> Timed:
    """The onsets at their final times."""
    names = [name for name in ENGINES if available(name)]
    onsets, ends = _ended(onsets, [onset.start_s for onset in onsets], listening)
    fine = refined(listening.vocal, onsets, ends, names, on_progress)
    onsets, ends = _ended(onsets, [one.onset.start_s for one in fine], listening)
    onsets, ends = _ended(onsets, closed_late(onsets, ends), listening)
    return Timed(
        tuple(onsets),
        tuple(ends),
        tuple(one.engine for one in fine),
        "+".join(names) or "none",
        {"phone": models.models()["phone"].sha256} if "net" in names else {},
    )


def _ended(onsets: Sequence[Onset], starts: Sequence[float], listening: Listening) -> tuple[list[Onset], list[float]]:
    moved = [replace(onset, start_s=start_s) for onset, start_s in zip(onsets, starts, strict=True)]
    apart = separated(moved, listening.duration_s)
    moved = [replace(onset, start_s=start_s) for onset, start_s in zip(moved, apart, strict=True)]
    return moved, ends_of(moved, listening.activity, listening.duration_s, sung_notes(moved))
