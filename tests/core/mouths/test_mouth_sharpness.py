"""Detail that resampling took is given back on the mouth alone, and never more than was there."""

import cv2
import numpy as np
import pytest

from lipwright.mouths.face.warp import Box
from lipwright.mouths.pixels.sharpness import detail_of, sharpened

IOD = 100.0
LIPS = np.array([[80 + 25 * np.cos(a), 60 + 12 * np.sin(a)] for a in np.linspace(0, 2 * np.pi, 40, endpoint=False)])
BOX = Box(0, 0, 160, 120)


@pytest.fixture
def picture() -> np.ndarray:
    noise = np.random.default_rng(4).normal(128, 40, (120, 160, 3))
    return np.asarray(np.clip(cv2.GaussianBlur(noise, (0, 0), 1.2) * 1.5 - 64, 0, 255), np.uint8)


def softened(picture: np.ndarray) -> np.ndarray:
    """What a soft resampling leaves."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.5))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_lost_detail_comes_back_on_the_mouth_alone(picture: np.ndarray, dtype: type) -> None:
    source = picture.astype(dtype) * (1 if dtype is np.uint8 else 257)
    soft = softened(source)
    wanted = detail_of(source, LIPS, IOD)
    assert detail_of(soft, LIPS, IOD) < 0.9 * wanted
    out = sharpened(soft, LIPS, BOX, IOD, wanted)
    assert out.dtype == dtype and abs(detail_of(out, LIPS, IOD) / wanted - 1.0) < 0.05
    error = [float(np.abs(x.astype(float) - source)[50:70, 65:95].mean()) for x in (soft, out)]
    assert error[1] < error[0], "sharpening went away from the source"
    assert np.array_equal(out[:20], soft[:20]) and np.array_equal(out[:, :20], soft[:, :20])


def test_what_is_sharp_enough_is_left_alone(picture: np.ndarray) -> None:
    wanted = detail_of(picture, LIPS, IOD)
    assert sharpened(picture, LIPS, BOX, IOD, 0.5 * wanted) is picture
    assert sharpened(picture, LIPS, BOX, IOD, 0.0) is picture


def test_a_blurred_mouth_is_not_made_to_ring(picture: np.ndarray) -> None:
    blurred = cv2.GaussianBlur(picture, (0, 0), 3.0)
    out = sharpened(blurred, LIPS, BOX, IOD, detail_of(picture, LIPS, IOD))
    assert np.abs(out.astype(int) - blurred).max() < 12


def test_a_mouth_off_the_picture_has_no_detail(picture: np.ndarray) -> None:
    assert detail_of(picture, LIPS - 300.0, IOD) == 0.0
