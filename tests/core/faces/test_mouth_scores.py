"""The scores see known damage: copies of one clip, each damaged in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from tests.bench.mouth.containers import changes
from tests.bench.mouth.motion import closures, silence_motion, silent_spans
from tests.bench.mouth.score import score
from tests.core.video.video_material import write_clip

from .face_material import head, opened, placed

pytestmark = [pytest.mark.models, pytest.mark.slow]
COUNT = 24
OPENING = 0.5 - 0.5 * np.cos(np.arange(COUNT) * 2 * np.pi / 12)
MOUTH = np.s_[145:195, 195:260]  # around the lips in the placed picture


def picture(i: int) -> np.ndarray:
    """A head of 256 pixels that opens its mouth, with grain that differs from frame to frame."""
    grain = np.random.default_rng(i).normal(0, 2, (300, 400, 3))
    return np.clip(placed(400, 300, [(opened(head(256), 0.6 * OPENING[i]), 100, 20)]) + grain, 0, 255).astype(np.uint8)


def write(
    path: Path, change: Callable[[int], np.ndarray], count: int = COUNT, options: dict[str, str] | None = None
) -> Path:
    frames = [av.VideoFrame.from_ndarray(change(i), "rgb24") for i in range(count)]
    if options:
        return write_clip(
            path, [f.reformat(format="yuv420p") for f in frames], codec="libx264", options=options, sound="aac"
        )
    return write_clip(path, frames, codec="libx264rgb", options={"qp": "0", "preset": "ultrafast"}, sound="pcm_s16le")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The clip; its faces are looked for once and kept in a folder of the test's own."""
    folder = tmp_path_factory.mktemp("scores")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIPWRIGHT_HOME", str(folder / "home"))
        yield write(folder / "source.mov", picture)


def judged(source: Path, name: str, change: Callable[[int], np.ndarray], **options: Any) -> dict[str, Any]:
    take = write(source.parent / f"{name}.mov", change, **options)
    want = {"times_s": (np.arange(COUNT) / 25).tolist(), "opening": OPENING.tolist()}
    return score(source, take, intended=want)


def soft(change: Callable[[np.ndarray, int], np.ndarray]) -> Callable[[int], np.ndarray]:
    """The change, feathered into the mouth."""
    matte = np.zeros((300, 400), np.float32)
    matte[MOUTH] = 1
    matte = cv2.GaussianBlur(matte, (0, 0), 6)[..., None]

    def make(i: int) -> np.ndarray:
        whole = picture(i)
        return np.clip(whole * (1 - matte) + change(whole, i) * matte + 0.5, 0, 255).astype(np.uint8)

    return make


def test_an_equal_copy_scores_perfectly(source: Path) -> None:
    r = judged(source, "same", picture)
    assert not changes(r["container"]) and r["container"]["audio"]["state"] == "copied"
    assert r["outside"]["max"] == 0 and r["mouth_pixels"]["psnr_db"] == 100
    assert r["motion"]["jitter_excess"] == 0 and r["motion"]["lmd"] == 0
    assert r["intended"]["r"] > 0.9 and abs(r["intended"]["lag_ms"]) <= 20


def test_blur_shows_in_sharpness_only_at_the_mouth(source: Path) -> None:
    r = judged(source, "blur", soft(lambda whole, _: cv2.GaussianBlur(whole, (0, 0), 2.5)))["mouth_pixels"]
    assert r["sharpness_ratio"] < 0.5 and r["sharpness_ratio_rest_of_face"] > 0.9 and r["psnr_db"] < 45


def test_a_frozen_mouth_shows_in_the_closed_loop(source: Path) -> None:
    r = judged(source, "frozen", soft(lambda _, i: picture(0)))
    assert not r["intended"]["r"] > 0.6 and r["motion"]["lmd"] > 5


def test_shaking_shows_in_jitter(source: Path) -> None:
    rng = np.random.default_rng(2)

    def shaken(whole: np.ndarray, i: int) -> np.ndarray:
        dx, dy = rng.normal(0, 2.5, 2)
        return cv2.warpAffine(whole, np.array([[1, 0, dx], [0, 1, dy]]), (400, 300), borderMode=cv2.BORDER_REPLICATE)

    r = judged(source, "shaken", soft(shaken))
    assert r["motion"]["jitter_ratio"] > 1.5


def test_a_hard_edge_shows_as_a_seam(source: Path) -> None:
    def hard(i: int) -> np.ndarray:
        whole = picture(i)
        whole[MOUTH] = whole[MOUTH] * 0.8
        return whole

    edge = judged(source, "hard", hard)["mouth_pixels"]["seam_changed_edge"]
    feathered = judged(source, "soft", soft(lambda whole, _: whole * 0.8))["mouth_pixels"]["seam_changed_edge"]
    assert edge > 1.0 and edge > 2 * feathered


def test_late_lossy_short_and_stained_takes_are_named(source: Path) -> None:
    late = judged(source, "late", lambda i: picture(max(0, i - 2)))
    assert 60 <= late["intended"]["lag_ms"] <= 100
    lossy = judged(source, "lossy", picture, options={"crf": "30"})
    assert lossy["container"]["audio"]["state"] == "changed" and any(
        "pix_fmt" in c for c in changes(lossy["container"])
    )
    short = judged(source, "short", picture, count=COUNT - 1)
    assert any("frames" in c for c in changes(short["container"]))

    def stained(i: int) -> np.ndarray:
        whole = picture(i)
        whole[:4, :4] ^= 255
        return whole

    assert judged(source, "stained", stained)["outside"]["max"] > 50


def test_closures_and_silence_are_counted() -> None:
    times = np.arange(50) / 25
    opening = np.where((times > 0.9) & (times < 1.1), 0.0, 0.1)
    assert closures(times, opening, [1.0, 0.4]) == {
        "marks": 2,
        "closed_share": 0.5,
        "median_opening": pytest.approx(0.05),
    }
    lips = np.zeros((50, 40, 2))
    lips[:, :, 1] = np.where(times < 1.0, 0, times)[:, None]
    still, moving = (silence_motion(times, lips, opening, [span]) for span in ((0.0, 0.8), (1.1, 2.0)))
    assert still["lip_speed"] == 0 and moving["lip_speed"] == pytest.approx(1.0)
    sound = np.concatenate([np.ones(16_000), np.zeros(8_000), np.ones(8_000)]) * np.sin(np.arange(32_000))
    assert silent_spans(sound, 16_000) == [(1.0, 1.5)]
