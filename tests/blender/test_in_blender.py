"""Runs every check of tests/blender/inside in a real Blender, one process a file."""

import pytest
from tests.blender import harness

CASES = [(file, name) for file in sorted(harness.INSIDE.glob("*.py")) for name in harness.names(file)]


@pytest.mark.bpy
@pytest.mark.parametrize(("file", "name"), CASES, ids=[f"{file.stem}:{name}" for file, name in CASES])
def test_in_blender(file, name):
    python = harness.bpy_python()
    if python is None:
        pytest.skip("no Python with bpy: run `make .venv-bpy/.installed`, or set LIPWRIGHT_BPY_PYTHON")
    outcome = harness.run(file, python)[name]
    if outcome.startswith("skip: "):
        pytest.skip(outcome[6:])
    assert not outcome, outcome
