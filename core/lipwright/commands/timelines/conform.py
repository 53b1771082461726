"""`lipwright conform`: a timeline in, the clips over a vocal lip-synced, the timeline with both references out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lipwright.commands.options import add_direction, add_hearing, direction_from, hearing_from, reporter
from lipwright.errors import EngineUnavailable, OptionError, TimelineError
from lipwright.events import Events

if TYPE_CHECKING:
    from otio_lipwright.conform.conforming import Options, Result
    from otio_lipwright.conform.engines import ServiceDubber

EXAMPLES = """\
examples:
  lipwright conform edit.otio --dry-run                                  which stretch of vocal lies under which clip
  lipwright conform edit.otio --vocal-track Vocals -o edit.lips.otio     do it
  lipwright conform edit.otio --clips "track:V1,!name:broll*" -o out.otio
  lipwright conform edit.xml --vocal-track A2 --lyrics song.lrc -o out.xml --root /Volumes/Media
  lipwright conform edit.edl --rate 29.97 --vocal song.wav -o out.otio --for resolve
  lipwright timeline switch edit.lips.otio original -o edit.orig.otio    every clip back to its original media

Run it again after the edit changed: only what changed is done again, and hand corrections are kept.
"""
IN_PLACE = ("timeline",)  # asked for with --in-place, and refused without it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The timeline, which clips and which vocal, how, and what to write."""
    parser.add_argument("timeline", type=Path, help=".otio, .otiod, .xml (FCP7), .edl, .aaf or .fcpxml")
    group = parser.add_argument_group("what is lip-synced")
    group.add_argument("--vocal-track", metavar="NAME|N", help="track, clip or role of the vocal; ask lists")
    group.add_argument("--vocal", type=Path, help="a vocal file that starts with the timeline, in place of a track")
    group.add_argument(
        "--clips",
        default="all",
        metavar="RULE",
        help="all, top, track:V1, name:GLOB, file:GLOB, marker:GLOB, color:NAME, key=value; commas: any, !: none",
    )
    group.add_argument("--handles", type=int, default=12, metavar="N", help="frames beyond each end of a cut (12)")
    add_timeline(parser)
    add_hearing(parser)
    add_direction(parser)
    _add_mouth(parser)
    group = parser.add_argument_group("what to write")
    group.add_argument("-o", "--output", type=Path, help="the timeline to write")
    group.add_argument("--for", dest="target", metavar="TARGET", help="otio, resolve, premiere, edl, avid or fcpx")
    group.add_argument("--show", choices=("take", "original"), default="take", help="which reference is switched on")
    group.add_argument("--store", type=Path, help="folder of takes and performances (default: lipwright/ beside OUT)")
    group.add_argument("--in-place", action="store_true", help="allow OUT to be the input itself")
    group.add_argument("--dry-run", action="store_true", help="print the plan as a table; nothing is rendered")
    group.add_argument("--drop-frame", action="store_true", help="write timecodes of 29.97 and 59.94 as drop frame")


def add_timeline(parser: argparse.ArgumentParser) -> None:
    """How a timeline is read, and which files it may use."""
    group = parser.add_argument_group("the timeline")
    group.add_argument("--rate", metavar="FPS", help="of an EDL, which does not say (default 24)")
    group.add_argument(
        "--root", action="append", default=[], metavar="DIR", help="a folder whose files the timeline may use; repeat"
    )
    group.add_argument("--any-path", action="store_true", help="let the timeline use any file of this computer")


def _add_mouth(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the mouth")
    group.add_argument("--engine", choices=("auto", "exemplar", "portrait", "wav2lip"), default="auto")
    group.add_argument("--face", default="largest", help="largest, singing, a number from `lipwright track`, or x,y")
    group.add_argument("--bank", action="append", default=[], metavar="NAME", help="saved mouths of the performer")
    group.add_argument("--opening", type=float, default=1.0, metavar="X", help="0 to 3: how wide it opens (1)")
    group.add_argument("--weights", type=Path, help="your own weights for the wav2lip engine (.onnx or .pth)")
    group.add_argument("--codec", help="prores (default), h264, h265, dnxhr, lossless")
    group.add_argument("--quality", type=float, help="h264 and h265: CRF, smaller is better")


def run(args: argparse.Namespace, events: Events) -> None:
    """Plan, and unless it is a dry run, do it; say per clip what became of it."""
    needs_adapter()
    from otio_lipwright.conform.conforming import conform

    if args.vocal_track == "ask":
        _list_sounds(args, events)
        return
    options = options_from(args)
    dubber = _dubber(args)
    if args.dry_run:
        _print_plan(args, options, dubber, events)
        return
    if args.output is None:
        raise OptionError("where to write is not said; give -o OUT, or --dry-run to look at the plan")
    from otio_lipwright.conform.engines import ServicePerformer

    lyrics = args.lyrics_text if args.lyrics_text is not None else args.lyrics
    with ServicePerformer(lyrics, direction_from(args), hearing_from(args)) as performer:
        result = conform(args.timeline, args.output, options, performer, dubber, report=reporter(events))
    _say(result, events)


def needs_adapter() -> None:
    """Raises EngineUnavailable, naming the cure, where OpenTimelineIO is not installed."""
    try:
        import opentimelineio  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise EngineUnavailable(
            f"timelines need {error.name}: pip install OpenTimelineIO OpenTimelineIO-Plugins"
        ) from error


def options_from(args: argparse.Namespace) -> Options:
    """The conform's options from the command line."""
    from otio_lipwright.conform.conforming import Options

    return Options(
        vocal_track=args.vocal_track,
        clips=args.clips,
        handles=args.handles,
        vocal=args.vocal,
        rate=args.rate,
        roots=tuple(args.root),
        anywhere=args.any_path,
        store=args.store,
        show=args.show,
        target=args.target,
        in_place=args.in_place,
    )


def _list_sounds(args: argparse.Namespace, events: Events) -> None:
    """The audio tracks of the timeline, to choose the vocal from."""
    from otio_lipwright.edit.vocal_tracks import audio_tracks
    from otio_lipwright.edit.walk import timelines, walk
    from otio_lipwright.files import formats

    count = 0
    for _, timeline in timelines(formats.read(args.timeline, rate=args.rate)):
        tracks = audio_tracks(timeline, walk(timeline))
        count += len(tracks)
        for track in tracks:
            print(track.line)
    events.result(audio_tracks=count)


def _dubber(args: argparse.Namespace) -> ServiceDubber:
    from otio_lipwright.conform.engines import ServiceDubber

    names = ("engine", "face", "opening", "weights", "codec", "quality")
    given = {name: value for name in names if (value := getattr(args, name)) is not None}
    return ServiceDubber({**given, **({"bank": tuple(args.bank)} if args.bank else {})})


def _print_plan(args: argparse.Namespace, options: Options, dubber: ServiceDubber, events: Events) -> None:
    from otio_lipwright.conform.conforming import prepare
    from otio_lipwright.view.table import table

    _, plan, _ = prepare(args.timeline, options, dubber.probe)
    print(table(plan, drop=args.drop_frame), end="")
    events.result(
        clips=len(plan.clips),
        takes=len(plan.jobs),
        frames=sum(clip.frames for clip in plan.jobs),
        problems=len(plan.problems),
    )


def _say(result: Result, events: Events) -> None:
    for problem in result.plan.problems:
        events.note(f"{problem.where} {problem.text}")
    for outcome in result.outcomes:
        events.note(f"{outcome.name}: {outcome.state}{f', {outcome.text}' if outcome.text else ''}")
    for loss in result.losses:
        events.note(loss)
    events.result(
        timeline=str(result.output),
        store=str(result.store),
        new=result.count("new"),
        kept=result.count("kept"),
        left=result.count("left"),
        failed=result.count("failed"),
    )
    if failed := [outcome for outcome in result.outcomes if outcome.state == "failed"]:
        some = ", ".join(outcome.name for outcome in failed[:5])
        raise TimelineError(
            f"{len(failed)} of {len(result.outcomes)} clips failed ({some}) and show their originals;"
            f" {str(result.output)!r} is written, run again when they are mended"
        )
