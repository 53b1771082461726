"""`lipwright perform`: a vocal (and its lyrics) to a performance document."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from lipwright import document
from lipwright.commands.options import add_direction, add_hearing, direction_from, hearing_from, print_lyrics, reporter
from lipwright.errors import OptionError
from lipwright.events import Events
from lipwright.types import Corrections, Performance

EXAMPLES = """\
examples:
  lipwright perform talk.wav                                      recognise what is said, write talk.lipwright
  lipwright perform song.mp3 --lyrics song.lrc --preset ballad    sung, with words and line times
  lipwright perform clip.mov --lyrics-text "Hello there" --emotion happy -o hello.lipwright
  lipwright perform song.wav --timing song.lipwright --preset rap keep the timing, act it anew
  lipwright perform song.wav --lyrics song.txt --versions 3       three versions to choose from

Performing again into the same document keeps every hand correction in it.
"""
IN_PLACE = ("timing",)  # a document may be performed anew with its own times


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The vocal, its lyrics, the direction, and where to write."""
    parser.add_argument("vocal", type=Path, help="any audio or video file")
    add_hearing(parser)
    add_direction(parser)
    group = parser.add_argument_group("what to write")
    group.add_argument("-o", "--output", type=Path, help="the document (default: the vocal's name with .lipwright)")
    group.add_argument("--timing", type=Path, metavar="DOC", help="take words and phonemes from an earlier document")
    group.add_argument("--versions", type=int, default=1, metavar="N", help="write N versions with different seeds")
    group.add_argument("--drop-corrections", action="store_true", help="do not keep the hand corrections in the output")


def run(args: argparse.Namespace, events: Events) -> None:
    """Perform, write, and say what was made and what to look at."""
    from lipwright import service

    lyrics = args.lyrics_text if args.lyrics_text is not None else args.lyrics
    if args.show_lyrics:
        return print_lyrics(args, lyrics)
    output: Path = args.output or args.vocal.with_suffix(document.SUFFIX)
    outputs = _outputs(output, args.versions)
    direction = direction_from(args)
    corrections = Corrections() if args.drop_corrections else _kept(outputs, events)
    timing = document.load(args.timing) if args.timing else None
    for number, path in enumerate(outputs):
        made = service.perform(
            args.vocal,
            lyrics,
            dataclasses.replace(direction, seed=direction.seed + number),
            hearing_from(args),
            corrections=corrections,
            timing=timing,
            report=reporter(events),
        )
        document.save(made, path)
        timing = timing or made
        _say(made, path, events)
    return None


def _outputs(output: Path, versions: int) -> list[Path]:
    if not 1 <= versions <= 99:
        raise OptionError(f"versions {versions} is outside 1 to 99; ask for a few")
    if versions == 1:
        return [output]
    return [output.with_name(f"{output.stem}.v{number}{output.suffix}") for number in range(1, versions + 1)]


def _kept(outputs: list[Path], events: Events) -> Corrections:
    """The hand corrections of the document that is about to be written anew."""
    if not outputs[0].exists():
        return Corrections()
    corrections = document.load(outputs[0]).corrections
    count = len(corrections.spans) + len(corrections.tracks)
    if count:
        events.note(f"kept {count} hand correction{'s' if count > 1 else ''} from {outputs[0].name}")
    return corrections


def _say(made: Performance, path: Path, events: Events) -> None:
    for text in made.notes:
        events.note(text)
    if made.unsung:
        words = " ".join(word.text for word in made.unsung[:12])
        events.note(f"not heard, so left out: {words}{' ...' if len(made.unsung) > 12 else ''}")
    events.result(
        document=str(path),
        duration_s=round(made.vocal.duration_s, 3),
        words=len(made.words),
        phonemes=len(made.phonemes),
        keys=sum(len(track.times_s) for tracks in (made.visemes, made.mouth, made.channels) for track in tracks),
    )
