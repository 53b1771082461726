"""Installing the Blender extension through Blender's own command line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import lipwright
from lipwright.errors import OptionError, OutputError
from lipwright.hosts.folders import System

MODULE = "bl_ext.user_default.lipwright"
TIMEOUT_S = 180
PLATFORMS = {"win32": "windows", "darwin": "macos", "linux": "linux"}


def find_blender(system: System, given: Path | None = None) -> Path:
    """The Blender to install into: given, on PATH, or in the usual places. Raises OptionError."""
    if given is not None:
        if not given.is_file():
            raise OptionError(f"{str(given)!r} is no Blender program; give the path of blender itself")
        return given
    on_path = shutil.which("blender")
    found = [Path(on_path)] if on_path else list(system.blenders)
    if not found:
        raise OptionError("Blender was not found; name it with --blender PATH, or drag the zip into Blender's window")
    return found[0]


def find_zip(given: Path | None = None, platform: str = sys.platform) -> Path:
    """The extension for this platform: given, or the newest that was built into dist/. Raises OptionError."""
    if given is not None:
        if not given.is_file():
            raise OptionError(f"{str(given)!r} is not there; give the extension's zip file")
        return given
    dist = Path(lipwright.__file__).parents[2] / "dist"
    built = sorted(dist.glob(f"lipwright-*{PLATFORMS.get(platform, '')}*.zip"), key=lambda path: path.stat().st_mtime)
    if not built:
        raise OptionError("no extension zip was found; give it with --zip, or build it: python dist/build.py blender")
    return built[-1]


def install(blender: Path, archive: Path) -> str:
    """Install and enable the extension; returns Blender's own words. Raises OutputError with them on failure."""
    return _extension(blender, "install-file", "--repo", "user_default", "--enable", str(archive))


def uninstall(blender: Path) -> str:
    """Remove the extension. Raises OutputError with Blender's words on failure."""
    return _extension(blender, "remove", "user_default.lipwright")


def check(blender: Path) -> str:
    """Blender's list of installed extensions."""
    return _extension(blender, "list")


def _extension(blender: Path, *words: str) -> str:
    command = [str(blender), "--background", "--command", "extension", *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OutputError(f"{str(blender)!r} did not finish ({error}); drag the zip into its window") from error
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise OutputError(f"Blender refused ({last[0]}); it needs 4.2 or later; or drag the zip into its window")
    return done.stdout
