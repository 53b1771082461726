"""Plain text: believed only when it looks like words; what looks like something else is refused by its name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from lipwright.errors import LyricsError
from lipwright.lyrics.sources.raw import RawLine, Source

_TEXT = "give the words as plain text (.txt), one line a row"


@dataclass(frozen=True, slots=True)
class Look:
    """A kind of file that is not lyrics: what gives it away, its name, and what to do instead.

    `share` is the part of rows that must match (0: one match in the first rows is enough).
    """

    what: str
    pattern: str
    cure: str = _TEXT
    share: float = 0.0

    def fits(self, head: str, rows: list[str]) -> bool:
        """Whether the text looks like it."""
        if self.share == 0.0:
            return re.search(self.pattern, head, re.M | re.I) is not None
        hits = sum(re.search(self.pattern, row, re.I) is not None for row in rows)
        return len(rows) >= 2 and hits >= self.share * len(rows)


_CODE = (
    r"^\s*(?:def \w+\(.*\).*:|class \w+.*[:{]|from [\w.]+ import .*|#include\b.*|function\b.*\(.*\).*\{|"
    r"(?:const|let|var|int|float|char|auto) \w+ ?=.*|(?:public|private|static) \w+ .*[({;]|return\b.*[(){}=;].*$|"
    r"if ?\(.*\) ?\{|[{}]+;?|.*[(){}=].*;|.*\)\s*\{|@\w+\(.*\)|//.*|/\*.*|\*/)\s*$"
)
_FLOAT = r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?"
# In this order; each is told by marks that lyrics do not have.
_LOOKS = (
    Look("a web page (HTML)", r"\A\s*(?:<!doctype html|<html|<head|<body)", "copy its words as plain text"),
    Look("SAMI captions", r"\A\s*<sami", "export them as SRT or VTT"),
    Look("a web page (HTML)", r"</(?:div|p|a|span|html|body|td|li|table|script)>", "copy its words as plain text"),
    Look("a rich-text document (RTF)", r"\A\s*\{\\rtf", "save it as plain text (.txt)"),
    Look("a PDF", r"\A\s*%PDF", "copy its words into a plain text file (.txt)"),
    Look("PostScript", r"\A\s*%!PS", "copy its words into a plain text file (.txt)"),
    Look("a LaTeX document", r"^\s*\\(?:documentclass|begin\{|usepackage|section)", "copy its words as plain text"),
    Look("LilyPond music", r"^\s*\\(?:version|relative|score|header|lyricmode)\b", "export its lyrics as plain text"),
    Look("ABC music", r"\A\s*X:\s*\d+[ \t]*\n(?:.*\n)*?K:", "export its lyrics as plain text"),
    Look(
        "an edit decision list (EDL)",
        r"^\s*(?:FCM:|\d{3,6}\s+\S+\s+(?:A|V|B|AA)\S*\s+C\s+\d\d:)",
        "export its captions as SRT",
    ),
    Look("a playlist (M3U)", r"\A\s*#EXT(?:M3U|INF)", "give the lyrics of one song"),
    Look("a playlist (PLS)", r"\A\s*\[playlist\]", "give the lyrics of one song"),
    Look("a cue sheet", r"^\s*(?:FILE \".*\" \w+|TRACK \d\d AUDIO|INDEX \d\d \d\d:)", "give the lyrics of one song"),
    Look("a difference between files (diff)", r"^(?:diff --git |@@ -\d+,\d+ \+\d+,\d+ @@)", _TEXT),
    Look("mouth shapes (Moho)", r"\A\s*MohoSwitch\d", "give the words that were spoken"),
    Look("Spruce STL subtitles", r"^\s*\$(?:FontName|VertAlign)\b", "export them as SRT"),
    Look("Scenarist captions (SCC)", r"\A\s*Scenarist_SCC", "export them as SRT"),
    Look(
        "a karaoke file (KAR, KaraFun, KBP)",
        r"^\s*(?:HEADERV\d|\[Song\]\s*$|\[eof\]|-{20,}$\n.*KARAOKE BUILDER)",
        "export LRC or UltraStar",
    ),
    Look("a rhythm-game chart", r"^\s*\[(?:SyncTrack|ExpertSingle)\]", "export UltraStar or LRC"),
    Look(
        "an e-mail",
        r"\A(?:(?:From|To|Subject|Date|Received|Return-Path|MIME-Version): .*\n){2}",
        "copy its words as plain text",
    ),
    Look("a key or certificate", r"-----BEGIN [A-Z ]+-----", _TEXT),
    Look("a script", r"\A#!\s*/", _TEXT),
    Look("a database dump (SQL)", r"^\s*(?:CREATE TABLE|INSERT INTO|SELECT .* FROM)\b", _TEXT),
    Look("XML", r"\A\s*<\?xml|\A\s*<(\w+)[^>]*>[\s\S]*</\1>", "export TTML, LRC, SRT or plain text"),
    Look(
        "guitar tablature",
        r"^\s*(?:[A-Ga-g]#?b?)?\s*[|:][-0-9hpbrx/\\~|()^ ]{6,}$",
        "give the words without the tab",
        0.3,
    ),
    Look("base64 or other coded data", r"^[A-Za-z0-9+/=]{60,}$", "decode it first", 0.5),
    Look("a list of web addresses", r"^\s*https?://\S+\s*$", "copy the words themselves", 0.5),
    Look(
        "a log",
        r"^\W*\d{4}-\d\d-\d\d[T ]\d\d:\d\d|^\w{3} \d{1,2} \d\d:\d\d:\d\d |\b(?:INFO|WARN|ERROR|DEBUG)\b",
        _TEXT,
        0.5,
    ),
    Look("source code", _CODE, _TEXT, 0.5),
    Look(
        "settings (INI, YAML, TOML)",
        r"^\s*(?:[\w.-]+\s*=\s*\S+|- ?[\w.-]+:(?:\s+\S+)?"
        r"|[a-z][\w.-]*:(?:\s+\S+)?|\[[\w.]+\])$",
        _TEXT,
        0.8,
    ),
    Look("a table of numbers", rf"^\s*{_FLOAT}(?:\s*[,;\t|]\s*{_FLOAT})+\s*$", "export columns word, start, end", 0.5),
    Look(
        "times without a format that is known",
        r"\d+:\d\d:\d\d[.,:;]\d+.*\d+:\d\d:\d\d[.,:;]\d+",
        "export SRT, VTT or LRC",
        0.2,
    ),
    Look(
        "times without a format that is known",
        r"^\s*\W?\d+[.,]\d{2,}\W?\s+\W?\d+[.,]\d{2,}",
        "export SRT, LRC or word,start,end",
        0.3,
    ),
    Look(
        "a table (CSV)",
        r"^[^\s,;|][^,;|\t]*(?:([,;|\t])(?! )[^,;|\t]*)(?:\1(?! )[^,;|\t]*)+$",
        "export columns word, start, end",
        0.9,
    ),
)
# Of the signs that are no space: words are letters, with some marks between them.
_FEWEST_LETTERS = 0.5
_LONGEST_WORD = 60


def read(text: str, name: str) -> Source:
    """Rows as lines. Raises LyricsError, by name, for what does not look like words."""
    _refuse(text, name)
    return Source(tuple(RawLine(row) for row in text.split("\n")), "text", text)


def _refuse(text: str, name: str) -> None:
    rows = [row for row in text.split("\n") if row.strip()][:400]
    head = text[:20_000]
    for look in _LOOKS:
        if look.fits(head, rows):
            raise LyricsError(f"{name} looks like {look.what}, not lyrics; {look.cure}")
    signs = [c for c in text[:100_000] if not c.isspace()]
    letters = sum(unicodedata.category(c)[0] in "LM" for c in signs)
    figures = sum(c.isdigit() for c in signs)
    fractions = len(re.findall(r"\d[.,]\d{2}", head))
    if signs and letters < _FEWEST_LETTERS * len(signs) and letters + figures < 0.6 * len(signs) and len(signs) > 12:
        raise LyricsError(f"{name} looks like signs rather than words; {_TEXT}")
    if signs and figures > letters and fractions >= 3:
        raise LyricsError(f"{name} looks like a table of numbers, not lyrics; {_TEXT}")
    words = re.findall(r"[^\W\d_]+", head)
    if any(len(word) > _LONGEST_WORD and len(set(word)) > 4 and word.isascii() for word in words):
        raise LyricsError(f"{name} looks like coded data rather than words; {_TEXT}")
