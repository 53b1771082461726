"""`lipwright track`: a picture and figures of what was found, for clips good and bad."""

from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from tests.core.video.video_material import uneven_times, write_clip

from lipwright.cli import main
from lipwright.faces import find_faces
from lipwright.faces.summary import blinks_s, spans, summary

from .face_material import ArrayClip, head, placed

pytestmark = pytest.mark.models


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIPWRIGHT_HOME", str(tmp_path / "home"))


def clip(path: Path, count: int = 8, rotation: int = 0) -> Path:
    """A head that drifts to the right, times uneven; turned so that it is upright when played."""
    rgb = [np.rot90(placed(360, 480, [(head(240), 40 + 4 * i, 60)]), -(rotation // 90)) for i in range(count)]
    frames = [av.VideoFrame.from_ndarray(np.ascontiguousarray(f), "rgb24").reformat(format="yuv420p") for f in rgb]
    times = uneven_times(np.random.default_rng(1), count)
    return write_clip(path, frames, times=times, codec="libx264", options={"crf": "12"}, rotation=rotation)


@pytest.mark.parametrize("rotation", [0, 90])
def test_the_sheet_and_its_figures_say_what_is_in_the_clip(
    rotation: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = clip(tmp_path / "clip.mov", rotation=rotation)
    assert main(["track", str(source), "--frames", "3"]) == 0
    picture = cv2.imread(str(tmp_path / "clip.faces.png"))
    assert picture.shape[1] == 1600 and picture.std() > 20
    blue = np.abs(picture.astype(int) - [0xE9, 0xB4, 0x56]).max(2) < 12
    assert blue.sum() > 500, "face 1 is drawn in its colour"
    figures = json.loads((tmp_path / "clip.faces.json").read_text())
    assert figures["schema"] == "lipwright.faces/1" and figures["frames"] == 8 and figures["variable_rate"]
    assert (figures["width"], figures["height"]) == (360, 480) and figures["rotation"] == rotation
    assert len(figures["faces"]) == 1 and figures["faces"][0]["seen_share"] == 1.0
    assert figures["faces"][0]["eye_distance_px"] == pytest.approx(57, abs=4)
    assert "faces: 1" in capsys.readouterr().err


def test_a_clip_without_faces_gets_its_sheet_too(tmp_path: Path) -> None:
    frames = [av.VideoFrame.from_ndarray(np.full((120, 160, 3), 90 + i, np.uint8), "rgb24") for i in range(3)]
    source = write_clip(tmp_path / "clip.mov", frames, codec="libx264rgb", options={"qp": "0"})
    assert main(["track", str(source), "-o", str(tmp_path / "sheet.png")]) == 0
    assert json.loads((tmp_path / "sheet.json").read_text())["faces"] == []
    assert cv2.imread(str(tmp_path / "sheet.png")) is not None


def test_wrong_asks_end_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = clip(tmp_path / "clip.mov", 1)
    for words, reason in (([str(source), "--frames", "0"], "outside 1 to"), ([str(source), "-o", "sheet.bmp"], "name the picture .png"),
                          ([str(tmp_path / "none.mov")], "no such file"), ([str(source), "-o", str(tmp_path / "no" / "s.png")], "cannot write")):  # fmt: skip
        assert main(["track", *words]) == 2
        said = capsys.readouterr().err
        assert reason in said and "Traceback" not in said and said.count("\n") <= 2


def test_a_photo_that_a_camera_turned_is_upright(tmp_path: Path) -> None:
    """Exif orientation 6: the picture is to be turned clockwise to be upright."""
    image = pytest.importorskip("PIL.Image")
    exif = image.Exif()
    exif[0x112] = 6
    upright = placed(360, 300, [(head(240), 30, 60)])
    image.fromarray(np.ascontiguousarray(np.rot90(upright))).save(tmp_path / "photo.jpg", exif=exif, quality=95)
    assert main(["track", str(tmp_path / "photo.jpg"), "-o", str(tmp_path / "s.png")]) == 0
    figures = json.loads((tmp_path / "s.json").read_text())
    assert (figures["width"], figures["height"]) == (360, 300) and len(figures["faces"]) == 1


def test_absences_covers_and_blinks_are_spans_of_seconds() -> None:
    def make(i: int) -> np.ndarray:
        face = head(256).copy()
        if i in (8, 9, 10):
            cv2.ellipse(face, (130, 152), (50, 30), 0, 0, 360, (60, 70, 150), -1)
        return placed(480, 300, [(face, 100, 20)])

    faces = find_faces(ArrayClip(make, 16), cache=False)
    figures = summary(faces.tracks, faces.times_s, faces.shots)["faces"][0]
    assert figures["absent_s"] == [] and figures["occluded_s"] == [[0.32, 0.44]]
    track = faces.tracks[0]
    for i in (4, 5):
        for upper, lower in ((160, 144), (158, 153), (387, 373), (385, 380)):
            track.landmarks[i, upper] = track.landmarks[i, lower]
    assert blinks_s(track) == [pytest.approx(0.20)]
    assert spans(np.array([0.0, 1.0, 2.0]), np.array([True, False, True])) == [(0.0, 1.0), (2.0, 3.0)]
