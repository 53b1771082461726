"""The codecs that takes can be written in, and which pixel format each keeps most of a source in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import av

from lipwright.errors import OptionError


@dataclass(frozen=True, slots=True)
class Codec:
    """One row of data/codecs.toml, which says what each field means."""

    name: str
    summary: str
    encoder: str
    containers: tuple[str, ...]
    pix_fmts: tuple[str, ...]
    options: dict[str, str] = field(default_factory=dict)
    quality: tuple[str, float] | None = None
    limited: bool = False
    tag: str = ""
    even: bool = False
    smallest: tuple[int, int] = (1, 1)
    bits: float = 0.0

    def settings(self, quality: float | None, speed: str | None) -> dict[str, str]:
        """Encoder options. Raises OptionError for a quality where the codec has none."""
        options = dict(self.options)
        if self.quality is not None:
            options[self.quality[0]] = str(self.quality[1] if quality is None else quality)
        elif quality is not None:
            raise OptionError(f"codec {self.name!r} has no quality setting; leave it out or choose h264 or h265")
        if speed is not None:
            if "preset" not in options:
                raise OptionError(f"codec {self.name!r} has no speed setting; leave it out or choose h264 or h265")
            options["preset"] = speed
            options.pop("x264-params", None)  # they tune the default preset only
        return options


@cache
def codecs() -> dict[str, Codec]:
    """All rows by name."""
    text = (resources.files("lipwright") / "data" / "codecs.toml").read_text(encoding="utf-8")
    found: dict[str, Codec] = {}
    for name, row in tomllib.loads(text).items():
        quality = row.pop("quality", None)
        lists: dict[str, Any] = {
            key: tuple(row.pop(key)) for key in ("containers", "pix_fmts", "smallest") if key in row
        }
        found[name] = Codec(name=name, quality=tuple(quality) if quality else None, **lists, **row)
    return found


def codec_for(name: str | None, path: Path) -> Codec:
    """The codec asked for, or the usual one for the file's suffix. Raises OptionError where the two do not fit."""
    table, suffix = codecs(), path.suffix.lower()
    if name is None:
        name = {".mov": "prores", ".mxf": "dnxhr", ".png": "png", ".mkv": "h264", ".mp4": "h264", ".avi": "ffv1"}.get(
            suffix
        )
        if name is None:
            raise OptionError(
                f"no codec is known for {suffix or path.name!r}; name the output .mov, .mp4, .mkv, .mxf or .png"
            )
    if name not in table:
        raise OptionError(f"codec {name!r} is unknown; choose one of {', '.join(table)}")
    if suffix not in table[name].containers:
        homes = " or ".join(table[name].containers)
        raise OptionError(f"codec {name!r} does not go into {suffix or path.name!r}; name the output {homes}")
    return table[name]


def best_pix_fmt(source: str, codec: Codec, *, width: int, height: int, alpha: bool) -> str:
    """The format among the codec's that loses least of `source`, and among those the smallest."""
    allowed = codec.pix_fmts
    if codec.even and (width % 2 or height % 2):
        whole = [name for name in allowed if _sub(name) == (0, 0) or (_sub(name) == (1, 0) and width % 2 == 0)]
        allowed = tuple(whole)
    if source in allowed and _has_alpha(source) == alpha:
        return source
    return min(allowed, key=lambda name: (_loss(source, name, alpha), codec.pix_fmts.index(name)))


def _loss(source: str, other: str, alpha: bool) -> float:
    a, b = av.VideoFormat(source), av.VideoFormat(other)
    bits_a, bits_b = (max(c.bits for c in f.components) for f in (a, b))
    sub_a, sub_b = _sub(source), _sub(other)
    loss = 1000.0 * (alpha and not _has_alpha(other)) + 30.0 * (not alpha and _has_alpha(other))
    loss += 60.0 * max(0, bits_a - bits_b) + 2.0 * max(0, bits_b - bits_a)
    loss += sum(100.0 * max(0, y - x) + 10.0 * max(0, x - y) for x, y in zip(sub_a, sub_b, strict=True))
    loss += 200.0 * (_is_rgb(source) != _is_rgb(other)) + 5.0 * (source.startswith("yuvj") != other.startswith("yuvj"))
    return float(loss)


def _sub(name: str) -> tuple[int, int]:
    """log2 of the chroma subsampling across and down."""
    format_ = av.VideoFormat(name)
    if _is_rgb(name) or len(format_.components) < 3:
        return (0, 0)
    return {8: 0, 4: 1, 2: 2}[format_.chroma_width(8)], {8: 0, 4: 1, 2: 2}[format_.chroma_height(8)]


def _is_rgb(name: str) -> bool:
    return bool(av.VideoFormat(name).is_rgb)


def _has_alpha(name: str) -> bool:
    return any(c.is_alpha for c in av.VideoFormat(name).components)
