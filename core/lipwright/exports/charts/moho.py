"""Moho (and OpenToonz) switch data: a frame and a mouth a line, frames from 1."""

from __future__ import annotations

from lipwright.exports import ExportOptions
from lipwright.exports.charts.mouth_chart import letters_at, preston_blair
from lipwright.timebase import frame_at
from lipwright.types import Performance


def write(performance: Performance, options: ExportOptions) -> str:
    """A line wherever the mouth changes, at `options.fps`."""
    letters = letters_at(performance, options.fps, extended=options.extended)
    first = frame_at(options.start_s, options.fps) + 1
    rows = ["MohoSwitch1"]
    for frame, letter in enumerate(letters):
        if frame == 0 or letter != letters[frame - 1]:
            name = preston_blair(letter) if options.letters == "preston-blair" else letter
            rows.append(f"{first + frame} {name}")
    return "\n".join(rows) + "\n"
