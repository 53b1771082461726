"""Mirrored mouths are the mirror image, and only taken where nothing else fits."""

from dataclasses import replace

import numpy as np
import pytest

from lipwright.mouths.face.landmark_indices import ANCHORS, LIPS
from lipwright.mouths.face.warp import Shape
from lipwright.mouths.footage.bank import Bank
from lipwright.mouths.footage.mirror import mirrored, with_mirrored

# x of MediaPipe's canonical face at some points that are listed as pairs, left one first: corners, nose wings, jaw.
PAIRS = [(61, 291), (78, 308), (146, 375), (185, 409), (172, 397), (148, 377), (83, 313), (98, 327), (57, 287)]
MIDDLE = [0, 13, 14, 17, 18, 152, 164, 200, 2]


@pytest.fixture
def bank() -> Bank:
    rng = np.random.default_rng(3)
    lips = rng.normal(size=(4, 40, 3))
    shapes = tuple(Shape(rng.uniform(5, 50, (40, 2)), rng.uniform(5, 50, (len(ANCHORS), 2))) for _ in range(4))
    return Bank(
        reference=rng.normal(size=(12, 3)),
        pictures=tuple(rng.integers(0, 255, (48, 60, 3), np.uint8) for _ in range(4)),
        shapes=shapes,
        iod=np.full(4, 40.0),
        lips=lips,
        pose=np.array([[0.30, 0.0, 0.02], [0.28, 0.1, 0.0], [0.26, 0.0, 0.0], [0.30, 0.0, 0.0]]),
        light=np.full((4, 4, 3), 120.0),
        sharpness=np.ones(4),
        follows=np.array([1, 2, -1, -1]),
        source=np.zeros(4, np.int64),
        time_s=np.arange(4) / 25,
        chin=np.zeros(4),
        sources=("a.mov",),
    )


def test_twice_mirrored_is_as_it_was(bank: Bank) -> None:
    again = mirrored(mirrored(bank))
    assert np.allclose(again.lips, bank.lips) and np.allclose(again.pose, bank.pose)
    for a, b, c, d in zip(again.pictures, bank.pictures, again.shapes, bank.shapes, strict=True):
        assert np.array_equal(a, b) and np.allclose(c.lips, d.lips) and np.allclose(c.anchors, d.anchors)


def test_left_points_become_right_ones(bank: Bank) -> None:
    other, places = mirrored(bank).shapes[0], [*LIPS, *ANCHORS]
    before, after = (np.concatenate([s.lips, s.anchors]) for s in (bank.shapes[0], other))
    for left, right in [*PAIRS, *((m, m) for m in MIDDLE)]:
        a, b = before[places.index(left)], after[places.index(right)]
        assert b == pytest.approx([59 - a[0], a[1]]), (left, right)


def test_only_heads_that_turn_the_other_way_get_them(bank: Bank) -> None:
    light = np.full((5, 4, 3), 120.0)
    alike, away = np.zeros((5, 3)) + (0.29, 0, 0), np.zeros((5, 3)) + (-0.28, 0, 0)
    away[2] = np.nan  # no face there
    assert with_mirrored(bank, alike, light) is bank
    more = with_mirrored(bank, away, light)
    assert len(more) == 8 and more.sources == ("a.mov", "a.mov, mirrored") and more.pose[4:, 0].max() < 0
    assert more.follows.tolist() == [1, 2, -1, -1, 5, 6, -1, -1]


def test_light_from_the_other_side_forbids_it(bank: Bank) -> None:
    lit = bank.light.copy()
    lit[:, 0] = 180.0
    away, frames = np.zeros((5, 3)) + (-0.28, 0, 0), np.full((5, 4, 3), 120.0)
    frames[:, 0] = 180.0
    assert len(with_mirrored(replace(bank, light=lit), away, frames)) == 4
    assert len(with_mirrored(replace(bank, light=lit), away, frames[:, [1, 0, 2, 3]])) == 8
