"""Two mouths a little apart mix to one with single edges, not to both at once."""

import cv2
import numpy as np
import pytest

from lipwright.mouths.pixels.morph import between


def lips(down: float, dtype: type = np.uint8) -> np.ndarray:
    """A dark bar with soft edges on skin, `down` pixels lower."""
    y = np.arange(90, dtype=float)[:, None]
    bar = 1 / (1 + np.exp(-(y - 40 - down) / 0.8)) - 1 / (1 + np.exp(-(y - 50 - down) / 0.8))
    skin = cv2.GaussianBlur(np.random.default_rng(2).normal(160, 25, (90, 140)), (0, 0), 2.0)
    levels = np.clip(skin * (1 - 0.75 * bar), 0, 255)[..., None] * [1.0, 0.9, 0.8]
    return np.rint(levels * (257 if dtype is np.uint16 else 1)).astype(dtype)


def edge(rgb: np.ndarray) -> float:
    """The steepest step down the middle, in 8-bit levels."""
    column = rgb[30:60, 40:100, 1].astype(float).mean(1) / (257 if rgb.dtype == np.uint16 else 1)
    return float(np.abs(np.diff(column)).max())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_edges_stay_single_and_lie_between(dtype: type) -> None:
    first, second = lips(0.0, dtype), lips(4.0, dtype)
    mixed = between(first, second, 0.5)
    plain = cv2.addWeighted(first, 0.5, second, 0.5, 0.0)
    assert mixed.dtype == dtype and edge(mixed) > 0.8 * edge(first) > 1.2 * edge(plain)
    middle = np.abs(mixed.astype(float) - lips(2.0, dtype))[35:60, 30:110].mean()
    assert middle < np.abs(plain.astype(float) - lips(2.0, dtype))[35:60, 30:110].mean()


def test_nothing_moves_between_equals() -> None:
    assert np.abs(between(lips(0.0), lips(0.0), 0.3).astype(int) - lips(0.0)).max() <= 2
