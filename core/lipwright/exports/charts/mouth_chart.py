"""Mouth letters over time, as drawn characters use them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from lipwright.timebase import frame_at, frame_count, time_of
from lipwright.types import Performance, PhonemeSpan

DATA = Path(__file__).parents[2] / "data"
SHUT = "A"
REST = "X"


@dataclass(frozen=True, slots=True)
class Cue:
    """One letter on [start_s, end_s)."""

    start_s: float
    end_s: float
    letter: str


def cues(performance: Performance, *, extended: bool = True) -> list[Cue]:
    """Letters that cover the whole vocal without gap or overlap; without `extended` only A to F."""
    rules = _rules()
    spans = list(_letters(performance.phonemes, rules["time"]))
    out = _with_pauses(spans, performance.vocal.duration_s, rules["time"])
    out = _closed_early(out, rules["time"])
    out = _shown_long_enough(out, rules["time"]["shortest_s"])
    if not extended:
        out = [Cue(c.start_s, c.end_s, rules["basic"].get(c.letter, c.letter)) for c in out]
    return _merged(out)


def letters_at(performance: Performance, fps: Fraction, *, extended: bool = True) -> list[str]:
    """The letter of every frame; closed lips that fall between two frames are given to the nearer one."""
    all_cues = cues(performance, extended=extended)
    count = max(1, frame_count(performance.vocal.duration_s, fps))
    out, at = [], 0
    for frame in range(count):
        time_s = time_of(frame, fps) + 1e-6
        while at + 1 < len(all_cues) and all_cues[at].end_s <= time_s:
            at += 1
        out.append(all_cues[at].letter)
    for cue in all_cues:
        if cue.letter == SHUT:
            first = frame_at(cue.start_s - 1e-6, fps) + 1
            if time_of(first, fps) >= cue.end_s - 1e-6:
                middle = (cue.start_s + cue.end_s) / 2
                out[min(count - 1, max(0, round(middle * float(fps))))] = SHUT
    return out


def preston_blair(letter: str) -> str:
    """The name of a letter's mouth on the Preston Blair chart."""
    return str(_rules()["preston_blair"][letter])


def _letters(phonemes: tuple[PhonemeSpan, ...], time: dict[str, float]) -> Iterator[Cue]:
    """The letters of each phoneme; sounds without a mouth of their own take their neighbours'."""
    rules = _rules()
    found = [(span, _row(span.symbol)) for span in sorted(phonemes)]
    last_s = 0.0
    for index, (span, row) in enumerate(found):
        if row == "next":
            row = next(
                (r for s, r in found[index + 1 : index + 2] if s.start_s - span.end_s < time["hold_s"] and r != "next"),
                "C",
            )
        if ">" in row and span.end_s - span.start_s < time["glide_from_s"]:
            row = row[0]
        start_s = max(span.start_s, last_s)
        if span.end_s <= start_s:
            continue
        last_s = span.end_s
        if ">" in row:
            turn_s = start_s + rules["time"]["glide_share"] * (span.end_s - start_s)
            yield Cue(start_s, turn_s, row[0])
            yield Cue(turn_s, span.end_s, row[-1])
        else:
            yield Cue(start_s, span.end_s, row)


def _with_pauses(spans: list[Cue], duration_s: float, time: dict[str, float]) -> list[Cue]:
    """Short pauses hold the mouth, longer ones relax it, still longer ones rest it."""
    out: list[Cue] = []
    at_s = 0.0
    for cue in [*spans, Cue(duration_s, duration_s + 1.0, "")]:
        gap_s = cue.start_s - at_s
        if gap_s > 1e-6:
            if out and cue.letter and gap_s <= time["hold_s"]:
                out[-1] = Cue(out[-1].start_s, cue.start_s, out[-1].letter)
            else:
                resting = not out or not cue.letter or gap_s > time["relax_s"]
                out.append(Cue(at_s, cue.start_s, REST if resting else _rules()["relaxed"]["letter"]))
        if cue.letter:
            out.append(cue)
            at_s = cue.end_s
    return [Cue(c.start_s, min(c.end_s, duration_s), c.letter) for c in out if c.start_s < duration_s]


def _closed_early(all_cues: list[Cue], time: dict[str, float]) -> list[Cue]:
    """What the ear calls P is the release: the lips shut before it, at the cost of the sound before."""
    out = list(all_cues)
    for index in range(1, len(out)):
        cue, before = out[index], out[index - 1]
        if cue.letter == SHUT and before.letter != SHUT:
            lead_s = min(max((before.end_s - before.start_s) / 2, 0.0), time["lead_most_s"])
            at_s = max(before.start_s, cue.start_s - lead_s)
            out[index - 1] = Cue(before.start_s, at_s, before.letter)
            out[index] = Cue(at_s, cue.end_s, SHUT)
    return [cue for cue in out if cue.end_s > cue.start_s]


def _shown_long_enough(all_cues: list[Cue], shortest_s: float) -> list[Cue]:
    """Letters too short to be seen give way to the one before; closed lips and bites never do."""
    out: list[Cue] = []
    for cue in all_cues:
        short = cue.end_s - cue.start_s < shortest_s and cue.letter not in (SHUT, "G", REST)
        if short and out and out[-1].letter not in (SHUT, REST):
            out[-1] = Cue(out[-1].start_s, cue.end_s, out[-1].letter)
        else:
            out.append(cue)
    return out


def _merged(all_cues: list[Cue]) -> list[Cue]:
    out: list[Cue] = []
    for cue in all_cues:
        if out and out[-1].letter == cue.letter:
            out[-1] = Cue(out[-1].start_s, cue.end_s, cue.letter)
        else:
            out.append(cue)
    return out or [Cue(0.0, 0.01, REST)]


def _row(symbol: str) -> str:
    """The letters of a phone: of its own, of the sound it is like, or of the mouth shape it aims at."""
    rules, sounds = _rules(), _sounds()
    plain = re.sub(r"\d$", "", symbol)
    for _ in range(4):
        if plain in rules["phone"]:
            return str(rules["phone"][plain])
        row = sounds.get(plain) or sounds.get(plain.replace("\u0303", "").replace("\u0361", ""))
        if row is None:
            break
        if "like" not in row:
            shape = row.get("shape") or {"sil": 1.0}
            return str(rules["viseme"][max(shape, key=lambda name: (shape[name], name))])
        plain = row["like"]
    return str(rules["unknown"]["letter"])


@lru_cache(maxsize=1)
def _rules() -> dict[str, Any]:
    with (DATA / "letters.toml").open("rb") as stream:
        return tomllib.load(stream)


@lru_cache(maxsize=1)
def _sounds() -> dict[str, Any]:
    with (DATA / "visemes.toml").open("rb") as stream:
        sounds: dict[str, Any] = tomllib.load(stream)["phone"]
    return sounds
