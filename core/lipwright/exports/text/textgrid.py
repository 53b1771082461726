"""A Praat TextGrid with three tiers: words, phones, and what is neither (pauses, breaths)."""

from __future__ import annotations

from collections.abc import Iterable

from lipwright.exports import ExportOptions
from lipwright.types import Performance

Interval = tuple[float, float, str]
# Praat refuses intervals without length; times are written to 0.1 ms.
SHORTEST_S = 0.0001


def write(performance: Performance, options: ExportOptions) -> str:
    """The long text form, UTF-8; every tier covers the whole vocal without gap or overlap."""
    shift_s, end_s = options.start_s, max(performance.vocal.duration_s, SHORTEST_S) + options.start_s
    tiers = {
        "words": _filled(((w.start_s, w.end_s, w.text) for w in performance.words), shift_s, end_s),
        "phones": _filled(((p.start_s, p.end_s, p.symbol) for p in performance.phonemes), shift_s, end_s),
        "sounds": _filled(((s.start_s, s.end_s, s.kind) for s in performance.sounds), shift_s, end_s),
    }
    rows = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {end_s:.4f}"]
    rows += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, (name, intervals) in enumerate(tiers.items(), 1):
        rows += _tier(number, name, intervals, end_s)
    return "\n".join(rows) + "\n"


def _tier(number: int, name: str, intervals: list[Interval], end_s: float) -> list[str]:
    rows = [f"    item [{number}]:", '        class = "IntervalTier"', f'        name = "{name}"', "        xmin = 0"]
    rows += [f"        xmax = {end_s:.4f}", f"        intervals: size = {len(intervals)}"]
    for index, (low_s, high_s, label) in enumerate(intervals, 1):
        text = " ".join(label.split()).replace('"', '""')
        rows += [f"        intervals [{index}]:", f"            xmin = {low_s:.4f}", f"            xmax = {high_s:.4f}"]
        rows.append(f'            text = "{text}"')
    return rows


def _filled(spans: Iterable[Interval], shift_s: float, end_s: float) -> list[Interval]:
    """The spans in order with empty intervals between them; a later span gives way to an earlier one."""
    out: list[Interval] = []
    at_s = 0.0
    for low_s, high_s, label in sorted(spans):
        low_s, high_s = round(max(low_s + shift_s, at_s), 4), round(min(high_s + shift_s, end_s), 4)
        if high_s - low_s < SHORTEST_S:
            continue
        if low_s - at_s >= SHORTEST_S:
            out.append((at_s, low_s, ""))
        out.append((low_s if low_s - at_s >= SHORTEST_S else at_s, high_s, label))
        at_s = high_s
    if end_s - at_s >= SHORTEST_S or not out:
        out.append((at_s, end_s, ""))
    return out
