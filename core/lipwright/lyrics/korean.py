"""Hangul to sounds: the letters say them, and neighbours change each other (Standard Pronunciation, 1988)."""

from __future__ import annotations

from lipwright.lyrics.dictionary import Pronunciations

_FIRST, _LAST = 0xAC00, 0xD7A3
_ONSETS = ("k", "k", "n", "t", "t", "ɾ", "m", "p", "p", "s", "s", "", "t͡ɕ", "t͡ɕ", "t͡ɕ", "k", "t", "p", "h")
_VOWELS = (
    "a", "ɛ", "j a", "j ɛ", "ʌ", "e", "j ʌ", "j e", "o", "w a", "w ɛ", "w e", "j o", "u", "w ʌ", "w e", "w i", "j u",
    "ɯ", "ɯ i", "i",
)  # fmt: skip
# Final letters: (what closes the syllable, what goes on before a vowel), as onsets count.
_CODAS = (
    ("", -1), ("k", 0), ("k", 1), ("k", 9), ("n", 2), ("n", 12), ("n", -2), ("t", 3), ("l", 5), ("k", 0), ("m", 6),
    ("l", 7), ("l", 9), ("l", 16), ("p", 17), ("l", -2), ("m", 6), ("p", 7), ("p", 9), ("t", 9), ("t", 10), ("ŋ", -1),
    ("t", 12), ("t", 14), ("k", 15), ("t", 16), ("p", 17), ("", -2),
)  # fmt: skip
# Double finals leave their first letter behind when the second goes on.
_LEFT = {3: "k", 5: "n", 9: "l", 10: "l", 11: "l", 12: "l", 13: "l", 14: "l", 18: "p"}
_NASAL = {"k": "ŋ", "t": "n", "p": "m"}
_VOICED = {"k": "g", "t": "d", "p": "b", "t͡ɕ": "d͡ʑ"}
_PLAIN = frozenset([0, 3, 7, 12])  # onsets that are voiced between voiced sounds
_SILENT, _H, _R, _N = 11, 18, 5, 2


def is_hangul(word: str) -> bool:
    """Whether a word is written in Hangul syllables only."""
    return bool(word) and all(_FIRST <= ord(c) <= _LAST for c in word)


class Korean:
    """Pronunciations in IPA by rule; nothing is guessed and nothing need be installed."""

    def __init__(self, own: dict[str, Pronunciations] | None = None) -> None:
        """`own` is the user's dictionary (folded words)."""
        self._own = own or {}
        self.guessed: dict[str, None] = {}

    def say(self, token: str) -> Pronunciations:
        """The way `token` is said; () for what is no Hangul."""
        word = token.casefold()
        if word in self._own:
            return self._own[word]
        phones = phones_of("".join(c for c in word if _FIRST <= ord(c) <= _LAST))
        return (phones,) if phones else ()


def phones_of(word: str) -> tuple[str, ...]:
    """나는 -> n a n ɯ n."""
    syllables = [[*divmod((ord(c) - _FIRST) // 28, 21), (ord(c) - _FIRST) % 28] for c in word]
    closed = [_CODAS[coda][0] for _, _, coda in syllables]
    for index in range(len(syllables) - 1):
        _meet(syllables, closed, index)
    phones: list[str] = []
    for (onset, vowel, _), end in zip(syllables, closed, strict=True):
        first = _ONSETS[onset]
        if first == "ɾ" and phones and phones[-1] == "l":
            first = "l"
        if onset in _PLAIN and phones and (phones[-1] in "nmŋl" or phones[-1] in "aɛʌeouɯi"):
            first = _VOICED.get(first, first)
        if first == "s" and _VOWELS[vowel][0] in "ij":
            first = "ɕ"
        phones += [part for part in (first, *_VOWELS[vowel].split(), end) if part]
    return tuple(phones)


def _meet(syllables: list[list[int]], closed: list[str], index: int) -> None:
    """A final letter and the first of the next syllable."""
    coda, (onset, vowel, _) = syllables[index][2], syllables[index + 1]
    end, onward = _CODAS[coda]
    if onset == _SILENT and coda:
        if onward >= 0:
            palatal = vowel == 20 and onward in (3, 16)  # 같이 is kat͡ɕi
            syllables[index + 1][0] = (12 if onward == 3 else 14) if palatal else onward
            closed[index] = _LEFT.get(coda, "")
        elif onward == -2:  # ㅎ falls: 좋아 is t͡ɕoa, 많아 is mana
            closed[index] = ""
            syllables[index + 1][0] = {"n": _N, "l": _R}.get(end, _SILENT)
    elif onset == _H and end in ("k", "t", "p"):  # 입학 is ipak with breath
        closed[index] = _LEFT.get(coda, "")
        syllables[index + 1][0] = {"k": 15, "t": 16, "p": 17}[end] if onward != 12 else 14
    elif end in _NASAL and onset in (_N, 6):
        closed[index] = _NASAL[end]
    elif (end == "l" and onset == _N) or (end == "n" and onset == _R):
        closed[index] = "l"
        syllables[index + 1][0] = _R
    elif end in ("m", "ŋ") and onset == _R:
        syllables[index + 1][0] = _N
