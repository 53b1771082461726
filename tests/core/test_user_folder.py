"""One folder for a user's things, where the system says, and what earlier versions left elsewhere is found."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs.macos
import platformdirs.unix
import pytest

from lipwright import models
from lipwright.faces import cache
from lipwright.mouths.footage import bank_files
from lipwright.user_folder import places, platform_folder, private_folder, settled, user_folder

PLATFORMS = ("linux", "darwin", "win32")
ORACLES = {"linux": platformdirs.unix.Unix, "darwin": platformdirs.macos.MacOS}  # that of Windows asks Windows itself


@pytest.mark.skipif(sys.platform == "win32", reason="platformdirs tells other systems' folders only on POSIX")
@pytest.mark.parametrize("platform", ORACLES)
@pytest.mark.parametrize("xdg", ["", "/big/disk", None])
def test_the_place_is_the_one_that_platformdirs_says(
    platform: str, xdg: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    if xdg is not None and platform == "linux":
        monkeypatch.setenv("XDG_DATA_HOME", xdg)
    said = ORACLES[platform]("lipwright", appauthor=False).user_data_dir
    assert str(platform_folder(os.environ, platform, tmp_path)) == said


def test_on_windows_faces_stay_on_the_machine() -> None:
    local, roaming = "C:/Users/ann/AppData/Local", "C:/Users/ann/AppData/Roaming"
    variables = {"LOCALAPPDATA": local, "APPDATA": roaming}
    assert places("banks", variables, "win32", Path("C:/Users/ann")) == [
        Path(local, "lipwright", "banks"),
        Path(roaming, "lipwright", "banks"),  # where 0.1 kept them
    ]


@pytest.mark.parametrize("given", ["", " ", "here", "./here", "../up"])
@pytest.mark.parametrize(("platform", "variable"), [("linux", "XDG_DATA_HOME"), ("win32", "LOCALAPPDATA")])
def test_a_variable_that_is_empty_or_relative_counts_as_absent(platform: str, variable: str, given: str) -> None:
    home = Path("/home/ann")
    assert user_folder({variable: given}, platform, home) == user_folder({}, platform, home)
    assert home in user_folder({}, platform, home).parents


@pytest.mark.parametrize("platform", PLATFORMS)
def test_one_switch_moves_everything_and_the_older_one_still_says_where_banks_lie(platform: str) -> None:
    home, chosen = Path("/home/ann"), Path("/big/disk")
    for part in ("models", "faces", "banks", "resolve"):
        assert places(part, {"LIPWRIGHT_HOME": str(chosen)}, platform, home)[0] == chosen / part
    both = {"LIPWRIGHT_HOME": str(chosen), "LIPWRIGHT_DATA": "/old"}
    assert places("banks", both, platform, home) == [Path("/old/banks")]
    assert places("faces", both, platform, home) == [chosen / "faces"]
    assert places("banks", {"LIPWRIGHT_HOME": " ", "LIPWRIGHT_DATA": ""}, platform, home) == places(
        "banks", {}, platform, home
    )


@pytest.mark.parametrize(
    ("platform", "part", "earlier"),
    [
        ("win32", "banks", "AppData/Roaming/lipwright/banks"),
        ("win32", "resolve", "lipwright/resolve"),
        ("linux", "resolve", ".local/state/lipwright/resolve"),
    ],
)
def test_what_lies_in_an_earlier_place_is_moved_and_nothing_is_overwritten(
    platform: str, part: str, earlier: str, tmp_path: Path
) -> None:
    old, now = tmp_path / earlier, places(part, {}, platform, tmp_path)[0]
    for folder, names in ((old, ("ann", "bob")), (now, ("bob",))):
        for name in names:
            (folder / name).mkdir(parents=True)
            (folder / name / "from").write_text(str(folder))
    assert settled(part, {}, platform, tmp_path) == [now, old]  # old, because its own bob is still there
    assert (now / "ann" / "from").read_text() == str(old)
    assert (now / "bob" / "from").read_text() == str(now)
    assert sorted(path.name for path in old.iterdir()) == ["bob"]
    (old / "bob" / "from").unlink()
    (old / "bob").rmdir()
    assert settled(part, {}, platform, tmp_path) == [now] and not old.exists()


def test_with_the_switch_set_earlier_banks_are_found_and_stay(tmp_path: Path) -> None:
    old = tmp_path / ".local" / "share" / "lipwright" / "banks"
    (old / "ann").mkdir(parents=True)
    chosen = tmp_path / "elsewhere"
    assert settled("banks", {"LIPWRIGHT_HOME": str(chosen)}, "linux", tmp_path) == [chosen / "banks", old]
    assert (old / "ann").is_dir() and not chosen.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes; its user folder is the user's alone")
def test_folders_of_faces_are_their_owners_alone_even_where_they_were_not(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "banks"
    folder.mkdir(parents=True, mode=0o755)
    assert private_folder(folder).stat().st_mode & 0o777 == 0o700
    assert private_folder(tmp_path / "new" / "faces").stat().st_mode & 0o777 == 0o700


def test_every_part_of_the_product_asks_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIPWRIGHT_HOME", str(tmp_path))
    monkeypatch.delenv("LIPWRIGHT_DATA", raising=False)
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "resolve_script"))
    from lipwright_resolve import logs

    assert models.path_of("vocals").parent == tmp_path / "models"
    assert cache.folder() == tmp_path / "faces"
    assert bank_files.banks_folder() == tmp_path / "banks"
    assert Path(logs.folder()) == tmp_path / "resolve"
