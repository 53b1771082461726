"""docs/developers/how_to_add.md does what it says: each recipe is carried out on a copy of the package and tested there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "developers" / "how_to_add.md"
MADE = ROOT / "tests" / "fixtures" / "made_by_0_1"
_BLOCK = re.compile(r"^```(\w+) (.+?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Recipe:
    """One section: its files and edits as (what to do, text), and its tests."""

    name: str
    steps: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]


def recipes() -> list[Recipe]:
    out = []
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        blocks = [(what.strip(), text) for _, what, text in _BLOCK.findall(section)]
        steps = tuple(block for block in blocks if block[0] != "test")
        out.append(Recipe(section.partition("\n")[0], steps, tuple(text for what, text in blocks if what == "test")))
    return out


def carry_out(what: str, text: str, copy: Path) -> None:
    """A new file, lines after a line, or a line's beginning replaced; an edit that finds no place fails."""
    told = dict(re.findall(r'(\w+)=("[^"]*"|\S+)', what))
    target = copy / (told.get("file") or told["into"])
    if "file" in told:
        assert not target.exists(), f"{target.name} is there already: choose another name for the recipe"
        target.write_text(text, encoding="utf-8")
        return
    before = target.read_text(encoding="utf-8")
    target.unlink()  # a link to the real one
    if told.get("after") == "end":
        target.write_text(f"{before}\n{text}", encoding="utf-8")
        return
    anchor = (told.get("after") or told["replace"]).strip('"')
    assert len(re.findall(rf"^{re.escape(anchor)}", before, re.MULTILINE)) == 1, (
        f"{anchor!r} is not once in {target.name}"
    )
    new = f"{anchor}\n{text.rstrip()}" if "after" in told else text.rstrip("\n")
    target.write_text(re.sub(rf"^{re.escape(anchor)}", lambda _: new, before, flags=re.MULTILINE), encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package as links, so that a recipe changes only what it writes."""
    source = ROOT / "core" / "lipwright"
    for path in source.rglob("*"):
        target = tmp_path / path.relative_to(ROOT)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif "__pycache__" not in path.parts:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path)
    return tmp_path


QUICK = ("An export", "A language", "A preset", "A rig convention")
SLOW = ("A mouth engine", "A host")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize(
    "names", [QUICK, pytest.param(SLOW, marks=[pytest.mark.slow, pytest.mark.models])], ids=["light", "heavy"]
)
def test_recipes_work_as_they_are_written(names: tuple[str, ...], copy: Path) -> None:
    for recipe in [recipe for recipe in recipes() if recipe.name in names]:
        assert recipe.tests, "a recipe ends in a test"
        for what, text in recipe.steps:
            carry_out(what, text, copy)
        given = f"from pathlib import Path\nMADE = Path({str(MADE)!r})\n"
        file = copy / f"test_{recipe.name.lower().replace(' ', '_')}.py"
        file.write_text(given + "\n".join(recipe.tests), encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(copy / "core"), "LIPWRIGHT_HOME": str(copy / "home")}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(copy), str(copy)]
    ran = subprocess.run(words, cwd=copy, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
    assert f"{len(names)} passed" in ran.stdout


def test_the_page_has_every_recipe() -> None:
    assert sorted(recipe.name for recipe in recipes()) == sorted(QUICK + SLOW)
