"""Installing the Resolve script: its folder beside the user's data, two menu entries, the core's Python baked in."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import lipwright
from lipwright.errors import OutputError
from lipwright.files import write_beside
from lipwright.hosts.folders import System

# Modules the script brings along, since it runs in Resolve's own Python and cannot see this environment.
COPIED = ("__init__.py", "client.py", "errors.py", "timebase.py", "user_folder.py")
ENTRIES = ("Lipwright.py", "Lipwright.lua")

HELP = """\
if Lipwright is not under Workspace > Scripts in Resolve:
  - Lipwright (Lua) listed but not the Python one: the free edition from 21.1 lists Lua only; use that entry
  - neither listed: look that Resolve runs as this user; the Mac App Store edition uses another folder, name it with
    --scripts-folder (Resolve: Fusion page, Fusion > Fusion Settings > Paths > Scripts)
  - the Python entry is missing in Studio: install 64-bit Python 3.10 to 3.12 for all users and start Resolve again
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about the installation: what, whether it is as it should be, and what to do if not."""

    what: str
    ok: bool
    advice: str = ""


def source_folder() -> Path:
    """The script as it lies in this installation, or in a checkout. Raises OutputError when it is in neither."""
    package = Path(lipwright.__file__).parent
    for folder in (package / "hosts" / "resolve", package.parents[1] / "resolve_script"):
        if (folder / "lipwright_resolve" / "main.py").is_file():
            return folder
    raise OutputError("this installation holds no Resolve script; install lipwright again with pip")


def script_home(system: System) -> Path:
    """Where the script's package lies: not in Resolve's folder, which would list every file of it."""
    return system.data / "resolve-script"


def install(system: System, scripts: Path | None = None, python: str = sys.executable) -> list[Path]:
    """Install or renew; returns the menu entries. Old copies of ours are removed first. Raises OutputError."""
    scripts = scripts or system.resolve_scripts
    home, source = script_home(system), source_folder()
    try:
        uninstall(system, scripts)
        shutil.copytree(
            source / "lipwright_resolve", home / "lipwright_resolve", ignore=shutil.ignore_patterns("__pycache__")
        )
        (home / "lipwright").mkdir()
        for name in COPIED:
            shutil.copyfile(Path(lipwright.__file__).parent / name, home / "lipwright" / name)
        scripts.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        where = error.filename or home
        raise OutputError(f"cannot install into {str(where)!r} ({error.strerror}); check its permissions") from error
    return [_write_entry(source / name, scripts / name, home, python) for name in ENTRIES]


def _write_entry(template: Path, target: Path, home: Path, python: str) -> Path:
    text = template.read_text(encoding="utf-8")
    text = text.replace("@LIPWRIGHT_HOME@", str(home)).replace("@LIPWRIGHT_PYTHON@", python)
    write_beside(target, text.encode("utf-8"))
    return target


def uninstall(system: System, scripts: Path | None = None) -> list[Path]:
    """Remove what `install` made; returns what was removed. Takes, snapshots and logs stay."""
    scripts = scripts or system.resolve_scripts
    removed = []
    for entry in (scripts / name for name in ENTRIES):
        if _is_ours(entry):
            entry.unlink()
            removed.append(entry)
    home = script_home(system)
    if home.is_dir():
        shutil.rmtree(home)
        removed.append(home)
    return removed


def check(system: System, scripts: Path | None = None, python: str = sys.executable) -> list[Finding]:
    """What is installed where, and what to do about what is not right."""
    scripts = scripts or system.resolve_scripts
    again = "run `lipwright install resolve`"
    home = script_home(system)
    findings = [Finding(f"script folder {home}", (home / "lipwright_resolve" / "main.py").is_file(), again)]
    for entry in (scripts / name for name in ENTRIES):
        findings.append(Finding(f"menu entry {entry}", _is_ours(entry), again))
        if _is_ours(entry):
            baked = python in entry.read_text(encoding="utf-8")
            findings.append(Finding(f"{entry.name} uses this environment ({python})", baked, again))
    version = home / "lipwright" / "__init__.py"
    same = version.is_file() and lipwright.__version__ in version.read_text(encoding="utf-8")
    findings.append(Finding(f"installed script is version {lipwright.__version__}", same, again))
    for folder in system.resolve_scripts_all_users:
        if _is_ours(folder / ENTRIES[0]):
            findings.append(Finding(f"old copy {folder / ENTRIES[0]}", False, "remove it, or two entries will show"))
    return findings


def _is_ours(entry: Path) -> bool:
    try:
        return "lipwright install resolve" in entry.read_text(encoding="utf-8", errors="replace")[:600]
    except OSError:
        return False
