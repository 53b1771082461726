"""FCP7 XML as Premiere and Final Cut 7 mean it: switched-off clips and tracks, and Time Remap.

A retimed clip's <in> and <out> count the retimed clip (its second frame at 200 % is the media's third);
<pproTicksIn> and <pproTicksOut> count the media. A reversed clip counts from the media's end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import opentimelineio as otio

from lipwright.errors import LipwrightError
from otio_lipwright.edit.clock import exact_rate, rational, seconds

KEY = "fcp_xml"
# Premiere's clock, the same at every frame rate.
TICKS_A_SECOND = 254_016_000_000
# Ends of a retimed clip are rounded to frames on both clocks; within this many frames they say the same.
NEAR_FRAMES = Fraction(3, 2)
NOTE = "lipwright_note"


@dataclass(frozen=True, slots=True)
class _Raw:
    """What the XML says of a clip's times, in frames of the clip; ticks in seconds of the media."""

    low: Fraction
    high: Fraction
    ticks: tuple[Fraction, Fraction] | None


def normalise(root: Any, path: Path) -> Any:
    """The edit with enabled states and speeds where OTIO keeps them; changes `root`."""
    raw = _times(path)
    for item in _items(root):
        said = item.metadata.get(KEY) or {}
        if str(_get(said, "enabled")).strip().upper() == "FALSE":
            item.enabled = False
        if not isinstance(item, otio.schema.Track):
            _retime(item, said, raw.get(str(_get(said, "@id"))))
    return root


def _items(root: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(root, otio.schema.Timeline):
        root = root.tracks
    if isinstance(root, otio.core.Item):
        yield root
    if depth < 60 and isinstance(root, (otio.core.Composition, otio.schema.SerializableCollection)):
        for child in root:
            yield from _items(child, depth + 1)


def _get(value: Any, key: str) -> Any:
    return value.get(key) if hasattr(value, "get") else None


def _times(path: Path) -> dict[str, _Raw]:
    """Every clipitem's <in>, <out> and ticks, by its id."""
    found: dict[str, _Raw] = {}
    for element in ElementTree.parse(path).iter("clipitem"):
        texts = [element.findtext(tag) for tag in ("in", "out", "pproTicksIn", "pproTicksOut")]
        numbers = [_number(text) for text in texts]
        if numbers[0] is None or numbers[1] is None:
            continue
        ticks = None
        if numbers[2] is not None and numbers[3] is not None:
            one, two = sorted((numbers[2] / TICKS_A_SECOND, numbers[3] / TICKS_A_SECOND))
            ticks = (one, two)
        found.setdefault(str(element.get("id")), _Raw(numbers[0], numbers[1], ticks))
    return found


def _number(text: Any) -> Fraction | None:
    try:
        return Fraction(str(text).strip())
    except (ValueError, ZeroDivisionError):
        return None


def _retime(item: Any, said: Any, raw: _Raw | None) -> None:
    remap = _time_remap(item, said)
    if remap is None or item.source_range is None:
        return
    values = {
        str(_get(p, "parameterid")).strip(): str(_get(p, "value")).strip() for p in _list(_get(remap, "parameter"))
    }
    if values.get("variablespeed") in ("1", "TRUE", "true"):
        item.effects.append(otio.schema.TimeEffect("Time Remap", "TimeRemap"))
        return
    speed = _number(values.get("speed", "100"))
    if speed is None:
        item.effects.append(otio.schema.TimeEffect("Time Remap", "TimeRemap"))
        return
    speed = abs(speed) / 100 if values.get("reverse", "").upper() != "TRUE" and speed >= 0 else -abs(speed) / 100
    for index in reversed(range(len(item.effects))):  # a speed that came back in a note is this one
        if isinstance(item.effects[index], otio.schema.TimeEffect):
            del item.effects[index]
    if speed == 1:
        return
    item.effects.append(
        otio.schema.FreezeFrame("Time Remap") if speed == 0 else otio.schema.LinearTimeWarp("Time Remap", float(speed))
    )
    if speed != 0:
        _place(item, speed, raw)


def _time_remap(item: Any, said: Any) -> Any:
    """The parameters of the item's Time Remap that is switched on; None without one."""
    filters = _list(_get(said, "filter"))
    effects = [_get(one, "effect") for one in filters if str(_get(one, "enabled")).upper() != "FALSE"]
    if not filters:
        effects = [e.metadata.get(KEY) for e in item.effects]
    return next((e for e in effects if str(_get(e, "effectid")).strip().casefold() == "timeremap"), None)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return [value] if hasattr(value, "keys") or isinstance(value, str) else list(value)


def _place(item: Any, speed: Fraction, raw: _Raw | None) -> None:
    """Move the source range's start to the media's first frame that is used."""
    rate = item.source_range.start_time.rate
    try:
        start_s, long_s = _media(item)
        shown_s, used_s = (
            seconds(item.source_range.start_time) - start_s,
            seconds(item.source_range.duration) * abs(speed),
        )
    except LipwrightError:
        return  # said, with its reason, when the edit is walked
    low_s, note = _first_used(shown_s, used_s, speed, raw, long_s, exact_rate(rate))
    if note:
        item.metadata[NOTE] = note
    item.source_range = otio.opentime.TimeRange(rational(start_s + low_s, rate), item.source_range.duration)


def _media(item: Any) -> tuple[Fraction, Fraction | None]:
    """(where the media start, how long they are) in seconds."""
    available = getattr(item.media_reference, "available_range", None) if isinstance(item, otio.schema.Clip) else None
    if available is None:
        return Fraction(0), None
    return seconds(available.start_time), seconds(available.duration) or None


def _first_used(
    shown_s: Fraction, used_s: Fraction, speed: Fraction, raw: _Raw | None, long_s: Fraction | None, rate: Fraction
) -> tuple[Fraction, str]:
    """(the media second from the first frame where the used stretch begins, what was doubtful about it)."""
    near = NEAR_FRAMES / rate * max(Fraction(1), abs(speed))
    if raw is not None and raw.ticks and abs(raw.ticks[1] - raw.ticks[0] - used_s) <= near:
        return raw.ticks[0], ""
    if (
        raw is not None
        and not raw.ticks
        and abs((raw.high - raw.low) / rate - used_s) <= near < abs(used_s - used_s / abs(speed))
    ):
        return raw.low / rate, ""  # some programs write <in> and <out> of the media
    if speed > 0:
        warped = shown_s * speed
    elif long_s is not None:
        warped = long_s - shown_s * -speed - used_s
    else:
        return shown_s, "is reversed, and its media's length is not said; it is taken from its in point"
    ticks = raw.ticks if raw is not None else None
    if ticks is None or abs(ticks[0] - warped) <= near or abs(ticks[0] - shown_s) <= near:
        return warped, ""
    return ticks[0], f"has the speed {float(speed) * 100:g} % and source ticks of another speed; check its first frame"


# --- the other way round ---------------------------------------------------------------------------------------------


def denormalise(root: Any) -> None:
    """The same said as Premiere expects it: <enabled>, Time Remap, <in> of the retimed clip, ticks of the media."""
    for item in _items(root):
        mine = dict(item.metadata.get(KEY) or {})
        if not item.enabled or "enabled" in mine:
            mine["enabled"] = "TRUE" if item.enabled else "FALSE"
        if isinstance(item, otio.schema.Clip):
            _ranged(item)
        if not isinstance(item, otio.schema.Track) and item.source_range is not None:
            _slow(item, mine)
        if mine:
            item.metadata[KEY] = mine


def _ranged(clip: Any) -> None:
    """Media of unknown length get one: the writer of XML cannot do without."""
    media, cut = clip.media_reference, clip.source_range
    if isinstance(media, otio.schema.ExternalReference) and media.available_range is None and cut is not None:
        zero = otio.opentime.RationalTime(0, cut.start_time.rate)
        media.available_range = otio.opentime.TimeRange(zero, cut.end_time_exclusive())


def _slow(item: Any, mine: dict[str, Any]) -> None:
    speeds = [e.time_scalar for e in item.effects if isinstance(e, otio.schema.LinearTimeWarp)]
    had_ticks = "pproTicksIn" in mine
    for key in ("pproTicksIn", "pproTicksOut"):
        mine.pop(key, None)  # of the media that were there: a take begins elsewhere
    if len(speeds) > 1 or (not speeds and not had_ticks):
        return
    speed = Fraction(speeds[0]).limit_denominator(10_000) if speeds else Fraction(1)
    try:
        start_s, long_s = _media(item)
        low_s, cut_s = seconds(item.source_range.start_time) - start_s, seconds(item.source_range.duration)
    except LipwrightError:
        return
    used_s, rate = cut_s * abs(speed), item.source_range.start_time.rate
    if had_ticks or speed not in (0, 1):
        mine["pproTicksIn"] = str(round(low_s * TICKS_A_SECOND))
        mine["pproTicksOut"] = str(round((low_s + used_s) * TICKS_A_SECOND))
    if speed == 1 or (speed < 0 and long_s is None):
        return
    others = [
        f for f in _list(mine.get("filter")) if str(_get(_get(f, "effect"), "effectid")).casefold() != "timeremap"
    ]
    mine["filter"] = [*others, {"effect": _effect(speed)}]
    if speed != 0:
        shown_s = low_s / speed if speed > 0 else ((long_s or Fraction(0)) - low_s - used_s) / -speed
        item.source_range = otio.opentime.TimeRange(rational(start_s + shown_s, rate), item.source_range.duration)


def _effect(speed: Fraction) -> dict[str, Any]:
    values = {"variablespeed": "0", "speed": f"{float(speed) * 100:.12g}", "reverse": "TRUE" if speed < 0 else "FALSE"}
    return {
        "name": "Time Remap",
        "effectid": "timeremap",
        "effectcategory": "motion",
        "effecttype": "motion",
        "mediatype": "video",
        "parameter": [
            {"@authoringApp": "PremierePro", "parameterid": key, "name": key, "value": value}
            for key, value in values.items()
        ],
    }
