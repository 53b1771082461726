"""The stretch that is dubbed is the source's own frames, and the vocal that is heard the source's own samples."""

import dataclasses
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.otio.fakes import FakePerformer

from lipwright.errors import MediaError, NoFace, OptionError
from lipwright.types import Corrections
from otio_lipwright.conform.conforming import Footage, NothingToDo
from otio_lipwright.conform.engines import ServiceDubber, ServicePerformer, stretch, write_wav

FPS = Fraction(30000, 1001)


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    """60 grey frames, each with its number as brightness, with a drop-frame timecode an hour in."""
    path = tmp_path / "numbers.mov"
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libx264", rate=FPS, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv444p"
        stream.time_base = 1 / FPS
        stream.metadata["timecode"] = "01:00:00;00"
        for number in range(60):
            planes = np.full((3, 48, 64), 128, np.uint8)
            planes[0] = 16 + 3 * number
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(planes), format="yuv444p")
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def numbers(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [round((float(np.frombuffer(f.planes[0], np.uint8)[0]) - 16) / 3) for f in container.decode(video=0)]


def test_a_file_tells_its_rate_length_and_start(footage: Path) -> None:
    found = ServiceDubber().probe(footage)
    assert (found.fps, found.frames, found.start_frame, found.drop) == (FPS, 60, 107_892, True)


@pytest.mark.parametrize(("first", "end"), [(0, 60), (7, 31), (59, 60)])
def test_a_stretch_is_exactly_the_frames_asked_for_with_their_timecode(
    footage: Path, tmp_path: Path, first: int, end: int
) -> None:
    out = stretch(Footage(footage, FPS, first, end, 107_892 + first, True), tmp_path / "part.mov")
    assert numbers(out) == list(range(first, end))
    found = ServiceDubber().probe(out)
    assert (found.frames, found.start_frame, found.fps) == (end - first, 107_892 + first, FPS)


def test_frames_beyond_the_file_are_said(footage: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="frames 90 to 99"):
        stretch(Footage(footage, FPS, 90, 100, 0), tmp_path / "part.mov")


def test_a_stretch_of_a_vocal_is_its_own_samples(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    samples = (rng.standard_normal(48_000) * 0.1).astype(np.float32)
    whole, part = tmp_path / "whole.wav", tmp_path / "part.wav"
    write_wav(whole, samples, 16_000)
    with ServicePerformer() as performer:
        assert performer.length_s(whole) == 3
        performer._cut(whole, Fraction(1, 2), Fraction(5, 4), part)
        with av.open(str(part)) as container:
            found = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])
        assert np.array_equal(found, samples[8_000:20_000])
        with pytest.raises(MediaError, match="ends before"):
            performer._cut(whole, Fraction(4), None, part)


def test_what_decides_a_result_is_in_the_recipe(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_text("one")
    one = ServicePerformer(text)
    assert one.whole
    assert not ServicePerformer().whole
    text.write_text("two")
    assert ServicePerformer(text).recipe != one.recipe
    other = dataclasses.replace(one.direction, seed=one.direction.seed + 1)
    assert ServicePerformer(None, other).recipe != ServicePerformer(None, one.direction).recipe
    assert ServiceDubber({"opening": 1.2}).recipe != ServiceDubber().recipe
    with pytest.raises(OptionError, match="opening"):
        ServiceDubber({"opening": 99.0})


@pytest.mark.parametrize(
    ("trouble", "raised"),
    [
        (NoFace("nobody is seen in 'a.mov'; check the clip"), NothingToDo),
        (MediaError("cannot read 'no face.mov' (it is empty); export it again"), MediaError),
        (MediaError("no face was found in 'other.mov'; choose another clip"), MediaError),  # more footage of the person
    ],
)
def test_a_clip_without_a_face_is_left_and_every_other_trouble_is_said(
    footage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: MediaError, raised: type[Exception]
) -> None:
    def failing(*_: Any) -> None:
        raise trouble

    monkeypatch.setattr("lipwright.dubbing.dub", failing)
    cut = Footage(footage, Fraction(24), 0, 2, 0)
    performance = FakePerformer()(Path("song.wav"), Fraction(0), Fraction(1), Corrections(), None, lambda *_: None)
    with pytest.raises(raised):
        ServiceDubber()(cut, performance, tmp_path / "take.mov", lambda *_: None)
