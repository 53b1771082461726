"""`lipwright preview`: look before rendering: a contact sheet, or a short side-by-side clip."""

from __future__ import annotations

import argparse
from pathlib import Path

from lipwright.commands.clips.dub import add_how, add_what, options_from, performance_from
from lipwright.commands.options import reporter
from lipwright.corrections import corrected
from lipwright.events import Events

EXAMPLES = """\
examples:
  lipwright preview clip.mov --vocal song.wav -o look.png                 source above, take below, one column a moment
  lipwright preview clip.mov --vocal song.wav --seconds 5 -o look.mp4     both side by side, with the vocal
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """As `dub`, and how much to show."""
    parser.add_argument("clip", type=Path, help="a film, a picture, or a numbered sequence")
    add_what(parser)
    add_how(parser)
    group = parser.add_argument_group("what to show")
    group.add_argument("-o", "--output", type=Path, required=True, help="a sheet (.png), or a small clip (.mp4, .mov)")
    group.add_argument("--at", type=float, default=0.0, metavar="S", help="from this second of the clip on")
    group.add_argument("--seconds", type=float, default=4.0, metavar="S", help="for so long (4)")
    group.add_argument("--columns", type=int, default=12, help="moments on a sheet (12)")


def run(args: argparse.Namespace, events: Events) -> None:
    """Render a stretch only, and lay it beside its source."""
    from lipwright.dubbing.previewing import preview

    options = options_from(args, args.output, "take")
    performance = performance_from(args, events, 0.4)
    low = 0.0 if args.performance else 0.4
    made = preview(
        args.clip, corrected(performance), options, at_s=args.at, seconds=args.seconds, columns=args.columns,
        report=reporter(events, low),
    )  # fmt: skip
    events.result(preview=str(args.output), frames=made.frames, engine=made.engine)
