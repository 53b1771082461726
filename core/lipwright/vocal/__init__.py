"""A vocal from any sound or video file, what can be measured in it, and whether it is good enough."""

from lipwright.vocal.features import measure
from lipwright.vocal.quality import Finding, Report, judge
from lipwright.vocal.source import FileVocal, open_vocal

__all__ = ["FileVocal", "Finding", "Report", "judge", "measure", "open_vocal"]
