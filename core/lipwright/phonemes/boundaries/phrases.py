"""Stretches of a vocal between pauses: what the local engines are asked about, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lipwright.phonemes.alignment.emissions import Onset

PAUSE_S = 0.25
MARGIN_S = 0.25
LONGEST_S = 12.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """[start_s, end_s) with the onsets in it; `first` is the place of the first of them among all."""

    start_s: float
    end_s: float
    onsets: tuple[Onset, ...]
    first: int


def phrases_of(onsets: Sequence[Onset], ends: Sequence[float], duration_s: float) -> list[Phrase]:
    """Cut where nobody speaks for a while; a long stretch without a pause is cut between two words."""
    out: list[Phrase] = []
    first = 0
    for k in range(1, len(onsets) + 1):
        if k < len(onsets) and not _cut(onsets, ends, first, k):
            continue
        before = ends[first - 1] if first else 0.0
        after = onsets[k].start_s if k < len(onsets) else duration_s
        start_s = max(onsets[first].start_s - MARGIN_S, (before + onsets[first].start_s) / 2, 0.0)
        end_s = min(ends[k - 1] + MARGIN_S, max(ends[k - 1], (ends[k - 1] + after) / 2), duration_s)
        out.append(Phrase(start_s, end_s, tuple(onsets[first:k]), first))
        first = k
    return out


def _cut(onsets: Sequence[Onset], ends: Sequence[float], first: int, k: int) -> bool:
    if onsets[k].word == onsets[k - 1].word:
        return False
    pause = onsets[k].start_s - ends[k - 1]
    return pause >= PAUSE_S or onsets[k].start_s - onsets[first].start_s > LONGEST_S
