"""Bytes of a lyric file to text: which encoding, and what is no text at all."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from lipwright.errors import LyricsError

# 100,000 words are about 600 kB; far above that the file is not lyrics.
MAX_BYTES = 8 * 1024 * 1024

_AS_TEXT = "save its words as plain text (.txt)"
# First bytes of files that are not text, what they are, and what to do.
_MAGIC = (
    (b"%PDF", "a PDF", "copy its words into a plain text file (.txt)"),
    (b"{\\rtf", "a rich-text document (RTF)", _AS_TEXT),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel document", _AS_TEXT),
    (b"MThd", "a MIDI or karaoke (.kar) file", "export its lyrics as LRC or UltraStar"),
    (b"ID3", "a sound file (MP3)", "give its lyrics; the sound is the vocal"),
    (b"RIFF", "a sound or film file (WAV, AVI)", "give its lyrics; the sound is the vocal"),
    (b"OggS", "a sound file (Ogg)", "give its lyrics; the sound is the vocal"),
    (b"fLaC", "a sound file (FLAC)", "give its lyrics; the sound is the vocal"),
    (b"\x89PNG", "a picture (PNG)", "type its words into a text file"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "type its words into a text file"),
    (b"GIF8", "a picture (GIF)", "type its words into a text file"),
    (b"\x1f\x8b", "a compressed file (gzip)", "unpack it first"),
    (b"7z\xbc\xaf", "a compressed file (7z)", "unpack it first"),
    (b"Rar!", "a compressed file (RAR)", "unpack it first"),
    (b"SQLite format 3", "a database (SQLite)", "export its lyrics as LRC or text"),
    (b"\x1aE\xdf\xa3", "a film file (Matroska)", "extract its subtitles as SRT"),
    (b"krc1", "an encrypted KuGou lyric file (KRC)", "export it as LRC"),
    (b"bplist", "an Apple property list", "export the lyrics as text"),
)
# What is inside a zip says which document it is.
_ZIPPED = (
    (b"word/", "a Word document (.docx)"),
    (b"opendocument.text", "an OpenDocument text (.odt)"),
    (b"xl/", "an Excel table (.xlsx)"),
    (b"Index/Document.iwa", "an Apple Pages document"),
    (b"epub", "an e-book (.epub)"),
    (b"META-INF/container.xml", "a compressed MusicXML (.mxl)"),
)
# Encodings of lyrics of the web before UTF-8, and the letters that tell them.
_OLDER = (
    ("shift_jis", "Shift-JIS", r"[\u3040-\u30ff]", 0.15),
    ("cp949", "EUC-KR", r"[\uac00-\ud7af]", 0.5),
    ("cp1251", "Windows-1251", r"[\u0430-\u044f\u0451\u0456\u0457]", 0.5),
    ("gb18030", "GB18030", r"[\u4e00-\u9fff]", 0.5),
    ("big5", "Big5", r"[\u4e00-\u9fff]", 0.5),
)
# Of the letters; above it a text in Windows-1252 is another encoding seen through the wrong glasses.
_MOST_ACCENTS = 0.25


def text_of(path: Path) -> tuple[str, tuple[str, ...]]:
    """(the file's text, notes); LyricsError, by name, for what is no text."""
    name = repr(path.name)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise LyricsError(f"cannot read {name} ({error.strerror}); check the path") from error
    _refuse_binary(data, name)
    if len(data) > MAX_BYTES:
        raise LyricsError(f"{name} is over {MAX_BYTES // 2**20} MiB, too large for lyrics; choose the right file")
    for mark, encoding in ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _checked(data.decode(encoding, "replace"), name), ()
    if b"\0" in data[:4000] and (wide := _unmarked_utf16(data)):
        return _checked(wide, name), ()
    try:
        return _checked(data.decode("utf-8-sig"), name), ()
    except UnicodeDecodeError:
        pass
    if b"\0" in data:
        raise LyricsError(f"{name} is not text (it holds zero bytes); choose a text file")
    return _older(data, name)


def _refuse_binary(data: bytes, name: str) -> None:
    if data[4:8] == b"ftyp":
        raise LyricsError(f"{name} looks like a film or sound file (MP4); give its lyrics as text")
    if data.startswith(b"PK\x03\x04"):
        what = next((said for mark, said in _ZIPPED if mark in data), "a zip archive")
        raise LyricsError(f"{name} looks like {what}, not text; {_AS_TEXT}")
    for magic, what, cure in _MAGIC:
        if data.startswith(magic):
            raise LyricsError(f"{name} looks like {what}, not lyrics; {cure}")


def _unmarked_utf16(data: bytes) -> str:
    """UTF-16 without its mark: every other byte of Latin text is zero; "" where it is not."""
    even, odd = data[0:4000:2].count(0), data[1:4000:2].count(0)
    if max(even, odd) < 0.6 * len(data[1:4000:2]) or min(even, odd) > 2:
        return ""
    return data.decode("utf-16-le" if odd > even else "utf-16-be", "replace")


def _older(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """Text that is not UTF-8: Windows-1252 where it looks like it, else an older encoding of another script."""
    text = data.decode("cp1252", "replace")
    letters = [c for c in text if c.isalpha() or c == "\ufffd" or ord(c) > 0x7F]
    if sum(ord(c) > 0x7F for c in letters) <= _MOST_ACCENTS * max(1, len(letters)):
        return _checked(text, name), (f"{name} is not UTF-8; it was read as Windows-1252, check its accents",)
    for encoding, shown, letter, share in _OLDER:
        try:
            other = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        wide = [c for c in other if ord(c) > 0x7F]
        if wide and len(re.findall(letter, other)) >= share * len(wide):
            return _checked(other, name), (f"{name} is not UTF-8; it was read as {shown}, check its letters",)
    raise LyricsError(f"{name} is text in an encoding that cannot be told; save it as UTF-8")


def _checked(text: str, name: str) -> str:
    strange = sum(1 for c in text if unicodedata.category(c) in ("Cc", "Cn", "Co") and c not in "\n\r\t\f\v\x1c\x85")
    if "\0" in text or strange > 0.02 * len(text) or text.count("\ufffd") > 0.02 * len(text):
        raise LyricsError(f"{name} is not text (it holds binary data); choose a text file")
    return text
