"""Other languages: which one a text is in, and its words in IPA."""

from __future__ import annotations

import os
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from lipwright.errors import LanguageUnavailable
from lipwright.lyrics import ipa
from lipwright.lyrics.dictionary import Pronunciations
from lipwright.lyrics.english import English, cmudict

TABLE = Path(__file__).parents[1] / "data" / "languages.toml"
# Scripts that one language of ours uses, as (first, last) code points.
_SCRIPTS = (
    ("ja", 0x3040, 0x30FF), ("ko", 0xAC00, 0xD7AF), ("zh", 0x4E00, 0x9FFF), ("ru", 0x0400, 0x04FF),
    ("el", 0x0370, 0x03FF), ("ar", 0x0600, 0x06FF), ("he", 0x0590, 0x05FF), ("hi", 0x0900, 0x097F),
    ("th", 0x0E00, 0x0E7F),
)  # fmt: skip
# A language is told when its common words make up this share of all words, and beat the next by this factor.
SHARE, LEAD = 0.12, 1.25
FEWEST = 3  # different common words; fewer prove nothing
MOSTLY = 0.9  # of the longer words in English's dictionary: the text is English whatever its short words look like
SCRIPT_LANGUAGES = frozenset([*(name for name, *_ in _SCRIPTS), "uk"])


class Foreign:
    """Pronunciations in IPA, through g2p2, one word at a time."""

    def __init__(self, language: str, own: Mapping[str, Pronunciations] | None = None) -> None:
        """Raises LanguageUnavailable when nothing is installed for `language`."""
        self._own = own or {}
        self._language = language
        self._phonemize = _g2p2(language)
        self._respell: dict[str, str] = _table().get(language, {}).get("respell", {})
        self._says: dict[str, str] = _table().get(language, {}).get("says", {})
        self._elisions: dict[str, str] = _table().get(language, {}).get("elisions", {})
        self._cache: dict[str, Pronunciations] = {}
        self.guessed: dict[str, None] = {}

    def say(self, token: str) -> Pronunciations:
        """Every way `token` may be said, likeliest first; () where the model has no idea."""
        word = token.casefold().replace("’", "'")
        if word not in self._cache:
            self._cache[word] = self._own.get(word) or self._ways(word)
        return self._cache[word]

    def _ways(self, word: str) -> Pronunciations:
        if self._language == "ja":
            if is_kana(word):
                return kana_ways(word)
            reading = _readings().get(word)
            if reading:
                return (_moras(reading),)
        if word in self._says:
            return tuple(ipa.split(way) for way in self._says[word].split())
        if elided := self._elided(word):
            return elided
        for wrong, right in self._respell.items():
            word = word.replace(wrong, right)
        english = _english(word) if word in _table()["en"]["abroad"] else ()
        phones = self._read(word) or self._read(word.replace("'", "")) or self._read(_bare(word))
        if not phones:
            self.guessed[word] = None
            return english
        ways = [phones, *english]
        if (
            self._language == "fr"
            and re.search(r"[^aeiouyéèêëàâîïôûù'](?:e|es|ent)$", word)
            and not ipa.is_vowel(phones[-1])
        ):
            ways.append((*phones, "ə"))  # a mute e is often sung
        return tuple(ways)

    def _elided(self, word: str) -> Pronunciations:
        """qu'il, dell'anno: the short word's consonant, and what follows as it is said alone."""
        short, mark, rest = word.partition("'")
        if not mark or not rest or short not in self._elisions:
            return ()
        lead = ipa.split(self._elisions[short])
        return tuple((*lead, *way) for way in self._ways(rest))

    def _read(self, word: str) -> tuple[str, ...]:
        try:
            return ipa.split(self._phonemize(word, self._language))
        except (ValueError, KeyError, IndexError, RuntimeError):
            return ()


def language_of(text: str) -> str:
    """The language most of `text` is written in; "" where it cannot be told."""
    letters = [ord(c) for c in text if unicodedata.category(c).startswith("L")][:20_000]
    if not letters:
        return ""
    shares = {name: sum(low <= c <= high for c in letters) / len(letters) for name, low, high in _SCRIPTS}
    if shares["ja"] > 0.05 and shares["ja"] + shares["zh"] > 0.4:
        return "ja"
    for name, share in shares.items():
        if share > 0.4:
            return slavic(text) if name == "ru" else name
    return _by_common_words(text)


def _by_common_words(text: str) -> str:
    found = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text.casefold().replace("’", "'"))[:20_000]
    words = [
        word for before, word in zip(["", *found], found, strict=False) if word != before
    ]  # "la la la" says nothing
    if not words:
        return ""
    hits = {name: [w for w in words if w in row["common"]] for name, row in _table().items() if "common" in row}
    scores = sorted(((len(one) / len(words), name) for name, one in hits.items()), reverse=True)
    (best, name), (second, _) = scores[0], scores[1]
    if _is_english(words):
        return "en"
    return "" if best < SHARE or best < LEAD * second or len(set(hits[name])) < FEWEST else name


def _is_english(words: list[str]) -> bool:
    """Whether English's dictionary has nearly all of the longer words: then a few short ones prove nothing."""
    longer = {word for word in words if len(word) > 3}
    known = cmudict()
    return len(longer) >= 2 and sum(word in known for word in longer) >= MOSTLY * len(longer)


def slavic(text: str) -> str:
    """Which language Cyrillic letters are in."""
    return "uk" if re.search("[іїєґІЇЄҐ]", text) else "ru"


def script_of(word: str, *, han: str = "zh", slavic: str = "ru") -> str:
    """The language that a word's script tells; "" for Latin letters and figures."""
    for c in word:
        for name, low, high in _SCRIPTS:
            if low <= ord(c) <= high:
                return {"zh": han, "ru": slavic}.get(name, name)
    return ""


def cure_of(language: str) -> str:
    """What to do when nothing is installed for a language."""
    row = _table().get(language)
    return f"pip install 'lipwright[{row['extra'] if row and 'extra' in row else 'all-languages'}]'"


def name_of(language: str) -> str:
    """The English name of a language code, or the code itself."""
    return str(_table().get(language, {}).get("name", language))


def words_of(text: str, language: str) -> list[str]:
    """Words of a text without spaces between them: one a run of kana or of kanji, one a Hanzi."""
    if language == "ja":
        return re.findall(r"[\u4e00-\u9fff々]+|[\u3040-\u309f]+|[\u30a0-\u30ff]+|[^\W\u3040-\u9fff]+", text)
    if language == "zh":
        return re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", text)
    return re.findall(r"[^\W_]+(?:['’\-·][^\W_]+)*['’]?", text)


def _english(word: str) -> Pronunciations:
    """The English way to say a word, in IPA."""
    return tuple(tuple(_arpabet()[phone.rstrip("012")] for phone in way) for way in English().say(word)[:1])


@lru_cache(maxsize=1)
def _arpabet() -> dict[str, str]:
    with TABLE.with_name("phones.toml").open("rb") as stream:
        table: dict[str, str] = tomllib.load(stream)["arpabet"]
    return table


def _bare(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _g2p2(language: str) -> Callable[[str, str], str]:
    os.environ.setdefault("G2P2_MODELS_URL", "file:///no-downloads")  # only what is installed: nothing is fetched
    cure = cure_of(language)
    try:
        import g2p2
    except ImportError as error:
        raise LanguageUnavailable(f"pronunciations for {name_of(language)} are not installed; run {cure}") from error
    known = {str(code) for code in g2p2.languages()} if callable(g2p2.languages) else set(g2p2.languages)
    if language not in known:
        raise LanguageUnavailable(
            f"language {language!r} is unknown; use a code such as en, es, fr, de, it, pt, ja"
            f" (all: {', '.join(sorted(known))})"
        )
    try:
        g2p2.get_model(language)
    except (OSError, RuntimeError) as error:
        raise LanguageUnavailable(f"pronunciations for {name_of(language)} are not installed; run {cure}") from error
    phonemize: Callable[[str, str], str] = g2p2.phonemize
    return phonemize


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    with TABLE.open("rb") as stream:
        table: dict[str, Any] = tomllib.load(stream)["language"]
    return table


@lru_cache(maxsize=1)
def _readings() -> dict[str, str]:
    with TABLE.with_name("japanese.toml").open("rb") as stream:
        readings: dict[str, str] = tomllib.load(stream)["readings"]
    return readings


# --- kana -----------------------------------------------------------------------------------------------------------
# Hepburn order; the G2P reads kanji, but kana say their sound themselves.

_ROWS = {
    "": "あいうえお", "k": "かきくけこ", "g": "がぎぐげご", "s": "さしすせそ", "z": "ざじずぜぞ", "t": "たちつてと",
    "d": "だぢづでど", "n": "なにぬねの", "h": "はひふへほ", "b": "ばびぶべぼ", "p": "ぱぴぷぺぽ", "m": "まみむめも",
    "ɾ": "らりるれろ",
}  # fmt: skip
_VOWELS = ("a", "i", "ɯ", "e", "o")
_SPECIAL = {
    "し": ("ʃ", "i"), "じ": ("d͡ʒ", "i"), "ち": ("t͡ʃ", "i"), "ぢ": ("d͡ʒ", "i"), "つ": ("t͡s", "ɯ"),
    "づ": ("z", "ɯ"), "ふ": ("f", "ɯ"), "や": ("j", "a"), "ゆ": ("j", "ɯ"), "よ": ("j", "o"), "わ": ("w", "a"),
    "を": ("o",), "ゐ": ("i",), "ゑ": ("e",), "ゔ": ("v", "ɯ"), "ん": ("n",),
}  # fmt: skip
_SMALL = dict(zip("ゃゅょぁぃぅぇぉゎ", ("a", "ɯ", "o", "a", "i", "ɯ", "e", "o", "a"), strict=True))
_MORAS = {
    kana: ((consonant, vowel) if consonant else (vowel,))
    for consonant, row in _ROWS.items()
    for kana, vowel in zip(row, _VOWELS, strict=True)
} | _SPECIAL
# Particles are written は and へ, and said wa and e.
_PARTICLES = {"は": ("w", "a"), "へ": ("e",)}


def is_kana(word: str) -> bool:
    """Whether a word is written in hiragana or katakana only."""
    return bool(word) and all("\u3041" <= c <= "\u30ff" for c in word)


def kana_ways(word: str) -> Pronunciations:
    """Phones of a kana word; one that ends like a particle may be said as one."""
    hiragana = "".join(chr(ord(c) - 0x60) if "\u30a1" <= c <= "\u30f6" else c for c in word)
    ways = [_moras(hiragana)]
    if hiragana[-1] in _PARTICLES:
        ways.insert(0 if len(hiragana) == 1 else 1, _moras(hiragana[:-1]) + _PARTICLES[hiragana[-1]])
    return tuple(way for way in ways if way) or (("a",),)


def _moras(kana: str) -> tuple[str, ...]:
    phones: list[str] = []
    for symbol in kana:
        if symbol in _SMALL and phones:
            _glide(phones, symbol)
        elif symbol in _MORAS:
            phones += _MORAS[symbol]
        # っ holds the next consonant and ー the last vowel: length, which the aligner finds by itself
    return tuple(phones)


def _glide(phones: list[str], small: str) -> None:
    """きゃ is k j a, しゃ is ʃ a, ファ is f a."""
    phones.pop()
    if small in "ゃゅょ" and (not phones or phones[-1] not in ("ʃ", "t͡ʃ", "d͡ʒ")):
        phones.append("j")
    phones.append(_SMALL[small])
