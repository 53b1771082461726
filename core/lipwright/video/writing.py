"""Takes out: every frame at its own time, colour and shape tags kept, written beside and then renamed."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np

from lipwright.errors import LipwrightError, OptionError, OutputError
from lipwright.files import beside
from lipwright.video.codecs import best_pix_fmt, codec_for
from lipwright.video.info import ClipInfo
from lipwright.video.opening import first_number
from lipwright.video.pixels.colour import LUMA_WEIGHTS, matrix_code
from lipwright.video.pixels.layouts import layout_of
from lipwright.video.pixels.regions import Pixels, picture_from_rgb, region_rgb
from lipwright.video.rate_control import SteadyEncoder
from lipwright.video.reading import Frame
from lipwright.video.sound import Sound, SoundPump, sound_suffix

ROTATING = (".mov", ".mp4", ".mkv")  # containers that carry a display matrix
EXACT_CLOCK = (".mov", ".mp4", ".nut")  # containers that take any time base; Matroska counts milliseconds
LEAD_S = 0.5  # sound is muxed this far ahead, so that players find it near its picture
NO_SUCH_DELAY_S = 3600  # x265 gives clips of two frames decoding times out of uninitialised memory
JPEG, MPEG = 2, 1  # AVColorRange


class Writer:
    """Writes one take; use it in a `with`: the file appears when the block ends well and never otherwise.

        with Writer(path, clip.info, codec="prores", sounds=[Sound(vocal, start_s=0.0)]) as out:
            for frame in clip.frames():
                paste_rgb(frame, box, rgb, matte)
                out.write(frame)

    `codec` is a row of data/codecs.toml (None: by suffix), `quality` its own scale (CRF), `speed` an x264 preset.
    `alpha` asks for an alpha channel (overlays), by default the source's. `target` is where it is made, if not under
    its own name: another file, or for pictures a folder of their own; `number` is that of the first picture. `notes`
    says what could not be kept.
    """

    def __init__(
        self,
        path: Path,
        info: ClipInfo,
        *,
        codec: str | None = None,
        quality: float | None = None,
        speed: str | None = None,
        sounds: Sequence[Sound] = (),
        metadata: Mapping[str, str] | None = None,
        alpha: bool | None = None,
        target: Path | None = None,
        number: int | None = None,
    ) -> None:
        self.path, self.notes = Path(path), list[str]()
        self._target = target
        self._number = first_number(info.path) if number is None else number
        self.codec = codec_for(codec, self.path)
        self._sequence = self.codec.name == "png"
        self._settings = self.codec.settings(quality, speed)
        if info.mastering and "x265-params" in self._settings:
            self._settings["x265-params"] += f":hdr10=1:{info.mastering}"
        elif info.mastering:
            self.notes.append("the mastering display's data are not kept by this codec; choose h265 to keep them")
        self._sounds, self._metadata = tuple(sounds), dict(metadata or {})
        self.info = self._output_info(info, info.alpha if alpha is None else alpha)
        self._source = info
        self._stack = contextlib.ExitStack()
        self._pumps: list[SoundPump] = []
        self._lengths: dict[int, int] = {}
        self._held: Any = None  # the last packet: only at the end is it known how long it must last
        self._first_dts: int | None = None
        self._end = 0
        self._begins: int | None = None  # of this file: a stretch of a take begins later than its clip
        self.frames = 0

    def _output_info(self, info: ClipInfo, alpha: bool) -> ClipInfo:
        """The source's facts with what this codec changes."""
        suffix, codec = self.path.suffix.lower(), self.codec
        if info.rotation and suffix not in ROTATING and not self._sequence:
            raise OptionError(
                f"the clip is turned by {info.rotation} degrees, which {suffix} cannot say; name the output .mov"
            )
        if info.coded_width < codec.smallest[0] or info.coded_height < codec.smallest[1]:
            least, size = f"{codec.smallest[0]} x {codec.smallest[1]}", f"{info.coded_width} x {info.coded_height}"
            raise OptionError(
                f"{codec.name} needs {least} pixels or more and the clip has {size}; choose prores or h264"
            )
        if self._sequence and "%" not in self.path.name:
            raise OptionError(f"{self.path.name!r} names one picture; name a sequence like {self.path.stem}_%05d.png")
        pix_fmt = best_pix_fmt(info.pix_fmt, codec, width=info.coded_width, height=info.coded_height, alpha=alpha)
        bits = max(c.bits for c in av.VideoFormat(pix_fmt).components)
        if info.colour.hdr and bits < 10:
            raise OptionError(
                f"the clip is HDR ({info.colour.hdr.upper()}) and would be cut to {bits} bits; choose h265 or prores"
            )
        if info.interlaced:
            self.notes.append("the clip is interlaced; its fields are kept in whole frames, tagged progressive")
        if suffix not in EXACT_CLOCK and not self._sequence and (1 / info.time_base).denominator != 1:
            self.notes.append(f"{suffix} rounds frame times; name the output .mov to keep them exactly")
        if suffix == ".mkv" and info.pixel_aspect != 1 and codec.name not in ("h264", "h265", "lossless"):
            self.notes.append("the pixel aspect is not kept in .mkv with this codec; name the output .mov")
        return replace(info, pix_fmt=pix_fmt, bits=bits, alpha=alpha, colour=self._output_colour(info, pix_fmt))

    def _output_colour(self, info: ClipInfo, pix_fmt: str) -> Any:
        colour, layout, source = info.colour, layout_of(pix_fmt), layout_of(info.pix_fmt)
        if layout is None or layout.rgb:
            return replace(colour, matrix=0, full=True, range_tag=JPEG)
        if source is not None and source.rgb:
            matrix = 1 if colour.primaries in (1, 2) else matrix_code(replace(colour, matrix=2), info.coded_height)
            return replace(colour, matrix=matrix, full=False, range_tag=MPEG)
        if colour.full and self.codec.limited:
            self.notes.append(f"full-range levels were brought to video levels, as {self.codec.name} expects")
            return replace(colour, full=False, range_tag=MPEG)
        return colour

    def __enter__(self) -> Writer:
        try:
            self._open()
        except BaseException:
            self._stack.__exit__(*sys.exc_info())  # not close(): what was begun is no output
            raise
        return self

    def _open(self) -> None:
        if self._sequence:
            folder = self._stack.enter_context(
                _folder_beside(self.path) if self._target is None else _made(self._target)
            )
            target, options, format_ = folder / self.path.name, {"start_number": str(self._number)}, "image2"
        else:
            target = self._stack.enter_context(beside(self._target or self.path, called=self.path))
            options, format_ = self._muxer_options(), None
        self._output = av.open(str(target), "w", format=format_, options=options)
        self._stack.callback(self._close_quietly)
        self._stream = self._video_stream()
        self._encoder = self._steady() if self.codec.bits else self._stream
        self._output.metadata.update({**dict(self._source.metadata), **self._metadata})
        origin = self._source.origin * self._source.time_base
        first = (self._source.first_pts - self._source.origin) * self._source.time_base
        for sound in self._sounds:
            pump = SoundPump(self._output, sound, sound_suffix(self.path.suffix.lower()), origin, first)
            self._pumps.append(pump)
            self._stack.callback(pump.close)

    def _muxer_options(self) -> dict[str, str]:
        suffix, options = self.path.suffix.lower(), {}
        if suffix in (".mov", ".mp4"):
            options["video_track_timescale"] = str(self._source.time_base.denominator)
        if suffix == ".mp4":
            options["movflags"] = "+faststart"
        return options

    def _video_stream(self) -> Any:
        info = self.info
        stream = self._output.add_stream(self.codec.encoder, rate=info.fps, options=self._settings)
        stream.time_base = info.time_base if not self._sequence else 1 / info.fps
        self._set_up(stream.codec_context)
        if info.rotation and not self._sequence:
            stream.set_display_rotation(info.rotation)
        if info.timecode:
            stream.metadata["timecode"] = info.timecode
        return stream

    def _set_up(self, context: Any) -> None:
        """Size, clock, colour and threads of the encoder."""
        info = self.info
        context.width, context.height, context.pix_fmt = info.coded_width, info.coded_height, info.pix_fmt
        if self._sequence:
            context.width, context.height = info.width, info.height
        context.time_base = info.time_base if not self._sequence else 1 / info.fps
        if info.pixel_aspect != 1:
            context.sample_aspect_ratio = info.pixel_aspect
        context.color_primaries, context.color_trc = info.colour.primaries, info.colour.transfer
        context.colorspace, context.color_range = info.colour.matrix, info.colour.range_tag
        context.thread_count, context.thread_type = os.cpu_count() or 1, "AUTO"
        if self.codec.tag:
            context.codec_tag = self.codec.tag

    def _steady(self) -> SteadyEncoder:
        def make(told: dict[str, str]) -> Any:
            context = av.CodecContext.create(self.codec.encoder, "w")
            context.options = {**self._settings, **told}
            context.framerate = self.info.fps
            self._set_up(context)
            context.thread_type = "SLICE"  # threads over frames would hold packets back
            return context

        return SteadyEncoder(make, self.info.coded_width, self.info.coded_height, self.codec.bits)

    def write(self, frame: Frame) -> None:
        """Write a clip's frame (of the clip whose info was given); frames come in rising time."""
        length = getattr(frame.picture, "duration", 0) or 0
        if self._sequence:
            self.write_rgb(region_rgb(frame, frame.box(), np.uint16 if self.info.bits > 8 else np.uint8), frame.pts)
            return
        self._encode(self._converted(frame.picture), frame.pts, int(length))

    def write_rgb(self, rgb: Pixels, pts: int) -> None:
        """Write an upright RGB or RGBA picture (H, W, 3 or 4; uint8, uint16, or float32 0..1) at a clip's `pts`."""
        self._encode(picture_from_rgb(rgb, self.info, upright=self._sequence), pts, 0)

    def _converted(self, picture: Any) -> Any:
        """The picture in the output's format; untouched where it already is."""
        source, out = self._source.colour, self.info.colour
        if picture.format.name == self.info.pix_fmt:
            return picture
        layout = layout_of(picture.format.name)
        yuv = layout is not None and not layout.rgb
        code = (
            matrix_code(source if yuv else out, self._source.coded_height) if yuv or out.matrix in LUMA_WEIGHTS else 1
        )
        code = {6: 5}.get(code, code)
        return picture.reformat(
            format=self.info.pix_fmt,
            src_colorspace=code,
            dst_colorspace=code,
            src_color_range=JPEG if source.full or not yuv else MPEG,
            dst_color_range=JPEG if out.full else MPEG,
            interpolation="BICUBIC",
        )

    def _encode(self, picture: Any, pts: int, length: int) -> None:
        out = self.info
        stamp = self.frames if self._sequence else pts - self._source.origin
        picture.pts, picture.time_base = stamp, self._stream.codec_context.time_base
        picture.pict_type = 0  # the source's own choice of I, P and B frames is no order to this encoder
        picture.color_range, picture.colorspace = out.colour.range_tag, out.colour.matrix
        picture.color_trc, picture.color_primaries = out.colour.transfer, out.colour.primaries
        if length:
            self._lengths[stamp] = length
        self._begins = stamp if self._begins is None else self._begins
        self._end = stamp + (length or round(1 / (out.fps * picture.time_base)))
        self._pump(float(stamp * out.time_base) + LEAD_S)
        self._mux(picture)
        self.frames += 1

    def _pump(self, until_s: float) -> None:
        try:
            for pump in self._pumps:
                pump.pump(until_s)
        except (av.error.FFmpegError, OSError) as error:
            if isinstance(error, LipwrightError):
                raise
            raise self._failure(error) from error

    def _mux(self, picture: Any) -> None:
        try:
            for packet in self._encoder.encode(picture):
                packet.stream = self._stream
                packet.duration = self._lengths.pop(packet.pts, 0) or packet.duration
                if packet.dts is None or not 0 <= (packet.pts - packet.dts) * packet.time_base < NO_SUCH_DELAY_S:
                    packet.dts = packet.pts
                if self._held is None:
                    self._first_dts = packet.dts
                else:
                    self._output.mux(self._held)
                self._held = packet
            if picture is None and self._held is not None:
                self._output.mux(self._lasting(self._held))
        except (av.error.FFmpegError, OSError) as error:
            raise self._failure(error) from error

    def _lasting(self, packet: Any) -> Any:
        """The last packet, lasting so long that the stream is as long as its frames: muxers sum decoding times."""
        if packet.dts is not None and self._first_dts is not None and self._begins is not None and not self._sequence:
            wanted = (self._end - self._begins) - (packet.dts - self._first_dts)
            packet.duration = max(1, wanted)
        return packet

    def _failure(self, error: BaseException) -> OutputError:
        reason = getattr(error, "strerror", None) or error
        return OutputError(f"cannot write {str(self.path)!r} ({reason}); free space or choose another place or codec")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack.pop_all() as stack:
            if error is not None:
                stack.__exit__(kind, error, trace)
                return
            self._finish()

    def _finish(self) -> None:
        if not self.frames:
            raise OutputError(f"no frame was given for {str(self.path)!r}; check the range that was asked for")
        self._mux(None)
        self._pump(float("inf"))
        try:
            self._output.close()
        except (av.error.FFmpegError, OSError) as problem:
            raise self._failure(problem) from problem

    def _close_quietly(self) -> None:
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._output.close()


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[Path]:
    """The folder, made now, and taken away again when the block fails."""
    try:
        folder.mkdir()
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@contextlib.contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """A temporary folder beside `path`, whose files move to `path`'s folder when the block succeeds."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".lipwright.", dir=path.parent))
    except OSError as error:
        raise OutputError(
            f"cannot write into {str(path.parent)!r} ({error.strerror}); choose another folder"
        ) from error
    try:
        yield folder
        for part in sorted(folder.iterdir()):
            part.replace(path.parent / part.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
