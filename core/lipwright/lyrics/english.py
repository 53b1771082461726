"""English words to sounds: the dictionary first, then word forms, then letters."""

from __future__ import annotations

import bisect
import gzip
import importlib.util
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from lipwright import models
from lipwright.lyrics import numbers
from lipwright.lyrics.dictionary import Pronunciations, phones_of
from lipwright.lyrics.g2p import letter_to_sound

DATA = Path(__file__).parents[1] / "data" / "english"
VOWELS = frozenset(("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"))
_SIBILANT = frozenset(["S", "Z", "SH", "ZH", "CH", "JH"])
_VOICELESS = frozenset(["P", "T", "K", "F", "TH"])
MOST_WAYS = 6
# Guessing a word costs milliseconds; a text with more unknown words than this is not English anyway.
MOST_GUESSES = 600


class English:
    """Pronunciations in ARPABET with stress; `guessed` collects the words that no dictionary had."""

    def __init__(self, own: Mapping[str, Pronunciations] | None = None) -> None:
        """`own` is the user's dictionary (folded words)."""
        self._own = own or {}
        self._cmu = cmudict()
        self._sounds = {word: tuple(phones_of(one) for one in said) for word, said in _words()["sounds"].items()}
        self._cache: dict[str, Pronunciations] = {}
        self.guessed: dict[str, None] = {}

    def say(self, token: str) -> Pronunciations:
        """Every way `token` may be said, likeliest first; never empty."""
        key = token.replace("’", "'").replace("‘", "'")
        if key not in self._cache:
            self._cache[key] = tuple(dict.fromkeys(self._ways(key)))[:MOST_WAYS]
        return self._cache[key]

    def knows(self, word: str) -> bool:
        """Whether a dictionary has `word`, as it is or in another form."""
        return bool(self._found(word.casefold()))

    def _ways(self, token: str) -> Pronunciations:
        word = token.casefold()
        if word in self._own:
            return self._own[word]
        said = numbers.readings(token) or _words()["says"].get(word) or _words()["says"].get(word.rstrip(",!?;:"))
        if said:
            return tuple(way for one in said for way in self._phrase(one))
        word = _plain(word)
        if not word:
            return (("AH0",),)
        if _is_spelled(token):
            found = self._found(word)
            return (*found, self._spelled(word)) if found and "." not in token else (self._spelled(word), *found)
        found = self._found(word) or self._pieces(word)
        if not found and re.fullmatch(r"[A-Z]{2,4}", token):
            return (self._spelled(word), *self._guess(word)[:1])
        return found or self._guess(word)

    def _phrase(self, text: str) -> Pronunciations:
        """Words said one after the other: the first way of each, and the whole with other ways of the last."""
        parts = [
            self._found(word) or (self._spelled(word) if len(word) == 1 else self._guess(word)[0],)
            for word in text.casefold().split()
        ]
        head = tuple(phone for part in parts[:-1] for phone in part[0])
        return tuple(head + last for last in parts[-1][:2])

    def _found(self, word: str) -> Pronunciations:
        """From the dictionaries, as it stands or as a form of a word that they have."""
        if word.endswith("in'") and word not in self._own and (form := self._form(word)):
            return form  # the dictionary has few of these, and some of them wrong
        for spelling in _spellings(word):
            for table in (self._own, self._sounds):
                if spelling in table:
                    return table[spelling]
            if spelling in self._cmu:
                return tuple(stressed(spelling, phones) for phones in self._cmu[spelling])
        return self._form(word)

    def _form(self, word: str) -> Pronunciations:
        """Possessives, plurals and verb endings of known words."""
        for ending, tail in (
            ("'s", "s"),
            ("s'", "s"),
            ("'d", "d"),
            ("in'", "n"),
            ("s", "s"),
            ("ed", "d"),
            ("ing", "ng"),
            ("in", "n"),
        ):
            stem = word.removesuffix(ending)
            if stem == word or len(stem) < 2:
                continue
            for base in _stems(stem, ending):
                if base in self._own or base in self._sounds or base in self._cmu:
                    return tuple(_ended(phones, tail) for phones in self._found(base))
        return ()

    def _pieces(self, word: str) -> Pronunciations:
        """Hyphenated and joined words, one piece after the other."""
        parts = [part for part in re.split(r"[-/_]", word) if part]
        if len(parts) < 2:
            return ()
        ways = [self._found(part) or self._guess(part) for part in parts]
        return (tuple(phone for way in ways for phone in way[0]),)

    def _guess(self, word: str) -> Pronunciations:
        letters = re.sub(r"[^a-z']", "", word)
        if not letters:
            return (("AH0",),)
        known = len(self.guessed)
        self.guessed[word] = None
        if known >= MOST_GUESSES:
            return (_by_letter(letters),)
        return tuple(stressed(letters, phones) for phones in letter_to_sound().best(letters, 2))

    def _spelled(self, word: str) -> tuple[str, ...]:
        names = _words()["letters"]
        return tuple(phone for letter in word if letter in names for phone in names[letter].split()) or ("AH0",)


class CmuDict:
    """The dictionary that pocketsphinx carries (CMU, BSD), without stress: sorted rows, searched and never parsed."""

    def __init__(self) -> None:
        """Read the rows; a missing dictionary has no words."""
        spec = importlib.util.find_spec("pocketsphinx")
        path = Path(spec.origin).parent / "model" / "en-us" / "cmudict-en-us.dict" if spec and spec.origin else None
        text = path.read_text("utf-8") if path is not None and path.exists() else ""
        self._rows = text.split("\n")
        self._rows.sort()  # nearly sorted already, which costs nothing

    def __contains__(self, word: str) -> bool:
        return bool(self[word])

    def __getitem__(self, word: str) -> list[tuple[str, ...]]:
        """Pronunciations of a folded word, [] where it has none."""
        out = []
        for number in range(1, 9):
            key = f"{word} " if number == 1 else f"{word}({number}) "
            at = bisect.bisect_left(self._rows, key)
            if at == len(self._rows) or not self._rows[at].startswith(key):
                break
            out.append(tuple(self._rows[at][len(key) :].split()))
        return out


@lru_cache(maxsize=1)
def cmudict() -> CmuDict:
    """The dictionary, read once."""
    return CmuDict()


def stressed(word: str, phones: tuple[str, ...]) -> tuple[str, ...]:
    """`phones` with a stress digit on each vowel: as the table says, else by rule."""
    count = sum(1 for phone in phones if phone in VOWELS)
    pattern = _stress_table()[0].get(word, "")
    if len(pattern) != count:
        pattern = stress_by_rule(word, phones)
    marks = iter(pattern)
    return tuple(phone + next(marks) if phone in VOWELS else phone for phone in phones)


# Vowels that are often weak, by a sign each; every other vowel is "V".
_WEAK_VOWELS = {"AH": "0", "IH": "i", "ER": "r", "IY": "y"}


def stress_by_rule(word: str, phones: tuple[str, ...], rules: Mapping[str, str] | None = None) -> str:
    """One digit a vowel (1 main, 2 second, 0 none), from the word's vowels and its ending."""
    vowels = [phone for phone in phones if phone in VOWELS]
    if len(vowels) < 2:
        return "" if not vowels else "0" if word in _weak() else "1"
    rules = _stress_table()[1] if rules is None else rules
    for key in stress_keys(word, phones):
        if key in rules and key[0] == "-":
            return "2" + "0" * (len(vowels) - 4) + rules[key]
        if key in rules:
            return rules[key]
    return "1" + "0" * (len(vowels) - 1)


def stress_keys(word: str, phones: tuple[str, ...]) -> tuple[str, ...]:
    """What the stress rules are kept under: the row of vowels with three letters of the ending, two, none.

    Keys of long words with "-" in front look at their last three vowels only.
    """
    shape = "".join(_WEAK_VOWELS.get(phone, "V") for phone in phones if phone in VOWELS)
    tail = (f"-{shape[-3:]}:{word[-3:]}",) if len(shape) > 3 else ()
    return (f"{shape}:{word[-3:]}", *tail, f"{shape}:{word[-2:]}", f"{shape}:")


def _plain(word: str) -> str:
    """Lower-case letters, apostrophes and hyphens only; accents off."""
    text = unicodedata.normalize("NFD", word)
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.sub(r"[^a-z'\-/_]", "", text.replace("æ", "ae").replace("ø", "o").replace("ß", "ss")).strip("-/_")


def _is_spelled(token: str) -> bool:
    """ "U.S.A.", "FBI", "DJs" are letter names; "HELLO" in a text of capitals is not (see `English._ways`)."""
    if re.fullmatch(r"(?:[A-Za-z]\.){2,}[A-Za-z]?", token):
        return True
    return bool(re.fullmatch(r"[A-Z]{2,4}", token)) and not re.search(r"[AEIOUY]", token)


def _spellings(word: str) -> list[str]:
    """The word and ways to write it that a dictionary may have: long vowels shortened, edge apostrophes off."""
    bare = word.strip("'")
    out = [word, bare, f"'{bare}"]
    if re.search(r"(.)\1\1", word):
        double, single = re.sub(r"(.)\1{2,}", r"\1\1", bare), re.sub(r"(.)\1{2,}", r"\1", bare)
        out += [single, double] if single in _words()["stretched"]["words"] else [double, single]
    elif re.search(r"(.)\1$", bare):
        out.append(re.sub(r"(.)\1$", r"\1", bare))
    return list(dict.fromkeys(spelling for spelling in out if spelling))


def _stems(stem: str, ending: str) -> list[str]:
    if ending in ("'s", "s'", "'d"):
        return [stem]
    out = [stem, stem + "e"] if ending != "s" else [stem]
    if ending in ("in'", "in"):
        out.insert(0, stem + "ing")
    if len(stem) > 2 and stem[-1] == stem[-2]:
        out.append(stem[:-1])
    if stem.endswith("i"):
        out.append(stem[:-1] + "y")
    if ending == "s" and stem.endswith("e"):
        out.append(stem[:-1])
        if stem.endswith("ie"):
            out.append(stem[:-2] + "y")
    return out


def _ended(phones: tuple[str, ...], tail: str) -> tuple[str, ...]:
    last = re.sub(r"\d", "", phones[-1])
    if tail == "s":
        return (*phones, "IH0", "Z") if last in _SIBILANT else (*phones, "S" if last in _VOICELESS else "Z")
    if tail == "d":
        return (
            (*phones, "IH0", "D") if last in "TD" else (*phones, "T" if last in _VOICELESS | {"S", "SH", "CH"} else "D")
        )
    if phones[-2:] == ("IH0", "NG"):
        return (*phones[:-1], "N") if tail == "n" else phones
    return (*phones, "IH0", "N" if tail == "n" else "NG")


def _by_letter(word: str) -> tuple[str, ...]:
    """One sound a letter: the last resort for texts of garbage."""
    table = dict(zip("abcdefghijklmnopqrstuvwxyz", _LETTER_SOUNDS, strict=True))
    return tuple(table[c] for c in word if c in table) or ("AH0",)


_LETTER_SOUNDS = (
    "AE1", "B", "K", "D", "EH1", "F", "G", "HH", "IH1", "JH", "K", "L", "M", "N", "AA1", "P", "K", "R", "S", "T", "AH1",
    "V", "W", "K", "Y", "Z",
)  # fmt: skip


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    with (DATA / "words.toml").open("rb") as stream:
        return tomllib.load(stream)


@lru_cache(maxsize=1)
def _weak() -> frozenset[str]:
    return frozenset(_words()["weak"]["words"])


@lru_cache(maxsize=1)
def _stress_table() -> tuple[dict[str, str], dict[str, str]]:
    """(patterns of words, patterns of rules): rows "word 102" and "*shape:ending 102"."""
    rows = [row.split(" ") for row in gzip.decompress(models.read("stress")).decode().split("\n") if row]
    words = {word: pattern for word, pattern in rows if word[0] != "*"}
    return words, {key[1:]: pattern for key, pattern in rows if key[0] == "*"}
