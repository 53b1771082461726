"""An in-memory Resolve with the documented quirks switched on, and a fault in any call on request.

Every public method is an API call: it is counted, may be made to fail (None, False, [] or {}; never an exception), and
is held to the typed stubs by test_contract.py. Frames: record side absolute, take and append ranges half-open source
frames, indexes from 1.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

FAILURES: dict[str, Any] = {
    "AddTake": False, "SelectTakeByIndex": False, "DeleteTakeByIndex": False, "AddMarker": False,
    "DeleteMarkerByCustomData": False, "SetClipEnabled": False, "SetProperty": False, "CopyGrades": False,
    "SetClipColor": False, "SetSpeed": False, "ImportMedia": [], "AppendToTimeline": [], "AddSubFolder": None,
    "SetCurrentFolder": False, "AddTrack": False, "DeleteTrack": False, "SetTrackName": False, "DeleteClips": False,
    "DuplicateTimeline": None, "SetCurrentTimeline": False, "DeleteTimelines": False, "SaveProject": False,
    "SetMetadata": False, "SetClipsLinked": False,
}  # fmt: skip


@dataclass
class World:
    """Quirks (all on), the fault to inject, and the count of calls."""

    version: tuple[int, int, int] = (21, 0, 4)
    studio: bool = True
    take_off_by: int = 0
    take_refused: bool = False
    phantom_append: bool = False
    floor_appends: bool = True
    fail_at: int = -1
    raise_instead: bool = False
    closed_at: int = -1
    page: str = "edit"
    calls: list[str] = field(default_factory=list)
    modal: bool = False
    uids: Any = field(default_factory=lambda: itertools.count(1))

    def uid(self, kind: str) -> str:
        return f"{kind}-{next(self.uids)}"


def api(method: Callable[..., Any]) -> Callable[..., Any]:
    """Count the call, and let it fail as Resolve fails where the world says so. Only calls that change can fail."""

    @functools.wraps(method)
    def call(self: Base, *args: Any, **kwargs: Any) -> Any:
        world = self._world
        name = method.__name__
        if 0 <= world.closed_at <= len(world.calls):
            raise ConnectionError("Resolve is gone")
        if world.modal:  # an advertisement is up: nothing works until a person closes it
            return FAILURES.get(name)
        if name in FAILURES:
            world.calls.append(name)
            if len(world.calls) - 1 == world.fail_at:
                if world.raise_instead:
                    raise RuntimeError(f"{name}: connection lost")
                return FAILURES[name]
        return method(self, *args, **kwargs)

    call.is_api = True  # type: ignore[attr-defined]
    return call


class Base:
    """`hasattr` is always True and unknown names are None, as on a direct connection; `dir` tells the truth."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return None

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if getattr(getattr(type(self), name, None), "is_api", False)]


class PoolItem(Base):
    def __init__(
        self, world: World, path: str, fps: str, frames: int, start_tc: str = "00:00:00:00", kind: str = "Video + Audio"
    ) -> None:
        super().__init__(world)
        self._uid = world.uid("pool")
        self._properties = {
            "File Path": path, "FPS": fps, "Frames": str(frames), "Start TC": start_tc, "Type": kind, "Online Status": "Online",
        }  # fmt: skip
        self._metadata: dict[str, str] = {}

    @api
    def GetUniqueId(self) -> str:
        return self._uid

    @api
    def GetName(self) -> str:
        return Path(self._properties["File Path"]).name

    @api
    def GetClipProperty(self, propertyName: str | None = None) -> Any:
        return dict(self._properties) if propertyName is None else self._properties.get(propertyName, "")

    @api
    def SetMetadata(self, metadata: dict[str, str]) -> bool:
        self._metadata.update(metadata)
        return True


@dataclass
class Take:
    pool_item: PoolItem | None
    start: int
    end: int


class Item(Base):
    """A timeline item: `takes[0]` is the original; source frames from the file's head."""

    def __init__(self, timeline: Timeline, kind: str, track: int, start: int, duration: int, take: Take) -> None:
        super().__init__(timeline._world)
        self._timeline, self._kind, self._track, self._start, self._duration = timeline, kind, track, start, duration
        self._uid = self._world.uid("item")
        self._takes, self._selected, self._is_selector = [take], 1, False
        self._name = take.pool_item.GetName() if take.pool_item else "Title"
        self._enabled, self._color, self._speed = True, "", 1.0
        self._markers: dict[float, dict[str, Any]] = {}
        self._properties = {"ZoomX": 1.0, "Pan": 0.0}
        self._grade, self._links, self._comps = "none", [], 0
        self._mapping: dict[str, Any] = {}

    @property
    def _take(self) -> Take:
        return self._takes[self._selected - 1]

    def _fps(self) -> Fraction:
        return rate(self._take.pool_item._properties["FPS"]) if self._take.pool_item else self._timeline._rate

    @api
    def GetUniqueId(self) -> str:
        return self._uid

    @api
    def GetName(self) -> str:
        return self._name

    @api
    def GetStart(self, subframe_precision: bool = False) -> int:
        return self._start

    @api
    def GetEnd(self, subframe_precision: bool = False) -> int:
        return self._start + self._duration

    @api
    def GetDuration(self, subframe_precision: bool = False) -> int:
        return self._duration

    @api
    def GetLeftOffset(self, subframe_precision: bool = False) -> float:
        if self._kind == "audio":  # counted at the timeline's rate, whatever the file's own
            return float(Fraction(self._take.start) / self._fps() * self._timeline._rate)
        return self._take.start / self._speed

    @api
    def GetSourceStartFrame(self) -> int:
        return self._take.start

    @api
    def GetSourceEndFrame(self) -> int:
        same = self._fps() == self._timeline._rate
        return self._take.end if same else self._take.end - 1  # exclusive, or inclusive when the rates differ

    @api
    def GetSourceStartTime(self) -> float:
        return 3600.0 + float(self._take.start / self._fps())  # the camera's timecode is baked in

    @api
    def GetSourceEndTime(self) -> float:
        return 3600.0 + float(self._take.end / self._fps())

    @api
    def GetMediaPoolItem(self) -> PoolItem | None:
        return self._take.pool_item

    @api
    def GetTrackTypeAndIndex(self) -> list[Any]:
        return [self._kind, self._track]

    @api
    def GetClipEnabled(self) -> bool:
        return self._enabled

    @api
    def SetClipEnabled(self, Bool: bool) -> bool:
        self._enabled = Bool
        return True

    @api
    def GetClipColor(self) -> str:
        return self._color

    @api
    def SetClipColor(self, colorName: str) -> bool:
        self._color = colorName
        return True

    @api
    def GetLinkedItems(self) -> list[Item]:
        return list(self._links)

    @api
    def GetFusionCompCount(self) -> int:
        return self._comps

    @api
    def GetProperty(self, propertyKey: str | None = None) -> Any:
        return dict(self._properties) if propertyKey is None else self._properties.get(propertyKey)

    @api
    def SetProperty(self, propertyKey: str, propertyValue: Any) -> bool:
        self._properties[propertyKey] = propertyValue
        return True

    @api
    def CopyGrades(self, tgtTimelineItems: list[Item]) -> bool:
        for item in tgtTimelineItems:
            item._grade = self._grade
        return True

    @api
    def GetMarkers(self) -> dict[float, dict[str, Any]]:
        return {frame: dict(marker) for frame, marker in self._markers.items()}

    @api
    def AddMarker(
        self, frameId: float, color: str, name: str, note: str, duration: float, customData: str | None = None
    ) -> bool:
        if frameId in self._markers:
            return False
        self._markers[float(frameId)] = {
            "color": color, "name": name, "note": note, "duration": duration, "customData": customData or "",
        }  # fmt: skip
        return True

    @api
    def DeleteMarkerByCustomData(self, customData: str) -> bool:
        for frame, marker in self._markers.items():
            if marker["customData"] == customData:
                del self._markers[frame]
                return True
        return False

    @api
    def GetSourceAudioChannelMapping(self) -> str:
        return json.dumps(self._mapping)

    @api
    def GetTakesCount(self) -> int:
        return len(self._takes) if self._is_selector else 0

    @api
    def GetSelectedTakeIndex(self) -> int:
        return self._selected if self._is_selector else 0

    @api
    def GetTakeByIndex(self, idx: int) -> Any:
        if not 1 <= idx <= len(self._takes):
            return None
        take = self._takes[idx - 1]
        return {"startFrame": take.start, "endFrame": take.end, "mediaPoolItem": take.pool_item}

    @api
    def AddTake(self, mediaPoolItem: PoolItem, startFrame: int | None = None, endFrame: int | None = None) -> bool:
        if self._world.take_refused or self._timeline._locked("video", self._track):
            return False
        self._is_selector = True
        self._takes.append(Take(mediaPoolItem, startFrame or 0, endFrame or 0))
        return True

    @api
    def SelectTakeByIndex(self, idx: int) -> bool:
        if not 1 <= idx <= len(self._takes):
            return False
        self._selected = idx
        take = self._take
        length = (take.end - take.start) / float(self._fps()) * float(self._timeline._rate) / self._speed
        self._duration = round(length) + (self._world.take_off_by if idx > 1 else 0)
        return True

    @api
    def DeleteTakeByIndex(self, idx: int) -> bool:
        if not 1 <= idx <= len(self._takes) or idx == self._selected:
            return False
        del self._takes[idx - 1]
        self._selected -= self._selected > idx
        return True

    @api
    def FinalizeTake(self) -> bool:
        raise AssertionError("FinalizeTake drops the original; nothing here may call it")


class Item211(Item):
    """What 21.1 adds."""

    @api
    def GetProperties(self) -> dict[str, Any]:
        return dict(self._properties)

    @api
    def GetProperty(self, propertyKey: str | None = None) -> Any:
        raise AssertionError("21.1 deprecates GetProperty(); GetProperties() is there")

    @api
    def GetType(self) -> str:
        return "video" if self._take.pool_item else "generator"

    @api
    def GetSpeed(self) -> dict[str, Any]:
        return {"Percentage": self._speed * 100.0}

    @api
    def SetSpeed(self, speed: dict[str, Any]) -> bool:
        self._speed = speed["Percentage"] / 100.0
        take = self._take
        self._duration = round((take.end - take.start) / float(self._fps()) * float(self._timeline._rate) / self._speed)
        return True


class Timeline(Base):
    def __init__(self, world: World, name: str, fps: str = "25", start: int = 90000) -> None:
        super().__init__(world)
        self._uid, self._name, self._fps_text, self._start = world.uid("timeline"), name, fps, start
        self._rate = rate(fps)
        self._tracks: dict[str, list[dict[str, Any]]] = {"video": [], "audio": []}
        self._project: Project | None = None
        self._current: Item | None = None
        self._selection: list[Item] = []

    def _add_track(self, kind: str, name: str = "") -> int:
        self._tracks[kind].append({"name": name, "locked": False, "items": []})
        return len(self._tracks[kind])

    def _put(self, kind: str, track: int, start: int, duration: int, take: Take) -> Item:
        while len(self._tracks[kind]) < track:
            self._add_track(kind)
        item = (Item211 if self._world.version >= (21, 1, 0) else Item)(self, kind, track, start, duration, take)
        self._tracks[kind][track - 1]["items"].append(item)
        self._tracks[kind][track - 1]["items"].sort(key=lambda other: other._start)
        return item

    def _locked(self, kind: str, track: int) -> bool:
        return bool(self._tracks[kind][track - 1]["locked"])

    @api
    def GetUniqueId(self) -> str:
        return self._uid

    @api
    def GetName(self) -> str:
        return self._name

    @api
    def GetStartFrame(self) -> int:
        return self._start

    @api
    def GetSetting(self, settingName: str) -> str:
        return {"timelineFrameRate": self._fps_text, "timelineDropFrameTimecode": "0"}.get(settingName, "")

    @api
    def GetTrackCount(self, trackType: str) -> int:
        return len(self._tracks[trackType])

    @api
    def GetTrackName(self, trackType: str, trackIndex: int) -> str:
        return str(self._tracks[trackType][trackIndex - 1]["name"])

    @api
    def SetTrackName(self, trackType: str, trackIndex: int, name: str) -> bool:
        self._tracks[trackType][trackIndex - 1]["name"] = name
        return True

    @api
    def GetIsTrackLocked(self, trackType: str, trackIndex: int) -> bool:
        return self._locked(trackType, trackIndex)

    @api
    def AddTrack(self, trackType: str, newTrackOptions: Any = None) -> bool:
        self._add_track(trackType)
        return True

    @api
    def DeleteTrack(self, trackType: str, trackIndex: int) -> bool:
        if self._tracks[trackType][trackIndex - 1]["items"]:
            return False
        del self._tracks[trackType][trackIndex - 1]
        return True

    @api
    def GetItemListInTrack(self, trackType: str, index: int) -> list[Item]:
        if not 1 <= index <= len(self._tracks[trackType]):
            return []
        return list(self._tracks[trackType][index - 1]["items"])

    @api
    def GetCurrentVideoItem(self) -> Item | None:
        return self._current

    @api
    def DeleteClips(self, timelineItems: list[Item], Bool: bool = False) -> bool:
        assert not Bool, "rippling moves everybody else's clips"
        if self._world.page == "fairlight":
            return False
        for item in timelineItems:
            items = self._tracks[item._kind][item._track - 1]["items"]
            if item not in items:
                return False
            items.remove(item)
        return True

    @api
    def CreateSubtitlesFromAudio(self, autoCaptionSettings: Any = None) -> bool:
        self._world.modal = not self._world.studio
        return self._world.studio

    @api
    def DuplicateTimeline(self, timelineName: str | None = None) -> Timeline | None:
        assert self._project is not None
        if any(other._name == timelineName for other in self._project._timelines):
            return None
        copy = type(self)(self._world, timelineName or self._name + " copy", self._fps_text, self._start)
        copy._project = self._project
        for kind, tracks in self._tracks.items():
            for number, track in enumerate(tracks, 1):
                copy._add_track(kind, track["name"])
                for item in track["items"]:
                    take = Take(item._take.pool_item, item._take.start, item._take.end)
                    twin = copy._put(kind, number, item._start, item._duration, take)
                    twin._enabled, twin._comps = item._enabled, item._comps
                    twin._markers = {frame: dict(marker) for frame, marker in item._markers.items()}
        self._project._timelines.append(copy)
        return copy


class Timeline2104(Timeline):
    """What 21.0.4 adds."""

    @api
    def GetSelectedClips(self) -> list[Item]:
        return list(self._selection)


class Timeline211(Timeline2104):
    """What 21.1 adds; the forms it deprecates fail here, to show that the new ones are used."""

    @api
    def GetSettings(self) -> dict[str, str]:
        return {"timelineFrameRate": self._fps_text, "timelineDropFrameTimecode": "0"}

    @api
    def GetSetting(self, settingName: str) -> str:
        raise AssertionError("21.1 deprecates GetSetting(name); GetSettings() is there")


class Folder(Base):
    def __init__(self, world: World, name: str) -> None:
        super().__init__(world)
        self._name, self._folders, self._clips = name, [], []

    @api
    def GetName(self) -> str:
        return self._name

    @api
    def GetSubFolderList(self) -> list[Folder]:
        return list(self._folders)

    @api
    def GetClipList(self) -> list[PoolItem]:
        return list(self._clips)


class Pool(Base):
    def __init__(self, project: Project) -> None:
        super().__init__(project._world)
        self._project, self._root = project, Folder(project._world, "Master")
        self._folder = self._root
        self._media: dict[str, tuple[str, int]] = {}

    @api
    def GetRootFolder(self) -> Folder:
        return self._root

    @api
    def GetCurrentFolder(self) -> Folder:
        return self._folder

    @api
    def SetCurrentFolder(self, folder: Folder) -> bool:
        self._folder = folder
        return True

    @api
    def AddSubFolder(self, folder: Folder, name: str) -> Folder | None:
        made = Folder(self._world, name)
        folder._folders.append(made)
        return made

    @api
    def ImportMedia(self, items: list[Any]) -> list[PoolItem]:
        made = []
        for item in items:
            path = item["FilePath"] if isinstance(item, dict) else item
            if not Path(path).exists():
                continue
            fps, frames = self._media.get(path) or json.loads(Path(path).read_text())
            made.append(PoolItem(self._world, path, fps, frames))
            self._folder._clips.append(made[-1])
        return made

    @api
    def AppendToTimeline(self, clipInfo: list[dict[str, Any]]) -> list[Item]:
        timeline = self._project._timeline
        made = []
        for info in clipInfo:
            track = info["trackIndex"]
            if not 1 <= track <= len(timeline._tracks["video"]) or timeline._locked("video", track):
                return []
            item = info["mediaPoolItem"]
            exact = Fraction(info["endFrame"] - info["startFrame"]) / rate(item._properties["FPS"]) * timeline._rate
            length = int(exact) if self._world.floor_appends else round(exact)
            start = info["recordFrame"]
            others = timeline._tracks["video"][track - 1]["items"]
            if any(other._start < start + length and other._start + other._duration > start for other in others):
                continue  # the earlier item wins and the append is dropped
            take = Take(item, info["startFrame"], info["endFrame"])
            placed = timeline._put("video", track, start, length, take)
            if self._world.phantom_append:
                others.remove(placed)
                placed._uid = ""
            made.append(placed)
        return made

    @api
    def DeleteTimelines(self, timeline: list[Timeline]) -> bool:
        for one in timeline:
            if one is self._project._timeline:
                return False
            self._project._timelines.remove(one)
        return True


class Project(Base):
    def __init__(self, world: World, name: str = "Film") -> None:
        super().__init__(world)
        self._name = name
        self._pool = Pool(self)
        self._timelines: list[Timeline] = []
        self._timeline: Any = None

    def _open(self, timeline: Timeline) -> Timeline:
        timeline._project = self
        self._timelines.append(timeline)
        self._timeline = timeline
        return timeline

    @api
    def GetName(self) -> str:
        return self._name

    @api
    def GetMediaPool(self) -> Pool:
        return self._pool

    @api
    def GetCurrentTimeline(self) -> Any:
        return self._timeline

    @api
    def SetCurrentTimeline(self, timeline: Timeline) -> bool:
        self._timeline = timeline
        return True

    @api
    def GetSetting(self, settingName: str) -> str:
        return "24" if settingName == "timelineFrameRate" else ""


class Manager(Base):
    def __init__(self, world: World, project: Project | None) -> None:
        super().__init__(world)
        self._project = project

    @api
    def GetCurrentProject(self) -> Project | None:
        return self._project

    @api
    def GetCurrentDatabase(self) -> dict[str, str]:
        return {"DbType": "Disk", "DbName": "Local"}

    @api
    def SaveProject(self) -> bool:
        assert self._project is not None
        assert not self._project._name.startswith("Untitled"), "saving an untitled project blocks for ever"
        return True


class Resolve(Base):
    def __init__(self, world: World, project: Project | None) -> None:
        super().__init__(world)
        self._manager = Manager(world, project)

    @api
    def GetProductName(self) -> str:
        return "DaVinci Resolve Studio" if self._world.studio else "DaVinci Resolve"

    @api
    def GetVersion(self) -> list[Any]:
        return [*self._world.version, 7, ""]

    @api
    def GetProjectManager(self) -> Manager:
        return self._manager

    @api
    def GetCurrentPage(self) -> str:
        return self._world.page

    @api
    def OpenPage(self, pageName: str) -> bool:
        self._world.page = pageName
        return True


def rate(text: str) -> Fraction:
    return {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001), "59.94": Fraction(60000, 1001)}.get(
        text
    ) or Fraction(text)
