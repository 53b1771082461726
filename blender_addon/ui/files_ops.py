"""Import of performances and of other programs' curves; export of a take or of selected animation."""

from pathlib import Path

import bpy
import numpy as np
from bpy.props import BoolProperty, StringProperty

from lipwright import document
from lipwright.errors import Cancelled, OptionError

from .. import options, perform, worker
from ..pure import convert
from ..pure.curves import Line
from ..scene import actions, avatar, baked_action, vocals
from .perform_ops import TICK_S, call, fail, redraw


class _Dialog:
    """A file dialog, unless a path was given."""

    def open_dialog(self, context):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class LIPWRIGHT_OT_import(_Dialog, bpy.types.Operator):
    """Bake a performance document, an ARKit CSV, Rhubarb cues or a TextGrid on the avatar"""

    bl_idname = "lipwright.import_performance"
    bl_label = "Import Performance"
    bl_options = {"UNDO"}

    filepath: StringProperty(name="File", subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default="*.lipwright;*.json;*.csv;*.tsv;*.txt;*.TextGrid", options={"HIDDEN"})
    avatar: StringProperty(name="Avatar", description="Name of the object, armature or collection; empty: the panel's",
                           options={"SKIP_SAVE"})  # fmt: skip

    # What the dialog offers; everything else is the panel's.
    SHOWN = ("start_frame", *options.BAKE)
    from_dialog = False

    def invoke(self, context, event):
        """A file is asked for; one that was dropped on the window is read beside the interface."""
        if self.filepath:
            return self._beside(context)
        for name in self.SHOWN:
            setattr(self, name, getattr(context.scene.lipwright, name))
        self.from_dialog = True
        return self.open_dialog(context)

    def draw(self, context):
        self.layout.use_property_split = True
        self.layout.use_property_decorate = False
        for name in self.SHOWN:
            self.layout.prop(self, name)

    def execute(self, context):
        """For scripts: wait. The file dialog ends here too, and its operator cannot go on, so another one does."""
        try:
            if self.from_dialog:
                call(bpy.ops.lipwright.import_performance, "INVOKE_DEFAULT", **self._given(), filepath=self.filepath)
                return {"CANCELLED"}
            return self._told(self._import(context))
        except Exception as error:  # noqa: BLE001 - one sentence for the artist
            return fail(self, error)

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            self._end(context)
            return fail(self, Cancelled("cancelled; nothing was changed"))
        if event.type != "TIMER" or not self.reading.done:
            return {"PASS_THROUGH"}
        self._end(context)
        redraw(context)
        try:
            return self._told(self._bake(context, self.reading))
        except Exception as error:  # noqa: BLE001
            return fail(self, error)

    def cancel(self, context):
        """Blender ends the operator itself, when another file is loaded."""
        self._end(context)

    def _beside(self, context):
        try:
            if self._is_textgrid():
                self._perform("INVOKE_DEFAULT")
                return {"CANCELLED"}
            self.reading = self._reading(context)
        except Exception as error:  # noqa: BLE001
            return fail(self, error)
        self.timer = context.window_manager.event_timer_add(TICK_S, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def _end(self, context):
        context.window_manager.event_timer_remove(self.timer)

    def _told(self, said):
        if said:
            worker.say("INFO", said)
            self.report({"INFO"}, said)
        return {"FINISHED"}

    def _import(self, context):
        if self._is_textgrid():
            self._perform("EXEC_DEFAULT")
            return ""
        return self._bake(context, self._reading(context))

    def _is_textgrid(self):
        return Path(self.filepath).suffix.casefold() == ".textgrid"

    def _perform(self, how):
        """A TextGrid has times only; the mouth comes from the worker, which needs the vocal for loudness and pitch."""
        path = self._path()
        call(bpy.ops.lipwright.perform, how, **self._given(), lyrics_source="FILE", lyrics=str(path))

    def _given(self):
        given = {"avatar": self.avatar} if self.avatar else {}
        names = (name for name in options.ALL if self.properties.is_property_set(name))
        return given | {name: getattr(self, name) for name in names if not name.startswith("lyrics")}

    def _path(self):
        path = Path(bpy.path.abspath(self.filepath))
        if not path.is_file():
            raise OptionError(f"the file {str(path)!r} is not there; choose it again")
        return path

    def _reading(self, context):
        """The file being read. What can be checked before is checked."""
        path = self._path()
        avatar.find(perform.chosen_avatar(context, self.avatar))
        fps = baked_action.scene_fps(context.scene)
        return perform.Reading(path, lambda path: convert.read(path, fps))

    def _bake(self, context, reading):
        performance, text = reading.result()
        scene = context.scene
        chosen, _ = options.pick(self, scene.lipwright)
        thing = perform.chosen_avatar(context, self.avatar)
        kind = "COLLECTION" if isinstance(thing, bpy.types.Collection) else "OBJECT"
        sound = self._sound(reading.path, performance, chosen)
        vocal = vocals.Vocal(sound or reading.path, chosen["start_frame"], in_scene=sound is None)
        asked = perform.Request(scene.name, thing.name, kind, vocal, reading.path, [], chosen)
        return perform.bake(performance, asked, text)

    def _sound(self, path, performance, chosen):
        """The vocal of a document: the panel's file if its name fits, or a file of that name beside the document."""
        for candidate in (Path(options.absolute(chosen["vocal"]) or "."), path.with_name(performance.vocal.name)):
            if candidate.name == performance.vocal.name and candidate.is_file() and candidate != path:
                return candidate
        return None


LIPWRIGHT_OT_import.__annotations__.update(options.ARGUMENTS)


class LIPWRIGHT_FH_performance(bpy.types.FileHandler):
    """A performance that is dropped on the 3D view is imported"""

    bl_idname = "LIPWRIGHT_FH_performance"
    bl_label = "Lipwright Performance"
    bl_import_operator = "lipwright.import_performance"
    bl_file_extensions = f"{document.SUFFIX};.TextGrid"

    @classmethod
    def poll_drop(cls, context):
        return context.area is not None and context.area.type in {"VIEW_3D", "DOPESHEET_EDITOR", "NLA_EDITOR"}


class LIPWRIGHT_OT_export(_Dialog, bpy.types.Operator):
    """Write the take, or the animation of the selected avatar, as a performance document"""

    bl_idname = "lipwright.export_performance"
    bl_label = "Export Performance"

    filepath: StringProperty(name="File", subtype="FILE_PATH")
    filter_glob: StringProperty(default="*.lipwright", options={"HIDDEN"})
    from_keys: BoolProperty(
        name="From Keyframes",
        description="Take the curves as they are on the avatar, whoever made them, in place of the take's document",
    )
    avatar: StringProperty(name="Avatar", description="Name of the object, armature or collection; empty: the panel's")

    def invoke(self, context, event):
        take = context.scene.lipwright.take
        self.filepath = bpy.path.clean_name(take.name if take else "performance") + document.SUFFIX
        return self.open_dialog(context)

    def execute(self, context):
        try:
            said = self._export(context)
        except Exception as error:  # noqa: BLE001
            return fail(self, error)
        self.report({"INFO"}, said)
        return {"FINISHED"}

    def _export(self, context):
        path = Path(bpy.path.abspath(self.filepath))
        path = path.with_name(path.name.removesuffix(document.SUFFIX) + document.SUFFIX)
        action = context.scene.lipwright.take
        if action is not None and baked_action.is_take(action) and not self.from_keys:
            baked_action.keep_hand_work(action)
            document.save(baked_action.performance_of(action), path)
            return f"wrote {path.name}"
        found = avatar.find(perform.chosen_avatar(context, self.avatar))
        performance, untold = performance_of_keys(context.scene, found)
        document.save(performance, path)
        left = f"; left out, as they are no viseme or channel: {', '.join(untold[:6])}" if untold else ""
        return f"wrote {path.name}{left}"


def performance_of_keys(scene, found):
    """(performance, names left out) of the shape-key animation that plays on an avatar, sampled where it has keys."""
    start = scene.lipwright.start_frame
    rate = float(baked_action.scene_fps(scene))
    curves, last = {}, 0.0
    for key, _ in found.datablocks():
        for name, frames, values in keyed_values(key):
            times = (frames - start) / rate
            curves.setdefault(name, Line(times, values))
            last = max(last, float(times[-1]))
    if not curves:
        raise OptionError(f"{found.name!r} has no shape-key animation; select another avatar")
    return convert.from_curves(curves, found.shape_names(), f"{found.name} keys", last)


def keyed_values(key):
    """(shape key, frames, values) of the active action of a Key, and of its NLA strips at their places."""
    animation = key.animation_data
    if animation is None:
        return
    seen = set()
    sources = [(actions.active_fcurves(key), lambda frames: frames)]
    for track in animation.nla_tracks:
        for strip in track.strips:
            if strip.action is not None and not track.mute and not strip.mute:
                slot = getattr(strip, "action_slot", None)
                curves = actions.fcurves(strip.action, slot) if slot or not actions.HAS_SLOTS else ()
                sources.append((list(curves or ()), _on_scene(strip)))
    for curves, to_scene in sources:
        for curve in curves:
            name = avatar.key_of_path(curve.data_path)
            if name is not None and name not in seen and len(curve.keyframe_points):
                seen.add(name)
                frames, values = actions.read_shape(curve)
                yield name, to_scene(frames), np.asarray(values)


def _on_scene(strip):
    return lambda frames: strip.frame_start + (frames - strip.action_frame_start) * strip.scale


def _menu_import(self, _context):
    self.layout.operator(LIPWRIGHT_OT_import.bl_idname, text="Lipwright Performance (.lipwright, .csv, .tsv)")


def _menu_export(self, _context):
    self.layout.operator(LIPWRIGHT_OT_export.bl_idname, text="Lipwright Performance (.lipwright)")


CLASSES = (LIPWRIGHT_OT_import, LIPWRIGHT_OT_export, LIPWRIGHT_FH_performance)


def attach():
    """Put the two entries in File > Import and Export."""
    bpy.types.TOPBAR_MT_file_import.append(_menu_import)
    bpy.types.TOPBAR_MT_file_export.append(_menu_export)


def detach():
    """Take the entries out again."""
    bpy.types.TOPBAR_MT_file_import.remove(_menu_import)
    bpy.types.TOPBAR_MT_file_export.remove(_menu_export)
