"""Which viseme or channel moves which control of an avatar: rows, their JSON file, coverage. No bpy."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from lipwright import rigs
from lipwright.errors import OptionError
from lipwright.files import read_text, write_beside
from lipwright.types import ARKIT, HEAD, MOUTH, VISEMES

SCHEMA = "lipwright.mapping/1"
MAX_BYTES = 4 * 1024 * 1024

Kind = Literal["shape", "property", "bone", "pose", "sprite"]
KINDS: tuple[Kind, ...] = ("shape", "property", "bone", "pose", "sprite")
# A bone's own axes, as its matrix has them before the rotation mode is chosen.
AXES = ("location_x", "location_y", "location_z", "rotation_x", "rotation_y", "rotation_z",
        "scale_x", "scale_y", "scale_z")  # fmt: skip
SOURCES = (*VISEMES, *MOUTH, *ARKIT, *HEAD)
PARTS = ("", "jaw", "lips")
# What speaks: an avatar on which none of these moves anything has no mouth.
SPOKEN = (*VISEMES, *MOUTH)


@dataclass(frozen=True, slots=True, order=True)
class Control:
    """One thing that can be keyed.

    shape: `name` is a shape key on every mesh of the avatar that has it. property: `name` is a custom property (or
    data path) of `owner`. bone: `name` is a bone of `owner`, `axis` one of AXES. pose: `name` is an Action that poses
    the bones of `owner`. sprite: `name` is the data path of a number on `owner` (a picture's or drawing's number).
    """

    kind: Kind
    name: str
    owner: str = ""
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """`source` at 1 adds `weight` to `control`: a share, radians or metres for a bone, a sprite's number.

    `part` says what the control moves ("jaw", "lips" or ""), for the live sliders.
    """

    source: str
    control: Control
    weight: float = 1.0
    part: str = ""

    def __post_init__(self) -> None:
        if not math.isfinite(self.weight):
            raise ValueError(f"weight of {self.source!r} on {self.control.name!r} is {self.weight}, not a number")
        if self.control.kind not in KINDS:
            raise ValueError(f"{self.control.kind!r} is no kind of control; use one of {', '.join(KINDS)}")
        if self.control.kind == "bone" and self.control.axis not in AXES:
            raise ValueError(f"{self.control.axis!r} is no axis of a bone; use one of {', '.join(AXES)}")


@dataclass(frozen=True, slots=True)
class FaceMap:
    """All rows of one avatar, and a name for the whole."""

    rows: tuple[Row, ...] = ()
    name: str = ""

    def by_control(self) -> dict[Control, tuple[Row, ...]]:
        """The rows that move each control, in order of first mention."""
        grouped: dict[Control, list[Row]] = {}
        for row in self.rows:
            grouped.setdefault(row.control, []).append(row)
        return {control: tuple(rows) for control, rows in grouped.items()}

    def sources(self) -> frozenset[str]:
        """Names of the visemes and channels that move something."""
        return frozenset(row.source for row in self.rows if row.weight)


def coverage(face_map: FaceMap, right: frozenset[str] | None = None) -> str:
    """One line for the panel: how much of a performance reaches this avatar.

    `right` are the visemes that were seen to do what they say on the mesh; without it rows are counted.
    """
    moved = face_map.sources()
    # sil is the face at rest: on many rigs nothing has to move for it.
    mouth = sum(name in moved for name in VISEMES if name != "sil") + 1 if moved & set(VISEMES) else 0
    if right is not None:
        mouth = len(right)
    if not mouth and "jaw" in moved:
        return "the jaw only: it opens, lips cannot round or close"
    arkit = sum(name in moved for name in ARKIT)
    text = f"{mouth} of {len(VISEMES)} visemes, {arkit} of {len(ARKIT)} ARKit"
    head = sum(name in moved for name in HEAD)
    return f"{text}, head" if head else text


def part_of(name: str) -> str:
    """What a control's name says that it moves: "jaw", "lips" or ""."""
    folded = "".join(letter for letter in name.casefold() if letter.isalnum())
    if any(word in folded for word in ("jawopen", "mouthopen", "vopen", "jawdrop", "lowerjaw", "jawmaster")):
        return "jaw"
    if any(word in folded for word in ("pucker", "funnel", "purs", "round", "tighto", "stretch", "wide", "protusion")):
        return "lips"
    return ""


def dumps(face_map: FaceMap) -> str:
    """The mapping as JSON for a preset or for a colleague."""
    rows = [{**asdict(row.control), "source": row.source, "weight": round(row.weight, 6), "part": row.part}
            for row in face_map.rows]  # fmt: skip
    return json.dumps({"schema": SCHEMA, "name": face_map.name, "rows": rows}, indent=1, ensure_ascii=False) + "\n"


def loads(text: str, name: str = "mapping") -> FaceMap:
    """The mapping in `text`. Raises OptionError with what is wrong."""
    try:
        body = json.loads(text)
        if not isinstance(body, dict) or body.get("schema") != SCHEMA:
            raise ValueError(f"its schema is not {SCHEMA}")
        return FaceMap(tuple(_row(item) for item in body["rows"]), str(body.get("name", "")))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise OptionError(f"{name} is not a lipwright mapping ({error}); choose a file saved by Save Mapping") from None


def _row(item: Any) -> Row:
    text = {field: str(item.get(field, "")) for field in ("name", "owner", "axis", "source", "part")}
    if text["source"] not in SOURCES:
        raise ValueError(f"row {text['name']!r} has the unknown source {text['source']!r}")
    if text["part"] not in PARTS:
        raise ValueError(f"row {text['name']!r} has the unknown part {text['part']!r}")
    control = Control(item["kind"], text["name"], text["owner"], text["axis"])
    return Row(text["source"], control, float(item["weight"]), text["part"])


def load(path: Path) -> FaceMap:
    """Read a mapping file."""
    return loads(read_text(path, limit=MAX_BYTES, error=OptionError), name=repr(path.name))


def save(face_map: FaceMap, path: Path) -> None:
    """Write a mapping file, whole or not at all."""
    write_beside(path, dumps(face_map).encode())


def shape_rows(weights: Iterable[tuple[str, str, float]]) -> tuple[Row, ...]:
    """Rows for shape keys from (source, shape key, weight)."""
    return tuple(Row(source, Control("shape", name), weight, part_of(name)) for source, name, weight in weights)


def from_names(names: Iterable[str]) -> tuple[FaceMap, tuple[str, ...]]:
    """(the map that the known conventions make of a rig's shape keys, sentences about it); empty for unknown rigs."""
    rig = rigs.recognise(names)
    rows = shape_rows((source, name, weight) for source, mix in rig.controls.items() for name, weight in mix.items())
    titles = [one.title for one in rigs.conventions() if one.id in rig.conventions]
    notes = [f"{source} uses {' + '.join(rig.controls[source])}" for source in rig.stand_ins]
    return FaceMap(rows, ", ".join(titles)), (*notes, *rig.notes)
