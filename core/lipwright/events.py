"""What a run says while it works: JSON lines for hosts, a progress bar and plain sentences for people."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from lipwright.errors import LipwrightError

# A host redraws at most this often; more events only cost time.
MIN_INTERVAL_S = 0.05


class Events(Protocol):
    """Where a command reports to. All of it goes to stderr; results go to files."""

    def progress(self, value: float, stage: str) -> None:
        """`value` 0..1 of the whole command, `stage` in a word or two."""

    def note(self, text: str) -> None:
        """One sentence that the person should read."""

    def result(self, **fields: Any) -> None:
        """What was made: paths and figures, JSON values only."""

    def failure(self, error: BaseException) -> None:
        """Why it ended without a result."""


def stage(events: Events, name: str, low: float, high: float) -> Callable[[float], None]:
    """An `on_progress` for one step that takes the command from `low` to `high` of its whole."""
    return lambda value: events.progress(low + (high - low) * min(1.0, max(0.0, value)), name)


class JsonEvents:
    """One JSON object a line, for hosts."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._last_s = 0.0

    def progress(self, value: float, stage: str) -> None:
        now_s = time.monotonic()
        if value >= 1.0 or now_s - self._last_s >= MIN_INTERVAL_S:
            self._last_s = now_s
            self._say({"type": "progress", "value": round(value, 4), "stage": stage})

    def note(self, text: str) -> None:
        self._say({"type": "note", "text": text})

    def result(self, **fields: Any) -> None:
        self._say({"type": "result", **fields})

    def failure(self, error: BaseException) -> None:
        self._say({"type": "failure", "error": type(error).__name__, "reason": sentence(error)})

    def _say(self, event: dict[str, Any]) -> None:
        print(json.dumps(event, ensure_ascii=True, default=str), file=self._stream, flush=True)


class TextEvents:
    """A progress bar on a terminal, plain lines elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._bar: Any = None
        self._task: Any = None

    def progress(self, value: float, stage: str) -> None:
        if not self._stream.isatty():
            return
        if self._bar is None:
            self._open()
        self._bar.update(self._task, completed=value, description=stage)
        if value >= 1.0:
            self.close()

    def note(self, text: str) -> None:
        self._print(f"note: {text}")

    def result(self, **fields: Any) -> None:
        self.close()
        for name, value in fields.items():
            self._print(f"{name.replace('_', ' ')}: {value}")

    def failure(self, error: BaseException) -> None:
        self.close()
        self._print(f"lipwright: {sentence(error)}")

    def close(self) -> None:
        """Leave the terminal as it was found."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(file=self._stream), transient=True)
        self._task = self._bar.add_task("", total=1.0)
        self._bar.start()

    def _print(self, text: str) -> None:
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False)
        else:
            with contextlib.suppress(OSError, ValueError):  # the terminal is gone: the work goes on without it
                print(text, file=self._stream, flush=True)


def sentence(error: BaseException) -> str:
    """One sentence for a person, whatever the error is."""
    if isinstance(error, KeyboardInterrupt):
        return "stopped by Ctrl-C; nothing half-made was left behind"
    if isinstance(error, LipwrightError):
        return str(error)
    if isinstance(error, MemoryError):
        return "memory ran out; close other programs or cut the vocal into parts"
    return f"an unexpected {type(error).__name__} ({error}); run it again with --debug and send what it prints"
