"""Who wrote, typed or sells a song: lines at either end of a lyric file that nobody sings."""

from __future__ import annotations

import re
from dataclasses import replace

from lipwright.lyrics.sources.raw import RawLine
from lipwright.types import LeftOut

_ROLES = (
    "lyrics?|words|music|song|melody|vocals?|composed|composers?|composition|written|writers?|writer\\(s\\)|songwriters?|"
    "produced|producers?|production|arranged|arrangers?|arrangement|mixed|mastered|mixing|mastering|recorded|recording|"
    "performed|performers?|artists?|singers?|featuring|title|album|track|authors?|label|publishers?|source|genre|year|"
    "released?|bpm|key|tempo|capo|tuning|isrc|lyricists?|subtitles?|captions?|captioned|synced|synchroni[sz]ed|"
    "transcribed|transcription|translated|translation|lrc|karaoke|created|edited|guitars?|bass|drums|keyboards|"
    "background vocals|executive producer|op|sp|"
    "paroles|musique|auteurs?|compositeurs?|letra|música|musica|autor(?:es)?|compositor(?:es)?|musik|testo|autore|"
    "arreglos|untertitel(?:ung)?|sous-titr\\w+|subtítulos|слова|музыка|автор|текст"
)
_EASTERN = (
    "作词|作詞|作曲|词|詞|曲|编曲|編曲|制作人|製作人|制作|監製|监制|混音|"
    "录音|錄音|母带|母帶|和声|和聲|吉他|贝斯|鼓|出品|发行|發行|原唱|演唱|"
    "歌手|歌|唄|編集|翻译|翻譯|작사|작곡|편곡|노래"
)
_ROLE = re.compile(
    rf"^\W*(?:(?:{_ROLES})(?:[\s,/&]+(?:{_ROLES}|and|by|und|et|y|e))*\s*[:：]|(?:{_EASTERN})\s*(?:[:：/]|by))\s*\S",
    re.I,
)
_BY = re.compile(
    rf"^\W*(?i:{_ROLES})(?:\s+(?i:and|&|,)\s+(?i:{_ROLES}))*\s+(?i:by|par|von|de|di|por)\s+[A-Z\u0080-\uffff@]"
)
_SITE = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|net|org|de|fr|es|it|io|co|cn|ru|me|tv|info|uk)\b", re.I)
_LEGAL = re.compile(
    r"[©℗]|\ball rights reserved\b|\bcopyright\b|\bnot for commercial use\b|^\W*lyrics (?:licensed|provided|powered)\b|"
    r"\bfor correcting these lyrics\b|^\W*submit corrections\W*$|^\W*\(?\d{10,}\)?\W*$|amara\.org",
    re.I,
)
_TITLE = re.compile(r"^\S.{0,60}? [-–—] \S.{0,60}$")
_MOST_WORDS = 14
_SOON_S = 1.0  # a first line of "Song - Singer" is not sung when the next line comes as soon as this
_AT_ONCE_S = 0.2


def without_credits(lines: tuple[RawLine, ...]) -> tuple[tuple[RawLine, ...], tuple[LeftOut, ...]]:
    """(lines, the credits at their beginning and end)."""
    at = [index for index, line in enumerate(lines) if line.text.strip()]
    head = _run(lines, at, titles=True)
    tail = _run(lines, [index for index in reversed(at) if index not in head], titles=False)
    gone = sorted(head | tail)
    kept = [replace(line, text="", words=()) if n in head | tail else line for n, line in enumerate(lines)]
    return tuple(kept), tuple(LeftOut(" ".join(lines[n].text.split()), "credit") for n in gone)


def _run(lines: tuple[RawLine, ...], at: list[int], *, titles: bool) -> set[int]:
    """The credits in a row from one end; a title may stand before them."""
    out: set[int] = set()
    for position, index in enumerate(at):
        following = lines[at[position + 1]] if position + 1 < len(at) else None
        if is_credit(lines[index].text) or (
            titles and position == 0 and following is not None and _is_title(lines[index], following)
        ):
            out.add(index)
        else:
            break
    return out


def is_credit(text: str) -> bool:
    """Whether a line names a maker, a site or a right."""
    body = " ".join(text.split())
    if len(body.split()) > _MOST_WORDS and not _LEGAL.search(body):
        return False
    return any(look.search(body) for look in (_ROLE, _BY, _SITE, _LEGAL))


def _is_title(line: RawLine, following: RawLine) -> bool:
    if not _TITLE.match(line.text.strip()):
        return False
    if is_credit(following.text):
        return True
    if line.start_s is None or following.start_s is None or line.words:
        return False
    return line.start_s <= _AT_ONCE_S and following.start_s - line.start_s < _SOON_S
