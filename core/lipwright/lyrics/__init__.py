"""Lyrics from any text, ready for alignment: lines of words, each with every way it may be said."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

from lipwright.errors import LyricsError
from lipwright.lyrics import foreign
from lipwright.lyrics.dictionary import Pronunciations, read_dictionary
from lipwright.lyrics.layers import one_layer
from lipwright.lyrics.mixed import Mixed, Sayer, sayer_of
from lipwright.lyrics.sources import RawLine, RawWord, read_source
from lipwright.lyrics.tidy import Tidied, tidied
from lipwright.types import LeftOut, LyricLine, Lyrics, LyricWord

__all__ = ["LyricsError", "prepare", "pronounce"]

MOST_WORDS = 400_000
_NAMED = 12  # how many guessed words a note names


def prepare(
    source: Path | str,
    *,
    language: str = "en",
    dictionary: Path | None = None,
    truth: bool | None = None,
) -> Lyrics:
    """Lyrics from a file (Path), or from the text itself (str), whatever its format.

    `language` is a code or "auto"; `dictionary` holds the user's own pronunciations; `truth` keeps known word times as
    they are instead of taking them as hints (None: as the format suggests). Raises LyricsError, LanguageUnavailable.
    """
    raw = read_source(source)
    name = repr(source.name) if isinstance(source, Path) else "the lyrics"
    lines, layers = one_layer(raw.lines, _code(language), foreign.language_of)
    tidy = Tidied(lines) if raw.truth else tidied(lines)
    lines, left_out = tidy.lines, (*raw.left_out, *layers, *tidy.left_out)
    language, heard = _language(language, lines)
    text = "\n".join(line.text for line in lines)
    sayer = Mixed(language, read_dictionary(dictionary) if dictionary else {}, text)
    out = tuple(line for line in (_line(line, sayer) for line in lines) if line.words)
    count = sum(len(line.words) for line in out)
    if count == 0:
        raise LyricsError(f"there are no words to sing in {name}; give the words, or leave the lyrics out")
    if count > MOST_WORDS:
        raise LyricsError(f"{name} has {count} words, more than the {MOST_WORDS} of the longest vocal; cut it")
    notes = (*raw.notes, *_told(left_out), *tidy.notes, *heard, *sayer.notes(), *_guessed(sayer))
    return Lyrics(out, language, raw.text, raw.truth if truth is None else truth, notes, left_out)


def pronounce(word: str, language: str = "en") -> Pronunciations:
    """Every way `word` may be said, likeliest first: ARPABET with stress digits in English, else IPA."""
    return _shared_sayer(language).say(word)


@lru_cache(maxsize=4)
def _shared_sayer(language: str) -> Sayer:
    return sayer_of(language, {})


# What a reader of a format leaves out without a word of its own: nobody takes these for something that is sung.
_PLAIN = frozenset([
    "tag of the file", "name of a section", "repeat mark", "chord", "chords", "directive of the chord sheet",
    "comment",
])  # fmt: skip


def _told(left_out: tuple[LeftOut, ...]) -> tuple[str, ...]:
    """One sentence about what might have been sung and is not."""
    doubtful = [one for one in left_out if one.why not in _PLAIN]
    if not doubtful:
        return ()
    counts = Counter(one.why for one in doubtful)
    kinds = ", ".join(f"{count} x {why} ({_shortest(doubtful, why)!r})" for why, count in counts.items())
    return (f"not sung: {kinds}; --show-lyrics lists what is sung and what is not",)


def _shortest(left_out: list[LeftOut], why: str) -> str:
    text = next(one.text for one in left_out if one.why == why)
    return text if len(text) <= 40 else text[:37] + "..."


def _code(asked: str) -> str:
    return asked.strip().lower().replace("_", "-").partition("-")[0]


def _language(asked: str, lines: tuple[RawLine, ...]) -> tuple[str, tuple[str, ...]]:
    """(the language to read in, notes about it)."""
    asked = asked.strip().lower().replace("_", "-")
    text = "\n".join(line.text for line in lines)
    told = foreign.language_of(text)
    if asked != "auto":
        code = asked.partition("-")[0]
        if told and told != code and (code == "en" or told == "en"):
            return code, (
                f"the lyrics look {foreign.name_of(told)} but are read as {foreign.name_of(code)};"
                f" add --language {told} if they are not",
            )
        return code, ()
    if told:
        return told, (f"the lyrics are read as {foreign.name_of(told)}",) if told != "en" else ()
    return "en", ("the language of the lyrics cannot be told, English is assumed; name it with --language",)


def _line(line: RawLine, sayer: Mixed) -> LyricLine:
    words = []
    language = sayer.language_of_line(line.text)
    for raw in line.words or (RawWord(line.text),):
        tokens = sayer.tokens(raw.text, _tokens, language)
        for index, token in enumerate(tokens):
            ways = (raw.phones,) if raw.phones and len(tokens) == 1 else sayer.say(token, language)
            if not ways:
                continue
            first, last = index == 0, index == len(tokens) - 1
            start_s, end_s = (raw.start_s if first else None), (raw.end_s if last else None)
            if start_s is not None and end_s is not None and end_s <= start_s:
                end_s = None
            words.append(LyricWord(_shown(token), ways, start_s, end_s))
    return LyricLine(tuple(words), " ".join(line.text.split()), line.start_s, line.end_s)


# Words with figures and their marks, dotted initials, words that end in a dot that belongs to them, plain words.
_FIGURES = r"[$€£¥#'’]?[-–]?\d[\w,.:/%'’\-–]*"
_INITIALS = r"(?:[A-Za-z]\.){2,}[A-Za-z]?"
_DOTTED = r"\b(?:Mr|Mrs|Ms|Dr|St|Mt|Ft|ft|feat|Jr|Sr|Prof|Capt|Sgt|Lt|Rev|vs|etc)\."
_CENSORED = r"[A-Za-z]+\*+[A-Za-z'’]*"
_WORD = r"['’]?[^\W\d_]+(?:['’][^\W\d_]+)*['’]?\d*|[&@+]|w/o?\b"
_ENGLISH = re.compile(f"{_INITIALS}|{_DOTTED}|{_CENSORED}|{_FIGURES}|{_WORD}")


def _tokens(text: str, language: str) -> list[str]:
    if language != "en":
        return foreign.words_of(text, language)
    text = re.sub(r"(?<=[^\W\d_])[-–—_/](?=[^\W\d_])", " ", text.replace("`", "'").replace("´", "'"))
    return [token for token in _ENGLISH.findall(text) if re.search(r"\w|&|@|\+", token)]


def _shown(token: str) -> str:
    return token.rstrip(",.:;-–/") if re.search(r"\d", token) else token


def _guessed(sayer: Mixed) -> tuple[str, ...]:
    guessed = list(sayer.guessed)
    if not guessed:
        return ()
    shown = ", ".join(guessed[:_NAMED]) + (f" and {len(guessed) - _NAMED} more" if len(guessed) > _NAMED else "")
    return (f"no dictionary has {shown}: their sounds were guessed; add them to a dictionary file if they look wrong",)
