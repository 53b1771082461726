"""FCPXML as Final Cut means it: media representations, switched-off clips, timeMap, sound without pictures.

The adapter sees plain clips only. The XML is told in its terms, with a number in every clip's name by which the
meaning finds its clip again after reading; kinds that it would drop in silence are refused by name.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import opentimelineio as otio

from lipwright.errors import TimelineError
from otio_lipwright.edit.clock import rational, seconds
from otio_lipwright.edit.tree import all_clips

CLIPS = ("asset-clip", "ref-clip", "clip", "video", "audio")
# What the adapter knows nothing of and leaves out.
DROPPED = ("mc-clip", "sync-clip", "audition")
_NUMBER = re.compile("\u2045(\\d+)\u2046$")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a clip's element says beside its range: times in seconds, of the clip's own clock and of its media."""

    enabled: bool
    role: str
    points: tuple[tuple[Fraction, Fraction], ...]


def plainly(text: str, name: str) -> tuple[str, dict[int, Meaning]]:
    """(the XML in the adapter's terms, what its clips mean by number). Raises TimelineError for dropped kinds."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise TimelineError(f"{name!r} is no XML ({error}); export it again") from error
    met = Counter(element.tag for element in root.iter() if element.tag in DROPPED)
    if met:
        kinds = ", ".join(f"{count} {kind}" for kind, count in met.items())
        raise TimelineError(f"{name!r} holds {kinds}, which cannot be read; open or flatten them, and export again")
    for asset in root.iter("asset"):
        original = next((rep for rep in asset.iter("media-rep") if rep.get("kind") != "proxy-media"), None)
        if original is not None and not asset.get("src"):
            asset.set("src", original.get("src", ""))
        if len(asset) == 0:  # the adapter takes an element without children for none
            ElementTree.SubElement(asset, "metadata")
    meanings = {}
    for number, element in enumerate(e for e in root.iter() if e.tag in CLIPS):
        meanings[number] = _meaning(element)
        element.set("name", f"{element.get('name', '')}\u2045{number}\u2046")
    return ElementTree.tostring(root, encoding="unicode"), meanings


def _meaning(element: Any) -> Meaning:
    points = [(_time(p.get("time")), _time(p.get("value"))) for p in element.findall("timeMap/timept")]
    role = element.get("audioRole") or (element.get("role", "") if element.tag == "audio" else "")
    return Meaning(element.get("enabled", "1") != "0", role, tuple(points))


def _time(text: str | None) -> Fraction:
    return Fraction((text or "0s").strip().removesuffix("s"))


def put_back(root: Any, meanings: dict[int, Meaning]) -> Any:
    """The clips' own names, and what their elements meant; changes `root`."""
    for item in _named(root):
        found = _NUMBER.search(str(item.name))
        if found is None:
            continue
        item.name = str(item.name)[: found.start()]
        meaning = meanings[int(found[1])]
        item.enabled = item.enabled and meaning.enabled
        if meaning.role:
            item.metadata["fcpx"] = {"audioRole": meaning.role}
        if meaning.points:
            _retime(item, meaning.points)
    if not any(True for _ in all_clips(root)) and meanings:
        raise TimelineError(f"none of its {len(meanings)} clips could be read; export FCP7 XML or OTIO instead")
    return root


def _named(root: Any, depth: int = 0) -> list[Any]:
    if isinstance(root, otio.schema.Timeline):
        root = root.tracks
    found = [root] if isinstance(root, otio.core.Item) else []
    if depth < 60 and isinstance(root, (otio.core.Composition, otio.schema.SerializableCollection)):
        for child in root:
            found += _named(child, depth + 1)
    return found


def _retime(item: Any, points: tuple[tuple[Fraction, Fraction], ...]) -> None:
    """A straight map is a speed; a bent one is a ramp, which is left by name."""
    spans = list(pairwise(points))
    speeds = {(b[1] - a[1]) / (b[0] - a[0]) for a, b in spans if b[0] != a[0]}
    if len(speeds) != 1 or item.source_range is None:
        item.effects.append(otio.schema.TimeEffect("timeMap", "TimeMap"))
        return
    (speed,) = speeds
    if speed == 1 and points[0][0] == points[0][1]:
        return
    start_s, length_s = seconds(item.source_range.start_time), seconds(item.source_range.duration)
    one = points[0][1] + speed * (start_s - points[0][0])
    rate = item.source_range.start_time.rate
    low = min(one, one + speed * length_s)
    item.source_range = otio.opentime.TimeRange(rational(low, rate), item.source_range.duration)
    if speed == 0:
        item.effects.append(otio.schema.FreezeFrame("timeMap"))
    elif speed != 1:
        item.effects.append(otio.schema.LinearTimeWarp("timeMap", float(speed)))
