"""`lipwright dub`: a clip or a photo, and a vocal, to a take whose mouth says it."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from lipwright import document
from lipwright.commands.options import add_direction, add_hearing, direction_from, hearing_from, reporter
from lipwright.corrections import corrected
from lipwright.errors import OptionError
from lipwright.events import Events
from lipwright.types import Performance

if TYPE_CHECKING:
    from lipwright.dubbing import Options

EXAMPLES = """\
examples:
  lipwright dub clip.mov --vocal line.wav --lyrics line.txt -o take.mov      the clip says the line
  lipwright dub clip.mov --performance song.lipwright --vocal song.wav -o take.mov
  lipwright dub photo.png --vocal song.wav -o sings.mp4                      a photo sings
  lipwright dub clip.mov --vocal song.wav --as overlay -o mouth.mov          only the mouth, ProRes 4444 with alpha
  lipwright dub clip.mov --vocal song.wav --bank jo -o take.mov              with saved mouths of the performer
  lipwright dub clip.mov --vocal song.wav --engine wav2lip --weights w.onnx -o take.mov
  lipwright preview clip.mov --vocal song.wav -o look.png                    look first

Stop it with Ctrl-C and run the same command again: it goes on where it stopped.
"""
WRITES = ("output", "save_performance")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The clip, what it says, how, and what to write."""
    parser.add_argument("clip", type=Path, help="a film, a picture, or a numbered sequence such as shot_%%04d.png")
    add_what(parser)
    add_how(parser)
    group = parser.add_argument_group("what to write")
    group.add_argument(
        "-o", "--output", type=Path, required=True, help="the take (.mov, .mp4, .mkv), or a folder for crops"
    )
    group.add_argument("--as", dest="kind", choices=("take", "overlay", "crops"), default="take", help="what to write")
    group.add_argument(
        "--sound", choices=("vocal", "source", "both", "none"), help="what is heard (default: the vocal)"
    )
    group.add_argument(
        "--codec", help="prores, prores4444, dnxhr, h264, h265, ffv1, lossless, png (default: by suffix)"
    )
    group.add_argument("--quality", type=float, help="h264 and h265: CRF, smaller is better")
    group.add_argument("--speed", help="h264 and h265: preset, such as veryfast or slow")
    group.add_argument("--restart", action="store_true", help="begin anew instead of going on with an interrupted run")
    group.add_argument("--save-performance", type=Path, metavar="DOC", help="keep the performance that was made")


def add_what(parser: argparse.ArgumentParser) -> None:
    """What is said."""
    parser.add_argument("--vocal", type=Path, help="the sound that the mouth says or sings")
    parser.add_argument("--performance", type=Path, metavar="DOC", help="a .lipwright document: nothing is heard anew")
    add_hearing(parser)
    add_direction(parser)


def add_how(parser: argparse.ArgumentParser) -> None:
    """Whose mouth, made how."""
    group = parser.add_argument_group("the mouth")
    group.add_argument("--engine", choices=("auto", "exemplar", "portrait", "wav2lip"), default="auto")
    group.add_argument("--face", default="largest", help="largest, singing, a number from `lipwright track`, or x,y")
    group.add_argument("--bank", action="append", default=[], metavar="NAME", help="saved mouths of the performer")
    group.add_argument(
        "--bank-clip", action="append", default=[], type=Path, metavar="CLIP", help="more footage of them"
    )
    group.add_argument(
        "--bank-face", action="append", default=[], metavar="FACE",
        help="whose mouths those are: as --face, or alike (default: who looks most like the dubbed face)",
    )  # fmt: skip
    group.add_argument(
        "--own", type=Path, metavar="DOC", help="a performance or the lyrics of the clip's own speech, to learn from"
    )
    group.add_argument(
        "--no-learn", dest="learn", action="store_false", help="do not learn the performer's lips from the clip's sound"
    )
    group.add_argument("--opening", type=float, default=1.0, metavar="X", help="0 to 3: how wide it opens (1)")
    group.add_argument("--weights", type=Path, help="your own weights for the wav2lip engine (.onnx or .pth)")
    group.add_argument(
        "--provider", choices=("cpu", "cuda", "coreml", "directml"), default="cpu", help="what runs them"
    )
    group = parser.add_argument_group("time")
    group.add_argument("--from", dest="from_s", type=float, default=0.0, metavar="S", help="dub only from this second")
    group.add_argument("--to", dest="to_s", type=float, metavar="S", help="... up to this second of the clip")
    group.add_argument(
        "--start", dest="start_s", type=float, default=0.0, metavar="S",
        help="where in what is dubbed the vocal starts (below 0: it has been going on)",
    )  # fmt: skip
    group.add_argument(
        "--retime", type=float, default=1.0, metavar="X", help="how fast the take will be played on the timeline (1)"
    )
    fits = ("clip", "hold", "loop", "pingpong", "cut")
    group.add_argument("--fit", choices=fits, default="clip", help="when lengths differ: the clip's (default), or so")
    group.add_argument("--offset-ms", type=float, default=0.0, metavar="MS", help="the mouth later (+) or earlier (-)")
    group.add_argument("--fps", help="frames a second, for pictures")


def run(args: argparse.Namespace, events: Events) -> None:
    """Perform where needed, dub, and say what was made."""
    from lipwright.dubbing import dub

    options = options_from(args, args.output, args.kind)
    performance = performance_from(args, events, 0.3)
    if args.save_performance:
        document.save(performance, args.save_performance)
    low = 0.0 if args.performance else 0.3
    take = dub(args.clip, corrected(performance), options, reporter(events, low))
    for note in take.notes:
        events.note(note)
    for span in take.untouched[:8]:
        events.note(f"left as it was: frames {span.first} to {span.last} ({span.reason})")
    if len(take.untouched) > 8:
        events.note(f"{len(take.untouched) - 8} more stretches were left as they were; {take.report.name} lists all")
    events.result(
        take=str(take.path),
        report=str(take.report),
        engine=take.engine,
        frames=take.frames,
        untouched_frames=take.untouched_frames,
        seconds=round(take.seconds, 1),
        synthetic=take.synthetic,
    )


def performance_from(args: argparse.Namespace, events: Events, share: float) -> Performance:
    """The document given, or the vocal heard now."""
    if args.performance:
        if args.lyrics or args.lyrics_text:
            raise OptionError("--performance already has its lyrics; leave out --lyrics, or the document")
        return document.load(args.performance)
    if args.vocal is None:
        raise OptionError("nothing is said; give --vocal FILE or --performance FILE.lipwright")
    from lipwright import service

    return service.perform(
        args.vocal,
        args.lyrics_text if args.lyrics_text is not None else args.lyrics,
        direction_from(args),
        hearing_from(args),
        report=reporter(events, 0.0, share),
    )


def options_from(args: argparse.Namespace, output: Path, kind: str) -> Options:
    """The recipe's options from the command line."""
    from lipwright.dubbing import Options
    from lipwright.timebase import fps_from

    sound = getattr(args, "sound", None) or ("vocal" if args.vocal is not None else "source")
    values = {f.name: getattr(args, f.name) for f in dataclasses.fields(Options) if hasattr(args, f.name)}
    values |= {"output": output, "kind": kind, "sound": sound}
    values["fps"] = fps_from(args.fps) if args.fps else None
    values["bank"] = tuple(args.bank)
    values["bank_clips"] = tuple(args.bank_clip)
    values["bank_faces"] = tuple(args.bank_face)
    return Options(**values)
