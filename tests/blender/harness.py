"""Checks that run inside Blender (the `bpy` module), each file in one process of another Python, with a time-out.

A check is a function `check_*(tmp: Path)` in tests/blender/inside/*.py. Outside, `names()` lists them without
importing anything and `run()` runs a file once and gives each check's outcome. Inside (`python harness.py FILE OUT`)
every check starts from an empty scene with the extension registered, and the classes are unregistered at the end,
because Blender crashes or hangs at exit otherwise.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INSIDE = Path(__file__).parent / "inside"
TIMEOUT_S = 240
ENDINGS = {"bin/python", "Scripts/python.exe"}


def bpy_python() -> Path | None:
    """A Python that has bpy: $LIPWRIGHT_BPY_PYTHON, or the environment that `make .venv-bpy/.installed` makes."""
    named = os.environ.get("LIPWRIGHT_BPY_PYTHON")
    places = [Path(named)] if named else [ROOT / ".venv-bpy" / ending for ending in ENDINGS]
    return next((place for place in places if place.is_file()), None)


def names(file: Path) -> list[str]:
    """The checks in a file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("check_")]


@cache
def run(file: Path, python: Path) -> dict[str, str]:
    """check -> "" if it held, else what went wrong; "skip: REASON" where it could not run."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
        env["BLENDER_USER_RESOURCES"] = folder
        env.setdefault("LIPWRIGHT_WORKER_PYTHON", sys.executable)
        env["OMP_NUM_THREADS"] = "1"
        try:
            ended = subprocess.run(
                [python, __file__, file, out],
                env=env,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                cwd=ROOT,
                check=False,
            )
            tail = (ended.stdout + ended.stderr)[-3000:]
        except subprocess.TimeoutExpired as error:
            tail = f"no end within {TIMEOUT_S} s: {str(error.stdout)[-2000:]}"
        done = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
        return {name: done.get(name, f"Blender ended before this check\n{tail}") for name in names(file)}


def main(file: Path, out: Path) -> None:
    """Inside: run the checks of one file and write what came of each."""
    import bpy

    sys.path[:0] = [str(ROOT), str(ROOT / "core")]
    import importlib.util

    import blender_addon

    spec = importlib.util.spec_from_file_location("checks", file)
    assert spec and spec.loader
    sys.path.insert(0, str(INSIDE))
    checks = importlib.util.module_from_spec(spec)
    results: dict[str, str] = {}
    blender_addon.register()
    try:
        spec.loader.exec_module(checks)
        only = os.environ.get("LIPWRIGHT_CHECK")
        for name in names(file):
            if only and only != name:
                continue
            results[name] = _one(bpy, getattr(checks, name))
            out.write_text(json.dumps(results), encoding="utf-8")
    finally:
        blender_addon.unregister()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # 4.2 crashes in its own clean-up after a glTF export


def _one(bpy, check) -> str:
    started = time.perf_counter()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with tempfile.TemporaryDirectory() as tmp:
        try:
            check(Path(tmp))
        except Skip as reason:
            return f"skip: {reason}"
        except BaseException:  # noqa: BLE001 - also RuntimeError from operators, SystemExit from add-ons
            return traceback.format_exc()
    print(f"{check.__name__} {time.perf_counter() - started:.2f} s", flush=True)
    return ""


class Skip(Exception):
    """A check cannot run here."""


if __name__ == "__main__":
    sys.modules["harness"] = sys.modules["__main__"]
    main(Path(sys.argv[1]), Path(sys.argv[2]))
