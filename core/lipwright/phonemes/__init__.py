"""Phonemes from a vocal: lyrics aligned to it, or what is heard without them."""

from lipwright.phonemes.aligning import align
from lipwright.phonemes.recognising import recognise

__all__ = ["align", "recognise"]
