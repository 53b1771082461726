"""Mapping and performing the heads of the shared avatars, and other kinds of mouths."""

import os
from pathlib import Path

import bpy
import numpy as np
from blender_addon.scene import avatar, bones, measuring, rigging
from harness import Skip

from lipwright import document
from lipwright.types import VISEMES, Direction, Performance, Provenance, Track, VocalInfo


def avatar_file(name):
    path = Path(os.environ.get("LIPWRIGHT_SHARED", "../shared")) / "data" / "avatars" / name
    if not path.is_file():
        raise Skip(f"needs {path}")
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return bpy.data.objects["Head"]


def one_by_one(names=VISEMES, each=1.0):
    """Every viseme for a second, one after the other."""
    tracks = []
    for number, name in enumerate(names):
        start = number * each
        times = (start + 0.1, start + 0.3, start + 0.7, start + 0.9)
        tracks.append(Track(name, times, (0.0, 1.0, 1.0, 0.0)))
    return Performance(VocalInfo("chart.wav", "", len(names) * each, 16000, 1), Direction(), Provenance("0"),
                       visemes=tuple(tracks))  # fmt: skip


def bake(tmp, made, **options):
    path = Path(tmp) / "chart.lipwright"
    document.save(made, path)
    options = {"interpolation": "LINEAR", "start_frame": 0.0, **options}
    assert bpy.ops.lipwright.import_performance(filepath=str(path), **options) == {"FINISHED"}
    return bpy.context.scene.lipwright.take


def lips_at(ob, lips, frame):
    """(gap between the lips, distance of the corners) of the evaluated mesh, in rest mouth widths."""
    bpy.context.scene.frame_set(int(frame))
    shown = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    flat = np.empty(3 * len(shown.data.vertices), np.float32)
    shown.data.vertices.foreach_get("co", flat)
    points = flat.reshape(-1, 3)
    gap = points[lips.upper, 2].mean() - points[lips.lower, 2].mean()
    return gap / lips.width, (points[lips.right, 0].mean() - points[lips.left, 0].mean()) / lips.width


def shapes_of_visemes(ob):
    """viseme -> (gap less the gap at rest, width) of the mouth that the bake shows."""
    from blender_addon.pure import mouthshape

    lips = mouthshape.find_lips(*measuring.geometry(ob))
    assert lips is not None
    rest = lips_at(ob, lips, 0)
    found = {}
    for number, name in enumerate(VISEMES):
        gap, width = lips_at(ob, lips, 24 * number + 12)
        found[name] = gap - rest[0], width - rest[1]
    return found


def speaks_well(found):
    assert found["PP"][0] <= 0.03, found["PP"]
    assert found["aa"][0] > 0.1 and found["aa"][0] == max(gap for gap, _ in found.values()), found
    assert found["oh"][0] > 0.03 and found["ou"][1] < -0.02, found
    assert found["ou"][1] < found["ih"][1] - 0.03, found


def check_visemes_head_needs_no_manual_mapping(tmp):
    ob = avatar_file("mpfb_head.blend")
    bpy.context.view_layer.objects.active = ob
    bake(tmp, one_by_one())
    speaks_well(shapes_of_visemes(ob))
    bpy.ops.lipwright.map()
    item = rigging.entry(bpy.context.scene, ob)
    assert item.coverage == "15 of 15 visemes, 52 of 52 ARKit", item.coverage


def check_unit_named_head_speaks_with_suggestions(tmp):
    ob = avatar_file("makehuman_units_head.blend")
    bpy.context.view_layer.objects.active = ob
    assert bpy.ops.lipwright.suggest() == {"FINISHED"}
    bake(tmp, one_by_one())
    speaks_well(shapes_of_visemes(ob))


def check_shapes_are_told_by_what_they_do(tmp):
    """The same head with meaningless names: geometry alone."""
    ob = avatar_file("makehuman_units_head.blend")
    names = {}
    for number, block in enumerate(ob.data.shape_keys.key_blocks[1:]):
        names[f"blob{number:02d}"] = block.name
        block.name = f"blob{number:02d}"
    bpy.context.view_layer.objects.active = ob
    assert not rigging.recognised(avatar.find(ob))[0].rows
    assert bpy.ops.lipwright.suggest() == {"FINISHED"}
    item = rigging.entry(bpy.context.scene, ob)
    print("told by geometry:", {row.source: (names[row.target], round(row.weight, 2)) for row in item.rows})
    bake(tmp, one_by_one())
    speaks_well(shapes_of_visemes(ob))


def check_arkit_only_head_speaks(tmp):
    """The visemes head without its visemes."""
    ob = avatar_file("mpfb_head.blend")
    for name in [b.name for b in ob.data.shape_keys.key_blocks if b.name.startswith("viseme_")]:
        ob.shape_key_remove(ob.data.shape_keys.key_blocks[name])
    bpy.context.view_layer.objects.active = ob
    bake(tmp, one_by_one())
    speaks_well(shapes_of_visemes(ob))


def check_mapping_round_trips_through_a_file_and_a_preset(tmp):
    ob = avatar_file("makehuman_units_head.blend")
    bpy.context.view_layer.objects.active = ob
    bpy.ops.lipwright.suggest()
    item = rigging.entry(bpy.context.scene, ob)
    want = rigging.stored(item).rows
    path = Path(tmp) / "rig.json"
    bpy.ops.lipwright.map_save(filepath=str(path))
    bpy.ops.lipwright.map_clear()
    assert not len(item.rows)
    bpy.ops.lipwright.map_load(filepath=str(path))
    assert rigging.stored(rigging.entry(bpy.context.scene, ob)).rows == want
    assert bpy.ops.lipwright.preset_save(name="Test rig") == {"FINISHED"}
    bpy.ops.lipwright.map_clear()
    assert bpy.ops.lipwright.preset_load(preset="Test_rig") == {"FINISHED"}
    assert len(rigging.entry(bpy.context.scene, ob).rows) == len(want)
    bpy.ops.lipwright.preset_load(preset="Test_rig", remove=True)
    path.write_text('{"schema": "something/9"}')
    try:
        bpy.ops.lipwright.map_load(filepath=str(path))
    except RuntimeError as error:
        assert "not a lipwright mapping" in str(error)
    else:
        raise AssertionError("a foreign file must be refused")


def rigged(mode="QUATERNION"):
    """An armature with a jaw and a head bone."""
    bpy.ops.object.armature_add()
    rig = bpy.context.object
    rig.name = "Rig"
    bpy.ops.object.mode_set(mode="EDIT")
    for name, tail in (("jaw_master", (0, -1, 0)), ("head", (0, 0, 2))):
        bone = rig.data.edit_bones.new(name)
        bone.head, bone.tail = (0, 0, 1), tail
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in rig.pose.bones:
        bone.rotation_mode = mode
    return rig


def turn(rig, bone):
    bpy.context.view_layer.update()
    return rig.pose.bones[bone].matrix_basis.to_quaternion()


def check_jaw_bone_opens(tmp):
    for mode in ("QUATERNION", "XYZ", "ZXY", "AXIS_ANGLE"):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        rig = rigged(mode)
        bpy.ops.lipwright.suggest()
        bake(tmp, one_by_one(), avatar="Rig")
        bpy.context.scene.frame_set(24 * VISEMES.index("aa") + 12)
        angle = turn(rig, "jaw_master").angle
        assert abs(angle - bones.JAW_TURN) < 1e-3, (mode, angle)
        bpy.context.scene.frame_set(24 * VISEMES.index("PP") + 12)
        assert turn(rig, "jaw_master").angle < 1e-4, mode


def check_poses_of_an_action_blend(tmp):
    """Two poses at once give the rotation that lies between; Blender's own mathematics is the oracle."""
    from mathutils import Quaternion

    rig = rigged()
    for name, axis, angle in (("mouth_A", (1, 0, 0), 0.5), ("mouth_M", (1, 0, 0), -0.1), ("mouth_U", (0, 0, 1), 0.3),
                              ("mouth_E", (1, 0, 0), 0.2)):  # fmt: skip
        bone = rig.pose.bones["jaw_master"]
        bone.rotation_quaternion = Quaternion(axis, angle)
        bone.location = (0, 0.1 if name == "mouth_U" else 0.0, 0)
        bone.keyframe_insert("rotation_quaternion", frame=1)
        bone.keyframe_insert("location", frame=1)
        rig.animation_data.action.name = name
        rig.animation_data.action.use_fake_user = True
        rig.animation_data.action = None
    bpy.ops.lipwright.suggest()
    item = rigging.entry(bpy.context.scene, rig)
    assert {row.kind for row in item.rows if row.source in VISEMES} == {"pose"}, [r.target for r in item.rows]
    both = Performance(VocalInfo("a.wav", "", 2.0, 1, 1), Direction(), Provenance("0"), visemes=(
        Track("aa", (0.0, 1.0, 2.0), (0.0, 1.0, 0.0)), Track("ou", (0.0, 1.0, 2.0), (0.0, 0.0, 1.0))))  # fmt: skip
    bake(tmp, both, avatar="Rig")
    bpy.context.scene.frame_set(24)
    assert abs(turn(rig, "jaw_master").rotation_difference(Quaternion((1, 0, 0), 0.5)).angle) < 1e-3
    bpy.context.scene.frame_set(48)
    assert abs(rig.pose.bones["jaw_master"].location.y - 0.1) < 1e-4
    bpy.context.scene.frame_set(36)
    assert 0.2 < turn(rig, "jaw_master").angle < 0.5


def check_head_bone_follows_the_head(tmp):
    rig = rigged()
    bpy.ops.lipwright.suggest()
    made = Performance(VocalInfo("h.wav", "", 2.0, 1, 1), Direction(), Provenance("0"),
                       channels=(Track("headYaw", (0.0, 1.0), (0.0, 0.3)),))  # fmt: skip
    bake(tmp, made, avatar="Rig")
    bpy.context.scene.frame_set(24)
    assert abs(turn(rig, "head").angle - 0.3) < 1e-4
    # positive is to the performer's left: +x for a face that looks to -y
    side = (rig.matrix_world.to_quaternion() @ rig.data.bones["head"].matrix_local.to_quaternion()
            @ turn(rig, "head") @ rig.data.bones["head"].matrix_local.to_quaternion().inverted())  # fmt: skip
    from mathutils import Vector

    assert (side @ Vector((0, -1, 0))).x > 0.2, side @ Vector((0, -1, 0))


def check_rolled_bones_turn_the_right_way(tmp):
    """Rigs roll their bones as they like, and lie on their backs when they come from FBX."""
    from mathutils import Euler, Vector

    turned = {"headYaw": ((0, -1, 0), 0), "headPitch": ((0, -1, 0), 2), "headRoll": ((0, 0, 1), 0)}
    for roll, lying in ((1.5708, 0.0), (3.1416, 0.0), (-1.5708, 0.0), (0.0, 1.5708)):
        for source, (looks, rises) in turned.items():
            bpy.ops.wm.read_factory_settings(use_empty=True)
            rig = rigged()
            bpy.ops.object.mode_set(mode="EDIT")
            for bone in rig.data.edit_bones:
                bone.matrix = Euler((-lying, 0, 0)).to_matrix().to_4x4() @ bone.matrix
                bone.roll += roll
            bpy.ops.object.mode_set(mode="OBJECT")
            rig.rotation_euler = (lying, 0, 0)
            bpy.context.view_layer.update()
            bpy.ops.lipwright.suggest()
            tracks = (Track(source, (0.0, 1.0), (0.0, 0.3)),)
            mouth = (Track("aa", (0.0, 1.0), (0.0, 1.0)),)
            bake(tmp, Performance(VocalInfo("h.wav", "", 2.0, 1, 1), Direction(), Provenance("0"),
                                  visemes=mouth, channels=tracks), avatar="Rig")  # fmt: skip
            bpy.context.scene.frame_set(24)

            def moved(name, direction, rig=rig):
                rest = (rig.matrix_world @ rig.data.bones[name].matrix_local).to_quaternion()
                return rest @ turn(rig, name) @ rest.inverted() @ Vector(direction)

            assert moved("head", looks)[rises] > 0.25, (roll, lying, source, moved("head", looks))
            assert moved("jaw_master", (0, -1, 0)).z < -0.2, (roll, lying)


def check_jaws_of_any_roll_open_straight(tmp):
    """Also for a character that looks another way: its own side is told by its paired bones."""
    from mathutils import Matrix, Vector

    for roll, looks in ((0.9, 0.0), (-0.6, 1.2), (2.0, -1.5708)):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        rig = rigged()
        bpy.ops.object.mode_set(mode="EDIT")
        for name, x in (("eye.L", 0.3), ("eye.R", -0.3)):
            bone = rig.data.edit_bones.new(name)
            bone.head, bone.tail = (x, -0.5, 1.5), (x, -0.7, 1.5)
        rig.data.edit_bones["jaw_master"].roll += roll
        bpy.ops.object.mode_set(mode="OBJECT")
        rig.rotation_euler = (0.0, 0.0, looks)
        bpy.context.view_layer.update()
        bake(tmp, one_by_one(), avatar="Rig")
        bpy.context.scene.frame_set(24 * VISEMES.index("aa") + 12)
        rest = (rig.matrix_world @ rig.data.bones["jaw_master"].matrix_local).to_quaternion()
        front = Matrix.Rotation(looks, 3, "Z") @ Vector((0, -1, 0))
        moved = rest @ turn(rig, "jaw_master") @ rest.inverted() @ front
        aside = moved.dot(Matrix.Rotation(looks, 3, "Z") @ Vector((1, 0, 0)))
        assert moved.z < -0.25 and abs(aside) < 0.01, (roll, looks, moved)


def check_lip_controls_shape_the_mouth(tmp):
    """Control bones named as Rigify's: corners come together for ou and part for ih, lips meet on PP."""
    rig = rigged()
    bpy.ops.object.mode_set(mode="EDIT")
    places = {"lips.L": (0.3, -0.9, 0.8), "lips.R": (-0.3, -0.9, 0.8), "lip.T": (0, -1, 0.85), "lip.B": (0, -1, 0.75)}
    for name, at in places.items():
        bone = rig.data.edit_bones.new(name)
        bone.head, bone.tail = at, (at[0], at[1] - 0.1, at[2] + 0.05)
        bone.roll = 0.7
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.scale = (2.0, 2.0, 2.0)
    bake(tmp, one_by_one(), avatar="Rig")

    def at(name, viseme):
        bpy.context.scene.frame_set(24 * VISEMES.index(viseme) + 12)
        bpy.context.view_layer.update()
        return rig.pose.bones[name].head.copy()

    def width(viseme):
        return at("lips.L", viseme).x - at("lips.R", viseme).x

    assert abs(width("PP") - 0.6) < 0.02 and width("ou") < 0.5 and width("ih") > 0.64, [width(v) for v in VISEMES]
    assert at("lip.T", "ou").y < -1.04 and at("lip.B", "FF").z > 0.77
    assert turn(rig, "jaw_master").angle < 0.1


def check_head_and_neck_follow_without_suggest(tmp):
    rig = rigged()
    bpy.ops.object.mode_set(mode="EDIT")
    neck = rig.data.edit_bones.new("neck")
    neck.head, neck.tail = (0, 0, 0.5), (0, 0, 1)
    rig.data.edit_bones["head"].parent = neck
    bpy.ops.object.mode_set(mode="OBJECT")
    made = Performance(VocalInfo("h.wav", "", 2.0, 1, 1), Direction(), Provenance("0"),
                       visemes=(Track("aa", (0.0, 1.0), (0.0, 1.0)),),
                       channels=(Track("headYaw", (0.0, 1.0), (0.0, 0.3)),))  # fmt: skip
    bake(tmp, made, avatar="Rig")
    bpy.context.scene.frame_set(24)
    both = turn(rig, "neck").angle, turn(rig, "head").angle
    assert abs(sum(both) - 0.3) < 1e-3 and min(both) > 0.05, both


def check_a_head_that_is_animated_already_is_left_alone(tmp):
    rig = rigged("XYZ")
    rig.pose.bones["head"].keyframe_insert("rotation_euler", frame=1)
    rows = rigging.recognised(avatar.find(rig))[0].rows
    assert not any(row.control.name == "head" for row in rows)


def check_image_sequence_shows_the_right_drawing(tmp):
    bpy.ops.mesh.primitive_plane_add()
    ob = bpy.context.object
    material = bpy.data.materials.new("Mouth")
    if material.node_tree is None:
        material.use_nodes = True
    ob.data.materials.append(material)
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.new("mouths", 4, 4)
    node.image.source = "SEQUENCE"
    assert bpy.ops.lipwright.pictures(chart="RHUBARB", first=1) == {"FINISHED"}
    bake(tmp, one_by_one())
    scene = bpy.context.scene
    for name, number in (("PP", 1), ("aa", 4), ("ou", 6), ("FF", 7)):
        scene.frame_set(24 * VISEMES.index(name) + 12)
        assert node.image_user.frame_offset == number, (name, node.image_user.frame_offset)
    scene.frame_set(24 * 16)
    assert node.image_user.frame_offset == 9


def check_grease_pencil_shows_the_right_drawing(tmp):
    if bpy.app.version >= (4, 3, 0):
        data = (bpy.data.grease_pencils_v3 if hasattr(bpy.data, "grease_pencils_v3") else bpy.data.grease_pencils).new(
            "Mouth"
        )
        kind = "GREASE_PENCIL_TIME"
    else:
        data, kind = bpy.data.grease_pencils.new("Mouth"), "GP_TIME"
    ob = bpy.data.objects.new("Mouth", data)
    bpy.context.scene.collection.objects.link(ob)
    bpy.context.view_layer.objects.active = ob
    modifiers = ob.modifiers if kind == "GREASE_PENCIL_TIME" else ob.grease_pencil_modifiers
    modifier = modifiers.new("Time", kind)
    assert bpy.ops.lipwright.pictures(avatar="Mouth", chart="PRESTON_BLAIR", first=1) == {"FINISHED"}
    bake(tmp, one_by_one(), avatar="Mouth")
    bpy.context.scene.frame_set(24 * VISEMES.index("PP") + 12)
    assert modifier.offset == 7 and modifier.mode == "FIX", modifier.offset
    bpy.context.scene.frame_set(24 * VISEMES.index("ou") + 12)
    assert modifier.offset == 4
