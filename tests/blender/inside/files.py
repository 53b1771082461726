"""Linked data, overrides, other programs' files, export, save and undo."""

import json
import os
import struct
from pathlib import Path

import bpy
import numpy as np
from bake import ODD, head, import_it, own_keys, performance, value_at
from blender_addon import worker
from blender_addon.scene import actions, baked_action
from harness import Skip

from lipwright import document


def refused(call, *parts, **words):
    try:
        call(*parts, **words)
    except RuntimeError as error:
        return str(error)
    raise AssertionError("it must be refused")


def library(tmp):
    """A .blend with a head in a collection, as a character file."""
    ob = head("Hero")
    group = bpy.data.collections.new("Character")
    bpy.context.scene.collection.children.link(group)
    bpy.context.scene.collection.objects.unlink(ob)
    group.objects.link(ob)
    path = str(tmp / "hero.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (_, here):
        here.collections = ["Character"]
    return here.collections[0]


def check_linked_avatar_is_refused_with_the_cure(tmp):
    group = library(tmp)
    bpy.context.scene.collection.children.link(group)
    path = tmp / "song.lipwright"
    document.save(performance(), path)
    said = refused(bpy.ops.lipwright.import_performance, filepath=str(path), avatar="Hero")
    assert "library override" in said and not bpy.data.actions, said
    instance = bpy.data.objects.new("Instance", None)
    instance.instance_type, instance.instance_collection = "COLLECTION", group
    bpy.context.scene.collection.objects.link(instance)
    said = refused(bpy.ops.lipwright.import_performance, filepath=str(path), avatar="Instance")
    assert "library override" in said, said


def check_library_override_performs(tmp):
    group = library(tmp)
    bpy.context.scene.collection.children.link(group)
    copy = group.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer, do_fully_editable=True)
    ob = next(o for o in copy.all_objects if o.name.startswith("Hero"))
    bpy.context.view_layer.objects.active = ob
    path = tmp / "song.lipwright"
    document.save(performance(), path)
    bpy.context.scene.lipwright.avatar = ob
    bpy.ops.lipwright.import_performance(filepath=str(path), interpolation="LINEAR")
    assert ob.data.shape_keys.library is None
    assert abs(value_at(ob, "viseme_aa", 1 + 0.7 * 24) - 0.9) < 5e-3
    saved = str(tmp / "shot.blend")
    bpy.ops.wm.save_as_mainfile(filepath=saved)
    bpy.ops.wm.open_mainfile(filepath=saved)
    ob = next(o for o in bpy.data.objects if o.name.startswith("Hero") and o.library is None)
    assert abs(value_at(ob, "viseme_aa", 1 + 0.7 * 24) - 0.9) < 5e-3, "it must survive saving"


def check_tweak_mode_is_refused(tmp):
    ob = head()
    own_keys(ob, "viseme_aa", (1, 50), (0.2, 0.8))
    actions.push_down(ob.data.shape_keys)
    animation = ob.data.shape_keys.animation_data
    track = animation.nla_tracks[0]
    track.select = track.strips[0].select = True
    animation.nla_tracks.active = track
    animation.use_tweak_mode = True
    if not animation.use_tweak_mode:
        raise Skip("this Blender does not enter tweak mode here")
    path = tmp / "song.lipwright"
    document.save(performance(), path)
    assert "tweak" in refused(bpy.ops.lipwright.import_performance, filepath=str(path))


def check_keys_on_several_meshes_with_different_names(tmp):
    face, teeth = head("Face", ["viseme_aa", "viseme_PP", "viseme_O", "viseme_U", "viseme_I", "viseme_E", "viseme_kk",
                                "viseme_DD", "viseme_FF"]), head("Teeth", ["Teeth Open"])  # fmt: skip
    group = bpy.data.collections.new("Both")
    bpy.context.scene.collection.children.link(group)
    for ob in (face, teeth):
        group.objects.link(ob)
    bpy.ops.lipwright.map_set(avatar="Both", source="aa", target="Teeth Open", weight=0.5)
    for key in face.data.shape_keys.key_blocks[1:]:
        source = {"O": "oh", "U": "ou", "I": "ih"}.get(key.name[7:], key.name[7:])
        bpy.ops.lipwright.map_set(avatar="Both", source=source, target=key.name)
    import_it(tmp, avatar="Both", interpolation="LINEAR")
    frame = 1 + 0.7 * 24
    assert (
        abs(value_at(face, "viseme_aa", frame) - 0.9) < 3e-3 and abs(value_at(teeth, "Teeth Open", frame) - 0.45) < 3e-3
    )


def check_arkit_csv_and_rhubarb_cues(tmp):
    ob = head("Head", ["jawOpen", "eyeBlinkLeft", *(f"viseme_{n}" for n in ["PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U"]),
                       *(["browInnerUp", "mouthPucker", "mouthFunnel", "mouthSmileLeft", "mouthSmileRight", "browDownLeft", "browDownRight", "cheekPuff", "jawLeft", "jawRight", "mouthClose", "mouthLeft", "mouthRight", "noseSneerLeft"])])  # fmt: skip
    csv = tmp / "face.csv"
    csv.write_text("Timecode,BlendshapeCount,JawOpen,EyeBlinkLeft\n" + "\n".join(
        f"01:00:{n // 60:02d}:{n % 60:02d}.0,61,{n / 60},0" for n in range(60)))  # fmt: skip
    bpy.ops.lipwright.import_performance(filepath=str(csv), interpolation="LINEAR")
    assert abs(value_at(ob, "jawOpen", 1 + 0.5 * 24) - 0.5) < 0.02
    tsv = tmp / "cues.tsv"
    tsv.write_text("0.0\tX\n0.5\tD\n1.0\tA\n1.5\tX\n")
    bpy.ops.lipwright.import_performance(filepath=str(tsv), interpolation="LINEAR")
    assert abs(value_at(ob, "viseme_aa", 1 + 0.5 * 24) - 1.0) < 0.01
    assert abs(value_at(ob, "viseme_PP", 1 + 1.0 * 24) - 1.0) < 0.01
    (tmp / "bad.csv").write_text("a,b\n1,2\n")
    assert "ARKit" in refused(bpy.ops.lipwright.import_performance, filepath=str(tmp / "bad.csv"))
    (tmp / "new.lipwright").write_text('{"schema": "lipwright.performance/99"}')
    assert "update lipwright" in refused(bpy.ops.lipwright.import_performance, filepath=str(tmp / "new.lipwright"))


def check_textgrid_is_performed_with_its_times(tmp):
    from types import SimpleNamespace

    from harness import ROOT

    kept, worker.preferences = worker.preferences, lambda: SimpleNamespace(python=os.environ["LIPWRIGHT_WORKER_PYTHON"])
    head()
    grid = tmp / "song.TextGrid"
    grid.write_text(
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 16\ntiers? <exists>\nsize = 1\nitem []:\n'
        '    item [1]:\n        class = "IntervalTier"\n        name = "words"\n        xmin = 0\n        xmax = 16\n'
        '        intervals: size = 3\n        intervals [1]:\n            xmin = 0\n            xmax = 2\n            text = ""\n'
        '        intervals [2]:\n            xmin = 2\n            xmax = 2.6\n            text = "mama"\n'
        '        intervals [3]:\n            xmin = 2.6\n            xmax = 16\n            text = ""\n'
    )  # fmt: skip
    try:
        vocal = ROOT / "core" / "lipwright" / "data" / "demo" / "song.ogg"
        bpy.ops.lipwright.import_performance(filepath=str(grid), vocal=str(vocal))
    finally:
        worker.preferences = kept
    (word,) = baked_action.performance_of(bpy.context.scene.lipwright.take).words
    assert word.text == "mama" and abs(word.start_s - 2.0) < 0.25, word


def importing(path, **given):
    """The import operator as the window runs it, without a window: its own methods on an object of ours."""
    from types import FunctionType, SimpleNamespace

    from blender_addon.ui import files_ops

    said, timers = [], []
    methods = {n: f for n, f in vars(files_ops.LIPWRIGHT_OT_import).items() if isinstance(f, FunctionType)}
    operator = type("Importing", (), methods)()
    vars(operator).update(filepath=str(path), avatar="", from_dialog=False, **given)
    operator.properties = SimpleNamespace(is_property_set=lambda name: name in given)
    for name, value in given.items():
        setattr(operator.properties, name, value)
    operator.report = lambda kind, text: said.append(text)
    manager = SimpleNamespace(event_timer_add=lambda *_, **__: timers.append(1) or "timer", windows=(),
                              event_timer_remove=lambda _: timers.pop(),
                              modal_handler_add=lambda _: None)  # fmt: skip
    scene, active = bpy.context.scene, bpy.context.active_object
    context = SimpleNamespace(scene=scene, active_object=active, window=None, window_manager=manager)
    return operator, context, said, timers


def check_a_dropped_file_is_read_beside_the_interface(tmp):
    import threading
    import time
    from types import SimpleNamespace

    from blender_addon.pure import convert

    ob = head()
    path = tmp / "song.lipwright"
    document.save(performance(), path)
    tick, escape = SimpleNamespace(type="TIMER", value="NOTHING"), SimpleNamespace(type="ESC", value="PRESS")
    gate, readers, kept = threading.Event(), [], convert.read
    convert.read = lambda *parts: (readers.append(threading.current_thread()), gate.wait(20), kept(*parts))[2]
    try:
        operator, context, said, timers = importing(path, start_frame=11.0, interpolation="LINEAR")
        assert operator.invoke(context, None) == {"RUNNING_MODAL"} and len(timers) == 1
        assert operator.modal(context, tick) == {"PASS_THROUGH"} and not bpy.data.actions
        assert operator.modal(context, escape) == {"CANCELLED"} and not timers and "cancelled" in said[-1]
        operator.invoke(context, None)
        gate.set()
        while (got := operator.modal(context, tick)) == {"PASS_THROUGH"}:
            time.sleep(0.01)
        assert got == {"FINISHED"} and not timers and threading.main_thread() not in readers
        assert abs(value_at(ob, "viseme_aa", 11 + 0.7 * 24) - 0.9) < 2e-3
        (tmp / "bad.lipwright").write_text("{}")
        operator, context, said, timers = importing(tmp / "bad.lipwright")
        operator.invoke(context, None)
        while (got := operator.modal(context, tick)) == {"PASS_THROUGH"}:
            time.sleep(0.01)
        assert got == {"CANCELLED"} and not timers and "bad.lipwright" in said[-1], said
        operator, context, said, timers = importing(tmp / "none.lipwright")
        assert operator.invoke(context, None) == {"CANCELLED"} and not timers and "not there" in said[-1]
    finally:
        convert.read = kept


def check_what_was_typed_once_is_not_used_again_unasked(tmp):
    """Blender keeps an operator's last values for its next call, over the panel's; ours must not be kept."""
    from blender_addon import options

    for name in ("perform", "import_performance"):
        properties = getattr(bpy.ops.lipwright, name).get_rna_type().properties
        for option in (*options.ALL, "avatar"):
            assert properties[option].is_skip_save, (name, option)


def check_export_of_the_take_and_of_any_keys(tmp):
    ob = head()
    import_it(tmp, interpolation="LINEAR")
    path = tmp / "out.lipwright"
    bpy.ops.lipwright.export_performance(filepath=str(path))
    assert document.load(path) == performance()
    bpy.context.scene.lipwright.start_frame = 1.0
    keys = tmp / "keys.lipwright"
    bpy.ops.lipwright.export_performance(filepath=str(keys), from_keys=True, avatar="Head")
    made = document.load(keys)
    for time_s in np.linspace(0, 3, 40):
        for name in ("aa", "PP", "ou"):
            assert abs(made.track(name).at(time_s) - performance().track(name).at(time_s)) < 3e-3
    bpy.ops.lipwright.remove()
    own_keys(ob, "viseme_aa", (1, 25), (0.0, 1.0))
    bpy.ops.lipwright.export_performance(filepath=str(keys), avatar="Head")
    assert abs(document.load(keys).track("aa").at(1.0) - 1.0) < 1e-3


def gltf_animation(path):
    raw = Path(path).read_bytes()
    body = json.loads(raw[20 : 20 + struct.unpack("<I", raw[12:16])[0]])
    return body.get("animations", [])


def check_gltf_and_usd_keep_the_animation(tmp):
    face, teeth = head("Face"), head("Teeth", ["viseme_aa"])
    group = bpy.data.collections.new("Both")
    bpy.context.scene.collection.children.link(group)
    for ob in (face, teeth):
        group.objects.link(ob)
    for placement in ("ACTION", "NLA"):
        import_it(tmp, avatar="Both", placement=placement)
        bpy.ops.export_scene.gltf(filepath=str(tmp / "a.glb"), export_format="GLB", export_morph_animation=True)
        animations = gltf_animation(tmp / "a.glb")
        targets = {c["target"]["path"] for a in animations for c in a["channels"]}
        assert targets == {"weights"}, (placement, animations)
        assert sum(len(a["channels"]) for a in animations) >= 2, animations
        bpy.ops.lipwright.remove()
    import_it(tmp, avatar="Both")
    bpy.context.scene.frame_end = 60
    bpy.ops.wm.usd_export(filepath=str(tmp / "a.usda"), export_animation=True, export_shapekeys=True)
    text = (tmp / "a.usda").read_text()
    assert "blendShapeWeights.timeSamples" in text or "blendShapeWeights" in text


def check_absolute_shape_keys_are_refused_with_the_cure(tmp):
    ob = head()
    ob.data.shape_keys.use_relative = False
    path = tmp / "song.lipwright"
    document.save(performance(), path)
    said = refused(bpy.ops.lipwright.import_performance, filepath=str(path))
    assert "Relative" in said and not bpy.data.actions, said


def same_mouth(read, want):
    """Read an export in an empty scene; its mesh, on which the mouth is what it was here."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert read() == {"FINISHED"}
    mesh = next(o for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys)
    for frame, value in want.items():
        assert abs(value_at(mesh, "viseme_aa", frame) - value) < 5e-3, (frame, value)
    return mesh


def check_what_gltf_and_usd_carry_is_what_plays_here(tmp):
    """The exports are read back in an empty scene: the same mouth on the same frames."""
    ob = head()
    import_it(tmp, interpolation="LINEAR")
    bpy.context.scene.frame_end = 70
    want = {frame: value_at(ob, "viseme_aa", frame) for frame in (10, 18, 25, 40, 57)}
    assert max(want.values()) > 0.6 and min(want.values()) == 0.0
    bpy.ops.wm.usd_export(filepath=str(tmp / "a.usdc"), export_animation=True, export_shapekeys=True)
    bpy.ops.export_scene.gltf(filepath=str(tmp / "a.glb"), export_format="GLB", export_morph_animation=True)
    for read in (
        lambda: bpy.ops.wm.usd_import(filepath=str(tmp / "a.usdc"), import_blendshapes=True),
        lambda: bpy.ops.import_scene.gltf(filepath=str(tmp / "a.glb")),
    ):
        same_mouth(read, want)


def check_what_fbx_alembic_and_a_gltf_scene_carry_beside_other_animation(tmp):
    """As docs/blender.md says: FBX without "NLA Strips" and "All Actions", glTF in the mode "Scene"."""
    ob = head()
    own_keys(ob, "viseme_sil", (1, 50), (0, 0.5))
    import_it(tmp, interpolation="LINEAR", placement="NLA")
    scene = bpy.context.scene
    scene.frame_end = 70
    frames = (10, 18, 25, 40, 57)
    want = {frame: value_at(ob, "viseme_aa", frame) for frame in frames}
    shape = {frame: corners(ob, frame) for frame in frames}
    bpy.ops.export_scene.fbx(filepath=str(tmp / "a.fbx"), bake_anim_use_nla_strips=False,
                             bake_anim_use_all_actions=False, bake_anim_simplify_factor=0.0)  # fmt: skip
    bpy.ops.export_scene.gltf(filepath=str(tmp / "a.glb"), export_format="GLB", export_animation_mode="SCENE")
    bpy.ops.wm.alembic_export(filepath=str(tmp / "a.abc"), start=1, end=70)
    for read in (
        lambda: bpy.ops.import_scene.fbx(filepath=str(tmp / "a.fbx"), anim_offset=0.0),
        lambda: bpy.ops.import_scene.gltf(filepath=str(tmp / "a.glb")),
    ):
        mesh = same_mouth(read, want)
        for frame in want:
            assert abs(value_at(mesh, "viseme_sil", frame) - 0.5 * min(frame - 1, 49) / 49) < 0.2
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert bpy.ops.wm.alembic_import(filepath=str(tmp / "a.abc")) == {"FINISHED"}
    mesh = next(o for o in bpy.data.objects if o.type == "MESH")
    for frame in frames:
        assert np.abs(corners(mesh, frame) - shape[frame]).max() < 1e-4, frame


def corners(ob, frame):
    """Where the vertices are on a frame, in the world."""
    bpy.context.scene.frame_set(frame)
    shown = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([ob.matrix_world @ vertex.co for vertex in shown.data.vertices])


def check_every_change_is_one_undo_step(tmp):
    from blender_addon import registration

    changing = {"perform", "import_performance", "map", "suggest", "keep", "reset", "remove", "rebake", "neutral"}
    for cls in registration.CLASSES:
        if getattr(cls, "bl_idname", "").removeprefix("lipwright.") in changing:
            assert "UNDO" in cls.bl_options, cls


def check_undo_and_redo_with_odd_names(tmp):
    """Undo takes back the whole bake and nothing of the artist's; redo brings a take that still answers its sliders."""
    ob = head("Odd 口", [*ODD, "frown"])
    for source, target in zip(("aa", "PP"), ODD, strict=True):
        bpy.ops.lipwright.map_set(avatar=ob.name, source=source, target=target)
    own_keys(ob, "frown", (1, 50), (0.2, 0.8))
    frame = 1 + 0.7 * 24
    bpy.ops.ed.undo_push(message="before")
    import_it(tmp, avatar=ob.name, interpolation="LINEAR")
    bpy.ops.ed.undo_push(message="performed")
    for _ in range(2):
        assert bpy.ops.ed.undo() == {"FINISHED"}
        ob = bpy.data.objects["Odd 口"]
        assert not baked_action.all_takes() and not bpy.context.scene.timeline_markers
        assert not ob.data.shape_keys.animation_data.nla_tracks and abs(value_at(ob, "frown", 50) - 0.8) < 1e-5
        assert bpy.ops.ed.redo() == {"FINISHED"}
        ob = bpy.data.objects["Odd 口"]
        assert abs(value_at(ob, ODD[0], frame) - 0.9) < 2e-3 and abs(value_at(ob, "frown", 50) - 0.8) < 1e-5
    bpy.context.scene.lipwright.take.lipwright.intensity = 0.5
    assert abs(value_at(ob, ODD[0], frame) - 0.45) < 2e-3
    bpy.ops.ed.undo_push(message="quieter")
    bpy.ops.ed.undo()
    ob, take = bpy.data.objects["Odd 口"], bpy.context.scene.lipwright.take
    assert abs(take.lipwright.intensity - 1.0) < 1e-6 and abs(value_at(ob, ODD[0], frame) - 0.9) < 2e-3
    assert baked_action.keep_hand_work(take) == 0, "what undo brings back is no hand work"


def check_a_take_moves_to_another_file(tmp):
    head()
    take = import_it(tmp)
    take.use_fake_user = True
    path = str(tmp / "a.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(path) as (there, here):
        here.actions = there.actions
    (take,) = baked_action.all_takes()
    assert baked_action.performance_of(take) == performance()


def check_sliders_do_not_fail_when_the_avatar_is_gone(tmp):
    ob = head()
    take = import_it(tmp)
    bpy.data.objects.remove(ob)
    take.lipwright.intensity = 0.5
    assert worker.last_message[0] == "ERROR" and "not in this file" in worker.last_message[1], worker.last_message
