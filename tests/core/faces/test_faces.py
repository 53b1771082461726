"""Faces: found where they are, kept apart, followed through gaps and cuts, and steadied without losing closures."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.shared import shared

from lipwright.errors import MediaError, OptionError
from lipwright.faces import Level, find_faces, track_faces
from lipwright.faces.geometry import (
    LIPS,
    STABLE,
    applied,
    eye_openings,
    inverted,
    iod,
    mouth_openings,
    pose_of,
    region_of,
    similarity,
)
from lipwright.faces.shots import shots_of, signature
from lipwright.faces.smooth import smoothed

from .face_material import ArrayClip, astronaut, head, opened, placed

pytestmark = pytest.mark.models


def test_points_agree_with_the_reference_user_of_the_networks() -> None:
    """An independent implementation of the same geometry, which was measured against MediaPipe's own runtime."""
    spec = importlib.util.spec_from_file_location("reference_faces", shared("tools", "face_models", "faces.py"))
    assert spec is not None and spec.loader is not None
    reference = sys.modules["reference_faces"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    oracle = reference.Faces(shared("data", "face_models")).image(astronaut())[0]
    track = track_faces(ArrayClip(lambda _: astronaut(), 1), cache=False)
    assert np.abs(track.landmarks[0] - oracle).max() < 0.05


def test_a_face_is_found_where_it_is_and_moves_as_it_moves() -> None:
    still = track_faces(ArrayClip(lambda _: placed(640, 360, [(head(200), 100, 80)]), 3), cache=False)
    moved = track_faces(ArrayClip(lambda i: placed(640, 360, [(head(200), 100 + 6 * i, 80 + 3 * i)]), 12), cache=False)
    assert moved.present.all() and (moved.scores > 0.9).all()
    path = np.median(moved.landmarks[..., :2] - still.landmarks[0, :, :2], axis=1)
    assert np.abs(path - np.arange(12)[:, None] * [6, 3]).max() < 1.0


@pytest.mark.parametrize("size", [60, 160, 340])
def test_small_and_large_faces_are_found_in_full_hd(size: int) -> None:
    track = track_faces(ArrayClip(lambda _: placed(1920, 1080, [(head(size), 1300, 600)]), 2), cache=False)
    assert track.present.all()
    nose = track.landmarks[0, 4, :2]
    assert np.abs(nose - [1300 + size * 0.515, 600 + size * 0.56]).max() < size * 0.08


def test_two_people_keep_their_tracks_through_gap_and_cut() -> None:
    """The astronaut left, a narrow, darker mirror image right; in the second shot they swap sides."""
    a = head(180)
    b = cv2.convertScaleAbs(cv2.resize(a[:, ::-1], (144, 190)), alpha=0.75)

    def make(i: int) -> np.ndarray:
        if i < 12:
            return placed(720, 300, [(a, 80, 60), (b, 460, 50)])
        return placed(720, 300, [(b, 90, 50), (a, 450, 60)], background=200)

    faces = find_faces(ArrayClip(make, 24), cache=False)
    assert faces.shots.tolist() == [0] * 12 + [1] * 12
    assert len(faces.tracks) == 2 and all(t.present.all() for t in faces.tracks)
    for track, sides in zip(faces.tracks, ([170, 540], [532, 162]), strict=True):
        middle = np.nanmedian(track.landmarks[..., 0], axis=1)
        assert np.abs(middle[:12] - sides[0]).max() < 30 and np.abs(middle[12:] - sides[1]).max() < 30


def test_a_short_gap_is_bridged_a_long_one_is_absent_and_no_frame_is_lost() -> None:
    def make(i: int) -> np.ndarray:
        face = head(110)
        if 6 <= i < 10 or 18 <= i < 32:
            face = cv2.GaussianBlur(face, (0, 0), 25)
        return placed(480, 270, [(face, 100 + i, 40)])

    track = track_faces(ArrayClip(make, 40), cache=False)
    assert len(track.times_s) == 40
    assert track.present.tolist() == [not 18 <= i < 32 for i in range(40)]
    assert (track.scores[6:10] < 0.5).all() and (track.scores[6:10] > 0).all()
    steps = np.diff(np.median(track.landmarks[:18, :, 0], axis=1))
    assert np.abs(steps - 1).max() < 0.6
    assert np.isnan(track.landmarks[20]).all() and np.isnan(track.pose[20]).all()


def test_a_clip_without_faces_is_data_until_a_face_is_asked_for() -> None:
    clip = ArrayClip(lambda i: np.full((90, 160, 3), 40 + i, np.uint8), 4)
    faces = find_faces(clip, cache=False)
    assert faces.tracks == () and len(faces.times_s) == 4
    with pytest.raises(MediaError, match="no face was found"):
        faces.choose()


def test_choices() -> None:
    left, right = head(220), head(120)

    def make(i: int) -> np.ndarray:
        small = cv2.resize(opened(head(256), 0.6 * (i % 6) / 5), (120, 120), interpolation=cv2.INTER_AREA)
        return placed(640, 300, [(left, 40, 40), (small if i else right, 460, 100)])

    faces = find_faces(ArrayClip(make, 50), cache=False)
    middle = [
        float(np.nanmedian(faces.choose(c).landmarks[..., 0])) for c in ("largest", "1", "2", "0.8,0.5", "0.1,0.5")
    ]
    assert [m < 320 for m in middle] == [True, True, False, False, True]
    loud = Level(np.arange(50) / 25, np.arange(50) % 6 / 5)
    assert faces.choose("singing") is faces.choose("2") is faces.choose("singing", loud)
    for choice, words in (("3", "faces 1 to 2"), ("left", "give largest"), ("2,2", "outside")):
        with pytest.raises(OptionError, match=words):
            faces.choose(choice)


def test_pixels_that_are_not_square_give_the_same_face() -> None:
    wide = placed(480, 270, [(head(200), 120, 40)])
    squeezed = cv2.resize(wide, (360, 270), interpolation=cv2.INTER_AREA)
    a = track_faces(ArrayClip(lambda _: wide, 1), cache=False)
    b = track_faces(ArrayClip(lambda _: squeezed, 1, pixel_aspect=4 / 3), cache=False)
    assert np.abs(b.landmarks[0, :, 0] * 4 / 3 - a.landmarks[0, :, 0]).max() < 4
    assert np.abs(a.pose - b.pose).max() < 0.05


def test_yaw_pitch_and_roll_have_their_signs() -> None:
    """The mesh's own points, turned by known angles: left of the performer is right in the picture."""
    points = track_faces(ArrayClip(lambda _: astronaut(), 1), cache=False).landmarks[0].astype(float)
    rest = pose_of(points)
    for axis in range(3):
        turned = (points - points[4]) @ turn(axis, 0.3).T
        change = pose_of(turned) - rest
        assert change[axis] == pytest.approx(0.3, abs=0.04), axis
        assert np.abs(np.delete(change, axis)).max() < 0.06, axis


def turn(axis: int, angle: float) -> np.ndarray:
    """Yaw to the picture's right, pitch up, roll clockwise in the picture; x right, y down, z away."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array(
        [[[c, 0, -s], [0, 1, 0], [s, 0, c]], [[1, 0, 0], [0, c, s], [0, -s, c]], [[c, -s, 0], [s, c, 0], [0, 0, 1]]]
    )[axis]


def test_a_similarity_is_found_again_and_inverted() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(12, 2)) * 40
    matrix = np.array([[0.8, -0.6, 3], [0.6, 0.8, -7]]) * 1.5
    assert np.allclose(similarity(points, applied(matrix, points)), matrix)
    assert np.allclose(applied(inverted(matrix), applied(matrix, points)), points)
    face = np.zeros((478, 3))
    face[:, :2] = rng.uniform(100, 200, (478, 2))
    region = region_of(face)
    assert np.allclose(applied(region.matrix(192), np.array([[region.x, region.y]])), 96)


def trembling(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A face that drifts and turns and closes its lips for one frame; clean and with the network's noise on it."""
    face = track_faces(ArrayClip(lambda _: astronaut(), 1), cache=False).landmarks[0].astype(float)
    clean = np.repeat(face[None], 40, 0)
    upper, lower = [13, 82, 312], [14, 87, 317]
    for i in range(40):
        gap = 0.0 if i in (15, 27) else 12.0
        clean[i, lower, 1] = clean[i, upper, 1] + gap
        clean[i, :, :2] = applied(
            np.array([[np.cos(i / 60), -np.sin(i / 60), 2 * i], [np.sin(i / 60), np.cos(i / 60), i]]), clean[i, :, :2]
        )
    noisy = clean + rng.normal(size=clean.shape) * 0.004 * iod(face)
    return clean, noisy.astype(np.float32)


def test_smoothing_halves_the_tremble_and_keeps_one_frame_closures() -> None:
    clean, noisy = trembling(np.random.default_rng(1))
    calm = smoothed(noisy)
    error = [float(np.sqrt(np.mean((x[2:-2, :, :2] - clean[2:-2, :, :2]) ** 2))) for x in (noisy, calm)]
    assert error[1] < 0.55 * error[0]
    truth, seen = mouth_openings(clean), mouth_openings(calm)
    assert np.abs(seen - truth)[[15, 27]].max() < 0.01, "a closure was opened"
    assert np.abs(seen - truth).max() < 0.02


def test_cuts_are_found_and_flashes_are_none() -> None:
    rng = np.random.default_rng(5)
    shots = [rng.integers(0, 256, (27, 48, 3), np.uint8) // 2 + np.uint8(40 * k) for k in range(3)]
    frames = [
        np.clip(shots[i // 10].astype(int) + rng.integers(-6, 7, (27, 48, 3)), 0, 255).astype(np.uint8)
        for i in range(30)
    ]
    frames[5] = np.full((27, 48, 3), 250, np.uint8)
    assert shots_of(np.array([signature(f) for f in frames])).tolist() == [0] * 10 + [1] * 10 + [2] * 10


def test_a_hand_before_the_mouth_is_told() -> None:
    def make(i: int) -> np.ndarray:
        face = head(256).copy()
        if 20 <= i < 26:
            cv2.ellipse(face, (130, 152), (50, 30), 0, 0, 360, (60, 70, 150), -1)
        return placed(480, 300, [(face, 100, 20)])

    track = track_faces(ArrayClip(make, 40), cache=False)
    assert track.occluded[21:25].all() and not track.occluded[:20].any() and not track.occluded[27:].any()


def test_closed_eyes_are_narrower_than_open_ones() -> None:
    face = track_faces(ArrayClip(lambda _: astronaut(), 1), cache=False)
    closed = face.landmarks.copy()
    for upper, lower in ((160, 144), (158, 153), (387, 373), (385, 380)):
        closed[:, upper] = closed[:, lower]
    assert (eye_openings(face.landmarks) > 0.2).all() and (eye_openings(closed) < 0.05).all()


def test_what_was_found_is_kept_and_a_changed_clip_is_looked_through_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIPWRIGHT_HOME", str(tmp_path / "home"))
    path = tmp_path / "clip.bin"
    path.write_bytes(b"one")
    calls = []

    def make(i: int) -> np.ndarray:
        calls.append(i)
        return placed(320, 240, [(head(160), 60, 30)])

    first = track_faces(ArrayClip(make, 3, path=path))
    calls.clear()
    again = track_faces(ArrayClip(make, 3, path=path))
    assert not any(calls), "only the first picture, for its size"
    for name in ("times_s", "present", "landmarks", "scores", "pose", "shots", "occluded"):
        assert np.array_equal(getattr(first, name), getattr(again, name), equal_nan=True), name
    path.write_bytes(b"two")
    track_faces(ArrayClip(make, 3, path=path))
    assert calls
    kept = next((tmp_path / "home" / "faces").glob("*.npz"))
    kept.write_bytes(b"damaged")
    assert track_faces(ArrayClip(make, 3, path=path)).present.all()


@pytest.mark.skipif(os.name != "posix", reason="the recordings are beside the repository on the build machine")
def test_recorded_speakers_close_their_lips_on_their_bilabials() -> None:
    """GRID "bin blue at f two now": the lips meet on both b and open between."""
    from lipwright.video import open_clip

    track = track_faces(open_clip(shared("data", "video", "grid_bbaf2n.mpg")), cache=False)
    opening = mouth_openings(track.landmarks)
    assert track.present.all() and not track.occluded.any() and track.shots.max() == 0
    assert opening.min() < 0.01 and opening.max() > 0.08
    assert np.abs(np.degrees(track.pose)).max() < 25
    lips = track.landmarks[:, list(LIPS), :2] - track.landmarks[:, list(STABLE), :2].mean(1, keepdims=True)
    assert np.isfinite(lips).all()
