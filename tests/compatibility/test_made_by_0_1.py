"""What version 0.1.0 left on disk is read by this one, with the same content (tests/fixtures/made_by_0_1)."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from lipwright import document, rigs
from lipwright.corrections import corrected
from lipwright.dubbing import Options
from lipwright.dubbing.output.resume import Journal, Stretch
from lipwright.faces import cache
from lipwright.mouths.footage import bank_files as banks
from lipwright.video import open_clip
from otio_lipwright import api
from otio_lipwright.adapters import performances
from otio_lipwright.conform.store import Store
from otio_lipwright.edit.references import carrying

MADE = Path(__file__).parents[1] / "fixtures" / "made_by_0_1"
SHOT = MADE / "timeline" / "shot.mp4"
FRAMES, SIDE = 12, 256


def test_a_document_keeps_what_was_computed_and_what_was_corrected() -> None:
    found = document.load(MADE / "song.lipwright")
    assert found.provenance.version == "0.1.0"
    assert (found.direction.emotion, found.direction.seed) == ("happy", 3)
    assert [word.text for word in found.words] == ["Maybe"]
    assert [phoneme.symbol for phoneme in found.phonemes] == ["M", "EY", "B", "IY"]
    assert found.track("PP").at(0.52) > 0.9, "the lips close at the B"
    shown = corrected(found)
    assert [word.text for word in shown.words] == ["MAYBE"]
    assert (shown.phonemes[0].start_s, shown.phonemes[0].end_s) == (0.195, 0.24)
    assert next(track for track in shown.mouth if track.name == "jaw").at(0.55) == pytest.approx(0.9)


def test_a_document_is_written_again_byte_for_byte() -> None:
    text = (MADE / "song.lipwright").read_text(encoding="utf-8")
    assert document.dumps(document.loads(text)) == text


def test_a_bank_of_faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIPWRIGHT_HOME", "LIPWRIGHT_DATA"):
        monkeypatch.setenv(name, str(tmp_path))
    shutil.copytree(MADE / "banks", banks.banks_folder())
    assert banks.bank_names() == ["astronaut"]
    card = banks.bank_card("astronaut")
    assert (card.mouths, card.sources) == (FRAMES, ("shot.mp4",))
    assert card.consent == "public-domain photograph (NASA), made to move"
    bank = banks.load_bank("astronaut")
    assert len(bank) == FRAMES and bank.lips.shape == (FRAMES, 40, 3)
    assert all(picture.dtype == np.uint8 and picture.std() > 10 for picture in bank.pictures)
    assert bank.time_s.tolist() == pytest.approx([n / 25 for n in range(FRAMES)])
    assert bank.looks is not None and np.isfinite(bank.looks).all()


def test_the_face_points_of_a_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read under the name that it would have today; the name itself may change whenever tracking gives other numbers."""
    monkeypatch.setenv("LIPWRIGHT_HOME", str(tmp_path))
    cache.folder().mkdir(parents=True)
    (kept,) = (MADE / "faces").iterdir()
    if cache.VERSION == 3:
        assert kept.stem == cache.key_of(SHOT)
    shutil.copy(kept, cache.folder() / f"{cache.key_of(SHOT)}.npz")
    found = cache.load(SHOT, "")
    assert found is not None and len(found) == 1
    assert (found[0].width, found[0].height) == (SIDE, SIDE)
    assert found[0].present.tolist() == [True] * FRAMES
    lips_gap = np.linalg.norm(found[0].landmarks[:, 13, :2] - found[0].landmarks[:, 14, :2], axis=1)
    assert lips_gap.max() > 3 * lips_gap.min(), "the mouth opens and closes"


def test_an_interrupted_dub_is_taken_up_or_begun_anew_but_never_in_the_way(tmp_path: Path) -> None:
    """Another version's pictures may differ, so what it had finished is not joined to this one's."""
    shutil.copytree(MADE / "resume" / "take", tmp_path / ".take.mp4.lipwright")
    performance = (MADE / "song.lipwright").read_bytes()
    options = Options(output=tmp_path / "take.mp4", sound="none", codec="h264", learn=False, engine="exemplar")
    kept = Journal(options, SHOT, performance)
    track = kept.track()
    assert track is not None and track.present.tolist() == [True] * FRAMES
    assert kept.finished() == [Stretch(0, 5, kept.folder / "frames_00000000_00000005.mp4")]
    assert open_clip(kept.finished()[0].path).expected_frames == 5
    kept.open(restart=False)
    assert kept.resumed == (kept.finished() != []), "what is left of the folder belongs to this run"
    assert json.loads((kept.folder / "job.json").read_text())["job"]


def test_the_store_of_a_timeline_knows_its_takes_and_performances() -> None:
    store = Store(MADE / "timeline" / "lipwright")
    (take,) = store.takes
    assert (take.source_name, take.fps, take.first, take.end) == ("shot.mp4", "25", 0, FRAMES)
    assert len(take.prints) == 8 * FRAMES
    assert open_clip(store.path(take.file)).expected_frames == FRAMES
    assert store.fingerprint(SHOT) == take.source, "the same footage is known by the same digest"
    (record,) = store.performances
    assert [word.text for word in document.load(store.path(record.file)).words] == ["Maybe"]
    assert list(store.performances_of(record.vocal)) == [record]


def test_a_conformed_timeline_switches_between_its_take_and_its_original() -> None:
    timeline = api.read(MADE / "timeline" / "edit.lipsync.otio")
    (clip,) = carrying(timeline)
    assert clip.media_reference.target_url == "lipwright/takes/shot.lw-987c76dfd931.mov"
    assert clip.source_range.start_time == otio.opentime.RationalTime(2, 25)
    followed = clip.metadata["lipwright_performance"]
    assert followed.target_url == "performances/vocal-dd1f7a08.lipwright"
    assert (followed.vocal, followed.start_s) == ("vocal.wav", pytest.approx(0.08))
    assert api.switch(timeline, "original") == 1
    assert Path(clip.media_reference.target_url).name == "shot.mp4"
    assert api.switch(timeline, "take") == 1


def test_a_performance_comes_back_out_of_its_timeline() -> None:
    found = performances.performance_from_timeline(api.read(MADE / "timeline" / "song.otio"))
    kept = document.load(MADE / "song.lipwright")
    assert dataclasses.replace(found, corrections=kept.corrections) == kept
    assert corrected(found).words == corrected(kept).words


def test_the_map_of_an_avatar() -> None:
    found = rigs.loads_map((MADE / "avatar.rig.json").read_text())
    assert found.conventions == ("oculus",)
    assert found.controls["ou"] == {"viseme_U": 1.0} and len(found.controls) == 15


def test_a_mapping_saved_in_blender() -> None:
    from blender_addon.pure import mapping

    found = mapping.load(MADE / "singer.mapping.json")
    assert {row.source: row.control.name for row in found.rows}["ih"] == "viseme_I" and len(found.rows) == 15
