"""Direction from a preset, a TOML file of `Direction` fields, and what the person overrides."""

from __future__ import annotations

import dataclasses
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from lipwright.errors import OptionError
from lipwright.files import read_text
from lipwright.types import Direction

_FIELDS = {field.name for field in dataclasses.fields(Direction)} - {"preset"}
_LIMIT = 64 * 1024


def presets() -> dict[str, str]:
    """Name -> one-line summary of every preset that ships."""
    folder = resources.files("lipwright").joinpath("data/presets")
    files = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return {name.removesuffix(".toml"): str(_parse(_shipped(name), name).get("summary", "")) for name in files}


def direct(preset: str = "natural", **overrides: Any) -> Direction:
    """The direction of a preset (a name that ships, or a path to a TOML file) with overrides; None overrides nothing.

    Raises OptionError for an unknown preset, an unknown field or a value out of range.
    """
    name, values = _read(preset)
    values.pop("summary", None)
    values |= {key: value for key, value in overrides.items() if value is not None}
    unknown = sorted(set(values) - _FIELDS)
    if unknown:
        raise OptionError(f"{unknown[0]!r} is no part of a direction; choose from {', '.join(sorted(_FIELDS))}")
    for key, value in values.items():
        if isinstance(value, str) != (key == "emotion") or isinstance(value, bool | list | dict):
            raise OptionError(f"preset {name!r} has {key} = {value!r}, which is no {key}; change that value")
    try:
        return Direction(preset=name, **values)
    except (ValueError, TypeError) as error:
        raise OptionError(f"direction {name!r} cannot be followed: {error}; change that value") from None


def _read(preset: str) -> tuple[str, dict[str, Any]]:
    if preset.endswith(".toml"):
        path = Path(preset)
        return path.stem, _parse(read_text(path, limit=_LIMIT, error=OptionError), preset)
    known = presets()
    if preset not in known:
        raise OptionError(f"preset {preset!r} is unknown; choose {', '.join(known)}, or give the path of a .toml file")
    return preset, _parse(_shipped(f"{preset}.toml"), preset)


def _shipped(file: str) -> str:
    return resources.files("lipwright").joinpath(f"data/presets/{file}").read_text(encoding="utf-8")


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib's own error is a ValueError, and so are numbers too long
        raise OptionError(f"preset {name!r} is not TOML ({error}); mend that line") from None
