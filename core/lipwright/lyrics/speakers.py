"""Names in front of lines: who speaks or sings them, in any case."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from lipwright.lyrics.sources.raw import RawLine
from lipwright.types import LeftOut

_LABEL = re.compile(
    r"^\s*(?:[-–—]\s*|>>+\s*)*[\[(<]?\s*([^\W\d_][\w.'’&/+ -]{0,28}?|SPEAKER[_ ]?\d+)\s*[\])>]?\s*[:：]\s*(?=\S|$)",
    re.I,
)
_ARROWS = re.compile(r"^\s*>>+\s*")
# What begins a sentence before a colon, and is no name.
_SAID = frozenset([
    "i", "you", "he", "she", "it", "we", "they", "and", "but", "so", "oh", "said", "say", "says", "told", "ask",
    "asked", "cause", "remember", "listen", "like", "this", "that", "the", "a", "my", "is", "was", "one", "thing",
    "here", "there", "now", "then", "know", "sing", "sang", "hear", "heard", "question", "answer",
])  # fmt: skip
_MOST_NAME_WORDS = 3


def without_speakers(lines: tuple[RawLine, ...]) -> tuple[tuple[RawLine, ...], tuple[LeftOut, ...]]:
    """(lines, the names that stood in front of them): a name is in capitals, or comes again, or all lines have one."""
    rows = [row for line in lines for row in line.text.split("\n") if row.strip()]
    counts = Counter(label.casefold() for row in rows if (label := label_of(row)))
    common = sum(counts.values()) >= 0.5 * len(rows) and sum(counts.values()) > 1
    sure = {label.casefold() for row in rows if (label := label_of(row)) and _is_name(label, counts, common)}
    names = {
        label.casefold()
        for row in rows
        if (label := label_of(row)) and (label.casefold() in sure or (sure and label[0].isupper()))
    }
    out, gone = [], []
    for line in lines:
        kept = []
        words = line.words
        for row in line.text.split("\n"):
            label = label_of(row)
            if label and label.casefold() in names:
                rest = _LABEL.sub("", row, count=1)
                words = words[len(row.split()) - len(rest.split()) :]
                gone.append(LeftOut(f"{label}:", "who speaks"))
                row = rest
            kept.append(_ARROWS.sub("", row))
        text = "\n".join(row for row in kept if row.strip())
        out.append(line if text == line.text else replace(line, text=text, words=words))
    return tuple(out), tuple(gone)


def label_of(row: str) -> str:
    """What stands before a colon and may be a name; "" where nothing does."""
    found = _LABEL.match(row)
    if found is None:
        return ""
    label = found[1].strip()
    words = label.casefold().replace("’", "'").split()
    return (
        "" if len(words) > _MOST_NAME_WORDS or set(words) & _SAID or any("'" in word[-3:] for word in words) else label
    )


def _is_name(label: str, counts: Counter[str], common: bool) -> bool:
    if re.fullmatch(r"SPEAKER[_ ]?\d+|Speaker \d+|S\d+", label):
        return True
    if label.isupper() and sum(c.isalpha() for c in label) > 1:
        return True
    return counts[label.casefold()] > 1 or common
