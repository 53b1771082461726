"""Advanced SubStation (ASS, SSA): lines, and syllables of karaoke."""

from __future__ import annotations

import re

from lipwright.errors import LyricsError
from lipwright.lyrics.sources.raw import RawLine, Source, Syllable, clock, joined, line_of
from lipwright.types import LeftOut

# {\k20} \K \kf \ko: length of the syllable that follows, in hundredths; \kt: where it starts.
_KARAOKE = re.compile(r"\\(k[fot]?|K)(\d+)")
_ROW = re.compile(r"^\s*(Dialogue|Comment)\s*:\s*(.*)$", re.M)
_OLD = ("marked", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_NEW = ("layer", *_OLD[1:])


def looks(text: str) -> bool:
    """Whether the text is an ASS or SSA script, or rows cut from one."""
    return bool(re.search(r"^\s*\[(Script Info|V4\+? Styles)\]", text[:4000], re.M | re.I)) or bool(
        re.search(r"^\s*Dialogue\s*:\s*(?:Marked=)?\d+\s*,\s*\d+:\d\d:\d\d[.:]\d+\s*,", text, re.M)
    )


def read(text: str, name: str) -> Source:
    """Dialogue rows; where a template made them (fx), the karaoke rows that it was made from."""
    events = text[max(0, text.lower().find("[events]")) :]
    told = re.search(r"^\s*Format\s*:\s*(.*)$", events, re.M)
    default = _OLD if "Marked=" in events else _NEW
    fields = [part.strip().casefold() for part in told[1].split(",")] if told else list(default)
    rows = [
        (kind, dict(zip(fields, body.split(",", len(fields) - 1), strict=False))) for kind, body in _ROW.findall(events)
    ]
    made = any(row.get("effect", "").strip() == "fx" for _, row in rows)
    lines, left_out, seen = [], [], set()
    for kind, row in rows:
        effect = row.get("effect", "").strip()
        shown = (effect == "karaoke") if made else kind == "Dialogue"
        if not shown or r"\p1" in row.get("text", ""):
            if kind == "Comment" and not made:
                left_out.append(LeftOut(_plain(row.get("text", "")), "comment"))
            continue
        line = _line(row)
        key = (line.start_s, line.end_s, line.text)
        if line.text.strip() and key not in seen:  # a border and its fill are one line in two layers
            seen.add(key)
            lines.append(line)
    if not lines:
        raise LyricsError(f"{name} is ASS without a line that is shown; export it again, or give plain text")
    lines.sort(key=lambda line: line.start_s or 0.0)
    return Source(tuple(lines), "ASS", text, left_out=tuple(left_out))


def _plain(body: str) -> str:
    return re.sub(r"\{[^}]*\}", "", body).replace(r"\N", "\n").replace(r"\n", " ").replace(r"\h", " ").strip()


def _line(row: dict[str, str]) -> RawLine:
    start_s, end_s = clock(row["start"]), clock(row["end"])
    body = row.get("text", "")
    if not _KARAOKE.search(body):
        return RawLine(_plain(body), start_s, end_s)
    at_s, syllables = start_s, []
    lead, *pieces = re.split(r"(\{[^}]*\})", body)
    length_s = 0.0
    if lead:
        syllables.append(Syllable(_spaced(lead), at_s))
    for tags, piece in zip(pieces[::2], pieces[1::2], strict=True):
        for kind, size in _KARAOKE.findall(tags):
            if kind == "kt":
                at_s, length_s = start_s + int(size) / 100, 0.0
            else:
                at_s, length_s = at_s + length_s, int(size) / 100
        if piece:
            syllables.append(Syllable(_spaced(piece), at_s, at_s + length_s if length_s else None))
    return line_of(joined(syllables), start_s, end_s)


def _spaced(piece: str) -> str:
    return re.sub(r"\\[Nnh]", " ", piece)
