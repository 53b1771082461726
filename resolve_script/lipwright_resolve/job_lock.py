"""One job of a user at a time: a lock file with the process number of who holds it, touched while the job runs."""

import os
import sys
import time
from contextlib import contextmanager
from typing import Callable, Iterator

from .errors import Refused

NAME = "job.lock"
# A process number is used again after a restart: a lock that nobody touched for so long is of an earlier life.
UNTOUCHED_S = 6 * 3600.0
TOUCH_S = 30.0


@contextmanager
def held(folder: str) -> Iterator[Callable[[], None]]:
    """Hold the lock in `folder`; gives a function to call now and then while the job runs. Raises Refused."""
    path = os.path.join(folder, NAME)
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(path) and is_stale(path):
        os.remove(path)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        raise Refused(
            "another Lipwright job is running (process %s); wait for it to end" % (_holder(path) or "unknown")
        ) from None
    with os.fdopen(handle, "w") as stream:
        stream.write("%d\n" % os.getpid())
    try:
        yield lambda: _touch(path)
    finally:
        if os.path.exists(path):
            os.remove(path)


def is_stale(path: str) -> bool:
    """Whether the lock's process is dead, or nobody has touched the lock for hours."""
    try:
        untouched_s = time.time() - os.path.getmtime(path)
    except OSError:
        return False
    holder = _holder(path)
    return untouched_s > UNTOUCHED_S or (holder > 0 and not is_alive(holder))


def _holder(path: str) -> int:
    """The process number in a lock file, 0 where there is none (a lock that is being written, or of 0.1)."""
    try:
        with open(path, encoding="ascii", errors="replace") as stream:
            text = stream.read().strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0


def _touch(path: str) -> None:
    try:
        if time.time() - os.path.getmtime(path) > TOUCH_S:
            os.utime(path)
    except OSError:
        return


def is_alive(process: int) -> bool:
    """Whether a process runs. On Windows `os.kill(pid, 0)` would send it Ctrl-C, so the system is asked there."""
    if sys.platform == "win32":
        import ctypes

        limited, still_active = 0x1000, 259  # PROCESS_QUERY_LIMITED_INFORMATION, STILL_ACTIVE (winbase.h)
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(limited, False, process)
        if not handle:
            return False
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value == still_active
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
