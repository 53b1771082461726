"""Avatars' shape names out of files, and the map an artist keeps."""

import csv
import json
import struct
from pathlib import Path

import pytest
from tests.shared import shared

from lipwright import document
from lipwright.cli import main
from lipwright.errors import OptionError
from lipwright.rigs import convention
from lipwright.rigs.files import names_in, rig_of
from lipwright.types import Direction, Performance, Provenance, Track, VocalInfo

OCULUS = list(convention("oculus").names)


def gltf(names: list[str]) -> str:
    return json.dumps({"meshes": [{"extras": {"targetNames": names}, "primitives": []}, {"primitives": []}]})


def glb(path: Path, text: str) -> Path:
    data = text.encode()
    path.write_bytes(b"glTF" + struct.pack("<III", 2, 20 + len(data), len(data)) + b"JSON" + data)
    return path


def test_names_come_from_every_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "a.gltf").write_text(gltf(OCULUS))
    (tmp_path / "a.txt").write_text("\n".join(OCULUS) + "\n\n")
    for path in (
        glb(tmp_path / "a.glb", gltf(OCULUS)),
        glb(tmp_path / "a.vrm", gltf(OCULUS)),
        tmp_path / "a.gltf",
        tmp_path / "a.txt",
    ):
        assert list(names_in(path)) == OCULUS
        assert rig_of(path).conventions == ("oculus",)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"glTF",
        b"MZ" * 30,
        b"glTF" + struct.pack("<III", 2, 99, 2**31) + b"JSON{}",
        b"glTF" + struct.pack("<III", 2, 30, 3) + b"JSON[1]",
    ],
)
def test_damaged_avatars_are_refused_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.glb").write_bytes(data)
    with pytest.raises(OptionError, match=r"a\.glb"):
        rig_of(tmp_path / "a.glb")
    with pytest.raises(OptionError, match="no shape keys"):
        rig_of(glb(tmp_path / "b.glb", '{"meshes": []}'))


def test_a_map_is_written_changed_and_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    avatar, kept = glb(tmp_path / "a.glb", gltf(OCULUS)), tmp_path / "hero.json"
    assert main(["rig", str(avatar), "-o", str(kept)]) == 0
    assert "a.glb: oculus; 15 of 15 mouth shapes found" in capsys.readouterr().out
    body = json.loads(kept.read_text())
    body["controls"]["aa"] = {"My_Own_Open": 0.5}
    kept.write_text(json.dumps(body))
    made = Performance(
        VocalInfo("a.wav", "", 1.0, 16000, 1), Direction(), Provenance("t"), visemes=(Track("aa", (0.0,), (1.0,)),)
    )
    document.save(made, tmp_path / "song.lipwright")
    assert (
        main(
            [
                "export",
                str(tmp_path / "song.lipwright"),
                "--as",
                "csv",
                "--rig",
                str(kept),
                "-o",
                str(tmp_path / "a.csv"),
            ]
        )
        == 0
    )
    row = next(csv.DictReader((tmp_path / "a.csv").open()))
    assert float(row["My_Own_Open"]) == 0.5 and "viseme_aa" not in row


def test_real_avatars_are_recognised() -> None:
    rig = rig_of(shared("data", "avatars", "mpfb_head.glb"))
    assert rig.conventions[0] == "ready_player_me" and not rig.missing
    units = rig_of(shared("data", "avatars", "makehuman_units_head.glb"))
    assert units.conventions == ("makehuman_units",) and not units.missing
