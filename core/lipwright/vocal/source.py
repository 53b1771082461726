"""Opening a vocal: decoded once to 16 kHz mono in a temporary file, then read a window at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import soxr

from lipwright.arrays import RATE, FloatArray, Progress
from lipwright.arrays.spooled import SpooledVocal
from lipwright.errors import MediaError, OutputError
from lipwright.files import sha256_of
from lipwright.types import VocalInfo
from lipwright.vocal.decode import Decoded, mono_blocks, opened, sound_stream
from lipwright.vocal.sides import apart, sounds_like_voice
from lipwright.vocal.wholeness import flaws, missing

# Up to four minutes stay in memory; anything longer goes to disk, so that an hour costs no more.
SPOOL_BYTES = 4 * 60 * RATE * 4
SHORTEST_S = 0.02  # less than one frame of any model
# Left and right cancel when their sum keeps less than this share of their energy: then the louder one is taken.
CANCELLED_SHARE = 0.01


class FileVocal(SpooledVocal):
    """The vocal of a file.

    `notes` are sentences for the user; `clipped` is the share of the file's samples at full scale; `channel` is the one
    that is heard, None for a mix of all.
    """

    def __init__(
        self,
        spool: IO[bytes],
        length: int,
        gain: float,
        info: VocalInfo,
        notes: tuple[str, ...],
        clipped: float,
        channel: int | None = None,
    ) -> None:
        """Take over an open spool of float32 samples; `gain` brings its peak to at most 1."""
        super().__init__(spool, length, gain, info)
        self.notes = notes
        self.clipped = clipped
        self.channel = channel


@contextmanager
def open_vocal(
    path: Path | str,
    *,
    stream: int | None = None,
    channel: int | None = None,
    on_progress: Progress | None = None,
) -> Iterator[FileVocal]:
    """Any sound or video file as 16 kHz mono; second 0 is the file's own start, for its picture too.

    `stream` and `channel` count from 0; None takes the main stream and a mix of its channels. Raises MediaError.
    """
    path = Path(path)
    with _spool() as spool:
        told, length, peak = _decode(path, stream, channel, spool, on_progress)
        notes = []
        if channel is None and _cancels(told):
            channel = int(told.energy.argmax())
            notes.append(f"the channels of {path.name!r} cancel each other; channel {channel} alone is used")
            told, length, peak = _decode(path, stream, channel, spool, on_progress)
        elif channel is None and apart(told.energy, told.mix_energy):
            channel, note = _side(path, stream)
            notes.append(note)
            if channel is not None:
                told, length, peak = _decode(path, stream, channel, spool, on_progress)
        _check(path, told, length)
        notes += _whole(path, told, length / RATE)
        info = VocalInfo(path.name, sha256_of(path), length / RATE, told.rate, told.channels, told.start_s)
        yield FileVocal(spool, length, 1.0 / max(1.0, peak), info, tuple(notes), told.clipped / told.samples, channel)


@contextmanager
def _spool() -> Iterator[IO[bytes]]:
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        yield spool


def _decode(
    path: Path, stream: int | None, channel: int | None, spool: IO[bytes], on_progress: Progress | None
) -> tuple[Decoded, int, float]:
    """Fill `spool` with float32 samples at 16 kHz; (what was learnt, how many, the largest magnitude)."""
    told = Decoded()
    length, peak = 0, 0.0
    spool.seek(0)
    spool.truncate()
    with opened(path) as container:
        chosen = sound_stream(container, path, stream)
        blocks = mono_blocks(container, chosen, path, channel, told, on_progress)
        try:
            for samples in _resampled(blocks):
                spool.write(samples.tobytes())
                length += samples.size
                peak = max(peak, float(np.abs(samples).max(initial=0.0)))
        except OSError as error:
            if isinstance(error, MediaError):
                raise
            raise OutputError(
                f"no room for the temporary sound of {path.name!r} ({error.strerror});"
                f" free space in {tempfile.gettempdir()!r}"
            ) from error
    return told, length, peak


def _resampled(blocks: Iterator[tuple[FloatArray, int]]) -> Iterator[FloatArray]:
    """The blocks at 16 kHz; the rate may change inside a file."""
    resampler, last = None, 0
    for samples, rate in _gathered(blocks):
        if rate != last:
            if resampler is not None:
                yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)
            resampler = None if rate == RATE else soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")
            last = rate
        yield samples if resampler is None else resampler.resample_chunk(samples)
    if resampler is not None:
        yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)


def _gathered(blocks: Iterator[tuple[FloatArray, int]]) -> Iterator[tuple[FloatArray, int]]:
    """Blocks of about half a second: codecs give 20 ms at a time, which makes every later call dear."""
    held: list[FloatArray] = []
    size, held_rate = 0, 0
    for samples, rate in blocks:
        if held and (rate != held_rate or size >= rate // 2):
            yield np.concatenate(held), held_rate
            held, size = [], 0
        held.append(samples)
        size += samples.size
        held_rate = rate
    if held:
        yield np.concatenate(held), held_rate


def _whole(path: Path, told: Decoded, length_s: float) -> list[str]:
    """What is said of a file that does not hold what it promises, or more than that."""
    out = []
    torn, joined = flaws(path)
    if told.broken or told.cut_short:
        out.append(f"{path.name!r} is damaged: {told.broken} packets could not be read, {length_s:.2f} s remain")
    elif missing(told.promised_s, length_s):
        out.append(
            f"{path.name!r} was cut short: it promises {told.promised_s:.2f} s and holds {length_s:.2f} s;"
            " copy or export it again"
        )
    elif torn:
        out.append(f"{path.name!r} was cut short: it breaks off after {length_s:.2f} s; copy or export it again")
    if joined:
        out.append(
            f"{path.name!r} is several files joined end to end, of which only the first, {length_s:.2f} s, can be read;"
            " join them in an audio editor instead"
        )
    elif told.joins:
        out.append(
            f"{path.name!r} is {told.joins + 1} recordings joined end to end; they are heard one after the other"
        )
    return out


def _side(path: Path, stream: int | None) -> tuple[int | None, str]:
    """Of two channels with nothing in common: the one that alone holds a voice, None where that is not plain."""
    voices = []
    for channel in (0, 1):
        with _spool() as spool:
            told, length, peak = _decode(path, stream, channel, spool, None)
            info = VocalInfo(path.name, "", length / RATE, told.rate, told.channels)
            if sounds_like_voice(SpooledVocal(spool, length, 1.0 / max(1.0, peak), info)):
                voices.append(channel)
    if len(voices) == 1:
        return voices[0], (
            f"the voice is on channel {voices[0]} of {path.name!r} alone and the other one holds something else, so"
            f" only that one is heard; --channel {1 - voices[0]} takes the other"
        )
    return None, (
        f"the two channels of {path.name!r} have nothing in common and are heard mixed;"
        " if the voice is on one of them alone, choose it with --channel 0 or --channel 1"
    )


def _cancels(told: Decoded) -> bool:
    return told.energy.size > 1 and told.mix_energy < CANCELLED_SHARE * float(told.energy.sum())


def _check(path: Path, told: Decoded, length: int) -> None:
    if told.good == 0:
        why = f"none of its {told.broken} packets can be decoded" if told.broken else "it has no samples"
        raise MediaError(
            f"{path.name!r} holds no sound that can be played ({why}); it may be protected or damaged, export it again"
        )
    if length < SHORTEST_S * RATE:
        raise MediaError(f"{path.name!r} lasts {length / RATE:.4f} s, too short to hold a voice; choose a longer vocal")
