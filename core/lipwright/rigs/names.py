"""How names of shapes are compared: folded, and freed of whatever stands before and after them on a whole rig.

Exporters, meshes, namespaces and artists put marks around names (`char:jawOpen`, `jawOpen.001`, `34 jawOpen`,
`Face_jawOpen_BS`, `boca_a`). No list of such marks is kept: an *affix* is what many names of one convention share.
Standard library only: hosts import this.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

# "_L", ".R", " l" at the end, or a capital after a small letter: the sides as artists write them.
_SIDE = re.compile(r"(?:[._\- ]([LlRr])|(?<=[a-z])([LR]))$")
_SIDE_FIRST = re.compile(r"^([LlRr])[._\- ](?=.)")
_SIDE_WORD = re.compile(r"(?<![A-Za-z])(?:left|right|Left|Right|LEFT|RIGHT)(?![a-z])|(?<=[a-z])(?:Left|Right)(?![a-z])")
_SIDE_SIGN = {"左": "left", "右": "right"}
_SEPARATOR = re.compile(r"[\s._\-:|/\\()\[\]]")
_SEPARATORS = re.compile(r"[\s._\-:|/\\()\[\]]+")
_DIGITS = re.compile(r"\d+")
# Marks that stand before a name by themselves: a namespace, a group, a mesh, a number.
_OWNER = re.compile(r"(?:[:|.]|__|^#[\s._\-]*)$")
# Blender's and other programs' number after a name that was taken.
_COPY = re.compile(r"^[._]#$")
# A name this long says what it is; a shorter one (A, MBP) is believed only in company.
_TELLING = 5
# Names that share an affix before it counts as one.
_COMPANY = 3
_KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}


@dataclass(frozen=True, slots=True, order=True)
class Affix:
    """What stands before and after the names of one set, numbers written as #."""

    before: str = ""
    after: str = ""

    def __len__(self) -> int:
        return len(self.before) + len(self.after)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a name of the rig: `name` is `core` (folded) within `affix`."""

    name: str
    core: str
    affix: Affix


@lru_cache(maxsize=8192)
def fold(name: str) -> str:
    """What is compared: `name` without case and separators, its side at the end, katakana as hiragana."""
    text = unicodedata.normalize("NFKC", name).strip()
    side = ""
    for pattern in (_SIDE, _SIDE_FIRST):
        found = pattern.search(text)
        rest = pattern.sub("", text)
        if found is not None and not side and _SEPARATORS.sub("", rest):
            text, side = rest, "left" if (found[1] or found[found.lastindex or 1]) in "Ll" else "right"
    word = None if side else _SIDE_WORD.search(text)
    if word is not None and len(_SEPARATORS.sub("", text)) > len(word[0]):
        text, side = text[: word.start()] + text[word.end() :], word[0]
    if not side and len(text) > 1 and (text[0] in _SIDE_SIGN or text[-1] in _SIDE_SIGN):
        at = 0 if text[0] in _SIDE_SIGN else -1
        side, text = _SIDE_SIGN[text[at]], text[1:] if at == 0 else text[:-1]
    return _unaccented((_SEPARATORS.sub("", text) + side).casefold().translate(_KATAKANA))


def _unaccented(text: str) -> str:
    """Without the accents of Latin and Greek letters; in other scripts such marks make another sound."""
    if text.isascii():
        return text
    plain = [unicodedata.normalize("NFD", letter) for letter in text]
    return "".join(parts[0] if parts[0] < "\u0400" else letter for letter, parts in zip(text, plain, strict=True))


def readings(names: Iterable[str], known: Mapping[str, object]) -> list[Reading]:
    """Every way in which a name holds one of the folded `known` names at word boundaries.

    Affixes that fewer than three names share are left out, unless they are the marks of an owner or of a copy.
    """
    rig = tuple(dict.fromkeys(names))
    plain = {name: unicodedata.normalize("NFKC", name).strip() for name in rig}
    cuts = {name: _boundaries(plain[name], *_common(plain.values())) for name in rig}
    befores = Counter(b for name in rig for b in {_mark(plain[name][:at]) for at in cuts[name]})
    afters = Counter(a for name in rig for a in {_mark(plain[name][at:]) for at in cuts[name]})
    return [
        reading
        for name in rig
        for reading in _read(name, plain[name], cuts[name], befores, afters)
        if reading.core in known
    ]


def _read(name: str, text: str, cuts: list[int], befores: Counter[str], afters: Counter[str]) -> Iterator[Reading]:
    starts = [at for at in cuts if at < len(text) and _counts(before := _mark(text[:at]), befores[before], _OWNER)]
    ends = [at for at in cuts if at > 0 and _counts(after := _mark(text[at:]), afters[after], _COPY)]
    for start in starts:
        for end in ends:
            if start < end:
                yield Reading(name, fold(text[start:end]), Affix(_mark(text[:start]), _mark(text[end:])))


def _counts(mark: str, shared: int, by_itself: re.Pattern[str]) -> bool:
    return not mark or shared >= _COMPANY or by_itself.search(mark) is not None


def affixes(found: Mapping[Affix, frozenset[str]], cores: frozenset[str]) -> tuple[Affix, ...]:
    """The affixes under which a convention's names are used on a rig, the fullest first.

    `found`: affix -> folded names of the convention that stand in it; `cores`: all of them. Beside the fullest come
    other meshes' (the same ending, or a copy's number). What begins or ends with another name of the convention is a
    corrective for two shapes at once, which the rig drives by itself.
    """
    usable = {affix: there for affix, there in found.items() if not _corrective(affix, cores)}
    if not usable:
        return ()
    best = max(usable, key=lambda affix: (len(usable[affix]), -len(affix), affix))
    most = len(usable[best])
    others = [affix for affix in sorted(usable, key=len) if affix != best and _sibling(affix, best, usable, most)]
    return (best, *others)


def _sibling(affix: Affix, best: Affix, usable: Mapping[Affix, frozenset[str]], most: int) -> bool:
    """Whether `affix` marks another mesh with the same names."""
    if affix.after not in (best.after, "") and not _COPY.search(affix.after):
        return False
    there = usable[affix]
    if all(len(core) < _TELLING for core in there):
        return 2 * len(there) >= most
    return len(there) >= _COMPANY or not affix.before or _OWNER.search(affix.before) is not None


def _corrective(affix: Affix, cores: frozenset[str]) -> bool:
    return any(len(part) >= _TELLING and part in cores for part in map(fold, (affix.before, affix.after)) if part)


def _mark(text: str) -> str:
    return _DIGITS.sub("#", text.casefold())


def _common(texts: Iterable[str]) -> tuple[str, str]:
    """What all the names begin and end with."""
    every = list(texts)
    if len(every) < _COMPANY:
        return "", ""
    return _shared(every), _shared([text[::-1] for text in every])[::-1]


def _shared(texts: list[str]) -> str:
    """What all texts begin with: what the first and the last in order have in common."""
    first, last = min(texts), max(texts)
    same = next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), None)
    return first if same is None else first[:same]


def _boundaries(text: str, before: str, after: str) -> list[int]:
    """Places in `text` where a word may begin or end: separators, changes of case, of script, and to numbers."""
    places: set[int] = set()
    for at in range(1, len(text)):
        kinds = _kind(text[at - 1]), _kind(text[at])
        if kinds[0] != kinds[1] or kinds[0] == "each":
            places.add(at)
            if kinds == ("upper", "lower"):
                places.discard(at)
                places.add(at - 1)
    return sorted(places | {0, len(text), len(before), len(text) - len(after)})


def _kind(letter: str) -> str:
    """lower, upper, digit, separator; "each" where every sign may be a word (Chinese, Japanese, Korean)."""
    if _SEPARATOR.match(letter):
        return "separator"
    if letter.isdigit():
        return "digit"
    if letter.isupper():
        return "upper"
    return "each" if "\u2e80" <= letter <= "\ud7ff" else "lower"
