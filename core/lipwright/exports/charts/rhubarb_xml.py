"""Rhubarb Lip Sync's XML."""

from __future__ import annotations

from xml.sax.saxutils import escape

from lipwright.exports import ExportOptions
from lipwright.exports.charts.mouth_chart import cues
from lipwright.types import Performance


def write(performance: Performance, options: ExportOptions) -> str:
    """`rhubarbResult` with its metadata and one mouthCue a letter."""
    shift_s = options.start_s
    rows = [
        f'    <mouthCue start="{cue.start_s + shift_s:.2f}" end="{cue.end_s + shift_s:.2f}">{cue.letter}</mouthCue>'
        for cue in cues(performance, extended=options.extended)
    ]
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rhubarbResult>\n  <metadata>\n'
        f"    <soundFile>{escape(performance.vocal.name)}</soundFile>\n"
        f"    <duration>{performance.vocal.duration_s:.2f}</duration>\n"
        "  </metadata>\n  <mouthCues>\n" + "\n".join(rows) + "\n  </mouthCues>\n</rhubarbResult>\n"
    )
