"""Conventions, recognised from names as they are found on real avatars, and the curves that drive them."""

import random
import time

import pytest
from tests.shared import shared

from lipwright.errors import OptionError
from lipwright.rigs import (
    CONTROLS,
    convention,
    conventions,
    curves,
    direct_map,
    dumps_map,
    fold,
    loads_map,
    recognise,
)
from lipwright.types import ARKIT, VISEMES, Direction, Performance, Provenance, Track, VocalInfo

ALL = [one.id for one in conventions()]
SHAPES = [one.id for one in conventions() if one.kind != "bones"]
SPOKEN = [name for name in SHAPES if name != "open_only"]


def performance(**tracks: Track) -> Performance:
    return Performance(
        VocalInfo("v.wav", "", 2.0, 16000, 1),
        Direction(),
        Provenance("test"),
        visemes=tuple(t for name, t in tracks.items() if name in VISEMES),
        channels=tuple(t for name, t in tracks.items() if name not in VISEMES and name not in ("jaw", "lips")),
        mouth=tuple(t for name, t in tracks.items() if name in ("jaw", "lips")),
    )


@pytest.mark.parametrize("name", ALL)
def test_a_convention_is_sound(name: str) -> None:
    one = convention(name)
    assert one.source and one.title and one.kind in ("shapes", "properties", "bones")
    assert len(set(map(fold, one.names))) == len(one.names), "two names would be taken for one"
    for control, mix in one.controls.items():
        assert control in CONTROLS
        assert all(0.0 < weight <= 1.0 for weight in mix.values())
    assert (one.kind == "bones") == (not one.controls)


@pytest.mark.parametrize("name", SPOKEN)
def test_its_own_names_are_recognised_and_drive_every_viseme(name: str) -> None:
    rig = recognise(convention(name).names)
    assert rig.conventions[0] == name
    assert not rig.missing and not rig.stand_ins
    assert rig.coverage.startswith("15 of 15 mouth shapes found")
    vowels_only = name in ("vrm0", "vrm1", "mmd_english", "unity_chan") or name.startswith("vowels_")
    vowels_only |= len(convention(name).names) == 5
    assert ("mixed from 5 shapes" in rig.coverage) == vowels_only
    assert set(rig.names) <= set(convention(name).names)


@pytest.mark.parametrize("name", SPOKEN)
def test_vowels_move_something_and_differ(name: str) -> None:
    mixes = direct_map(name).controls
    vowels = [tuple(sorted(mixes[v].items())) for v in ("aa", "ih", "oh", "ou")]
    assert all(vowels) and len(set(vowels)) == 4


@pytest.mark.parametrize("name", SPOKEN)
def test_lips_that_close_do_not_open_the_jaw(name: str) -> None:
    mixes = direct_map(name).controls
    opening = {n for n in mixes["aa"] if n not in mixes["PP"]}
    assert opening and not set(mixes["PP"]) & opening


@pytest.mark.parametrize("prefix", ["head__", "Genesis9__", "Ann_", "blendShape1.", "Head_blendShape."])
@pytest.mark.parametrize("name", ["arkit", "oculus", "vroid", "cc4", "daz_g8"])
def test_exporter_prefixes_are_seen_through(prefix: str, name: str) -> None:
    names = [prefix + one for one in convention(name).names]
    rig = recognise(names)
    assert rig.conventions[0] == name and not rig.missing
    assert set(rig.names) <= set(names)


PATTERNS = ["char:{}", "{}.001", "Face_{}", "head.{}", "bs_{}", "grp|face|{}", "{}_BS", "Head_{}_BS", "{n} {}", "{n}_{}",
            "rig:Head|bs.{}_GEO", "Körper_{}", "顔_{}", "{}-copy", "face[{}]"]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("name", ["arkit", "oculus", "vrchat", "vroid", "cc4", "mmd", "metahuman", "rhubarb", "preston_blair"])  # fmt: skip
def test_whatever_stands_around_all_names_is_seen_through(pattern: str, name: str) -> None:
    decoys = ["Basis", "Smile", "Angry", "eye_open", "brow_up"]
    every = (*convention(name).names, *decoys)
    names = [pattern.format(one, n=30 + n) for n, one in enumerate(every)]
    rig = recognise(names)
    assert rig.conventions[0] == name and not rig.missing
    assert set(rig.names) <= set(names[: -len(decoys)])


@pytest.mark.parametrize("prefix", ["mouth_", "Mouth", "mouth.", "M-", "口_", "boca "])
def test_a_mouth_chart_is_no_set_of_vowels(prefix: str) -> None:
    for letters in ("ABCDEFGHX", "ABCDEF", "ABCDEFX"):
        rig = recognise([prefix + letter for letter in letters])
        assert rig.conventions == ("rhubarb",) and rig.controls["PP"] == {f"{prefix}A": 1.0}
        assert not rig.missing
    alphabet = recognise([prefix + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"])
    assert "rhubarb" not in alphabet.conventions and alphabet.controls["aa"] == {f"{prefix}A": 1.0}


VOWELS = ["あいうえお", "アイウエオ", "ｱｲｳｴｵ", "아이우에오", "啊一呜诶哦", "АИУЭО", "аіуео", "आइउएओ",
          ["ά", "ι", "ου", "ε", "ο"], "aiueo"]  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "口_", "boca_", "рот.", "입 ", "嘴"])
@pytest.mark.parametrize("vowels", VOWELS)
def test_vowels_are_read_in_any_script(vowels: str, prefix: str) -> None:
    if prefix == "嘴" and vowels[0] == "ά":
        prefix = "嘴 "
    names = [prefix + vowel for vowel in vowels]
    rig = recognise([*names, "まばたき", "笑い", "Smile", "にやり"])
    assert [rig.controls[viseme] for viseme in ("aa", "ih", "ou", "E", "oh")] == [{name: 1.0} for name in names]
    assert not rig.missing


def test_a_vowel_that_is_not_there_is_mixed_from_its_neighbours_and_said() -> None:
    names = ["あ", "い", "う", "お", "まばたき", "笑い", "ウィンク", "怒り", "困る", "にっこり", "じと目"]
    rig = recognise(names)
    assert set(rig.controls["E"]) == {"あ", "い"} and rig.stand_ins["E"] == "neighbours" and not rig.missing
    assert rig.controls["eyeBlinkLeft"] == {"まばたき": 0.5}
    assert "E uses" in rig.coverage and "まばたき" not in {n for v in VISEMES for n in rig.controls.get(v, ())}


@pytest.mark.parametrize("third", ["mouth", "jaw"])
def test_a_simple_mouth_of_three_movements_speaks(third: str) -> None:
    names = (
        ["Mouth Open", "Mouth Wide", "Mouth Narrow"] if third == "mouth" else ["jawOpen", "mouthStretch", "mouthPucker"]
    )
    rig = recognise(["Basis", *names, "Blink"])
    assert rig.conventions == ("movements",) and not rig.missing
    assert max(rig.controls["ou"], key=rig.controls["ou"].__getitem__) == names[2]


def test_correctives_of_two_shapes_are_left_to_the_rig() -> None:
    names = [*ARKIT, "jawOpen_mouthClose", "jawOpen_mouthFunnel", "jawOpen_mouthPucker", "jawOpen_mouthSmileLeft"]
    assert set(recognise(names).names) == set(ARKIT)


def test_other_meshes_follow_with_the_few_shapes_that_they_have() -> None:
    names = [*(f"Head:{n}" for n in ARKIT), "Teeth:jawOpen", "Beard:mouthFunnel", "jawOpen.001"]
    rig = recognise(names)
    assert set(rig.controls["aa"]) >= {"Head:jawOpen", "Teeth:jawOpen", "jawOpen.001"}


@pytest.mark.parametrize("case", ["arkit_namespace", "arkit_blender_dup", "vrchat_cats_names"])
def test_names_as_people_bring_them(case: str) -> None:
    names = [row.strip() for row in shared("cases", "rigs", f"{case}.txt").read_text().splitlines() if row.strip()]
    assert recognise(names).coverage.startswith("15 of 15 mouth shapes found")


def test_sides_are_found_wherever_they_stand() -> None:
    for name in (
        "mouthSmile_L",
        "L_mouthSmile",
        "mouthSmileLeft",
        "left mouth smile",
        "mouthLeftSmile",
        "MouthSmile.l",
    ):
        assert fold(name) == "mouthsmileleft", name


def test_three_hundred_names_are_read_at_once() -> None:
    names = [*(f"char_{n:03d}:shape_{n}_Fix" for n in range(250)), *(f"char:{n}" for n in ARKIT)]
    started = time.process_time()
    assert recognise(names).conventions == ("arkit",)
    assert time.process_time() - started < 1.0


def _faceted(name: str) -> list[str]:
    side = {"Left": "_L", "Right": "_R"}
    short = next((name.removesuffix(long) + end for long, end in side.items() if name.endswith(long)), name)
    return [name[0].upper() + name[1:], short, short.replace("_", "."), name.upper(), f"AK_25_{name}", f"A25_{name}"]


@pytest.mark.parametrize("spelling", range(6))
def test_arkit_is_recognised_however_it_is_spelled(spelling: int) -> None:
    names = [_faceted(name)[spelling] for name in ARKIT]
    rig = recognise(names)
    assert rig.conventions == ("arkit",)
    assert len(rig.names) == len(ARKIT)


def test_vroid_exports_and_daz_exports_are_recognised() -> None:
    assert recognise([f"Face.M_F00_000_00_{n}" for n in convention("vroid").names]).conventions[0] == "vroid"
    daz = [f"head__CTRLVSM{n.removeprefix('eCTRLv')}" for n in convention("daz_g8").names]
    assert recognise(daz).conventions[0] == "daz_g8"


def test_order_of_names_does_not_matter() -> None:
    names = [*convention("ready_player_me").names]
    expected = recognise(names)
    random.Random(1).shuffle(names)
    assert recognise(names) == expected


@pytest.mark.parametrize("names", [["E"], ["A", "O"], ["L", "R", "rest"], ["Basis", "Key 1", "Smile", "Angry"], []])
def test_bare_letters_alone_and_unknown_names_mean_nothing(names: list[str]) -> None:
    rig = recognise(names)
    assert not rig.controls and rig.missing == tuple(v for v in VISEMES if v != "sil")
    assert rig.coverage.startswith("0 of 15")


def test_what_a_convention_lacks_is_taken_from_another() -> None:
    names = [n for n in convention("ready_player_me").names if n != "viseme_U"]
    rig = recognise(names)
    assert rig.stand_ins == {"ou": "arkit"}
    assert "ou uses jawOpen + mouthPucker + mouthFunnel" in rig.coverage and rig.coverage.startswith("14 of 15")


def test_one_opening_shape_is_driven_by_the_jaw_and_only_without_better() -> None:
    rig = recognise(["Basis", "Mouth_Open"])
    assert rig.controls == {"jaw": {"Mouth_Open": 1.0}} and "jaw opens with Mouth_Open" in rig.coverage
    assert "jaw" not in recognise([*convention("oculus").names, "mouthOpen"]).controls


def test_bones_are_named_and_not_keyed() -> None:
    rig = recognise(convention("rigify").names)
    assert rig.conventions == ("rigify",) and not rig.controls and "bones" in rig.notes[0]
    with pytest.raises(OptionError, match="bones"):
        direct_map("rigify")


def test_every_spelling_on_a_rig_is_driven() -> None:
    names = [*convention("oculus").names, *(f"teeth__{n}" for n in convention("oculus").names)]
    assert set(recognise(names).controls["aa"]) == {"viseme_aa", "teeth__viseme_aa"}


def test_curves_are_the_weighted_sum_between_keys_too() -> None:
    a = Track("aa", (0.0, 1.0, 2.0), (0.0, 1.0, 0.0))
    o = Track("oh", (0.5, 1.5), (0.0, 1.0))
    jaw = next(t for t in curves(performance(aa=a, oh=o), direct_map("arkit").controls) if t.name == "jawOpen")
    mixes = direct_map("arkit").controls
    for step in range(201):
        t = step / 100
        expected = a.at(t) * mixes["aa"]["jawOpen"] + o.at(t) * mixes["oh"]["jawOpen"]
        assert jaw.at(t) == pytest.approx(min(1.0, max(0.0, expected)), abs=1e-9)


def test_clamping_keeps_the_shape_of_the_curve() -> None:
    loud = Track("aa", (0.0, 1.0, 2.0), (-1.0, 3.0, 0.0))
    (track,) = curves(performance(aa=loud), {"aa": {"Open": 1.0}})
    for step in range(201):
        assert track.at(step / 100) == pytest.approx(min(1.0, max(0.0, loud.at(step / 100))), abs=1e-9)


def test_head_angles_keep_their_sign() -> None:
    yaw = Track("headYaw", (0.0, 1.0), (-0.3, 0.2))
    (track,) = curves(performance(headYaw=yaw), {"headYaw": {"Head_Turn": 1.0}})
    assert track.values == (-0.3, 0.2)


def test_a_map_made_by_hand_comes_back() -> None:
    text = dumps_map(recognise(convention("mmd").names))
    assert loads_map(text).controls == recognise(convention("mmd").names).controls
    for bad in ("", "[]", "{}", '{"schema":"lipwright.rig/1","controls":{"nope":{"a":1}}}',
                '{"schema":"lipwright.rig/1","controls":{"aa":{"a":"x"}}}', '{"schema":"lipwright.rig/9","controls":{}}'):  # fmt: skip
        with pytest.raises(OptionError):
            loads_map(bad)


def test_an_unknown_convention_is_named_with_the_known_ones() -> None:
    with pytest.raises(OptionError, match="oculus"):
        convention("nope")
