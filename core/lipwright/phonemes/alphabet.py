"""Phone symbols: ARPABET and IPA, how far two phones are apart, and what the recogniser's tokens mean.

The tables, with their sources, stand in data/phones.toml.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from lipwright.arrays import FloatArray
from lipwright.models import DATA

FAR = 2.0
_TILDE = "\u0303"
_NON_SYLLABIC = "\u032f"
_MARKS = re.compile("[\u035c\u031e\u032a\u0329\u0325\u02b0\u02b2\u02b7\u02c8\u02cc\u02d0\u02d1\u203f.' ]")
_AFFRICATES = {"t͡ʃ": "1", "d͡ʒ": "2", "t͡s": "3", "p͡f": "4", "d͡z": "5", "t͡ɕ": "6", "d͡ʑ": "7"}
_LIGATURES = {"ʧ": "t͡ʃ", "ʤ": "d͡ʒ", "ʦ": "t͡s", "ʣ": "d͡z", "ɡ": "g", "c\u0327": "ç"}


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((DATA / "phones.toml").read_text(encoding="utf-8"))


def is_arpabet(symbol: str) -> bool:
    """Whether `symbol`, without its stress digit, is one of the 39 phones."""
    return symbol.rstrip("012") in _tables()["arpabet"]


def is_vowel(symbol: str) -> bool:
    """Whether an ARPABET or IPA symbol is a vowel or a diphthong."""
    phone = _tables()["arpabet"].get(symbol.rstrip("012"), symbol).replace(_TILDE, "")
    return phone in _tables()["vowels"] or phone in _tables()["diphthongs"]


def stress_of(symbol: str) -> int:
    """The stress digit at the end of an ARPABET vowel, 0 without one."""
    return int(symbol[-1]) if symbol[-1:] in ("1", "2") else 0


@cache
def phones_of(symbol: str) -> tuple[str, ...]:
    """The phones that the recogniser can be asked about for one symbol of a pronunciation; often one, () if unknown."""
    bare = symbol.rstrip("012")
    if bare in _tables()["arpabet"]:
        return (str(_tables()["arpabet"][bare]),)
    plain = _MARKS.sub("", unicodedata.normalize("NFD", symbol))
    untied = {affricate.replace("\u0361", ""): affricate for affricate in _AFFRICATES}
    if plain in untied or plain in _tables()["diphthongs"]:
        return (untied.get(plain, plain),)
    return tuple(split_ipa(symbol))


@cache
def written(phone: str) -> str:
    """How an IPA phone is written in the document: ARPABET where English has exactly that sound, else the IPA."""
    names = {ipa: name for name, ipa in _tables()["arpabet"].items()}
    return str(names.get(phone, phone))


@cache
def neighbours(phone: str, within: float = 0.45) -> tuple[str, ...]:
    """The English phones that sound most like an IPA phone, nearest first; () where none is near."""
    far = sorted((distance(phone, ipa), name) for name, ipa in _tables()["arpabet"].items())
    return tuple(name for near, name in far if near <= min(within, far[0][0] + 0.1))


def split_ipa(text: str) -> list[str]:
    """'lymjɛʁ' -> l y m j ɛ ʁ: stress, length and fine marks dropped, affricates and diphthongs kept whole."""
    text = unicodedata.normalize("NFD", text)
    for old, new in {**_LIGATURES, **_AFFRICATES}.items():
        text = text.replace(old, new)
    text = _MARKS.sub("", text).replace("\u0361", "")
    whole = {digit: affricate for affricate, digit in _AFFRICATES.items()}
    out: list[str] = []
    for character in text:
        if character == _NON_SYLLABIC:
            _close_diphthong(out)
        elif character == _TILDE:
            out[-1:] = [out[-1] + _TILDE] if out else []
        else:
            out.append(whole.get(character, character))
    return [phone for phone in out if _known(phone)]


def _close_diphthong(out: list[str]) -> None:
    if len(out) >= 2 and out[-2] == "a":
        out[-2:] = ["aɪ" if out[-1] in ("ɪ", "i") else "aʊ"]
    elif len(out) >= 2 and out[-2] in ("ɔ", "o"):
        out[-2:] = ["ɔɪ"]


def _known(phone: str) -> bool:
    bare, tables = phone.replace(_TILDE, ""), _tables()
    return bare in tables["vowels"] or bare in tables["diphthongs"] or bare in tables["consonants"]


def _vowel_distance(one: str, other: str) -> float:
    a, b = _tables()["vowels"][one], _tables()["vowels"][other]
    return float(math.hypot(0.9 * (a[0] - b[0]), 0.6 * (a[1] - b[1])) + 0.25 * abs(a[2] - b[2]))


def _to_diphthong(vowel: str, diphthong: str) -> float:
    start, end = _tables()["diphthongs"][diphthong]
    return min(_vowel_distance(vowel, start) + 0.15, _vowel_distance(vowel, end) + 0.45)


def _consonant_distance(one: str, other: str) -> float:
    tables = _tables()
    (place_a, manner_a, voice_a), (place_b, manner_b, voice_b) = tables["consonants"][one], tables["consonants"][other]
    manner = 0.0 if manner_a == manner_b else tables["manners"][" ".join(sorted((manner_a, manner_b)))]
    place = 0.8 * abs(tables["places"][place_a] - tables["places"][place_b])
    return float(place + manner + 0.25 * abs(voice_a - voice_b))


def _plain(token: str) -> str:
    """A token without what the distance does not know: Korean aspirated and tense stops, dark l, and look-alikes."""
    token = token.replace("ʰ", "").replace("\u0348", "")
    return {"ɡ": "g", "ɫ": "l", "ᵊ": "ə"}.get(token, token)


@cache
def distance(phone: str, token: str) -> float:
    """0 for the same sound, about 0.2 to 0.6 for neighbours, FAR for a vowel against a consonant."""
    tables = _tables()
    nasal = (_TILDE in phone) != (_TILDE in token)
    a, b = phone.replace(_TILDE, ""), _plain(token).replace(_TILDE, "")
    if f"{a} {b}" in tables["exceptions"]:
        return float(tables["exceptions"][f"{a} {b}"])
    if a == b:
        return 0.1 if nasal else 0.0
    vowels, diphthongs, consonants = tables["vowels"], tables["diphthongs"], tables["consonants"]
    if a in vowels and b in vowels:
        return _vowel_distance(a, b) + 0.1 * nasal
    if a in vowels and b in diphthongs:
        return _to_diphthong(a, b)
    if a in diphthongs and b in vowels:
        return _to_diphthong(b, a)
    if a in diphthongs and b in diphthongs:
        pairs = zip(diphthongs[a], diphthongs[b], strict=True)
        return sum(0.5 * _vowel_distance(x, y) for x, y in pairs)
    if a in consonants and b in consonants:
        return _consonant_distance(a, b)
    return 0.6 if _TILDE in phone and b in ("n", "m", "ŋ") else FAR


KINDS = 16


@cache
def kind_of(phone: str) -> int:
    """Which of KINDS coarse kinds of sound a phone or token is: three of vowels, thirteen of consonants."""
    tables, bare = _tables(), _plain(phone).replace(_TILDE, "")
    first = tables["diphthongs"].get(bare, [bare])[0]
    if first in tables["vowels"]:
        height, backness, _ = tables["vowels"][first]
        return 0 if backness < 0.3 and height < 0.9 else 1 if backness < 0.85 or height > 0.9 else 2
    place, manner, _ = tables["consonants"][bare]
    where = tables["places"][place]
    rows = {
        "stop": (3, 4, 5), "nasal": (6, 7, 7), "fricative": (8, 9, 12), "affricate": (8, 10, 10),
        "glide": (13, 13, 14), "lateral": (11, 11, 11), "rhotic": (15, 15, 15),
    }  # fmt: skip
    lips, tongue, back = rows[manner]
    if manner == "fricative" and place == "postalveolar":
        return 10
    return lips if where < 0.2 else tongue if where < 0.6 else back


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """Which output columns of the recogniser are sounds (`live`, at `columns`), and which say "nothing new"."""

    live: tuple[str, ...]
    columns: tuple[int, ...]
    blanks: tuple[int, int]

    @classmethod
    def of(cls, symbols: list[str]) -> Tokens:
        """From the recogniser's own token list."""
        usable = [(k, s) for k, s in enumerate(symbols) if _known(_plain(s))]
        return cls(
            tuple(s for _, s in usable),
            tuple(k for k, _ in usable),
            (symbols.index("<blank>"), symbols.index("<wb>")),
        )

    def weights(self, phone: str, sharpness: float = 7.0, cut: float = 1.2) -> FloatArray:
        """float32 (live,), 0..1: how much each token speaks for `phone`; tokens beyond `cut` say nothing."""
        far = np.array([distance(phone, token) for token in self.live])
        return np.where(far > cut, 0.0, np.exp(-sharpness * far)).astype(np.float32)

    def english(self) -> tuple[tuple[str, ...], FloatArray]:
        """ARPABET names (P,) and float32 (live, P): which token is which English phone; other tokens have no share."""
        heard = _tables()["heard"]
        names = tuple(heard)
        share = np.array([[token in heard[name] for name in names] for token in self.live], np.float32)
        return names, share
