"""Words, and phones where there are any, from a Praat TextGrid (long or short text form)."""

from __future__ import annotations

import re

from lipwright.errors import LyricsError
from lipwright.lyrics.sources import RawWord

_TOKEN = re.compile(r'"((?:[^"]|"")*)"|<(exists|absent)>|(?<![\w.])([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.])')
_SILENCE = {"", "sil", "sp", "spn", "<eps>", "<sil>", "#", "_", "<unk>"}
_ARPABET = re.compile(
    r"(AA|AE|AH|AO|AW|AY|EH|ER|EY|IH|IY|OW|OY|UH|UW)[012]?|[BDFGKLMNPRSTVWYZ]|CH|DH|HH|JH|NG|SH|TH|ZH"
)

Interval = tuple[float, float, str]


def words_of(text: str, name: str) -> list[RawWord]:
    """The word tier's words; a phone tier in ARPABET gives each word its pronunciation."""
    tiers = read_tiers(text)
    words = _tier(tiers, r"word|^ORT|lyric|text|sentence|utter")
    if words is None:
        raise LyricsError(f"{name} has no word tier (tiers: {', '.join(tiers) or 'none'}); name one 'words'")
    phones = _tier(tiers, r"phon|segment|^MAU$") or []
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


def read_tiers(text: str) -> dict[str, list[Interval]]:
    """Interval tiers by name. Raises ValueError for what is no TextGrid."""
    tokens: list[str | float] = []
    for string, flag, number in _TOKEN.findall(re.sub(r"\[\d*\]|!.*", "", text)):
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
