"""A performance in the formats of other software: one module a format, found by name in a table of strings."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from lipwright.corrections import corrected
from lipwright.errors import OptionError
from lipwright.files import write_beside
from lipwright.rigs import Mix, RigMap, direct_map
from lipwright.types import Performance

# format -> the module that writes it
EXPORTS = {
    "arkit": ".channels.arkit",
    "csv": ".channels.curves",
    "rhubarb-tsv": ".charts.rhubarb_tsv",
    "rhubarb-xml": ".charts.rhubarb_xml",
    "rhubarb-json": ".charts.rhubarb_json",
    "moho": ".charts.moho",
    "aftereffects": ".charts.aftereffects",
    "textgrid": ".text.textgrid",
    "lrc": ".text.lrc",
    "srt": ".text.srt",
    "vtt": ".text.vtt",
    "ass": ".text.ass",
}
# format -> (ending of the default name, what it is); no ending is one that a user's own lyrics or sounds have
ABOUT = {
    "arkit": (".arkit.csv", "ARKit blend shapes a frame, as Live Link Face records them"),
    "csv": (".curves.csv", "any rig convention's shapes a frame (--convention)"),
    "rhubarb-tsv": (".rhubarb.tsv", "Rhubarb Lip Sync's mouth letters, as text"),
    "rhubarb-xml": (".rhubarb.xml", "Rhubarb Lip Sync's mouth letters, as XML"),
    "rhubarb-json": (".rhubarb.json", "Rhubarb Lip Sync's mouth letters, as JSON"),
    "moho": (".moho.dat", "Moho and OpenToonz switch layers (--letters preston-blair for their names)"),
    "aftereffects": (".aftereffects.txt", "keyframes to paste into After Effects"),
    "textgrid": (".words.TextGrid", "words, phones and pauses for Praat"),
    "lrc": (".words.lrc", "enhanced LRC: lyrics with a time a word"),
    "srt": (".words.srt", "SubRip subtitles, a cue a line"),
    "vtt": (".words.vtt", "WebVTT with a time a word"),
    "ass": (".karaoke.ass", "ASS karaoke"),
}
# formats that have frames, and so a rate
FRAMED = ("arkit", "csv", "moho", "aftereffects")
LETTERS = ("rhubarb", "preston-blair")


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What a format may ask: `fps` for frames, `convention` for csv and aftereffects, `letters` for moho.

    `rig` is an avatar's own map in place of a convention. `extended` allows the mouths G, H and X that not every set
    of drawings has. `start_s` is added to every time, for a vocal that starts later on the timeline.
    """

    fps: Fraction = Fraction(30)
    convention: str = "oculus"
    rig: RigMap | None = None
    letters: str = "rhubarb"
    extended: bool = True
    start_s: float = 0.0

    def __post_init__(self) -> None:
        if self.letters not in LETTERS:
            raise OptionError(f"letters {self.letters!r} are unknown; choose {' or '.join(LETTERS)}")
        if not 0.0 <= self.start_s < 86_400.0:
            raise OptionError(f"start_s must be 0 to 86400 s, got {self.start_s}")

    @property
    def controls(self) -> Mapping[str, Mix]:
        """What drives which name, by the rig or the convention."""
        return (self.rig or direct_map(self.convention)).controls


def export(performance: Performance, format: str, path: Path, options: ExportOptions | None = None) -> None:  # noqa: A002 - the contract's word
    """Write `performance`, hand corrections laid over it, to `path` in one step. Raises OptionError, OutputError."""
    write_beside(path, text_of(performance, format, options).encode("utf-8"))


def text_of(performance: Performance, format: str, options: ExportOptions | None = None) -> str:  # noqa: A002
    """What `export` would write."""
    if format not in EXPORTS:
        raise OptionError(f"format {format!r} is unknown; choose one of {', '.join(EXPORTS)}")
    write: Callable[[Performance, ExportOptions], str]
    write = importlib.import_module(EXPORTS[format], __name__).write
    return write(corrected(performance), options or ExportOptions())
