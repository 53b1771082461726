"""The sound that goes out with a take: packets copied where the container takes them, encoded once where not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from lipwright.errors import MediaError, OutputError
from lipwright.video.opening import open_container

_PCM = {"pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_s16be", "pcm_s24be", "pcm_u8"}
# Which sound may be copied as it is. MP4 can hold PCM since ISO 23003-5, but editors do not read it there.
_ISO = {"aac", "alac", "mp3", "mp3float", "ac3", "eac3", "mp2", "mp2float"}
COPIED = {
    ".mov": _PCM | _ISO | {"adpcm_ima_qt", "pcm_alaw", "pcm_mulaw"},
    ".mp4": _ISO | {"opus", "flac"},
    ".mkv": _PCM | _ISO | {"opus", "flac", "vorbis", "dca"},
    ".nut": _PCM | _ISO | {"opus", "flac", "vorbis"},
    ".avi": {"pcm_s16le", "mp3", "mp3float", "ac3"},
    ".mxf": set[str](),
}
ENCODED = {".mov": "pcm_s24le", ".mp4": "aac", ".mkv": "flac", ".nut": "flac", ".avi": "pcm_s16le", ".mxf": "pcm_s16le"}
AAC_BITS_A_SECOND = 320_000
MXF_RATE = 48_000  # the only rate of broadcast MXF
# FFmpeg's own order of channels by their number, for files that do not say which is which (plain WAV).
_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


@dataclass(frozen=True, slots=True)
class Sound:
    """One sound stream of the output: stream number `stream` among the sounds of `path`.

    `start_s`: where its first sample lies, counted from the first picture; None keeps the file's own clock, which is
    right for the clip's own sound. `end_s`: where it is cut, None at its end.
    """

    path: Path
    stream: int = 0
    start_s: float | None = None
    end_s: float | None = None
    title: str = ""


class SoundPump:
    """Feeds one sound into an output container, as far as the picture has come, so that nothing piles up."""

    def __init__(self, output: Any, sound: Sound, suffix: str, origin_s: Fraction, first_s: Fraction) -> None:
        self._output, self._sound = output, sound
        try:
            self._input = open_container(sound.path)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise MediaError(f"cannot open the sound {str(sound.path)!r} ({error}); check the file") from error
        try:
            self._in = self._input.streams.audio[sound.stream]
        except IndexError:
            self._input.close()
            raise MediaError(f"{sound.path.name!r} has no sound stream {sound.stream}; give a file that has") from None
        own = Fraction(self._in.start_time or 0) * self._in.time_base
        self._shift_s = -origin_s if sound.start_s is None else Fraction(sound.start_s) + first_s - own
        self._first_s = first_s
        self.copied = self._in.codec_context.name in COPIED[suffix]
        self._out = self._stream(suffix)
        if sound.title:
            self._out.metadata["title"] = sound.title
            self._out.metadata["handler_name"] = sound.title
        self._packets = self._copy() if self.copied else self._encode()
        try:
            self._next: Any = next(self._packets, None)
        except av.error.FFmpegError as error:
            self._input.close()
            raise OutputError(
                f"cannot write the sound of {sound.path.name!r} into {suffix} ({error}); name the output .mov, or give "
                "a WAV with one or two channels"
            ) from error

    def _stream(self, suffix: str) -> Any:
        if self.copied:
            return self._output.add_stream_from_template(self._in)
        context = self._in.codec_context
        name = ENCODED[suffix]
        stream = self._output.add_stream(name, rate=MXF_RATE if suffix == ".mxf" else context.sample_rate)
        stream.codec_context.layout = _layout(context)
        if name == "aac":
            stream.codec_context.bit_rate = AAC_BITS_A_SECOND
        return stream

    def pump(self, until_s: float) -> None:
        """Mux every packet that starts before `until_s` on the output's clock."""
        while self._next is not None and self._time_s(self._next) < until_s:
            self._output.mux(self._next)
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Let go of the input file."""
        self._input.close()

    @staticmethod
    def _time_s(packet: Any) -> float:
        stamp = packet.dts if packet.dts is not None else packet.pts
        return float((stamp or 0) * packet.time_base)

    def _before_start(self, start_s: Fraction, length_s: Fraction) -> bool:
        """Whether all of it lies before the output begins: a sound that has been going on is cut there.

        What a file itself keeps before its start (the priming samples of AAC) is left where it is.
        """
        return self._shift_s < 0 and start_s + length_s <= 0

    def _past_end(self, start_s: Fraction) -> bool:
        end = self._sound.end_s
        return end is not None and float(start_s - self._first_s) >= end - 1e-9

    def _demuxed(self) -> Iterator[Any]:
        try:
            yield from self._input.demux(self._in)
        except av.error.FFmpegError:
            return  # a truncated file: what could be read is in the output

    def _copy(self) -> Iterator[Any]:
        for packet in self._demuxed():
            if packet.pts is None or packet.size == 0:
                continue
            shift = round(self._shift_s / packet.time_base)
            packet.pts += shift
            packet.dts = packet.pts if packet.dts is None else packet.dts + shift
            if self._past_end(packet.pts * packet.time_base):
                return
            if self._before_start(packet.pts * packet.time_base, (packet.duration or 0) * packet.time_base):
                continue
            if self._in.codec_context.name in _PCM:
                packet = self._trimmed(packet)
            packet.stream = self._out
            yield packet

    def _trimmed(self, packet: Any) -> Any:
        """The packet without the samples before the output's start and after its end: uncompressed sound allows it."""
        rate, start = self._in.codec_context.sample_rate, packet.pts * packet.time_base
        count = round((packet.duration or 0) * packet.time_base * rate)
        low = max(0, round(-start * rate)) if self._shift_s < 0 else 0
        high = (
            count if self._sound.end_s is None else round((Fraction(self._sound.end_s) + self._first_s - start) * rate)
        )
        if not count or packet.size % count or (low == 0 and high >= count) or high <= low:
            return packet
        size = packet.size // count
        part = av.Packet(bytes(packet)[low * size : min(high, count) * size])
        part.time_base, moved = packet.time_base, round(low / rate / packet.time_base)
        part.pts = part.dts = packet.pts + moved
        part.duration = round((min(high, count) - low) / rate / packet.time_base)
        return part

    def _encode(self) -> Iterator[Any]:
        for frame in self._decoded():
            shift = round(self._shift_s / frame.time_base)
            frame.pts = (frame.pts or 0) + shift
            if self._past_end(frame.pts * frame.time_base):
                break
            if self._before_start(frame.pts * frame.time_base, Fraction(frame.samples, frame.sample_rate)):
                continue
            yield from self._out.encode(frame)
        yield from self._out.encode(None)

    def _decoded(self) -> Iterator[Any]:
        for packet in self._demuxed():
            try:
                yield from packet.decode()
            except av.error.EOFError:
                return
            except av.error.InvalidDataError:
                continue


def sound_suffix(suffix: str) -> str:
    """The container's row in COPIED and ENCODED. Raises OutputError where it carries no sound."""
    if suffix not in COPIED:
        raise OutputError(f"a {suffix} output carries no sound; leave the sound out or name the output .mov")
    return suffix


def _layout(context: Any) -> Any:
    """The decoder's channel layout; where the file leaves it open, the usual one: encoders refuse unnamed channels."""
    if context.layout.name.endswith(" channels"):
        return _LAYOUTS.get(context.layout.nb_channels, context.layout)
    return context.layout
