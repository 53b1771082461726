"""A file that was saved with version 0.1.0 of the extension, in Blender 5.0."""

import shutil
from pathlib import Path

import bpy
from bake import value_at
from blender_addon.scene import actions, baked_action
from harness import ROOT, Skip

from lipwright import document

MADE = ROOT / "tests" / "fixtures" / "made_by_0_1"


def opened(tmp):
    """The saved file, as a copy; its avatar and its take."""
    if bpy.app.version < (5, 0):
        raise Skip("Blender 5.0 saved the file, and older ones do not read it whole")
    path = Path(tmp) / "singer.blend"
    shutil.copy(MADE / "singer.blend", path)
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return bpy.data.objects["Singer"], bpy.context.scene.lipwright.take


def check_the_take_and_what_it_carries(tmp):
    _, take = opened(tmp)
    assert baked_action.is_take(take) and baked_action.all_takes() == [take]
    assert baked_action.performance_of(take) == document.load(MADE / "song.lipwright")
    assert {row.source: row.control.name for row in baked_action.map_of(take).rows}["E"] == "viseme_E"
    assert abs(baked_action.tuning_of(take).intensity - 0.5) < 1e-6
    assert (baked_action.timing_of(take).fps, baked_action.timing_of(take).start_frame) == (24, 10.0)


def check_the_mouth_moves_as_it_was_saved(tmp):
    ob, _ = opened(tmp)
    assert abs(value_at(ob, "viseme_PP", 14) - 0.9694) < 1e-3
    assert abs(value_at(ob, "viseme_E", 18) - 0.4691) < 1e-3


def check_its_sliders_still_move_it(tmp):
    ob, take = opened(tmp)
    take.lipwright.intensity = 1.0
    assert abs(value_at(ob, "viseme_E", 18) - 2 * 0.4691) < 0.05
    assert value_at(ob, "viseme_PP", 14) > 0.9, "lips must still close"


def check_it_is_performed_again_in_place(tmp):
    ob, take = opened(tmp)
    keys = len(actions.all_fcurves(take))
    assert bpy.ops.lipwright.import_performance(filepath=str(MADE / "song.lipwright"), start_frame=10.0) == {"FINISHED"}
    assert bpy.context.scene.lipwright.take == take and len(actions.all_fcurves(take)) == keys
    assert value_at(ob, "viseme_PP", 14) > 0.9
