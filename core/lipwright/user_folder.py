"""The one folder in which a user's things lie: models, banks of faces, what was found in clips, logs of hosts.

Standard library and Python 3.8, because Resolve's script runs a copy of this very file; the tests hold it to what
platformdirs says. LIPWRIGHT_HOME moves all of it. LIPWRIGHT_DATA, the older switch, still says where the banks lie.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "lipwright"
SWITCH = "LIPWRIGHT_HOME"
BANKS_SWITCH = "LIPWRIGHT_DATA"
OWNER_FOLDER, OWNER_FILE = 0o700, 0o600  # a face is nobody else's business


def user_folder(
    environ: Mapping[str, str] = os.environ, platform: str = sys.platform, home: Path | None = None
) -> Path:
    """Where LIPWRIGHT_HOME says, else the system's place for a user's data that stay on this machine."""
    chosen = environ.get(SWITCH, "").strip()
    return Path(chosen).expanduser() if chosen else platform_folder(environ, platform, home)


def platform_folder(
    environ: Mapping[str, str] = os.environ, platform: str = sys.platform, home: Path | None = None
) -> Path:
    """The system's place, whatever LIPWRIGHT_HOME says; a variable that is empty or relative counts as absent."""
    home = home or Path.home()
    if platform == "win32":  # not the roaming folder: banks are large, and faces do not travel
        return _absolute(environ, "LOCALAPPDATA", home / "AppData" / "Local") / NAME
    if platform == "darwin":
        return home / "Library" / "Application Support" / NAME
    return _absolute(environ, "XDG_DATA_HOME", home / ".local" / "share") / NAME


def _absolute(environ: Mapping[str, str], variable: str, otherwise: Path) -> Path:
    """https://specifications.freedesktop.org/basedir-spec: relative paths are invalid and ignored."""
    given = environ.get(variable, "").strip()
    rooted = given.startswith(("/", "\\")) or given[1:3] in (":\\", ":/")
    return Path(given) if rooted else otherwise


def places(
    part: str, environ: Mapping[str, str] = os.environ, platform: str = sys.platform, home: Path | None = None
) -> list[Path]:
    """Where a part of it ("banks", "resolve", ...) lies now, then where earlier versions kept it."""
    own = platform_folder(environ, platform, home)
    found = [user_folder(environ, platform, home) / part]
    data = environ.get(BANKS_SWITCH, "").strip()
    if part == "banks" and data:
        return [Path(data).expanduser() / part]
    if part in ("banks", "resolve"):  # these did not follow LIPWRIGHT_HOME
        found += [own / part, *_earlier(part, environ, platform, home or Path.home())]
    return list(dict.fromkeys(found))


def _earlier(part: str, environ: Mapping[str, str], platform: str, home: Path) -> list[Path]:
    if part == "banks" and platform == "win32":
        return [_absolute(environ, "APPDATA", home / "AppData" / "Roaming") / NAME / part]
    if part == "resolve" and platform == "win32":
        return [home / NAME / part]  # where LOCALAPPDATA was unset
    if part == "resolve" and platform != "darwin":
        return [_absolute(environ, "XDG_STATE_HOME", home / ".local" / "state") / NAME / part]
    return []


def settled(
    part: str, environ: Mapping[str, str] = os.environ, platform: str = sys.platform, home: Path | None = None
) -> list[Path]:
    """The places to look into, the present one first, after what lay in an earlier place was moved to it.

    With a switch set nothing is moved, since it may be set for one run only; what lies in the earlier places is found
    there. So is what cannot be moved.
    """
    now, *earlier = places(part, environ, platform, home)
    if not environ.get(SWITCH, "").strip():
        for folder in earlier:
            _move(folder, now)
    return [now, *(folder for folder in earlier if folder.is_dir())]


def _move(folder: Path, to: Path) -> None:
    """What is in the folder, by renaming, but for names that are taken; the emptied folder goes."""
    with contextlib.suppress(OSError):
        if not folder.is_dir() or folder.is_symlink():
            return
        private_folder(to)
        for item in sorted(folder.iterdir()):
            if not (to / item.name).exists():
                with contextlib.suppress(OSError):
                    item.rename(to / item.name)
        folder.rmdir()


def private_folder(path: Path) -> Path:
    """The folder, made where it was missing, for its owner alone. Raises OSError where it cannot be made."""
    path.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # somebody else's folder, or a disk without permissions
        path.chmod(OWNER_FOLDER)
    return path
