"""Praat TextGrids to and from OTIO. OTIO loads this file under a name of its own, so it stays thin."""

from __future__ import annotations

from typing import Any


def read_from_string(input_str: str) -> Any:
    """A timeline with a marker for each word, or each line where only lines are timed."""
    from otio_lipwright.adapters.captions import timeline_from_text

    return timeline_from_text(input_str)


def write_to_string(input_otio: Any) -> str:
    """The performance, or the word markers, of a timeline."""
    from otio_lipwright.adapters.captions import text_from_timeline

    return text_from_timeline(input_otio, "textgrid")
