"""Clips in: every frame as it was coded, with its own time, streaming."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from lipwright.errors import MediaError
from lipwright.video.info import ClipInfo, clip_info
from lipwright.video.opening import is_sequence, lacks_index, open_container
from lipwright.video.pixels.regions import Box, sample

FAR = 250  # frames between two wanted ones above which a seek is cheaper than decoding what lies between
MAX_BROKEN_PACKETS = 10_000  # a clip with more is not a damaged clip but another kind of file


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture: the native `av.VideoFrame`, its number in the output, its number in the source, and its time.

    `pts` counts in `info.time_base`; `time_s` = (pts - info.first_pts) in seconds, so the first picture is at 0.
    """

    picture: Any
    index: int
    pts: int
    info: ClipInfo
    source: int = -1

    @property
    def time_s(self) -> float:
        """Seconds from the clip's first picture."""
        return float((self.pts - self.info.first_pts) * self.info.time_base)

    def sample(self, matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.uint8]:
        """uint8 (size[1], size[0], 3) RGB: the picture seen through `matrix`, 2 x 3, upright pixels to output."""
        return sample(self.picture, self.info, matrix, size)

    def copied(self) -> Frame:
        """A frame whose pixels are its own."""
        other = av.VideoFrame(self.picture.width, self.picture.height, self.picture.format.name)
        for mine, theirs in zip(other.planes, self.picture.planes, strict=True):
            rows = min(mine.height, theirs.height)
            a = np.frombuffer(mine, np.uint8).reshape(-1, mine.line_size)
            b = np.frombuffer(theirs, np.uint8)[: theirs.line_size * rows].reshape(rows, -1)
            width = min(mine.line_size, theirs.line_size)
            a[:rows, :width] = b[:, :width]
        other.pts, other.time_base = self.picture.pts, self.picture.time_base
        return replace(self, picture=other)

    def box(self) -> Box:
        """The whole upright picture."""
        return (0, 0, self.info.width, self.info.height)


@dataclass(slots=True, eq=False)
class Clip:
    """A clip that can be read again and again. `notes` grows with what reading finds (damage, odd times)."""

    path: Path
    info: ClipInfo
    notes: list[str] = field(default_factory=list)
    _pts: NDArray[np.int64] | None = None
    _seeks: bool = True

    @property
    def width(self) -> int:
        """Upright, pixels."""
        return self.info.width

    @property
    def height(self) -> int:
        """Upright, pixels."""
        return self.info.height

    @property
    def pixel_aspect(self) -> float:
        """Width of a pixel over its height, in the upright picture."""
        ratio = float(self.info.pixel_aspect)
        return 1 / ratio if self.info.rotation in (90, 270) else ratio

    @property
    def expected_frames(self) -> int:
        """About how many frames there are."""
        return self.info.frame_count or max(1, round(self.info.duration_s * self.info.fps))

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """Frames `start` up to `stop`, in order; to seek costs one group of pictures, where the file allows it."""
        if stop is not None and stop <= start:
            return
        number = start
        for picture, pts in self._from(start):
            if stop is not None and number >= stop:
                return
            yield Frame(picture, number, pts, self.info, number)
            number += 1

    def pick(self, numbers: Iterable[int]) -> Iterator[Frame]:
        """Some frames, by rising number: by one pass where they lie close together."""
        source: Iterator[Frame] = iter(())
        position = -2 * FAR
        for number in numbers:
            if number - position > FAR:
                source = self.frames(number if number > FAR else 0)
            for frame in source:
                position = frame.index
                if position == number:
                    yield frame
                    break

    def _from(self, start: int) -> Iterator[tuple[Any, int]]:
        """Pictures from number `start` on: by seeking, or by counting where a seek lands elsewhere (MPEG streams)."""
        if start == 0:
            return _pictures(self, None)
        times = self.times_pts()
        if start >= len(times):
            return iter(())
        if self._seeks:
            found = _pictures(self, int(times[start]))
            first = next(found, None)
            if first is not None and first[1] == times[start]:
                return itertools.chain([first], found)
            self._seeks = False
        return itertools.islice(_pictures(self, None), start, None)

    def times_pts(self) -> NDArray[np.int64]:
        """int64 (F,) rising presentation times of all frames, in time-base ticks.

        Packets are read for this, and decoded only where some carry no time.
        """
        if self._pts is None:
            self._pts, self._seeks = _packet_pts(self)
        return self._pts

    def times_s(self) -> NDArray[np.float64]:
        """float64 (F,) seconds from the first picture."""
        return (self.times_pts() - self.info.first_pts).astype(np.float64) * float(self.info.time_base)

    def note(self, text: str) -> None:
        """Keep a sentence for the user, once."""
        if text not in self.notes:
            self.notes.append(text)


def open_clip(path: Path | str, *, fps: Fraction | None = None) -> Clip:
    """Open a film, a still picture, or a numbered sequence (`shot_%04d.png`); `fps` is for the latter two.

    Raises MediaError where there is no picture to work on.
    """
    path = Path(path)
    with _opened(path, fps) as container:
        stream = _video_stream(container, path)
        try:
            first = next(_decoded(container, stream, lambda _: None), None)
        except av.error.FFmpegError as error:
            raise MediaError(
                f"{path.name!r} cannot be decoded ({_short(error)}); convert it to ProRes or H.264"
            ) from error
        if first is None:
            raise MediaError(f"{path.name!r} has a video stream of no frames; export it again")
        info = clip_info(path, container, stream, first, fps)
    return Clip(path, info, list(info.notes))


@contextlib.contextmanager
def _opened(path: Path, fps: Fraction | None) -> Iterator[Any]:
    if not is_sequence(path) and not path.is_file():
        reason = "it is a folder" if path.is_dir() else "there is no such file"
        raise MediaError(f"cannot open {str(path)!r} ({reason}); check the path")
    try:
        container = open_container(path, fps)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if lacks_index(path):
            raise MediaError(
                f"{path.name!r} was cut off before its end, where its index lies; copy or record it again, "
                "or mend it with the camera maker's tool"
            ) from error
        raise MediaError(f"cannot open {str(path)!r} as a clip ({_short(error)}); give a film or a picture") from error
    with container:
        yield container


def _video_stream(container: Any, path: Path) -> Any:
    for stream in container.streams.video:
        if not (int(stream.disposition) & int(av.stream.Disposition.attached_pic)):
            if stream.codec_context is None:
                raise MediaError(f"{path.name!r} is coded in a way that cannot be read; convert it to ProRes or H.264")
            return stream
    what = "sound but no picture" if container.streams.audio else "no video stream"
    raise MediaError(f"{path.name!r} has {what}; give a film or a picture of a face")


def _decoded(container: Any, stream: Any, note: Callable[[str], None]) -> Iterator[Any]:
    """Every picture that decodes; broken packets are skipped and said."""
    stream.thread_type = "AUTO"
    broken = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.error.FFmpegError as error:
            note(f"the file ends early ({_short(error)}); what could be read was used")
            return
        try:
            pictures = packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError as error:
            broken += 1
            if broken > MAX_BROKEN_PACKETS:
                raise
            note(f"some packets are damaged ({_short(error)}) and were skipped")
            continue
        yield from pictures


def _pictures(clip: Clip, first: int | None) -> Iterator[tuple[Any, int]]:
    """(picture in a format with a layout, rising PTS), from the frame with PTS `first` on."""
    info = clip.info
    last: int | None = None
    step = max(1, round(1 / (info.fps * info.time_base)))
    with _opened(clip.path, info.fps if "%" in clip.path.name else None) as container:
        stream = container.streams[info.stream]
        if first is not None:
            container.seek(first, stream=stream, backward=True, any_frame=False)
        for picture in _decoded(container, stream, clip.note):
            pts = 0 if info.still else picture.pts
            if first is not None and pts is not None and pts < first:
                continue
            if pts is None:
                pts = info.first_pts if last is None else last + step
                clip.note("some frames carry no time; they were spaced by the average rate")
            if last is not None and pts <= last:
                pts = last + 1
                clip.note("some frames carry times that do not rise; they were moved to rise")
            if picture.is_corrupt:
                clip.note("some frames are damaged and are shown as far as they decode")
            last = pts
            yield _like_first(clip, picture), pts
            if info.still:
                return


def _like_first(clip: Clip, picture: Any) -> Any:
    info = clip.info
    same_size = (picture.width, picture.height) == (info.coded_width, info.coded_height)
    if not same_size:
        clip.note("the picture size changes inside the clip; later frames were scaled to the first frame's")
    if same_size and picture.format.name == info.pix_fmt:
        return picture
    pts, time_base = picture.pts, picture.time_base
    other = picture.reformat(info.coded_width, info.coded_height, info.pix_fmt)
    other.pts, other.time_base = pts, time_base
    return other


def _packet_pts(clip: Clip) -> tuple[NDArray[np.int64], bool]:
    """(rising times of all frames, whether packets say them all)."""
    if clip.info.still:
        return np.zeros(1, np.int64), True
    found: list[int] = []
    with (
        _opened(clip.path, clip.info.fps if "%" in clip.path.name else None) as container,
        contextlib.suppress(av.error.FFmpegError),
    ):
        for packet in container.demux(container.streams[clip.info.stream]):
            if packet.pts is None and packet.size:
                return np.array([pts for _, pts in _pictures(clip, None)], np.int64), False
            if packet.pts is not None and not packet.is_discard and packet.pts >= clip.info.first_pts:
                found.append(int(packet.pts))
    return np.array(sorted(set(found)), np.int64), True


def _short(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)


def renumbered(frame: Frame, index: int, pts: int) -> Frame:
    """The same picture at another place in the output."""
    return replace(frame, index=index, pts=pts)
