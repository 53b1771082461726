"""What names of unknown rigs say: words for mouth movements, phonemes and eyes in them. No bpy."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .mapping import Row, shape_rows

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]+")
# Words for a basic movement of the mouth, as riggers write them; the first that fits counts.
_MOVES = {
    "close": ("close", "closed", "press", "shut", "mbp", "compress", "compression", "bmp"),
    "bite": ("bite", "fv", "dental"),
    "open": ("open", "opened", "jaw", "drop", "wow"),
    "round": ("round", "pucker", "kiss", "purse", "pursing", "funnel", "tight", "narrow", "oo", "whistle"),
    "wide": ("wide", "stretch", "spread", "smile", "retraction", "ee", "grin"),
}
_MOUTH = {"mouth", "mth", "lip", "lips", "jaw", "viseme", "vis", "phoneme", "phonemes", "phon", "say", "talk", "speak"}
# Letters and digraphs of a mouth chart; believed beside a word for the mouth, or in company.
_SOUNDS = {
    "a": "aa", "ah": "aa", "aa": "aa", "ai": "aa", "e": "E", "eh": "E", "ee": "ih", "i": "ih", "ih": "ih", "iy": "ih",
    "o": "oh", "oh": "oh", "u": "ou", "oo": "ou", "uw": "ou", "w": "ou", "wq": "ou", "m": "PP", "p": "PP", "b": "PP",
    "mbp": "PP", "bmp": "PP", "f": "FF", "v": "FF", "fv": "FF", "th": "TH", "l": "nn", "n": "nn", "t": "DD", "d": "DD",
    "td": "DD", "k": "kk", "g": "kk", "s": "SS", "z": "SS", "ch": "CH", "sh": "CH", "j": "CH", "r": "RR", "er": "RR",
}  # fmt: skip
_ENOUGH_SOUNDS = 4
_NOT_MOUTH = {"eye", "eyes", "brow", "brows", "eyebrow", "eyebrows", "lid", "lids", "nose", "cheek", "cheeks", "ear",
              "tongue", "teeth", "blink", "hand", "finger", "body"}  # fmt: skip


def words(name: str) -> list[str]:
    """The words in a name: mouthOpen_L -> mouth, open, l."""
    return [word.casefold() for word in _WORDS.findall(name)]


def move_of(name: str) -> str:
    """The basic movement that a name speaks of, or "" (also for one side only, and for what is no mouth)."""
    there = words(name)
    if _NOT_MOUTH & set(there) or {"l", "r", "left", "right"} & set(there[-1:]):
        return ""
    return next((move for move, known in _MOVES.items() if set(known) & set(there)), "")


def sound_rows(names: Iterable[str]) -> tuple[Row, ...]:
    """Rows for names that end in a sound ("phoneme_OO", "M", "Mouth-Ah"); bare letters count only in company."""
    sure: list[tuple[str, str, float]] = []
    bare: list[tuple[str, str, float]] = []
    for name in names:
        there = words(name)
        if not there or there[-1] not in _SOUNDS or _NOT_MOUTH & set(there):
            continue
        row = (_SOUNDS[there[-1]], name, 1.0)
        (sure if _MOUTH & set(there) else bare).append(row)
    if len({source for source, _, _ in (*sure, *bare)}) >= _ENOUGH_SOUNDS:
        sure += bare
    taken: dict[str, tuple[str, str, float]] = {}
    for row in sure:
        taken.setdefault(row[0], row)
    return shape_rows(taken.values())


# Words for eyes that shut, in scripts where they are one word.
_SHUT_EYES = ("blink", "wink", "まばたき", "瞬き", "ウィンク", "眨眼", "깜빡", "морг")


def shuts_eyes(name: str) -> bool:
    """Whether a name speaks of an eye that shuts."""
    there = set(words(name))
    plain = name.casefold()
    return any(word in plain for word in _SHUT_EYES) or bool(
        {"eye", "eyes", "lid", "lids"} & there and {"close", "closed", "shut"} & there
    )


def blink_rows(names: Iterable[str]) -> tuple[Row, ...]:
    """Rows for names that close the eyes, on one side or both."""
    rows = []
    for name in names:
        there = set(words(name))
        if not shuts_eyes(name) or "wink" in there:
            continue
        sides = [s for s, marks in (("Left", {"l", "left"}), ("Right", {"r", "right"})) if marks & there]
        # A shape for both eyes is moved by either, half each: they blink together.
        share = 1.0 if sides else 0.5
        rows += [(f"eyeBlink{side}", name, share) for side in sides or ("Left", "Right")]
    return shape_rows(rows)
