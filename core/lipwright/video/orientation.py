"""Whether a picture is stored mirrored: by a film's display matrix, or by a photograph's EXIF (CIPA DC-008)."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path
from typing import Any

import numpy as np

from lipwright.video.pixels.layouts import alpha_plane, layout_of, planes_of
from lipwright.video.pixels.mastering import side_data_of

ORIENTATION = 0x0112  # the EXIF tag
MIRRORED = (2, 4, 5, 7)  # its values that mirror as well as turn
_HEAD = 1 << 20  # bytes in which a picture's EXIF is looked for: it is at most 64 KiB and comes early
# What stands before the EXIF's own header: JPEG's APP1, PNG's chunk, WebP's chunk and its length.
_MARKS = ((b"Exif\0\0", 0), (b"eXIf", 0), (b"EXIF", 4))
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}


def is_mirrored(picture: Any, codec: str, path: Path, still: bool) -> bool:
    """Whether what the picture shows is the mirror image of what is stored (before it is turned)."""
    if still and path.is_file() and exif_orientation(path) in MIRRORED:
        return True
    matrix = side_data_of(picture, codec).get("DISPLAYMATRIX", b"")
    if len(matrix) < 20:
        return False
    a, b, _, c, d = struct.unpack_from("<5i", matrix)
    return bool(a * d - b * c < 0)


def exif_orientation(path: Path) -> int:
    """1 to 8; 1, upright, where none is said."""
    with contextlib.suppress(OSError, struct.error), path.open("rb") as stream:
        head = stream.read(_HEAD)
        starts = [0, *(head.find(mark) + len(mark) + skip for mark, skip in _MARKS if mark in head)]
        for start in starts:
            if head[start : start + 4] in _ORDERS:
                return _orientation(head[start:])
    return 1


def _orientation(exif: bytes) -> int:
    """The orientation in the first directory of a TIFF."""
    order = _ORDERS[exif[:4]]
    (at,) = struct.unpack_from(f"{order}I", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, at)
    for row in range(min(count, 512)):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, at + 2 + 12 * row)
        if tag == ORIENTATION and kind == 3 and 1 <= value <= 8:
            return int(value)
    return 1


def upside_down(picture: Any) -> Any:
    """A copy with its rows in reverse: what is left of a mirrored picture is then a turn, and chroma keeps its place.

    Only for formats with a layout.
    """
    import av

    layout = layout_of(picture.format.name)
    assert layout is not None, "reading converts formats that have no layout"
    other = av.VideoFrame(picture.width, picture.height, picture.format.name)
    pairs = list(zip(planes_of(other, layout), planes_of(picture, layout), strict=True))
    if layout.alpha and layout.kind != "packed":
        pairs.append((alpha_plane(other, layout), alpha_plane(picture, layout)))
    for mine, theirs in pairs:
        np.copyto(mine, theirs[::-1])
    other.pts, other.time_base = picture.pts, picture.time_base
    return other
