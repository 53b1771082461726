"""SubRip subtitles."""

from __future__ import annotations

from lipwright.exports import ExportOptions
from lipwright.exports.text.captions import captions, punctuated
from lipwright.types import Performance


def write(performance: Performance, options: ExportOptions) -> str:
    """A numbered cue a line of words."""
    blocks = [
        f"{n}\n{_stamp(c.start_s + options.start_s)} --> {_stamp(c.end_s + options.start_s)}\n{c.text}\n"
        for n, c in enumerate(captions(punctuated(performance)), 1)
    ]
    return "\n".join(blocks)


def _stamp(time_s: float) -> str:
    ms = round(time_s * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"
