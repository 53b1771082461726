"""`.lipwright` documents to and from OTIO. OTIO loads this file under a name of its own, so it stays thin."""

from __future__ import annotations

from typing import Any


def read_from_string(input_str: str, rate: float = 10_000.0, markers: str = "words,phonemes,visemes,breaths") -> Any:
    """A timeline with one clip over the vocal; `rate` of its ranges, `markers` names the layers wanted."""
    from lipwright import document
    from otio_lipwright.adapters.performances import timeline_from_performance

    return timeline_from_performance(document.loads(input_str), rate=float(rate), markers=markers)


def write_to_string(input_otio: Any) -> str:
    """The performance in the timeline; markers that were moved or renamed become hand corrections."""
    from lipwright import document
    from otio_lipwright.adapters.performances import performance_from_timeline

    return document.dumps(performance_from_timeline(input_otio))
