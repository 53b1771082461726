"""Plain CSV: frame, seconds, and one column a shape of the chosen rig convention."""

from __future__ import annotations

import csv
import io

from lipwright.exports import ExportOptions
from lipwright.exports.channels.tables import number, rows_of
from lipwright.timebase import frame_at, time_of
from lipwright.types import HEAD, Performance


def write(performance: Performance, options: ExportOptions) -> str:
    """Values 0..1 as the convention's shapes take them; the head's angles in radians."""
    controls = dict(options.controls) | {name: {name: 1.0} for name in HEAD}
    names, rows = rows_of(performance, controls, options.fps)
    first = frame_at(options.start_s, options.fps)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["frame", "time_s", *names])
    for frame, row in enumerate(rows, first):
        table.writerow([frame, number(time_of(frame, options.fps)), *map(number, row)])
    return out.getvalue()
