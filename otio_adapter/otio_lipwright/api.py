"""What pipelines use: timelines read and written, planned, switched and conformed, in one line each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otio_lipwright.conform.conforming import Options, Report, Result, silent
from otio_lipwright.conform.conforming import conform as conform_with
from otio_lipwright.edit.plan import plan
from otio_lipwright.edit.references import switch
from otio_lipwright.files.formats import read, write
from otio_lipwright.view.table import table

if TYPE_CHECKING:
    from lipwright.service import PerformOptions
    from lipwright.types import Direction

__all__ = ["conform", "plan", "read", "switch", "table", "write"]


def conform(
    source: str | Path,
    output: str | Path,
    *,
    lyrics: str | Path | None = None,
    direction: Direction | None = None,
    hearing: PerformOptions | None = None,
    mouth: Mapping[str, Any] | None = None,
    report: Report = silent,
    **options: Any,
) -> Result:
    """Lip-sync every clip of `source` that lies over a vocal, and write the timeline to `output`.

    `lyrics`: a Path, or the words themselves · `direction`, `hearing`: how it is performed and heard · `mouth`: fields
    of `lipwright.dubbing.Options` such as engine or face · further options are fields of
    `otio_lipwright.conform.conforming.Options`: vocal_track, clips, handles, store, show, target. Raises
    LipwrightError; what
    went wrong with single clips is in the result's outcomes.
    """
    from lipwright.types import Direction
    from otio_lipwright.conform.engines import ServiceDubber, ServicePerformer

    dubber = ServiceDubber(dict(mouth or {}))
    with ServicePerformer(lyrics, direction or Direction(), hearing) as performer:
        return conform_with(Path(source), Path(output), Options(**options), performer, dubber, report=report)
