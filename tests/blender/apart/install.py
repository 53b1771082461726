"""Inside a Blender with nothing but what the zip brings: install it as an artist does, perform, remove.

python install.py ZIP VOCAL LYRICS|- ; BLENDER_USER_RESOURCES is an empty folder.
"""

import os
import sys
import time
from pathlib import Path

import bpy

MODULE = "bl_ext.user_default.lipwright"
VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")


# addon_utils lies in a folder that bpy adds to sys.path.
addon_utils = __import__("addon_utils")


def main(archive, vocal, lyrics):
    try:
        import lipwright
    except ImportError:
        pass
    else:
        raise AssertionError(f"lipwright must not be there before the extension is: {lipwright.__file__}")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    done = bpy.ops.extensions.package_install_files(
        filepath=archive, repo="user_default", enable_on_install=True, overwrite=True
    )
    assert done == {"FINISHED"} and addon_utils.check(MODULE)[1]
    bpy.ops.mesh.primitive_cube_add()
    head = bpy.context.object
    head.shape_key_add(name="Basis")
    for name in VISEMES:
        head.shape_key_add(name=f"viseme_{name}", from_mix=False).value = 0.0
    started = time.perf_counter()
    words = {} if lyrics == "-" else {"lyrics_source": "FILE", "lyrics": lyrics}
    assert bpy.ops.lipwright.perform(vocal=vocal, avatar=head.name, **words) == {"FINISHED"}
    print(f"performed in {time.perf_counter() - started:.1f} s")
    take = bpy.context.scene.lipwright.take
    assert take is not None and take.name in bpy.data.actions and take.lipwright.uid
    key = head.data.shape_keys
    most = {}
    for frame in range(1, int(take.frame_range[1]) + 1):
        bpy.context.scene.frame_set(frame)
        for block in key.key_blocks[1:]:
            most[block.name] = max(most.get(block.name, 0.0), block.value)
    assert sum(value > 0.3 for value in most.values()) >= 4, most
    folder = bpy.utils.extension_path_user(MODULE, path="work", create=False)
    assert folder.startswith(os.environ["BLENDER_USER_RESOURCES"]) and any(Path(folder).iterdir())
    addon_utils.disable(MODULE, default_set=True)
    assert not hasattr(bpy.types, "LIPWRIGHT_OT_perform")
    addon_utils.enable(MODULE, default_set=True)
    index = [r.module for r in bpy.context.preferences.extensions.repos].index("user_default")
    assert bpy.ops.extensions.package_uninstall(repo_index=index, pkg_id="lipwright") == {"FINISHED"}
    assert not hasattr(bpy.types, "LIPWRIGHT_OT_perform")
    print("INSTALLED AND PERFORMED", bpy.app.version_string)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:4])
    finally:
        if addon_utils.check(MODULE)[1]:
            addon_utils.disable(MODULE)
        sys.stdout.flush()
