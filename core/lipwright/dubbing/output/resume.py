"""An interrupted dub goes on where it stopped: the face track and finished stretches wait beside the output."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import lipwright
from lipwright.arrays import FaceTrack, read_arrays
from lipwright.dubbing.options import Options
from lipwright.errors import OptionError, OutputError
from lipwright.files import beside, same_file, write_beside
from lipwright.mouths.footage.bank_files import bank_file
from lipwright.user_folder import OWNER_FOLDER

SEGMENT = 400  # frames of 1080p in a stretch: sixteen seconds of it are lost at most, and fewer frames of larger ones
LEAST_SEGMENT = 48  # each stretch begins with a key frame, and reading it may begin before it
_HD = 1920 * 1080
_ENDS = 1 << 20  # bytes of a clip's beginning and end that tell it from another
_STRETCH = re.compile(r"frames_(\d+)_(\d+)(\.\w+)?")


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Output frames [start, stop), finished: a film, or a folder of pictures."""

    start: int
    stop: int
    path: Path


class Journal:
    """The hidden folder beside an output in which a dub in progress keeps what is done."""

    def __init__(self, options: Options, clip_path: Path, performance: bytes) -> None:
        output = options.output
        self._output = output
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
            self._sweep()
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        try:
            self.folder.mkdir(mode=OWNER_FOLDER, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"cannot write into {str(self.folder.parent)!r} ({error.strerror}); make that folder or choose another"
            ) from error
        write_beside(known, json.dumps({"job": self._key}).encode())

    def _sweep(self) -> None:
        """Throw away what a run that was killed had half made."""
        for path in self.folder.glob(".*"):
            _remove(path)

    def track(self) -> FaceTrack | None:
        """The face track of the earlier run."""
        path = self.folder / "track.npz"
        if not path.is_file():
            return None
        try:
            data = read_arrays(path)
            arrays = {n: data[n] for n in FaceTrack.array_names()}
            return FaceTrack(**arrays, width=int(data["width"]), height=int(data["height"]))
        except (ValueError, TypeError, OSError, KeyError):
            return None  # a damaged file is one that was not kept

    def keep_track(self, track: FaceTrack) -> None:
        """Keep the face track for a later run."""
        with beside(self.folder / "track.npz", called=self._output) as temporary:
            np.savez(temporary, **{n: getattr(track, n) for n in (*FaceTrack.array_names(), "width", "height")})

    def working(self, suffix: str) -> Path:
        """Where a stretch or the whole is made; swept away if the run dies."""
        path = self.folder / f".working{suffix}"
        _remove(path)
        return path

    def keep(self, working: Path, start: int, stop: int) -> None:
        """Output frames [start, stop) are finished and lie at `working`."""
        working.replace(self.folder / f"frames_{start:08d}_{stop:08d}{working.suffix}")

    def finished(self) -> list[Stretch]:
        """What is finished, in order."""
        found = [(path, _STRETCH.fullmatch(path.name)) for path in self.folder.glob("frames_*")]
        return sorted(Stretch(int(m[1]), int(m[2]), path) for path, m in found if m is not None)

    def forget(self, stretch: Stretch) -> None:
        """A stretch that cannot be read again is made again."""
        _remove(stretch.path)

    def close(self) -> None:
        """The take is done, or nothing of it is worth keeping: no trace is left."""
        shutil.rmtree(self.folder, ignore_errors=True)


def missing(finished: Iterable[Stretch], count: int, size: int) -> list[tuple[int, int]]:
    """[start, stop) of what is still to be made of `count` frames, at most `size` at once."""
    gaps, position = [], 0
    for stretch in [*finished, Stretch(count, count, Path())]:
        gaps += [(a, min(a + size, stretch.start)) for a in range(position, stretch.start, size)]
        position = max(position, stretch.stop)
    return gaps


def stretch_frames(width: int, height: int) -> int:
    """How many frames of that size go into one stretch: about as much work whatever the size."""
    return max(min(SEGMENT, LEAST_SEGMENT), round(SEGMENT * min(1.0, _HD / max(1, width * height))))


def refuse_inputs(options: Options, clip_path: Path, *others: Path | None) -> None:
    """Raises OptionError where the output would take the place of something that is read."""
    read = (clip_path, options.vocal, options.own, options.weights, *options.bank_clips, *others)
    for path in read:
        if path is not None and same_file(options.output, path):
            raise OptionError(
                f"{str(options.output)!r} is read for this dub and would be replaced; give the take another name"
            )


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _fingerprint(options: Options, clip_path: Path, performance: bytes) -> str:
    digest = hashlib.sha256()
    for part in (lipwright.__version__.encode(), options.fingerprint().encode(), performance, *_ends(clip_path)):
        digest.update(part + b"\0")
    banks = (bank_file(name) for name in options.bank)
    for other in (options.vocal, options.own, options.weights, *options.bank_clips, *banks):
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
