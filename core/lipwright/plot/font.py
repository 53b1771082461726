"""Labels in a font of our own (data/labels.ttf: Latin, Greek, Cyrillic, IPA), as outlines: the same on every machine.

OpenCV's own letters know neither IPA nor accents. Reads simple TrueType glyphs only; composites in the file were
taken apart when it was made. Source: OpenType specification 1.9, tables head, hhea, hmtx, cmap, loca, glyf.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lipwright import models

Outline = NDArray[np.float64]
CURVE_POINTS = 6  # straight pieces of one quadratic curve; labels are small


@dataclass(frozen=True, slots=True)
class Font:
    """A TrueType file, taken apart as far as drawing text needs."""

    data: bytes
    offsets: dict[str, int]
    glyphs: dict[int, int]
    places: tuple[int, ...]
    advances: tuple[int, ...]
    units: int

    def width(self, text: str, size: float) -> float:
        """Width of a line of text at `size` pixels an em."""
        return sum(self._advance(char) for char in text) * size / self.units

    def outlines(self, text: str, size: float) -> list[Outline]:
        """Closed outlines (N, 2) of a line of text: x to the right from 0, y down from the base line, pixels."""
        out, x = [], 0.0
        for char in text:
            out += [
                contour * (size / self.units) * (1, -1) + (x, 0.0) for contour in _contours(self.data, *self._at(char))
            ]
            x += self._advance(char) * size / self.units
        return out

    def _glyph(self, char: str) -> int:
        return self.glyphs.get(ord(char), 0)

    def _advance(self, char: str) -> int:
        return self.advances[min(self._glyph(char), len(self.advances) - 1)]

    def _at(self, char: str) -> tuple[int, int]:
        glyph = self._glyph(char)
        base = self.offsets["glyf"]
        return base + self.places[glyph], base + self.places[glyph + 1]


@cache
def labels() -> Font:
    """The font that ships."""
    data = models.read("labels")
    tables = struct.unpack_from(">H", data, 4)[0]
    entries = [struct.unpack_from(">4sIII", data, 12 + 16 * k) for k in range(tables)]
    offsets = {tag.decode("ascii"): offset for tag, _, offset, _ in entries}
    units, long_places = struct.unpack_from(">H", data, offsets["head"] + 18)[0], data[offsets["head"] + 51]
    count = struct.unpack_from(">H", data, offsets["maxp"] + 4)[0]
    kind, factor = ("I", 1) if long_places else ("H", 2)
    places = struct.unpack_from(f">{count + 1}{kind}", data, offsets["loca"])
    measured = struct.unpack_from(">H", data, offsets["hhea"] + 34)[0]
    advances = struct.unpack_from(">" + "Hh" * measured, data, offsets["hmtx"])[::2]
    return Font(data, offsets, _characters(data, offsets["cmap"]), tuple(p * factor for p in places), advances, units)


def _characters(data: bytes, cmap: int) -> dict[int, int]:
    """Unicode -> glyph of the first format 4 subtable."""
    for k in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        at = cmap + struct.unpack_from(">I", data, cmap + 8 + 8 * k)[0]
        if struct.unpack_from(">H", data, at)[0] == 4:
            return _segments(data, at)
    raise ValueError("labels.ttf has no character map of format 4")


def _segments(data: bytes, at: int) -> dict[int, int]:
    count = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends, starts, deltas, ranges = (
        struct.unpack_from(f">{count}H", data, at + 14 + skip)
        for skip in (0, 2 + 2 * count, 2 + 4 * count, 2 + 6 * count)
    )
    glyphs = {}
    for k, (end, start, delta, reach) in enumerate(zip(ends, starts, deltas, ranges, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if reach:
                place = at + 16 + 6 * count + 2 * k + reach + 2 * (code - start)
                glyph = struct.unpack_from(">H", data, place)[0]
            glyphs[code] = (glyph + delta) & 0xFFFF
    return glyphs


@cache
def _contours(data: bytes, start: int, stop: int) -> tuple[Outline, ...]:
    """Contours of one simple glyph in font units, curves made of straight pieces."""
    if stop - start < 12:
        return ()
    contours = struct.unpack_from(">h", data, start)[0]
    ends = struct.unpack_from(f">{contours}H", data, start + 10)
    at = start + 10 + 2 * contours
    at += 2 + struct.unpack_from(">H", data, at)[0]
    flags, at = _flags(data, at, ends[-1] + 1)
    xs, at = _coordinates(data, at, flags, 0x02, 0x10)
    ys, at = _coordinates(data, at, flags, 0x04, 0x20)
    points = np.stack([np.cumsum(xs), np.cumsum(ys)], axis=1).astype(np.float64)
    firsts = [0, *(end + 1 for end in ends[:-1])]
    on = [bool(flag & 1) for flag in flags]
    return tuple(_flatten(points[a : b + 1], on[a : b + 1]) for a, b in zip(firsts, ends, strict=True))


def _flags(data: bytes, at: int, count: int) -> tuple[list[int], int]:
    flags: list[int] = []
    while len(flags) < count:
        flag = data[at]
        at += 1
        repeat = 1
        if flag & 0x08:
            repeat += data[at]
            at += 1
        flags += [flag] * repeat
    return flags, at


def _coordinates(data: bytes, at: int, flags: list[int], short: int, same: int) -> tuple[list[int], int]:
    """Differences from point to point along one axis."""
    out = []
    for flag in flags:
        if flag & short:
            out.append(data[at] if flag & same else -data[at])
            at += 1
        elif flag & same:
            out.append(0)
        else:
            out.append(struct.unpack_from(">h", data, at)[0])
            at += 2
    return out, at


def _flatten(points: Outline, on: list[bool]) -> Outline:
    """A TrueType contour (two off-curve points in a row have an on-curve one half-way) as straight pieces."""
    full: list[tuple[NDArray[np.float64], bool]] = []
    for k, (point, is_on) in enumerate(zip(points, on, strict=True)):
        if not is_on and not on[k - 1]:
            full.append(((points[k - 1] + point) / 2, True))
        full.append((point, is_on))
    first = next(k for k, (_, is_on) in enumerate(full) if is_on)
    full = full[first:] + full[: first + 1]
    out, share = [full[0][0]], np.linspace(0, 1, CURVE_POINTS + 1)[1:, None]
    k = 1
    while k < len(full):
        point, is_on = full[k]
        if is_on:
            out.append(point)
        else:
            k += 1
            a, b = out[-1], full[k][0]
            out += list((1 - share) ** 2 * a + 2 * share * (1 - share) * point + share**2 * b)
        k += 1
    return np.array(out)
