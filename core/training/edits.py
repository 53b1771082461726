"""How many symbols of a string were missed, added or changed."""

from __future__ import annotations

from collections.abc import Sequence

MERGED = {"AO": "AA", "ZH": "SH"}
"""Phones that are not told apart when errors are counted."""


def edit_distance(said: Sequence[str], found: Sequence[str]) -> int:
    """Levenshtein distance."""
    row = list(range(len(found) + 1))
    for i, one in enumerate(said, 1):
        before, row = row, [i]
        for j, other in enumerate(found, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (one != other)))
    return row[-1]
