"""Phonemes in, a moving mouth out: fifteen viseme weights, the jaw and the lips, as sparse keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lipwright.arrays import Features
from lipwright.performance.gestures import phrases_of
from lipwright.performance.mouth.mixing import Mouth, mouth_of
from lipwright.performance.mouth.opening import opening_of
from lipwright.performance.thinning import FINE_TOLERANCE, TICKS, Piece, joined, thinned
from lipwright.types import MOUTH, VISEMES, Direction, PhonemeSpan, SoundSpan, Track, WordSpan

Tracks = tuple[Track, ...]


def articulate(
    phonemes: Sequence[PhonemeSpan],
    words: Sequence[WordSpan],
    sounds: Sequence[SoundSpan],
    features: Features,
    direction: Direction,
) -> tuple[Tracks, Tracks]:
    """(visemes, mouth): 15 weights that sum to 1 wherever there are keys, and jaw 0..1 and lips -1..1.

    Straight lines between the keys miss the curve by at most thinning.TOLERANCE. No phonemes, articulation 0 or
    intensity 0: no keys at all. Equal input gives equal keys.
    """
    del words
    if direction.articulation == 0.0 or direction.intensity == 0.0:
        return _tracks([])
    singing = features.singing if direction.singing is None else direction.singing
    opening = opening_of(features, tuple(phonemes), direction, singing)
    phrases = phrases_of(phonemes, sounds, direction, singing)
    return _tracks([mouth_of(phrase, opening, direction, singing) for phrase in phrases])


def _tracks(mouths: list[Mouth]) -> tuple[Tracks, Tracks]:
    pieces = [_viseme_pieces(mouth) for mouth in mouths]
    visemes = tuple(joined(name, [piece[k] for piece in pieces]) for k, name in enumerate(VISEMES))
    jaw = joined(MOUTH[0], [thinned(m.times_s, m.jaw, m.origin, FINE_TOLERANCE) for m in mouths])
    lips = joined(MOUTH[1], [thinned(m.times_s, m.lips, m.origin, FINE_TOLERANCE) for m in mouths])
    return visemes, (jaw, lips)


def _viseme_pieces(mouth: Mouth) -> list[Piece]:
    """The keys of all visemes; `sil` is what the keys of the others leave, so that the sum stays 1."""
    shapes = [thinned(mouth.times_s, mouth.weights[:, k], mouth.origin) for k in range(1, len(VISEMES))]
    ticks = np.round(mouth.times_s * TICKS) + mouth.origin
    rest = 1.0 - sum(np.interp(ticks, *shape) for shape in shapes)
    return [thinned(mouth.times_s, np.clip(rest, 0.0, 1.0), mouth.origin), *shapes]
