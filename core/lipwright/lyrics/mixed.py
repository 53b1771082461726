"""Each word in its own language: by its script, by its line's common words, else by the language of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from lipwright.errors import LanguageUnavailable
from lipwright.lyrics import foreign
from lipwright.lyrics.dictionary import Pronunciations
from lipwright.lyrics.english import English
from lipwright.lyrics.korean import Korean

_EASTERN = re.compile(r"([\u3005\u3040-\u30ff\u4e00-\u9fff]+)")
_NAMED = 8


class Sayer(Protocol):
    """What knows how words of one language are said."""

    guessed: dict[str, None]

    def say(self, token: str) -> Pronunciations:
        """Every way `token` may be said, likeliest first."""


def sayer_of(language: str, own: Mapping[str, Pronunciations]) -> Sayer:
    """Raises LanguageUnavailable when nothing is installed for `language`."""
    if language == "en":
        return English(own)
    return Korean(dict(own)) if language == "ko" else foreign.Foreign(language, own)


class Mixed:
    """Words of a text whose main language is `language`."""

    def __init__(self, language: str, own: Mapping[str, Pronunciations], text: str) -> None:
        """Raises LanguageUnavailable when nothing is installed for the main language."""
        self._own = own
        self._sayers = {language: sayer_of(language, own)}
        self._latin = "en" if language in foreign.SCRIPT_LANGUAGES else language
        self._han = language if language in ("ja", "zh") else "ja" if re.search("[\u3040-\u30ff]", text) else "zh"
        self._slavic = language if language in ("ru", "uk") else foreign.slavic(text)
        self.unsayable: dict[str, dict[str, None]] = {}
        self.heard: dict[str, int] = {}

    @property
    def guessed(self) -> dict[str, None]:
        """Words that no dictionary had."""
        return {word: None for sayer in self._sayers.values() for word in sayer.guessed}

    def language_of_line(self, text: str) -> str:
        """The language of the Latin words of a line: another than the text's only on strong evidence."""
        told = foreign.language_of(" ".join(re.findall(r"[A-Za-z\u00c0-\u024f'’]+", text)))
        if told in ("", self._latin) or told in foreign.SCRIPT_LANGUAGES or self._sayer(told) is None:
            return self._latin
        return told

    def tokens(self, text: str, plain: Callable[[str, str], list[str]], language: str) -> list[str]:
        """Words of a line: runs of kana and kanji are cut by what they are, the rest by `plain`."""
        out: list[str] = []
        for part in _EASTERN.split(text):
            out += foreign.words_of(part, self._han) if _EASTERN.fullmatch(part) else plain(part, language)
        return out

    def say(self, token: str, latin: str) -> Pronunciations:
        """Every way `token` may be said; () where its language is not installed, which `unsayable` then names."""
        language = foreign.script_of(token, han=self._han, slavic=self._slavic) or latin
        if foreign.is_kana(token) and language == "ja":
            self.heard[language] = self.heard.get(language, 0) + 1
            return self._own.get(token) or foreign.kana_ways(token)
        sayer = self._sayer(language)
        ways = sayer.say(token) if sayer is not None else ()
        if not ways:
            self.unsayable.setdefault(language, {})[token] = None
        self.heard[language] = self.heard.get(language, 0) + 1
        return ways

    def notes(self) -> tuple[str, ...]:
        """Sentences about other languages than the main one, and about words that cannot be said."""
        main = next(iter(self._sayers))
        out = []
        read = [foreign.name_of(code) for code in self.heard if code != main and code not in self.unsayable]
        if read:
            out.append(f"some words are read as {', '.join(read)}, by their script or their line")
        for language, words in self.unsayable.items():
            shown = ", ".join(list(words)[:_NAMED]) + (
                f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
            )
            cure = foreign.cure_of(language)
            out.append(f"not sung: {shown}: pronunciations for {foreign.name_of(language)} are not at hand; {cure}")
        return tuple(out)

    def _sayer(self, language: str) -> Sayer | None:
        if language not in self._sayers:
            try:
                self._sayers[language] = sayer_of(language, self._own)
            except LanguageUnavailable:
                return None
        return self._sayers[language]
