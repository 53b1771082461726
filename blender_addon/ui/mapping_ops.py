"""The mapping table's buttons: recognise, suggest, edit, keep and share."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from lipwright.errors import OptionError

from .. import perform, worker
from ..pure import mapping
from ..scene import avatar, rigging, suggest
from .perform_ops import fail


def _now(context, name=""):
    """(thing, its avatar, its stored mapping) of the panel."""
    thing = perform.chosen_avatar(context, name)
    return thing, avatar.find(thing), rigging.entry(context.scene, thing, make=True)


class _MapOperator:
    """An operator that changes the mapping of the panel's avatar."""

    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        try:
            said = self.change(context)
        except Exception as error:  # noqa: BLE001 - one sentence for the artist
            return fail(self, error)
        worker.say("", "")
        if said:
            self.report({"INFO"}, said)
        return {"FINISHED"}


class LIPWRIGHT_OT_map(_MapOperator, bpy.types.Operator):
    """Find the avatar's mouth shapes by the names that known conventions use"""

    bl_idname = "lipwright.map"
    bl_label = "Map"

    def change(self, context):
        _, found, item = _now(context)
        face_map, notes = rigging.recognised(found)
        if not face_map.rows:
            raise OptionError(
                f"{found.name!r} has no names that we know among {len(found.shape_names())} shape keys: "
                "press Suggest, or add rows by hand"
            )
        verdict = suggest.judge(found, face_map)
        kept = face_map if verdict is None else mapping.FaceMap(verdict.rows, face_map.name)
        rigging.store(item, kept, (*notes, *(verdict.notes if verdict else ())), verdict and verdict.right)
        return f"{face_map.name}: {item.coverage}"


class LIPWRIGHT_OT_suggest(_MapOperator, bpy.types.Operator):
    """Suggest a mapping for unknown names: from words in them, and from what each shape does to the mouth"""

    bl_idname = "lipwright.suggest"
    bl_label = "Suggest"

    def change(self, context):
        _, found, item = _now(context)
        face_map, notes = suggest.for_avatar(found)
        if not any(row.source in mapping.SPOKEN for row in face_map.rows):
            raise OptionError(rigging.why_mute(found))
        verdict = suggest.judge(found, face_map)
        rigging.store(item, face_map, notes, verdict and verdict.right)
        return f"{item.coverage}; look at the table and correct what is wrong"


class LIPWRIGHT_OT_row_add(_MapOperator, bpy.types.Operator):
    """Add a row to the mapping table"""

    bl_idname = "lipwright.row_add"
    bl_label = "Add Row"

    def change(self, context):
        _, found, item = _now(context)
        if not len(item.rows):
            rigging.store(item, *rigging.recognised(found))
        row = item.rows.add()
        row.weight = 1.0
        item.active = len(item.rows) - 1


class LIPWRIGHT_OT_row_remove(_MapOperator, bpy.types.Operator):
    """Remove the chosen row of the mapping table"""

    bl_idname = "lipwright.row_remove"
    bl_label = "Remove Row"

    def change(self, context):
        _, _, item = _now(context)
        item.rows.remove(item.active)
        item.active = max(0, min(item.active, len(item.rows) - 1))
        item.coverage = mapping.coverage(rigging.stored(item))


class LIPWRIGHT_OT_map_set(_MapOperator, bpy.types.Operator):
    """Set one row of the mapping by its values, for scripts"""

    bl_idname = "lipwright.map_set"
    bl_label = "Set Mapping Row"

    avatar: StringProperty(name="Avatar")
    source: EnumProperty(name="Source", items=[(name, name, "") for name in mapping.SOURCES])
    kind: EnumProperty(name="Kind", items=[(name, name, "") for name in mapping.KINDS])
    target: StringProperty(name="Control")
    owner: StringProperty(name="Object")
    axis: EnumProperty(name="Axis", items=[(name, name, "") for name in mapping.AXES], default="rotation_x")
    weight: FloatProperty(name="Amount", default=1.0)

    def change(self, context):
        _, _, item = _now(context, self.avatar)
        for row in item.rows:
            if (row.source, row.kind, row.target, row.owner) == (self.source, self.kind, self.target, self.owner):
                break
        else:
            row = item.rows.add()
        row.source, row.kind, row.target, row.owner = self.source, self.kind, self.target, self.owner
        row.axis, row.weight = self.axis, self.weight
        item.coverage = mapping.coverage(rigging.stored(item))


class LIPWRIGHT_OT_map_clear(_MapOperator, bpy.types.Operator):
    """Empty the mapping table; the next Perform maps by names again"""

    bl_idname = "lipwright.map_clear"
    bl_label = "Clear Mapping"

    def change(self, context):
        _, _, item = _now(context)
        rigging.store(item, mapping.FaceMap())


class _MapFile:
    """A file dialog for mapping files; without a path it opens one."""

    def invoke(self, context, event):
        if not self.filepath:
            self.filepath = "mapping.json"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class LIPWRIGHT_OT_map_save(_MapFile, _MapOperator, bpy.types.Operator):
    """Write the mapping to a JSON file, to share it"""

    bl_idname = "lipwright.map_save"
    bl_label = "Save Mapping"
    bl_options = {"REGISTER"}

    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})
    filepath: StringProperty(name="File", subtype="FILE_PATH")

    def change(self, context):
        thing, found, _ = _now(context)
        face_map = rigging.map_for(context.scene, thing, found)
        path = Path(bpy.path.abspath(self.filepath)).with_suffix(".json")
        mapping.save(face_map, path)
        return f"wrote {path.name}"


class LIPWRIGHT_OT_map_load(_MapFile, _MapOperator, bpy.types.Operator):
    """Read a mapping from a JSON file"""

    bl_idname = "lipwright.map_load"
    bl_label = "Load Mapping"

    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})
    filepath: StringProperty(name="File", subtype="FILE_PATH")

    def change(self, context):
        _, found, item = _now(context)
        face_map = mapping.load(Path(bpy.path.abspath(self.filepath)))
        rigging.store(item, face_map, _absent(face_map, found))
        return item.coverage


def _absent(face_map, found):
    names = set(found.shape_names())
    absent = [c.name for c in face_map.by_control() if c.kind == "shape" and c.name not in names]
    return [f"not on this avatar: {', '.join(absent[:6])}"] if absent else []


def preset_folder() -> Path:
    """Where presets of the user lie."""
    return worker.folder() / "presets"


def preset_items(_self, _context):
    """The presets there are, for the menu; kept alive here, because Blender keeps no reference to them."""
    global _items
    folder = preset_folder()
    names = sorted(path.stem for path in folder.glob("*.json")) if folder.is_dir() else []
    _items = [(name, name, "") for name in names] or [("", "No presets yet", "")]
    return _items


_items: list = []


class LIPWRIGHT_OT_preset_save(_MapOperator, bpy.types.Operator):
    """Keep the mapping as a preset for other files"""

    bl_idname = "lipwright.preset_save"
    bl_label = "Save as Preset"
    bl_options = {"REGISTER"}

    name: StringProperty(name="Name", default="My rig")

    def invoke(self, context, event):
        return context.window_manager.invoke_props_dialog(self)

    def change(self, context):
        thing, found, _ = _now(context)
        name = bpy.path.clean_name(self.name.strip()) or "preset"
        folder = preset_folder()
        folder.mkdir(parents=True, exist_ok=True)
        rows = rigging.map_for(context.scene, thing, found).rows
        mapping.save(mapping.FaceMap(rows, self.name), folder / f"{name}.json")
        return f"kept as preset {name!r}"


class LIPWRIGHT_OT_preset_load(_MapOperator, bpy.types.Operator):
    """Take the mapping from a preset"""

    bl_idname = "lipwright.preset_load"
    bl_label = "Use Preset"

    preset: EnumProperty(name="Preset", items=preset_items)
    remove: BoolProperty(name="Delete It", description="Delete the preset in place of using it")

    def change(self, context):
        path = preset_folder() / f"{self.preset}.json"
        if not self.preset or not path.is_file():
            raise OptionError("there is no such preset; save one first")
        if self.remove:
            path.unlink()
            return f"deleted preset {self.preset!r}"
        _, found, item = _now(context)
        face_map = mapping.load(path)
        rigging.store(item, face_map, _absent(face_map, found))
        return item.coverage


CLASSES = (
    LIPWRIGHT_OT_map,
    LIPWRIGHT_OT_suggest,
    LIPWRIGHT_OT_row_add,
    LIPWRIGHT_OT_row_remove,
    LIPWRIGHT_OT_map_set,
    LIPWRIGHT_OT_map_clear,
    LIPWRIGHT_OT_map_save,
    LIPWRIGHT_OT_map_load,
    LIPWRIGHT_OT_preset_save,
    LIPWRIGHT_OT_preset_load,
)
