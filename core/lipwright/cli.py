"""The one front end: `lipwright COMMAND ...`, for people and for hosts (`--events json`)."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import lipwright
from lipwright.commands import COMMANDS, module_of
from lipwright.errors import Cancelled, LipwrightError
from lipwright.events import Events, JsonEvents, TextEvents

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
    words = list(sys.argv[1:] if argv is None else argv)
    args = _parse(words)
    events: Events = JsonEvents() if args.events == "json" else TextEvents()
    signal.signal(signal.SIGTERM, _stop)
    try:
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
