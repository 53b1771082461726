"""What was found in a clip, kept so that the same clip is looked through once. Plain arrays, never pickles."""

from __future__ import annotations

import contextlib
import hashlib
import io
from pathlib import Path

import numpy as np

from lipwright import models
from lipwright.arrays import FaceTrack
from lipwright.files import write_beside
from lipwright.user_folder import OWNER_FILE, private_folder, user_folder

VERSION = 3  # counts up whenever tracking gives other numbers
BLOCK = 1 << 20
BLOCKS = 16
MOST_BYTES = 2 << 30  # all kept results together; the oldest go first


def folder() -> Path:
    """Where results are kept: below the user's folder."""
    return user_folder() / "faces"


def key_of(path: Path) -> str:
    """Hexadecimal: of the clip's size, sixteen blocks of its content, the models and this code's version.

    A clip of hundreds of gigabytes is not read to its end for this; an edit that changes none of the sampled megabytes
    and keeps the size to the byte would be missed, but every encoder's output differs all over.
    """
    digest = hashlib.sha256(f"{VERSION} {models.models()['face_mesh'].sha256}".encode())
    for part in _parts(path):
        size = part.stat().st_size
        digest.update(str(size).encode())
        with part.open("rb") as stream:
            for start in range(0, size, max(BLOCK, size // BLOCKS)):
                stream.seek(start)
                digest.update(stream.read(BLOCK))
    return digest.hexdigest()[:40]


def _parts(path: Path) -> list[Path]:
    """The file, or the pictures of a numbered sequence."""
    if path.is_file():
        return [path]
    stem, _, rest = path.name.partition("%")
    return sorted(path.parent.glob(f"{stem}*{Path(rest).suffix}"))


def load(path: Path) -> tuple[FaceTrack, ...] | None:
    """What was kept for this clip, or None; a damaged file counts as none."""
    with contextlib.suppress(OSError, ValueError, KeyError, EOFError):
        with np.load(folder() / f"{key_of(path)}.npz", allow_pickle=False) as kept:
            width, height, count = (int(v) for v in kept["size"])
            rows = [{name: kept[f"{name}{i}"] for name in FaceTrack.array_names()} for i in range(count)]
        return tuple(FaceTrack(width=width, height=height, **row) for row in rows)
    return None


def save(path: Path, tracks: tuple[FaceTrack, ...], width: int, height: int) -> None:
    """Keep the tracks; a full or read-only disk only means that the clip is looked through again."""
    arrays = {f"{name}{i}": getattr(track, name) for i, track in enumerate(tracks) for name in FaceTrack.array_names()}
    stream = io.BytesIO()
    np.savez(stream, size=np.array([width, height, len(tracks)]), **arrays)
    with contextlib.suppress(OSError):
        private_folder(folder())
        write_beside(folder() / f"{key_of(path)}.npz", stream.getvalue(), mode=OWNER_FILE)
        _prune()


def _prune() -> None:
    kept = sorted(folder().glob("*.npz"), key=lambda p: p.stat().st_mtime)
    total = sum(p.stat().st_size for p in kept)
    while kept and total > MOST_BYTES:
        oldest = kept.pop(0)
        total -= oldest.stat().st_size
        oldest.unlink(missing_ok=True)
