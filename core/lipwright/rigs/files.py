"""The names of an avatar's shapes, from a glTF, GLB or VRM file, or from a plain list. Standard library only."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from lipwright.errors import OptionError
from lipwright.files import read_text
from lipwright.rigs import MAP_SCHEMA, RigMap, loads_map, recognise

MAX_LIST = 4 * 1024 * 1024
MAX_JSON = 256 * 1024 * 1024
_GLB = b"glTF"


def rig_of(path: Path) -> RigMap:
    """The map in a file that `lipwright rig` wrote, else the one recognised from the file's shape names."""
    if path.suffix.casefold() == ".json":
        text = read_text(path, limit=MAX_LIST, error=OptionError)
        if MAP_SCHEMA.partition("/")[0] in text[:200]:
            return loads_map(text)
    names = names_in(path)
    if not names:
        raise OptionError(f"{path.name!r} has no shape keys; choose the avatar's face, or a list of names")
    return recognise(names)


def names_in(path: Path) -> tuple[str, ...]:
    """Shape names of a .glb, .vrm or .gltf in the file's order, or the lines of a text file. Raises OptionError."""
    if path.suffix.casefold() in (".glb", ".vrm"):
        return _targets(_json_of_glb(path), path)
    text = read_text(path, limit=MAX_JSON if path.suffix.casefold() == ".gltf" else MAX_LIST, error=OptionError)
    if path.suffix.casefold() == ".gltf":
        return _targets(_parsed(text, path), path)
    return tuple(dict.fromkeys(row.strip() for row in text.splitlines() if row.strip()))


def _json_of_glb(path: Path) -> Any:
    """The first chunk of a binary glTF (Khronos glTF 2.0, 4.4.3)."""
    try:
        with path.open("rb") as stream:
            head = stream.read(20)
            if len(head) < 20 or head[:4] != _GLB or head[16:20] != b"JSON":
                raise OptionError(f"{path.name!r} is not a binary glTF; export the avatar as .glb or .vrm again")
            (size,) = struct.unpack("<I", head[12:16])
            if size > MAX_JSON:
                raise OptionError(f"{path.name!r} claims {size} bytes of description; export it again")
            return _parsed(stream.read(size).decode("utf-8", "replace"), path)
    except OSError as error:
        raise OptionError(f"cannot read {str(path)!r} ({error.strerror}); check the path") from error


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OptionError(f"{path.name!r} is damaged ({error}); export it again") from None


def _targets(body: Any, path: Path) -> tuple[str, ...]:
    """`targetNames`, where exporters put the names of morph targets."""
    try:
        names = [str(name) for mesh in body.get("meshes", []) for name in mesh.get("extras", {}).get("targetNames", [])]
        for mesh in body.get("meshes", []):
            for primitive in mesh.get("primitives", []):
                names += [str(name) for name in primitive.get("extras", {}).get("targetNames", [])]
    except (AttributeError, TypeError) as error:
        raise OptionError(f"{path.name!r} is not a glTF ({error}); export it again") from None
    return tuple(dict.fromkeys(names))
