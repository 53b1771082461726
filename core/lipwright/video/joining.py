"""Finished stretches of one take joined into one file, without coding any picture again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import av

from lipwright.errors import OutputError
from lipwright.video.info import ClipInfo
from lipwright.video.sound import Sound
from lipwright.video.writing import LEAD_S, Writer


def join(
    parts: Sequence[Path],
    path: Path,
    info: ClipInfo,
    *,
    codec: str | None = None,
    sounds: Sequence[Sound] = (),
    metadata: Mapping[str, str] | None = None,
    alpha: bool | None = None,
    target: Path | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> None:
    """Write `parts` (made by `Writer` with the same `info`, codec and container, in order) as one take with sound."""
    joiner = _Joiner(
        path, info, parts[0], codec=codec, sounds=sounds, metadata=metadata, alpha=alpha, target=target
    )  # fmt: skip
    with joiner:
        for number, part in enumerate(parts, 1):
            joiner.add(part)
            if on_progress is not None:
                on_progress(number / len(parts))


def pictures_in(part: Path) -> int:
    """How many pictures a finished stretch holds; 0 where it cannot be read again."""
    try:
        with av.open(str(part)) as source:
            return sum(1 for packet in source.demux(source.streams.video[0]) if packet.size)
    except (av.error.FFmpegError, OSError, IndexError):
        return 0


class _Joiner(Writer):
    """A writer whose pictures come as packets."""

    def __init__(self, path: Path, info: ClipInfo, first: Path, **options: Any) -> None:
        super().__init__(path, info, **options)
        self._first = first

    def _video_stream(self) -> Any:
        template = self._stack.enter_context(_opened(self._first))
        stream = self._output.add_stream_from_template(template.streams.video[0])
        # AVI counts frames and knows no other times.
        stream.time_base = self.info.time_base if self.path.suffix.lower() != ".avi" else 1 / self.info.fps
        # A template brings no rate, or its clock's; containers write timecode and default durations by it.
        stream.codec_context.framerate = self.info.fps
        if self.info.rotation:
            stream.set_display_rotation(self.info.rotation)
        if self.info.timecode:
            stream.metadata["timecode"] = self.info.timecode
        return stream

    def add(self, part: Path) -> None:
        """All pictures of one part, at the times that they have there."""
        with _opened(part) as source:
            for packet in source.demux(source.streams.video[0]):
                if packet.size == 0 or packet.pts is None:
                    continue
                self._pump(float(packet.pts * packet.time_base) + LEAD_S)
                packet.stream = self._stream
                self._put(packet)

    def _put(self, packet: Any) -> None:
        try:
            self._output.mux(packet)
        except (av.error.FFmpegError, OSError) as error:
            raise self._failure(error) from error
        self.frames += 1

    def _mux(self, picture: Any) -> None:
        """No encoder to empty."""


def _opened(path: Path) -> Any:
    try:
        return av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        raise OutputError(f"a finished stretch {path.name!r} cannot be read again ({error}); use --restart") from error
