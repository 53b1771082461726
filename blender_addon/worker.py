"""One worker process at a time, watched from Blender's own loop; plain state, no Blender data is kept."""

import json
import re
import sys
import tempfile
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import bpy

import lipwright
from lipwright import client
from lipwright.errors import LipwrightError, OptionError

# The worker runs isolated, so search paths travel in its arguments and not in the environment.
_START = (
    "import json, runpy, sys; sys.path[:0] = json.loads(sys.argv.pop(1)); "
    "runpy.run_module('lipwright', run_name='__main__', alter_sys=True)"
)
_BROKEN_PYTHON = "set Python in the extension's preferences to one that has lipwright, or clear it"


@dataclass
class Running:
    """A job and what the panel shows of it."""

    job: client.Job
    title: str
    progress: float = 0.0
    stage: str = ""
    notes: list = field(default_factory=list)


# The running job, None between jobs; and the last thing to tell the artist: (icon, sentence).
_current: Running | None = None
last_message: tuple = ("", "")


def current():
    """The running job, or None."""
    return _current


def say(icon: str, text: str) -> None:
    """Leave a sentence for the panel."""
    global last_message
    last_message = (icon, text)


def preferences():
    """The extension's preferences; None when it runs without being installed (tests, scripts)."""
    addon = bpy.context.preferences.addons.get(__package__)
    return addon.preferences if addon is not None else None


def folder() -> Path:
    """The one folder that the extension writes to by itself."""
    if __package__.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(__package__, path="work", create=True))
    return Path(tempfile.gettempdir()) / "lipwright-blender"


def command(args) -> list:
    """The command line that runs lipwright with `args`: the chosen Python, or Blender's with the bundled wheels."""
    chosen = preferences()
    python = chosen.python.strip() if chosen is not None else ""
    if python:
        if not Path(bpy.path.abspath(python)).is_file():
            raise OptionError(f"the Python {python!r} of the preferences is not there; {_BROKEN_PYTHON}")
        return client.command(args, [bpy.path.abspath(python)])
    paths = [str(Path(lipwright.__file__).parent.parent)]
    start = [sys.executable, *bpy.app.python_args, "-c", _START, json.dumps(paths)]
    return [*start, *args, "--events", "json"]


def start(args, title: str) -> Running:
    """Start a job. Raises OptionError if one is running."""
    global _current
    if _current is not None:
        raise OptionError(f"{_current.title} is still being performed; wait for it, or press Esc")
    job = client.Job(args, argv=command(args), env=client.environment())
    _current = Running(job, title)
    say("", "")
    return _current


def poll(running: Running, wait_s: float = 0.0) -> bool:
    """Take in what the worker said; True when it is over."""
    for event in running.job.poll(wait_s):
        if event["type"] == "progress":
            running.progress, running.stage = float(event.get("value", 0.0)), str(event.get("stage", ""))
        elif event["type"] == "note":
            running.notes.append(in_panel(str(event.get("text", ""))))
    return running.job.finished


def finish(running: Running) -> client.Result:
    """Free the worker and say how it ended."""
    global _current
    running.job.close()
    if _current is running:
        _current = None
    return running.job.result()


def cancel() -> None:
    """Ask the running job to end; it takes up to client.GRACE_S, so the interface does not wait for it."""
    if _current is not None:
        threading.Thread(target=_current.job.cancel, daemon=True).start()


def shutdown() -> None:
    """Leave nothing running: the extension is being switched off, updated, or Blender ends."""
    global _current
    if _current is not None:
        _current.job.close()
        _current = None


def in_panel(text: str) -> str:
    """What the command line says, with its flags called as the panel calls them: --language is Language."""
    return re.sub(r"--([a-z][a-z-]*)", lambda flag: flag[1].replace("-", " ").title(), text)


def sentence(error: Exception) -> str:
    """One sentence for the interface, whatever the error is."""
    if isinstance(error, LipwrightError):
        return in_panel(str(error))
    traceback.print_exception(error, file=sys.stderr)
    return f"an unexpected {type(error).__name__} ({error}); the system console has the details"
