"""Old takes are listed, and removed only when asked, only when no timeline mentions them, and only ours."""

import gzip
import shutil
from pathlib import Path

import pytest
from tests.otio.edits import clip, edit
from tests.otio.test_otio_conform import face, folder, run, save, song

from lipwright import cli
from lipwright.errors import TimelineError
from otio_lipwright.conform import cleaning
from otio_lipwright.conform.store import Store
from otio_lipwright.files.formats import read, write

__all__ = ["clip", "folder"]


@pytest.fixture
def edited(folder: Path) -> tuple[Path, str, str]:
    """A timeline that was conformed twice: the first take of its clip is old. -> output, old file, new file."""
    run(save(edit([face(100)], [song()]), folder))
    old = Store(folder / "lipwright").takes[0].file
    result, _, _ = run(save(edit([face(700)], [song()]), folder))
    new = next(record.file for record in Store(folder / "lipwright").takes if record.file != old)
    return result.output, old, new


def old_of(output: Path, *more: Path) -> list[str]:
    found = cleaning.unused(Store(output.parent / "lipwright"), cleaning.timelines_beside(output, more))
    return [take.record.file for take in found]


def test_a_take_that_no_timeline_shows_is_found_and_no_other(edited: tuple[Path, str, str]) -> None:
    output, old, _ = edited
    assert old_of(output) == [old]


@pytest.mark.parametrize("name", ["sent.xml", "sent.edl", "sent.aaf", "sent.otio", "sent.otioz", "sent.otiod"])
def test_every_kind_of_timeline_beside_it_keeps_its_takes(name: str, folder: Path) -> None:
    pytest.importorskip("otio_fcp_adapter" if name.endswith("xml") else "opentimelineio")
    result, _, _ = run(save(edit([face(100)], [song()]), folder))
    first = read(result.output)
    later, _, _ = run(save(edit([face(700)], [song()]), folder))
    assert len(old_of(later.output)) == 1
    write(first, folder / name, rate=24)
    assert old_of(later.output) == []


def test_a_packed_project_and_a_timeline_elsewhere_count(edited: tuple[Path, str, str], tmp_path: Path) -> None:
    output, old, _ = edited
    away = tmp_path / "away"
    away.mkdir()
    take_id = old.rsplit(".lw-", 1)[1].split(".")[0]
    (away / "edit.prproj").write_bytes(gzip.compress(f"<File>face.lw-{take_id}.mov</File>".encode()))
    assert old_of(output) == [old]
    assert old_of(output, away / "edit.prproj") == []
    shutil.copy(away / "edit.prproj", output.parent)
    assert old_of(output) == []
    with pytest.raises(TimelineError, match="no such file"):
        old_of(output, away / "none.xml")


def test_it_lists_first_and_removes_only_what_it_listed(
    edited: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    output, old, new = edited
    store = output.parent / "lipwright"
    stranger = store / "takes" / "mine.lw-0123456789ab.mov"
    stranger.write_bytes(b"an artist's own")
    report = store / f"{old.rsplit('.', 1)[0]}.report.json"
    report.write_text("{}")
    documents = sorted((store / "performances").iterdir())
    assert cli.main(["timeline", "clean", str(output)]) == 0
    said = capsys.readouterr().out
    assert old in said and new not in said and "1 of 2 takes" in said
    assert (store / old).is_file() and report.is_file()
    assert cli.main(["timeline", "clean", str(output), "--remove"]) == 0
    assert not (store / old).exists() and not report.exists()
    assert (store / new).is_file() and stranger.is_file()
    assert sorted((store / "performances").iterdir()) == documents
    assert [record.file for record in Store(store).takes] == [new]
    again, performer, dubber = run(output.parent / "edit.otio")
    assert [o.state for o in again.outcomes] == ["kept"] and not performer.asked and not dubber.made
    back, _, dubber = run(save(edit([face(100)], [song()]), output.parent, "first.otio"), out="back.otio")
    assert [o.state for o in back.outcomes] == ["new"] and len(dubber.made) == 1
    assert old_of(output) == []


def test_a_folder_without_takes_is_said(folder: Path) -> None:
    source = save(edit([face(100)], [song()]), folder)
    assert cli.main(["timeline", "clean", str(source)]) != 0
    assert not (folder / "lipwright").exists()
