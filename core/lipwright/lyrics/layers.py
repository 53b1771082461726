"""Lines that are there more than once: translations and other spellings beside the words that are sung."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lipwright.lyrics.sources.raw import RawLine
from lipwright.types import LeftOut

# Lines nearer than this are meant for the same moment.
_SAME_S = 0.05
_MOST = 0.5
Told = Callable[[str], str]
_SCRIPTS = (
    r"[\u3040-\u30ff\u4e00-\u9fff]", r"[\uac00-\ud7af]", r"[\u0400-\u04ff]", r"[\u0600-\u06ff]", r"[\u0590-\u05ff]",
    r"[\u0900-\u097f]", r"[\u0e00-\u0e7f]", r"[\u0370-\u03ff]", r"[A-Za-z]",
)  # fmt: skip


def one_layer(lines: tuple[RawLine, ...], language: str, told: Told) -> tuple[tuple[RawLine, ...], tuple[LeftOut, ...]]:
    """(lines sung, what says the same again): `language` picks the layer where several are there, else the first."""
    lines, rows = _rows(lines, language, told)
    groups = _groups(lines)
    several = [group for group in groups if len(group) > 1]
    if not several:
        return lines, rows
    layered = len(several) >= _MOST * len(groups)
    chosen = _choice([[g[n] for g in several if n < len(g)] for n in range(max(map(len, several)))], language, told)
    out: list[RawLine] = []
    gone = list(rows)
    for group in groups:
        kept, rest = _of_group(group, chosen, told, layered=layered)
        out += kept
        gone += rest
    return tuple(out), tuple(gone)


def _groups(lines: tuple[RawLine, ...]) -> list[list[RawLine]]:
    groups: list[list[RawLine]] = []
    for line in lines:
        first = groups[-1][0] if groups else None
        same = (
            first is not None
            and first.start_s is not None
            and line.start_s is not None
            and line.text.strip()
            and first.text.strip()
        )
        if same and abs(line.start_s - first.start_s) < _SAME_S:  # type: ignore[operator, union-attr]
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _of_group(group: list[RawLine], chosen: int, told: Told, *, layered: bool) -> tuple[list[RawLine], list[LeftOut]]:
    if len(group) == 1:
        return group, []
    once: dict[str, RawLine] = {}
    for line in group:
        key = _folded(line.text)
        if key not in once or (line.words and not once[key].words):
            once[key] = line
    gone = [LeftOut(line.text, "the same line again") for line in group if line not in once.values()]
    rest = list(once.values())
    if len(rest) > 1 and (layered or _differ([line.text for line in rest], told)):
        keep = next((line for line in rest if line.words), rest[min(chosen, len(rest) - 1)])
        gone += [
            LeftOut(line.text, "the same line in another language or spelling") for line in rest if line is not keep
        ]
        rest = [keep]
    return rest, gone


def _rows(lines: tuple[RawLine, ...], language: str, told: Told) -> tuple[tuple[RawLine, ...], tuple[LeftOut, ...]]:
    """Rows of one cue: one sentence, or one in each of two languages."""
    tall = [line.text.split("\n") for line in lines if line.text.strip()]
    double = [rows for rows in tall if len(rows) == 2]
    chosen = None
    if len(double) >= 0.6 * max(1, len(tall)):
        columns = [" \n".join(rows[n] for rows in double) for n in (0, 1)]
        if _differ(columns, told):
            chosen = _choice([[RawLine(rows[n]) for rows in double] for n in (0, 1)], language, told)
    out, gone = [], []
    for line in lines:
        rows = line.text.split("\n")
        if chosen is not None and len(rows) == 2:
            gone.append(LeftOut(rows[1 - chosen], "the same line in another language or spelling"))
            line = replace(line, text=rows[chosen])
        out.append(replace(line, text=" ".join(rows)) if "\n" in line.text else line)
    return tuple(out), tuple(gone)


def _choice(columns: list[list[RawLine]], language: str, told: Told) -> int:
    if language == "auto":
        return 0
    languages = [told("\n".join(line.text for line in column)) for column in columns]
    return languages.index(language) if language in languages else 0


def _differ(texts: list[str], told: Told) -> bool:
    """Whether texts are in different scripts or languages, both of which can be told."""
    scripts = {_script(text) for text in texts}
    if len(scripts) > 1:
        return True
    languages = [told(text) for text in texts]
    return all(languages) and len(set(languages)) > 1


def _script(text: str) -> int:
    counts = [len(re.findall(script, text)) for script in _SCRIPTS]
    return counts.index(max(counts))


def _folded(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().casefold()
