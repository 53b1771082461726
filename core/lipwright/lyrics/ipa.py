"""IPA strings as G2P models write them, cut into phones."""

from __future__ import annotations

import re
import unicodedata

TILDE = "\u0303"
_NON_SYLLABIC = "\u032f"
_TIES = "\u035c\u0361"
# Marks that say how a sound is coloured, not which sound it is: length, tone, place and voice diacritics, stress.
_COLOUR = re.compile(
    "[ˈˌːˑ.‿ \u031e\u031f\u0320\u0329\u032a\u032c\u0325\u030a\u0324\u0330\u0339\u031c\u0318\u0319"
    "\u033a\u033b\u033d\u031a\u0308\u0306\u030c\u0302\u0301\u0300\u0304\u030b\u030f˞ʰʲʷˠˤˀⁿˡᵝ⁰¹²³⁴⁵⁻⁽⁾()0-9|‖↗↘ꜛꜜ˥˦˧˨˩-]"
)
_DIPHTHONGS = ("aɪ", "aʊ", "eɪ", "oʊ", "ɔɪ")
_UNTIED = {("t", "ʃ"), ("d", "ʒ"), ("t", "s"), ("d", "z"), ("t", "ɕ"), ("d", "ʑ")}
_SAME = {"ɡ": "g", "ʧ": "t͡ʃ", "ʤ": "d͡ʒ", "ʦ": "t͡s", "ʣ": "d͡z", "c": "k", "ɟ": "g", "ɚ": "ɝ", "ᵻ": "ɪ", "ɘ": "ə"}
_VOWELS = set("iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒɝɚ")


def is_vowel(phone: str) -> bool:
    """Whether an IPA phone (from `split`) is a vowel or diphthong."""
    return bool(phone) and phone[0] in _VOWELS


def split(ipa: str) -> tuple[str, ...]:
    """'lymjɛʁ' -> l y m j ɛ ʁ: without stress, length, tone and fine diacritics; affricates and diphthongs as one.

    A nasal vowel is the vowel and U+0303 (decomposed), affricates are tied with U+0361.
    """
    text = unicodedata.normalize("NFD", ipa).replace("c\u0327", "ç")
    text = _COLOUR.sub("", text)
    phones: list[str] = []
    tied = False
    for symbol in text:
        if symbol in _TIES:
            tied = True
        elif symbol == TILDE:
            if phones and is_vowel(phones[-1]):
                phones[-1] += TILDE
        elif symbol == _NON_SYLLABIC:
            _close(phones)
        elif tied and phones:
            phones[-1] = phones[-1] + "\u0361" + _SAME.get(symbol, symbol)
            tied = False
        elif symbol.isalpha():
            _add(phones, _SAME.get(symbol, symbol))
    return tuple(phones)


def _add(phones: list[str], phone: str) -> None:
    """A stop and the fricative of its place are one affricate, tied or not."""
    if phones and (phones[-1], phone) in _UNTIED:
        phones[-1] += "\u0361" + phone
    else:
        phones.append(phone)


def _close(phones: list[str]) -> None:
    """A non-syllabic vowel joins the vowel before it where the two are a known diphthong."""
    if len(phones) < 2:
        return
    first, last = phones[-2], {"i": "ɪ", "u": "ʊ", "e": "ɪ"}.get(phones[-1], phones[-1])
    first = {"ɑ": "a", "ɛ": "e", "o": "ɔ" if last == "ɪ" else "o"}.get(first, first)
    if first + last in _DIPHTHONGS:
        phones[-2:] = [first + last]
