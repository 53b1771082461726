"""WebVTT with a time before every word, so that players can light up what is said."""

from __future__ import annotations

from lipwright.exports import ExportOptions
from lipwright.exports.text.captions import Caption, captions, punctuated, shown
from lipwright.types import Performance


def write(performance: Performance, options: ExportOptions) -> str:
    """A cue a line; inner times rise strictly and lie inside their cue, as the standard asks."""
    blocks = ["WEBVTT\n"]
    for n, caption in enumerate(captions(punctuated(performance)), 1):
        start, end = _ms(caption.start_s + options.start_s), _ms(caption.end_s + options.start_s)
        blocks.append(
            f"{n}\n{_stamp(start)} --> {_stamp(max(end, start + 1))}\n{_timed(caption, options.start_s, start)}\n"
        )
    return "\n".join(blocks)


def _timed(caption: Caption, shift_s: float, start: int) -> str:
    parts, last = [], start
    for word in caption.words:
        text = shown(word).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        at = _ms(word.start_s + shift_s)
        parts.append(f"<{_stamp(at)}>{text}" if at > last else text)
        last = max(last, at)
    return " ".join(parts)


def _ms(time_s: float) -> int:
    return round(time_s * 1000)


def _stamp(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
