"""A vocal from any sound or video file, and what can be measured in it."""

from lipwright.vocal.features import measure
from lipwright.vocal.source import FileVocal, open_vocal

__all__ = ["FileVocal", "measure", "open_vocal"]
