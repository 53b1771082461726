"""A small film in the fake Resolve, and a core that writes takes without rendering."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake
from lipwright_resolve.core import Core
from lipwright_resolve.errors import Refused
from lipwright_resolve.logs import Log
from lipwright_resolve.session import Session


def media(folder: Path, name: str, fps: str, frames: int) -> str:
    """A stand-in for a media file: the fake reads rate and length from it."""
    path = folder / name
    path.write_text(json.dumps([fps, frames]))
    return str(path)


class Film:
    """Three clips side by side on V1 over one song on A1; the middle one is the target, linked to the song."""

    def __init__(self, folder: Path, world: fake.World | None = None, fps: str = "25", clip_fps: str = "25") -> None:
        self.world = world or fake.World()
        self.folder = folder
        self.project = fake.Project(self.world)
        kinds = (((21, 1, 0), fake.Timeline211), ((21, 0, 4), fake.Timeline2104), ((0,), fake.Timeline))
        kind = next(kind for since, kind in kinds if self.world.version >= since)
        self.timeline = self.project._open(kind(self.world, "Cut 1", fps))
        self.resolve = fake.Resolve(self.world, self.project)
        rate, clip_rate = fake.rate(fps), fake.rate(clip_fps)
        self.clips = []
        for number in range(3):
            path = media(folder, f"shot{number}.mov", clip_fps, 1000)
            item = fake.PoolItem(self.world, path, clip_fps, 1000)
            start = 90000 + number * 100
            length = round(100 / rate * clip_rate)
            self.clips.append(self.timeline._put("video", 1, start, 100, fake.Take(item, 50, 50 + length)))
        song = fake.PoolItem(self.world, media(folder, "song.wav", fps, 5000), fps, 5000, kind="Audio")
        self.song = self.timeline._put("audio", 1, 90000, 300, fake.Take(song, 10, 310))
        self.target = self.clips[1]
        self.target._links, self.song._links = [self.song], [self.target]
        self.target._grade, self.target._color = "teal and orange", "Teal"
        self.target._properties["ZoomX"] = 1.25
        self.timeline._current = self.target
        self.timeline._selection = [self.target]

    def session(self, core: Core | None = None) -> Session:
        return Session(self.resolve, core or DryCore(), str(self.folder / "home"), Log(str(self.folder / "log.txt")))


class DryCore(Core):
    """Writes a take of the right rate and length; counts what was asked."""

    def __init__(self, fail: str = "") -> None:
        super().__init__(("python",))
        object.__setattr__(self, "asked", [])
        object.__setattr__(self, "fail", fail)

    def check(self) -> str:
        return "0.1.0"

    def run(self, args: Any, progress: Callable[[float, str], None], cancel: Any) -> list[dict[str, Any]]:
        args = list(args)
        self.asked.append(args)  # type: ignore[attr-defined]
        if args[0] == self.fail:  # type: ignore[attr-defined]
            raise Refused(f"{args[0]} failed in this test")
        output = args[args.index("-o") + 1]
        if args[0] == "dub":
            fps, _ = json.loads(Path(args[1]).read_text())
            seconds = float(args[args.index("--to") + 1]) - float(args[args.index("--from") + 1])
            Path(output).write_text(json.dumps([fps, round(seconds * float(fake.rate(fps)))]))
        else:
            Path(output).write_text("{}")
        progress(1.0, args[0])
        return []
