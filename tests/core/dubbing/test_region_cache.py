"""What was kept of a frame is what decoding it again gives, and too little room only means decoding again."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from tests.core.video.video_material import write_clip

from lipwright.dubbing.footage.region_cache import Spool
from lipwright.mouths.face.landmark_indices import EYE_LEFT, EYE_RIGHT
from lipwright.mouths.face.warp import Box
from lipwright.video import Clip, open_clip, region_rgb

SIZE = (320, 240)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Eight frames of noise, ten bits."""
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=np.uint8) for _ in range(8)]
    frames = [av.VideoFrame.from_ndarray(n, "rgb24").reformat(format="yuv420p10le") for n in noise]
    return open_clip(write_clip(tmp_path_factory.mktemp("spool") / "in.mkv", frames, codec="ffv1"))


def _face(left: float, top: float) -> np.ndarray:
    """Points of a face of 100 pixels, every one somewhere inside, the eyes apart."""
    rng = np.random.default_rng(1)
    points = rng.uniform(0, 100, (478, 3)) + (left, top, 0)
    points[EYE_LEFT], points[EYE_RIGHT] = (left + 30, top + 40, 0), (left + 70, top + 40, 0)
    return points.astype(np.float32)


def _boxes() -> dict[int, Box]:
    return {i: Box(70 + i, 61, 130 + i, 110) for i in range(8) if i != 5}


def _checked(clip: Clip, spool: Spool) -> None:
    """Every region asked for is the frame's own, once."""
    whole = {f.index: region_rgb(f, f.box(), np.uint16) for f in clip.frames()}
    seen = []
    for number, region in spool.regions(_boxes()):
        box = _boxes()[number]
        assert np.array_equal(region, whole[number][box.top : box.bottom, box.left : box.right])
        seen.append(number)
    assert sorted(seen) == sorted(_boxes())


def test_kept_regions_are_the_frames_own(clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Spool(clip, tmp_path) as spool:
        for frame in clip.frames():
            spool.keep(frame, [_face(200, 100), _face(50, 40)])
        _checked(clip, spool)
        monkeypatch.setattr(Clip, "pick", lambda _, missing: [] if not missing else pytest.fail("decoded again"))
        assert len(list(spool.regions(_boxes()))) == 7
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("most", [0, 150_000])
def test_what_finds_no_room_is_decoded_again(clip: Clip, tmp_path: Path, most: int) -> None:
    with Spool(clip, tmp_path, most) as spool:
        for frame in clip.frames():
            spool.keep(frame, [_face(50, 40)])
        _checked(clip, spool)


def test_a_face_that_moved_out_of_what_was_kept_is_decoded_again(clip: Clip, tmp_path: Path) -> None:
    with Spool(clip, tmp_path) as spool:
        for frame in clip.frames():
            spool.keep(frame, [_face(150, 40)])
        _checked(clip, spool)


def test_without_a_folder_everything_is_decoded(clip: Clip, tmp_path: Path) -> None:
    for folder in (None, tmp_path / "missing"):
        with Spool(clip, folder) as spool:
            for frame in clip.frames():
                spool.keep(frame, [_face(50, 40)])
            _checked(clip, spool)
