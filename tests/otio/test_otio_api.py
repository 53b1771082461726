"""The documented lines of Python run as they stand, on a cut of two clips of a face over the demo song."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest

import lipwright

ROOT = Path(__file__).parents[2]
SONG = Path(lipwright.__file__).parent / "data" / "demo"


@pytest.fixture
def cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """cut.otio, face.mkv, song.ogg and song.lrc in the working folder; the face is a public-domain photograph."""
    data = pytest.importorskip("skimage.data")
    monkeypatch.chdir(tmp_path)
    picture = np.ascontiguousarray(data.astronaut()[:256, 96:352])
    with av.open("face.mkv", "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 256, 256, "yuv444p"
        for _ in range(40):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(stream.encode(None))
    for name in ("song.ogg", "song.lrc"):
        shutil.copy(SONG / name, name)
    timeline = otio.schema.Timeline("cut")
    video, audio = otio.schema.Track("V1", kind="Video"), otio.schema.Track("A1", kind="Audio")
    for first in (0, 15):
        video.append(clip("face.mkv", 40, first, 15))
    audio.append(clip("song.ogg", 330, 8, 30))
    timeline.tracks.extend([video, audio])
    otio.adapters.write_to_file(timeline, "cut.otio")
    return tmp_path / "cut.otio"


def clip(name: str, frames: int, first: int, length: int) -> otio.schema.Clip:
    def span(start: int, count: int) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(otio.opentime.RationalTime(start, 25), otio.opentime.RationalTime(count, 25))

    reference = otio.schema.ExternalReference(name, span(0, frames))
    return otio.schema.Clip(name, media_reference=reference, source_range=span(first, length))


def example() -> str:
    """The Python block of docs/otio.md."""
    text = (ROOT / "docs" / "otio.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", text, re.S)
    assert found is not None
    return found.group(1)


@pytest.mark.slow
@pytest.mark.models
def test_the_documented_lines_run_twice_and_the_second_time_do_nothing(
    cut: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(example(), "docs/otio.md", "exec"), {})
    assert "face.mkv" in capsys.readouterr().out
    made = otio.adapters.read_from_file("cut.lips.otio")
    for item in made.find_clips():
        if item.name == "face.mkv":
            assert set(item.media_references()) == {"DEFAULT_MEDIA", "LIPWRIGHT"}
            assert item.active_media_reference_key == "LIPWRIGHT"
    before = {path: path.stat().st_mtime_ns for path in Path("lipwright/takes").iterdir()}
    exec(compile(example(), "docs/otio.md", "exec"), {})
    assert {path: path.stat().st_mtime_ns for path in Path("lipwright/takes").iterdir()} == before
