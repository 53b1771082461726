"""What a clip points at: which reference is the original, where its file lies, and whether we may open it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import unquote, urlsplit

import opentimelineio as otio

from lipwright.errors import MediaError
from otio_lipwright.edit.clock import exact_rate, seconds

ORIGINAL = "DEFAULT_MEDIA"
TAKE = "LIPWRIGHT"
STILLS = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr", ".dpx", ".bmp", ".webp", ".tga", ".psd"}
_DRIVE = re.compile(r"^/?[A-Za-z]:[\\/]")


@dataclass(frozen=True, slots=True)
class Media:
    """A clip's original media as the timeline describes them; nothing is opened.

    `kind`: file, sequence, missing, generator or unknown. `start_s` is the start timecode in seconds, `length_s` None
    where the timeline does not say; `rate` is the host's float rate of the media.
    """

    kind: str
    url: str
    start_s: Fraction
    length_s: Fraction | None
    rate: float
    reference: Any = field(default=None, compare=False, repr=False)

    @property
    def still(self) -> bool:
        """One picture, shown for as long as the edit likes."""
        return self.kind == "file" and "." + self.url.rpartition(".")[2].lower() in STILLS

    @property
    def name(self) -> str:
        """The file's name without its folders, whatever system wrote them."""
        return unquote(self.url.replace("\\", "/").rsplit("/", 1)[-1])

    @property
    def fps(self) -> Fraction:
        """The exact rate of the media."""
        return exact_rate(self.rate)


def original_of(clip: Any) -> Any:
    """The clip's original media reference: the active one, unless that is our take."""
    if clip.active_media_reference_key != TAKE:
        return clip.media_reference
    references = clip.media_references()
    rest = [key for key in references if key != TAKE]
    return references[ORIGINAL if ORIGINAL in rest else rest[0]] if rest else clip.media_reference


def media_of(clip: Any) -> Media:
    """The clip's original media. Raises OptionError for ranges that mean nothing."""
    reference = original_of(clip)
    available = getattr(reference, "available_range", None)
    rate, start, length = _clip_rate(clip), Fraction(0), None
    if available is not None:
        start, length = seconds(available.start_time), seconds(available.duration)
        rate = float(available.duration.rate or rate)
        if length < 0:
            raise MediaError(f"media of {clip.name!r} has a negative length; relink it in the editor")
        length = length or None
    return Media(_kind(reference), _url(reference), start, length, rate, reference)


def _clip_rate(clip: Any) -> float:
    return float(clip.source_range.duration.rate) if clip.source_range is not None else 24.0


def _kind(reference: Any) -> str:
    for kind, schema in (
        ("file", otio.schema.ExternalReference),
        ("sequence", otio.schema.ImageSequenceReference),
        ("generator", otio.schema.GeneratorReference),
        ("missing", otio.schema.MissingReference),
    ):
        if isinstance(reference, schema):
            return kind
    return "missing" if reference is None else "unknown"


def _url(reference: Any) -> str:
    if isinstance(reference, otio.schema.ImageSequenceReference):
        return f"{reference.target_url_base}{reference.name_prefix}#{reference.name_suffix}"
    return str(getattr(reference, "target_url", "") or "")


@dataclass(frozen=True, slots=True)
class Access:
    """Which files a timeline may make us open: those under `roots`, and anything where `anywhere` is set.

    A timeline is somebody else's file. Without leave it reaches only its own folder and what lies below.
    """

    base: Path
    roots: tuple[Path, ...] = ()
    anywhere: bool = False

    @classmethod
    def beside(cls, timeline: Path, roots: Sequence[str | Path] = (), *, anywhere: bool = False) -> Access:
        """The usual leave: the timeline's own folder, the roots given, those in LIPWRIGHT_MEDIA_ROOTS."""
        timeline = timeline.resolve()
        base = timeline if timeline.is_dir() else timeline.parent
        named = [*roots, *(r for r in os.environ.get("LIPWRIGHT_MEDIA_ROOTS", "").split(os.pathsep) if r)]
        return cls(base, tuple(dict.fromkeys([base, *(Path(root).resolve() for root in named)])), anywhere)

    def open(self, url: str) -> Path:
        """The existing file that `url` means. Raises MediaError, saying why, when it is absent or out of bounds."""
        path = self.locate(url)
        if not path.is_file():
            raise MediaError(f"{_short(url)} is missing; relink it, or name its folder with --root")
        return path

    def locate(self, url: str) -> Path:
        """Where `url` points, checked against the roots but not for existence; files that moved are looked up by
        name under the roots."""
        raw = local_path(url)
        written = PureWindowsPath(raw) if _DRIVE.match(raw) else PurePosixPath(raw)
        if not self.anywhere and ".." in written.parts:
            raise MediaError(f"{_short(url)} climbs out of its folder with '..'; allow it with --any-path")
        path = Path(raw)
        if not path.is_absolute() and "%" in raw and not (self.base / path).exists():
            path = Path(unquote(raw))  # bundles write relative addresses as URLs
            if ".." in path.parts and not self.anywhere:
                raise MediaError(f"{_short(url)} climbs out of its folder with '..'; allow it with --any-path")
        resolved = (path if path.is_absolute() else self.base / path).resolve()
        if self.anywhere or any(resolved.is_relative_to(root) for root in self.roots):
            if resolved.exists():
                return resolved
            return self._elsewhere(written.name) or resolved
        found = self._elsewhere(written.name)
        if found is not None:
            return found
        raise MediaError(
            f"{_short(url)} lies outside the folders that this timeline may use; allow its folder with --root, or"
            " all with --any-path"
        )

    def _elsewhere(self, name: str) -> Path | None:
        """A file of that name directly in a root, or in its media or takes folder: how a moved project is found."""
        if not name or name in (".", ".."):
            return None
        for root in self.roots:
            for folder in (root, root / "media", root / "takes"):
                candidate = (folder / name).resolve()
                if candidate.is_file() and candidate.is_relative_to(root):
                    return candidate
        return None


def local_path(url: str) -> str:
    """The path in a target_url: bare, `file:///...` or `file://localhost/...`. Raises MediaError for all others."""
    if not url.strip():
        raise MediaError("the clip names no media file; relink it in the editor")
    if "\0" in url:
        raise MediaError(f"{_short(url)} holds a zero byte; relink it in the editor")
    if _DRIVE.match(url):
        return url.lstrip("/") if os.name == "nt" else url
    parts = urlsplit(url) if re.match(r"^[A-Za-z][A-Za-z0-9+.-]*:", url) else None
    if parts is None:
        if url.startswith(("//", "\\\\")):
            raise MediaError(f"{_short(url)} is on another computer; copy it here and relink it")
        return url
    if parts.scheme.lower() != "file":
        raise MediaError(f"{_short(url)} is a network address, which is never opened; copy the file here and relink it")
    if parts.netloc.lower() not in ("", "localhost"):
        raise MediaError(f"{_short(url)} is on another computer ({parts.netloc}); copy it here and relink it")
    path = unquote(parts.path) or unquote(parts.netloc)
    if "\0" in path or path.startswith("//"):
        raise MediaError(f"{_short(url)} is no local file; copy it here and relink it")
    return path.lstrip("/") if os.name == "nt" and _DRIVE.match(path) else path


def url_like(path: Path, example: str, base: Path | None = None) -> str:
    """`path` written as `example` is: a file:// URL, a bare native path, or one relative to `base`."""
    if example.lower().startswith("file:"):
        return path.resolve().as_uri()
    relative = bool(example) and not Path(example).is_absolute() and not _DRIVE.match(example)
    if relative and base is not None and path.resolve().is_relative_to(base.resolve()):
        return path.resolve().relative_to(base.resolve()).as_posix()
    return str(path.resolve())


def _short(url: str) -> str:
    return repr(url if len(url) <= 90 else url[:40] + "…" + url[-45:])
