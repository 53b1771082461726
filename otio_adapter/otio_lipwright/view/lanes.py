"""What a picture of a timeline shows, before it is drawn: lanes of blocks, words, and what each clip carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lipwright import document
from lipwright.corrections import corrected
from lipwright.errors import LipwrightError
from lipwright.types import Performance
from otio_lipwright.adapters.cues import plain
from otio_lipwright.adapters.performances import performance_from_timeline
from otio_lipwright.conform.store import Store
from otio_lipwright.edit.clock import seconds
from otio_lipwright.edit.media import TAKE
from otio_lipwright.edit.plan import frame_rate
from otio_lipwright.edit.references import KEY
from otio_lipwright.edit.walk import Problem, Shown, timelines, walk
from otio_lipwright.plugin.restore import STORE
from otio_lipwright.view.table import position


@dataclass(frozen=True, slots=True)
class Block:
    """A clip on a lane, in seconds from the timeline's start. `state`: plain, take, original (has a take that is not
    shown) or off; `hint` is the sentence that explains it."""

    start_s: float
    end_s: float
    label: str
    state: str
    hint: str
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a performance where it is heard on the timeline."""

    start_s: float
    end_s: float
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One track; `words` are heard on it."""

    name: str
    kind: str
    blocks: tuple[Block, ...]
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn, in the order of an editor's window: upper pictures first, then sound."""

    name: str
    rate: float
    start_s: Fraction
    duration_s: float
    lanes: tuple[Lane, ...]
    problems: tuple[Problem, ...]

    def timecode(self, time_s: float, *, drop: bool = False) -> str:
        """Timecode of a second on the timeline."""
        return position(self.start_s + Fraction(time_s).limit_denominator(1_000_000), self.rate, drop=drop)


def picture(root: Any, path: Path | None = None) -> Picture:
    """The lanes of the (first) timeline in `root`; words come from the performances beside `path`."""
    timeline = next((found for _, found in timelines(root)), root)
    walked = walk(timeline)
    known = list(_performances(timeline, path))
    by_track: dict[tuple[int, str, str], list[Shown]] = {}
    for item in walked.shown:
        by_track.setdefault((item.track, item.track_name, item.kind), []).append(item)
    lanes = [_lane(name, kind, items, known) for (_, name, kind), items in sorted(by_track.items())]
    pictures = [lane for lane in lanes if lane.kind == "Video"]
    sounds = [lane for lane in lanes if lane.kind != "Video"]
    return Picture(
        name=str(timeline.name) or (path.name if path else "timeline"),
        rate=frame_rate(timeline, walked),
        start_s=_start(timeline),
        duration_s=float(walked.duration_s),
        lanes=(*reversed(pictures), *sounds),
        problems=tuple(walked.problems),
    )


def _start(timeline: Any) -> Fraction:
    start = getattr(timeline, "global_start_time", None)
    try:
        return Fraction(0) if start is None else seconds(start)
    except LipwrightError:
        return Fraction(0)  # said by the plan


def _lane(name: str, kind: str, items: list[Shown], known: list[_Known]) -> Lane:
    blocks = tuple(_block(item) for item in items)
    words = tuple(word for item in items if kind == "Audio" for word in _words(item, known))
    return Lane(name or kind, kind, blocks, words)


def _block(item: Shown) -> Block:
    clip = item.clip
    carries = TAKE in clip.media_references()
    shown = clip.active_media_reference_key == TAKE
    state = "off" if not item.enabled else "take" if carries and shown else "original" if carries else "plain"
    said = {"take": "shows its take", "original": "has a take, shows the original", "off": "switched off", "plain": ""}
    hint = "; ".join(part for part in (item.name, said[state], item.media.name, _heard(clip), *item.notes) if part)
    return Block(float(item.start_s), float(item.end_s), item.name or item.media.name, state, hint, float(item.speed))


def _heard(clip: Any) -> str:
    facts = plain(clip.metadata[KEY]) if KEY in clip.metadata else {}
    if not isinstance(facts, dict) or "vocal_start_s" not in facts:
        return ""
    names = ", ".join(map(str, facts.get("vocal", [])))
    return f"{names} {facts['vocal_start_s']:.2f} to {facts['vocal_end_s']:.2f} s"


@dataclass(frozen=True, slots=True)
class _Known:
    """A performance of the vocal of that name, from its second `start_s` on."""

    vocal: str
    start_s: float
    performance: Performance


def _performances(timeline: Any, path: Path | None) -> Iterable[_Known]:
    """Performances in the timeline itself, then those that a conform left beside it, then those beside the media."""
    try:
        inside = performance_from_timeline(timeline)
        yield _Known(inside.vocal.name, 0.0, inside)
    except LipwrightError:
        pass
    if path is None:
        return
    for folder in (path.parent / STORE, path.parent):
        if (folder / "index.json").is_file():
            yield from _in_store(folder)
    for file in sorted(path.parent.glob(f"*{document.SUFFIX}")):
        loaded = _load(file)
        if loaded is not None:
            yield _Known(loaded.vocal.name, 0.0, loaded)


def _in_store(folder: Path) -> Iterable[_Known]:
    try:
        store = Store(folder)
    except LipwrightError:
        return
    for record in store.performances:
        loaded = _load(store.path(record.file))
        if loaded is not None:
            yield _Known(record.vocal_name, float(record.start_s), loaded)


def _load(file: Path) -> Performance | None:
    try:
        return document.load(file)
    except LipwrightError:
        return None


def _words(item: Shown, known: list[_Known]) -> Iterable[Word]:
    """The words heard in a vocal clip, on the timeline's clock; where performances overlap the first one counts."""
    if item.speed <= 0:
        return
    speed, media_start = float(item.speed), float(item.media_at_start_s)
    low, high = float(item.start_s), float(item.end_s)
    taken: list[tuple[float, float]] = []
    for one in (one for one in known if one.vocal == item.media.name):
        words = [
            Word(max(start, low), min(end, high), word.text, word.confidence)
            for word in corrected(one.performance).words
            for start in [low + (word.start_s + one.start_s - media_start) / speed]
            for end in [low + (word.end_s + one.start_s - media_start) / speed]
            if end > low and start < high
        ]
        fresh = [word for word in words if not any(word.start_s < b and a < word.end_s for a, b in taken)]
        taken += [(word.start_s, word.end_s) for word in fresh]
        yield from fresh
