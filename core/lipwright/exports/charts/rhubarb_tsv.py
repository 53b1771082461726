"""Rhubarb Lip Sync's tab-separated letters: a start and a letter a line, the last one ends the vocal."""

from __future__ import annotations

from lipwright.exports import ExportOptions
from lipwright.exports.charts.mouth_chart import cues
from lipwright.types import Performance


def write(performance: Performance, options: ExportOptions) -> str:
    """Times in seconds with two decimals, as Rhubarb writes them."""
    found = cues(performance, extended=options.extended)
    rows = [f"{cue.start_s + options.start_s:.2f}\t{cue.letter}" for cue in found]
    rows.append(f"{found[-1].end_s + options.start_s:.2f}\t{'X' if options.extended else 'A'}")
    return "\n".join(rows) + "\n"
