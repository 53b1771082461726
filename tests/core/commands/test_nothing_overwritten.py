"""No command replaces a file that it reads, by whatever name; what a command rewrites in place stays allowed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from lipwright import cli, files
from lipwright.errors import OptionError, OutputError

MADE = Path(__file__).parents[2] / "fixtures" / "made_by_0_1"

# command line with IN for the file that is read and OUT for the result; IN's content
CASES = {
    "export": (["export", "IN", "--as", "arkit", "-o", "OUT"], "song.lipwright"),
    "plot": (["plot", "IN", "-o", "OUT"], "song.lipwright"),
    "rig": (["rig", "IN", "-o", "OUT"], "singer.mapping.json"),
    "track": (["track", "IN", "-o", "OUT"], "timeline/shot.mp4"),
    "timeline": (["timeline", "show", "IN", "-o", "OUT"], "timeline/edit.otio"),
    "perform": (["perform", "IN", "-o", "OUT"], "timeline/vocal.wav"),
    "isolate": (["isolate", "IN", "-o", "OUT"], "timeline/vocal.wav"),
    "check's draft": (["check", "timeline", "--lyrics", "IN", "--draft", "OUT"], "song.lipwright"),
    "dub": (["dub", "IN", "--performance", "song.lipwright", "-o", "OUT"], "timeline/shot.mp4"),
    "dub's performance": (["dub", "shot.mp4", "--vocal", "IN", "-o", "x.mov", "--save-performance", "OUT"], "timeline/vocal.wav"),
    "conform": (["conform", "IN", "-o", "OUT"], "timeline/edit.otio"),
    "weights": (["weights", "IN", "--to-onnx", "OUT"], "timeline/vocal.wav"),
}  # fmt: skip


def other_names(path: Path) -> list[str]:
    """Names that mean the same file."""
    names = [str(path), str(path.parent / "." / "sub" / ".." / path.name)]
    (path.parent / "sub").mkdir()
    if hasattr(os, "link"):
        os.link(path, path.with_name("hard" + path.suffix))
        names.append(str(path.with_name("hard" + path.suffix)))
    if os.name == "posix":
        path.with_name("soft" + path.suffix).symlink_to(path)
        names.append(str(path.with_name("soft" + path.suffix)))
    return names


@pytest.mark.parametrize("case", CASES)
def test_an_output_over_the_input_is_refused_and_nothing_is_touched(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words, source = CASES[case]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / Path(source).name
    shutil.copy(MADE / source, path)
    before = path.read_bytes()
    for name in other_names(path):
        line = [{"IN": str(path), "OUT": name}.get(word, word) for word in words]
        assert cli.main(line) == 2, line
        assert path.read_bytes() == before
        said = capsys.readouterr().err
        assert "would be replaced" in said or "--in-place" in said, said


def test_a_document_is_still_corrected_in_place_and_exported_beside(tmp_path: Path) -> None:
    path = tmp_path / "song.lipwright"
    shutil.copy(MADE / "song.lipwright", path)
    assert cli.main(["export", str(path), "--as", "textgrid"]) == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_a_default_name_that_is_read_is_refused_too(tmp_path: Path) -> None:
    kept = tmp_path / "song.words.lrc"
    kept.write_text("[00:01.00]mine", encoding="utf-8")
    with files.only_reading([kept]), pytest.raises(OptionError, match="would be replaced"):
        files.write_beside(kept, b"ours")
    assert kept.read_text(encoding="utf-8") == "[00:01.00]mine"
    files.write_beside(kept, b"ours")
    assert kept.read_bytes() == b"ours", "outside the block it may be written"


def test_names_that_differ_in_case_alone_count_as_one_where_the_file_is_new(tmp_path: Path) -> None:
    read = tmp_path / "Song.lipwright"
    read.write_text("{}")
    assert files.same_file(tmp_path / "song.LIPWRIGHT", read)
    assert not files.same_file(tmp_path / "song2.lipwright", read)


def test_a_result_whose_target_is_held_open_is_kept_under_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "take.mov"
    target.write_bytes(b"old")
    replace = Path.replace

    def held(self: Path, other: Path) -> Path:
        if Path(other) == target:
            raise PermissionError(13, "held by another program")
        return replace(self, other)

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(OutputError, match=r"take\.new\.mov"):
        files.write_beside(target, b"new")
    assert target.read_bytes() == b"old" and (tmp_path / "take.new.mov").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["take.mov", "take.new.mov"]
