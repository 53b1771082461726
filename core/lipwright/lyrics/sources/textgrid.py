"""Words, and phones where there are any, from a Praat TextGrid (long or short text form)."""

from __future__ import annotations

import re

from lipwright.errors import LyricsError
from lipwright.lyrics.sources.markup import best_tier
from lipwright.lyrics.sources.raw import RawWord, Source, grouped

_TOKEN = re.compile(r'"((?:[^"]|"")*)"|<(exists|absent)>|(?<![\w.])([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.])')
_OUTSIDE = re.compile(r'"(?:[^"]|"")*"|\[\d*\]|![^\n]*')
_SILENCE = {"", "sil", "sp", "spn", "<eps>", "<sil>", "#", "_", "<unk>"}
_ARPABET = re.compile(
    r"(AA|AE|AH|AO|AW|AY|EH|ER|EY|IH|IY|OW|OY|UH|UW)[012]?|[BDFGKLMNPRSTVWYZ]|CH|DH|HH|JH|NG|SH|TH|ZH"
)

Interval = tuple[float, float, str]


def words_of(text: str, name: str) -> list[RawWord]:
    """The word tier's words; a phone tier in ARPABET gives each word its pronunciation."""
    tiers = read_tiers(text)
    labels = [label for label in tiers if re.search(r"(?:^|[\W_])words?$", label, re.I)]
    if not labels:
        spoken = {label: [RawWord(mark) for *_, mark in rows if mark] for label, rows in tiers.items()}
        named = best_tier({label: words for label, words in spoken.items() if words})
        labels = [named] if named is not None else []
    if not labels:
        raise LyricsError(f"{name} has no word tier (tiers: {', '.join(tiers) or 'none'}); name one 'words'")
    words = sorted(row for label in labels for row in tiers[label])
    phones = (_tier(tiers, r"phon|segment|^MAU$") or []) if len(labels) == 1 else []
    if not all(_ARPABET.fullmatch(label) for _, _, label in phones if label.lower() not in _SILENCE):
        phones = []
    out = []
    for start_s, end_s, label in words:
        if label.lower() in _SILENCE:
            continue
        inside = tuple(
            p for low, high, p in phones if low >= start_s - 1e-6 and high <= end_s + 1e-6 and _ARPABET.fullmatch(p)
        )
        if " " in label:
            out.append(RawWord(label.split()[0], start_s))
            out += [RawWord(part) for part in label.split()[1:]]
        else:
            out.append(RawWord(label, start_s, end_s, inside))
    return out


def read(text: str, name: str) -> Source:
    """The word tier as lines; its times were set with care."""
    words = words_of(text, name)
    return Source(tuple(grouped(words)), "TextGrid", " ".join(w.text for w in words), truth=True)


def _without_comments(text: str) -> str:
    """Outside of labels: no comment (! to the end of the row), no index."""
    return _OUTSIDE.sub(lambda found: found[0] if found[0][0] == '"' else " ", text)


def read_tiers(text: str) -> dict[str, list[Interval]]:
    """Interval tiers by name. Raises ValueError for what is no TextGrid."""
    tokens: list[str | float] = []
    for string, flag, number in _TOKEN.findall(_without_comments(text)):
        tokens.append(flag or (float(number) if number else string.replace('""', '"')))
    if tokens[:2] != ["ooTextFile", "TextGrid"]:
        raise ValueError("no TextGrid inside")
    at, tiers = 6, {}
    for _ in range(_count(tokens[5])):
        kind, label, size = tokens[at], str(tokens[at + 1]), _count(tokens[at + 4])
        at += 5
        width = 3 if kind == "IntervalTier" else 2
        rows = [tokens[at + width * k : at + width * (k + 1)] for k in range(size)]
        at += width * size
        if kind == "IntervalTier":
            tiers[label] = [(_time(low), _time(high), str(mark).strip()) for low, high, mark in rows]
    return tiers


def _tier(tiers: dict[str, list[Interval]], pattern: str) -> list[Interval] | None:
    for label, rows in tiers.items():
        if re.search(pattern, label, re.I):
            return rows
    return None


def _count(token: str | float) -> int:
    if not isinstance(token, float) or not 0 <= token <= 1e6:
        raise ValueError(f"{token!r} is no count")
    return int(token)


def _time(token: str | float) -> float:
    if not isinstance(token, float) or not 0.0 <= token < 1e6:
        raise ValueError(f"{token!r} is no time")
    return token
