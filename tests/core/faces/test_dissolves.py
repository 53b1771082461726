"""Dissolves and fades are found, and what only looks like one is not; nobody is followed through one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from tests.shared import shared

from lipwright.faces import find_faces
from lipwright.faces.dissolves import Dissolve, dissolves_of, mixed_frames, with_dissolves
from lipwright.faces.shots import THUMB, shots_of, signature

from .face_material import ArrayClip, astronaut, head, placed

Rgb = np.ndarray
BEGIN, LENGTH = 20, 14


def signatures(make: Callable[[int], Rgb], count: int = 60) -> np.ndarray:
    """As the follower makes them."""
    small = (cv2.resize(make(i), (THUMB[0] * 2, THUMB[1] * 2), interpolation=cv2.INTER_AREA) for i in range(count))
    return np.stack([signature(cv2.resize(s, THUMB, interpolation=cv2.INTER_AREA)) for s in small])


def found(make: Callable[[int], Rgb], count: int = 60, fps: float = 25.0) -> list[Dissolve]:
    return dissolves_of(signatures(make, count), np.arange(count) / fps)


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    return np.rint(a * (1.0 - share) + b * share).astype(np.uint8)


def ramp(i: int, length: int = LENGTH) -> float:
    return float(np.clip((i - BEGIN + 1) / (length + 1), 0.0, 1.0))


def living(i: int, flip: bool = False, x: int = 100) -> Rgb:
    """Somebody who moves a little, before noise."""
    sway = round(3 * np.sin(i / 3))
    face = head(200)[:, ::-1] if flip else head(200)
    picture = placed(480, 288, [(face, x + sway, 40)], background=140 if flip else 80)
    return np.clip(picture + np.random.default_rng(i).normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("length", [4, 9, 14, 30])
def test_a_dissolve_has_its_frames_and_one_cut_in_its_middle(length: int) -> None:
    def make(i: int) -> Rgb:
        return mix(living(i), living(i, flip=True, x=220), ramp(i, length))

    made = signatures(make, BEGIN + length + 20)
    [one] = dissolves_of(made, np.arange(len(made)) / 25)
    assert abs(one.start - BEGIN) <= 1 and abs(one.stop - BEGIN - length) <= 1
    assert abs(one.middle - (BEGIN + length / 2)) <= 1.5
    shots = with_dissolves(shots_of(made), [one])
    assert np.flatnonzero(np.diff(shots)).tolist() == [one.middle - 1]
    assert mixed_frames([one], len(made)).sum() == one.stop - one.start


def test_a_dissolve_in_linear_light_and_fades_are_found() -> None:
    black = np.zeros((288, 480, 3), np.uint8)

    def linear(i: int) -> Rgb:
        a, b, t = living(i) / 255.0, living(i, flip=True, x=220) / 255.0, ramp(i)
        return np.rint(((1 - t) * a**2.2 + t * b**2.2) ** (1 / 2.2) * 255).astype(np.uint8)

    for make in (linear, lambda i: mix(living(i), black, ramp(i)), lambda i: mix(black, living(i), ramp(i))):
        [one] = found(make)
        assert abs(one.start - BEGIN) <= 2 and abs(one.stop - BEGIN - LENGTH) <= 2


def test_what_moves_or_gets_darker_is_no_dissolve() -> None:
    large = cv2.resize(astronaut(), (1024, 1024))

    def walker(i: int) -> Rgb:
        picture = np.full((288, 360, 3), 120, np.uint8)
        picture[60:, max(0, 6 * i - 60) : max(0, 6 * i)] = (30, 40, 60)
        return picture

    harmless: dict[str, Callable[[int], Rgb]] = {
        "nothing": living,
        "dimmed": lambda i: (living(i) * (1.0 - 0.5 * ramp(i))).astype(np.uint8),
        "pan": lambda i: large[100:460, 3 * i : 3 * i + 500],
        "slow pan": lambda i: large[100:460, i : i + 500],
        "zoom": lambda i: large[2 * i : 900 - 2 * i, 2 * i : 900 - 2 * i],
        "walker": walker,
        "cut": lambda i: living(i, flip=i >= 30),
        "flash": lambda i: np.full((288, 480, 3), 250, np.uint8) if i in (20, 21) else living(i),
    }
    assert {name: found(make) for name, make in harmless.items() if found(make)} == {}


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_very_short_clips_have_none(count: int) -> None:
    made = signatures(living, count) if count else np.zeros((0, 192), np.float32)
    assert dissolves_of(made, np.arange(count) / 25) == []


@pytest.mark.models
@pytest.mark.slow
def test_two_people_hand_off_and_nobody_is_followed_through() -> None:
    """Two GRID speakers: each is one face, whole up to the dissolve, and no mixture belongs to either."""
    a, b = (_frames(shared("data", "video", f"grid_{name}.mpg")) for name in ("bbaf2n", "lbax4n"))
    faces = find_faces(ArrayClip(lambda i: mix(a[i], b[i], ramp(i)), 54), cache=False)
    assert len(faces.tracks) == 2
    seen = sorted(np.flatnonzero(track.present)[[0, -1]].tolist() for track in faces.tracks)
    assert seen[0][0] == 0 and BEGIN - 2 <= seen[0][1] <= BEGIN + 1
    assert BEGIN + LENGTH - 2 <= seen[1][0] <= BEGIN + LENGTH + 3 and seen[1][1] == 53
    for track in faces.tracks:
        assert track.mixed.sum() >= LENGTH - 2 and not (track.mixed & track.present).any()


def _frames(path: Path) -> list[Rgb]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
