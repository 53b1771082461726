"""An interrupted dub goes on where it stopped: the face track and finished stretches wait beside the output."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

import lipwright
from lipwright.arrays import FaceTrack
from lipwright.dubbing.options import Options
from lipwright.errors import OutputError
from lipwright.files import beside, write_beside

SEGMENT = 400  # frames a finished stretch: sixteen seconds at 25 fps are lost at most
SEGMENTED = (".mov", ".mp4", ".mkv")
_ENDS = 1 << 20  # bytes of a clip's beginning and end that tell it from another


class Journal:
    """The hidden folder beside an output in which a dub in progress keeps what is done."""

    def __init__(self, options: Options, clip_path: Path, performance: bytes) -> None:
        output = options.output
        self.folder = output.parent / f".{output.name.replace('%', '_')}.lipwright"
        self._key = _fingerprint(options, clip_path, performance)
        self.resumed = False

    def open(self, restart: bool) -> None:
        """Take up an earlier run of the same job, or begin anew."""
        known = self.folder / "job.json"
        if not restart and known.is_file():
            try:
                self.resumed = json.loads(known.read_text(encoding="utf-8")).get("job") == self._key
            except (ValueError, OSError):
                self.resumed = False
        if self.resumed:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"cannot write beside {str(self.folder)!r} ({error.strerror}); choose another folder"
            ) from error
        write_beside(known, json.dumps({"job": self._key}).encode())

    def track(self) -> FaceTrack | None:
        """The face track of the earlier run."""
        path = self.folder / "track.npz"
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as data:
                arrays = {n: data[n] for n in ("times_s", "present", "landmarks", "scores", "pose", "shots")}
                return FaceTrack(**arrays, width=int(data["width"]), height=int(data["height"]))
        except (ValueError, OSError, KeyError):
            return None  # a damaged file is one that was not kept

    def keep_track(self, track: FaceTrack) -> None:
        """Keep the face track for a later run."""
        names = ("times_s", "present", "landmarks", "scores", "pose", "shots", "width", "height")
        with beside(self.folder / "track.npz") as temporary:
            np.savez(temporary, **{n: getattr(track, n) for n in names})

    def segment(self, number: int, suffix: str) -> Path:
        """Where stretch `number` lies; it is complete when it exists."""
        return self.folder / f"segment_{number:05d}{suffix}"

    def close(self) -> None:
        """The take is done: nothing is left behind."""
        shutil.rmtree(self.folder, ignore_errors=True)


def stretches(count: int) -> list[tuple[int, int]]:
    """[start, stop) of the stretches of an output of `count` frames."""
    return [(start, min(start + SEGMENT, count)) for start in range(0, count, SEGMENT)]


def _fingerprint(options: Options, clip_path: Path, performance: bytes) -> str:
    digest = hashlib.sha256()
    for part in (lipwright.__version__.encode(), options.fingerprint().encode(), performance, *_ends(clip_path)):
        digest.update(part + b"\0")
    for other in (options.vocal, options.own, options.weights, *options.bank_clips):
        for part in _ends(other) if other is not None else ():
            digest.update(part + b"\0")
    return digest.hexdigest()


def _ends(path: Path) -> Iterable[bytes]:
    """What tells one file from another without reading gigabytes: its size, beginning and end."""
    if "%" in path.name or not path.is_file():
        return [str(path).encode()]
    size = path.stat().st_size
    with path.open("rb") as stream:
        first = stream.read(_ENDS)
        stream.seek(max(0, size - _ENDS))
        return [str(size).encode(), first, stream.read(_ENDS)]
