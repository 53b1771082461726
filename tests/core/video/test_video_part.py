"""A stretch of a clip is a clip: the same pictures, its own clock and timecode, its own sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from lipwright.errors import MediaError, OptionError
from lipwright.video import Sound, Writer, open_clip, part


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds at 25, each picture one grey, a tone that jumps at every second, timecode from an hour on."""
    path = tmp_path_factory.mktemp("part") / "film.mkv"
    with av.open(str(path), "w") as out:
        picture = out.add_stream("ffv1", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        picture.metadata["timecode"] = "01:00:00:00"
        sound = out.add_stream("pcm_s16le", rate=16000, layout="mono")
        for n in range(100):
            frame = av.VideoFrame.from_ndarray(np.full((72, 64), 20 + 2 * n, np.uint8), "yuv420p")
            frame.pts = n
            out.mux(picture.encode(frame))
        level = np.repeat([1000, 2000, 3000, 4000], 16000).astype(np.int16)
        for at in range(0, len(level), 800):
            block = av.AudioFrame.from_ndarray(level[None, at : at + 800], format="s16", layout="mono")
            block.rate, block.pts = 16000, at
            out.mux(sound.encode(block))
        for stream in (picture, sound):
            out.mux(stream.encode(None))
    return path


def greys(frames: object) -> list[int]:
    return [int(f.picture.to_ndarray()[0, 0]) for f in frames]  # type: ignore[attr-defined]


def test_the_same_pictures_on_their_own_clock(film: Path) -> None:
    clip = open_clip(film)
    stretch = part(clip, 1.0, 2.0)
    frames = list(stretch.frames())
    assert greys(frames) == greys(clip.frames(25, 50))
    assert [f.index for f in frames] == list(range(25))
    assert [f.time_s for f in frames] == pytest.approx([n / 25 for n in range(25)], abs=1e-3)
    assert stretch.times_s() == pytest.approx([n / 25 for n in range(25)], abs=1e-3)
    assert greys(stretch.frames(5, 8)) == greys(clip.frames(30, 33))
    assert greys(stretch.pick([0, 24])) == greys(clip.pick([25, 49]))
    assert stretch.info.timecode in ("01:00:01:00", "") and stretch.info.duration_s == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("from_s", "to_s", "count"), [(0.0, None, 100), (3.96, None, 1), (0.5, 0.54, 2), (1.02, 1.1, 3)]
)
def test_every_picture_that_is_shown_in_the_stretch_is_in_it(
    film: Path, from_s: float, to_s: float | None, count: int
) -> None:
    assert len(list(part(open_clip(film), from_s, to_s).frames())) == count


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(60000, 1001)])
def test_times_from_frame_numbers_find_their_frames(rate: Fraction, tmp_path: Path) -> None:
    path = tmp_path / "ntsc.mkv"
    with av.open(str(path), "w") as out:
        picture = out.add_stream("ffv1", rate=rate)
        picture.width, picture.height, picture.pix_fmt = 16, 16, "gray"
        for n in range(60):
            out.mux(picture.encode(av.VideoFrame.from_ndarray(np.full((16, 16), n, np.uint8), "gray")))
        out.mux(picture.encode(None))
    clip = open_clip(path)
    for first, last in ((0, 1), (7, 19), (23, 60)):
        stretch = part(clip, round(first / float(rate), 6), round(last / float(rate), 6))
        assert [f.picture.to_ndarray()[0, 0] for f in stretch.frames()] == list(range(first, last))


@pytest.mark.parametrize(("from_s", "to_s"), [(-1.0, 1.0), (2.0, 2.0), (2.0, 1.0)])
def test_an_empty_stretch_is_refused(film: Path, from_s: float, to_s: float) -> None:
    with pytest.raises(OptionError, match="stretch"):
        part(open_clip(film), from_s, to_s)


def test_a_stretch_past_the_end_is_refused(film: Path) -> None:
    with pytest.raises(MediaError, match="no picture from 9"):
        part(open_clip(film), 9.0, None)


def test_its_own_sound_comes_with_it_and_nothing_before(film: Path, tmp_path: Path) -> None:
    stretch = part(open_clip(film), 1.0, 3.0)
    out_path = tmp_path / "stretch.mkv"
    with Writer(out_path, stretch.info, codec="ffv1", sounds=[Sound(film, end_s=stretch.info.duration_s)]) as out:
        for frame in stretch.frames():
            out.write(frame)
    with av.open(str(out_path)) as made:
        assert float((made.streams.video[0].start_time or 0) * made.streams.video[0].time_base) == pytest.approx(
            0, abs=1e-3
        )
        blocks = [(float(f.pts * f.time_base), f.to_ndarray()[0]) for f in made.decode(audio=0)]
    heard = np.concatenate([block for _, block in blocks])
    assert blocks[0][0] == pytest.approx(0.0, abs=0.051) and set(heard.tolist()) == {2000, 3000}
    assert len(heard) == pytest.approx(32000, abs=801)
