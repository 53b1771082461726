"""Where a picture is drawn: the same few verbs on pixels (PNG) and on vectors (SVG)."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from lipwright.performance.thinning import kept
from lipwright.plot.font import Outline, labels

Colour = str
"""`#rrggbb`."""
Anchor = Literal["left", "middle", "right"]
Points = NDArray[np.float64]

OVERSAMPLE = 3  # pixels are drawn three times finer, then averaged: every edge and letter is smooth
_SHIFT = 4  # cv2's fractional bits


class Canvas(Protocol):
    """Pixels from the top left; colours as `#rrggbb`, alpha 0..1."""

    def rect(self, x: float, y: float, width: float, height: float, fill: Colour, alpha: float = 1.0) -> None:
        """A filled rectangle."""

    def line(self, points: Points, colour: Colour, width: float = 1.5, alpha: float = 1.0) -> None:
        """An open line through points float64 (N, 2)."""

    def area(self, points: Points, fill: Colour, alpha: float = 1.0) -> None:
        """A filled polygon float64 (N, 2)."""

    def text(self, x: float, y: float, text: str, size: float, colour: Colour, anchor: Anchor = "left") -> None:
        """A line of text; y is its base line."""

    def hint(self, x: float, y: float, width: float, height: float, text: str) -> None:
        """What a person sees who points there; only where pictures can be pointed at."""


class PixelCanvas:
    """A picture as pixels, uint8 (H, W, 3) RGB."""

    def __init__(self, width: int, height: int, background: Colour) -> None:
        self._pixels = np.empty((height * OVERSAMPLE, width * OVERSAMPLE, 3), np.uint8)
        self._pixels[:] = _rgb(background)

    def rect(self, x: float, y: float, width: float, height: float, fill: Colour, alpha: float = 1.0) -> None:
        corners = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
        self.area(corners, fill, alpha)

    def line(self, points: Points, colour: Colour, width: float = 1.5, alpha: float = 1.0) -> None:
        wide = max(1, round(width * OVERSAMPLE))

        def draw(mask: NDArray[np.uint8], fixed: NDArray[np.int32]) -> None:
            cv2.polylines(mask, [fixed], False, 255, wide, cv2.LINE_8, _SHIFT)

        self._mix([points], colour, alpha, draw, wide)

    def area(self, points: Points, fill: Colour, alpha: float = 1.0) -> None:
        def draw(mask: NDArray[np.uint8], fixed: NDArray[np.int32]) -> None:
            cv2.fillPoly(mask, [fixed], 255, cv2.LINE_8, _SHIFT)

        self._mix([points], fill, alpha, draw, 1)

    def text(self, x: float, y: float, text: str, size: float, colour: Colour, anchor: Anchor = "left") -> None:
        font = labels()
        x -= {"left": 0.0, "middle": 0.5, "right": 1.0}[anchor] * font.width(text, size)
        shapes = [outline + (x, y) for outline in font.outlines(text, size)]
        if shapes:
            self._mix_letters(shapes, colour)

    def hint(self, x: float, y: float, width: float, height: float, text: str) -> None:
        del x, y, width, height, text

    def picture(self, x: float, y: float, rgb: NDArray[np.uint8]) -> None:
        """A picture uint8 (H, W, 3), OVERSAMPLE times as large as it is to appear, with its top left corner at x, y."""
        left, top = round(x * OVERSAMPLE), round(y * OVERSAMPLE)
        self._pixels[top : top + rgb.shape[0], left : left + rgb.shape[1]] = rgb

    def image(self) -> NDArray[np.uint8]:
        """The finished picture, uint8 (H, W, 3) RGB."""
        height, width = self._pixels.shape[:2]
        size = (width // OVERSAMPLE, height // OVERSAMPLE)
        return np.asarray(cv2.resize(self._pixels, size, interpolation=cv2.INTER_AREA), np.uint8)

    def _mix_letters(self, shapes: list[Outline], colour: Colour) -> None:
        # one fillPoly call for all outlines: where they cover each other an even number of times is a hole
        def draw(mask: NDArray[np.uint8], *fixed: NDArray[np.int32]) -> None:
            cv2.fillPoly(mask, list(fixed), 255, cv2.LINE_8, _SHIFT)

        self._mix(shapes, colour, 1.0, draw, 1)

    def _mix(self, shapes: list[Points], colour: Colour, alpha: float, draw: Callable[..., None], margin: int) -> None:
        """Draw shapes into a mask as small as they are, then mix the colour in through it."""
        fine = [points * OVERSAMPLE for points in shapes]
        low = np.floor(np.min([points.min(axis=0) for points in fine], axis=0)).astype(int) - margin
        high = np.ceil(np.max([points.max(axis=0) for points in fine], axis=0)).astype(int) + margin + 1
        limits = np.array(self._pixels.shape[1::-1])
        low, high = np.clip(low, 0, limits), np.clip(high, 0, limits)
        if (high <= low).any():
            return
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        draw(mask, *(np.round((points - low - 0.5) * 2**_SHIFT).astype(np.int32) for points in fine))
        part = self._pixels[low[1] : high[1], low[0] : high[0]]
        chosen = mask > 0
        mixed = part[chosen] * (1.0 - alpha) + np.array(_rgb(colour)) * alpha
        part[chosen] = np.round(mixed).astype(np.uint8)


class VectorCanvas:
    """A picture as SVG text."""

    def __init__(self, width: int, height: int, background: Colour) -> None:
        self._size = (width, height)
        self._parts: list[str] = []
        self.rect(0, 0, width, height, background)

    def rect(self, x: float, y: float, width: float, height: float, fill: Colour, alpha: float = 1.0) -> None:
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"{_opacity(alpha)}/>'
        )

    def line(self, points: Points, colour: Colour, width: float = 1.5, alpha: float = 1.0) -> None:
        self._parts.append(
            f'<polyline points="{_path(points)}" fill="none" stroke="{colour}" stroke-width="{width:g}"'
            f' stroke-linejoin="round"{_opacity(alpha)}/>'
        )

    def area(self, points: Points, fill: Colour, alpha: float = 1.0) -> None:
        self._parts.append(f'<polygon points="{_path(points)}" fill="{fill}"{_opacity(alpha)}/>')

    def text(self, x: float, y: float, text: str, size: float, colour: Colour, anchor: Anchor = "left") -> None:
        place = {"left": "start", "middle": "middle", "right": "end"}[anchor]
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}" text-anchor="{place}">'
            f"{escape(text)}</text>"
        )

    def hint(self, x: float, y: float, width: float, height: float, text: str) -> None:
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="#000" fill-opacity="0">'
            f"<title>{escape(text)}</title></rect>"
        )

    def svg(self) -> str:
        """The finished picture."""
        width, height = self._size
        family = "'DejaVu Sans', 'Segoe UI', 'Helvetica Neue', 'Noto Sans', sans-serif"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
            f' height="{height}" font-family="{family}">'
        )
        return head + "\n" + "\n".join(self._parts) + "\n</svg>"


def _rgb(colour: Colour) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _opacity(alpha: float) -> str:
    return "" if alpha >= 1.0 else f' opacity="{alpha:.3g}"'


def _path(points: Points) -> str:
    if len(points) > 8 and (np.diff(points[1:-1, 0]) > 0.0).all():
        # a curve: a point that lies a fifth of a pixel off a straight line is not worth its bytes
        inner = points[1:-1]
        points = np.concatenate([points[:1], inner[kept(inner[:, 0], inner[:, 1], 0.2)], points[-1:]])
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
