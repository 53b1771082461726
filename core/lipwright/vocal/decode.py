"""Any file that FFmpeg reads, as mono blocks on the file's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray, Progress
from lipwright.errors import MediaError
from lipwright.vocal.wholeness import promised_s

# Formats that point at other files or hosts: what they name was not given to us.
_POINTING = {"hls", "dash", "concat", "sdp", "rtsp", "rtp", "imf", "webm_dash_manifest", "lavfi"}
# Broadcast and disc formats, whose clock starts anywhere.
FREE_CLOCKS = {"mpeg", "mpegts", "flv", "vob"}
_LOCKED_TAGS = {"drms", "enca", "drmi", "encv"}  # MP4 sample entries of protected streams (ISO/IEC 14496-12)
# Share of each loudspeaker in the mix: the voice sits in the centre, LFE has none (after ITU-R BS.775).
_MIX = {"FC": 1.0, "FL": 0.7, "FR": 0.7, "LFE": 0.0, "LFE2": 0.0, "BL": 0.35, "BR": 0.35, "SL": 0.35, "SR": 0.35}
# Time stamps that wander less than this are rounding and drift of the container; more is a real gap or overlap.
GAP_S = 0.1
LONGEST_GAP_S = 3600.0
# A clock that falls back by more, to within as much of its start, belongs to a second recording joined to the first.
JOINED_S = 0.5
FULL_SCALE = 0.999
LOUDEST = 64.0  # float files may go over full scale; 36 dB over it is damage
# Integer samples: what stands for 0, and for 1.
_SCALE = {"u1": (128.0, 128.0), "i2": (0.0, 2.0**15), "i4": (0.0, 2.0**31), "i8": (0.0, 2.0**63)}


@dataclass(slots=True)
class Decoded:
    """What a decoding pass learns: energy of the mix and of each channel's share, broken packets, where it began.

    `samples` and `clipped` count all channels; a sample within 0.1 % of full scale is clipped. `promised_s` is how long
    the file says that it lasts, 0 where it does not; `joins` is how often its clock starts anew.
    """

    rate: int = 0
    channels: int = 0
    start_s: float = 0.0
    good: int = 0
    broken: int = 0
    mix_energy: float = 0.0
    energy: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    cut_short: bool = False
    samples: int = 0
    clipped: int = 0
    promised_s: float = 0.0
    joins: int = 0


# Tags in a wrong encoding are no reason to refuse a sound; from 19 on PyAV has no word for it and never does.
_LENIENT: dict[str, Any] = {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "ignore"}


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The container of a local file. Raises MediaError for what cannot be read as sound or picture."""
    if not path.exists():
        raise MediaError(f"{str(path)!r} does not exist; check the path")
    if not path.is_file():
        raise MediaError(f"{str(path)!r} is not a file; choose a sound or video file")
    try:
        if path.stat().st_size == 0:
            raise MediaError(f"{path.name!r} is empty (0 bytes); export or copy it again")
        container = av.open(str(path.resolve()), options={"protocol_whitelist": "file,crypto,data"}, **_LENIENT)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise MediaError(
            f"{path.name!r} cannot be read as sound or video ({_plain(error)}); export it again, for example as WAV"
        ) from error
    with container:
        if set(container.format.name.split(",")) & _POINTING:
            raise MediaError(f"{path.name!r} only points at other files; choose the sound file itself")
        yield container


def sound_stream(container: Any, path: Path, stream: int | None) -> Any:
    """The chosen sound stream, counted from 0; the file's main one for None."""
    found = list(container.streams.audio)
    if not found:
        what = "a picture but no sound" if container.streams.video else "no sound"
        raise MediaError(f"{path.name!r} holds {what}; choose a file with the vocal in it")
    if stream is not None and not 0 <= stream < len(found):
        raise MediaError(f"{path.name!r} has no sound stream {stream}; {_choice(len(found), 'sound stream')}")
    chosen = (container.streams.best("audio") or found[0]) if stream is None else found[stream]
    tag = str(getattr(chosen.codec_context, "codec_tag", ""))
    if tag in _LOCKED_TAGS:
        raise MediaError(f"{path.name!r} is copy-protected ({tag}); use an unprotected copy of the vocal")
    return chosen


def zero_of(container: Any) -> float:
    """Second 0 of a file, on the clock of its time stamps; the picture's frames count from the same instant.

    Sound alone starts at 0. With a picture it is the file's own 0, or its earliest stream where that clock is free.
    """
    pictures = _pictures(container)
    if pictures and not set(container.format.name.split(",")) & FREE_CLOCKS:
        return 0.0
    starts = [
        float(s.start_time * s.time_base)
        for s in (*container.streams.audio, *pictures)
        if s.start_time is not None and s.time_base is not None
    ]
    return min(starts, default=0.0)


def mono_blocks(
    container: Any, stream: Any, path: Path, channel: int | None, told: Decoded, on_progress: Progress | None
) -> Iterator[tuple[FloatArray, int]]:
    """(samples float32 (n,), their rate) in order and without holes, the first sample at second 0."""
    zero_s, alone = zero_of(container), not _pictures(container)
    told.promised_s = promised_s(container, stream, path, alone)
    total_s = container.duration / av.time_base if container.duration else 0.0
    at_s = 0.0
    for frame in _frames(container, stream, told):
        rate = frame.sample_rate
        channels = channels_of(frame)
        mono = _mono(channels, frame, channel, path, told)
        told.good += 1
        told.samples += channels.size
        told.clipped += int((np.abs(channels) >= FULL_SCALE).sum())
        time_s = at_s if frame.pts is None else float(frame.pts * frame.time_base) - zero_s
        if alone and told.good > 1 and time_s < min(JOINED_S, at_s - JOINED_S):
            told.joins, zero_s, time_s = told.joins + 1, zero_s + time_s - at_s, at_s
        if told.good == 1:
            told.rate, told.channels, told.start_s = rate, channels.shape[0], max(0.0, time_s)
        if abs(time_s - at_s) > (GAP_S if told.good > 1 else 0.5 / rate):
            mono = _placed(mono, rate, time_s - at_s, max(total_s - at_s, 0.0) + 1.0)
        at_s += mono.size / rate
        yield mono, rate
        if on_progress is not None and total_s > 0.0:
            on_progress(min(1.0, at_s / total_s))


def channels_of(frame: Any) -> FloatArray:
    """The frame's samples float32 (channels, n), -1..1 where the file stores integers; NaN and infinity become 0."""
    raw = frame.to_ndarray()
    count = len(frame.layout.channels)
    if raw.shape[0] != count:
        raw = raw.reshape(-1, count).T
    samples: FloatArray
    kind = raw.dtype.str[1:]
    if kind in _SCALE:
        shift, scale = _SCALE[kind]
        samples = (raw.astype(np.float32) - np.float32(shift)) / np.float32(scale)
        return samples
    with np.errstate(over="ignore", invalid="ignore"):
        samples = np.nan_to_num(raw.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    samples = np.clip(samples, -LOUDEST, LOUDEST)
    return samples


def _frames(container: Any, stream: Any, told: Decoded) -> Iterator[Any]:
    """Decoded frames; a broken packet is skipped, as players do, and counted."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.error.FFmpegError, OSError):
            told.cut_short = True
            return
        try:
            frames = packet.decode()
        except (av.error.FFmpegError, ValueError):
            told.broken += 1
            if told.broken > 50 and told.broken > told.good:
                told.cut_short = True
                return
            continue
        for frame in frames:
            if frame.sample_rate and frame.samples:
                yield frame


def _mono(channels: FloatArray, frame: Any, channel: int | None, path: Path, told: Decoded) -> FloatArray:
    count = channels.shape[0]
    if channel is not None:
        if not 0 <= channel < count:
            raise MediaError(f"{path.name!r} has no channel {channel}; {_choice(count, 'channel')}")
        return channels[channel, :]
    if count == 1:
        return channels[0, :]
    weights = np.array([_MIX.get(c.name, 0.35) for c in frame.layout.channels], np.float32)
    weights /= max(float(weights.sum()), 1e-6)
    mixed = weights @ channels
    if told.energy.size != count:
        told.energy = np.zeros(count)
    told.energy += weights**2 * np.einsum("ij,ij->i", channels, channels, dtype=np.float64)
    told.mix_energy += float(np.dot(mixed, mixed))
    return np.asarray(mixed, np.float32)


def _placed(mono: FloatArray, rate: int, ahead_s: float, room_s: float) -> FloatArray:
    """`mono` moved to its time: zeros before it where the file has a hole, its start cut where it overlaps."""
    if ahead_s < 0.0:
        return mono[min(mono.size, round(-ahead_s * rate)) :]
    if ahead_s > min(LONGEST_GAP_S, max(room_s, GAP_S)):
        return mono  # a time stamp beyond the file's own end is damage, not silence
    return np.concatenate([np.zeros(round(ahead_s * rate), np.float32), mono])


def _pictures(container: Any) -> list[Any]:
    """The video streams but for the cover pictures of songs, which stand beside no clock."""
    cover = int(av.stream.Disposition.attached_pic)
    return [stream for stream in container.streams.video if not int(stream.disposition) & cover]


def _choice(count: int, what: str) -> str:
    """What can be chosen instead."""
    return f"its only {what} is number 0" if count == 1 else f"choose 0 to {count - 1}, {what}s count from 0"


def _plain(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error).rstrip(".")
