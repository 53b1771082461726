"""What a high-dynamic-range picture was graded on: FFmpeg's side data to x265's words (CTA-861.3, SMPTE ST 2086)."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

CHROMA_UNITS, LUMINANCE_UNITS = 50_000, 10_000  # parts of one that x265 counts in


def side_data_of(picture: Any) -> dict[str, bytes]:
    """Side data of a decoded picture by FFmpeg's name, as far as PyAV has names for it."""
    found: dict[str, bytes] = {}
    # PyAV raises on the newest kinds (Exif among them); up to 18 it iterates over values, from 19 on over keys.
    with contextlib.suppress(ValueError):
        for entry in picture.side_data:
            kind = getattr(entry, "type", entry)
            found[str(kind.name)] = bytes(entry if hasattr(entry, "type") else picture.side_data[entry])
    return found


def mastering_of(side_data: dict[str, bytes]) -> str:
    """x265 parameters like "master-display=G(..)B(..)R(..)WP(..)L(..):max-cll=1000,400"; "" where none is given."""
    parts = []
    display = side_data.get("MASTERING_DISPLAY_METADATA", b"")
    if len(display) >= 88:
        parts.append(_display(struct.unpack_from("<22i", display)))
    light = side_data.get("CONTENT_LIGHT_LEVEL", b"")
    if len(light) >= 8:
        parts.append("max-cll={},{}".format(*struct.unpack_from("<2I", light)))
    return ":".join(part for part in parts if part)


def _display(values: tuple[int, ...]) -> str:
    """AVMasteringDisplayMetadata: ten rationals (R, G, B, white as x, y; least and most luminance), two flags."""
    if not (values[20] and values[21]) or 0 in values[1:20:2]:
        return ""
    red, green, blue, white = (
        tuple(round(CHROMA_UNITS * values[i + k] / values[i + k + 1]) for k in (0, 2)) for i in (0, 4, 8, 12)
    )
    low, high = (round(LUMINANCE_UNITS * values[i] / values[i + 1]) for i in (16, 18))
    names = ("G", green), ("B", blue), ("R", red), ("WP", white), ("L", (high, low))
    return "master-display=" + "".join(f"{name}({a},{b})" for name, (a, b) in names)
