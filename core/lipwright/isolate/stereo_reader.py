"""Any file's sound as stereo blocks at the separator's rate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from lipwright.arrays import FloatArray, Progress
from lipwright.errors import MediaError
from lipwright.isolate.separator import RATE


def stereo_blocks(
    path: Path, stream: int | None, on_progress: Progress | None = None, channel: int | None = None
) -> Iterator[FloatArray]:
    """float32 (2, n) at 44.1 kHz of a local file's sound stream (counted from 0, None: the main one), in order.

    `channel` puts that one alone on both sides.
    """
    try:
        container = av.open(str(path), options={"protocol_whitelist": "file,crypto,data"})
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"{path.name!r} cannot be read as sound ({error}); export it again as WAV") from error
    with container:
        chosen = _stream(container, path, stream)
        total_s = container.duration / av.time_base if container.duration else 0.0
        done = 0
        for block in _resampled(container, chosen, channel):
            done += block.shape[1]
            yield block
            if on_progress is not None and total_s > 0.0:
                on_progress(min(1.0, done / RATE / total_s))


def _stream(container: Any, path: Path, stream: int | None) -> Any:
    found = list(container.streams.audio)
    if not found:
        raise MediaError(f"{path.name!r} holds no sound; choose a file with the vocal in it")
    if stream is None:
        return container.streams.best("audio") or found[0]
    if not 0 <= stream < len(found):
        raise MediaError(f"{path.name!r} has {len(found)} sound streams, not a stream {stream}; they count from 0")
    return found[stream]


def _resampled(container: Any, stream: Any, channel: int | None) -> Iterator[FloatArray]:
    layout = "stereo" if channel is None else None  # None: as many channels as there are
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=RATE)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except (av.error.FFmpegError, ValueError):
            continue  # a broken packet is skipped, as players do; reading the vocal has already said so
        for frame in frames:
            frame.pts = None  # holes are the reader's business, and a resampler that sees them stretches
            for part in resampler.resample(frame):
                yield _block(part, channel)
    for part in resampler.resample(None):
        yield _block(part, channel)


def _block(frame: Any, channel: int | None) -> FloatArray:
    block = np.nan_to_num(np.asarray(frame.to_ndarray(), np.float32))
    return block if channel is None else np.repeat(block[channel : channel + 1], 2, axis=0)
