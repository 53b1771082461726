"""Everything a face does besides the mouth: feeling, lids, eyes, head, brows and breath, each on its own."""

from __future__ import annotations

from collections.abc import Sequence

from lipwright.arrays import Features
from lipwright.performance.face.accents import accents_of
from lipwright.performance.face.breathing import breathing
from lipwright.performance.face.emotion import emotion
from lipwright.performance.face.eyes import blinks, gaze
from lipwright.performance.face.head import brows, head
from lipwright.performance.face.layers import channels_of
from lipwright.performance.gestures import phrases_of
from lipwright.types import Direction, PhonemeSpan, SoundSpan, Track, WordSpan


def act(
    words: Sequence[WordSpan],
    phonemes: Sequence[PhonemeSpan],
    sounds: Sequence[SoundSpan],
    features: Features,
    direction: Direction,
    duration_s: float,
) -> tuple[Track, ...]:
    """Channels in ARKit-52 names, and headYaw, headPitch, headRoll in radians, as sparse keys.

    Every part draws its chance by its own name, so that changing one never moves another; a part at strength 0 adds
    no key. `intensity` scales what comes from the voice: head, brows and breath.
    """
    del words
    seed, force = direction.seed, direction.intensity
    singing = features.singing if direction.singing is None else direction.singing
    phrases = phrases_of(phonemes, sounds, direction, singing)
    accents = accents_of(phonemes, features)
    return channels_of(
        [
            *emotion(phrases, duration_s, direction.emotion, direction.emotion_intensity, seed),
            *blinks(phrases, duration_s, direction.blink_rate, seed),
            *gaze(phrases, duration_s, direction.gaze, seed),
            *head(phrases, accents, features.beats_s, singing, duration_s, force * direction.head, seed),
            *brows(phrases, accents, duration_s, force * direction.brows, seed),
            *breathing(phrases, duration_s, force * direction.breathing, seed),
        ]
    )
