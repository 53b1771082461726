"""The rules of the mouth as values: `data/visemes.toml` read once, and phoneme symbols looked up in it."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from lipwright.types import VISEMES

# Everything but letters and the tilde of nasal vowels: stress, length, ties, aspiration, tones change no mouth.
_LETTERS = frozenset(("Ll", "Lu", "Lo"))
_NASAL, _CEDILLA = "\u0303", "\u0327"  # the cedilla is half of the letter of German "ich"
SILENCES = frozenset(("", "SIL", "SP", "SPN", "NSN", "PAU", "H#", "<SIL>", "_", "#"))


@dataclass(frozen=True, slots=True)
class Motion:
    """How a class of sounds moves: dominance over neighbours per part of the mouth, reach and lead in seconds."""

    shape: float
    jaw: float
    lips: float
    before_s: float
    after_s: float
    lead_s: float


@dataclass(frozen=True, slots=True)
class Aim:
    """What a sound asks for: 15 viseme shares (sil among them), jaw 0..1, lips -1..1."""

    shape: tuple[float, ...]
    jaw: float
    lips: float


@dataclass(frozen=True, slots=True)
class Row:
    """One sound: its aim, where it glides to (a diphthong), and what must be seen of it (`gate`, an index)."""

    symbol: str
    kind: str
    motion: Motion
    aim: Aim
    then: Aim | None = None
    gate: int | None = None
    floor: float = 0.0
    jaw_most: float = 1.0
    burst: float = 0.0
    vowel: bool = False
    parts: tuple[str, ...] = ()

    @property
    def closes(self) -> bool:
        """Whether the lips shut completely."""
        return self.kind == "closure"


@cache
def visemes_table() -> tuple[Mapping[str, Row], Mapping[str, Motion]]:
    """(rows by symbol, motions by class) of data/visemes.toml."""
    text = resources.files("lipwright").joinpath("data/visemes.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    motions = {name: _motion(entry) for name, entry in data["class"].items()}
    entries = {unicodedata.normalize("NFD", name): entry for name, entry in data["phone"].items()}
    return {name: _row(name, entries, motions) for name in entries}, motions


def rows_for(symbol: str) -> tuple[Row, ...]:
    """The sounds that `symbol` stands for: usually one, none for silence or bare marks, `unknown` for other letters."""
    table, _ = visemes_table()
    if symbol.strip().upper() in SILENCES:
        return ()
    found = _find(symbol, table)
    return tuple(part for row in found for part in ([table[name] for name in row.parts] or [row]))


def _find(symbol: str, table: Mapping[str, Row]) -> list[Row]:
    arpabet = symbol.strip().rstrip("0123456789").upper()
    if symbol[:1].isupper() and arpabet in table:
        return [table[arpabet]]
    decomposed = unicodedata.normalize("NFD", symbol)
    plain = "".join(c for c in decomposed if unicodedata.category(c) in _LETTERS or c in (_NASAL, _CEDILLA))
    if plain in table:
        return [table[plain]]
    if not plain.strip(_NASAL + _CEDILLA):
        return []
    return _pieces(plain, table) or [table["unknown"]]


def _pieces(plain: str, table: Mapping[str, Row]) -> list[Row]:
    """The longest known pieces of a string of IPA; combining marks that no row knows are dropped."""
    rows, at = [], 0
    while at < len(plain):
        for size in (3, 2, 1):
            piece = plain[at : at + size]
            if len(piece) == size and piece in table:
                rows.append(table[piece])
                break
        else:
            size = 1
        at += size
    return rows


def _motion(entry: Mapping[str, Any]) -> Motion:
    before, after = (ms / 1000 for ms in entry["reach_ms"])
    return Motion(entry["shape"], entry["jaw"], entry["lips"], before, after, entry["lead_ms"] / 1000)


def _row(name: str, entries: Mapping[str, Mapping[str, Any]], motions: Mapping[str, Motion]) -> Row:
    entry = entries[name]
    if "like" in entry:
        return _row(unicodedata.normalize("NFD", entry["like"]), entries, motions)
    if "parts" in entry:
        first = _row(entry["parts"][0], entries, motions)
        return Row(name, first.kind, first.motion, first.aim, parts=tuple(entry["parts"]))
    gate = VISEMES.index(entry["gate"]) if "gate" in entry else None
    kind = entry["class"]
    then = None
    if "then_shape" in entry:
        then = Aim(_shares(entry["then_shape"]), entry["then_jaw"], entry["then_lips"])
    return Row(
        name, kind, motions[kind], Aim(_shares(entry["shape"]), entry["jaw"], entry["lips"]), then, gate,
        entry.get("floor", 0.0), entry.get("jaw_most", 1.0), entry.get("burst", 0.0),
        entry.get("vowel", kind in ("vowel", "rounded") and gate is None),
    )  # fmt: skip


def _shares(shape: Mapping[str, float]) -> tuple[float, ...]:
    return tuple(float(shape.get(name, 0.0)) for name in VISEMES)
