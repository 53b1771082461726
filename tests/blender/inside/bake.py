"""What a bake writes, where, and what it leaves alone."""

import json
from pathlib import Path

import bpy
import numpy as np
from blender_addon.scene import actions, apply, avatar, baked_action, nla

from lipwright import document
from lipwright.types import Direction, Performance, PhonemeSpan, Provenance, Track, VocalInfo, WordSpan

ODD = ['a"q\\z', "口あ"]
VISEMES = [
    f"viseme_{name}" for name in ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U"]
]


def head(name="Head", keys=VISEMES, location=(0, 0, 0)):
    """A cube with shape keys, as a stand-in for a face."""
    bpy.ops.mesh.primitive_cube_add(location=location)
    ob = bpy.context.object
    ob.name = name
    ob.shape_key_add(name="Basis")
    for number, key in enumerate(keys):
        block = ob.shape_key_add(name=key, from_mix=False)
        block.value = 0.0
        block.data[number % 8].co.z += 1.0
    return ob


def performance(duration=4.0, name="hello.wav"):
    """A small one whose curves are known: aa rises and falls, PP closes twice, the eyes blink once."""
    return Performance(
        VocalInfo(name, "0" * 64, duration, 16000, 1),
        Direction(),
        Provenance("0.1.0"),
        words=(WordSpan(0.5, 1.0, "mama"), WordSpan(2.0, 2.5, "papa")),
        phonemes=(PhonemeSpan(0.5, 0.6, "M"), PhonemeSpan(0.6, 0.8, "AA")),
        visemes=(
            Track("PP", (0.4, 0.5, 0.58, 0.7, 1.9, 2.0, 2.08, 2.2), (0, 1, 1, 0, 0, 1, 1, 0)),
            Track("aa", (0.55, 0.7, 0.9, 1.1, 2.05, 2.3, 2.6), (0, 0.9, 0.8, 0, 0, 0.7, 0)),
            Track("ou", (1.1, 1.3, 1.5), (0, 0.6, 0)),
        ),
        channels=(
            Track("eyeBlinkLeft", (3.0, 3.08, 3.2), (0, 1, 0)),
            Track("headYaw", (0.0, 1.0, 2.0), (0.0, 0.2, 0.0)),
        ),
    )


def import_it(tmp, made=None, **options):
    """Bake a document through the import operator, as a script would."""
    made = made or performance()
    path = Path(tmp) / "song.lipwright"
    document.save(made, path)
    assert bpy.ops.lipwright.import_performance(filepath=str(path), **options) == {"FINISHED"}
    return bpy.context.scene.lipwright.take


def value_at(ob, key, frame):
    bpy.context.scene.frame_set(int(np.floor(frame)), subframe=float(frame - np.floor(frame)))
    return ob.data.shape_keys.key_blocks[key].value


def check_values_on_whole_and_fractional_frames(tmp):
    ob = head()
    made = performance()
    import_it(tmp, made, interpolation="LINEAR", start_frame=10.0)
    for time_s in (0.45, 0.55, 0.8, 1.234, 2.04, 2.4):
        frame = 10.0 + time_s * 24
        for key, source in (("viseme_aa", "aa"), ("viseme_PP", "PP"), ("viseme_U", "ou")):
            got, want = value_at(ob, key, frame), made.track(source).at(time_s)
            assert abs(got - want) < 2e-3, (key, time_s, got, want)


def check_smooth_keys_pass_through_the_same_points_and_never_overshoot(tmp):
    ob = head()
    import_it(tmp)
    for curve in actions.all_fcurves(bpy.context.scene.lipwright.take):
        frames, values = actions.read_keys(curve)
        fine = [curve.evaluate(f) for f in np.arange(frames[0], frames[-1], 0.1)]
        assert min(fine) >= min(values) - 1e-4 and max(fine) <= max(values) + 1e-4
    assert value_at(ob, "viseme_PP", 1 + 0.54 * 24) > 0.999


def check_every_mesh_with_the_key_moves(tmp):
    face, teeth = head("Face"), head("Teeth", ["viseme_aa"])
    bare = head("Hair", [])
    collection = bpy.data.collections.new("Hero")
    bpy.context.scene.collection.children.link(collection)
    for ob in (face, teeth, bare):
        collection.objects.link(ob)
    import_it(tmp, avatar="Hero")
    frame = 1 + 0.7 * 24
    assert abs(value_at(face, "viseme_aa", frame) - value_at(teeth, "viseme_aa", frame)) < 1e-6
    assert value_at(teeth, "viseme_aa", frame) > 0.85
    assert bare.data.shape_keys.animation_data is None
    if actions.HAS_SLOTS:
        assert len(baked_action.members(bpy.context.scene.lipwright.take)) == 1


def check_odd_names_after_save_and_reload(tmp):
    ob = head("Odd", ODD)
    scene = bpy.context.scene
    for source, target in zip(("aa", "PP"), ODD, strict=True):
        bpy.ops.lipwright.map_set(avatar="Odd", source=source, target=target)
    import_it(tmp, avatar="Odd", interpolation="LINEAR")
    path = str(Path(tmp) / "odd.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    ob, scene = bpy.data.objects["Odd"], bpy.context.scene
    assert abs(value_at(ob, ODD[0], 1 + 0.7 * 24) - 0.9) < 2e-3
    take = scene.lipwright.take
    assert baked_action.is_take(take) and baked_action.performance_of(take) == performance()
    take.lipwright.intensity = 0.5
    assert abs(value_at(ob, ODD[0], 1 + 0.7 * 24) - 0.45) < 2e-3
    assert value_at(ob, ODD[1], 1 + 0.54 * 24) > 0.99, "lips must still close"


def own_keys(ob, key, frames, values):
    """Keys of the artist's, in the artist's own action."""
    block = ob.data.shape_keys.key_blocks[key]
    for frame, value in zip(frames, values, strict=True):
        block.value = value
        block.keyframe_insert("value", frame=frame)
    return ob.data.shape_keys.animation_data.action


def track_names(ob):
    """NLA tracks, less the one that 5.0 needs for the mouth at rest."""
    return [t.name for t in ob.data.shape_keys.animation_data.nla_tracks if t.name != nla.REST]


def snapshot(action):
    return sorted((c.data_path, *(tuple(p.co) for p in c.keyframe_points)) for c in actions.all_fcurves(action))


def check_the_artists_keys_stay_and_go_on_playing(tmp):
    ob = head(keys=[*VISEMES, "frown"])
    mine = own_keys(ob, "frown", (1, 50), (0.2, 0.8))
    before = snapshot(mine)
    import_it(tmp, interpolation="LINEAR")
    animation = ob.data.shape_keys.animation_data
    assert animation.action == mine and snapshot(mine) == before
    assert track_names(ob) == ["hello"]
    assert abs(value_at(ob, "frown", 50) - 0.8) < 1e-5
    assert value_at(ob, "viseme_aa", 1 + 0.7 * 24) > 0.85


def check_same_control_as_the_artists_is_replaced_or_added(tmp):
    for blend, want in (("REPLACE", 0.9), ("ADD", 1.0)):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        ob = head()
        mine = own_keys(ob, "viseme_aa", (1, 100), (0.3, 0.3))
        before = snapshot(mine)
        import_it(tmp, interpolation="LINEAR", blend=blend)
        assert snapshot(mine) == before
        got = value_at(ob, "viseme_aa", 1 + 0.7 * 24)
        assert abs(got - want) < 0.01, (blend, got)
        assert abs(value_at(ob, "viseme_aa", 1 + 1.8 * 24) - (0.3 if blend == "ADD" else 0.0)) < 0.01


def check_performing_again_replaces_only_its_own(tmp):
    ob = head(keys=[*VISEMES, "frown"])
    own_keys(ob, "frown", (1, 50), (0.2, 0.8))
    first = import_it(tmp, interpolation="LINEAR")
    second = import_it(tmp, interpolation="LINEAR")
    assert first == second and len(baked_action.all_takes()) == 1
    assert track_names(ob) == ["hello"]
    import_it(tmp, performance(name="other.wav"), interpolation="LINEAR")
    assert len(baked_action.all_takes()) == 2
    assert track_names(ob) == ["hello", "other"]


def check_a_moved_strip_stays_where_it_was_put(tmp):
    ob = head()
    import_it(tmp, interpolation="LINEAR", placement="NLA")
    strip = actions.strip_of(ob.data.shape_keys, bpy.context.scene.lipwright.take)[1]
    length = strip.frame_end - strip.frame_start
    actions.place_strip(strip, strip.action_frame_start, strip.action_frame_end, strip.frame_start + 100.25)
    assert abs(strip.frame_end - strip.frame_start - length) < 1e-3
    assert abs(value_at(ob, "viseme_aa", 101.25 + 0.7 * 24) - 0.9) < 5e-3
    bpy.context.scene.lipwright.take.lipwright.intensity = 0.5
    assert abs(value_at(ob, "viseme_aa", 101.25 + 0.7 * 24) - 0.45) < 5e-3


def check_hand_work_survives_sliders_and_performing_again(tmp):
    ob = head()
    take = import_it(tmp, interpolation="LINEAR")
    slot = actions.existing_slot(take, ob.data.shape_keys)
    curve = actions.fcurves(take, slot).find(avatar.key_path("viseme_aa"))
    key = min(curve.keyframe_points, key=lambda p: abs(p.co[0] - (1 + 0.9 * 24)))
    key.co = (key.co[0], 0.2)
    curve.update()
    frame = 1 + 0.9 * 24
    take.lipwright.intensity = 0.5
    assert abs(value_at(ob, "viseme_aa", frame) - 0.1) < 3e-3, value_at(ob, "viseme_aa", frame)
    take.lipwright.intensity = 1.0
    assert abs(value_at(ob, "viseme_aa", frame) - 0.2) < 3e-3
    edits = baked_action.performance_of(take).corrections.tracks
    assert [e.name for e in edits] == ["aa"] and abs(value_at(ob, "viseme_aa", 1 + 2.3 * 24) - 0.7) < 3e-3
    again = document.loads(document.dumps(baked_action.performance_of(take)))
    import_it(tmp, again, interpolation="LINEAR")
    assert abs(value_at(ob, "viseme_aa", frame) - 0.2) < 3e-3
    bpy.ops.lipwright.reset()
    assert abs(value_at(ob, "viseme_aa", frame) - 0.8) < 3e-3


def check_unchanged_curves_make_no_corrections(tmp):
    head()
    take = import_it(tmp)
    for name, value in (("intensity", 1.7), ("jaw", 0.4), ("lips", 1.8), ("smoothing", 60.0)):
        setattr(take.lipwright, name, value)
    assert baked_action.keep_hand_work(take) == 0
    assert not baked_action.performance_of(take).corrections.tracks


def check_two_lines_one_after_the_other(tmp):
    ob = head()
    import_it(tmp, performance(name="one.wav"), interpolation="LINEAR", start_frame=1.0)
    import_it(tmp, performance(name="two.wav"), interpolation="LINEAR", start_frame=201.0)
    import_it(tmp, performance(name="three.wav"), interpolation="LINEAR", start_frame=401.0, placement="ACTION")
    for start in (1, 201, 401):
        assert abs(value_at(ob, "viseme_aa", start + 0.7 * 24) - 0.9) < 5e-3, start
    assert abs(value_at(ob, "viseme_aa", 150)) < 1e-6, value_at(ob, "viseme_aa", 150)


def check_drivers_are_respected_and_their_property_keyed(tmp):
    ob = head(keys=["viseme_aa", "viseme_PP", "viseme_U", *VISEMES[2:8]])
    bpy.ops.object.armature_add()
    rig = bpy.context.object
    rig.name = "Rig"
    ob.parent = rig
    rig["aa_open"] = 0.0
    driver = ob.data.shape_keys.driver_add(avatar.key_path("viseme_aa")).driver
    driver.type = "AVERAGE"
    variable = driver.variables.new()
    variable.targets[0].id, variable.targets[0].data_path = rig, '["aa_open"]'
    tangled = ob.data.shape_keys.driver_add(avatar.key_path("viseme_U")).driver
    tangled.expression = "frame / 100"
    import_it(tmp, avatar="Rig", interpolation="LINEAR")
    paths = {c.data_path for c in actions.all_fcurves(bpy.context.scene.lipwright.take)}
    assert '["aa_open"]' in str(paths) or any("aa_open" in p for t in baked_action.all_takes()
                                              for m in baked_action.members(t) for p in [c.data_path for c in actions.all_fcurves(m)])  # fmt: skip
    assert avatar.key_path("viseme_U") not in paths and avatar.key_path("viseme_aa") not in paths
    assert abs(value_at(ob, "viseme_aa", 1 + 0.7 * 24) - 0.9) < 5e-3


def check_keys_are_many_and_quick(tmp):
    import time

    ob = head(keys=[f"k{i:02d}" for i in range(52)])
    rng = np.random.default_rng(0)
    frames = np.arange(1000) + 0.25
    key = ob.data.shape_keys
    channels = [apply.Channel(avatar.key_path(f"k{i:02d}"), 0, frames, rng.random(1000)) for i in range(52)]
    took = []
    for number in range(3):
        started = time.perf_counter()
        apply.bake([(key, channels)], f"speed{number}")
        took.append(time.perf_counter() - started)
    assert min(took) < 0.1, took


def check_removing_a_take_leaves_nothing_of_it(tmp):
    ob = head(keys=[*VISEMES, "frown"])
    mine = own_keys(ob, "frown", (1, 50), (0.2, 0.8))
    bpy.context.scene.timeline_markers.new("mine", frame=5)
    import_it(tmp)
    assert {m.name for m in bpy.context.scene.timeline_markers} == {"mine", "mama", "papa"}
    assert bpy.ops.lipwright.remove() == {"FINISHED"}
    assert {m.name for m in bpy.context.scene.timeline_markers} == {"mine"}
    assert list(bpy.data.actions) == [mine] and not ob.data.shape_keys.animation_data.nla_tracks


def check_words_and_phonemes_are_marked(tmp):
    head()
    take = import_it(tmp, start_frame=11.0)
    marks = {m.name: m.frame for m in bpy.context.scene.timeline_markers}
    assert marks == {"mama": 23, "papa": 59}
    assert [(m.name, m.frame) for m in take.pose_markers] == [("M", 23), ("AA", 25)]
    assert json.loads(take["phonemes"])[0][2] == "M"
    import_it(tmp, start_frame=11.0, markers=False)
    assert not bpy.context.scene.timeline_markers


def check_fps_base_and_ntsc(tmp):
    ob = head()
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.001
    import_it(tmp, interpolation="LINEAR", start_frame=-20.5)
    assert baked_action.timing_of(scene.lipwright.take).fps.denominator == 1001
    assert abs(value_at(ob, "viseme_aa", -20.5 + 0.7 * 24 / 1.001) - 0.9) < 3e-3
    scene.render.fps, scene.render.fps_base = 25, 2.0
    import_it(tmp, performance(name="slow.wav"), interpolation="LINEAR", start_frame=1.0)
    assert abs(value_at(ob, "viseme_aa", 1.0 + 0.7 * 12.5) - 0.9) < 5e-3


def check_a_vocal_outside_the_scene_is_baked_and_said(tmp):
    from blender_addon import worker

    ob = head()
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 50
    for start, want in ((-300.25, "before the scene's first (1)"), (500.0, "after the scene's last (50)")):
        import_it(tmp, interpolation="LINEAR", start_frame=start)
        assert want in worker.last_message[1], worker.last_message
        assert abs(value_at(ob, "viseme_aa", start + 0.7 * 24) - 0.9) < 3e-3
    assert (scene.frame_start, scene.frame_end) == (1, 50), "the range is the artist's"
    bpy.ops.lipwright.extend_scene()
    assert scene.frame_start == 1 and scene.frame_end >= 500 + 2.6 * 24


def check_a_shape_key_that_is_muted_or_limited_keeps_its_settings(tmp):
    ob = head()
    block = ob.data.shape_keys.key_blocks["viseme_aa"]
    block.mute, block.slider_max = True, 0.5
    import_it(tmp, interpolation="LINEAR")
    assert block.mute and abs(value_at(ob, "viseme_aa", 1 + 0.7 * 24) - 0.5) < 1e-5


def check_removing_a_take_leaves_that_of_a_duplicated_avatar(tmp):
    ob = head()
    take = import_it(tmp, interpolation="LINEAR")
    bpy.ops.object.select_all(action="DESELECT")
    ob.select_set(True)
    bpy.context.view_layer.objects.active = ob
    bpy.ops.object.duplicate()
    copy, frame = bpy.context.object, 1 + 0.7 * 24
    theirs = copy.data.shape_keys.animation_data.action
    assert theirs != take, "Blender copies the action with the mesh"
    before = snapshot(theirs)
    take.lipwright.intensity = 0.5
    assert abs(value_at(ob, "viseme_aa", frame) - 0.45) < 2e-3 and snapshot(theirs) == before
    bpy.context.scene.lipwright.take = take
    bpy.ops.lipwright.remove()
    assert copy.data.shape_keys.animation_data.action == theirs and snapshot(theirs) == before
    assert abs(value_at(copy, "viseme_aa", frame) - 0.9) < 2e-3
