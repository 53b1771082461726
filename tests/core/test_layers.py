"""Imports go one way, and importing what hosts need costs nothing."""

import subprocess
import sys
import time

import pytest

LIGHT = ["lipwright", "lipwright.types", "lipwright.errors", "lipwright.timebase", "lipwright.document",
         "lipwright.corrections", "lipwright.files", "lipwright.client", "lipwright.rigs"]  # fmt: skip
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


def test_the_client_parses_on_python_3_8() -> None:
    import ast
    from pathlib import Path

    import lipwright.client

    started = time.monotonic()
    ast.parse(Path(lipwright.client.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))
    assert time.monotonic() - started < 10
