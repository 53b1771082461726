"""Previews show the mouth whatever the shape of the picture, with pixels as wide as they are."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from lipwright.dubbing import Options
from lipwright.dubbing.previewing import preview
from lipwright.errors import OptionError
from lipwright.types import Performance
from lipwright.video import open_clip

pytestmark = [pytest.mark.models, pytest.mark.slow]


def film(path: Path, footage: Path, size: tuple[int, int], face: tuple[int, int, int, int], aspect: int = 1) -> Path:
    """The footage, resized to (w, h) and placed at (x, y) of a grey picture of `size`."""
    x, y, w, h = face
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"qp": "4", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(aspect)
        for frame in list(open_clip(footage).frames())[:8]:
            picture = np.full((size[1], size[0], 3), 90, np.uint8)
            picture[y : y + h, x : x + w] = cv2.resize(frame.picture.to_ndarray(format="rgb24"), (w, h))
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("size", "face", "aspect", "shown"),
    [
        ((1200, 300), (100, 0, 300, 300), 1, (1200, 600)),  # wide: one over the other
        ((300, 448), (0, 80, 300, 300), 1, (600, 448)),  # upright: side by side
        ((150, 300), (0, 0, 150, 300), 2, (600, 300)),  # pixels twice as wide as high
    ],
)
def test_a_side_by_side_clip_fits_the_picture(
    size: tuple[int, int], face: tuple[int, int, int, int], aspect: int, shown: tuple[int, int],
    footage: Path, sung: Performance, tmp_path: Path,
) -> None:  # fmt: skip
    clip = film(tmp_path / "clip.mov", footage, size, face, aspect)
    preview(clip, sung, Options(output=tmp_path / "look.mp4", sound="none", engine="exemplar"))
    info = open_clip(tmp_path / "look.mp4").info
    assert (info.width, info.height) == shown and info.pixel_aspect == 1


def test_of_a_tiny_face_only_its_neighbourhood_is_shown_and_larger(
    footage: Path, sung: Performance, tmp_path: Path
) -> None:
    clip = film(tmp_path / "clip.mov", footage, (1280, 720), (600, 300, 90, 90))
    preview(clip, sung, Options(output=tmp_path / "look.mp4", sound="none", engine="exemplar"))
    [first, *_] = open_clip(tmp_path / "look.mp4").frames()
    picture = first.picture.to_ndarray(format="rgb24")
    assert picture.shape[0] <= 480 and (np.abs(picture.astype(int) - 90).max(2) > 12).mean() > 0.25


def test_outputs_that_are_neither_or_are_read_are_refused(footage: Path, sung: Performance, tmp_path: Path) -> None:
    options = Options(output=tmp_path / "look.gif", sound="none")
    with pytest.raises(OptionError, match="neither"):
        preview(footage, sung, options)
    with pytest.raises(OptionError, match="is read for this"):
        preview(footage, sung, replace(options, output=footage))
