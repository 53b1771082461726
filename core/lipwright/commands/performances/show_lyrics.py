"""`--show-lyrics`: what will be sung, what will not and why, before anything is heard."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lipwright.types import LyricLine, Lyrics

_MOST = 200


def shown(lyrics: Lyrics) -> str:
    """The lines with their times, what was left out with the reason, and the notes."""
    rows = [f"sung, {len(lyrics.words)} words in {len(lyrics.lines)} lines:"]
    rows += [f"  {_clock(line.start_s)}  {_words(line)}" for line in lyrics.lines]
    counts = Counter((one.text, one.why) for one in lyrics.left_out)
    if counts:
        rows.append("not sung:")
        rows += [
            f"  {why}: {text!r}" + (f" ({count} times)" if count > 1 else "")
            for (text, why), count in list(counts.items())[:_MOST]
        ]
    if len(counts) > _MOST:
        rows.append(f"  and {len(counts) - _MOST} more")
    rows += [f"note: {note}" for note in lyrics.notes]
    return "\n".join(rows)


def _words(line: LyricLine) -> str:
    return " ".join(word.text for word in line.words)


def _clock(time_s: float | None) -> str:
    if time_s is None:
        return "      "
    minutes, seconds = divmod(time_s, 60.0)
    return f"{int(minutes)}:{seconds:04.1f}"
