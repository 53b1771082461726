"""After Effects keyframes as text for the clipboard: mouth drawings by time remapping, and a slider a shape.

Copy the text and paste it onto a layer. The Time Remap block shows drawing n (frame n of the layer's source, in the
order A B C D E F G H X); the sliders take the chosen convention's curves, 0 to 100, in the order of the heading.
"""

from __future__ import annotations

from lipwright.exports import ExportOptions
from lipwright.exports.channels.tables import number, rows_of
from lipwright.exports.charts.mouth_chart import letters_at
from lipwright.timebase import frame_at
from lipwright.types import Performance

DRAWINGS = "ABCDEFGHX"
# A slider needs a key only where it moves by more than this (of 100).
STEP = 0.05


def write(performance: Performance, options: ExportOptions) -> str:
    """The keyframe data, at `options.fps`."""
    fps = float(options.fps)
    head = [
        "Adobe After Effects 8.0 Keyframe Data", "", f"\tUnits Per Second\t{fps:.6g}", "\tSource Width\t100",
        "\tSource Height\t100", "\tSource Pixel Aspect Ratio\t1", "\tComp Pixel Aspect Ratio\t1", "",
    ]  # fmt: skip
    first = frame_at(options.start_s, options.fps)
    body = [*_drawings(performance, options, first), *_sliders(performance, options, first)]
    return "\n".join([*head, *body, "", "End of Keyframe Data"]) + "\n"


def _drawings(performance: Performance, options: ExportOptions, first: int) -> list[str]:
    letters = letters_at(performance, options.fps, extended=options.extended)
    rows = ["Time Remap", "\tFrame\tseconds\t"]
    for frame, letter in enumerate(letters):
        if frame == 0 or letter != letters[frame - 1]:
            rows.append(f"\t{first + frame}\t{DRAWINGS.index(letter) / float(options.fps):.6f}\t")
    return [*rows, ""]


def _sliders(performance: Performance, options: ExportOptions, first: int) -> list[str]:
    names, rows = rows_of(performance, options.controls, options.fps)
    out = []
    for column, name in enumerate(names):
        values = [100.0 * row[column] for row in rows]
        if max(values) < STEP:
            continue
        out += [f"Effects\tSlider Control #{column + 1}\t{name} #2", "\tFrame\t\t"]
        out += [f"\t{first + frame}\t{number(values[frame], 2)}\t" for frame in _kept(values)]
        out.append("")
    return out


def _kept(values: list[float]) -> list[int]:
    """The frames that a straight line between their neighbours would not give."""
    last = len(values) - 1
    return [
        n for n, v in enumerate(values) if n in (0, last) or abs(v - (values[n - 1] + values[n + 1]) / 2) > STEP / 2
    ]
