"""FCPX XML with exact frames. Its adapter counts in whole frame rates, and cuts fractions of frames off downwards.

What the adapter reads is rewritten first: NTSC times (1001/24000s a frame) are told to it as those of the nominal rate
(24), a hair past each frame so that no rounding loses one, and the result gets its true rate back. Writing goes the
other way round.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from lipwright.errors import TimelineError
from lipwright.timebase import fps_from
from otio_lipwright.edit.rates import with_rates
from otio_lipwright.normalise import fcpxml

NTSC = Fraction(1001, 1000)
# Far less than a frame, far more than a float's error at a day's length.
_HAIR_S = Fraction(1, 100_000)
_TIMES = re.compile(r'\b(offset|start|duration|tcStart|audioStart|audioDuration)="(-?\d+)(?:/(\d+))?s"')
_FRAME = re.compile(r'frameDuration="(\d+)/(\d+)s"')
_FORMAT_WITHOUT = re.compile(r"<format\b(?![^>]*\bframeDuration=)")


def read(path: Path, told: dict[str, str], options: dict[str, Any]) -> Any:
    """The timeline in an FCPX XML file. Raises TimelineError where NTSC and whole frame rates are mixed."""
    plain, meanings = fcpxml.plainly(path.read_text(encoding="utf-8-sig"), path.name)
    text, ntsc = readable(plain, path.name)
    found = otio.adapters.from_name("fcpx_xml").module().read_from_string(text)
    if found is None:
        raise TimelineError(f"{path.name!r} holds no project and no clips; export the project itself")
    body = found.to_json_string()
    if ntsc:
        body = with_rates(body, lambda value, rate: (value, float(rate / NTSC)) if rate == round(rate) else None)
    # Read once more, so that hooks and media linkers see the true rates.
    read = otio.adapters.read_from_string(body, "otio_json", hook_function_argument_map=told, **options)
    return fcpxml.put_back(read, meanings)


def readable(text: str, name: str) -> tuple[str, bool]:
    """(the XML for the adapter, whether its true rates are NTSC)."""
    frames = [(int(count), int(of)) for count, of in _FRAME.findall(text)]
    ntsc = [count == 1001 for count, _ in frames]
    if any(ntsc) and not all(ntsc):
        raise TimelineError(
            f"{name!r} mixes NTSC rates (23.976, 29.97) with whole ones, which the FCPX XML adapter cannot tell apart;"
            " export FCP7 XML or OTIO instead"
        )
    factor = 1 / NTSC if any(ntsc) else Fraction(1)
    text = _scaled(text, lambda time_s: time_s * factor + (_HAIR_S if time_s > 0 else -_HAIR_S))
    if any(ntsc):
        text = _FRAME.sub(lambda frame: f'frameDuration="1000/{frame[2]}s"', text)
    if frames:  # formats of sound have none, and the adapter wants one of each
        text = _FORMAT_WITHOUT.sub(f"<format {_FRAME.search(text)[0]}", text)  # type: ignore[index]  # frames has one
    return text, any(ntsc)


def writable(timeline: Any) -> tuple[Any, bool]:
    """(a timeline that the adapter writes, whether the XML has to be made NTSC): a copy at the nominal rate."""
    body = timeline.to_json_string()
    rates = {_exact(rate) for rate in _rates(json.loads(body))}
    slow = sorted(rate for rate in rates if rate is not None and rate.denominator == 1001)
    if not slow:
        return timeline, False
    nominal = slow[0] * NTSC

    def at_nominal(value: float, rate: float) -> tuple[float, float]:
        exact = _exact(rate)
        if exact is not None and exact.denominator == 1001:
            return value, float(exact * NTSC)
        return float(round(value / rate * float(slow[0]))), float(nominal)

    return otio.core.deserialize_json_from_string(with_rates(body, at_nominal)), True


def made_ntsc(text: str) -> str:
    """XML that was written at nominal rates, as NTSC."""
    text = _scaled(text, lambda time_s: time_s * NTSC)
    return _FRAME.sub(lambda frame: _frame_duration(Fraction(int(frame[1]), int(frame[2])) * NTSC), text)


def _frame_duration(time_s: Fraction) -> str:
    scale = Fraction(1001) / time_s.numerator
    return f'frameDuration="1001/{time_s.denominator * scale}s"'


def _scaled(text: str, change: Callable[[Fraction], Fraction]) -> str:
    def one(match: re.Match[str]) -> str:
        time_s = Fraction(int(match[2]), int(match[3] or 1))
        if not time_s:
            return match[0]
        time_s = change(time_s)
        return f'{match[1]}="{time_s.numerator}/{time_s.denominator}s"'

    return _TIMES.sub(one, text)


def _exact(rate: float) -> Fraction | None:
    return fps_from(rate) if 0 < rate <= 1000 else None


def _rates(value: Any) -> set[float]:
    if isinstance(value, dict):
        own = {value["rate"]} if value.get("OTIO_SCHEMA", "").startswith("RationalTime") else set()
        return own.union(*(_rates(item) for item in value.values()))
    return set().union(*(_rates(item) for item in value)) if isinstance(value, list) else set()
