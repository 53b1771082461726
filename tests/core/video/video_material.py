"""Small clips made in code: random or drawn pictures in any pixel format, codec and clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from lipwright.video.pixels.layouts import alpha_plane, layout_of, planes_of

TICKS = Fraction(1, 90_000)


def noise_picture(rng: np.random.Generator, pix_fmt: str, width: int, height: int) -> Any:
    """Legal random samples in every plane: smooth enough to be a picture, rough enough to show any change."""
    picture = av.VideoFrame(width, height, pix_fmt)
    layout = layout_of(pix_fmt)
    assert layout is not None
    top = 1 << layout.bits
    planes = planes_of(picture, layout) + (
        [alpha_plane(picture, layout)] if layout.alpha and layout.kind != "packed" else []
    )
    for plane in planes:
        low, high = (0, top) if layout.rgb else (top // 4, 3 * top // 4)
        plane[...] = (rng.integers(low, high, plane.shape) << layout.shift).astype(plane.dtype)
    return picture


def samples_of(picture: Any) -> list[np.ndarray]:
    """Copies of all colour planes."""
    layout = layout_of(picture.format.name)
    assert layout is not None
    planes = planes_of(picture, layout) + (
        [alpha_plane(picture, layout)] if layout.alpha and layout.kind != "packed" else []
    )
    return [plane.copy() for plane in planes]


def uneven_times(rng: np.random.Generator, count: int) -> list[int]:
    """Rising PTS in 1/90000 s with steps of 10 to 100 ms."""
    return [0, *np.cumsum(rng.integers(900, 9000, count - 1)).tolist()]


def write_clip(
    path: Path, pictures: Sequence[Any] | Iterator[Any], *, times: Sequence[int] | None = None, codec: str = "lossless",
    options: dict[str, str] | None = None, rotation: int = 0, timecode: str = "", aspect: Fraction | None = None,
    colour: tuple[int, int, int, int] = (2, 2, 2, 0), sound: str | None = None, rate: int = 25,
) -> Path:  # fmt: skip
    """A clip by PyAV alone, so that what is tested does not make its own test material.

    `codec` "lossless" is H.264 with qp 0, which MOV takes; FFV1 in NUT takes every format.
    """
    pictures = list(pictures)
    if codec == "lossless":
        codec, options = "libx264", {"qp": "0", "preset": "ultrafast"}
    first = pictures[0]
    times = times or [round(i * 90_000 / rate) for i in range(len(pictures))]
    with av.open(
        str(path), "w", options={"video_track_timescale": "90000"} if path.suffix in (".mov", ".mp4") else {}
    ) as out:
        stream = out.add_stream(codec, rate=rate, options=options or {})
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = first.width, first.height, first.format.name
        # MPEG's old codecs know whole frame rates only.
        ticks = Fraction(1, rate) if codec.startswith("mpeg") else TICKS
        context.time_base = stream.time_base = ticks
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = colour
        if aspect:
            context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        if timecode:
            stream.metadata["timecode"] = timecode
        audio = _sound(out, sound) if sound else None
        for picture, pts in zip(pictures, times, strict=True):
            picture.pts, picture.time_base = round(pts * TICKS / ticks), ticks
            picture.color_range, picture.colorspace = colour[3], colour[2]
            for packet in stream.encode(picture):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
        if audio is not None:
            _write_tone(out, audio, times[-1] / 90_000 + 0.04)
    return path


def _sound(out: Any, codec: str) -> Any:
    stream = out.add_stream(codec, rate=48_000)
    stream.codec_context.layout = "mono"
    return stream


def _write_tone(out: Any, stream: Any, seconds: float) -> None:
    wave = np.sin(np.arange(round(seconds * 48_000)) * 2 * np.pi * 440 / 48_000) * 8000
    frame = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
    for packet in (*stream.encode(frame), *stream.encode(None)):
        out.mux(packet)


def sound_packets(path: Path, number: int = 0) -> list[bytes]:
    """The compressed packets of one sound stream."""
    with av.open(str(path)) as source:
        return [bytes(p) for p in source.demux(source.streams.audio[number]) if p.size]
