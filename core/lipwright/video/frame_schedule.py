"""When the vocal is longer or shorter than the clip: which source frame is shown at which output time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.errors import OptionError
from lipwright.video.info import ClipInfo
from lipwright.video.reading import Clip, Frame, renumbered

FITS = {
    "clip": "as long as the clip; a longer vocal is cut, after a shorter one the clip goes on",
    "hold": "a longer vocal keeps the last frame standing",
    "loop": "a longer vocal starts the clip again from its first frame",
    "pingpong": "a longer vocal plays the clip backwards and forwards",
    "cut": "as long as the shorter of the two",
}
REVERSED_AT_ONCE = 24  # frames kept in memory while playing backwards: 75 MB of 8-bit 1080p


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The output's frames: source int64 (N,) frame numbers of the clip, pts int64 (N,) rising, in the clip's ticks."""

    source: NDArray[np.int64]
    pts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.source)


def plan_frames(clip: Clip, vocal_s: float, fit: str = "clip") -> Plan:
    """Which frames to show for a vocal of `vocal_s` seconds that starts with the first picture."""
    if fit not in FITS:
        raise OptionError(f"fit {fit!r} is unknown; choose one of {', '.join(FITS)}")
    return plan(clip.times_pts(), clip.info, vocal_s, fit)


def plan(pts: NDArray[np.int64], info: ClipInfo, vocal_s: float, fit: str) -> Plan:
    """`plan_frames` for known frame times: frames beyond the clip's end come at its own spacing."""
    numbers = np.arange(len(pts), dtype=np.int64)
    end = pts[0] + vocal_s / float(info.time_base)
    usual = 1 / float(info.fps * info.time_base)
    if fit == "clip" and not info.still:
        return Plan(numbers, pts)
    if fit == "cut" and not info.still:
        keep = max(1, int(np.searchsorted(pts, end - 1e-6)))
        return Plan(numbers[:keep], pts[:keep])
    if fit == "hold" or len(pts) == 1:
        extra = max(0, int(np.ceil((end - pts[-1]) / usual - 1e-6)) - 1)
        later = pts[-1] + np.rint(usual * np.arange(1, extra + 1)).astype(np.int64)
        return Plan(np.concatenate([numbers, np.full(extra, numbers[-1])]), np.concatenate([pts, later]))
    return _repeated(pts, numbers, usual, end, back=fit == "pingpong")


def _repeated(pts: NDArray[np.int64], numbers: NDArray[np.int64], usual: float, end: float, *, back: bool) -> Plan:
    """The clip again and again until `end`, the steps between frames being its own."""
    steps = np.diff(pts)
    source, times = [numbers], [pts]
    forward = True
    while times[-1][-1] + usual < end - 1e-6:
        last = times[-1][-1]
        if back:
            forward = not forward
            order = numbers[1:] if forward else numbers[-2::-1]
            strides = steps if forward else steps[::-1]
        else:
            order, strides = numbers, np.concatenate([[round(usual)], steps])
        source.append(order)
        times.append(last + np.cumsum(strides))
    source_all, times_all = np.concatenate(source), np.concatenate(times)
    keep = max(len(pts), int(np.searchsorted(times_all, end - 1e-6)))
    return Plan(source_all[:keep], times_all[:keep])


def walk(clip: Clip, what: Plan, start: int = 0) -> Iterator[Frame]:
    """The plan's frames from output number `start` on: `index` counts in the output, `source` in the clip.

    Each frame may be painted on: a picture that is shown twice is given out as two.
    """
    position = start
    while position < len(what):
        stop = _run_end(what.source, position)
        step = int(what.source[position + 1] - what.source[position]) if stop - position > 1 else 1
        for frame in _run(clip, what.source[position:stop], step):
            yield renumbered(frame, position, int(what.pts[position]))
            position += 1
        if position < stop:  # the clip ended before its own count: damaged files do
            clip.note("the clip has fewer frames than its index says")
            return


def _run_end(source: NDArray[np.int64], position: int) -> int:
    """End of the longest stretch from `position` with one step (1, -1 or 0)."""
    steps = np.diff(source[position:])
    if not len(steps) or steps[0] not in (1, -1, 0):
        return position + 1
    other = np.flatnonzero(steps != steps[0])
    return position + (int(other[0]) if len(other) else len(steps)) + 1


def _run(clip: Clip, source: NDArray[np.int64], step: int) -> Iterator[Frame]:
    if step == 1:
        yield from clip.frames(int(source[0]), int(source[-1]) + 1)
    elif step == 0:
        for frame in clip.frames(int(source[0]), int(source[0]) + 1):
            for _ in source:
                yield frame.copied()
    else:
        for high in range(int(source[0]) + 1, int(source[-1]), -REVERSED_AT_ONCE):
            low = max(int(source[-1]), high - REVERSED_AT_ONCE)
            yield from reversed(list(clip.frames(low, high)))
