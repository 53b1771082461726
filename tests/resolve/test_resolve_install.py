"""The installer writes where each system's Resolve looks, bakes the core's Python in, and cleans up after itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lipwright.errors import OptionError, OutputError
from lipwright.hosts import blender, resolve
from lipwright.hosts.folders import System

SYSTEMS = {
    "linux": ".local/share/DaVinciResolve/Fusion/Scripts/Utility",
    "darwin": "Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
    "win32": "AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts/Utility",
}


@pytest.mark.parametrize("platform", SYSTEMS)
def test_install_check_uninstall(platform: str, tmp_path: Path) -> None:
    system = System(platform, tmp_path, {"PROGRAMDATA": str(tmp_path / "ProgramData")})
    assert not any(finding.ok for finding in resolve.check(system))
    entries = resolve.install(system)
    assert [entry.parent for entry in entries] == [tmp_path / SYSTEMS[platform]] * 2
    assert all(finding.ok for finding in resolve.check(system))
    for entry in entries:
        assert "@" not in entry.read_text().replace("'@", "") and sys.executable in entry.read_text()
    resolve.install(system)  # again: renews, adds nothing
    removed = resolve.uninstall(system)
    assert len(removed) == 3 and not any(path.exists() for path in removed)


def test_a_script_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    system = System("linux", tmp_path, {})
    system.resolve_scripts.mkdir(parents=True)
    (system.resolve_scripts / "Lipwright.py").write_text("print('mine')")
    resolve.uninstall(system)
    assert (system.resolve_scripts / "Lipwright.py").read_text() == "print('mine')"


def test_an_entry_of_another_environment_is_noticed(tmp_path: Path) -> None:
    system = System("linux", tmp_path, {})
    resolve.install(system, python="/old/env/bin/python")
    assert any(not finding.ok and "environment" in finding.what for finding in resolve.check(system))


def test_the_installed_entry_runs_by_itself_and_says_that_resolve_is_not_there(tmp_path: Path) -> None:
    """In a bare Python, without this environment: only the standard library and what was installed."""
    entries = resolve.install(System("linux", tmp_path, {}))
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(entries[0])], capture_output=True, text=True, env=env, timeout=60, check=False
    )
    assert "Resolve cannot be reached" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0 and not done.stderr


def test_a_missing_core_is_named(tmp_path: Path) -> None:
    entries = resolve.install(System("linux", tmp_path, {}), python=str(tmp_path / "gone" / "python"))
    done = subprocess.run(
        [sys.executable, "-I", str(entries[0])], capture_output=True, text=True, timeout=60, check=False
    )
    assert "gone" in done.stdout and "lipwright install resolve" in done.stdout


@pytest.mark.skipif(shutil.which("lua5.4") is None, reason="needs lua5.4 to run the Lua entry")
def test_the_lua_entry_runs_in_lua_against_a_tiny_resolve(tmp_path: Path) -> None:
    entries = resolve.install(System("linux", tmp_path, {}), python=_tool(tmp_path))
    fake = tmp_path / "fake.lua"
    fake.write_text(_LUA_RESOLVE)
    done = subprocess.run(
        ["lua5.4", "-l", "fake", str(entries[1])], capture_output=True, text=True, timeout=60, check=False,
        cwd=tmp_path, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert "done: the timeline It's; a $(test) Lipwright" in done.stdout, done.stdout + done.stderr


def _tool(folder: Path) -> str:
    """A stand-in for the core's Python that copies its input where -o says."""
    tool = folder / "co re" / "python"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\n[ "$1 $2 $3 $5 $6 $7" = "-m lipwright conform --for resolve -o" ] && cp "$4" "$8"\n')
    tool.chmod(0o755)
    return str(tool)


_LUA_RESOLVE = """
local timeline = { GetName = function() return "It's; a $(test)" end }
function timeline:Export(path, kind, sub)
  assert(kind == 13 and sub == 0)
  local file = assert(io.open(path, "w")); file:write("{}"); file:close(); return true
end
local pool = {}
function pool:ImportTimelineFromFile(path, options)
  assert(io.open(path, "r")):close()
  return { GetName = function() return options.timelineName end }
end
local project = { GetCurrentTimeline = function() return timeline end, GetMediaPool = function() return pool end }
local manager = { GetCurrentProject = function() return project end }
resolve = { EXPORT_OTIO = 13, EXPORT_NONE = 0, GetProjectManager = function() return manager end }
"""


def test_blender_is_asked_through_its_own_command_line(tmp_path: Path) -> None:
    program = tmp_path / "blender"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    archive = tmp_path / "lipwright.zip"
    archive.write_bytes(b"zip")
    if sys.platform != "win32":
        assert "extension install-file --repo user_default --enable" in blender.install(program, archive)
    program.write_text("#!/bin/sh\necho no such extension >&2\nexit 3\n")
    with pytest.raises(OutputError, match="no such extension"):
        blender.uninstall(program)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="nowhere"):
        blender.find_blender(System("linux", tmp_path, {}), tmp_path / "nowhere")
    with pytest.raises(OptionError, match=r"gone\.zip"):
        blender.find_zip(tmp_path / "gone.zip")
