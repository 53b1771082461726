"""Every call the script makes exists in Resolve's typed stubs with that many arguments; the fake keeps to them too."""

from __future__ import annotations

import ast
import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import fake
import pytest

from conftest import ROOT

# Younger than the stubs of 21.0: name -> first version.
NEWER = {
    "GetSelectedClips": "21.0.4", "IsStudio": "21.1", "GetType": "21.1", "GetSpeed": "21.1", "SetSpeed": "21.1",
    "GetProperties": "21.1", "GetSettings": "21.1",
}  # fmt: skip
FAKES = {"Item": "TimelineItem", "Item211": "TimelineItem", "Timeline": "Timeline", "Timeline2104": "Timeline", "Timeline211": "Timeline",
         "PoolItem": "MediaPoolItem", "Pool": "MediaPool", "Folder": "Folder", "Project": "Project",
         "Manager": "ProjectManager", "Resolve": "Resolve"}  # fmt: skip


@pytest.fixture(scope="module")
def stubs() -> dict[str, dict[str, tuple[int, int]]]:
    files = importlib.metadata.files("fusionscript-stubs") or []
    text = next(f for f in files if f.name == "fusionscript.pyi").locate().read_text(encoding="utf8")
    classes: dict[str, dict[str, tuple[int, int]]] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            classes[node.name] = {}
            for f in (f for f in node.body if isinstance(f, ast.FunctionDef)):
                low, high = arity(f)
                old = classes[node.name].get(f.name, (99, 0))
                classes[node.name][f.name] = (min(low, old[0]), max(high, old[1]))
    return classes


def arity(f: ast.FunctionDef) -> tuple[int, int]:
    """The stubs write an optional argument as Optional[...] or with a default, and `subframe_precision` as required."""
    named = f.args.args[1:]
    optional = [
        a for a in named if (a.annotation and "Optional" in ast.unparse(a.annotation)) or a.arg == "subframe_precision"
    ]
    optional_count = max(len(f.args.defaults), len(optional))
    if f.name == "DeleteClips":
        optional_count = 1
    return len(named) - optional_count, 99 if f.args.vararg else len(named)


def calls() -> Iterator[tuple[str, str, int]]:
    """(file, API method, argument count) of every call in the script; API names are the capitalised ones."""
    for path in sorted((ROOT / "resolve_script").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr[:1].isupper():
                owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
                if owner in ("threading", "queue", "http", "logs") or node.func.attr == "ThreadingHTTPServer":
                    continue
                yield path.name, node.func.attr, len(node.args) + len(node.keywords)


WINDOWS = {"OpenProcess", "GetExitCodeProcess", "CloseHandle"}  # kernel32's, not Resolve's
UI_ONLY = {"AddWindow", "RunLoop", "ExitLoop", "Show", "Hide", "UIDispatcher", "GetItems", "VGroup", "HGroup", "Label",
           "LineEdit", "ComboBox", "Button", "CheckBox", "TextEdit", "Slider", "AddItem", "StepLoop", "UIManager"}  # fmt: skip


def test_every_call_exists_with_that_many_arguments(stubs: dict[str, dict[str, tuple[int, int]]]) -> None:
    seen = 0
    for file, name, count in calls():
        if name in NEWER or name in UI_ONLY or name in WINDOWS:
            continue
        ranges = [methods[name] for methods in stubs.values() if name in methods]
        assert ranges, f"{file} calls {name}, which Resolve does not have"
        assert any(low <= count <= high for low, high in ranges), (
            f"{file} calls {name} with {count} arguments: {ranges}"
        )
        seen += 1
    assert seen > 60


def test_the_check_can_fail(stubs: dict[str, dict[str, tuple[int, int]]]) -> None:
    assert not any("AppendToTimeline" in methods for name, methods in stubs.items() if name == "Timeline")
    assert stubs["TimelineItem"]["AddTake"] == (1, 3)


@pytest.mark.parametrize("name", FAKES)
def test_the_fake_has_nothing_that_resolve_lacks(name: str, stubs: dict[str, dict[str, tuple[int, int]]]) -> None:
    kind = getattr(fake, name)
    methods = [m for m in vars(kind) if getattr(getattr(kind, m), "is_api", False)]
    assert methods
    for method in methods:
        assert method in stubs[FAKES[name]] or method in NEWER


def test_never_what_would_touch_other_timelines_or_drop_originals() -> None:
    names = {name for _, name, _ in calls()}
    assert not names & {"ReplaceClip", "FinalizeTake", "DeleteFolders", "CloseProject", "Quit"}


@pytest.mark.parametrize("path", sorted((ROOT / "resolve_script").rglob("*.py")), ids=lambda path: path.name)
def test_the_script_parses_on_python_3_8(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
