"""A clip that version 0.1.0 replaced is known again by its marker and the file beside its take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from film import DryCore, Film
from lipwright_resolve.edit import clip_markers, snapshot
from lipwright_resolve.session import Choice

MADE = Path(__file__).parents[1] / "fixtures" / "made_by_0_1" / "resolve"


def put_back(film: Film, name: str, target: Path) -> None:
    """A file of then at its place of then, in the film's folder."""
    target.write_text((MADE / name).read_text().replace("FOLDER", film.folder.as_posix()))


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """The film after a perform, with the marker and the file that 0.1.0 left in place of today's."""
    film = Film(tmp_path)
    assert [outcome.ok for outcome in film.session().perform(Choice(), lambda value, stage: None)] == [True]
    (custom, note) = clip_markers.read(film.target)
    assert Path(note["take"]).name == "shot1.lipsync.v001.mov"
    assert clip_markers.remove(film.target, custom)
    put_back(film, "marker.json", tmp_path / "marker.json")
    for frame, marker in json.loads((tmp_path / "marker.json").read_text()).items():
        parts = (marker[name] for name in ("color", "name", "note", "duration", "customData"))
        assert film.target.AddMarker(float(frame), *parts)
    put_back(film, "shot1.lipsync.v001.mov.json", Path(note["take"] + ".json"))
    return film


def test_its_original_comes_back(film: Film) -> None:
    (outcome,) = film.session().restore(Choice())
    assert outcome.ok and "original" in outcome.text
    assert clip_markers.read(film.target) is None and int(film.target.GetTakesCount() or 0) <= 1


def test_it_is_performed_again_as_it_was_directed_then(film: Film) -> None:
    core = DryCore()
    (film.folder / "song.wav").write_text(json.dumps(["25", 5001]))
    outcomes = film.session(core).update(Choice(), lambda value, stage: None, only_changed=True)
    assert [outcome.ok for outcome in outcomes] == [True]
    words = next(args for args in core.asked if args[0] == "perform")
    assert (words[words.index("--emotion") + 1], words[words.index("--seed") + 1]) == ("happy", "3")


def test_its_snapshot_is_still_a_snapshot() -> None:
    found = json.loads((MADE / "snapshot.json").read_text())
    clips = [snapshot.ItemState(**clip) for clip in found["timeline"]["video"]]
    state = snapshot.TimelineState(**{**found["timeline"], "video": (), "audio": ()})
    assert found["schema"] == snapshot.as_json(state, [])["schema"]
    assert [clip.name for clip in clips if clip.uid in found["chosen"]] == ["shot1.mov"]
