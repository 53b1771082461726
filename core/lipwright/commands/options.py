"""Arguments that several commands share, and what they become."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lipwright.errors import OptionError
from lipwright.events import Events
from lipwright.types import EMOTIONS, Direction

if TYPE_CHECKING:
    from lipwright.service import PerformOptions

# Direction fields that are plain numbers: flag, help.
STRENGTHS = {
    "emotion_intensity": "0 to 1: how much of the emotion (0 is none at all)",
    "articulation": "0 to 3: how clearly the lips speak (1 as measured)",
    "intensity": "0 to 3: how far the mouth opens over all (1 as measured)",
    "blink_rate": "blinks a minute (0: none)",
    "head": "0 to 3: head movement (0: none)",
    "brows": "0 to 3: brow movement (0: none)",
    "breathing": "0 to 3: breaths before phrases (0: none)",
    "gaze": "0 to 3: small eye movements (0: none)",
    "anticipation": "0 to 3: how early the lips get round (1 as people do)",
    "dynamics": "0 to 3: how much the opening follows loudness, pitch and vibrato (0: not at all)",
    "decay": "0 to 3: how much a held vowel sinks and lives (0: not at all)",
}


def add_hearing(parser: argparse.ArgumentParser) -> None:
    """What is said, and how to hear it."""
    group = parser.add_argument_group("what is said")
    text = group.add_mutually_exclusive_group()
    text.add_argument("--lyrics", type=Path, help="txt, LRC, SRT, TTML, UltraStar, TextGrid, a transcriber's JSON, ...")
    text.add_argument("--lyrics-text", metavar="TEXT", help="the words themselves")
    add_show_lyrics(group)
    group.add_argument("--language", default="auto", help="en, es, fr, de, ... or auto (default)")
    group.add_argument("--dictionary", type=Path, help="your own pronunciations: a word and its phonemes a line")
    group.add_argument(
        "--word-times",
        choices=("hint", "keep"),
        help="times of words in the lyrics: look near them, or keep them (default: keep a TextGrid's, else hint)",
    )
    group.add_argument(
        "--repeats",
        choices=("sing", "leave"),
        default="sing",
        help="lines written once and heard again: sing them again, or only name them",
    )
    group.add_argument(
        "--uncovered",
        choices=("recognise", "rest"),
        default="recognise",
        help="voice that has no word in the lyrics: follow what is heard, or rest",
    )
    group = parser.add_argument_group("how to hear it")
    group.add_argument("--stream", type=int, help="number of the audio stream in the file, from 0")
    group.add_argument("--channel", type=int, help="number of the channel, from 0 (default: all mixed)")
    group.add_argument("--isolate", choices=("auto", "on", "off"), default="auto", help="take the vocal out of a mix")
    group.add_argument("--stem", type=Path, help="a dry vocal of the same song, heard in place of the mix")
    group.add_argument(
        "--beats",
        choices=("onsets", "librosa"),
        default="onsets",
        help="what the head moves to (librosa: the band)",
    )


def add_show_lyrics(group: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    """Print what the lyrics hold, and do no more."""
    group.add_argument(
        "--show-lyrics",
        action="store_true",
        help="print what will be sung, what will not and why; nothing else is done",
    )


def print_lyrics(args: argparse.Namespace, source: Path | str | None) -> None:
    """What `--show-lyrics` prints."""
    from lipwright.commands.performances.show_lyrics import shown
    from lipwright.lyrics import prepare

    if source is None:
        raise OptionError("--show-lyrics has no lyrics to show; give --lyrics FILE")
    print(shown(prepare(source, language=args.language, dictionary=getattr(args, "dictionary", None))))


def add_direction(parser: argparse.ArgumentParser) -> None:
    """How it should be performed."""
    group = parser.add_argument_group("direction")
    group.add_argument("--preset", default="natural", help="natural, ballad, pop, rap, newsreader, cartoon, or a file")
    group.add_argument("--emotion", choices=EMOTIONS)
    group.add_argument("--seed", type=int, help="another seed is another version")
    group.add_argument("--singing", type=float, help="0 speech .. 1 song (default: listen and decide)")
    for name, text in STRENGTHS.items():
        group.add_argument(f"--{name.replace('_', '-')}", type=float, metavar="X", help=text)


def direction_from(args: argparse.Namespace) -> Direction:
    """The preset with what was given on the command line laid over it. Raises OptionError with the value."""
    from lipwright.performance import direct

    names = (*STRENGTHS, "emotion", "seed", "singing")
    given = {name: value for name in names if (value := getattr(args, name)) is not None}
    try:
        direction: Direction = direct(args.preset, **given)
    except OptionError:
        raise
    except ValueError as error:
        raise OptionError(f"{error}; see `lipwright perform -h`") from None
    return direction


def hearing_from(args: argparse.Namespace) -> PerformOptions:
    """The service's options from the command line."""
    from lipwright.service import PerformOptions

    return PerformOptions(
        language=args.language,
        stream=args.stream,
        channel=args.channel,
        dictionary=args.dictionary,
        word_times=args.word_times,
        isolate=args.isolate,
        stem=args.stem,
        beats=args.beats,
        uncovered=args.uncovered,
        repeats=args.repeats,
    )


def reporter(events: Events, low: float = 0.0, high: float = 1.0) -> Callable[[float, str], None]:
    """The service's report as progress events between `low` and `high` of the command."""
    return lambda value, step: events.progress(low + (high - low) * value, step)
