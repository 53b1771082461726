"""Imports go one way, and importing what hosts need costs nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lipwright

LIGHT = ["lipwright", "lipwright.types", "lipwright.errors", "lipwright.timebase", "lipwright.document",
         "lipwright.corrections", "lipwright.files", "lipwright.client", "lipwright.rigs", "lipwright.rigs.names", "lipwright.rigs.files", "lipwright.performance_slice", "lipwright.corrections.word_retiming", "lipwright.events", "lipwright.user_folder"]  # fmt: skip
HEAVY = {
    "numpy",
    "torch",
    "cv2",
    "bpy",
    "onnxruntime",
    "librosa",
    "av",
    "soxr",
    "pocketsphinx",
    "opentimelineio",
}


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_load_the_standard_library_only(module: str) -> None:
    code = f"import {module}, sys; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & HEAVY


def test_importing_lipwright_is_quick() -> None:
    """0.2 s is the promise; the fastest of five is taken, because machines are noisy."""
    code = "import time; t = time.perf_counter(); import lipwright; print(time.perf_counter() - t)"
    took = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    ]
    assert min(took) < 0.2


@pytest.mark.parametrize("name", ["__init__.py", "client.py", "errors.py", "timebase.py", "user_folder.py"])
def test_what_hosts_with_an_old_python_copy_parses_on_python_3_8(name: str) -> None:
    text = (Path(lipwright.__file__).parent / name).read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 8))
    assert name in ("__init__.py", "errors.py") or "from __future__ import annotations" in text
