"""The rules of docs/developers/architecture.md about who may import whom, and how large a folder may grow."""

from __future__ import annotations

import graphlib
import importlib.util
import sys
import tomllib
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = (
    "core/lipwright",
    "core/training",
    "otio_adapter/otio_lipwright",
    "resolve_script/lipwright_resolve",
    "blender_addon",
)
MOST_MODULES = 14  # what a reader takes in at a glance; a folder that grows beyond it is two rooms
CONFIG: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]


@pytest.fixture(scope="module")
def draw_map() -> ModuleType:
    """docs/developers/draw_map.py, which reads all imports."""
    pytest.importorskip("grimp")
    spec = importlib.util.spec_from_file_location("draw_map", ROOT / "docs" / "developers" / "draw_map.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def graph(draw_map: ModuleType) -> Any:
    return draw_map.graph()


def test_the_import_contracts_of_pyproject_hold(graph: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`graph` has put the folders on the path; details: `lint-imports --verbose` from the same path."""
    cli = pytest.importorskip("importlinter.cli")
    monkeypatch.chdir(ROOT)
    assert cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == cli.EXIT_STATUS_SUCCESS


def test_light_modules_import_the_standard_library_only(draw_map: ModuleType) -> None:
    grimp = pytest.importorskip("grimp")
    light = next(contract for contract in CONFIG["contracts"] if contract["id"] == "light")["source_modules"]
    draw_map.graph()
    graph = grimp.build_graph("lipwright", include_external_packages=True, cache_dir=None)
    modules = {module for name in light for module in {name, *graph.find_descendants(name)}}
    seen = {other for module in modules for other in graph.find_modules_directly_imported_by(module)}
    foreign = {name.partition(".")[0] for name in seen} - {"lipwright"} - sys.stdlib_module_names
    assert len(modules) >= len(light) and not foreign


def test_no_module_imports_itself_in_a_circle(graph: Any) -> None:
    allowed = {
        tuple(rule.split(" -> ")) for contract in CONFIG["contracts"] for rule in contract.get("ignore_imports", ())
    }
    imports = {
        module: {other for other in graph.find_modules_directly_imported_by(module) if (module, other) not in allowed}
        for module in graph.modules
    }
    graphlib.TopologicalSorter(imports).prepare()


def test_no_folder_is_larger_than_a_glance() -> None:
    count = Counter(path.parent for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))
    assert len(count) > 30
    assert not {str(folder.relative_to(ROOT)): n for folder, n in count.items() if n > MOST_MODULES}


def test_every_folder_says_what_its_modules_have_in_common() -> None:
    folders = {path.parent for folder in SOURCES for path in (ROOT / folder).rglob("*.py")}
    silent = [
        folder for folder in folders if not (folder / "__init__.py").read_text(encoding="utf-8").startswith('"""')
    ]
    assert not silent


def test_the_map_shows_every_room_and_only_real_imports(draw_map: ModuleType, graph: Any) -> None:
    boxes = [box for _, row in draw_map.rows(graph) for box in row]
    rooms = {child for child in graph.find_children("lipwright") if not child.endswith("__main__")}
    assert rooms <= set(boxes), "pyproject's layers name every room"
    edges = draw_map.edges(graph, boxes)
    assert ("lipwright.service", "lipwright.phonemes") in edges and (
        "lipwright.phonemes",
        "lipwright.service",
    ) not in edges
    assert draw_map.picture(graph).count("<rect") == len(boxes) + 1
