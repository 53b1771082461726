"""ProRes whose quantiser follows its rate: within the budget where the picture is busy, fine where it is calm."""

from __future__ import annotations

import itertools
from pathlib import Path

import av
import numpy as np
from tests.core.video.video_material import write_clip

from lipwright.video import Writer, open_clip
from lipwright.video.rate_control import SteadyEncoder

SIZE = (256, 144)
BLOCKS = 16 * 9


class _Packet:
    def __init__(self, size: float) -> None:
        self.size = size


class _Coder:
    """Sizes fall with the quantiser as an encoder's do; a picture is how busy it is."""

    def __init__(self, quantiser: int) -> None:
        self.quantiser = quantiser

    def encode(self, busy: float) -> list[_Packet]:
        return [_Packet(busy / self.quantiser**0.85)]


def _told(options: dict[str, str]) -> _Coder:
    return _Coder(int(options["global_quality"]) // 118)


def _sizes(busy: list[float]) -> list[float]:
    steady = SteadyEncoder(_told, *SIZE, bits=8.0)  # a budget of a byte a block
    return [steady.encode(picture)[0].size for picture in busy]


def test_the_first_picture_already_fits() -> None:
    for busy in (10.0, 150.0, 900.0):
        assert _sizes([busy])[0] <= BLOCKS


def test_calm_pictures_are_as_fine_as_can_be() -> None:
    assert _sizes([600.0] * 3 + [100.0] * 12)[-1] == 100.0


def test_sizes_settle_and_do_not_swing() -> None:
    for busy in (160.0, 300.0, 431.0, 750.0):
        sizes = _sizes([busy] * 12)
        assert max(sizes) <= BLOCKS and len(set(sizes[2:])) == 1


def test_a_burst_is_over_the_budget_for_a_few_frames_only() -> None:
    sizes = _sizes([100.0] * 5 + [500.0] * 20)
    assert max(sizes[10:]) <= BLOCKS
    assert all(b <= a for a, b in itertools.pairwise(sizes[5:]))


def test_prores_keeps_near_its_rate_and_every_frame(tmp_path: Path) -> None:
    """Noise takes more than the rate at the finest quantiser."""
    rng, shape = np.random.default_rng(0), (SIZE[1], SIZE[0], 3)
    noise = [rng.integers(118, 138, shape, dtype=np.uint8) for _ in range(12)]
    frames = [av.VideoFrame.from_ndarray(n, "rgb24").reformat(format="yuv420p") for n in noise]
    clip = open_clip(write_clip(tmp_path / "in.mkv", frames, codec="ffv1"))
    out = tmp_path / "out.mov"
    with Writer(out, clip.info, codec="prores") as writer:
        for frame in clip.frames():
            writer.write(frame)
    with av.open(str(out)) as made:
        sizes = [p.size for p in made.demux(made.streams.video[0]) if p.size]
    assert len(sizes) == len(frames)
    assert max(sizes) <= 1.3 * BLOCKS * 900 / 8
