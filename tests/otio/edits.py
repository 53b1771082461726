"""Small timelines made in code, for the tests of the OTIO adapter."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

RATES = (24000 / 1001, 24.0, 25.0, 30000 / 1001, 29.97, 30.0, 50.0, 60000 / 1001, 59.94)


def spanning(start: float, length: float, rate: float) -> Any:
    return TimeRange(RationalTime(start, rate), RationalTime(length, rate))


def media(url: str, start: float, length: float, rate: float) -> Any:
    return otio.schema.ExternalReference(url, spanning(start, length, rate))


def clip(name: str, url: str, start: float, length: float, rate: float, *, tc: float = 0, has: float = 10**7) -> Any:
    """A clip of `length` frames from media frame `start` (counted from `tc`, the media's start)."""
    return otio.schema.Clip(name, media(url, tc, has, rate), spanning(tc + start, length, rate))


def gap(length: float, rate: float) -> Any:
    return otio.schema.Gap(source_range=spanning(0, length, rate))


def edit(video: list[Any], audio: list[Any], rate: float = 24.0, start: float = 86400, name: str = "edit") -> Any:
    """A timeline with one picture track "V1" and one sound track "Vocals"."""
    timeline = otio.schema.Timeline(name, global_start_time=RationalTime(start, rate))
    for track_name, kind, items in (("V1", "Video", video), ("Vocals", "Audio", audio)):
        track = otio.schema.Track(track_name, kind=kind)
        track.extend(items)
        timeline.tracks.append(track)
    return timeline
