"""Every text that carries lyrics, as lines with the times it knows: a module a family, one table to tell them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lipwright.errors import LyricsError
from lipwright.lyrics.sources import (
    ass,
    lrc,
    markup,
    papagayo,
    plain,
    subtitles,
    tables,
    textgrid,
    transcripts,
    ultrastar,
)  # fmt: skip
from lipwright.lyrics.sources.decoding import text_of
from lipwright.lyrics.sources.raw import RawLine, RawWord, Source

__all__ = ["FORMATS", "RawLine", "RawWord", "Source", "read_source", "sniff"]

MAX_LINES = 200_000
_HEAD = 20_000


@dataclass(frozen=True, slots=True)
class Format:
    """A format of lyric files: what gives it away, and its reader."""

    name: str
    looks: Callable[[str], bool]
    read: Callable[[str, str], Source]


def _found(pattern: str, flags: int = re.M) -> Callable[[str], bool]:
    return lambda text: re.search(pattern, text[:_HEAD], flags) is not None


def _rows(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    """Most of the first rows have it."""

    def looks(text: str) -> bool:
        rows = [row for row in text[:_HEAD].split("\n") if row.strip()][:20]
        return bool(rows) and sum(bool(pattern.match(row)) for row in rows) >= 0.6 * len(rows)

    return looks


# The first that looks like itself is read, whatever the file is called; what none knows is words, or is refused.
FORMATS = (
    Format("VTT", _found(r"\A\s*WEBVTT"), subtitles.reader("VTT")),
    Format("TextGrid", _found(r'\A\s*(?:File type = )?"ooTextFile'), textgrid.read),
    Format("ASS", ass.looks, ass.read),
    Format("XML", _found(rf"\A\s*(?:<\?xml|<(?:\w+:)?(?:{markup.ROOTS})\b)"), markup.read),
    Format("JSON", _found(r"\A\s*[\[{]\s*(?:[\[{\"]|\]|\})"), transcripts.read),
    Format("UltraStar", ultrastar.looks, ultrastar.read),
    Format("Papagayo", papagayo.looks, papagayo.read),
    Format("SRT", lambda text: subtitles.CUE.search(text[:_HEAD]) is not None, subtitles.reader("SRT")),
    Format("SBV", lambda text: subtitles.SBV.search(text[:_HEAD]) is not None, subtitles.reader("SBV")),
    Format("MicroDVD", _rows(subtitles.MICRODVD), subtitles.read_microdvd),
    Format("MPL2", _rows(subtitles.MPL2), subtitles.read_mpl2),
    Format("LRC", _found(r"^\s*\[\d+:\d+(?:[.:]\d+)?\]"), lrc.read),
    Format("TMPlayer", _rows(subtitles.TMPLAYER), subtitles.read_tmplayer),
    Format("TSV", tables.looks, tables.read),
    Format("text", lambda _text: True, plain.read),
)  # fmt: skip


def read_source(source: Path | str) -> Source:
    """Lyrics from a file, or from the text itself when given as str. Raises LyricsError."""
    name = repr(source.name) if isinstance(source, Path) else "the lyrics"
    text, notes = text_of(source) if isinstance(source, Path) else (source, ())
    text = _plain_signs(text)
    form = _format(text)
    try:
        read = form.read(text, name)
    except LyricsError:
        raise
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise LyricsError(
            f"{name} is not a sound {form.name} file ({error}); save it again, or give plain text"
        ) from error
    if len(read.lines) > MAX_LINES:
        raise LyricsError(f"{name} has {len(read.lines)} lines, too many for lyrics; choose the right file")
    return replace(read, notes=(*notes, *read.notes))


# Signs whose compatibility form is worse than what people mean by them.
_MEANT = str.maketrans(
    {"´": "'", "`": "'", "\u2044": "/", "\u00a8": '"', "\u00ad": None, "\u200b": None, "\ufe0f": None}
)


def _plain_signs(text: str) -> str:
    """One sign for one meaning: row ends, full-width letters, figures of every script, ligatures, half-width kana."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").translate(_MEANT)
    text = unicodedata.normalize("NFKC", text).translate(_MEANT)
    return re.sub(r"[^\D0-9]", lambda found: str(unicodedata.decimal(found[0], "")), text)


def sniff(text: str) -> str:
    """The format of `text`, by what it looks like and not by its name."""
    return _format(text).name


def _format(text: str) -> Format:
    head = text.lstrip("\ufeff")
    return next(form for form in FORMATS if form.looks(head))
