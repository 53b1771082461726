"""Rhubarb Lip Sync's JSON."""

from __future__ import annotations

import json

from lipwright.exports import ExportOptions
from lipwright.exports.charts.mouth_chart import cues
from lipwright.types import Performance


def write(performance: Performance, options: ExportOptions) -> str:
    """`metadata` and `mouthCues`, times in seconds with two decimals."""
    shift_s = options.start_s
    body = {
        "metadata": {"soundFile": performance.vocal.name, "duration": round(performance.vocal.duration_s, 2)},
        "mouthCues": [
            {"start": round(cue.start_s + shift_s, 2), "end": round(cue.end_s + shift_s, 2), "value": cue.letter}
            for cue in cues(performance, extended=options.extended)
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"
