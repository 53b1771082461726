"""`lipwright export`: a performance in the format of another program."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

from lipwright import document
from lipwright.errors import MediaError
from lipwright.events import Events
from lipwright.exports import ABOUT, EXPORTS, FRAMED, LETTERS, ExportOptions, export
from lipwright.rigs import conventions
from lipwright.rigs.files import rig_of
from lipwright.timebase import fps_from

FALLBACK_FPS = Fraction(30)

EXAMPLES = (
    """\
examples:
  lipwright export song.lipwright --as arkit --fps 60                 song.arkit.csv for iClone, Unity, Unreal, ...
  lipwright export song.lipwright --as csv --convention vrm1 -o a.csv the five VRM vowels a frame
  lipwright export song.lipwright --as csv --rig avatar.glb           the shapes of your own avatar
  lipwright export song.lipwright --as moho --letters preston-blair   song.moho.dat for a switch layer
  lipwright export song.lipwright --as rhubarb-json                   for everything that reads Rhubarb
  lipwright export song.lipwright --as ass                            karaoke subtitles

formats:
"""
    + "".join(f"  {name:14}{about}\n" for name, (_, about) in ABOUT.items())
    + """
conventions for --convention (csv, aftereffects):
"""
    + "".join(f"  {one.id:17}{one.title}\n" for one in conventions() if one.controls)
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The document, the format, the file, and what formats ask for."""
    parser.add_argument("document", type=Path, help="a performance (song.lipwright)")
    parser.add_argument(
        "--as", dest="format", required=True, choices=tuple(EXPORTS), metavar="FORMAT", help="see below"
    )
    parser.add_argument("-o", "--output", type=Path, help="the file (default: song.arkit.csv and the like, beside it)")
    parser.add_argument(
        "--fps",
        help="frames a second where the format has frames: 24, 23.976, 30000/1001 "
        "(default: what the vocal's own video has, where it lies beside the document, else 30)",
    )
    parser.add_argument(
        "--convention", default="oculus", help="names of the shapes for csv and aftereffects; see below"
    )
    parser.add_argument(
        "--rig",
        type=Path,
        metavar="FILE",
        help="an avatar's own shapes instead: .glb, .vrm, or a map from `lipwright rig`",
    )
    parser.add_argument("--letters", default="rhubarb", choices=LETTERS, help="names of the mouths for moho")
    parser.add_argument("--basic", action="store_true", help="only the six basic mouths A to F, without G, H and X")
    parser.add_argument("--start", type=float, default=0.0, metavar="S", help="seconds by which the vocal starts later")


def run(args: argparse.Namespace, events: Events) -> None:
    """Read the document, write the file, say where it is."""
    rig = rig_of(args.rig) if args.rig else None
    made = document.load(args.document)
    fps, why = _rate(args.fps, args.document.parent / made.vocal.name)
    options = ExportOptions(fps, args.convention, rig, args.letters, not args.basic, args.start)
    output: Path = args.output or args.document.with_name(args.document.stem + ABOUT[args.format][0])
    export(made, args.format, output, options)
    events.progress(1.0, "done")
    rate = {"fps": f"{fps} ({why})"} if args.format in FRAMED else {}
    events.result(output=str(output), format=args.format, **rate)


def _rate(asked: str | None, vocal: Path) -> tuple[Fraction, str]:
    """(frames a second, why that many): as asked, as the vocal's own video has, else 30."""
    if asked is not None:
        return fps_from(asked), "as asked"
    from lipwright.video.opening import video_rate  # only here: other exports need no decoder

    try:
        has = video_rate(vocal) if vocal.is_file() else None
    except MediaError:
        has = None  # the export needs no video: a damaged one only leaves the rate to us
    return (has, f"as {vocal.name} has") if has else (FALLBACK_FPS, "the default; choose another with --fps")
