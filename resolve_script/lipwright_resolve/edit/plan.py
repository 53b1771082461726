"""What is to be done to which frames: pure arithmetic on snapshots, no Resolve in sight.

Every clip is planned or refused in one sentence before anything is changed.
"""

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import List, Optional, Sequence, Tuple, Union

from lipwright.errors import OptionError
from lipwright.timebase import fps_from

from .snapshot import ItemState, TimelineState

HANDLE_S = 1.0
# Camera originals that only Resolve decodes.
RAW_SUFFIXES = (".braw", ".r3d", ".crm", ".ari", ".arx", ".nev", ".dng", ".rmf")
# A whole-number frame count makes a measured speed uncertain by one frame at each end.
SPEED_SLACK_FRAMES = 1.5


@dataclass(frozen=True)
class VocalPlan:
    """Which sound is heard under a clip: at the clip's first source frame it plays `at_s`."""

    path: str
    at_s: float
    channel: Optional[int]


@dataclass(frozen=True)
class ClipPlan:
    """One clip to be lip-synced. Source frames count from the file's head; `first`..`last` (half-open) is what the
    timeline shows, `out_first`..`out_last` what the take will hold (with handles)."""

    uid: str
    name: str
    path: str
    fps: Fraction
    first: int
    last: int
    out_first: int
    out_last: int
    speed: float
    vocal: VocalPlan

    @property
    def take_range(self) -> Tuple[int, int]:
        """First and end frame of the shown stretch inside the take, half-open."""
        return self.first - self.out_first, self.last - self.out_first

    @property
    def vocal_start_s(self) -> float:
        """Vocal second under the take's first frame, which lies a handle before the shown stretch."""
        return self.vocal.at_s - float((self.first - self.out_first) / self.fps) / self.speed


@dataclass(frozen=True)
class Refusal:
    """A clip that is left alone, and why."""

    uid: str
    name: str
    reason: str


Planned = Union[ClipPlan, Refusal]


def plan_clips(
    state: TimelineState,
    chosen: Sequence[str],
    vocal_track: Optional[int] = None,
    vocal_path: Optional[str] = None,
    vocal_path_at_s: float = 0.0,
    handle_s: float = HANDLE_S,
) -> List[Planned]:
    """A plan or a refusal for each chosen uid, in timeline order.

    The vocal is the audio under the clip on `vocal_track` (None: its linked audio, else the lowest track that covers
    it), or the file `vocal_path`, whose second `vocal_path_at_s` plays at the timeline's start.
    """
    try:
        rate = fps_from(state.fps)
    except OptionError as error:
        return [Refusal(item.uid, item.name, str(error)) for item in state.video if item.uid in chosen]
    wanted = sorted((item for item in state.video if item.uid in chosen), key=lambda item: (item.start, item.track))
    planned: List[Planned] = []
    for item in wanted:
        try:
            vocal = _vocal(item, state, rate, vocal_track, vocal_path, vocal_path_at_s)
            planned.append(_plan(item, rate, vocal, handle_s))
        except _No as no:
            planned.append(Refusal(item.uid, item.name, "%r %s" % (item.name, no)))
    return planned


class _No(Exception):
    pass


def _plan(item: ItemState, rate: Fraction, vocal: VocalPlan, handle_s: float) -> ClipPlan:
    _check_media(item)
    fps = _clip_rate(item)
    speed = speed_of(item, rate, fps)
    first, length = source_range(item, rate, fps, speed)
    if item.frames and first + length > item.frames + 1:
        raise _No("shows frames up to %d of a file that has %d; relink the media" % (first + length, item.frames))
    handle = round(handle_s * fps)
    last = first + length
    out_last = min(last + handle, item.frames) if item.frames else last + handle
    return ClipPlan(
        uid=item.uid,
        name=item.name,
        path=item.path,
        fps=fps,
        first=first,
        last=last,
        out_first=max(0, first - handle),
        out_last=max(out_last, last),
        speed=speed,
        vocal=vocal,
    )


def _check_media(item: ItemState) -> None:
    if not item.pool_uid or not item.path:
        raise _No(
            "has no media file of its own (a title, generator, compound, multicam or Fusion clip);"
            " render it in place first"
        )
    if item.item_type in ("generator", "transition"):
        raise _No("is a %s, which shows no filmed face; choose a clip" % item.item_type)
    if item.online.lower() == "offline" or not os.path.isfile(item.path):
        raise _No("is offline (%s); relink it first" % item.path)
    if item.path.lower().endswith(RAW_SUFFIXES):
        raise _No("is camera raw, which only Resolve decodes; render it in place, then choose the rendered clip")
    if item.locked:
        raise _No("lies on locked track V%d; unlock the track first" % item.track)
    if item.duration <= 0:
        raise _No("has no length; choose another clip")


def _clip_rate(item: ItemState) -> Fraction:
    try:
        return fps_from(item.fps)
    except OptionError as error:
        raise _No("has no usable frame rate (%s)" % error) from None


def speed_of(item: ItemState, rate: Fraction, fps: Fraction) -> float:
    """Constant playing speed, 1.0 as shot. Raises for reversed, frozen, variable and unknown speeds."""
    if item.speed_percent is not None:
        if item.speed_percent <= 0:
            raise _No("plays backwards or stands still (speed %g %%); render it in place first" % item.speed_percent)
        return item.speed_percent / 100.0
    if item.source_start > item.source_end:
        raise _No("plays backwards; render it in place first")
    source_s = item.source_end_s - item.source_start_s
    record_s = float(item.duration / rate)
    if source_s <= 0 and item.source_end <= item.source_start:
        raise _No("has an unknown retime (Resolve reports no source range); render it in place first")
    if source_s <= 0:
        source_s = float((item.source_end - item.source_start) / fps)
    slack_s = SPEED_SLACK_FRAMES * float(max(1 / rate, 1 / fps))
    return 1.0 if abs(source_s - record_s) <= slack_s else source_s / record_s


def source_range(item: ItemState, rate: Fraction, fps: Fraction, speed: float) -> Tuple[int, int]:
    """First source frame from the file's head, and how many frames the timeline shows."""
    first = round(item.left_offset) if speed == 1.0 and rate == fps else item.source_start
    seconds = item.source_end_s - item.source_start_s
    if speed == 1.0 and rate == fps:
        length = item.duration
    elif seconds > 0:
        length = round(seconds * float(fps))
    else:
        length = round(float(item.duration / rate * fps) * speed)
    return max(0, first), max(1, length)


def _vocal(
    item: ItemState,
    state: TimelineState,
    rate: Fraction,
    track: Optional[int],
    path: Optional[str],
    path_at_s: float,
) -> VocalPlan:
    if path is not None:
        if not os.path.isfile(path):
            raise _No("cannot hear %s, which is not there; choose the vocal again" % path)
        return VocalPlan(path, path_at_s + float((item.start - state.start) / rate), None)
    heard = _audio_under(item, state, track)
    if heard is None:
        where = "on audio track A%d" % track if track else "under it"
        raise _No("has no audio %s; choose another track or a vocal file" % where)
    if not heard.path or not os.path.isfile(heard.path):
        raise _No("has offline audio under it (%s); relink it first" % (heard.path or heard.name))
    if heard.start > item.start or heard.end < item.end:
        missing = max(heard.start - item.start, item.end - heard.end)
        raise _No("is longer than the audio under it by %d frames; extend the audio or blade the clip" % missing)
    # On audio items the left offset counts at the timeline's rate, whatever the file's own.
    into_s = float(heard.left_offset / float(rate)) + float((item.start - heard.start) / rate)
    return VocalPlan(heard.path, into_s, _channel(heard))


def _audio_under(item: ItemState, state: TimelineState, track: Optional[int]) -> Optional[ItemState]:
    """The audio item that plays under most of the clip: on the track asked for, else linked, else the lowest track."""
    under = [
        heard
        for heard in state.audio
        if heard.start < item.end
        and heard.end > item.start
        and heard.enabled
        and (track is None or heard.track == track)
    ]
    if not under:
        return None

    def rank(heard: ItemState) -> Tuple[bool, int, int]:
        shared = min(heard.end, item.end) - max(heard.start, item.start)
        return heard.uid not in item.linked, -shared, heard.track

    return min(under, key=rank)


def _channel(heard: ItemState) -> Optional[int]:
    """The one channel of the file that is heard, from 0; None for all of them."""
    tracks = heard.audio_mapping.get("track_mapping")
    if not isinstance(tracks, dict) or not tracks:
        return None
    channels = [
        index
        for entry in tracks.values()
        if isinstance(entry, dict) and not entry.get("mute")
        for index in entry.get("channel_idx") or []
    ]
    return int(channels[0]) - 1 if len(channels) == 1 and str(channels[0]).isdigit() and int(channels[0]) > 0 else None
