"""The Blender extension: one zip a platform and Python, with every wheel that performing needs.

Blender 4.2 to 5.0 run Python 3.11, 5.1 and later 3.13, and a wheel with compiled code fits one of them: hence two
sets. Blender's own extension tool builds and validates; it comes with Blender and with the `bpy` package, so this
needs `make .venv-bpy/.installed` (or --tool). Numpy is Blender's own and not bundled.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import build_wheel

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ADDON = ROOT / "blender_addon"
CACHE = ROOT / "build" / "wheels"
TIMEOUT_S = 600

# What a performance imports beside the standard library and numpy; each brings no further package that it imports.
PACKAGES = ("onnxruntime", "pocketsphinx", "av", "soxr")


@dataclass(frozen=True)
class Python:
    """One of the two sets: Python, and the Blenders that run it (`before` is the first that does not)."""

    tag: str
    since: str
    before: str | None
    title: str


PYTHONS = {
    "311": Python("311", "4.2.0", "5.1.0", "blender4.2-5.0"),
    "313": Python("313", "5.1.0", None, "blender5.1-up"),
}
# Blender's platform -> pip's platform tags, newest first.
PLATFORMS = {
    "linux-x64": tuple(f"manylinux_2_{n}_x86_64" for n in (28, 27, 26, 24, 17)) + ("manylinux2014_x86_64",),
    "windows-x64": ("win_amd64",),
    "macos-arm64": tuple(f"macosx_{n}_0_arm64" for n in (14, 13, 12, 11)),
    "macos-x64": tuple(f"macosx_{n}_0_x86_64" for n in (14, 13, 12, 11)) + ("macosx_10_13_x86_64", "macosx_10_9_x86_64"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which zips to build."""
    parser.add_argument("--platform", action="append", choices=PLATFORMS, help="only this one; may be repeated")
    parser.add_argument("--python", action="append", choices=PYTHONS, help="only this one; may be repeated")
    parser.add_argument("--output", type=Path, default=HERE, help="folder (default: dist)")
    parser.add_argument("--tool", type=Path, help="Blender's blender_ext.py, if it is not found")


def run(args: argparse.Namespace) -> list[Path]:
    """Build and validate every zip that was asked for."""
    tool = args.tool or find_tool()
    args.output.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    with tempfile.TemporaryDirectory() as folder:
        own = build_wheel.build(Path(folder))
        for tag in args.python or PYTHONS:
            made += _build_set(PYTHONS[tag], args.platform or list(PLATFORMS), own, tool, args.output)
    return made


def find_tool() -> Path:
    """Blender's extension tool inside a bpy package."""
    named = os.environ.get("LIPWRIGHT_BPY_PYTHON")
    bases = [Path(named).parents[1]] if named else [ROOT / ".venv-bpy"]
    for base in bases:
        hits = sorted(base.glob("**/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
        if hits:
            return hits[-1]
    sys.exit("Blender's extension tool was not found: run `make .venv-bpy/.installed`, or give --tool PATH/blender_ext.py")


def _build_set(python: Python, platforms: list[str], own: Path, tool: Path, output: Path) -> list[Path]:
    with tempfile.TemporaryDirectory() as folder:
        source, zips = Path(folder) / "lipwright", Path(folder) / "zips"
        shutil.copytree(ADDON, source, ignore=shutil.ignore_patterns("__pycache__"))
        zips.mkdir()
        wheels = source / "wheels"
        wheels.mkdir()
        shutil.copy(own, wheels)
        for platform in platforms:
            for wheel in fetch(python, platform):
                shutil.copy(wheel, wheels)
        manifest = source / "blender_manifest.toml"
        manifest.write_text(manifest_text(manifest.read_text(encoding="utf-8"), python, platforms, wheels), "utf-8")
        _tool(tool, "validate", str(source))
        _tool(tool, "build", "--source-dir", str(source), "--output-dir", str(zips), "--split-platforms")
        made = []
        for path in sorted(zips.glob("*.zip")):
            _tool(tool, "validate", str(path))
            name, version, platform = re.fullmatch(r"(\w+)-([\d.]+)-(\w+)\.zip", path.name).groups()  # type: ignore[union-attr]
            made.append(Path(shutil.move(path, output / f"{name}-{version}-{python.title}-{platform}.zip")))
        return made


def fetch(python: Python, platform: str) -> list[Path]:
    """The wheels for one platform and Python, from the package index, kept in build/wheels for the next time."""
    folder = CACHE / f"{python.tag}-{platform}"
    if len(list(folder.glob("*.whl"))) < len(PACKAGES):
        folder.mkdir(parents=True, exist_ok=True)
        tags = [word for tag in PLATFORMS[platform] for word in ("--platform", tag)]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--python-version", python.tag, "--implementation", "cp", *tags, "--dest", str(folder), *PACKAGES]
        subprocess.run(command, check=True, timeout=TIMEOUT_S)
    return sorted(folder.glob("*.whl"))


def manifest_text(text: str, python: Python, platforms: list[str], wheels: Path) -> str:
    """The manifest for one set: its Blenders, platforms and wheels."""
    names = ", ".join(f'"./wheels/{path.name}"' for path in sorted(wheels.glob("*.whl")))
    added = f"platforms = {list(platforms)}\nwheels = [{names}]\n".replace("'", '"')
    if python.before:
        added = f'blender_version_max = "{python.before}"\n{added}'
    lines = re.sub(r'blender_version_min = ".*"', f'blender_version_min = "{python.since}"', text)
    return lines.replace("\n[permissions]", f"{added}\n[permissions]", 1)


def _tool(tool: Path, *words: str) -> None:
    done = subprocess.run([sys.executable, str(tool), *words], capture_output=True, text=True, timeout=TIMEOUT_S)
    if done.returncode:
        sys.exit(f"Blender's extension tool refused {words[0]}: {done.stdout}{done.stderr}")
