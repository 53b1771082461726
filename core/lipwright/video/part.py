"""A stretch of a clip that reads like a clip of its own: what a timeline shows of a longer file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lipwright.errors import MediaError, OptionError
from lipwright.timebase import frame_from_timecode, timecode
from lipwright.video.info import ClipInfo
from lipwright.video.reading import Clip, Frame

# A frame's time from its number and its time in the file differ by rounding: Matroska keeps whole milliseconds.
EPSILON_S = 0.002


@dataclass(slots=True, eq=False)
class Part(Clip):
    """Frames `first` up to `stop` of `whole`, numbered from 0, with the timecode of its first frame."""

    whole: Clip | None = None
    first: int = 0
    stop: int = 0

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Frames of the part, in order."""
        assert self.whole is not None
        last = self.stop if stop is None else min(self.first + stop, self.stop)
        for frame in self.whole.frames(self.first + start, last):
            number = frame.index - self.first
            yield Frame(frame.picture, number, frame.pts, self.info, number)

    def times_pts(self) -> NDArray[np.int64]:
        """int64 (F,) times of the part's frames, in the ticks of the whole."""
        assert self.whole is not None
        return self.whole.times_pts()[self.first : self.stop]


def part(clip: Clip, from_s: float, to_s: float | None) -> Part:
    """The pictures that `clip` shows from second `from_s` up to `to_s` (None: its end), its first picture being at 0.

    Raises OptionError where that is no stretch, MediaError where the clip has no picture in it.
    """
    if from_s < 0 or (to_s is not None and to_s <= from_s):
        raise OptionError(f"the stretch {from_s:g} to {to_s} s is empty; --from must be 0 or more, and before --to")
    times, near_s = clip.times_s(), min(EPSILON_S, 0.25 / float(clip.info.fps))
    first = max(0, int(np.searchsorted(times, from_s + near_s, side="right")) - 1)
    stop = len(times) if to_s is None else int(np.searchsorted(times, to_s - near_s, side="left"))
    if from_s > float(times[-1]) + 1.0 / float(clip.info.fps) or stop <= first:
        raise MediaError(f"{clip.path.name!r} lasts {times[-1]:.2f} s, so it has no picture from {from_s:g} s on")
    return Part(clip.path, _info(clip, first, stop), clip.notes, whole=clip, first=first, stop=stop)


def _info(clip: Clip, first: int, stop: int) -> ClipInfo:
    pts, info = clip.times_pts(), clip.info
    return replace(
        info,
        origin=int(pts[first]),
        first_pts=int(pts[first]),
        duration_s=float((pts[stop - 1] - pts[first]) * info.time_base + 1 / info.fps),
        frame_count=stop - first,
        timecode=_advanced(info, first),
    )


def _advanced(info: ClipInfo, frames: int) -> str:
    """The start timecode, `frames` later; "" where the clip has none."""
    if not info.timecode:
        return ""
    drop = ";" in info.timecode
    return timecode(frame_from_timecode(info.timecode, info.fps) + frames, info.fps, drop=drop)
