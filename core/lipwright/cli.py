"""The one front end: `lipwright COMMAND ...`, for people and for hosts (`--events json`)."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lipwright
from lipwright.commands import COMMANDS, module_of
from lipwright.errors import Cancelled, LipwrightError
from lipwright.events import Events, JsonEvents, TextEvents
from lipwright.files import only_reading, refuse_replacing

# Exit codes: 0 done, 1 a mistake of ours, 2 something the person can mend, 130 stopped (as shells count Ctrl-C);
# a command that judges returns its own.
BUG, MENDABLE, STOPPED = 1, 2, 130

EPILOG = """\
first steps:
  lipwright demo                                   run the whole thing on a sample
  lipwright perform song.wav --lyrics song.txt     a vocal and its lyrics to song.lipwright
  lipwright plot song.lipwright -o song.png        look at what was made
  lipwright COMMAND -h                             what a command takes, with examples
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never a traceback unless --debug is given."""
    _open_what_is_closed()
    words = list(sys.argv[1:] if argv is None else argv)
    args = _parse(words)
    events: Events = JsonEvents() if args.events == "json" else TextEvents()
    _listen_for_the_end()
    try:
        read, written = _files(args)
        with only_reading(read):
            for path in written:  # before hours of work, not after them
                refuse_replacing(path)
            code = args.module.run(args, events)
    except (KeyboardInterrupt, Cancelled) as error:
        events.failure(error)
        return STOPPED
    except LipwrightError as error:
        return _fail(error, events, args.debug, MENDABLE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return STOPPED
    except Exception as error:  # noqa: BLE001 - the last line before the person: one sentence, not a traceback
        return _fail(error, events, args.debug, BUG)
    return code or 0


def _files(args: argparse.Namespace) -> tuple[list[Path], list[Path]]:
    """(files that the command reads, files that it was told to write); `WRITES` of its module names the latter.

    What a module names in `IN_PLACE` is rewritten on purpose, or refused there.
    """
    read: list[Path] = []
    written: list[Path] = []
    writes = getattr(args.module, "WRITES", ("output",))
    for name, value in vars(args).items():
        paths = [part for part in (value if isinstance(value, list | tuple) else [value]) if isinstance(part, Path)]
        (written if name in writes else read).extend(paths)
    in_place = getattr(args.module, "IN_PLACE", ())
    return [path for path in read if all(path is not getattr(args, name, None) for name in in_place)], written


def _open_what_is_closed() -> None:
    """Where the caller closed stdout or stderr, nobody reads them; else the next file opened would take their place."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8"))
        elif hasattr(getattr(sys, name), "reconfigure"):  # names of files may hold what no encoding has
            getattr(sys, name).reconfigure(errors="backslashreplace")


def _listen_for_the_end() -> None:
    """Being asked to end, or losing the terminal, stops as Ctrl-C does: what is done is kept, temporaries are swept."""
    for name in ("SIGTERM", "SIGHUP"):
        known = getattr(signal, name, None)
        if known is not None and signal.getsignal(known) != signal.SIG_IGN:  # nohup
            signal.signal(known, _stop)


def _fail(error: Exception, events: Events, debug: bool, code: int) -> int:
    events.failure(error)
    if debug:
        traceback.print_exception(error)
    return code


def _stop(signum: int, frame: Any) -> None:
    del signum, frame
    raise KeyboardInterrupt


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="lipwright",
        description="A vocal in, a mouth that sings it out.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lipwright {lipwright.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name, help=summary, description=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name in words[:1]:
            module = importlib.import_module(module_of(name))
            module.add_arguments(command)
            command.epilog = getattr(module, "EXAMPLES", None)
            command.set_defaults(module=module)
            _add_common(command)
    return parser.parse_args(words)


def _add_common(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how to report")
    group.add_argument("--events", choices=("text", "json"), default="text", help="json: one event a line on stderr")
    group.add_argument("--debug", action="store_true", help="show the traceback of a failure")
