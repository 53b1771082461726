"""Bundles (.otioz, .otiod) that hold both references of every clip; OTIO's own writer takes the active one only.

The layout is OTIO's: content.otio, version.txt, media/. Only files that the timeline may use are taken in, so a
bundle never carries away what a stranger's timeline points at.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import opentimelineio as otio

from lipwright.errors import LipwrightError, OutputError
from lipwright.files import beside
from otio_lipwright.edit.media import Access
from otio_lipwright.edit.references import put
from otio_lipwright.edit.tree import all_clips

VERSION = "1.0.0"


def write_bundle(timeline: Any, path: Path, access: Access) -> tuple[str, ...]:
    """Write a bundle; sentences about the references that could not be taken in (they keep their address)."""
    packed = copy.deepcopy(timeline)
    files: dict[Path, str] = {}
    left: list[str] = []
    for clip in all_clips(packed):
        references = clip.media_references()
        for reference in references.values():
            said = _pack(reference, access, files)
            if said and said not in left:
                left.append(said)
        put(clip, references, clip.active_media_reference_key)
    text = otio.adapters.write_to_string(packed, "otio_json")
    (_write_zip if path.suffix.lower() == ".otioz" else _write_folder)(path, text, files)
    return tuple(left)


def _pack(reference: Any, access: Access, files: dict[Path, str]) -> str:
    if not isinstance(reference, otio.schema.ExternalReference):
        if isinstance(reference, otio.schema.ImageSequenceReference):
            return "image sequences are not taken into the bundle; they keep their address"
        return ""
    try:
        path = access.open(reference.target_url)
    except LipwrightError as error:
        return f"not in the bundle: {error}"
    if path not in files:
        files[path] = _free_name(path.name, set(files.values()))
    reference.target_url = f"media/{quote(files[path])}"
    return ""


def _free_name(name: str, taken: set[str]) -> str:
    """`name`, or with a number where another file has it: names in a bundle differ on every system."""
    lower, stem, suffix = {used.casefold() for used in taken}, Path(name).stem, Path(name).suffix
    tries = (name if number == 1 else f"{stem}_{number}{suffix}" for number in range(1, len(taken) + 2))
    return next(candidate for candidate in tries if candidate.casefold() not in lower)


def _write_zip(path: Path, text: str, files: dict[Path, str]) -> None:
    with beside(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr("content.otio", text, zipfile.ZIP_DEFLATED)
        archive.writestr("version.txt", VERSION, zipfile.ZIP_DEFLATED)
        for file, name in files.items():
            archive.write(file, f"media/{name}", zipfile.ZIP_STORED)  # footage does not get smaller


def _write_folder(path: Path, text: str, files: dict[Path, str]) -> None:
    """The folder is made beside its place and put there whole; an older one goes when the new one is in."""
    old = None
    try:
        fresh = Path(tempfile.mkdtemp(prefix=f".{path.stem}.", dir=path.parent))
        try:
            (fresh / "media").mkdir()
            (fresh / "content.otio").write_text(text, encoding="utf-8")
            (fresh / "version.txt").write_text(VERSION, encoding="utf-8")
            for file, name in files.items():
                shutil.copy2(file, fresh / "media" / name)
            if path.exists():
                old = path.with_name(f".{path.name}.old")
                path.rename(old)
            fresh.chmod(0o755)
            fresh.rename(path)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        if old is not None and not path.exists():
            old.rename(path)
        raise OutputError(f"cannot write {str(path)!r} ({error.strerror or error}); choose another place") from error
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
