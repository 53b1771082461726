"""A vocal's performance in the clock of the take: what the mouth must do at each frame of the footage.

`lipwright.performance_slice` cuts one stretch at one speed; a clip may lie over several cuts of a vocal, and run
backwards, so here each piece of the plan is mapped with its own scale and the pieces are joined, with a mouth at rest
between.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from lipwright.corrections import corrected
from lipwright.types import (
    Corrections,
    Direction,
    Performance,
    PhonemeSpan,
    Provenance,
    SoundSpan,
    Track,
    VocalInfo,
    WordSpan,
)
from otio_lipwright.edit.plan import ClipPlan, Piece

Span = TypeVar("Span", WordSpan, PhonemeSpan, SoundSpan)
# Where two pieces touch, one curve ends and the next begins this long apart.
SEAM_S = 0.001
# Steps of 1/500 are finer than a picture shows. Documents hold decimals, so the edge between two steps is put where
# no decimal lies: there the arithmetic's noise could make equal mouths differ.
_STEP = 0.637
# Channels that belong to the mouth; blinks and brows do not change a take.
MOUTH_CHANNELS = ("mouth", "jaw", "tongue", "cheek")


@dataclass(frozen=True, slots=True)
class Performed:
    """A performance of a vocal from second `start_s` on (0 for a whole vocal); `file` is its document."""

    performance: Performance
    start_s: Fraction
    end_s: Fraction
    file: str = ""


def on_footage(job: ClipPlan, performed: Mapping[Piece, Performed], first: int, end: int) -> Performance:
    """The corrected performances under a clip on the clock of a take of media frames [first, end)."""
    length_s = float((end - first) / job.fps)
    parts = [_Part(piece, performed[piece], first / job.fps, length_s) for piece in job.pieces if piece in performed]
    example = parts[0].performance if parts else _nothing()
    words = tuple(word for part in parts for word in part.spans(part.performance.words))
    return dataclasses.replace(
        example,
        vocal=VocalInfo(example.vocal.name, example.vocal.sha256, length_s, example.vocal.sample_rate, 1),
        words=words,
        unsung=(),
        phonemes=tuple(
            dataclasses.replace(span, word=None) for part in parts for span in part.spans(part.performance.phonemes)
        ),
        sounds=tuple(span for part in parts for span in part.spans(part.performance.sounds)),
        visemes=_joined(parts, lambda p: p.visemes, rest={"sil": 1.0}),
        channels=_joined(parts, lambda p: p.channels),
        mouth=_joined(parts, lambda p: p.mouth),
        corrections=Corrections(),
    )


def mouth_prints(performance: Performance, frames: int, fps: Fraction) -> str:
    """Eight hexadecimal digits a frame, of what the mouth does in it: equal digits, equal frame.

    This is how a take is known to be still right: whatever moved in the edit, the frames that are shown must want
    the mouth that was rendered.
    """
    tracks = [*performance.visemes, *performance.mouth]
    tracks += [track for track in performance.channels if track.name.startswith(MOUTH_CHANNELS)]
    tracks.sort(key=lambda track: track.name)
    times = [float(frame / fps) for frame in range(frames)]
    columns = [_sampled(track, times) for track in tracks if any(track.values)]
    prints = []
    for row in zip(*columns, strict=True) if columns else ((),) * frames:
        data = struct.pack(f"<{len(row)}h", *(max(-32_000, min(32_000, math.floor(v * 500 + _STEP))) for v in row))
        prints.append(hashlib.blake2b(data, digest_size=4).hexdigest())
    return "".join(prints)


def _sampled(track: Track, times: list[float]) -> list[float]:
    """The curve at rising times, in one pass."""
    keys, values = track.times_s, track.values
    at, out = 0, []
    for time_s in times:
        while at + 1 < len(keys) and keys[at + 1] <= time_s:
            at += 1
        if time_s <= keys[0] or at + 1 >= len(keys):
            out.append(values[0] if time_s <= keys[0] else values[-1])
        else:
            share = (time_s - keys[at]) / (keys[at + 1] - keys[at])
            out.append(values[at] + share * (values[at + 1] - values[at]))
    return out


class _Part:
    """One piece of vocal on the take's clock: take_s = slope * performance_s + shift."""

    def __init__(self, piece: Piece, performed: Performed, zero_s: Fraction, length_s: float) -> None:
        self.performance = corrected(performed.performance)
        self.slope = float(1 / piece.scale)
        self.shift = float((performed.start_s - piece.offset_s) / piece.scale - zero_s)
        self.low = max(0.0, float(piece.media_start_s - zero_s))
        self.high = min(length_s, float(piece.media_end_s - zero_s))

    def at(self, time_s: float) -> float:
        return self.slope * time_s + self.shift

    def back(self, take_s: float) -> float:
        return (take_s - self.shift) / self.slope

    def spans(self, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        """The spans inside the piece, cut at its edges; backwards where the piece runs backwards."""
        kept = []
        for span in spans:
            one, two = sorted((self.at(span.start_s), self.at(span.end_s)))
            one, two = max(one, self.low), min(two, self.high)
            if two - one > 1e-6:
                kept.append(dataclasses.replace(span, start_s=one, end_s=two))
        return tuple(kept if self.slope > 0 else reversed(kept))

    def keys(self, track: Track) -> list[tuple[float, float]]:
        """The curve inside the piece, with its exact values at both edges."""
        if self.high - self.low <= 2 * SEAM_S:
            return []
        low, high = self.low, self.high - SEAM_S
        inner = [(self.at(time_s), value) for time_s, value in zip(track.times_s, track.values, strict=True)]
        inner = [key for key in (inner if self.slope > 0 else inner[::-1]) if low + 1e-6 < key[0] < high - 1e-6]
        return [(low, track.at(self.back(low))), *inner, (high, track.at(self.back(high)))]


def _joined(
    parts: list[_Part], layer: Callable[[Performance], tuple[Track, ...]], rest: Mapping[str, float] | None = None
) -> tuple[Track, ...]:
    names = list(dict.fromkeys(track.name for part in parts for track in layer(part.performance)))
    return tuple(_one_curve(parts, name, layer, (rest or {}).get(name, 0.0)) for name in names)


def _one_curve(parts: list[_Part], name: str, layer: Callable[[Performance], tuple[Track, ...]], rest: float) -> Track:
    """One curve over all pieces; `rest` is its value where no vocal is heard."""
    keys: list[tuple[float, float]] = []
    for part in parts:
        track = next((track for track in layer(part.performance) if track.name == name), Track(name))
        fresh = part.keys(track)
        if not fresh:
            continue
        before = keys[-1][0] if keys else -1.0
        if fresh[0][0] - before > 2 * SEAM_S and fresh[0][0] > SEAM_S:
            keys += [(before + SEAM_S, rest)] if keys else [(0.0, rest)]
            keys.append((fresh[0][0] - SEAM_S, rest))
        keys += [key for key in fresh if not keys or key[0] > keys[-1][0] + 1e-7]
    if keys:
        keys.append((keys[-1][0] + SEAM_S, rest))
    return Track(name, tuple(time_s for time_s, _ in keys), tuple(value for _, value in keys))


def _nothing() -> Performance:
    return Performance(VocalInfo("", "", 0.0, 48_000, 1), Direction(), Provenance(""))
