"""From a performance to a file: which window, how large, which format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import RATE, Vocal
from lipwright.errors import OptionError, OutputError
from lipwright.files import write_beside
from lipwright.plot.canvas import PixelCanvas, VectorCanvas
from lipwright.plot.page import page
from lipwright.plot.picture import DARK, LEFT, LIGHT, RIGHT, Scene, draw
from lipwright.plot.strips import strips_of
from lipwright.types import Performance

LEAST_WIDTH, USUAL_WIDTH, MOST_WIDTH = 400, 1600, 24000
MOST_PIXELS = 8000  # across a PNG: more needs gigabytes while it is drawn
PAGE_PIXELS_PER_S = 110  # a page scrolls: wide enough to read every phone
LEAST_S = 0.05
WAVE_BLOCK = 30 * RATE


@dataclass(frozen=True, slots=True)
class PlotOptions:
    """What to show: seconds (end None means all), pixels across (None: what fits the format), dark or light paper."""

    start_s: float = 0.0
    end_s: float | None = None
    width: int | None = None
    dark: bool = False

    def __post_init__(self) -> None:
        if self.width is not None and not LEAST_WIDTH <= self.width <= MOST_WIDTH:
            raise OptionError(f"width {self.width} is outside {LEAST_WIDTH} to {MOST_WIDTH} pixels; choose one inside")
        if not self.start_s >= 0.0:
            raise OptionError(f"from {self.start_s:g} s is before the vocal; start at 0 or later")
        if self.end_s is not None and not self.end_s >= self.start_s + LEAST_S:
            raise OptionError(f"to {self.end_s:g} s is not after from {self.start_s:g} s; choose a later end")


def plot(
    performance: Performance, path: Path, options: PlotOptions, vocal: Vocal | None = None, sound: str = ""
) -> None:
    """Draw `performance` to `path`: .png, .svg or .html by its suffix; `sound` is what an HTML page plays.

    Raises OptionError for another suffix or a window outside the vocal.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise OptionError(f"{path.name!r} ends in no picture's suffix; use {', '.join(sorted(FORMATS))}")
    FORMATS[suffix](scene_of(performance, options, vocal, scrolls=suffix == ".html"), path, sound)


def scene_of(performance: Performance, options: PlotOptions, vocal: Vocal | None, *, scrolls: bool) -> Scene:
    """Everything that will be drawn, before it is."""
    length = max([performance.vocal.duration_s, *(span.end_s for span in performance.phonemes)])
    end = min(length, options.end_s) if options.end_s is not None else length
    if end < options.start_s + LEAST_S:
        raise OptionError(f"from {options.start_s:g} s is past the vocal's end at {length:.2f} s; start earlier")
    usual = max(USUAL_WIDTH, round(PAGE_PIXELS_PER_S * (end - options.start_s))) if scrolls else USUAL_WIDTH
    width = options.width or min(usual, MOST_WIDTH)
    visemes, others = strips_of(performance, options.start_s, end)
    wave = None
    if vocal is not None:
        wave = envelope(vocal, options.start_s, end, 2 * (width - LEFT - RIGHT))
    theme = DARK if options.dark else LIGHT
    return Scene(performance, options.start_s, end, width, visemes, others, wave, theme)


def envelope(vocal: Vocal, start_s: float, end_s: float, columns: int) -> NDArray[np.float32]:
    """Lowest and highest sample of each column, float32 (columns, 2); read a block at a time."""
    edges = np.round((start_s + (end_s - start_s) * np.arange(columns + 1) / columns) * RATE).astype(int)
    out = np.zeros((columns, 2), np.float32)
    column = 0
    while column < columns:
        last = int(np.searchsorted(edges, edges[column] + WAVE_BLOCK, side="right")) - 1
        last = min(max(last, column + 1), columns)
        samples = vocal.window(int(edges[column]), int(edges[last]) + 1)
        cuts = edges[column:last] - edges[column]
        out[column:last, 0] = np.minimum.reduceat(samples, cuts)
        out[column:last, 1] = np.maximum.reduceat(samples, cuts)
        column = last
    return out


def _png(scene: Scene, path: Path, sound: str) -> None:
    del sound
    if scene.width > MOST_PIXELS:
        raise OptionError(
            f"width {scene.width} is too much for a PNG; stay under {MOST_PIXELS}, or write .svg or .html"
        )
    canvas = PixelCanvas(scene.width, scene.height, scene.theme.paper)
    draw(scene, canvas)
    done, data = cv2.imencode(".png", canvas.image()[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise OutputError(f"cannot encode {path.name!r} as PNG; choose a smaller width")
    write_beside(path, data.tobytes())


def _svg(scene: Scene, path: Path, sound: str) -> None:
    del sound
    write_beside(path, _vectors(scene).encode())


def _html(scene: Scene, path: Path, sound: str) -> None:
    write_beside(path, page(scene, _vectors(scene), sound).encode())


def _vectors(scene: Scene) -> str:
    canvas = VectorCanvas(scene.width, scene.height, scene.theme.paper)
    draw(scene, canvas)
    return canvas.svg()


FORMATS: dict[str, Callable[[Scene, Path, str], None]] = {".png": _png, ".svg": _svg, ".html": _html}
