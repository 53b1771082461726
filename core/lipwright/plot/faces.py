"""A contact sheet of the faces in a clip: who is seen when, sample frames with boxes and points, mouths close up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FaceTrack
from lipwright.errors import OptionError
from lipwright.files import write_beside
from lipwright.plot.canvas import OVERSAMPLE, PixelCanvas
from lipwright.plot.picture import DARK, LARGE, SMALL, USUAL

Rgb = NDArray[np.uint8]
WIDTH, EDGE, GAP = 1600, 20, 12
HEADER, ROW, STRIP = 62, 44, 30
CLOSE = 245  # side of a close-up
SMALL_BOX = 60
# Told apart by people who see few colours too (Okabe and Ito).
COLOURS = ("#56b4e9", "#e69f00", "#2fbf8f", "#cc79a7", "#f0e442")
ABSENT, COVERED, PROFILE = "#3a414c", "#d55e00", "#8a63d2"
OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
        150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
LIPS_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
EYES = ((33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
        (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466))  # fmt: skip
IRISES = ((469, 470, 471, 472), (474, 475, 476, 477))


@dataclass(frozen=True, slots=True, eq=False)
class FaceRow:
    """One face of the sheet: its track, a line about it, when it is covered or in profile (bool (F,))."""

    track: FaceTrack
    text: str
    opening: NDArray[np.float64]
    covered: NDArray[np.bool_]
    profile: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A picture of frame `index`: RGB drawn OVERSAMPLE times larger than on the sheet, and upright pixels -> sheet
    pixels as 2 x 3; `face` is set for close-ups."""

    index: int
    rgb: Rgb
    matrix: NDArray[np.float64]
    label: str
    face: int | None = None


def frame_size(width: float, height: float) -> tuple[int, int, int]:
    """(columns, width, height) of sample frames for a picture of that shape in square pixels."""
    columns = 4 if width > height else 7
    across = (WIDTH - 2 * EDGE - (columns - 1) * GAP) // columns
    return columns, across, round(across * height / width)


def sheet(path: Path, title: str, lines: Sequence[str], rows: Sequence[FaceRow], times_s: NDArray[np.float64],
          shots: NDArray[np.int32], frames: Sequence[Shown], closeups: Sequence[Shown]) -> None:  # fmt: skip
    """Draw the sheet to a PNG. Raises OptionError for another suffix."""
    if path.suffix.lower() != ".png":
        raise OptionError(f"{path.name!r} is no PNG; name the picture .png")
    columns = max(1, (WIDTH - 2 * EDGE + GAP) // (frames[0].rgb.shape[1] // OVERSAMPLE + GAP)) if frames else 1
    cell = frames[0].rgb.shape[0] // OVERSAMPLE if frames else 0
    across = (WIDTH - 2 * EDGE + GAP) // (CLOSE + GAP)
    top = HEADER + 18 * len(lines)
    by_face = [[c for c in closeups if c.face == number] for number in range(len(rows))]
    close_rows = sum(-(-len(part) // across) for part in by_face)
    frame_rows = -(-len(frames) // columns)
    height = top + ROW * max(1, len(rows)) + GAP + close_rows * (CLOSE + 22) + frame_rows * (cell + 22) + 2 * EDGE
    canvas = PixelCanvas(WIDTH, height, DARK.paper)
    _header(canvas, title, lines)
    y = float(top)
    for number, row in enumerate(rows):
        _strip(canvas, y, number, row, times_s, shots)
        y += ROW
    if not rows:
        canvas.text(EDGE, y + 22, "No face was found in any frame.", USUAL, COVERED)
        y += ROW
    y += GAP
    for part in by_face:
        y = _grid(canvas, y, part, rows, across, CLOSE)
    _grid(canvas, y, frames, rows, columns, cell)
    done, data = cv2.imencode(".png", canvas.image()[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert done, "an RGB array always becomes a PNG"
    write_beside(path, data.tobytes())


def _header(canvas: PixelCanvas, title: str, lines: Sequence[str]) -> None:
    canvas.text(EDGE, 36, title, LARGE, DARK.ink)
    for i, line in enumerate(lines):
        canvas.text(EDGE, 58 + 18 * i, line, USUAL, DARK.soft)


def _strip(canvas: PixelCanvas, y: float, number: int, row: FaceRow, times_s: NDArray[np.float64],
           shots: NDArray[np.int32]) -> None:  # fmt: skip
    """When the face is seen, with the opening of its mouth; cuts as lines, covered and profile stretches in colour."""
    left, right, colour = EDGE + 330.0, WIDTH - EDGE, COLOURS[number % len(COLOURS)]
    canvas.rect(EDGE, y + 8, 14, 14, colour)
    canvas.text(EDGE + 22, y + 14, f"face {number + 1}", USUAL, DARK.ink)
    canvas.text(EDGE + 22, y + 29, row.text, SMALL, DARK.soft)
    canvas.rect(left, y, right - left, STRIP, DARK.panel)
    end = times_s[-1] + (times_s[-1] - times_s[-2] if len(times_s) > 1 else 0.04)
    xs = left + (right - left) * np.append(times_s, end) / max(end, 1e-9)
    for chosen, fill, alpha in (
        (row.track.present, colour, 0.35),
        (row.profile, PROFILE, 0.8),
        (row.covered, COVERED, 0.8),
    ):
        edges = np.flatnonzero(np.diff(chosen.astype(np.int8), prepend=0, append=0))
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            canvas.rect(xs[a], y, max(xs[b] - xs[a], 0.7), STRIP, fill, alpha)
    _opening_curve(canvas, y, xs, np.where(row.covered, np.nan, row.opening), colour)
    for i in np.flatnonzero(np.diff(shots)):
        canvas.line(np.array([(xs[i + 1], y - 3), (xs[i + 1], y + STRIP + 3)]), DARK.ink, 1.0, 0.8)


def _opening_curve(
    canvas: PixelCanvas, y: float, xs: NDArray[np.float64], opening: NDArray[np.float64], colour: str
) -> None:
    heights = np.clip(np.nan_to_num(opening, nan=-1.0) / 0.35, -1, 1)
    edges = np.flatnonzero(np.diff((heights >= 0).astype(np.int8), prepend=0, append=0))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if b - a > 1:
            canvas.line(np.stack([xs[a:b], y + STRIP - 2 - (STRIP - 4) * heights[a:b]], 1), colour, 1.0)


def _grid(
    canvas: PixelCanvas, y: float, shown: Sequence[Shown], rows: Sequence[FaceRow], columns: int, cell: int
) -> float:
    for i, picture in enumerate(shown):
        width = picture.rgb.shape[1] // OVERSAMPLE
        x, top = EDGE + (i % columns) * (width + GAP), y + (i // columns) * (cell + 22)
        canvas.picture(x, top, picture.rgb)
        for number, row in enumerate(rows):
            if row.track.present[picture.index] and picture.face in (None, number):
                _face(canvas, x, top, (width, cell), picture, row.track, number)
        canvas.text(x, top + cell + 14, picture.label, SMALL, DARK.soft)
    return y + -(-len(shown) // columns) * (cell + 22)


def _face(
    canvas: PixelCanvas, x: float, y: float, size: tuple[int, int], picture: Shown, track: FaceTrack, number: int
) -> None:
    points = track.landmarks[picture.index, :, :2].astype(np.float64)
    points = points @ picture.matrix[:, :2].T + picture.matrix[:, 2]
    colour = COLOURS[number % len(COLOURS)]
    low, high = points.min(0), points.max(0)
    corner = np.array([x, y])

    def inside(place: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.clip(place, 0, size) + corner)

    if picture.face is None:
        margin = 0.12 * (high - low)
        a, b = low - margin, high + margin
        canvas.line(inside(np.array([a, (b[0], a[1]), b, (a[0], b[1]), a])), colour, 1.5)
        left, top = (float(v) for v in inside(a))
        if float((b - a).min()) < SMALL_BOX and top - 15 >= y:
            top -= 15  # on a small face the number would hide it
        canvas.rect(left, top, 14, 14, colour)
        canvas.text(left + 7, top + 11, f"{number + 1}", SMALL, DARK.paper, "middle")
    fine = float((high - low).max()) > 60
    contours = [LIPS_OUTER, LIPS_INNER, *EYES, *IRISES] if fine else [LIPS_OUTER]
    if picture.face is not None:
        contours = [OVAL, *contours]
    for contour in contours:
        closed = points[[*contour, contour[0]]]
        canvas.line(inside(closed), colour, 1.0 if fine else 0.7, 0.9)
