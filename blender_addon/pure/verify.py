"""Whether what a mapping says is what the mesh does: each viseme's mix at 1, judged at the lips. No bpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from lipwright.rigs import VOWELS
from lipwright.types import VISEMES

from .mapping import FaceMap, Row
from .mouthshape import Effect

# A shape that moves the lips less than this share of its greatest motion, farther than this many mouth widths away,
# is no mouth shape: a blink, a brow, a hand. What moves within a mouth without the lips is the tongue.
_TOUCHES, _AWAY = 0.03, 1.0
# In mouth widths: an open vowel parts the lips at least so far; closed lips part at most so far, and at most by this
# share of the open vowel; anything else is seen from this motion on.
_OPENS, _CLOSED, _CLOSED_SHARE, _SEEN = 0.06, 0.02, 0.1, 0.01
# A vowel that is spoken with the lips forward may not be wider than one that is spoken with a smile by more than this.
_WIDER = 0.02
_SUMMED = ("opens", "widens", "forward", "lifts", "bites")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`rows` that do what they say, `right`: visemes that do, `notes`: what was left out and why."""

    rows: tuple[Row, ...]
    right: frozenset[str]
    notes: tuple[str, ...] = ()

    @property
    def speaks(self) -> bool:
        """Whether the mouth opens and at least three vowels are seen."""
        return "aa" in self.right and sum(vowel in self.right for vowel in VOWELS) >= 3


def judged(face_map: FaceMap, effects: Mapping[str, Effect]) -> Verdict:
    """The rows of a mapping that the measured `effects` of shape keys (by name) bear out."""
    rows, notes = _near_the_mouth(face_map.rows, effects)
    mixes = {viseme: _mixed(rows, viseme, effects) for viseme in VISEMES if viseme != "sil"}
    opening = max((mix.opens for mix in (mixes["aa"], mixes["E"], mixes["oh"]) if mix), default=0.0)
    wrong = _opens_for_a_closure(mixes["PP"], opening)
    if wrong:
        culprits = sorted({row.control.name for row in rows if row.source == "PP"})
        notes.append(f"{' and '.join(map(repr, culprits))} open the lips, which p, b and m must close: left out of PP")
        rows = [row for row in rows if row.source != "PP"]
        mixes["PP"] = None
    right = {viseme for viseme, mix in mixes.items() if _does(viseme, mix, mixes, opening)}
    for viseme in VOWELS:
        if mixes[viseme] is not None and viseme not in right:
            notes.append(f"{viseme}: {_names(rows, viseme)} do not shape the mouth as {viseme} is spoken; look at it")
    return Verdict(tuple(rows), frozenset(right | {"sil"}) if right else frozenset(), tuple(notes))


def _near_the_mouth(rows: tuple[Row, ...], effects: Mapping[str, Effect]) -> tuple[list[Row], list[str]]:
    kept, away = [], {}
    for row in rows:
        seen = effects.get(row.control.name) if row.control.kind == "shape" and _speaks(row) else None
        if seen is not None and is_elsewhere(seen):
            away[row.control.name] = None
        else:
            kept.append(row)
    return kept, [f"{name!r} moves nothing near the mouth: left out" for name in away]


def is_elsewhere(seen: Effect) -> bool:
    """Whether a shape moves something else than the mouth."""
    return seen.touches < _TOUCHES and seen.away > _AWAY


def _speaks(row: Row) -> bool:
    return row.source in VISEMES or row.source in ("jaw", "lips")


def _mixed(rows: list[Row], viseme: str, effects: Mapping[str, Effect]) -> Effect | None:
    """What a viseme at 1 does; None where nothing that was measured moves it."""
    mine = [row for row in rows if row.source == viseme and row.weight and row.control.name in effects]
    if not mine:
        return None
    total = Effect(*(0.0 for _ in _SUMMED), touches=0.0, away=0.0)
    for row in mine:
        seen = effects[row.control.name]
        total = replace(
            total,
            touches=max(total.touches, seen.touches, 1.0 if seen.away <= _AWAY else 0.0),
            **{name: getattr(total, name) + row.weight * getattr(seen, name) for name in _SUMMED},
        )
    return total


def _opens_for_a_closure(mix: Effect | None, opening: float) -> bool:
    return mix is not None and mix.opens > max(_CLOSED, _CLOSED_SHARE * opening)


def _does(viseme: str, mix: Effect | None, mixes: Mapping[str, Effect | None], opening: float) -> bool:
    """Whether a viseme's mix is seen as that viseme."""
    if viseme == "PP":
        # Lips that lie closed at rest close by coming back.
        return opening >= _OPENS and not _opens_for_a_closure(mix, opening)
    if mix is None:
        return False
    if viseme == "aa":
        return mix.opens >= max(_OPENS, 0.5 * opening)
    if viseme == "ou":
        spread = mixes["ih"]
        return _moves(mix) and (spread is None or mix.widens <= spread.widens + _WIDER)
    if viseme in ("FF", "SS", "CH"):
        return (_moves(mix) or mix.touches > _TOUCHES) and mix.opens <= max(0.6 * opening, _OPENS)
    return _moves(mix) or mix.touches > _TOUCHES


def _moves(mix: Effect) -> bool:
    return any(abs(getattr(mix, field.name)) > _SEEN for field in fields(Effect) if field.name in _SUMMED)


def _names(rows: list[Row], viseme: str) -> str:
    return " and ".join(dict.fromkeys(repr(row.control.name) for row in rows if row.source == viseme))
