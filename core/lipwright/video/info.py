"""What a clip is: everything a dub must leave as it was, read once when the clip is opened."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from lipwright.errors import MediaError
from lipwright.video.opening import open_container
from lipwright.video.pixels.colour import Colour
from lipwright.video.pixels.layouts import layout_of, stand_in
from lipwright.video.pixels.mastering import mastering_of, side_data_of

STILL_FPS = Fraction(25)  # a still picture has no rate of its own; PAL's is the one most tools assume
SCANNED_PACKETS = 300  # enough to see a telephone's wavering rate
# Decoders that place chroma between the luma samples; all other video is sited left (H.264 and HEVC default).
CENTRED = ("mjpeg", "mpeg1video", "jpeg2000", "webp")
STILLS = {"image2", "png_pipe", "jpeg_pipe", "webp_pipe", "tiff_pipe", "bmp_pipe", "exr_pipe", "jpegls_pipe"}
# Written anew by the muxer, or said by other fields.
TECHNICAL = {"major_brand", "minor_version", "compatible_brands", "encoder", "timecode", "duration"}
# Containers whose clocks start anywhere; the others start near zero and keep their times exactly.
FREE_CLOCKS = {"mpeg", "mpegts", "flv"}


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """One sound stream: `start_s` counts from the first picture, negative where sound starts earlier."""

    index: int
    codec: str
    sample_rate: int
    channels: int
    start_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """A clip's facts. `width`, `height`: upright picture in stored pixels; `rotation`: degrees counter-clockwise that
    make the coded picture upright (0, 90, 180, 270); `fps`: the average rate; `origin`: the PTS that becomes 0 s.
    """

    path: Path
    container: str
    codec: str
    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation: int
    pixel_aspect: Fraction
    fps: Fraction
    vfr: bool
    time_base: Fraction
    origin: int
    first_pts: int
    pix_fmt: str
    bits: int
    alpha: bool
    interlaced: bool
    colour: Colour
    timecode: str
    duration_s: float
    frame_count: int
    still: bool
    stream: int
    audio: tuple[AudioInfo, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    mastering: str = ""
    notes: tuple[str, ...] = ()


def clip_info(path: Path, container: Any, stream: Any, first: Any, fps: Fraction | None) -> ClipInfo:
    """The facts of an open container, its video stream and its first decoded picture."""
    codec = stream.codec_context
    name = container.format.name
    still = _is_still(name, path, stream)
    rate = fps or _rate(stream, still, path)
    rotation = round(first.rotation / 90) % 4 * 90
    turned = rotation in (90, 270)
    time_base = 1 / rate if still else Fraction(stream.time_base)
    start = 0 if still else _first_pts(stream, first)
    pix_fmt, notes = _pix_fmt(first.format)
    side_data = side_data_of(first)
    return ClipInfo(
        path=path,
        container=name,
        codec=codec.name,
        width=first.height if turned else first.width,
        height=first.width if turned else first.height,
        coded_width=first.width,
        coded_height=first.height,
        rotation=rotation,
        pixel_aspect=Fraction(stream.sample_aspect_ratio or 1) or Fraction(1),
        fps=rate,
        vfr=not still and _wavers(path, stream.index),
        time_base=time_base,
        origin=_origin(container, stream, name, start) if not still else 0,
        first_pts=start,
        pix_fmt=pix_fmt,
        bits=max((c.bits for c in first.format.components), default=8),
        alpha=any(c.is_alpha for c in first.format.components),
        interlaced=bool(first.interlaced_frame),
        colour=_colour(codec, first),
        timecode=_timecode(container),
        duration_s=float(1 / rate) if still else _duration(container, stream),
        frame_count=1 if still else int(stream.frames or 0),
        still=still,
        stream=stream.index,
        audio=tuple(_audio(s, start * time_base) for s in container.streams.audio),
        metadata=tuple((k, v) for k, v in container.metadata.items() if k not in TECHNICAL),
        mastering=mastering_of(side_data),
        notes=(*notes, *(("Dolby Vision metadata is not kept",) if any("DOVI" in n for n in side_data) else ())),
    )


def _is_still(name: str, path: Path, stream: Any) -> bool:
    pipe = name in STILLS or name.endswith("_pipe")
    return (pipe and "%" not in path.name) or (name == "image2" and stream.frames == 1 and "%" not in path.name)


def _rate(stream: Any, still: bool, path: Path) -> Fraction:
    if still:
        return STILL_FPS
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate:
            return Fraction(rate)
    raise MediaError(f"{path.name!r} does not say its frame rate; wrap it again in a container that does, such as MOV")


def _first_pts(stream: Any, first: Any) -> int:
    if first.pts is not None:
        return int(first.pts)
    return int(stream.start_time or 0)


def _origin(container: Any, stream: Any, name: str, start: int) -> int:
    """The PTS of 0: that of the earliest stream where the container's clock starts anywhere, else the file's own 0."""
    if not set(name.split(",")) & FREE_CLOCKS:
        return 0
    starts = [s.start_time * s.time_base for s in (*container.streams.audio, stream) if s.start_time is not None]
    return min(start, round(min(starts) / stream.time_base)) if starts else start


def _pix_fmt(format_: Any) -> tuple[str, list[str]]:
    if layout_of(format_.name) is not None:
        return str(format_.name), []
    other = stand_in(format_.name, format_)
    return other, [f"pixel format {format_.name} is read as {other}"]


def _colour(codec: Any, first: Any) -> Colour:
    tag = int(first.color_range) or int(codec.color_range)
    jpeg = first.format.name.startswith("yuvj")
    return Colour(
        primaries=int(codec.color_primaries),
        transfer=int(codec.color_trc),
        matrix=int(codec.colorspace),
        full=tag == 2 or jpeg,
        range_tag=2 if jpeg else tag,
        siting="center" if codec.name in CENTRED or jpeg else "left",
    )


def _timecode(container: Any) -> str:
    for part in (*container.streams, container):
        for key, text in part.metadata.items():
            if key.lower() == "timecode" and text:
                return str(text)
    return ""


def _duration(container: Any, stream: Any) -> float:
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1e6


def _audio(stream: Any, video_start_s: Fraction) -> AudioInfo:
    context = stream.codec_context
    start = (stream.start_time or 0) * stream.time_base
    length = float(stream.duration * stream.time_base) if stream.duration else 0.0
    return AudioInfo(
        index=stream.index,
        codec=context.name if context is not None else "unknown",
        sample_rate=int(getattr(context, "sample_rate", 0) or 0),
        channels=int(getattr(context, "channels", 0) or 0),
        start_s=float(start - video_start_s),
        duration_s=length,
    )


def _wavers(path: Path, index: int) -> bool:
    """Whether frames are unevenly spaced: by the container's index, or by its first packets."""
    with contextlib.suppress(av.error.FFmpegError), open_container(path) as container:
        stream = container.streams[index]
        packets = itertools.islice(container.demux(stream), SCANNED_PACKETS)
        times = sorted({p.pts for p in packets if p.pts is not None})
        # The last few may have neighbours beyond the scan.
        return uneven([e.timestamp for e in stream.index_entries], 1) or uneven(times[:-16] or times, 1)
    return False


def uneven(times: Sequence[int], rounding: int) -> bool:
    """Whether steps between rising times differ by more than rounding to ticks and 2 % of the usual step."""
    steps = sorted(b - a for a, b in itertools.pairwise(times))
    if len(steps) < 3:
        return False
    usual = steps[len(steps) // 2]
    # The last frame of a file is often cut or stretched by an edit: one odd step is no variable rate.
    spread = max(steps[-2] - usual, usual - steps[1])
    return spread > rounding and spread > 0.02 * usual
