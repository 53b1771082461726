"""`lipwright isolate`: the vocal of a mix as a file to listen to, to keep, or to give back as --stem."""

from __future__ import annotations

import argparse
from pathlib import Path

from lipwright.errors import OptionError
from lipwright.events import Events, stage
from lipwright.files import same_file

EXAMPLES = """\
examples:
  lipwright isolate song.mp3                     writes song.vocal.wav (needs `lipwright models install vocals` once)
  lipwright isolate clip.mov -o singer.wav
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The mix and where the vocal goes."""
    parser.add_argument("mix", type=Path, help="any audio or video file")
    parser.add_argument("-o", "--output", type=Path, help="a WAV (default: the mix's name with .vocal.wav)")
    parser.add_argument("--stream", type=int, help="number of the audio stream in the file, from 0")


def run(args: argparse.Namespace, events: Events) -> None:
    """Separate and write."""
    from lipwright.isolate import isolate_to_wav

    output: Path = args.output or args.mix.with_suffix(".vocal.wav")
    if output.suffix.lower() != ".wav":
        raise OptionError(f"{output.name!r} is not a WAV; end the name in .wav")
    if same_file(output, args.mix):
        raise OptionError(f"{output.name!r} is the mix itself; choose another name")
    seconds = isolate_to_wav(args.mix, output, stream=args.stream, on_progress=stage(events, "isolating", 0.0, 1.0))
    events.result(vocal=str(output), duration_s=round(seconds, 3))
