"""What an artist does around a take: keys set in our action, strips cut by hand, renamed and copied things, versions."""

import dataclasses

import bpy
from bake import VISEMES, head, import_it, own_keys, performance, snapshot, value_at
from blender_addon import worker
from blender_addon.scene import actions, baked_action

FRAME = 1 + 0.7 * 24  # the peak of "aa"


def keyed(name):
    """[(number of keys, last value)] of every curve on what is called `name`."""
    curves = [c for action in bpy.data.actions for c in actions.all_fcurves(action) if name in c.data_path]
    return [(len(curve.keyframe_points), round(curve.keyframe_points[-1].co[1], 4)) for curve in curves]


def press_i(ob, name, keys):
    for frame, value in keys:
        block = ob.data.shape_keys.key_blocks[name]
        block.value = value
        block.keyframe_insert("value", frame=frame)


def check_keys_set_in_our_action_stay(tmp):
    """Our action is the active one, so that is where the artist's next key lands."""
    ob = head(keys=[*VISEMES, "frown"])
    take = import_it(tmp, interpolation="LINEAR")
    press_i(ob, "frown", ((1, 0.0), (20, 0.7)))
    assert ob.data.shape_keys.animation_data.action == take and keyed("frown") == [(2, 0.7)]
    take.lipwright.intensity = 0.5
    assert keyed("frown") == [(2, 0.7)] and abs(value_at(ob, "viseme_aa", FRAME) - 0.45) < 2e-3
    import_it(tmp, interpolation="LINEAR")
    assert keyed("frown") == [(2, 0.7)] and abs(value_at(ob, "viseme_aa", FRAME) - 0.45) < 2e-3
    bpy.ops.lipwright.remove()
    assert keyed("frown") == [(2, 0.7)] and not keyed("viseme_aa") and "stay" in worker.last_message[1]
    assert not baked_action.all_takes() and abs(value_at(ob, "frown", 20) - 0.7) < 1e-5
    import_it(tmp, interpolation="LINEAR")
    assert keyed("frown") == [(2, 0.7)] and abs(value_at(ob, "viseme_aa", FRAME) - 0.9) < 2e-3


def check_keys_of_a_control_that_is_mapped_later_are_left_alone(tmp):
    ob = head(keys=[*VISEMES, "frown"])
    import_it(tmp, interpolation="LINEAR")
    press_i(ob, "frown", ((1, 0.0), (20, 0.7)))
    bpy.ops.lipwright.map()
    bpy.ops.lipwright.map_set(avatar="Head", source="aa", target="frown")
    bpy.ops.lipwright.rebake()
    assert keyed("frown") == [(2, 0.7)] and "keys of yours on 'frown'" in worker.last_message[1]


def check_another_datablock_in_our_action_stays(tmp):
    if not actions.HAS_SLOTS:
        return
    ob = head()
    take = import_it(tmp, interpolation="LINEAR")
    ob.animation_data_create().action = take
    ob.location.x = 3
    ob.keyframe_insert("location", frame=5)
    assert len(keyed("location")) == 3
    take.lipwright.intensity = 0.5
    import_it(tmp, interpolation="LINEAR")
    assert len(keyed("location")) == 3 and ob.animation_data.action_slot is not None
    bpy.ops.lipwright.remove()
    assert len(keyed("location")) == 3 and not keyed("viseme_aa") and ob.animation_data.action is not None


def check_a_mesh_that_left_the_avatar_takes_only_our_keys_along(tmp):
    face, teeth = head("Face"), head("Teeth", ["viseme_aa", "grin"])
    collection = bpy.data.collections.new("Hero")
    bpy.context.scene.collection.children.link(collection)
    collection.objects.link(face)
    collection.objects.link(teeth)
    import_it(tmp, avatar="Hero", interpolation="LINEAR")
    press_i(teeth, "grin", ((1, 0.0), (9, 0.4)))
    collection.objects.unlink(teeth)
    import_it(tmp, avatar="Hero", interpolation="LINEAR")
    assert keyed("grin") == [(2, 0.4)] and abs(value_at(face, "viseme_aa", FRAME) - 0.9) < 2e-3
    if actions.HAS_SLOTS:
        assert len(keyed("viseme_aa")) == 1


def strip_of_take(tmp):
    ob = head()
    own_keys(ob, "viseme_sil", (1, 50), (0, 0.5))
    take = import_it(tmp, placement="NLA", interpolation="LINEAR")
    return ob, take, actions.strip_of(ob.data.shape_keys, take)[1]


def check_a_strip_cut_and_tuned_by_hand_stays_so(tmp):
    _, take, strip = strip_of_take(tmp)
    strip.action_frame_start, strip.blend_type, strip.extrapolation = 20, "ADD", "HOLD"
    strip.influence, strip.mute, strip.blend_in = 0.5, True, 4
    take.lipwright.intensity = 0.5
    import_it(tmp, placement="NLA", interpolation="LINEAR")
    assert (strip.action_frame_start, strip.blend_type, strip.extrapolation) == (20, "ADD", "HOLD")
    assert (strip.influence, strip.mute, strip.blend_in) == (0.5, True, 4)


def check_a_strip_that_shows_all_grows_with_the_vocal_and_changes_its_blend_when_asked(tmp):
    _, _, strip = strip_of_take(tmp)
    short = strip.action_frame_end
    made = performance()
    slower = tuple(dataclasses.replace(t, times_s=tuple(2 * time for time in t.times_s)) for t in made.visemes)
    longer = dataclasses.replace(made, visemes=slower)
    import_it(tmp, longer, placement="NLA", interpolation="LINEAR", blend="ADD")
    assert strip.action_frame_end > short + 20 and strip.blend_type == "ADD" and strip.scale == 1.0


def check_a_repeated_strip_follows_and_goes_with_the_take(tmp):
    ob, take, strip = strip_of_take(tmp)
    animation = ob.data.shape_keys.animation_data
    again = animation.nla_tracks.new()
    twin = again.strips.new("chorus", 300, take)
    if actions.HAS_SLOTS:
        twin.action_slot = strip.action_slot
    actions.place_strip(twin, *actions.action_range(take), 300)
    take.lipwright.intensity = 0.5
    offset = 300 - actions.action_range(take)[0]
    assert abs(value_at(ob, "viseme_aa", FRAME + offset) - 0.45) < 3e-3
    bpy.ops.lipwright.remove()
    assert not [s for t in animation.nla_tracks for s in t.strips if s.action is None or s.action.lipwright.uid]


def check_a_renamed_avatar_is_found_by_what_it_plays(tmp):
    ob = head()
    take = import_it(tmp, interpolation="LINEAR")
    ob.name, ob.data.shape_keys.name = "Hero", "HeroKey"
    take.lipwright.intensity = 0.5
    assert abs(value_at(ob, "viseme_aa", FRAME) - 0.45) < 2e-3 and take.lipwright.avatar == "Hero"
    import_it(tmp, interpolation="LINEAR")
    assert [a for a in bpy.data.actions if a.lipwright.uid] == [take]
    assert abs(value_at(ob, "viseme_aa", FRAME) - 0.45) < 2e-3
    if actions.HAS_SLOTS:
        assert len(take.slots) == 1


def check_the_copys_sliders_move_the_copy(tmp):
    ob = head()
    import_it(tmp, interpolation="LINEAR")
    bpy.ops.object.select_all(action="DESELECT")
    ob.select_set(True)
    bpy.context.view_layer.objects.active = ob
    bpy.ops.object.duplicate()
    copy = bpy.context.object
    theirs = copy.data.shape_keys.animation_data.action
    theirs.lipwright.intensity = 0.5
    assert abs(value_at(copy, "viseme_aa", FRAME) - 0.45) < 2e-3 and abs(value_at(ob, "viseme_aa", FRAME) - 0.9) < 2e-3
    import_it(tmp, avatar=copy.name, interpolation="LINEAR")
    assert len(baked_action.all_takes()) == 2 and theirs in baked_action.all_takes()


def check_sliders_stay_when_it_is_performed_again(tmp):
    ob = head()
    take = import_it(tmp, interpolation="LINEAR")
    take.lipwright.intensity = 0.5
    import_it(tmp, interpolation="LINEAR")
    assert take.lipwright.intensity == 0.5 and abs(value_at(ob, "viseme_aa", FRAME) - 0.45) < 2e-3
    assert baked_action.keep_hand_work(take) == 0


def check_a_renamed_shape_is_told(tmp):
    ob = head()
    take = import_it(tmp, interpolation="LINEAR")
    ob.data.shape_keys.key_blocks["viseme_aa"].name = "AAA"
    take.lipwright.intensity = 0.5
    assert "'viseme_aa' not found" in worker.last_message[1], worker.last_message


def check_versions_to_choose_from(tmp):
    """Two versions of a line: each with sliders and hand work of its own, the chosen one plays, both are saved."""
    ob = head()
    settings = bpy.context.scene.lipwright
    first = import_it(tmp, interpolation="LINEAR")
    bpy.ops.lipwright.new_version()
    second = settings.take
    assert second != first and (first.name, second.name) == ("hello", "hello 2")
    second.lipwright.intensity = 0.5
    import_it(tmp, interpolation="LINEAR")  # performing again replaces the version that plays
    assert settings.take == second and abs(value_at(ob, "viseme_aa", FRAME) - 0.45) < 2e-3
    markers = len(bpy.context.scene.timeline_markers)
    for _ in range(2):
        settings.take = first
        assert baked_action.played_on(first) == [ob] and not baked_action.played_on(second)
        assert abs(value_at(ob, "viseme_aa", FRAME) - 0.9) < 2e-3
        settings.take = second
        assert abs(value_at(ob, "viseme_aa", FRAME) - 0.45) < 2e-3
    assert len(bpy.context.scene.timeline_markers) == markers == 2
    path = str(tmp / "versions.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    ob, settings = bpy.data.objects["Head"], bpy.context.scene.lipwright
    assert len(baked_action.all_takes()) == 2
    bpy.ops.lipwright.remove()
    assert settings.take.name == "hello" and abs(value_at(ob, "viseme_aa", FRAME) - 0.9) < 2e-3
    assert len(bpy.context.scene.timeline_markers) == 2
    bpy.ops.lipwright.remove()
    assert settings.take is None and not bpy.data.actions and not bpy.context.scene.timeline_markers


def check_versions_in_the_nla_and_on_several_meshes(tmp):
    face, teeth = head("Face"), head("Teeth", ["viseme_aa"])
    own_keys(face, "viseme_sil", (1, 50), (0, 0.5))
    collection = bpy.data.collections.new("Hero")
    bpy.context.scene.collection.children.link(collection)
    collection.objects.link(face)
    collection.objects.link(teeth)
    first = import_it(tmp, avatar="Hero", placement="NLA", interpolation="LINEAR")
    bpy.ops.lipwright.new_version()
    second = bpy.context.scene.lipwright.take
    second.lipwright.intensity = 0.5
    for take, want in ((first, 0.9), (second, 0.45)):
        bpy.context.scene.lipwright.take = take
        for ob in (face, teeth):
            assert abs(value_at(ob, "viseme_aa", FRAME) - want) < 2e-3, (take.name, ob.name)
    assert len([s for t in face.data.shape_keys.animation_data.nla_tracks for s in t.strips]) <= 3
    before = snapshot(first)
    second.lipwright.jaw = 0.7
    assert snapshot(first) == before


def check_a_repeated_strip_stays_repeated_whichever_version_plays(tmp):
    """A chorus that the artist let play twice."""
    ob = head()
    own_keys(ob, "viseme_sil", (1, 50), (0, 0.5))
    first = import_it(tmp, placement="NLA", interpolation="LINEAR")
    (strip,) = actions.strips_of(ob.data.shape_keys, first)
    strip.repeat = 2.0
    span = strip.frame_start, strip.frame_end
    bpy.ops.lipwright.new_version()
    for take in (bpy.context.scene.lipwright.take, first):
        bpy.context.scene.lipwright.take = take
        (strip,) = actions.strips_of(ob.data.shape_keys, take)
        assert strip.repeat == 2.0 and (strip.frame_start, strip.frame_end) == span, (take.name, strip.repeat)


def check_a_take_that_was_put_aside_is_not_placed_by_looking_at_it(tmp):
    ob = head()
    take = import_it(tmp)
    ob.data.shape_keys.animation_data.action = None
    bpy.context.scene.lipwright.take = None
    bpy.context.scene.lipwright.take = take
    assert ob.data.shape_keys.animation_data.action is None


def check_a_renamed_avatar_keeps_its_mapping(tmp):
    from blender_addon.scene import rigging

    ob = head()
    bpy.ops.lipwright.map()
    bpy.ops.lipwright.map_set(avatar="Head", source="aa", target="viseme_O")
    rows = len(rigging.entry(bpy.context.scene, ob).rows)
    ob.name = "Hero"
    other = head()
    assert other.name == "Head" and rigging.entry(bpy.context.scene, other) is None
    assert len(rigging.entry(bpy.context.scene, ob).rows) == rows


def check_what_keeps_a_mouth_from_moving_is_said(tmp):
    ob = head()
    key = ob.data.shape_keys
    own_keys(ob, "viseme_sil", (1, 50), (0, 0.5))
    blocks = key.key_blocks
    blocks["viseme_aa"].mute, blocks["viseme_PP"].slider_max = True, 0.4
    ob.show_only_shape_key = True
    cases = [
        ("pin", lambda: setattr(ob, "show_only_shape_key", False)),
        ("muted (viseme_aa)", lambda: setattr(blocks["viseme_aa"], "mute", False)),
        ("Range Max (viseme_PP)", lambda: setattr(blocks["viseme_PP"], "slider_max", 1.0)),
        ("NLA of", lambda: setattr(key.animation_data, "use_nla", True)),
        ("plays alone", lambda: setattr(other, "is_solo", False)),
    ]
    import_it(tmp, placement="NLA")
    other = key.animation_data.nla_tracks.new()
    key.animation_data.use_nla, other.is_solo = False, True
    for said, cure in cases:
        import_it(tmp, placement="NLA")
        assert said in worker.last_message[1], (said, worker.last_message)
        cure()
    import_it(tmp, placement="NLA")
    assert not any(said in worker.last_message[1] for said, _ in cases), worker.last_message


def refusal(tmp, **options):
    try:
        import_it(tmp, **options)
    except RuntimeError as error:
        assert not baked_action.all_takes()
        return str(error)
    raise AssertionError("it must be refused")


def check_what_cannot_sing_says_why(tmp):
    bpy.ops.object.camera_add()
    assert "no shape keys and no bones" in refusal(tmp)
    ob = head()
    bpy.context.scene.lipwright.avatar = ob
    bpy.ops.object.select_all(action="DESELECT")
    ob.select_set(True)
    bpy.ops.object.delete()
    assert "deleted from the scene" in refusal(tmp)
    bpy.context.scene.lipwright.avatar = None
    ob = head("Driven")
    for block in ob.data.shape_keys.key_blocks[1:]:
        block.driver_add("value").driver.expression = "frame * 0"
    assert "moved by drivers" in refusal(tmp)
    ob = head("Silent")
    assert "no word or sound was heard" in refusal(
        tmp, made=dataclasses.replace(performance(), visemes=(), channels=())
    )


def check_a_changed_frame_rate_is_told_and_followed(tmp):
    ob = head()
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.0
    take = import_it(tmp, interpolation="LINEAR")
    assert baked_action.off_rate(take, scene) == ""
    curve = next(c for c in actions.all_fcurves(take) if "viseme_U" in c.data_path)
    curve.keyframe_points.insert(1 + 3.5 * 24, 0.5)
    scene.render.fps, scene.render.fps_base = 30, 1.001
    assert "Baked for 24 fps, the scene has 29.97" in baked_action.off_rate(take, scene)
    assert bpy.ops.lipwright.rebake() == {"FINISHED"}
    assert (
        baked_action.off_rate(take, scene) == "" and abs(value_at(ob, "viseme_aa", 1 + 0.7 * 30 / 1.001) - 0.9) < 3e-3
    )
    assert abs(value_at(ob, "viseme_U", 1 + 3.5 * 30 / 1.001) - 0.5) < 3e-3, "hand work moves along"
    markers = sorted((marker.frame, marker.name) for marker in scene.timeline_markers)
    assert markers == [(round(1 + 0.5 * 30 / 1.001), "mama"), (round(1 + 2.0 * 30 / 1.001), "papa")], markers


def check_hand_work_that_an_imported_document_does_not_know_becomes_a_version(tmp):
    ob = head()
    take = import_it(tmp, interpolation="LINEAR")
    press_i(ob, "viseme_U", ((60, 0.8),))
    made = import_it(tmp, interpolation="LINEAR")
    assert made != take and "changed by hand are kept in the version 'hello'" in worker.last_message[1]
    assert value_at(ob, "viseme_U", 60) < 0.05
    bpy.context.scene.lipwright.take = take
    assert abs(value_at(ob, "viseme_U", 60) - 0.8) < 1e-3 and baked_action.performance_of(take).corrections.tracks
    bpy.ops.lipwright.export_performance(filepath=str(tmp / "mine.lipwright"))
    bpy.ops.lipwright.import_performance(filepath=str(tmp / "mine.lipwright"), interpolation="LINEAR")
    assert len(baked_action.all_takes()) == 2, "a document that has the hand work needs no further version"
    assert abs(value_at(ob, "viseme_U", 60) - 0.8) < 1e-3


def check_a_new_last_or_first_key_holds_as_the_artist_saw_it(tmp):
    """Beyond its outermost keys a curve holds, and goes on doing so when a slider moves or the line is performed again."""
    ob = head()
    take = import_it(tmp, interpolation="LINEAR")
    press_i(ob, "viseme_U", ((60, 0.8), (5, 0.3)))
    seen = [value_at(ob, "viseme_U", frame) for frame in (1, 5, 30, 45, 60, 80, 95)]
    assert seen[0] > 0.29 and seen[5] > 0.79
    take.lipwright.head = 0.9
    for _ in range(2):
        now = [value_at(ob, "viseme_U", frame) for frame in (1, 5, 30, 45, 60, 80, 95)]
        assert max(abs(a - b) for a, b in zip(seen, now, strict=True)) < 5e-3, (seen, now)
        bpy.ops.lipwright.rebake()
    assert len(baked_action.performance_of(take).corrections.tracks) == 2
