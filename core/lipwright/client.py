"""How a host runs lipwright: in a process of its own, watched through JSON events.

Standard library only and good for Python 3.8, because hosts bring their own Python; a copy of this file is all
that the Resolve script and the Blender extension need. A crash, an out-of-memory or a cancel ends the child,
never the host.

    result = client.run(["perform", "song.wav", "-o", "song.lipwright"], on_event=print)
    if not result.ok: show(result.message)
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence

# After a polite request the child gets this long to remove what it was writing.
GRACE_S = 3.0
POLL_S = 0.05
KEPT_LINES = 200

Event = Dict[str, Any]


class Result(NamedTuple):
    """How a run ended: `message` is one sentence for a person, "" when all went well."""

    ok: bool
    code: int
    message: str
    events: List[Event]
    log: str


def command(args: Sequence[str], python: Optional[Sequence[str]] = None) -> List[str]:
    """The command line of `python -m lipwright ARGS --events json`; `python` may carry its own options."""
    return [*(python or [sys.executable]), "-m", "lipwright", *args, "--events", "json"]


def run(
    args: Sequence[str],
    *,
    python: Optional[Sequence[str]] = None,
    env: Optional[Mapping[str, str]] = None,
    on_event: Optional[Callable[[Event], None]] = None,
    cancel: Optional[threading.Event] = None,
    timeout_s: Optional[float] = None,
) -> Result:
    """Run lipwright to its end and say how it ended; never raises for what the child does.

    Events arrive on the calling thread. `cancel` set, or `timeout_s` passed, ends the child within GRACE_S.
    """
    job = Job(args, python=python, env=env)
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    try:
        while not job.finished:
            for event in job.poll(POLL_S):
                if on_event is not None:
                    on_event(event)
            if cancel is not None and cancel.is_set():
                job.cancel()
            if deadline is not None and time.monotonic() > deadline:
                job.cancel(f"lipwright did not finish within {timeout_s:g} s; give it longer or a shorter vocal")
    finally:
        job.close()
    return job.result()


class Job:
    """One running child, for hosts with their own loop (a modal operator, a timer): poll it until `finished`."""

    def __init__(
        self,
        args: Sequence[str],
        *,
        python: Optional[Sequence[str]] = None,
        env: Optional[Mapping[str, str]] = None,
        argv: Optional[Sequence[str]] = None,
    ) -> None:
        """Start the child. `argv` replaces the whole command line, for hosts that must set search paths first."""
        self.events: List[Event] = []
        self.finished = False
        self._lines: "queue.Queue[str | None]" = queue.Queue()
        self._log: List[str] = []
        self._why = ""
        self._process: Optional["subprocess.Popen[str]"] = None
        try:
            self._process = subprocess.Popen(
                list(argv) if argv is not None else command(args, python),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=None if env is None else dict(env),
                encoding="utf-8",
                errors="replace",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            self.finished = True
            self._why = "cannot start lipwright's Python (%s); run `lipwright doctor` or set its path again" % error
            return
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def poll(self, wait_s: float = 0.0) -> List[Event]:
        """The events since the last call, waiting up to `wait_s` for the first."""
        fresh: List[Event] = []
        try:
            line = self._lines.get(timeout=wait_s) if wait_s > 0 else self._lines.get_nowait()
            while True:
                if line is None:
                    self.finished = True
                    break
                event = self._event(line)
                if event is not None:
                    fresh.append(event)
                line = self._lines.get_nowait()
        except queue.Empty:
            pass
        self.events.extend(fresh)
        return fresh

    def cancel(self, why: str = "cancelled; nothing was changed") -> None:
        """End the child: ask, wait GRACE_S, then kill. Safe to call again and after the end."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        self._why = self._why or why
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        """End the child if it still runs, and free its pipe. One that has said its last word may leave by itself."""
        if self.finished and self._process is not None:
            try:
                self._process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                pass
        self.cancel()
        if self._process is not None:
            self._reader.join(GRACE_S)
            while not self.finished and self.poll():
                pass
            if self._process.stderr is not None:
                self._process.stderr.close()
        self.finished = True

    def result(self) -> Result:
        """How it ended; call it when `finished`."""
        code = -1 if self._process is None else self._process.wait()
        return Result(code == 0 and not self._why, code, self._message(code), self.events, "\n".join(self._log))

    def _read(self, process: "subprocess.Popen[str]") -> None:
        stream = process.stderr
        try:
            for line in stream or ():
                self._lines.put(line)
        except ValueError:  # the pipe was closed under us: the child is gone
            pass
        self._lines.put(None)

    def _event(self, line: str) -> Optional[Event]:
        text = line.strip()
        if text.startswith("{"):
            try:
                event = json.loads(text)
            except ValueError:
                event = None
            if isinstance(event, dict) and isinstance(event.get("type"), str):
                return event
        if text:
            self._log.append(text)
            del self._log[:-KEPT_LINES]
        return None

    def _message(self, code: int) -> str:
        if self._why:
            return self._why
        if code == 0:
            return ""
        for event in reversed(self.events):
            if event["type"] == "failure":
                return str(event.get("reason") or "lipwright failed without a reason; send its log")
        last = self._log[-1] if self._log else "no message"
        return "lipwright ended with code %d (%s); run `lipwright doctor`, or send its log" % (code, last)


def environment(extra: Optional[Mapping[str, str]] = None) -> Dict[str, str]:
    """This process's environment in UTF-8 mode, without the host's own Python settings."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP")}
    kept.update(PYTHONUTF8="1", PYTHONUNBUFFERED="1")
    kept.update(extra or {})
    return kept
