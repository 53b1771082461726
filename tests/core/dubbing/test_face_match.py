"""Mouths of other footage are taken from the right person, or a doubt is said."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.shared import shared

from lipwright.dubbing import Options, dub
from lipwright.dubbing.footage.face_match import ALIKE, bank_of_person, doubts, looks_of, packed, unpacked
from lipwright.errors import OptionError
from lipwright.faces import find_faces
from lipwright.faces.identity import Looks, likeness
from lipwright.types import Direction, Performance, Provenance, VocalInfo
from lipwright.video import open_clip


def looks(seed: int) -> Looks:
    rng = np.random.default_rng(seed)
    out = Looks()
    return Looks(rng.uniform(0, 255, out.picture.shape) * 3, rng.normal(size=out.shape.shape), 3)


def test_looks_survive_being_kept() -> None:
    assert likeness(looks(1), unpacked(packed(looks(1)))) == pytest.approx(likeness(looks(1), looks(1)))
    assert packed(Looks()) is None and unpacked(None).count == 0


def test_somebody_else_is_doubted_and_the_unknown_is_not() -> None:
    assert doubts("b.mov", looks(1), looks(1)) == []
    assert "b.mov" in doubts("b.mov", looks(1), looks(2))[0]
    assert doubts("b.mov", Looks(), looks(2)) == [] and doubts("b.mov", looks(1), Looks()) == []


def test_faces_and_clips_must_pair() -> None:
    clips = (Path("a.mov"), Path("b.mov"), Path("c.mov"))
    assert Options(output=Path("x.mov"), sound="none", bank_clips=clips, bank_faces=("2",)).bank_faces == ("2",)
    with pytest.raises(OptionError, match="bank faces"):
        Options(output=Path("x.mov"), sound="none", bank_clips=clips, bank_faces=("1", "2"))


@pytest.mark.slow
@pytest.mark.models
def test_a_bank_of_another_speaker_is_used_as_asked_and_doubted(tmp_path: Path) -> None:
    his, hers = shared("data", "video", "grid_swiz3n.mpg"), shared("data", "video", "grid_bbaf2n.mpg")
    clip = open_clip(his)
    own = looks_of(clip, find_faces(clip).tracks[0])
    bank, doubtful = bank_of_person(his, ALIKE, own, lambda _: None)
    assert doubtful == [] and likeness(own, unpacked(bank.looks)) > 0.95
    quiet = Performance(VocalInfo("none.wav", "0" * 64, 1.0, 16000, 1), Direction(), Provenance("1"))
    take = dub(his, quiet, Options(output=tmp_path / "t.mkv", codec="lossless", sound="none", bank_clips=(hers,)))
    assert any("grid_bbaf2n" in note for note in take.notes)
    assert json.loads(take.report.read_text())["bank"]["sources"] == ["grid_swiz3n.mpg", "grid_bbaf2n.mpg"]
