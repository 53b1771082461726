"""What was there before: every fact about a timeline item that the script reads, as plain values and JSON.

Reading changes nothing. Plans are made from snapshots, never from live objects, and a snapshot on disk is what
"Restore original" goes back to.
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Optional, Tuple

from .. import api


@dataclass(frozen=True)
class ItemState:
    """One item on the timeline. Frames of the record side are absolute; `left_offset` and `source_*` are as Resolve
    gives them (see plan.py for what they mean)."""

    uid: str
    name: str
    kind: str
    track: int
    start: int
    duration: int
    left_offset: float
    source_start: int
    source_end: int
    source_start_s: float
    source_end_s: float
    speed_percent: Optional[float]
    item_type: str
    pool_uid: str
    path: str
    fps: str
    frames: int
    start_timecode: str
    media_type: str
    online: str
    enabled: bool
    locked: bool
    color: str
    takes: int
    selected_take: int
    linked: Tuple[str, ...] = ()
    markers: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    properties: Dict[str, Any] = field(default_factory=dict)
    fusion_comps: int = 0
    audio_mapping: Dict[str, Any] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """First record frame after the item."""
        return self.start + self.duration


@dataclass(frozen=True)
class TimelineState:
    """The timeline that is being worked on."""

    uid: str
    name: str
    start: int
    fps: str
    drop_frame: bool
    video: Tuple[ItemState, ...]
    audio: Tuple[ItemState, ...]


def read_timeline(timeline: Any, project: Any) -> TimelineState:
    """Everything on the timeline. A pure reading: nothing is selected, moved or opened."""
    rate = api.setting(timeline, project, "timelineFrameRate")
    drop = api.setting(timeline, project, "timelineDropFrameTimecode") in ("1", "True", "true") or "DF" in rate.upper()
    return TimelineState(
        uid=str(timeline.GetUniqueId() or ""),
        name=str(timeline.GetName() or ""),
        start=int(timeline.GetStartFrame() or 0),
        fps=rate,
        drop_frame=drop,
        video=_read_tracks(timeline, api.VIDEO),
        audio=_read_tracks(timeline, api.AUDIO),
    )


def _read_tracks(timeline: Any, kind: str) -> Tuple[ItemState, ...]:
    locked = {
        track: bool(timeline.GetIsTrackLocked(kind, track))
        for track in range(1, int(timeline.GetTrackCount(kind) or 0) + 1)
    }
    return tuple(read_item(item, kind, track, locked[track]) for track, item in api.items_of(timeline, kind))


def read_item(item: Any, kind: str, track: int, locked: bool) -> ItemState:
    """One item's facts. An item without media (title, transition, compound) has an empty `path`."""
    pool_item = item.GetMediaPoolItem()
    media = _read_media(pool_item) if pool_item is not None else {}
    return ItemState(
        uid=str(item.GetUniqueId() or ""),
        name=str(item.GetName() or ""),
        kind=kind,
        track=track,
        start=int(item.GetStart() or 0),
        duration=int(item.GetDuration() or 0),
        left_offset=float(item.GetLeftOffset() or 0),
        source_start=int(item.GetSourceStartFrame() or 0),
        source_end=int(item.GetSourceEndFrame() or 0),
        source_start_s=float(item.GetSourceStartTime() or 0),
        source_end_s=float(item.GetSourceEndTime() or 0),
        speed_percent=_speed(item),
        item_type=str(item.GetType() or "") if api.has(item, "GetType") else "",
        enabled=bool(item.GetClipEnabled()),
        locked=locked,
        color=str(item.GetClipColor() or ""),
        takes=int(item.GetTakesCount() or 0) if kind == api.VIDEO else 0,
        selected_take=int(item.GetSelectedTakeIndex() or 0) if kind == api.VIDEO else 0,
        linked=tuple(str(other.GetUniqueId()) for other in item.GetLinkedItems() or []),
        markers={str(int(frame)): dict(marker) for frame, marker in (item.GetMarkers() or {}).items()},
        properties=api.properties(item) if kind == api.VIDEO else {},
        fusion_comps=int(item.GetFusionCompCount() or 0) if kind == api.VIDEO else 0,
        audio_mapping=api.read_json(item.GetSourceAudioChannelMapping()) if kind == api.AUDIO else {},
        pool_uid=media.get("pool_uid", ""),
        path=media.get("path", ""),
        fps=media.get("fps", ""),
        frames=media.get("frames", 0),
        start_timecode=media.get("start_timecode", ""),
        media_type=media.get("media_type", ""),
        online=media.get("online", ""),
    )


def _read_media(pool_item: Any) -> Dict[str, Any]:
    frames = api.clip_property(pool_item, "Frames")
    return {
        "pool_uid": str(pool_item.GetUniqueId() or ""),
        "path": api.clip_property(pool_item, "File Path"),
        "fps": api.clip_property(pool_item, "FPS"),
        "frames": int(frames) if frames.isdigit() else 0,
        "start_timecode": api.clip_property(pool_item, "Start TC"),
        "media_type": api.clip_property(pool_item, "Type"),
        "online": api.clip_property(pool_item, "Online Status"),
    }


def _speed(item: Any) -> Optional[float]:
    """Constant speed in percent where this version can say it (21.1), else None."""
    if not api.has(item, "GetSpeed"):
        return None
    speed = item.GetSpeed()
    if not isinstance(speed, dict) or speed.get("Percentage") is None:
        return None
    return float(speed["Percentage"])


def write_json(path: str, value: Dict[str, Any]) -> None:
    """Write beside, then rename, so that a full disk leaves the old file."""
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(value, stream, indent=1, sort_keys=True, ensure_ascii=False)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def as_json(state: TimelineState, chosen: List[str]) -> Dict[str, Any]:
    """The snapshot file: schema, timeline, and the items that are about to change with their neighbours."""
    return {"schema": "lipwright.resolve-snapshot/1", "chosen": chosen, "timeline": asdict(state)}
