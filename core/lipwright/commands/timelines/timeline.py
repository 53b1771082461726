"""`lipwright timeline`: look at a timeline, switch its clips between take and original, write it for a program, clean
up takes that are not used any more."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from lipwright.commands.timelines.conform import add_timeline, needs_adapter
from lipwright.errors import OptionError
from lipwright.events import Events
from lipwright.files import write_beside

EXAMPLES = """\
examples:
  lipwright timeline show edit.lips.otio                           in the terminal
  lipwright timeline show edit.lips.otio -o edit.html              one page; .svg for the drawing alone
  lipwright timeline switch edit.lips.otio original -o back.otio   every clip shows its original media again
  lipwright timeline write edit.lips.otio -o edit.xml              for Premiere; says what is lost on the way
  lipwright timeline write edit.lips.otio -o cut.otio --for resolve
  lipwright timeline write edit.lips.otio -o all.otioz             a bundle with originals and takes
  lipwright timeline clean edit.lips.otio                          which takes no timeline of that folder shows
  lipwright timeline clean edit.lips.otio --also ../sent.xml --remove
"""

WRITES = ("output", "also")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which timeline."""
    parser.add_argument(
        "action",
        choices=("show", "switch", "write", "clean"),
        help="look, switch references, convert, or find old takes",
    )
    parser.add_argument("timeline", type=Path, help=".otio, .otioz, .otiod, .xml (FCP7), .edl, .aaf or .fcpxml")
    parser.add_argument("to", nargs="?", choices=("take", "original"), help="switch: which reference to show")
    parser.add_argument("-o", "--output", type=Path, help="show: .html or .svg; else the timeline to write")
    parser.add_argument("--for", dest="target", metavar="TARGET", help="otio, resolve, premiere, edl, avid or fcpx")
    parser.add_argument("--width", type=int, help="columns of the terminal drawing")
    group = parser.add_argument_group("clean")
    group.add_argument("--remove", action="store_true", help="delete the takes that are listed; without it, only list")
    group.add_argument("--also", type=Path, action="append", default=[], metavar="FILE",
                       help="a timeline elsewhere whose takes are used; repeat")  # fmt: skip
    group.add_argument("--store", type=Path, help="folder of the takes (default: lipwright/ beside the timeline)")
    parser.add_argument("--drop-frame", action="store_true", help="write timecodes of 29.97 and 59.94 as drop frame")
    add_timeline(parser)


def run(args: argparse.Namespace, events: Events) -> None:
    """Do what `action` says."""
    needs_adapter()
    from otio_lipwright.files import formats

    if args.action == "clean":
        _clean(args, events)
        return
    timeline = formats.read(args.timeline, rate=args.rate)
    if args.action == "show":
        _show(args, timeline, events)
        return
    if args.output is None:
        raise OptionError(f"where to write is not said; give `lipwright timeline {args.action} ... -o OUT`")
    changed = _switched(args, timeline) if args.action == "switch" else 0
    from otio_lipwright.edit.media import Access

    access = Access.beside(args.timeline, args.root, anywhere=args.any_path)
    for loss in formats.write(timeline, args.output, target=args.target, rate=args.rate, access=access):
        events.note(loss)
    events.result(timeline=str(args.output), **({"switched": changed} if args.action == "switch" else {}))


def _switched(args: argparse.Namespace, timeline: Any) -> int:
    from otio_lipwright.edit.references import switch

    if args.to is None:
        raise OptionError("switch to what is not said; add `take` or `original` after the timeline")
    return switch(timeline, args.to)


def _show(args: argparse.Namespace, timeline: Any, events: Events) -> None:
    from otio_lipwright.view import drawing
    from otio_lipwright.view.lanes import picture

    drawn = picture(timeline, args.timeline)
    if args.output is None:
        width = args.width or shutil.get_terminal_size((100, 24)).columns
        print(drawing.text(drawn, width, drop=args.drop_frame), end="")
        return
    makers = {".html": drawing.page, ".svg": drawing.svg}
    if args.output.suffix.lower() not in makers:
        raise OptionError(f"{args.output.name!r} is no drawing; name it .html or .svg")
    text = makers[args.output.suffix.lower()](drawn, drop=args.drop_frame)
    write_beside(args.output, text.encode())
    events.result(drawing=str(args.output), lanes=len(drawn.lanes), problems=len(drawn.problems))


def _clean(args: argparse.Namespace, events: Events) -> None:
    """List the takes that no timeline shows; delete them with --remove."""
    from otio_lipwright.conform import cleaning
    from otio_lipwright.conform.store import Store

    folder = args.store or args.timeline.resolve().parent / "lipwright"
    store = Store(folder)
    if not store.index.is_file():
        raise OptionError(f"{str(folder)!r} has no takes of a conform; name the folder with --store")
    timelines = cleaning.timelines_beside(args.timeline, args.also)
    takes = cleaning.unused(store, timelines)
    size = sum(take.size for take in takes)
    for take in takes:
        print(f"{take.size / 1e6:10.1f} MB  {take.record.file}  (of {take.record.source_name})")
    looked = ", ".join(path.name for path in timelines[:6]) + (" ..." if len(timelines) > 6 else "")
    print(f"{len(takes)} of {len(store.takes)} takes, {size / 1e6:.1f} MB, are in none of {looked}")
    if args.remove:
        cleaning.remove(store, takes)
    elif takes:
        events.note("nothing was deleted; --remove deletes them. Name timelines elsewhere that use takes with --also")
    events.result(unused=len(takes), bytes=size, removed=len(takes) if args.remove else 0)
