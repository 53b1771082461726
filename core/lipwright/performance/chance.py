"""Repeatable chance: a number for (seed, part, index) that no other part's use of chance can change.

Hashing, not a generator with a state: adding a blink never moves the head, and the numbers are the same with every
version of every library.
"""

from __future__ import annotations

import hashlib
import math


def uniform(seed: int, part: str, *index: int) -> float:
    """A number in 0..1, the same for the same arguments, independent for different ones."""
    text = f"{seed}/{part}/{'/'.join(map(str, index))}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") / 2.0**64


def between(low: float, high: float, seed: int, part: str, *index: int) -> float:
    """A number in low..high."""
    return low + (high - low) * uniform(seed, part, *index)


def normal(seed: int, part: str, *index: int) -> float:
    """A number with mean 0 and deviation 1 (Box, Muller), cut off at 2.5."""
    radius = math.sqrt(-2.0 * math.log(max(uniform(seed, part, *index, 0), 1e-12)))
    return max(-2.5, min(2.5, radius * math.cos(math.tau * uniform(seed, part, *index, 1))))
