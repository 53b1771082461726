"""Which frames of which clip need a mouth, and which stretch of which vocal lies under them. Pure and exact.

The take of a clip replaces its media frame for frame, in media time: trims, retimes and moves in the edit stay the
editor's own, and switching the reference back returns the original. So the vocal is mapped onto *media* time:
vocal_s = scale * media_s + offset, one such piece for each cut of the vocal.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from lipwright.errors import OptionError
from otio_lipwright.edit.clock import end_frame, exact_rate, first_frame, seconds
from otio_lipwright.edit.media import Media
from otio_lipwright.edit.reasons import MEDIA, Left, Reason
from otio_lipwright.edit.rules import Rule, rule_from
from otio_lipwright.edit.tree import check_tree
from otio_lipwright.edit.vocal_tracks import audio_tracks, choose
from otio_lipwright.edit.walk import ZERO, Problem, Shown, Walk, timelines, walk

# A trim of half a second after the conform needs no new take.
HANDLE_FRAMES = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of vocal under a clip: media [media_start_s, media_end_s) hears the vocal at
    scale * media_s + offset_s, both counted from the first frame and first sample."""

    vocal: str
    scale: Fraction
    offset_s: Fraction
    media_start_s: Fraction
    media_end_s: Fraction

    def vocal_at(self, media_s: Fraction) -> Fraction:
        """Where in the vocal the media position is heard."""
        return self.scale * media_s + self.offset_s

    @property
    def vocal_range_s(self) -> tuple[Fraction, Fraction]:
        """The stretch of vocal, earliest first."""
        one, two = self.vocal_at(self.media_start_s), self.vocal_at(self.media_end_s)
        return min(one, two), max(one, two)


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """What one clip needs. `frames` counts media frames from the first: [first, end) are rendered, the cut itself
    uses [cut_first, cut_end). `origin_s` is what source ranges call the first frame. `left` says why nothing is done
    (None where something is)."""

    path: tuple[int, ...]
    name: str
    track_name: str
    start_s: Fraction
    end_s: Fraction
    media: Media
    origin_s: Fraction
    fps: Fraction
    first: int
    end: int
    cut_first: int
    cut_end: int
    speed: Fraction
    pieces: tuple[Piece, ...]
    notes: tuple[str, ...] = ()
    left: Left | None = None

    @property
    def why(self) -> str:
        """Why nothing is done, as a sentence; "" where something is."""
        return self.left.text if self.left else ""

    @property
    def frames(self) -> int:
        """How many frames the take has."""
        return self.end - self.first


@dataclass(frozen=True, slots=True)
class Plan:
    """What a conform would do, clip by clip, and everything that was odd in the timeline."""

    clips: tuple[ClipPlan, ...]
    problems: tuple[Problem, ...]
    vocal_tracks: tuple[str, ...]
    rate: float
    start_s: Fraction
    duration_s: Fraction

    @property
    def jobs(self) -> tuple[ClipPlan, ...]:
        """The clips that get a take."""
        return tuple(clip for clip in self.clips if clip.left is None)


@dataclass(frozen=True, slots=True)
class _Vocal:
    shown: Shown
    start_s: Fraction
    end_s: Fraction


def plan(
    timeline: Any,
    *,
    vocal_track: str | int | None = None,
    clips: str | Rule = "all",
    handles: int = HANDLE_FRAMES,
    vocal: str | None = None,
) -> Plan:
    """The plan for a timeline (or anything an adapter returned).

    `vocal_track` is a track's name or number (2, A2), a clip's name or a role; without it the track whose name says
    so, the only one, or the clips whose role is dialogue. `vocal` is a file that starts with the timeline and takes
    the place of a track. Raises OptionError when no vocal can be chosen; what is wrong with single clips is in the
    result.
    """
    rule = rule_from(clips) if isinstance(clips, str) else clips
    check_tree(timeline, str(getattr(timeline, "name", "")) or "the timeline")
    if handles < 0:
        raise OptionError(f"handles must be 0 frames or more, got {handles}")
    plans = [_prefixed(_plan_one(item, vocal_track, rule, handles, vocal), path) for path, item in timelines(timeline)]
    if not plans:
        raise OptionError(f"a {type(timeline).__name__} holds no timeline; choose a file with an edit in it")
    if len(plans) == 1:
        return plans[0]
    return Plan(
        clips=tuple(clip for one in plans for clip in one.clips),
        problems=tuple(problem for one in plans for problem in one.problems),
        vocal_tracks=tuple(dict.fromkeys(name for one in plans for name in one.vocal_tracks)),
        rate=plans[0].rate,
        start_s=plans[0].start_s,
        duration_s=max(one.duration_s for one in plans),
    )


def _plan_one(timeline: Any, vocal_track: str | int | None, rule: Rule, handles: int, vocal: str | None) -> Plan:
    walked = walk(timeline)
    rate = frame_rate(timeline, walked)
    pictures = [item for item in walked.shown if item.kind == "Video"]
    if vocal is None:
        names, sung = _vocals(walked, timeline, vocal_track)
    else:
        names, sung = (), [_whole(vocal, walked)]
    index = _Index(sung)
    chosen = _topmost(pictures) if rule.top else pictures
    made = tuple(_clip_plan(item, index, handles) for item in chosen if rule(item))
    return Plan(made, tuple(walked.problems), names, rate, _start(timeline, walked), walked.duration_s)


def frame_rate(timeline: Any, walked: Walk) -> float:
    """The timeline's own rate: its start's, else that of its pictures, else of anything in it."""
    start = getattr(timeline, "global_start_time", None)
    rates = [start.rate] if start is not None else []
    rates += [item.rate for item in walked.shown if item.kind == "Video"]
    rates += [item.rate for item in walked.shown]
    return next((float(rate) for rate in rates if 0 < rate <= 1000), 24.0)


def _start(timeline: Any, walked: Walk) -> Fraction:
    start = getattr(timeline, "global_start_time", None)
    if start is None:
        return ZERO
    try:
        return seconds(start)
    except OptionError as error:
        walked.problems.append(Problem((), str(timeline.name), f"has a start time that cannot be read ({error})"))
        return ZERO


def _vocals(walked: Walk, timeline: Any, wanted: str | int | None) -> tuple[tuple[str, ...], list[_Vocal]]:
    """The clips of the vocal track, trimmed so that they never overlap, in time order."""
    choice = choose(audio_tracks(timeline, walked), wanted, walked)
    if choice is None:
        return (), []
    heard = [item for item in walked.shown if item.kind == "Audio" and choice.takes(item)]
    return (choice.name,), [_Vocal(item, item.start_s, item.end_s) for item in heard]


def _whole(url: str, walked: Walk) -> _Vocal:
    """A vocal file that starts with the timeline and lasts as long as it must."""
    end = max(walked.duration_s, Fraction(1))
    media = Media("file", url, ZERO, None, 48_000.0)
    shown = Shown((), url, "Audio", -1, "", ZERO, end, ZERO, end, media, ZERO, ZERO, Fraction(1), True, 48_000.0)
    return _Vocal(shown, ZERO, end)


class _Index:
    """The vocal clips by time; finds those under a stretch without looking at all."""

    def __init__(self, vocals: Iterable[_Vocal]) -> None:
        self._all = sorted(vocals, key=lambda vocal: vocal.start_s)
        self._starts = [vocal.start_s for vocal in self._all]
        # The latest end among the first n: how far back an early, long clip may still reach.
        self._latest: list[Fraction] = []
        for vocal in self._all:
            self._latest.append(max(vocal.end_s, self._latest[-1]) if self._latest else vocal.end_s)

    def under(self, start_s: Fraction, end_s: Fraction) -> list[_Vocal]:
        """The vocal clips that sound somewhere on [start_s, end_s), in time order."""
        stop = bisect.bisect_left(self._starts, end_s)
        first = bisect.bisect_right(self._latest, start_s)
        return [vocal for vocal in self._all[first:stop] if vocal.end_s > start_s]


def _topmost(pictures: Sequence[Shown]) -> list[Shown]:
    """The clips that some moment shows with no enabled clip above them."""
    kept, covered = [], _Cover()
    for item in sorted(pictures, key=lambda item: -item.track):
        if not item.enabled or not covered.hides(item.cut_start_s, item.cut_end_s):
            kept.append(item)
        if item.enabled:
            covered.add(item.cut_start_s, item.cut_end_s)
    return sorted(kept, key=lambda item: item.path)


class _Cover:
    """A set of disjoint stretches."""

    def __init__(self) -> None:
        self._starts: list[Fraction] = []
        self._ends: list[Fraction] = []

    def hides(self, start: Fraction, end: Fraction) -> bool:
        at = bisect.bisect_right(self._starts, start) - 1
        return at >= 0 and self._ends[at] >= end

    def add(self, start: Fraction, end: Fraction) -> None:
        low = bisect.bisect_left(self._ends, start)
        high = bisect.bisect_right(self._starts, end)
        if low < high:
            start, end = min(start, self._starts[low]), max(end, self._ends[high - 1])
        self._starts[low:high] = [start]
        self._ends[low:high] = [end]


def _clip_plan(item: Shown, index: _Index, handles: int) -> ClipPlan:
    fps = _picture_rate(item)
    low, high = sorted((item.media_at_start_s, item.media_at(item.end_s)))
    cut_first, cut_end = first_frame(low, fps), end_frame(high, fps)
    made = ClipPlan(
        path=item.path,
        name=item.name,
        track_name=item.track_name,
        start_s=item.start_s,
        end_s=item.end_s,
        media=item.media,
        origin_s=item.origin_s,
        fps=fps,
        first=cut_first,
        end=cut_end,
        cut_first=cut_first,
        cut_end=cut_end,
        speed=item.speed,
        pieces=(),
        notes=item.notes,
    )
    under = index.under(item.start_s, item.end_s)
    heard = [vocal for vocal in under if vocal.shown.enabled]
    left = _left(item, heard)
    if left is not None and left.reason is Reason.NO_VOCAL and under:
        left = Left(Reason.VOCAL_OFF)
    if left is not None:
        return replace(made, left=left)
    return _within_media(_with_pieces(made, item, heard, handles))


def _picture_rate(item: Shown) -> Fraction:
    """Frames are counted at the media's rate; a still has none of its own and takes the edit's."""
    try:
        return exact_rate(item.rate if item.media.still or item.media.rate > 1000 else item.media.rate)
    except OptionError:
        return exact_rate(24.0)


def _left(item: Shown, heard: list[_Vocal]) -> Left | None:
    if not item.enabled:
        return Left(Reason.OFF)
    if item.unplayable:
        return Left(Reason.UNPLAYABLE, item.unplayable)
    if not heard:
        return Left(Reason.NO_VOCAL)
    if item.media.kind in MEDIA:
        return Left(MEDIA[item.media.kind])
    if item.speed == 0:
        return Left(Reason.FREEZE)
    if all(vocal.shown.speed <= 0 for vocal in heard):
        return Left(Reason.VOCAL_STILL)
    return None


def _with_pieces(made: ClipPlan, item: Shown, heard: list[_Vocal], handles: int) -> ClipPlan:
    """The pieces of vocal in media time; the outermost reach into the handles, as a later trim would."""
    notes = list(made.notes)
    first, end = made.first - handles, made.end + handles
    pieces: list[Piece] = []
    left = Left(Reason.NO_VOCAL)
    for vocal in _without_overlap(heard, notes):
        start_s, end_s = max(vocal.start_s, item.start_s), min(vocal.end_s, item.end_s)
        one, two = item.media_at(start_s), item.media_at(end_s)
        if vocal.shown.speed <= 0 or one == two:
            left = Left(Reason.VOCAL_STILL, f"vocal {vocal.shown.name!r} is reversed or frozen there; the mouth rests")
            notes.append(left.text)
            continue
        scale = vocal.shown.speed / item.speed
        offset = vocal.shown.media_at(start_s) - scale * one
        name = vocal.shown.media.url or vocal.shown.name
        if vocal.shown.media.kind != "file":
            said = f"vocal {vocal.shown.name!r} is offline; relink it, or give it with --vocal"
            left = Left(Reason.VOCAL_OFFLINE, said)
            notes.append(left.text)
            continue
        pieces.append(Piece(name, scale, offset, min(one, two), max(one, two)))
    pieces.sort(key=lambda piece: piece.media_start_s)
    if not pieces:
        return replace(made, left=left, notes=())
    pieces[0] = _reach(pieces[0], pieces[0].media_start_s <= made.first / made.fps, start_s=first / made.fps)
    pieces[-1] = _reach(pieces[-1], pieces[-1].media_end_s >= (made.end - 1) / made.fps, end_s=end / made.fps)
    return replace(made, first=first, end=end, pieces=tuple(pieces), notes=tuple(dict.fromkeys(notes)))


def _reach(piece: Piece, at_edge: bool, *, start_s: Fraction | None = None, end_s: Fraction | None = None) -> Piece:
    """The piece stretched over the handle beside it, where it touches the clip's edge and the vocal goes on."""
    if not at_edge:
        return piece
    low = piece.media_start_s if start_s is None else min(start_s, piece.media_start_s)
    high = piece.media_end_s if end_s is None else max(end_s, piece.media_end_s)
    zero = -piece.offset_s / piece.scale  # the media position that hears the vocal's first sample
    low, high = (max(low, zero), high) if piece.scale > 0 else (low, min(high, zero))
    if high <= low:
        return piece
    return replace(piece, media_start_s=low, media_end_s=high)


def _without_overlap(heard: list[_Vocal], notes: list[str]) -> list[_Vocal]:
    """One vocal at a time: where two sound at once the later one waits for the earlier to end, and a note says so."""
    kept: list[_Vocal] = []
    for vocal in heard:
        if kept and vocal.start_s < kept[-1].end_s:
            notes.append(f"vocals {kept[-1].shown.name!r} and {vocal.shown.name!r} overlap; the first is followed")
            if vocal.end_s <= kept[-1].end_s:
                continue
            vocal = replace(vocal, start_s=kept[-1].end_s)
        kept.append(vocal)
    return kept


def _within_media(made: ClipPlan) -> ClipPlan:
    """The frames that the media hold; media shorter than the clip leave a note, media that miss it a reason."""
    if made.left is not None or made.media.still:
        return replace(made, first=max(made.first, 0) if made.media.still else made.first)
    length = made.media.length_s
    stop = end_frame(length, made.fps) if length is not None else made.end
    first, end = max(made.first, 0), min(made.end, stop)
    cut_first, cut_end = max(made.cut_first, 0), min(made.cut_end, stop)
    if cut_end <= cut_first:
        return replace(made, left=Left(Reason.OUTSIDE), pieces=())
    lost = (cut_first - made.cut_first) + (made.cut_end - cut_end)
    notes = (
        (*made.notes, f"its media are {lost} frames shorter than the cut; the take covers what is there")
        if lost
        else made.notes
    )
    return replace(made, first=first, end=end, cut_first=cut_first, cut_end=cut_end, notes=notes)


def _prefixed(made: Plan, path: tuple[int, ...]) -> Plan:
    if not path:
        return made
    clips = tuple(replace(clip, path=(*path, *clip.path)) for clip in made.clips)
    return replace(made, clips=clips, problems=tuple(replace(p, path=(*path, *p.path)) for p in made.problems))
