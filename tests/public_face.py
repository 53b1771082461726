"""What others build on, listed from the code: `python -m tests.public_face` writes it into the page of that name.

A name's parts (parameters, fields, options) end in `=` where they may be left out.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import functools
import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "developers" / "public_face.md"
UPDATE = "python -m tests.public_face"
BEGIN = "<!-- listed by `python -m tests.public_face`; do not edit below -->"
MODULES = ("lipwright.service", "lipwright.document", "lipwright.client", "lipwright.types", "lipwright.errors")
API = "otio_lipwright.api"
SOURCES = ("core/lipwright", "otio_adapter", "resolve_script", "blender_addon")
OTIO_MANIFEST = "otio_adapter/otio_lipwright/plugin/plugin_manifest.json"
_SCHEMA = re.compile(r'"(lipwright\.[a-z-]+/\d+)"')
_OPERATOR = re.compile(r'bl_idname = "(lipwright\.\w+)"')

Parts = tuple[str, ...]
Face = dict[str, dict[str, Parts]]
"""Section -> name -> parts."""


@functools.cache
def listed() -> Face:
    """The public face as the code has it."""
    face: Face = {f"module `{name}`": names_of(importlib.import_module(name)) for name in MODULES}
    face[f"module `{API}`"] = names_of(importlib.import_module(API))
    face["commands"] = dict(commands())
    face["exports"] = exports()
    face["schemas"] = schemas()
    face["operators in Blender"] = operators()
    return face


def names_of(module: ModuleType) -> dict[str, Parts]:
    """A module's own names: those in `__all__`, else every one without an underscore that it defines itself."""
    names = getattr(module, "__all__", None) or [name for name in _defined(module) if not name.startswith("_")]
    return {name: _parts(getattr(module, name)) for name in sorted(names)}


def _defined(module: ModuleType) -> Iterator[str]:
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _parts(value: Any) -> Parts:
    if not (inspect.isfunction(value) or inspect.isclass(value)):
        return ()
    if inspect.isfunction(value):
        return _parameters(value)
    if issubclass(value, Exception):
        return tuple(base.__name__ for base in value.__bases__)
    methods = tuple(f"{name}()" for name in vars(value) if _is_method(value, name))
    return (*(_parameters(value) if _has_fields(value) else _parameters(value.__init__)[1:]), *methods)


def _is_method(kind: type, name: str) -> bool:
    found = inspect.getattr_static(kind, name)
    return not name.startswith("_") and isinstance(found, property | classmethod | type(_is_method))


def _has_fields(kind: type) -> bool:
    return dataclasses.is_dataclass(kind) or hasattr(kind, "_fields")


def _parameters(function: Any) -> Parts:
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    found = inspect.signature(function).parameters.values()
    return tuple(stars.get(p.kind, "") + p.name + ("" if p.default is p.empty else "=") for p in found)


def commands() -> Iterator[tuple[str, Parts]]:
    """Every command and action with its arguments and options."""
    from lipwright.commands import COMMANDS, module_of

    for name in COMMANDS:
        parser = argparse.ArgumentParser(prog=name, add_help=False)
        importlib.import_module(module_of(name)).add_arguments(parser)
        yield from _arguments(parser, name)


def _arguments(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, Parts]]:
    actions = [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    subs = [action for action in actions if isinstance(action, argparse._SubParsersAction)]
    yield name, tuple(sorted(part for action in actions if action not in subs for part in _options(action)))
    for action in subs:
        for word, sub in action.choices.items():
            yield from _arguments(sub, f"{name} {word}")


def _options(action: argparse.Action) -> Parts:
    """The flags, or the place of an argument; a few fixed words to choose from are parts too."""
    may = "" if action.required else "="
    chosen = f"{action.metavar or action.dest}"
    names = tuple(action.option_strings) or (chosen,)
    choices = [str(word) for word in action.choices or ()]
    return (*(name + may for name in names), *(f"{names[-1]} {word}" for word in choices))


def exports() -> dict[str, Parts]:
    """Every format and the ending of its default name."""
    from lipwright.exports import ABOUT, EXPORTS

    return {name: (ABOUT[name][0],) for name in EXPORTS}


def schemas() -> dict[str, Parts]:
    """Names and versions of what is written to disk."""
    from lipwright import document

    found = {f"{document.SCHEMA_NAME}/{document.SCHEMA_VERSION}"}
    for path in _files(*SOURCES):
        found |= set(_SCHEMA.findall(path.read_text(encoding="utf-8")))
    manifest = json.loads((ROOT / OTIO_MANIFEST).read_text(encoding="utf-8"))
    (families,) = manifest["version_manifests"].values()
    newest = families[max(families, key=int)]
    found |= {f"{label}.{number}" for label, number in newest.items()}
    return dict.fromkeys(sorted(found), ())


def operators() -> dict[str, Parts]:
    """`bpy.ops.lipwright.*`, which scripts and artists' hotkeys call."""
    texts = (path.read_text(encoding="utf-8") for path in _files("blender_addon"))
    return dict.fromkeys(sorted({name for text in texts for name in _OPERATOR.findall(text)}), ())


def _files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def written() -> Face:
    """The public face as the page has it."""
    face: Face = {}
    for line in PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].splitlines():
        if line.startswith("### "):
            section = face.setdefault(line.removeprefix("### "), {})
        elif line.startswith("- "):
            name, *parts = re.findall(r"`([^`]+)`", line)
            section[name] = tuple(parts)
    return face


def lost(before: Face, now: Face) -> list[str]:
    """What a person who relies on `before` would stumble over in `now`, one sentence each."""
    out = []
    for section, names in before.items():
        for name, parts in names.items():
            found = now.get(section, {}).get(name)
            if found is None:
                out.append(f"{section}: {name} is gone")
            else:
                out += [f"{section}: {name} {trouble}" for trouble in _troubles(parts, found, "module" in section)]
    return out


def _troubles(before: Parts, now: Parts, ordered: bool) -> Iterator[str]:
    names, known = [part.rstrip("=") for part in now], [part.rstrip("=") for part in before]
    for part, name in zip(before, known, strict=True):
        if name not in names:
            yield f"has no {name} any more"
        elif part.endswith("=") and part not in now:
            yield f"now needs {name}"
    for part, name in zip(now, names, strict=True):
        if name not in known and _must_be_given(part):
            yield f"now needs {name}"
    if ordered and [name for name in names if name in known] != [name for name in known if name in names]:
        yield "has its parts in another order"


def _must_be_given(part: str) -> bool:
    """Not what has a default, nor methods, `**options`, words to choose from and base classes."""
    return not part.endswith(("=", "()", "Error", "Exception")) and not part.startswith("*") and " " not in part


def text_of(face: Face) -> str:
    """The listing as Markdown."""
    lines = []
    for section, names in face.items():
        lines += [f"### {section}", ""]
        lines += ["- " + ": ".join([f"`{name}`", *([" ".join(f"`{p}`" for p in parts)] if parts else [])])
                  for name, parts in names.items()]  # fmt: skip
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Write the listing into the page; with `--check` only say what is missing there."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    page = f"{head}{BEGIN}\n\n{text_of(listed())}"
    if "--check" in sys.argv[1:]:
        current = page == PAGE.read_text(encoding="utf-8")
        print(f"{PAGE.name} is as the code is" if current else f"{PAGE.name} is behind the code: {UPDATE}")
        return 0 if current else 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
