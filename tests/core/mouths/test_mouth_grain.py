"""Grain is measured as it was made, taken off, and made anew for each frame."""

import cv2
import numpy as np
import pytest

from lipwright.mouths.face.landmark_indices import ANCHORS
from lipwright.mouths.face.warp import Shape
from lipwright.mouths.pixels.grain import Grain, cleaned, grain_of, usual_grain, with_grain

IOD = 160.0


def circle(x: float, y: float, a: float, b: float, count: int) -> np.ndarray:
    turns = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([x + a * np.cos(turns), y + b * np.sin(turns)], 1)


SHAPE = Shape(circle(150, 100, 45, 18, 40), circle(150, 110, 110, 85, len(ANCHORS)))


def face(strength: float, blur: float = 0.0, seed: int = 1) -> np.ndarray:
    """A shaded face with a mouth, and noise on it."""
    y, x = np.mgrid[:220, :300]
    luma = 120 + 25 * np.sin(x / 60) + 20 * np.cos(y / 50)
    cv2.ellipse(luma, (150, 100), (45, 18), 0, 0, 360, 60, -1)
    noise = np.random.default_rng(seed).normal(size=luma.shape)
    noise = cv2.GaussianBlur(noise, (0, 0), blur) if blur else noise
    luma = luma + strength * noise / noise.std()
    return np.clip(luma[..., None] * [1.05, 0.9, 0.8], 0, 255).round().astype(np.uint8)


@pytest.mark.parametrize(("strength", "blur"), [(3.0, 0.0), (6.0, 0.0), (6.0, 0.9), (9.0, 0.9)])
def test_what_is_put_back_reads_as_what_was_there(strength: float, blur: float) -> None:
    grainy = face(strength, blur)
    have = grain_of(grainy, SHAPE, IOD)
    clean = cleaned(grainy, have)
    left = grain_of(clean, SHAPE, IOD)
    assert have.seen and np.hypot(left.fine, left.coarse) < 0.5 * np.hypot(have.fine, have.coarse)
    again = grain_of(with_grain(clean, have.over(left), 5), SHAPE, IOD)
    assert again.fine == pytest.approx(have.fine, rel=0.25) and again.coarse == pytest.approx(have.coarse, rel=0.25)


def test_edges_outlive_the_cleaning() -> None:
    grainy, bare = face(5.0), face(0.0)
    clean = cleaned(grainy, grain_of(grainy, SHAPE, IOD)).astype(float)
    column = np.s_[75:90, 150, 1]  # over the upper edge of the mouth
    assert np.abs(np.diff(clean[column])).max() > 0.8 * np.abs(np.diff(bare[column].astype(float))).max()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_frame_has_its_own_grain_and_every_run_the_same(dtype: type) -> None:
    grey = np.full((90, 640, 3), 120 * (1 if dtype is np.uint8 else 257), dtype)
    first, again, other = (with_grain(grey, Grain(5.0, 2.5), n).astype(float)[..., 0].ravel() for n in (3, 3, 4))
    assert np.array_equal(first, again) and abs(np.corrcoef(first, other)[0, 1]) < 0.05
    assert first.std() / (1 if dtype is np.uint8 else 257) == pytest.approx(5.0, rel=0.15)


def test_clean_footage_is_left_alone() -> None:
    assert not grain_of(face(0.4), SHAPE, IOD).seen
    assert not grain_of(face(6.0)[:40, :40], SHAPE, IOD).seen, "without skin nothing is told"
    assert Grain(1.0, 1.0).over(Grain(2.0, 0.6)) == Grain(0.0, 0.8)
    assert usual_grain([Grain(1, 2), Grain(2, 3), Grain(9, 9)]) == Grain(2, 3)
