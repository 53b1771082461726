"""An LRC to edit: the lines that stand firm with their times, the weak ones without, and why."""

from __future__ import annotations

from collections.abc import Sequence

from lipwright.preflight.line_difficulty import WeakLine
from lipwright.types import Alignment, Lyrics

_HEAD = "[#: lines without a time are unsure: give them one, as the others have, and use this file as --lyrics]"


def draft_lrc(lyrics: Lyrics, found: Alignment, weak: Sequence[WeakLine]) -> str:
    """Rows of LRC; what stands in [#: ...] is a note that no reader sings."""
    starts: dict[int, float] = {}
    for word in found.words:
        if word.line is not None:
            starts.setdefault(word.line, word.start_s)
    doubts = {line.number: line for line in weak}
    rows = [_HEAD]
    for number, line in enumerate(lyrics.lines):
        text = " ".join(line.text.split())
        if number in doubts:
            doubt = doubts[number]
            seems = f", seems to be at {_stamp(doubt.start_s)}" if doubt.start_s is not None else ""
            rows += [f"[#: unsure{seems}: {'; '.join(doubt.reasons)}]", text]
        else:
            rows.append(f"[{_stamp(starts[number])}]{text}" if number in starts else text)
    return "\n".join(rows) + "\n"


def _stamp(time_s: float) -> str:
    minutes, hundredths = divmod(round(max(0.0, time_s) * 100), 6000)
    return f"{minutes:02}:{hundredths // 100:02}.{hundredths % 100:02}"
