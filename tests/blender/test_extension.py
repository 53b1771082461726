"""The zip that users get: it builds, validates, installs into a clean Blender and performs with nothing else there."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.blender import harness

INSTALL = Path(__file__).parent / "apart" / "install.py"
DEMO = harness.ROOT / "core" / "lipwright" / "data" / "demo"
MANIFEST = harness.ROOT / "blender_addon" / "blender_manifest.toml"
PLATFORM = {"linux": "linux-x64", "win32": "windows-x64", "darwin": "macos-arm64"}.get(sys.platform)


def test_manifest_keeps_the_rules_of_the_platform():
    manifest = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"] and list(manifest["permissions"]) == ["files"]
    assert len(manifest["tagline"]) <= 64 and not manifest["tagline"].endswith(".")
    assert all(len(reason) <= 64 for reason in manifest["permissions"].values())
    assert "blender" not in manifest["name"].casefold()


def test_versions_agree():
    import lipwright

    assert tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["version"] == lipwright.__version__


def test_the_extension_opens_no_network_and_changes_no_path():
    for file in (harness.ROOT / "blender_addon").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\b(urllib|requests|socket|http\.client)\b", text), file.name
        assert "__name__" not in text.replace('run_name="__main__"', "") or file.name == "worker.py", file.name


@pytest.mark.bpy
@pytest.mark.slow
def test_zip_installs_into_a_clean_blender_and_performs(tmp_path):
    python = harness.bpy_python()
    if python is None:
        pytest.skip("no Python with bpy: run `make .venv-bpy/.installed`, or set LIPWRIGHT_BPY_PYTHON")
    version = subprocess.check_output(
        [python, "-c", "import sys; print('%d%d' % sys.version_info[:2])"], text=True
    ).strip()
    build = [sys.executable, harness.ROOT / "dist" / "build.py", "blender", "--platform", PLATFORM, "--python", version]
    built = subprocess.run([*build, "--output", tmp_path], capture_output=True, text=True, timeout=250, check=False)
    if (
        "No matching distribution" in built.stderr
        or "Connection" in built.stderr
        or "No module named pip" in built.stderr
    ):
        pytest.skip("the package index cannot be reached, or this Python has no pip")
    assert built.returncode == 0, built.stdout + built.stderr
    (archive,) = tmp_path.glob("lipwright-*.zip")
    assert archive.stat().st_size < 200e6
    home = tmp_path / "home"
    home.mkdir()
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    env.update(BLENDER_USER_RESOURCES=str(home), OMP_NUM_THREADS="1")
    command = [python, INSTALL, archive, DEMO / "song.ogg", DEMO / "song.lrc"]
    ended = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=harness.TIMEOUT_S, cwd=tmp_path, check=False
    )
    assert "INSTALLED AND PERFORMED" in ended.stdout, ended.stdout[-2000:] + ended.stderr[-3000:]
