"""Rhubarb TSV to and from OTIO. OTIO loads this file under a name of its own, so it stays thin."""

from __future__ import annotations

from typing import Any


def read_from_string(input_str: str) -> Any:
    """A timeline with a marker for each mouth letter; for each word, where the file holds words instead."""
    from otio_lipwright.adapters.mouth_letters import letters_in, timeline_from_letters

    letters = letters_in(input_str)
    if letters:
        return timeline_from_letters(letters)
    from otio_lipwright.adapters.captions import timeline_from_text

    return timeline_from_text(input_str)


def write_to_string(input_otio: Any) -> str:
    """The mouth letters of a timeline read from such a file; else of the performance, or the words, it holds."""
    from otio_lipwright.adapters.mouth_letters import text_from_letters

    text = text_from_letters(input_otio)
    if text:
        return text
    from otio_lipwright.adapters.captions import text_from_timeline

    return text_from_timeline(input_otio, "rhubarb-tsv")
