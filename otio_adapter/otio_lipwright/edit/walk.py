"""From a timeline's tree to a flat list: which clip is seen or heard from when to when, and which media lie there.

Pure and exact. A clip's place is an affine map per level (cut position, trim, retime), so nested stacks, retimed
stacks and transitions come out of one multiplication each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from lipwright.errors import LipwrightError
from otio_lipwright.edit.clock import seconds
from otio_lipwright.edit.media import Media, media_of

# Real edits nest a handful of compounds; a tree this deep is damaged or cyclic.
MAX_DEPTH = 40
ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one item: `where` names it for a person, `path` finds it in the tree."""

    path: tuple[int, ...]
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One clip on the timeline, on [start_s, end_s) from the timeline's start; transitions lie inside, the
    cut itself is [cut_start_s, cut_end_s).

    `media_at_start_s` is the position in the media, from its first frame, at start_s; `origin_s` is what the
    clip's source range calls that first frame; `speed` is media seconds a timeline second (negative: backwards,
    0: frozen). `track` is its index in the top-level stack. `unplayable` says what is wrong
    with its speed, "" where nothing is.
    """

    path: tuple[int, ...]
    name: str
    kind: str
    track: int
    track_name: str
    start_s: Fraction
    end_s: Fraction
    cut_start_s: Fraction
    cut_end_s: Fraction
    media: Media
    media_at_start_s: Fraction
    origin_s: Fraction
    speed: Fraction
    enabled: bool
    rate: float
    notes: tuple[str, ...] = ()
    clip: Any = field(default=None, compare=False, repr=False)
    unplayable: str = ""

    def media_at(self, time_s: Fraction) -> Fraction:
        """Position in the media, from its first frame, at timeline time `time_s`."""
        return self.media_at_start_s + self.speed * (time_s - self.start_s)


@dataclass(frozen=True, slots=True)
class _Place:
    """How an item's inside lies on the timeline: t = scale * x + offset, seen only on [low, high)."""

    scale: Fraction
    offset: Fraction
    low: Fraction | None
    high: Fraction | None
    path: tuple[int, ...]
    track: int
    track_name: str
    kind: str
    enabled: bool
    names: tuple[str, ...]


@dataclass(slots=True)
class Walk:
    """The flat list and everything that was wrong on the way."""

    shown: list[Shown]
    problems: list[Problem]

    @property
    def duration_s(self) -> Fraction:
        """Where the last clip ends."""
        return max((item.end_s for item in self.shown), default=ZERO)


def timelines(root: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """The timelines in whatever an adapter returned, each with its path: a timeline, a collection, a track, a clip."""
    if isinstance(root, otio.schema.SerializableCollection):
        for index, child in enumerate(root):
            for path, found in timelines(child):
                yield (index, *path), found
    elif isinstance(root, (otio.schema.Timeline, otio.core.Item)):
        yield (), root


def walk(root: Any) -> Walk:
    """Every clip of one timeline (or stack, track, clip) in the order of tracks; never raises for bad items."""
    result = Walk([], [])
    top = root.tracks if isinstance(root, otio.schema.Timeline) else root
    place = _Place(Fraction(1), ZERO, None, None, (), -1, "", "Video", True, (str(root.name or type(top).__name__),))
    if isinstance(top, otio.schema.Clip):
        _clip(top, _length(top, place, result), ZERO, ZERO, ZERO, place, result)
    elif isinstance(top, otio.schema.Track):
        _inside(top, replace(place, track=0, track_name=top.name, kind=top.kind or "Video"), result)
    else:
        _inside(top, _trimmed(top, ZERO, place, result), result)
    return result


def find(root: Any, path: tuple[int, ...]) -> Any:
    """The item at `path` under `root`, as `walk` counts it."""
    item = root.tracks if isinstance(root, otio.schema.Timeline) else root
    for index in path:
        item = item[index]
    return item


def _inside(parent: Any, place: _Place, result: Walk) -> None:
    if len(place.path) > MAX_DEPTH:
        _complain(result, place, f"is nested more than {MAX_DEPTH} deep or contains itself; flatten it first")
    elif isinstance(parent, otio.schema.Track):
        _along(parent, place, result)
    else:
        for index, child in enumerate(parent):
            inner = replace(place, path=(*place.path, index), names=(*place.names, str(child.name)))
            if place.track < 0:
                kind = getattr(child, "kind", "") or "Video"
                inner = replace(inner, track=index, track_name=str(child.name), kind=kind)
            elif isinstance(child, otio.schema.Track):
                inner = replace(inner, track_name=str(child.name) or place.track_name, kind=child.kind or place.kind)
            _item(child, ZERO, ZERO, ZERO, inner, result)


def _along(track: Any, place: _Place, result: Walk) -> None:
    """A track's children one after the other; a transition widens both its neighbours."""
    children = list(track)
    position = ZERO
    for index, child in enumerate(children):
        inner = replace(place, path=(*place.path, index), names=(*place.names, str(child.name)))
        if isinstance(child, otio.schema.Transition):
            continue
        if not isinstance(child, otio.core.Item):
            _complain(
                result, inner, f"is a {type(child).__name__}, which this version does not know; it is kept as it is"
            )
            continue
        before = _offset(children, index - 1, "in_offset", inner, result)
        after = _offset(children, index + 1, "out_offset", inner, result)
        position += _item(child, position, before, after, inner, result)


def _offset(children: list[Any], index: int, name: str, place: _Place, result: Walk) -> Fraction:
    if not 0 <= index < len(children) or not isinstance(children[index], otio.schema.Transition):
        return ZERO
    try:
        return max(ZERO, seconds(getattr(children[index], name)))
    except LipwrightError as error:
        _complain(result, place, f"lies beside a transition that cannot be read ({error})")
        return ZERO


def _item(item: Any, position: Fraction, before: Fraction, after: Fraction, place: _Place, result: Walk) -> Fraction:
    """Place one item at `position` of its parent and return its length there."""
    length = _length(item, place, result)
    if isinstance(item, otio.schema.Gap) or not isinstance(item, otio.core.Item):
        return length
    if isinstance(item, otio.schema.Clip):
        _clip(item, length, position, before, after, place, result)
    elif length > 0 or item.source_range is None:
        _inside(item, _trimmed(item, position, place, result, before, after), result)
    return length


def _length(item: Any, place: _Place, result: Walk, depth: int = 0) -> Fraction:
    """How long an item is in its parent; 0 and a problem where that cannot be said."""
    try:
        if getattr(item, "source_range", None) is not None:
            length = seconds(item.source_range.duration)
        elif isinstance(item, otio.schema.Clip):
            media = media_of(item)
            length = ZERO if media.length_s is None else media.length_s
            if media.length_s is None:
                _complain(result, place, "has neither a source range nor media of known length; it counts as empty")
        else:
            length = _content_length(item, place, depth)
    except LipwrightError as error:
        _complain(result, place, f"has a range that cannot be read ({error}); it counts as empty")
        return ZERO
    if length < 0:
        _complain(result, place, f"has a negative length ({float(length):.3f} s); it counts as empty")
    return max(ZERO, length)


def _content_length(item: Any, place: _Place, depth: int) -> Fraction:
    if depth > MAX_DEPTH or not isinstance(item, otio.core.Composition):
        return ZERO
    silent = Walk([], [])  # children report their own problems when they are placed
    lengths = [_length(c, place, silent, depth + 1) for c in item if isinstance(c, otio.core.Item)]
    if isinstance(item, otio.schema.Track):
        return sum(lengths, ZERO)
    return max(lengths, default=ZERO)


def _trimmed(
    item: Any, position: Fraction, place: _Place, result: Walk, before: Fraction = ZERO, after: Fraction = ZERO
) -> _Place:
    """The place of a stack's or nested track's own inside."""
    speed, notes = _speed(item)
    for note in notes:
        _complain(result, place, note)
    if speed == 0:
        _complain(result, place, "is frozen; nothing moves inside it, so its clips are left as they are")
        return replace(place, enabled=False)
    start, length = ZERO, None
    if item.source_range is not None:
        try:
            start, length = seconds(item.source_range.start_time), max(ZERO, seconds(item.source_range.duration))
        except LipwrightError as error:
            _complain(result, place, f"has a range that cannot be read ({error}); its whole content is taken")
        if length is not None and _misses(start, length, item, place):
            start, length = ZERO, None
    if speed < 0:
        start += (length if length is not None else _content_length(item, place, 0)) * -speed
    low, high = place.low, place.high
    if length is not None:
        low, high = _window(place, position - before, position + length + after)
    return replace(
        place,
        scale=place.scale / speed,
        offset=place.offset + place.scale * (position - start / speed),
        low=low,
        high=high,
        enabled=place.enabled and bool(item.enabled),
    )


def _misses(start: Fraction, length: Fraction, item: Any, place: _Place) -> bool:
    """Whether a range shows nothing of the item's content: the EDL reader counts tracks from a record timecode."""
    if start == 0 and length > 0:
        return False
    return start + length <= 0 or start >= _content_length(item, place, 0)


def _window(place: _Place, start: Fraction, end: Fraction) -> tuple[Fraction, Fraction]:
    """[start, end) of the parent's time on the timeline, cut to what the parents show."""
    if place.scale == 1:
        low, high = start + place.offset, end + place.offset
    else:
        low, high = sorted((place.scale * start + place.offset, place.scale * end + place.offset))
    low = low if place.low is None else max(low, place.low)
    high = high if place.high is None else min(high, place.high)
    return low, high


def _speed(item: Any) -> tuple[Fraction, tuple[str, ...]]:
    """Media seconds a record second, all linear warps multiplied; a note for warps that are not linear."""
    speed, notes = ONE, []
    for effect in item.effects:
        if not isinstance(effect, otio.schema.TimeEffect):
            continue
        scalar = getattr(effect, "time_scalar", None)
        if scalar is None:
            notes.append("has a speed ramp; render it to a new clip in the editor, then conform again")
        elif not isinstance(scalar, (int, float)) or scalar != scalar or abs(scalar) > 10_000:
            notes.append(f"has the speed {scalar!r}, which cannot be played; set its speed again")
        else:
            # Hosts store speeds as 32-bit floats: -0.699999988 means -7/10.
            speed *= Fraction(scalar).limit_denominator(10_000)
    return speed, tuple(notes)


def _clip(
    clip: Any, length: Fraction, position: Fraction, before: Fraction, after: Fraction, place: _Place, result: Walk
) -> None:
    if length <= 0:
        return
    speed, notes = _speed(clip)
    try:
        media = media_of(clip)
        start = _source_start(clip, media, length, speed)
    except LipwrightError as error:
        _complain(result, place, f"has media that cannot be used ({error})")
        return
    said = str(clip.metadata.get("lipwright_note") or "")
    low, high = _window(place, position - before, position + length + after)
    cut_low, cut_high = _window(place, position, position + length) if before or after else (low, high)
    if high <= low or cut_high <= cut_low:
        return
    inner = start.position + (length * -speed if speed < 0 else ZERO)
    elapsed = (low - place.offset if place.scale == 1 else (low - place.offset) / place.scale) - position
    result.shown.append(
        Shown(
            path=place.path,
            name=str(clip.name),
            kind=place.kind,
            track=place.track,
            track_name=place.track_name,
            start_s=low,
            end_s=high,
            cut_start_s=cut_low,
            cut_end_s=cut_high,
            media=media,
            media_at_start_s=inner + speed * elapsed,
            origin_s=start.origin,
            speed=speed if place.scale == 1 else speed / place.scale,
            enabled=place.enabled and bool(clip.enabled),
            rate=_rate(clip, media),
            notes=tuple(filter(None, (*notes, *start.notes, said))),
            clip=clip,
            unplayable=notes[0] if notes else "",
        )
    )


@dataclass(frozen=True, slots=True)
class _Start:
    position: Fraction
    origin: Fraction
    notes: tuple[str, ...] = ()


def _source_start(clip: Any, media: Media, length: Fraction, speed: Fraction) -> _Start:
    """Where the clip begins in its media, from the first frame. A source range is counted from the media's start
    timecode; some exporters count from 0, which shows when the range misses the media altogether."""
    if clip.source_range is None:
        return _Start(ZERO, media.start_s)
    start = seconds(clip.source_range.start_time)
    used = length * abs(speed)
    if media.start_s == 0 or media.length_s is None:
        return _Start(start - media.start_s, media.start_s)
    misses = start + used <= media.start_s or start >= media.start_s + media.length_s
    if misses and 0 <= start < media.length_s:
        return _Start(start, ZERO, ("its source range is counted from the first frame, not from the start timecode",))
    return _Start(start - media.start_s, media.start_s)


def _rate(clip: Any, media: Media) -> float:
    return float(clip.source_range.duration.rate if clip.source_range is not None else media.rate)


def _complain(result: Walk, place: _Place, text: str) -> None:
    where = " > ".join(name for name in place.names if name) or "the timeline"
    problem = Problem(place.path, where, text)
    if problem not in result.problems:
        result.problems.append(problem)
