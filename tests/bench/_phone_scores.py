"""Scores of timed phones against a reference: error rates, onsets, lip closures, frames.

Phones pair by edit distance, and among equals with the nearer in time; a reference without a hypothesis counts as
missed altogether, so that a crash cannot improve a score.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "core"))

from training.edits import MERGED, edit_distance

Phones = list[tuple[float, float, str]]
VOWELS = frozenset(["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"])
BILABIALS = frozenset("PBM")
# 11 classes that a viewer can tell apart on the lips.
_CLASSES = {
    "PBM": "P B M", "FV": "F V", "TH": "TH DH", "TD": "T D N L S Z", "SH": "SH CH JH ZH",
    "KG": "K G NG HH", "R": "R ER", "W": "W UW UH OW", "AA": "AA AH AE AO AW AY",
    "EH": "EH EY IH IY Y", "OY": "OY",
}  # fmt: skip
VISEME = {phone: name for name, phones in _CLASSES.items() for phone in phones.split()}
_FOLD = {"AX": "AH", "AXR": "ER", "IX": "IH", "UX": "UW", "EL": "L", "EM": "M", "EN": "N", "DX": "D", "HV": "HH"}
CLOSURE_S = 0.04
HOP_S = 0.01


def folded(rows: Iterable[Sequence[object]]) -> Phones:
    """(start, end, label) rows in time order as the 39 phones; silence and unknown labels left out."""
    out = []
    for start, end, label in sorted(rows, key=lambda row: float(str(row[0]))):
        phone = re.sub(r"\d+$", "", str(label).strip().upper())
        phone = _FOLD.get(phone, phone)
        if phone in VISEME:
            out.append((float(str(start)), float(str(end)), phone))
    return out


def pairs(reference: Phones, found: Phones, spread_s: float = 0.5, weight: float = 0.3) -> list[tuple[int, int]]:
    """Which phone of `found` stands for which of `reference`; substitutions pair, insertions and deletions do not."""
    count, other = len(reference), len(found)
    cost = np.zeros((count + 1, other + 1))
    cost[:, 0], cost[0, :] = np.arange(count + 1), np.arange(other + 1)
    for i, (a, b, phone) in enumerate(reference, 1):
        for j, (c, d, heard) in enumerate(found, 1):
            same = (phone != heard) + weight * min(1.0, abs(a + b - c - d) / 2 / spread_s)
            cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + same)
    out, i, j = [], count, other
    while i and j:
        if cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        elif cost[i, j] == cost[i, j - 1] + 1:
            j -= 1
        else:
            i, j = i - 1, j - 1
            out.append((i, j))
    return out[::-1]


def closures(phones: Phones, join_s: float = 0.005) -> list[tuple[float, float]]:
    """Lip closures: runs of P, B, M that touch are one."""
    out: list[tuple[float, float]] = []
    for start, end, phone in phones:
        if phone in BILABIALS and out and start - out[-1][1] <= join_s:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        elif phone in BILABIALS:
            out.append((start, end))
    return out


def hits(reference: list[tuple[float, float]], found: list[tuple[float, float]]) -> int:
    """One-to-one pairs that overlap once the reference is widened by CLOSURE_S on both sides."""
    i = j = count = 0
    while i < len(reference) and j < len(found):
        if found[j][0] < reference[i][1] + CLOSURE_S and found[j][1] > reference[i][0] - CLOSURE_S:
            count, i, j = count + 1, i + 1, j + 1
        elif reference[i][1] + CLOSURE_S <= found[j][0]:
            i += 1
        else:
            j += 1
    return count


def _grid(phones: Phones, low: float, high: float) -> list[str]:
    out = [""] * round((high - low) / HOP_S)
    for start, end, phone in phones:
        first = max(0, int(np.ceil((start - low) / HOP_S - 0.5)))
        last = min(len(out), int(np.ceil((end - low) / HOP_S - 0.5)))
        out[first : max(first, last)] = [phone] * max(0, last - first)
    return out


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole else float("nan")


@dataclass
class Score:
    """Counts pooled over recordings."""

    phones: int = 0
    edits: int = 0
    viseme_edits: int = 0
    frames: int = 0
    viseme_frames: int = 0
    closures: int = 0
    closures_found: int = 0
    closure_hits: int = 0
    onsets: list[float] = field(default_factory=list)

    def add(self, reference: Phones, found: Phones) -> None:
        """One recording."""
        said, heard = [p for *_, p in reference], [p for *_, p in found]
        self.phones += len(said)
        self.edits += edit_distance([MERGED.get(p, p) for p in said], [MERGED.get(p, p) for p in heard])
        self.viseme_edits += edit_distance([VISEME[p] for p in said], [VISEME[p] for p in heard])
        self.onsets += [(found[j][0] - reference[i][0]) * 1000 for i, j in pairs(reference, found)]
        closed, shut = closures(reference), closures(found)
        self.closures, self.closures_found = self.closures + len(closed), self.closures_found + len(shut)
        self.closure_hits += hits(closed, shut)
        low, high = reference[0][0], max(end for _, end, _ in reference)
        for one, other in zip(_grid(reference, low, high), _grid(found, low, high), strict=True):
            self.frames += 1
            self.viseme_frames += VISEME.get(one, "") == VISEME.get(other, "")

    def row(self) -> dict[str, float]:
        """What the tables print: percent, milliseconds, F1; nan where undefined."""
        late = np.array(self.onsets)
        off = np.abs(late)
        return {
            "per": _percent(self.edits, self.phones),
            "viseme error": _percent(self.viseme_edits, self.phones),
            "median": float(np.median(off)) if len(off) else float("nan"),
            "mean": float(off.mean()) if len(off) else float("nan"),
            "bias": float(np.median(late)) if len(off) else float("nan"),
            "within 20": _percent(float((off <= 20 + 1e-6).sum()), len(off)),
            "within 50": _percent(float((off <= 50 + 1e-6).sum()), len(off)),
            "closure F1": _percent(2 * self.closure_hits, self.closures + self.closures_found) / 100,
            "viseme frames": _percent(self.viseme_frames, self.frames),
        }
