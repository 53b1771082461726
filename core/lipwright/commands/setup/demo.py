"""`lipwright demo`: the main job on a song that ships with the package."""

from __future__ import annotations

import argparse
import shutil
from fractions import Fraction
from pathlib import Path

from lipwright import document
from lipwright.commands.options import reporter
from lipwright.errors import OutputError
from lipwright.events import Events
from lipwright.types import Performance

SAMPLE = Path(__file__).parents[2] / "data" / "demo"
EXPORTED = {
    "arkit": "song.arkit.csv",
    "rhubarb-tsv": "song.rhubarb.tsv",
    "textgrid": "song.TextGrid",
    "lrc": "song.words.lrc",
}

PICTURE_S = 8.0
WROTE = {
    "song.html": "a page that plays the song, with every curve and a drawn face",
    "song.png": "the first line as a picture: waveform, words, phonemes, mouth shapes",
    "song.lipwright": "the performance: what Blender, Resolve and OpenTimelineIO read",
    "song.arkit.csv": "the face in Apple's 52 shapes, 60 a second",
    "song.rhubarb.tsv": "mouth letters for 2D tools",
    "song.TextGrid": "words and phonemes for Praat",
    "song.words.lrc": "lyrics with a time for every word",
}

EXAMPLES = """\
example:
  lipwright demo -o my-demo      everything the demo makes, in my-demo/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to put what is made."""
    parser.add_argument("-o", "--output", type=Path, default=Path("demo-out"), help="folder (default: demo-out)")


def run(args: argparse.Namespace, events: Events) -> None:
    """Perform the sample, draw it, export it, and say where to look."""
    from lipwright import service
    from lipwright.performance import direct

    folder: Path = args.output
    song, lyrics = _copy_sample(folder)
    made = service.perform(song, lyrics, direct("ballad"), report=reporter(events, 0.0, 0.8))
    document.save(made, folder / "song.lipwright")
    _draw(made, song, folder / "song.png")
    _export(made, folder)
    events.progress(1.0, "done")
    print(_report(made, folder))
    events.result(folder=str(folder), document=str(folder / "song.lipwright"))


def _copy_sample(folder: Path) -> tuple[Path, Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        song = Path(shutil.copy(SAMPLE / "song.ogg", folder))
        return song, Path(shutil.copy(SAMPLE / "song.lrc", folder))
    except OSError as error:
        raise OutputError(
            f"cannot write into {str(folder)!r} ({error.strerror}); name another folder with -o"
        ) from error


def _draw(made: Performance, song: Path, picture: Path) -> None:
    """A picture of the first line, and a page that plays the whole song with a drawn face."""
    from lipwright.plot import PlotOptions, plot
    from lipwright.vocal import open_vocal

    with open_vocal(song) as vocal:
        plot(made, picture, PlotOptions(end_s=PICTURE_S), vocal)
        plot(made, picture.with_suffix(".html"), PlotOptions(), vocal, song.name)


def _export(made: Performance, folder: Path) -> None:
    from lipwright.exports import ExportOptions, export

    for form, name in EXPORTED.items():
        export(made, form, folder / name, ExportOptions(fps=Fraction(60)))


def _report(made: Performance, folder: Path) -> str:
    lines = [
        f"heard {len(made.words)} words and {len(made.phonemes)} phonemes in {made.vocal.duration_s:.1f} s of song:"
    ]
    lines += [f"  {word.start_s:6.2f} s  {word.text}" for word in made.words[:6]]
    lines += ["  ...", f"wrote into {folder}/"]
    lines += [f"  {name:20} {what}" for name, what in WROTE.items()]
    return "\n".join([*lines, f"open {folder / 'song.html'} in a browser: it plays the song with a drawn face"])
