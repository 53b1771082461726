"""Does a sound file hold all that its own header promises, and nothing behind it? What copying and joining leave."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

# Formats whose stated length is written down in the file; of others FFmpeg guesses it from the size.
_STATED = {"mov", "matroska", "flac", "aiff", "au", "asf", "avi", "ape", "wv", "tta", "mp3"}
_MISSING_S, _MISSING_SHARE = 0.3, 0.03  # encoders pad and round by less
_HEAD = 4096
_MPEG_LENGTHS = (b"Xing", b"Info", b"VBRI")  # tags that count the frames of an MP3 or give its length
_PAGE, _LAST_PAGE, _TAIL = b"OggS", 4, 70_000  # an Ogg page has at most 65,307 bytes (RFC 3533)
_UNKNOWN = {0, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1}  # sizes of writers that never came back to fill them in


@dataclass(frozen=True, slots=True)
class _Walk:
    """Chunks with a head of `fields`: where the first is, which `again` only a second file has, and what is to be added
    to a chunk's length for the whole of it; lengths under `least` mean something else."""

    first: int
    head: struct.Struct
    fields: tuple[str, str]
    again: bytes
    beside: int
    least: int


_CAF = _Walk(8, struct.Struct(">4sq"), ("kind", "length"), b"caff", 12, 0)  # Apple, Core Audio Format 1.0
_MP4 = _Walk(0, struct.Struct(">I4s"), ("length", "kind"), b"ftyp", 0, 8)  # ISO/IEC 14496-12
_W64 = bytes.fromhex("726966662e91cf11a5d628db04c10000")


@dataclass(frozen=True, slots=True)
class _Form:
    """A container that is one chunk with its size in its head: `magic`, the size's struct code and place, and what
    must be added to it for the whole (the head itself, where it is not counted)."""

    magic: bytes
    code: str
    at: int
    beside: int


_FORMS = (
    _Form(b"RIFF", "<I", 4, 8),  # WAV, AVI: Multimedia Programming Interface 1.0, 1991
    _Form(b"FORM", ">I", 4, 8),  # AIFF 1.3
    _Form(_W64, "<Q", 16, 0),  # Sony Wave64
)


def promised_s(container: Any, stream: Any, path: Path, alone: bool) -> float:
    """Seconds that the file says its sound lasts, 0 where it does not say. `alone`: there is no picture beside it."""
    formats = set(container.format.name.split(","))
    if not formats & _STATED or ("mp3" in formats and not _counts_frames(path)):
        return 0.0
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / 1e6 if container.duration and alone else 0.0


def missing(promise_s: float, length_s: float) -> bool:
    """Whether clearly less came out of a file than it promised."""
    return promise_s - length_s > max(_MISSING_S, _MISSING_SHARE * promise_s)


def flaws(path: Path) -> tuple[bool, bool]:
    """(the file ends before its last byte should come, another file is joined to its end), read off its own sizes."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(_HEAD)
        if head.startswith(_PAGE):
            return _unclosed(file, size), False
        if head.startswith(b"caff"):
            return _walked(file, size, _CAF)
        if head[4:8] == b"ftyp":
            return _walked(file, size, _MP4)
        for form in _FORMS:
            if head.startswith(form.magic) and len(head) >= form.at + 8:
                (stated,) = struct.unpack_from(form.code, head, form.at)
                end = size if stated in _UNKNOWN else stated + form.beside + stated % 2
                return _ended(file, end, size, form.magic)
    return False, False


def _ended(file: IO[bytes], end: int, size: int, magic: bytes) -> tuple[bool, bool]:
    """A pad byte that was left out is no loss; what follows counts where it begins as the file itself does."""
    file.seek(max(0, end - 1))
    return end > size + 1, magic in file.read(len(magic) + 2)


def _walked(file: IO[bytes], size: int, walk: _Walk) -> tuple[bool, bool]:
    """The same of a file of chunks one after the other: `again` stands where a second file begins."""
    at = walk.first
    while at + walk.head.size <= size:
        file.seek(at)
        fields = dict(zip(walk.fields, walk.head.unpack(file.read(walk.head.size)), strict=True))
        if at and fields["kind"] == walk.again:
            return False, True
        length = int(fields["length"])
        if length < walk.least:  # until the end of the file, or more than 4 GB
            return False, False
        at += length + walk.beside
    return at > size, False


def _unclosed(file: IO[bytes], size: int) -> bool:
    """Whether the last Ogg page is torn, or does not say that it is the last."""
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    at = tail.rfind(_PAGE)
    if at < 0 or at + 27 > len(tail):
        return True
    count = tail[at + 26]
    table = tail[at + 27 : at + 27 + count]
    torn = len(table) < count or at + 27 + count + sum(table) > len(tail)
    return torn or not tail[at + 5] & _LAST_PAGE


def _counts_frames(path: Path) -> bool:
    """Whether an MP3's first frame states its length; the ID3 tag before it may hold pictures of any size."""
    with path.open("rb") as file:
        head = file.read(10)
        tag = 0
        if head.startswith(b"ID3") and len(head) == 10:
            tag = 10 + sum((byte & 127) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        file.seek(tag)
        start = file.read(_HEAD)
    return any(mark in start for mark in _MPEG_LENGTHS)
