"""A log that a user can send: what was asked, what Resolve is, what happened. No sound, no pictures, no lyrics."""

import datetime
import os
import platform

from lipwright import user_folder


def folder() -> str:
    """Where logs, jobs and snapshots of this user lie."""
    return str(user_folder.settled("resolve")[0])


class Log:
    """Lines with times; a log that cannot be written is silently only in memory, since the job matters more."""

    MAX_BYTES = 1_000_000

    def __init__(self, path: str) -> None:
        self.path = path
        self.lines = []  # type: list[str]
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if os.path.exists(path) and os.path.getsize(path) > self.MAX_BYTES:
                os.replace(path, path + ".old")
        except OSError:
            self.path = ""
        self.say("lipwright for Resolve on Python %s, %s" % (platform.python_version(), platform.platform()))

    def say(self, text: str) -> None:
        """One line."""
        line = "%s %s" % (datetime.datetime.now().isoformat(timespec="seconds"), text)
        self.lines.append(line)
        if self.path:
            try:
                with open(self.path, "a", encoding="utf-8") as stream:
                    stream.write(line + "\n")
            except OSError:
                self.path = ""
