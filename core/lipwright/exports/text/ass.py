"""ASS karaoke: a line of words that fill with colour as they are sung."""

from __future__ import annotations

from lipwright.exports import ExportOptions
from lipwright.exports.text.captions import Caption, captions, punctuated, shown
from lipwright.types import Performance

_HEAD = """\
[Script Info]
ScriptType: v4.00+
WrapStyle: 0
ScaledBorderAndShadow: yes
PlayResX: 1920
PlayResY: 1080

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Karaoke,Arial,72,&H0000D7FF,&H00FFFFFF,&H00000000,&H80000000,-1,0,0,0,100,100,0,0,1,3,1,2,60,60,70,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def write(performance: Performance, options: ExportOptions) -> str:
    """One Dialogue a line; \\k gives each word its hundredths of a second, pauses between words included."""
    rows = []
    for caption in captions(punctuated(performance)):
        start, end = _hundredths(caption.start_s + options.start_s), _hundredths(caption.end_s + options.start_s)
        text = _karaoke(caption, options.start_s, start)
        rows.append(f"Dialogue: 0,{_stamp(start)},{_stamp(max(end, start + 1))},Karaoke,,0,0,0,,{text}")
    return _HEAD + "\n".join(rows) + "\n"


def _karaoke(caption: Caption, shift_s: float, start: int) -> str:
    parts, at = [], start
    for index, word in enumerate(caption.words):
        low, high = _hundredths(word.start_s + shift_s), _hundredths(word.end_s + shift_s)
        if low > at:
            parts.append(f"{{\\k{low - at}}}")
            at = low
        length = max(0, high - at)
        at += length
        text = shown(word).replace("\\", "/").replace("{", "(").replace("}", ")")
        parts.append(f"{{\\k{length}}}{text}{' ' if index + 1 < len(caption.words) else ''}")
    return "".join(parts)


def _hundredths(time_s: float) -> int:
    return round(time_s * 100)


def _stamp(hundredths: int) -> str:
    seconds, rest = divmod(hundredths, 100)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:02d}"
