"""The commonest words of each language against an independent reading of them.

common_words.tsv: language, word, and what espeak-ng 1.51 says (`espeak-ng -q --ipa`); the words are the first 200 with
letters of wordfreq 3.1.1's small lists. Compared is what lips show: closures, lip on teeth, hissing, and the kind of vowel.
"""

from pathlib import Path

import pytest

from lipwright.errors import LanguageUnavailable
from lipwright.lyrics import pronounce
from lipwright.lyrics.ipa import split

_KINDS = {"P": "pbmβ", "F": "fvʋ", "U": "uʊwyʏɥ", "O": "oɔøœɵ", "I": "iɪeɛj", "A": "aɑæʌ", "S": "szʃʒɕʑθ"}
_SEEN = {sign: kind for kind, signs in _KINDS.items() for sign in signs} | {"ɯ": "I"}
MOST_WRONG = 0.02  # of a language that the README calls supported


def seen(phones: tuple[str, ...]) -> str:
    """What a viewer sees of phones, runs of one kind as one."""
    kinds = [_SEEN.get(sign, "") for phone in phones for sign in phone]
    return "".join(
        kind for n, kind in enumerate(kinds) if kind and kind != next((k for k in reversed(kinds[:n]) if k), "")
    )


def rows(language: str) -> list[tuple[str, str]]:
    table = Path(__file__).with_name("common_words.tsv").read_text(encoding="utf-8").split("\n")
    cells = [row.split("\t") for row in table if row and row[0] != "#"]
    return [(word, said) for code, word, said in cells if code == language]


def wrong(language: str) -> list[str]:
    out = []
    for word, said in rows(language):
        if seen(split(said)) not in {seen(way) for way in pronounce(word, language)}:
            out.append(word)
    return out


@pytest.mark.models
@pytest.mark.parametrize("language", ["es", "fr", "it", "de", "ko"])
def test_the_commonest_words_of_a_supported_language_are_read_right(language: str) -> None:
    try:
        found = wrong(language)
    except LanguageUnavailable as error:
        pytest.skip(str(error))
    assert len(rows(language)) >= 190
    assert len(found) <= MOST_WRONG * len(rows(language)), found


def test_a_wrong_reading_is_seen() -> None:
    assert seen(split("kɛst")) != seen(split("sɛ")) and seen(split("pi")) != seen(split("ki"))
