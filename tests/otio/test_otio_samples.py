"""Timelines exported by Resolve, Premiere, Hiero, Avid and others read, plan and write without losing a clip."""

import json
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from tests.shared import SHARED, shared

from lipwright.errors import TimelineError
from otio_lipwright.edit.plan import plan
from otio_lipwright.edit.walk import timelines, walk
from otio_lipwright.files.formats import read
from otio_lipwright.view.table import table

SAMPLES = sorted(
    path.relative_to(SHARED).as_posix()
    for suffix in ("otio", "xml", "edl", "aaf", "json")
    for path in (SHARED / "data" / "timelines").glob(f"*/*.{suffix}")
)
UNREADABLE = {"dissolve_test_fail.edl", "premiere_example_filter.xml", "screening_example.otio"}
needs_plugins = pytest.mark.skipif(
    "fcp_xml" not in otio.adapters.available_adapter_names(), reason="OpenTimelineIO-Plugins is not installed"
)


def _rounded(value: Any) -> Any:
    """OTIO's JSON reader loses the last bit of some decimals; nothing else may differ."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 9) if isinstance(value, float) else value


def _clips(root: Any) -> list[Any]:
    return [root] if isinstance(root, otio.schema.Clip) else list(root.find_clips())


@needs_plugins
@pytest.mark.parametrize("name", SAMPLES or ["data/timelines"])
def test_every_sample_reads_plans_and_writes(name: str, tmp_path: Path) -> None:
    path = shared(name)
    rate = 25 if "25fps" in name else None
    if path.name in UNREADABLE:
        with pytest.raises(TimelineError, match=path.name):
            read(path, rate=rate)
        return
    timeline = read(path, rate=rate)
    made = plan(timeline, vocal="vocal.wav")
    assert table(made)
    walked = [shown for _, one in timelines(timeline) for shown in walk(one).shown]
    assert len(walked) + len({p.path for p in made.problems}) >= len(_clips(timeline))
    assert len(made.clips) == sum(shown.kind == "Video" for shown in walked)
    out = tmp_path / "out.otio"
    otio.adapters.write_to_file(timeline, str(out))
    assert _rounded(json.loads(read(out).to_json_string())) == _rounded(json.loads(timeline.to_json_string()))
