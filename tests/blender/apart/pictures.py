"""Inside Blender: bake a document on an avatar file and render the face at given times, close to the mouth.

python pictures.py AVATAR DOCUMENT TIMES.json OUT_FOLDER: writes NNN.png and measures.json (lip gap and mouth width
less those at rest, in mouth widths).
"""

import json
import math
import os
import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

ROOT = Path(__file__).resolve().parents[3]
SIZE = 220


def camera(scene, points):
    """An orthographic camera on the lower face, a little from the side."""
    low, high = points.min(0), points.max(0)
    height = high[2] - low[2]
    data = bpy.data.cameras.new("Sheet")
    data.type, data.ortho_scale = "ORTHO", height * 0.5
    ob = bpy.data.objects.new("Sheet", data)
    scene.collection.objects.link(ob)
    angle = math.radians(22)
    middle = Vector(((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2] + height * 0.4))
    ob.location = middle + Vector((10 * math.sin(angle), -10 * math.cos(angle), 0))
    ob.rotation_euler = (math.pi / 2, 0, angle)
    scene.camera = ob


def workbench(scene):
    scene.render.engine = "BLENDER_WORKBENCH"
    shading = scene.display.shading
    shading.light, shading.color_type, shading.show_cavity = "STUDIO", "MATERIAL", True
    scene.world = bpy.data.worlds.new("Sheet")
    scene.world.color = (0.8, 0.82, 0.85)
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x = scene.render.resolution_y = SIZE


def shape(ob, lips):
    shown = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    flat = np.empty(3 * len(shown.data.vertices), np.float32)
    shown.data.vertices.foreach_get("co", flat)
    points = flat.reshape(-1, 3)
    gap = points[lips.upper, 2].mean() - points[lips.lower, 2].mean()
    return gap / lips.width, (points[lips.right, 0].mean() - points[lips.left, 0].mean()) / lips.width


def main(avatar_file, performance, times, out):
    sys.path[:0] = [str(ROOT), str(ROOT / "core")]
    import blender_addon
    from blender_addon.pure import mouthshape
    from blender_addon.scene import measuring, rigging

    bpy.ops.wm.open_mainfile(filepath=str(avatar_file))
    blender_addon.register()
    try:
        ob, scene = bpy.data.objects["Head"], bpy.context.scene
        bpy.context.view_layer.objects.active = ob
        bpy.ops.lipwright.suggest()
        print(rigging.entry(scene, ob).coverage)
        rest, shapes = measuring.geometry(ob)
        lips = mouthshape.find_lips(rest, shapes)
        bpy.ops.lipwright.import_performance(filepath=str(performance), start_frame=0.0, add_sound=False)
        camera(scene, rest)
        workbench(scene)
        for block in ob.data.shape_keys.key_blocks[1:]:
            block.mute = True
        neutral = shape(ob, lips)
        for block in ob.data.shape_keys.key_blocks[1:]:
            block.mute = False
        measures = []
        for number, time_s in enumerate(json.loads(Path(times).read_text())):
            frame = time_s * scene.render.fps / scene.render.fps_base
            scene.frame_set(math.floor(frame), subframe=frame - math.floor(frame))
            measures.append([now - then for now, then in zip(shape(ob, lips), neutral, strict=True)])
            scene.render.filepath = str(Path(out) / f"{number:03d}.png")
            bpy.ops.render.render(write_still=True)
        Path(out, "measures.json").write_text(json.dumps(measures))
    finally:
        blender_addon.unregister()
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:5])
