"""Where each system keeps things. Paths are from Blackmagic's scripting README and Blender's manual."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lipwright.user_folder import platform_folder


@dataclass(frozen=True, slots=True)
class System:
    """The machine being installed on; tests build one for each platform."""

    platform: str
    home: Path
    environ: Mapping[str, str]

    @property
    def data(self) -> Path:
        """This user's folder for program data."""
        return platform_folder(self.environ, self.platform, self.home)

    @property
    def resolve_scripts(self) -> Path:
        """This user's `Fusion/Scripts/Utility`, whose entries show on every page of Resolve."""
        if self.platform == "win32":
            base = Path(self.environ.get("APPDATA") or self.home / "AppData" / "Roaming")
            root = base / "Blackmagic Design" / "DaVinci Resolve" / "Support"
        elif self.platform == "darwin":
            root = self.home / "Library" / "Application Support" / "Blackmagic Design" / "DaVinci Resolve"
        else:
            root = self.home / ".local" / "share" / "DaVinciResolve"
        return root / "Fusion" / "Scripts" / "Utility"

    @property
    def resolve_scripts_all_users(self) -> tuple[Path, ...]:
        """Folders that all users share, where an old copy may still lie."""
        if self.platform == "win32":
            base = Path(self.environ.get("PROGRAMDATA") or "C:/ProgramData")
            roots: tuple[Path, ...] = (base / "Blackmagic Design" / "DaVinci Resolve" / "Fusion",)
        elif self.platform == "darwin":
            roots = (Path("/Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion"),)
        else:
            roots = (Path("/opt/resolve/Fusion"), Path("/home/resolve/Fusion"))
        return tuple(root / "Scripts" / "Utility" for root in roots)

    @property
    def blenders(self) -> tuple[Path, ...]:
        """Blender programs in the usual places, newest first."""
        if self.platform == "win32":
            base = Path(self.environ.get("PROGRAMFILES") or "C:/Program Files") / "Blender Foundation"
            found = base.glob("Blender */blender.exe")
        elif self.platform == "darwin":
            found = Path("/Applications").glob("Blender*.app/Contents/MacOS/Blender")
        else:
            found = Path("/opt").glob("blender*/blender")
        return tuple(sorted(found, reverse=True))


def this_system() -> System:
    """The machine that this runs on."""
    return System(sys.platform, Path.home(), os.environ)
