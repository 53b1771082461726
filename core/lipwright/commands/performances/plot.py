"""`lipwright plot`: a picture of a performance, to check it by eye."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from lipwright.arrays import Vocal
from lipwright.corrections import corrected
from lipwright.document import load
from lipwright.errors import LipwrightError, MediaError
from lipwright.events import Events

EXAMPLES = """\
examples:
  lipwright plot song.lipwright                          song.png beside it
  lipwright plot song.lipwright -o song.html             a page that plays the vocal, with a drawn face
  lipwright plot song.lipwright --from 12 --to 18        six seconds, large
  lipwright plot song.lipwright --vocal stems/lead.wav   the waveform of a file that lies elsewhere

reading it: the bar under each phone is how sure the aligner was; a red band marks where the lips must meet.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to draw, and how large."""
    parser.add_argument("document", type=Path, help="a .lipwright file")
    parser.add_argument("-o", "--output", type=Path, help=".png, .svg or .html (default: the document's name, .png)")
    parser.add_argument("--vocal", type=Path, help="sound for the waveform (default: the vocal beside the document)")
    parser.add_argument("--from", dest="start_s", type=float, default=0.0, metavar="S", help="first second (0)")
    parser.add_argument("--to", dest="end_s", type=float, metavar="S", help="last second (the end)")
    parser.add_argument("--width", type=int, help="pixels across (1600; a page takes 110 a second)")
    parser.add_argument("--dark", action="store_true", help="light ink on dark paper")
    parser.add_argument("--as-computed", action="store_true", help="without the corrections made by hand")


def run(args: argparse.Namespace, events: Events) -> None:
    """Draw the picture and say where it is."""
    from lipwright.plot import PlotOptions, plot

    options = PlotOptions(args.start_s, args.end_s, args.width, args.dark)
    performance = load(args.document)
    output = args.output or args.document.with_suffix(".png")
    if output.resolve() == args.document.resolve():
        raise LipwrightError(f"{output.name!r} is the document itself; choose another name with -o")
    shown = performance if args.as_computed else corrected(performance)
    sound = args.vocal or args.document.parent / performance.vocal.name
    with _vocal(sound, bool(args.vocal), events) as vocal:
        address = os.path.relpath(sound.resolve(), output.resolve().parent) if vocal else ""
        plot(shown, output, options, vocal, Path(address).as_posix() if address else "")
    events.result(picture=str(output))


@contextlib.contextmanager
def _vocal(path: Path, asked: bool, events: Events) -> Iterator[Vocal | None]:
    """The vocal at `path`; None, with a note, where none was asked for and none lies there."""
    from lipwright.vocal import open_vocal

    if not asked and not path.is_file():
        events.note(f"no {path.name!r} beside the document: the picture has no waveform; give one with --vocal")
        yield None
        return
    with contextlib.ExitStack() as stack:
        try:
            vocal = stack.enter_context(open_vocal(path))
        except MediaError as error:
            if asked:
                raise
            events.note(f"{error}; the picture has no waveform")
            vocal = None
        yield vocal
