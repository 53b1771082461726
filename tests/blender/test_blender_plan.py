"""The extension's arithmetic, without Blender."""

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from blender_addon.pure import bone_blends, convert, curves, manual_edits, mapping, plan, wording
from blender_addon.pure.curves import Line
from blender_addon.pure.mapping import Control, FaceMap, Row

from lipwright import rigs
from lipwright.corrections import corrected
from lipwright.errors import DocumentError, OptionError
from lipwright.exports import ExportOptions, text_of
from lipwright.types import ARKIT, VISEMES, Direction, Performance, Provenance, Track, TrackEdit, VocalInfo

TIMING = plan.Timing(Fraction(24), 1.0)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def performance(**layers):
    return Performance(VocalInfo("a.wav", "", 10.0, 16000, 1), Direction(), Provenance("0"), **layers)


def some_tracks(rng, names, count=40):
    tracks = []
    for name in names:
        times = np.unique(np.round(rng.random(count) * 10, 3))
        tracks.append(Track(name, tuple(times.tolist()), tuple(rng.random(len(times)).tolist())))
    return tuple(tracks)


def shapes(**weights):
    """source__target=weight"""
    return FaceMap(mapping.shape_rows((*name.split("__"), weight) for name, weight in weights.items()))


FINE = np.linspace(0, 10, 4001)


def sampled(curve, timing=TIMING):
    return np.interp(FINE, timing.times(curve.frames), curve.values)


def test_one_source_goes_through_unchanged(rng):
    made = performance(visemes=some_tracks(rng, ["aa", "ou"]))
    got = plan.plan(made, shapes(aa__open=1.0, ou__round=0.5), TIMING)
    by_name = {curve.control.name: curve for curve in got.curves}
    assert np.allclose(TIMING.times(by_name["open"].frames), made.track("aa").times_s)
    assert np.allclose(by_name["round"].values, np.array(made.track("ou").values) / 2)


def test_a_mix_is_the_weighted_sum_within_the_tolerance(rng):
    made = performance(visemes=some_tracks(rng, ["aa", "ou", "E"]))
    got = plan.plan(made, shapes(aa__x=0.5, ou__x=0.3, E__x=-0.2), TIMING, tolerance=0.01).curves[0]
    want = sum(w * np.array([made.track(n).at(t) for t in FINE]) for n, w in (("aa", 0.5), ("ou", 0.3), ("E", -0.2)))
    assert np.abs(sampled(got) - want).max() <= 0.01 + 1e-9


@pytest.mark.parametrize("fps", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001)])
def test_keys_lie_at_their_true_times_at_any_rate(rng, fps):
    made = performance(visemes=some_tracks(rng, ["aa"]))
    timing = plan.Timing(fps, -12.25)
    got = plan.plan(made, shapes(aa__x=1.0), timing).curves[0]
    assert np.allclose(timing.times(got.frames), made.track("aa").times_s, atol=1e-9)
    later = plan.plan(made, shapes(aa__x=1.0), dataclasses.replace(timing, start_frame=100.0)).curves[0]
    assert np.allclose(later.frames - got.frames, 112.25)


def test_thinning_keeps_peaks_and_stays_within_the_tolerance(rng):
    values = np.cumsum(rng.normal(0, 0.02, 2000))
    line = Line(np.arange(2000) / 100, values)
    thinned = curves.thin(line, 0.02)
    assert len(thinned.times) < 1700
    assert np.abs(thinned.at(line.times) - values).max() <= 0.02 + 1e-9
    assert thinned.values.max() == values.max() and thinned.values.min() == values.min()


def test_flat_tops_keep_both_ends():
    line = Line(np.arange(7.0), np.array([0, 0.5, 1, 1, 1, 0.5, 0]))
    thinned = curves.thin(line, 0.05)
    assert list(thinned.times) == [0, 2, 4, 6]


def test_box_filter_against_a_numerical_average(rng):
    line = Line(np.sort(rng.random(30)) * 10, rng.random(30))
    soft = curves.box_filter(line, 0.3)
    offsets = np.linspace(-0.15, 0.15, 2001)
    want = [np.trapezoid(line.at(t + offsets), offsets) / 0.3 for t in soft.times[::7]]
    assert np.allclose(soft.values[::7], want, atol=2e-5)


def closures(gap=0.02):
    """aa is nearly everywhere, PP closes three times at full strength."""
    times, values = [0.0], [0.0]
    for start in (2.0, 4.0, 6.0):
        times += [start - 0.06, start, start + gap + 0.03, start + 0.12]
        values += [0.0, 1.0, 1.0, 0.0]
    opened = [1.0 - v for v in values]
    return performance(visemes=(Track("PP", tuple(times), tuple(values)), Track("aa", tuple(times), tuple(opened))))


@pytest.mark.parametrize("tuning", [
    plan.Tuning(smoothing_s=0.12), plan.Tuning(jaw=2.0), plan.Tuning(intensity=0.3), plan.Tuning(1.8, 1.8, 1.8, 0.2),
])  # fmt: skip
def test_lips_still_close_whatever_the_sliders_say(tuning):
    made = closures()
    sources = plan.plan(made, shapes(PP__shut=1.0, aa__open=1.0), TIMING, tuning).curves
    shut, opened = (np.interp(np.array([2.01, 4.02, 6.03]), TIMING.times(c.frames), c.values) for c in sources)
    assert (shut > 0.999).all() and (opened < 0.02).all()


def test_intensity_zero_is_a_mouth_at_rest_and_eyes_that_blink(rng):
    made = performance(visemes=some_tracks(rng, VISEMES), channels=some_tracks(rng, ["eyeBlinkLeft"]))
    got = plan.plan(made, shapes(aa__x=1.0, PP__y=1.0, eyeBlinkLeft__z=1.0), TIMING, plan.Tuning(intensity=0.0))
    by_name = {curve.control.name: curve for curve in got.curves}
    assert not by_name["x"].values.any() and not by_name["y"].values.any() and by_name["z"].values.any()


def test_limits_hold(rng):
    made = performance(visemes=some_tracks(rng, ["aa"]))
    face_map = shapes(aa__x=3.0)
    control = face_map.rows[0].control
    got = plan.plan(made, face_map, TIMING, limits={control: (0.0, 0.8)}).curves[0]
    assert got.values.max() == 0.8


def test_an_hour_is_planned_quickly(rng):
    import time

    times = np.arange(0, 300, 0.08)
    made = performance(visemes=tuple(
        Track(name, tuple(times.tolist()), tuple(rng.random(len(times)).tolist())) for name in VISEMES))  # fmt: skip
    rig = rigs.direct_map("arkit")
    face_map = FaceMap(mapping.shape_rows((s, n, w) for s, mix in rig.controls.items() for n, w in mix.items()))
    started = time.perf_counter()
    got = plan.plan(made, face_map, TIMING)
    assert got.keys > 20000 and time.perf_counter() - started < 5.0


# --- hand work -------------------------------------------------------------------------------------------------------


def seen(control, baked, frames, values):
    return manual_edits.Seen(control.name, control, baked.frames, baked.values, np.array(frames), np.array(values))


AS_PERFORMED = plan.Tuning()


def replanned(made, face_map, tuning=AS_PERFORMED):
    return {curve.control.name: curve for curve in plan.plan(made, face_map, TIMING, tuning).curves}


@pytest.mark.parametrize("tuning", [plan.Tuning(), plan.Tuning(intensity=0.5, jaw=1.5, smoothing_s=0.05)])
@pytest.mark.parametrize("face_map", [shapes(aa__x=0.8), shapes(aa__x=0.8, ou__x=0.4)], ids=["single", "mixed"])
def test_a_changed_key_comes_back_after_the_next_bake(rng, tuning, face_map):
    made = performance(visemes=some_tracks(rng, ["aa", "ou"]))
    baked = replanned(made, face_map, tuning)["x"]
    frames, values = baked.frames.copy(), baked.values.copy()
    values[10] = 0.33
    frames[10] += 0.3 * (frames[11] - frames[10])
    edits = manual_edits.edits([seen(baked.control, baked, frames, values)], face_map, TIMING, tuning)
    assert len(edits) == 1 and edits[0].start_s < TIMING.times(frames[10]) < edits[0].end_s
    again = replanned(manual_edits.with_edits(made, edits), face_map, tuning)["x"]
    assert np.interp(frames[10], again.frames, again.values) == pytest.approx(0.33, abs=1e-3)
    outside = (frames < frames[8]) | (frames > frames[13])
    assert np.allclose(np.interp(frames[outside], again.frames, again.values), values[outside], atol=0.011)
    assert not manual_edits.edits([seen(again.control, again, again.frames, again.values)], face_map, TIMING, tuning)


def test_hand_work_scales_with_the_sliders(rng):
    made = performance(visemes=some_tracks(rng, ["aa"]))
    face_map = shapes(aa__x=1.0)
    baked = replanned(made, face_map)["x"]
    values = baked.values.copy()
    values[5] = 0.6
    edits = manual_edits.edits([seen(baked.control, baked, baked.frames, values)], face_map, TIMING, plan.Tuning())
    half = replanned(manual_edits.with_edits(made, edits), face_map, plan.Tuning(intensity=0.5))["x"]
    assert np.interp(baked.frames[5], half.frames, half.values) == pytest.approx(0.3, abs=1e-3)


def test_single_source_edits_are_understood_by_every_host(rng):
    """They are corrections of the viseme itself: the core's own corrected() applies them."""
    made = performance(visemes=some_tracks(rng, ["aa"]))
    face_map = shapes(aa__x=1.0)
    baked = replanned(made, face_map)["x"]
    edits = manual_edits.edits(
        [seen(baked.control, baked, baked.frames[:0], baked.values[:0])], face_map, TIMING, plan.Tuning()
    )
    assert [(e.layer, e.name, e.times_s) for e in edits] == [("visemes", "aa", ())]
    middle = float(TIMING.times(baked.frames[15]))
    assert corrected(manual_edits.with_edits(made, edits)).track("aa").at(middle) == 0.0


def test_deleted_and_added_keys(rng):
    made = performance(visemes=some_tracks(rng, ["aa"]))
    face_map = shapes(aa__x=1.0)
    baked = replanned(made, face_map)["x"]
    keep = np.ones(len(baked.frames), bool)
    keep[[7, 8]] = False
    frames = np.sort(np.append(baked.frames[keep], 200.123))
    values = np.interp(frames, baked.frames[keep], baked.values[keep])
    values[np.flatnonzero(frames == 200.123)[0]] = 0.05
    edits = manual_edits.edits([seen(baked.control, baked, frames, values)], face_map, TIMING, plan.Tuning())
    again = replanned(manual_edits.with_edits(made, edits), face_map)["x"]
    fine = np.linspace(baked.frames[0], baked.frames[-1], 5000)
    assert np.abs(np.interp(fine, frames, values) - np.interp(fine, again.frames, again.values)).max() < 0.02


def test_new_edits_replace_those_they_cover():
    old = TrackEdit("visemes", "aa", 1.0, 2.0, (1.5,), (0.5,))
    new = TrackEdit("visemes", "aa", 0.5, 2.5, (1.5,), (0.7,))
    made = manual_edits.with_edits(manual_edits.with_edits(performance(), [old]), [new])
    assert made.corrections.tracks == (new,)


# --- mapping, words ---------------------------------------------------------------------------------------------------


def test_mapping_files_round_trip_and_refuse_nonsense(tmp_path):
    rows = (
        Row("aa", Control("shape", 'o"\\あ'), 0.5, "jaw"),
        Row("headYaw", Control("bone", "head", "Rig", "rotation_y"), -1.0),
        Row("PP", Control("sprite", "x.offset", "Plane"), 7.0),
    )
    made = FaceMap(rows, "Mine")
    mapping.save(made, tmp_path / "m.json")
    assert mapping.load(tmp_path / "m.json") == made
    for text in ("[]", "{", '{"schema": "lipwright.mapping/9", "rows": []}', mapping.dumps(made).replace('"aa"', '"zz"'),
                 mapping.dumps(made).replace("7.0", "NaN"), mapping.dumps(made).replace("rotation_y", "sideways")):  # fmt: skip
        with pytest.raises(OptionError):
            mapping.loads(text)


@pytest.mark.parametrize("convention", [c.id for c in rigs.conventions() if c.controls and c.kind == "shapes"])
def test_every_convention_is_mapped_by_its_own_names(convention):
    names = list(rigs.direct_map(convention).names)
    face_map, _ = mapping.from_names(names)
    assert face_map.rows and {row.control.name for row in face_map.rows} <= set(names)


def test_coverage_says_what_is_there():
    face_map, _ = mapping.from_names(
        [f"viseme_{n}" for n in ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U"]]
        + list(ARKIT[:49])
    )
    assert mapping.coverage(face_map) == "15 of 15 visemes, 49 of 52 ARKit"
    assert mapping.coverage(FaceMap()) == "0 of 15 visemes, 0 of 52 ARKit"


def test_words_in_names():
    assert wording.move_of("Mouth_Open") == "open" and wording.move_of("lipPucker") == "round"
    assert wording.move_of("eyeOpen") == "" and wording.move_of("mouthSmile_L") == ""
    rows = wording.sound_rows(["phoneme_OO", "phoneme-Ah", "phonemeMBP", "phoneme_EE", "hat"])
    assert {(r.source, r.control.name) for r in rows} == {
        ("ou", "phoneme_OO"), ("aa", "phoneme-Ah"), ("PP", "phonemeMBP"), ("ih", "phoneme_EE")}  # fmt: skip
    assert not wording.sound_rows(["A", "B", "hat"]), "bare letters alone mean nothing"
    assert {r.source for r in wording.blink_rows(["Blink_L", "eyes closed"])} == {"eyeBlinkLeft", "eyeBlinkRight"}


# --- bones ------------------------------------------------------------------------------------------------------------


def test_rotation_vectors_and_quaternions_are_inverse(rng):
    turns = rng.normal(0, 0.8, (50, 3))
    assert np.allclose(
        bone_blends.vector_from_quaternions(bone_blends.quaternions_from_vectors(turns)), turns, atol=1e-9
    )


@pytest.mark.parametrize("order", ["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"])
def test_eulers_make_the_same_matrix(rng, order):
    turns = rng.normal(0, 0.6, (20, 3))
    quaternions = bone_blends.quaternions_from_vectors(turns)
    eulers = bone_blends._eulers(quaternions, order)
    axes = np.eye(3)
    for euler, matrix in zip(eulers, bone_blends._matrices(quaternions), strict=True):
        total = np.eye(3)
        for letter in order:  # the first letter turns first
            i = "XYZ".index(letter)
            one = bone_blends._matrices(bone_blends.quaternions_from_vectors(axes[i : i + 1] * euler[i]))[0]
            total = one @ total
        assert np.allclose(total, matrix, atol=1e-9)


# --- other programs' files ---------------------------------------------------------------------------------------------


def arkit_csv(rows=60):
    header = ["Timecode", "BlendshapeCount", "EyeBlinkLeft", "JawOpen", "HeadYaw"]
    lines = [",".join(header)]
    for n in range(rows):
        lines.append(f"10:00:{n // 60:02d}:{n % 60:02d}.000,61,{n % 2},{n / rows:.6f},0.1")
    return "\n".join(lines)


def test_arkit_csv_becomes_channels():
    made = convert.from_arkit_csv(arkit_csv(), "take.csv", Fraction(60))
    assert {t.name for t in made.channels} == {"eyeBlinkLeft", "jawOpen", "headYaw"}
    assert made.track("jawOpen").at(0.5) == pytest.approx(30 / 60, abs=0.005)
    assert made.track("headYaw").at(0.3) == pytest.approx(0.1)


@pytest.mark.parametrize("rate", [24, 25, 30, 60, Fraction(24000, 1001), Fraction(30000, 1001)])
def test_our_own_arkit_export_comes_back_at_its_rate(rate):
    brow = Track("browInnerUp", (0.0, 3.0, 3.5), (0.0, 1.0, 0.0))
    text = text_of(performance(channels=(brow,)), "arkit", ExportOptions(Fraction(rate)))
    for scene in (Fraction(rate), Fraction(60 if rate != 60 else 24)):
        back = convert.from_arkit_csv(text, "face.csv", scene).track("browInnerUp")
        for t in (0.5, 1.7, 2.9):
            assert back.at(t) == pytest.approx(brow.at(t), abs=0.006)


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2", arkit_csv().replace("0.500000", "half"), arkit_csv().replace("10:00", "ten")]
)
def test_damaged_csv_is_refused(text):
    with pytest.raises(DocumentError):
        convert.from_arkit_csv(text, "take.csv", Fraction(60))


def test_rhubarb_cues_are_reached_on_time():
    made = convert.from_rhubarb("0.00\tX\n0.50\tD\n0.80\tA\n1.00\tF\n1.40\tX\n", "cues.tsv")
    for time_s, name in ((0.5, "aa"), (0.8, "PP"), (1.0, "ou")):
        assert made.track(name).at(time_s) == 1.0
    assert made.track("aa").at(0.79) < 0.2 and made.track("ou").at(1.4) == 0.0 and made.track("aa").at(0.2) == 0.0
    for bad in ("x\tA", "0.1\tQ", "0.5\tA\n0.4\tB", ""):
        with pytest.raises(DocumentError):
            convert.from_rhubarb(bad, "cues.tsv")


def test_keys_to_document_and_back(rng):
    made = performance(visemes=some_tracks(rng, ["aa", "PP"]), channels=some_tracks(rng, ["browInnerUp"]))
    names = [*rigs.direct_map("oculus").names, *ARKIT]
    face_map, _ = mapping.from_names(names)
    baked = plan.plan(made, face_map, TIMING)
    lines = {c.control.name: Line(TIMING.times(c.frames), c.values) for c in baked.curves}
    back, untold = convert.from_curves({**lines, "hat": Line.empty()}, names, "Head keys", 10.0)
    assert untold == ("hat",)
    for name in ("aa", "PP", "browInnerUp"):
        assert np.allclose([back.track(name).at(t) for t in FINE[::50]], [made.track(name).at(t) for t in FINE[::50]])


def test_the_package_imports_without_blender():
    import subprocess
    import sys

    code = "import sys; from blender_addon.pure import plan, convert, manual_edits, bone_blends, wording; print('bpy' in sys.modules)"
    root = Path(convert.__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=False)
    assert ended.stdout.strip() == "False", ended.stderr


def test_head_and_expression_sliders_move_nothing_else():
    made = performance(
        channels=(
            Track("headYaw", (0.0, 1.0), (0.0, 0.4)),
            Track("browInnerUp", (0.0, 1.0), (0.0, 0.6)),
            Track("eyeBlinkLeft", (0.0, 1.0), (0.0, 1.0)),
        ),
        visemes=(Track("aa", (0.0, 1.0), (0.0, 0.9)),),
    )
    rows = shapes(headYaw__yaw=1.0, browInnerUp__brow=1.0, eyeBlinkLeft__blink=1.0, aa__mouth=1.0)
    plain, tuned = (
        {c.control.name: c.values.max() for c in plan.plan(made, rows, TIMING, tuning).curves}
        for tuning in (plan.Tuning(), plan.Tuning(head=0.5, expression=0.25))
    )
    for name, factor in (("yaw", 0.5), ("brow", 0.25), ("blink", 1.0), ("mouth", 1.0)):
        assert tuned[name] == pytest.approx(plain[name] * factor), name
