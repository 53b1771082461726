"""Rigs and the conventions that they follow: from the names on an avatar to what drives each of them.

A *control* is one of our curves (a viseme, an ARKit channel, a head angle, the mouth's summary curves); a *mix* says
how much of which name it moves. Standard library only: hosts import this.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lipwright.errors import OptionError
from lipwright.rigs.names import Affix, affixes, fold, readings
from lipwright.types import ARKIT, HEAD, MOUTH, VISEMES, Performance, Track

TABLE = Path(__file__).parents[1] / "data" / "conventions.toml"
CONTROLS = (*VISEMES, *ARKIT, *HEAD, *MOUTH)
MAP_SCHEMA = "lipwright.rig/1"

Mix = Mapping[str, float]
"""name -> weight at a control of 1."""

# A viseme whose names are only partly there is used as it is from this share of its weight on.
ENOUGH = 0.6
# A rig with fewer mouth shapes than this shows several visemes by mixing, which the artist should know.
FEW = 9
VOWELS = ("aa", "E", "ih", "oh", "ou")
# Vowels from which the other mouths can be mixed.
ENOUGH_VOWELS = 3
# What a viseme's stand-in is called where it is mixed from other visemes of the same rig.
NEIGHBOURS = "neighbours"


@dataclass(frozen=True, slots=True)
class Convention:
    """A known family of names.

    `kind` is shapes, properties or bones; `checked` says whether the names were read in `source` or remembered;
    `rank` which convention to prefer when a rig has several, `needs` the share of names that must be there, not
    counting `optional` ones; with a name of `unless` beside them, they mean something else.
    """

    id: str
    title: str
    kind: str
    checked: bool
    source: str
    rank: int
    needs: float
    names: tuple[str, ...]
    controls: Mapping[str, Mix]
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    unless: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class RigMap:
    """How one rig is driven: `controls` in the rig's own names, and where they came from.

    `conventions` are ids, preferred first; `stand_ins` say which convention replaced a shape that is missing;
    `missing` are visemes that move nothing; `notes` are sentences for the artist.
    """

    conventions: tuple[str, ...] = ()
    controls: Mapping[str, Mix] = field(default_factory=dict)
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the rig that is driven, once, in the order of the controls."""
        return tuple(dict.fromkeys(name for mix in self.controls.values() for name in mix))

    @property
    def coverage(self) -> str:
        """One sentence: "13 of 15 mouth shapes found; ou uses mouthPucker + mouthFunnel"."""
        wanted = [name for name in VISEMES if name != "sil"]
        if not any(name in self.controls for name in wanted) and "jaw" in self.controls:
            return f"no mouth shapes found; the jaw opens with {' + '.join(self.controls['jaw'])}"
        found = 1 + sum(1 for name in wanted if name in self.controls and name not in self.stand_ins)
        shapes = {name for viseme in wanted for name in self.controls.get(viseme, ())}
        mixed = f", mixed from {len(shapes)} shapes" if found > 1 and len(shapes) < FEW else ""
        parts = [f"{found if found > 1 else 0} of {len(VISEMES)} mouth shapes found{mixed}"]
        parts += [f"{name} uses {' + '.join(self.controls[name]) or 'the face at rest'}" for name in self.stand_ins]
        if self.missing and found > 1:
            parts.append(f"nothing moves for {', '.join(self.missing)}")
        return "; ".join(parts)


@lru_cache(maxsize=1)
def conventions() -> tuple[Convention, ...]:
    """All known conventions, in the table's order."""
    table = _table()
    known: dict[str, Convention] = {}
    for row in table["convention"]:
        known[row["id"]] = _convention(row, table["recipe"], known)
    return tuple(known.values())


def convention(name: str) -> Convention:
    """The convention with that id. Raises OptionError that lists the ids."""
    for one in conventions():
        if one.id == name:
            return one
    usable = ", ".join(one.id for one in conventions() if one.controls)
    raise OptionError(f"rig convention {name!r} is unknown; choose one of {usable}")


def recognise(names: Iterable[str]) -> RigMap:
    """The map for a rig that has these shape-key or property names.

    Conventions that are there with enough of their names count, the best first; a shape that one lacks is taken from
    the next. A rig of unknown names gives an empty map, which is a normal case: fill it by hand.
    """
    index = _index()
    found: dict[str, dict[Affix, dict[str, list[str]]]] = {}
    for reading in readings(names, index):
        for id_, core in index[reading.core]:
            found.setdefault(id_, {}).setdefault(reading.affix, {}).setdefault(core, []).append(reading.name)
    matches = (_match(one, found.get(one.id, {})) for one in conventions())
    ranked = sorted((match for match in matches if match is not None), key=lambda match: match.order, reverse=True)
    return _merge(ranked)


def direct_map(name: str) -> RigMap:
    """The map that drives a convention by its own names, for files that are read elsewhere."""
    one = convention(name)
    if not one.controls:
        raise OptionError(f"{one.title} are bones, which no curve of names can drive; choose another convention")
    missing = tuple(v for v in VISEMES if v != "sil" and v not in one.controls)
    return RigMap((one.id,), one.controls, {}, missing, (one.note,) if one.note else ())


def curves(performance: Performance, controls: Mapping[str, Mix], *, clamp: bool = True) -> tuple[Track, ...]:
    """One track a rig name: the weighted sum of the controls that move it, exact between keys.

    `clamp` keeps values in 0..1, as shape keys are; head angles are never clamped. Names nobody moves get no track.
    """
    sums: dict[str, list[tuple[Track, float]]] = {}
    angles: set[str] = set()
    for control, mix in controls.items():
        track = performance.track(control)
        if control == "sil" and not performance.visemes:
            track = Track(control, (0.0,), (1.0,))  # nobody speaks: the mouth is at rest all the time
        for name, weight in mix.items():
            sums.setdefault(name, []).append((track, weight))
            if control in HEAD:
                angles.add(name)
    return tuple(_weighted(name, parts, clamp=clamp and name not in angles) for name, parts in sums.items())


def dumps_map(rig: RigMap) -> str:
    """A by-hand map as JSON text, to keep in a .blend or beside it."""
    body = {
        "schema": MAP_SCHEMA,
        "conventions": list(rig.conventions),
        "controls": {control: dict(mix) for control, mix in rig.controls.items()},
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def loads_map(text: str) -> RigMap:
    """The map in `text`. Raises OptionError for what is no map."""
    try:
        body = json.loads(text)
        if body["schema"] != MAP_SCHEMA:
            raise ValueError(f"schema {body['schema']!r} is not {MAP_SCHEMA}")
        controls = {str(control): _checked_mix(control, mix) for control, mix in body["controls"].items()}
        ids = tuple(str(name) for name in body.get("conventions", ()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OptionError(f"this is not a rig map ({error}); map the rig again") from None
    missing = tuple(v for v in VISEMES if v != "sil" and v not in controls)
    return RigMap(ids, controls, {}, missing)


@dataclass(frozen=True, slots=True)
class _Match:
    """One convention on one rig: its controls in the rig's names, and how sure that is."""

    convention: Convention
    found: Mapping[str, tuple[str, ...]]
    order: tuple[int, int, int, int]


def _match(one: Convention, found: Mapping[Affix, Mapping[str, list[str]]]) -> _Match | None:
    """`found`: affix -> the convention's name -> the rig's names that it is within that affix."""
    folded = {affix: frozenset(map(fold, there)) for affix, there in found.items()}
    usable = affixes(folded, frozenset(map(fold, one.names)))
    usable = tuple(affix for affix in usable if not set(found[affix]) & set(one.unless))
    actual: dict[str, tuple[str, ...]] = {}
    for affix in usable:
        for name, rig_names in found[affix].items():
            actual[name] = tuple(dict.fromkeys((*actual.get(name, ()), *rig_names)))
    needed = [name for name in one.names if name not in one.optional]
    there = [name for name in needed if name in actual]
    if not there or len(there) < one.needs * len(needed):
        return None
    exact = sum(1 for name in one.names if name in actual.get(name, ()))
    return _Match(one, actual, (one.rank, exact, len(actual), -len(usable[0])))


def _merge(ranked: list[_Match]) -> RigMap:
    controls: dict[str, Mix] = {}
    stand_ins: dict[str, str] = {}
    used: dict[str, None] = {}
    notes = []
    if any(set(match.convention.controls) & set(VISEMES) for match in ranked):
        ranked = [match for match in ranked if set(match.convention.controls) != {"jaw"}]
    for control in CONTROLS:
        for match in ranked:
            mix = _found_mix(match, control)
            if mix is not None:
                controls[control] = mix
                used[match.convention.id] = None
                if control in VISEMES and mix and match is not ranked[0]:
                    stand_ins[control] = match.convention.id
                break
    for viseme, mix in _from_neighbours(controls).items():
        controls[viseme], stand_ins[viseme] = mix, NEIGHBOURS
    for match in ranked:
        if match.convention.kind == "bones":
            notes.append(f"this is {match.convention.title}: bones, which are not keyed; map shape keys by hand")
        elif match.convention.id in used and match.convention.note:
            notes.append(f"{match.convention.title}: {match.convention.note}")
    ids = tuple(m.convention.id for m in ranked if m.convention.id in used or m.convention.kind == "bones")
    missing = tuple(name for name in VISEMES if name != "sil" and name not in controls)
    return RigMap(ids, controls, stand_ins, missing, tuple(notes))


def _from_neighbours(controls: Mapping[str, Mix]) -> dict[str, Mix]:
    """Visemes that nothing moves, mixed from the vowels there are; none where there are fewer than three vowels."""
    if sum(1 for vowel in VOWELS if controls.get(vowel)) < ENOUGH_VOWELS:
        return {}
    made: dict[str, Mix] = {}
    for viseme, parts in _table()["recipe"]["neighbours"].items():
        have = {**controls, **made}
        there = {part: share for part, share in parts.items() if have.get(part)}
        if viseme in controls or sum(there.values()) < ENOUGH * sum(parts.values()):
            continue
        mix: dict[str, float] = {}
        for part, share in there.items():
            for name, weight in have[part].items():
                mix[name] = round(mix.get(name, 0.0) + share * weight, 3)
        made[viseme] = mix
    return made


def _found_mix(match: _Match, control: str) -> Mix | None:
    """The control's mix in the rig's names, or None where too little of it is there."""
    mix = match.convention.controls.get(control)
    if mix is None:
        return None
    total = sum(mix.values())
    there = {name: weight for name, weight in mix.items() if name in match.found}
    if sum(there.values()) < ENOUGH * total:
        return None
    return {rig_name: weight for name, weight in there.items() for rig_name in match.found[name]}


def _weighted(name: str, parts: list[tuple[Track, float]], *, clamp: bool) -> Track:
    if len(parts) == 1 and parts[0][1] == 1.0 and not clamp:
        return Track(name, parts[0][0].times_s, parts[0][0].values)
    times = sorted({time_s for track, _ in parts for time_s in track.times_s})
    keys = [(t, sum(weight * track.at(t) for track, weight in parts)) for t in times]
    if clamp:
        keys = _clamped(keys)
    return Track(name, tuple(t for t, _ in keys), tuple(v for _, v in keys))


def _clamped(keys: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The polyline cut to 0..1, with a key wherever it meets a bound."""
    out: list[tuple[float, float]] = []
    for index, (time_s, value) in enumerate(keys):
        if index:
            before_s, before = keys[index - 1]
            crossings = [
                (before_s + (bound - before) / (value - before) * (time_s - before_s), bound)
                for bound in (0.0, 1.0)
                if (before - bound) * (value - bound) < 0.0
            ]
            out += [key for key in sorted(crossings) if out[-1][0] < key[0] < time_s]
        out.append((time_s, min(1.0, max(0.0, value))))
    return out


def _convention(row: Mapping[str, Any], recipes: Mapping[str, Any], known: Mapping[str, Convention]) -> Convention:
    names = list(row.get("names", ()))
    spellings = {name: tuple(others) for name, others in row.get("spellings", {}).items()}
    optional = frozenset(row.get("optional", ()))
    controls: dict[str, Mix] = {}
    for other in row.get("includes", ()):
        names += known[other].names
        spellings |= known[other].spellings
        optional |= known[other].optional
        # a sculpted viseme comes before the same viseme mixed from parts
        controls = {**known[other].controls, **controls}
    if "order" in row:
        order = VISEMES if row["order"] == "visemes" else ARKIT
        controls |= {control: {name: 1.0} for control, name in zip(order, names, strict=True)}
    if "via" in row:
        parts = row.get("parts") or {name: [name] for name in names}
        controls |= _through(recipes[row["via"]], parts)
        controls |= {part: dict.fromkeys(_listed(own), 1.0) for part, own in parts.items() if part in ARKIT}
    controls |= row.get("controls", {})
    plain = {key: row[key] for key in ("id", "title", "kind", "checked", "source", "rank", "needs")}
    return Convention(
        **plain, names=tuple(names), controls=controls, spellings=spellings, optional=optional,
        unless=tuple(row.get("unless", ())), note=row.get("note", ""),
    )  # fmt: skip


def _through(recipe: Mapping[str, Mix], parts: Mapping[str, Any]) -> dict[str, Mix]:
    """Each viseme of a recipe in a convention's own names; parts that it lacks fall out."""
    return {
        viseme: {name: weight for part, weight in mix.items() for name in _listed(parts.get(part, ()))}
        for viseme, mix in recipe.items()
    }


def _listed(names: Any) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _checked_mix(control: str, mix: Any) -> Mix:
    if control not in CONTROLS:
        raise ValueError(f"control {control!r} is unknown")
    for name, weight in mix.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not -10.0 <= weight <= 10.0:
            raise ValueError(f"weight of {name!r} is {weight!r}")
    return {str(name): float(weight) for name, weight in mix.items()}


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    with TABLE.open("rb") as stream:
        return tomllib.load(stream)


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[tuple[str, str], ...]]:
    """Folded spelling -> (convention, its name) of each that is spelled so; `unless` names are their own."""
    index: dict[str, dict[tuple[str, str], None]] = {}
    for one in conventions():
        for name in (*one.names, *one.unless, *(name for mix in one.controls.values() for name in mix)):
            for spelling in (name, *one.spellings.get(name, ())):
                index.setdefault(fold(spelling), {})[one.id, name] = None
    return {core: tuple(rows) for core, rows in index.items()}
