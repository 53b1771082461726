"""Lower faces kept on disk while a clip is followed, so that it need not be decoded again to look at them."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lipwright.mouths.face.warp import Box
from lipwright.mouths.footage.bank import cut_box
from lipwright.video import Clip, Frame, region_rgb

MOST_BYTES = 1 << 30  # a minute of 1080p close-ups; what comes after it is decoded again
_GROWN = 0.04  # of its size on each side: points are steadied later, and the region must still hold what they need


@dataclass(frozen=True, slots=True)
class _Kept:
    box: Box
    at: int


class Spool:
    """Regions of frames by number, in a file that vanishes with it; use it in a `with`.

    Without a `folder` nothing is kept, and everything decoded again.
    """

    def __init__(self, clip: Clip, folder: Path | None, most_bytes: int = MOST_BYTES) -> None:
        self._clip, self._folder, self._most = clip, folder, most_bytes
        self._dtype = np.dtype(np.uint16 if clip.info.bits > 8 else np.uint8)
        self._file: IO[bytes] | None = None
        self._kept: dict[int, list[_Kept]] = {}
        self._end = 0

    def __enter__(self) -> Spool:
        if self._folder is None:
            return self
        with contextlib.suppress(OSError):  # without a file nothing is kept, and the clip is decoded twice
            self._file = tempfile.TemporaryFile(prefix=".faces.", dir=self._folder)
        return self

    def __exit__(self, *error: object) -> None:
        self._kept.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def keep(self, frame: Frame, faces: Sequence[NDArray[np.float32]]) -> None:
        """Keep the lower part of each face, of points float32 (478, 3) in the upright picture's pixels."""
        for points in faces:
            box = cut_box(points.astype(np.float64), self._clip.width, self._clip.height)
            if self._file is None or box is None:
                continue
            box = self._grown(box)
            if self._end + box.width * box.height * 3 * self._dtype.itemsize > self._most:
                continue
            try:
                self._file.write(np.ascontiguousarray(region_rgb(frame, box.corners, self._dtype)).data)
            except OSError:  # a full disk: what is kept so far is of use, the rest is decoded again
                self._most = 0
                self._file.seek(self._end)
                continue
            self._kept.setdefault(frame.index, []).append(_Kept(box, self._end))
            self._end += box.width * box.height * 3 * self._dtype.itemsize

    def _grown(self, box: Box) -> Box:
        x, y = 4 + int(_GROWN * box.width), 4 + int(_GROWN * box.height)
        return Box(
            max(0, box.left - x), max(0, box.top - y),
            min(self._clip.width, box.right + x), min(self._clip.height, box.bottom + y),
        )  # fmt: skip

    def regions(self, boxes: dict[int, Box]) -> Iterator[tuple[int, NDArray[Any]]]:
        """(number, RGB uint8 or uint16 (h, w, 3)) of the box of each frame: first those kept, then those decoded."""
        missing = []
        for number, box in sorted(boxes.items()):
            kept = next((k for k in self._kept.get(number, ()) if _holds(k.box, box)), None)
            if kept is None:
                missing.append(number)
            else:
                yield number, self._read(kept)[box.within(kept.box)]
        for frame in self._clip.pick(missing):
            yield frame.index, region_rgb(frame, boxes[frame.index].corners, self._dtype)

    def _read(self, kept: _Kept) -> NDArray[Any]:
        assert self._file is not None, "kept regions are read inside the with"
        shape = (kept.box.height, kept.box.width, 3)
        self._file.seek(kept.at)
        data = self._file.read(int(np.prod(shape)) * self._dtype.itemsize)
        return np.frombuffer(data, self._dtype).reshape(shape)


def _holds(outer: Box, inner: Box) -> bool:
    across = outer.left <= inner.left and inner.right <= outer.right
    return across and outer.top <= inner.top and inner.bottom <= outer.bottom
