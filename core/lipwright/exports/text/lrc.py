"""Enhanced LRC: a time a line and a time a word; where a line ends, its last time says so."""

from __future__ import annotations

from lipwright.exports import ExportOptions
from lipwright.exports.text.captions import captions, shown
from lipwright.types import Performance


def write(performance: Performance, options: ExportOptions) -> str:
    """Times in minutes, seconds and hundredths, as players read them."""
    shift_s = options.start_s
    rows = [f"[length:{_stamp(performance.vocal.duration_s)}]", "[re:lipwright]"]
    for caption in captions(performance):
        words = " ".join(f"<{_stamp(word.start_s + shift_s)}> {_plain(shown(word))}" for word in caption.words)
        rows.append(f"[{_stamp(caption.start_s + shift_s)}] {words} <{_stamp(caption.end_s + shift_s)}>")
    return "\n".join(rows) + "\n"


def _plain(text: str) -> str:
    return text.translate(str.maketrans("<>[]", "‹›()"))


def _stamp(time_s: float) -> str:
    hundredths = round(time_s * 100)
    return f"{hundredths // 6000:02d}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"
