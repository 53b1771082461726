"""How pixel formats lie in memory, so that regions can be read and written without converting the whole picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[Any]

_PLANAR = re.compile(r"yuv(?P<j>[aj]?)(?P<sub>420|422|444)p(?P<bits>9|10|12|14|16)?(le)?$")
_GBR = re.compile(r"gbra?p(?P<bits>9|10|12|14|16)?(le)?$")
_SEMI = {"nv12": (8, 0, 1, 1), "nv21": (8, 0, 1, 1), "nv16": (8, 0, 1, 0), "nv24": (8, 0, 0, 0),
         "p010le": (10, 6, 1, 1), "p012le": (12, 4, 1, 1), "p016le": (16, 0, 1, 1),
         "p210le": (10, 6, 1, 0), "p410le": (10, 6, 0, 0)}  # fmt: skip
# Packed RGB: bits, values a pixel, positions of red, green and blue.
_PACKED = {"rgb24": (8, 3, (0, 1, 2)), "bgr24": (8, 3, (2, 1, 0)), "rgba": (8, 4, (0, 1, 2)), "bgra": (8, 4, (2, 1, 0)),
           "argb": (8, 4, (1, 2, 3)), "abgr": (8, 4, (3, 2, 1)), "rgb0": (8, 4, (0, 1, 2)), "bgr0": (8, 4, (2, 1, 0)),
           "rgb48le": (16, 3, (0, 1, 2)), "rgba64le": (16, 4, (0, 1, 2))}  # fmt: skip
_GREY = re.compile(r"gray(?P<bits>9|10|12|14|16)?(le)?$")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the samples are. `kind`: planar (Y, U, V), semi (Y, UV pairs), gbr (planes), packed (RGB), grey.

    `bits` of one sample, which is stored shifted up by `shift`; `sub_x`, `sub_y`: log2 of the chroma subsampling;
    `order`: positions of R, G, B (packed: within a pixel, gbr: planes) or of U, V in a pair.
    """

    kind: str
    bits: int
    shift: int = 0
    sub_x: int = 0
    sub_y: int = 0
    order: tuple[int, ...] = ()
    values: int = 1
    alpha: bool = False

    @property
    def rgb(self) -> bool:
        """Whether samples are red, green and blue."""
        return self.kind in ("gbr", "packed")


def layout_of(pix_fmt: str) -> Layout | None:
    """The layout of an FFmpeg pixel format, or None where it must be converted first."""
    if match := _PLANAR.fullmatch(pix_fmt):
        sub_x, sub_y = {"420": (1, 1), "422": (1, 0), "444": (0, 0)}[match["sub"]]
        return Layout("planar", int(match["bits"] or 8), 0, sub_x, sub_y, alpha=match["j"] == "a")
    if match := _GBR.fullmatch(pix_fmt):
        return Layout("gbr", int(match["bits"] or 8), order=(2, 0, 1), alpha=pix_fmt.startswith("gbra"))
    if pix_fmt in _SEMI:
        bits, shift, sub_x, sub_y = _SEMI[pix_fmt]
        return Layout("semi", bits, shift, sub_x, sub_y, (1, 0) if pix_fmt == "nv21" else (0, 1), 2)
    if pix_fmt in _PACKED:
        bits, values, order = _PACKED[pix_fmt]
        return Layout("packed", bits, order=order, values=values, alpha=values == 4 and "0" not in pix_fmt)
    if match := _GREY.fullmatch(pix_fmt):
        return Layout("grey", int(match["bits"] or 8))
    return None


def stand_in(pix_fmt: str, format_: Any) -> str:
    """The nearest format with a layout, for one that has none (packed 4:2:2, palettes, big endian ...)."""
    deep = max((c.bits for c in format_.components), default=8) > 8
    alpha = any(c.is_alpha for c in format_.components) or pix_fmt == "pal8"
    if format_.is_rgb or format_.has_palette or pix_fmt.startswith(("gbr", "rgb", "bgr", "mono")):
        return ("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24")
    if pix_fmt.startswith("ya"):
        return "rgba64le" if deep else "rgba"
    if pix_fmt.startswith("gray"):
        return "gray16le" if deep else "gray"
    sub = "422" if format_.chroma_height(2) == 2 and format_.chroma_width(2) == 1 else "444"
    return f"yuv{'a' if alpha else ''}{sub}p" + ("10le" if deep else "")


def planes_of(picture: Any, layout: Layout) -> list[Plane]:
    """Views of the planes that carry colour: (H, W), (H, W, 2) for UV pairs, (H, W, n) for packed RGB.

    Writing into a view changes the picture; take views again after `picture.make_writable()`.
    """
    count = {"planar": 3, "gbr": 3, "semi": 2, "packed": 1, "grey": 1}[layout.kind]
    dtype = np.uint8 if layout.bits <= 8 else np.dtype("<u2")
    width, height = picture.width, picture.height
    views = []
    for number in range(count):
        sub = number > 0 and layout.kind in ("planar", "semi")
        columns = -(-width >> layout.sub_x) if sub else width
        rows = -(-height >> layout.sub_y) if sub else height
        values = layout.values if layout.kind == "packed" or (layout.kind == "semi" and sub) else 1
        views.append(_view(picture.planes[number], dtype, rows, columns, values))
    return views


def alpha_plane(picture: Any, layout: Layout) -> Plane:
    """A view (H, W) of the fourth plane of a planar picture with alpha."""
    dtype = np.uint8 if layout.bits <= 8 else np.dtype("<u2")
    return _view(picture.planes[3], dtype, picture.height, picture.width, 1)


def _view(plane: Any, dtype: Any, rows: int, columns: int, values: int) -> Plane:
    size = np.dtype(dtype).itemsize
    shape: tuple[int, ...] = (rows, columns) if values == 1 else (rows, columns, values)
    strides = (plane.line_size, size * values) if values == 1 else (plane.line_size, size * values, size)
    return np.ndarray(shape, dtype, buffer=memoryview(plane), strides=strides)
