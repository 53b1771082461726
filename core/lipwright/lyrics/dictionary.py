"""A user's own pronunciations, above every other source.

One word a line, as in cmudict: `beyonce  B IY0 AA1 N S EY2`; a word given again gets another way to say it. IPA is
understood too: `beyonce  biˈɑnseɪ`. Lines that start with # or ; are notes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from lipwright.errors import LyricsError
from lipwright.files import read_text
from lipwright.lyrics import ipa

MAX_BYTES = 16 * 1024 * 1024
_VOWEL = r"(?:AA|AE|AH|AO|AW|AY|EH|ER|EY|IH|IY|OW|OY|UH|UW)[012]?"
_CONSONANT = r"(?:B|CH|D|DH|F|G|HH|JH|K|L|M|N|NG|P|R|S|SH|T|TH|V|W|Y|Z|ZH)"
ARPABET = re.compile(rf"{_VOWEL}|{_CONSONANT}")

Pronunciations = tuple[tuple[str, ...], ...]


def read_dictionary(path: Path) -> Mapping[str, Pronunciations]:
    """word (folded) -> pronunciations. Raises LyricsError that names the line."""
    text = read_text(path, limit=MAX_BYTES, error=LyricsError)
    words: dict[str, list[tuple[str, ...]]] = {}
    for number, row in enumerate(text.splitlines(), 1):
        row = row.strip()
        if not row or row.startswith(("#", ";")):
            continue
        word, _, said = row.replace("\t", " ").partition(" ")
        phones = phones_of(said)
        if not phones:
            raise LyricsError(
                f"{path.name!r} line {number}: {said.strip()[:40]!r} is neither ARPABET nor IPA; write it like"
                " `hello  HH AH0 L OW1`"
            )
        words.setdefault(re.sub(r"\(\d+\)$", "", word).casefold().replace("’", "'"), []).append(phones)
    return {word: tuple(dict.fromkeys(said)) for word, said in words.items()}


def phones_of(said: str) -> tuple[str, ...]:
    """Phones of one pronunciation in ARPABET or IPA; () for neither."""
    tokens = said.replace("/", " ").split()
    if tokens and all(ARPABET.fullmatch(token.upper()) for token in tokens):
        return tuple(token.upper() for token in tokens)
    if re.search(r"[A-Z0-9]", said):
        return ()
    return ipa.split("".join(tokens))
