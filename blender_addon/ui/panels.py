"""The panels: what they draw is read from properties only, so that drawing costs next to nothing."""

import bpy

from .. import worker
from ..scene import baked_action, rigging, vocals


def _thing(context):
    settings = context.scene.lipwright
    chosen = settings.avatar_collection if settings.avatar_kind == "COLLECTION" else settings.avatar
    return chosen or context.active_object


def draw_perform(layout, context):
    """Avatar, vocal, lyrics and the button."""
    settings = context.scene.lipwright
    layout.use_property_split = True
    layout.use_property_decorate = False
    column = layout.column()
    column.prop(settings, "avatar_kind", expand=True)
    column.prop(settings, "avatar_collection" if settings.avatar_kind == "COLLECTION" else "avatar")
    chosen = settings.avatar_collection if settings.avatar_kind == "COLLECTION" else settings.avatar
    if chosen is None and context.active_object is not None:
        column.label(text=context.active_object.name, icon="RESTRICT_SELECT_OFF", translate=False)
    column.separator()
    column.prop(settings, "vocal_source")
    if settings.vocal_source == "FILE":
        column.prop(settings, "vocal", text="File")
        column.prop(settings, "start_frame")
    elif settings.vocal_source == "STRIP":
        editor = context.scene.sequence_editor
        if editor is not None:
            column.prop_search(settings, "strip", editor, "strips_all" if hasattr(editor, "strips_all")
                               else "sequences_all", text="Strip")  # fmt: skip
    else:
        column.prop_search(settings, "speaker", bpy.data, "objects", text="Speaker")
    column.separator()
    column.prop(settings, "lyrics_source")
    if settings.lyrics_source == "FILE":
        column.prop(settings, "lyrics", text="File")
    elif settings.lyrics_source == "TEXT":
        column.prop_search(settings, "lyrics_block", bpy.data, "texts", text="Text")
    draw_button(layout, context)


def missing(context) -> str:
    """What is to be chosen before Perform can work; "" if nothing is."""
    settings = context.scene.lipwright
    if _thing(context) is None:
        return "Select or choose the character"
    if settings.vocal_source == "FILE" and not settings.vocal:
        return "Choose the vocal: a sound or video file"
    strips = vocals.strips_of(context.scene) if settings.vocal_source == "STRIP" else ()
    if settings.vocal_source == "STRIP" and not any(strip.type == "SOUND" for strip in strips):
        return "Add the vocal to this scene's sequencer"
    return ""


def draw_button(layout, context):
    """Perform, or what it still needs, or how far it is; and the last message."""
    running = worker.current()
    column = layout.column()
    if running is None:
        needed = missing(context)
        if needed:
            column.label(text=needed, icon="INFO")
        button = column.column()
        button.scale_y = 1.4
        button.enabled = not needed
        button.operator("lipwright.perform", icon="PLAY")
    else:
        column.progress(factor=running.progress, text=running.stage or running.title)
        column.operator("lipwright.cancel", icon="CANCEL", text="Stop (Esc)")
    icon, text = worker.last_message
    if text:
        box = layout.box().column(align=True)
        box.alert = icon == "ERROR"
        for index, line in enumerate(wrapped(text, context)):
            box.label(text=line, icon=icon if index == 0 else "BLANK1", translate=False)


def wrapped(text, context):
    """Lines of a sentence that fit the region; labels do not wrap by themselves."""
    width = context.region.width if context.region else 260
    fit = max(24, int(width / (7.0 * (context.preferences.system.ui_scale or 1.0))))
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) + 1 > fit and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines[:12]


class _Sidebar:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Lipwright"


class LIPWRIGHT_PT_perform(_Sidebar, bpy.types.Panel):
    bl_label = "Lipwright"

    def draw_header_preset(self, context):
        self.layout.operator("lipwright.help", text="", icon="QUESTION", emboss=False)

    def draw(self, context):
        draw_perform(self.layout, context)


class LIPWRIGHT_PT_direction(_Sidebar, bpy.types.Panel):
    bl_label = "Direction"
    bl_parent_id = "LIPWRIGHT_PT_perform"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, settings = self.layout, context.scene.lipwright
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("preset", "emotion", "language", "seed", "customise"):
            layout.prop(settings, name)
        strength = layout.column()
        strength.active = settings.customise or settings.emotion != "PRESET"
        strength.prop(settings, "emotion_intensity", slider=True)
        column = layout.column()
        column.active = settings.customise
        for name in (
            "articulation",
            "intensity",
            "blink_rate",
            "head",
            "brows",
            "breathing",
            "gaze",
        ):
            column.prop(settings, name, slider=True)


class LIPWRIGHT_PT_bake(_Sidebar, bpy.types.Panel):
    bl_label = "Keys"
    bl_parent_id = "LIPWRIGHT_PT_perform"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, settings = self.layout, context.scene.lipwright
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "placement")
        column = layout.column()
        column.active = settings.placement != "ACTION"  # an active action has nothing to blend with
        column.prop(settings, "blend")
        for name in ("interpolation", "tolerance", "markers", "add_sound", "fit_range"):
            layout.prop(settings, name)


_KIND_ICONS = {"shape": "SHAPEKEY_DATA", "bone": "BONE_DATA", "pose": "POSE_HLT", "sprite": "IMAGE_DATA"}


class LIPWRIGHT_UL_rows(bpy.types.UIList):
    """The mapping table."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0):
        # Two columns that can be read in a sidebar of the default width; the rest stands below for the chosen row.
        halves = layout.split(factor=0.42, align=True)
        left = halves.row(align=True)
        left.prop(item, "enabled", text="")
        left.label(text=item.source, translate=False)
        halves.prop(item, "target", text="", emboss=False, icon=_KIND_ICONS.get(item.kind, "RNA"))


class LIPWRIGHT_PT_mapping(_Sidebar, bpy.types.Panel):
    bl_label = "Mapping"
    bl_parent_id = "LIPWRIGHT_PT_perform"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, thing = self.layout, _thing(context)
        if thing is None:
            layout.label(text="Select the character")
            return
        row = layout.row(align=True)
        row.operator("lipwright.map", icon="VIEWZOOM")
        row.operator("lipwright.suggest", icon="LIGHT")
        row.menu("LIPWRIGHT_MT_mapping", text="", icon="DOWNARROW_HLT")
        item = rigging.entry(context.scene, thing)
        if item is None or not len(item.rows):
            layout.label(text="Not mapped yet; Perform maps known names by itself")
            return
        layout.label(text=item.title, icon="CHECKMARK", translate=False)
        layout.label(text=item.coverage, translate=False)
        table = layout.row()
        table.template_list("LIPWRIGHT_UL_rows", "", item, "rows", item, "active", rows=6)
        side = table.column(align=True)
        side.operator("lipwright.row_add", icon="ADD", text="")
        side.operator("lipwright.row_remove", icon="REMOVE", text="")
        self._details(layout, thing, item)
        for line in item.notes.splitlines()[:4]:
            for part in wrapped(line, context):
                layout.label(text=part, translate=False)

    def _details(self, layout, thing, item):
        if not 0 <= item.active < len(item.rows):
            return
        row = item.rows[item.active]
        box = layout.box().column()
        box.use_property_split = True
        box.use_property_decorate = False
        box.prop(row, "source")
        box.prop(row, "weight")
        box.prop(row, "kind")
        key = getattr(getattr(thing, "data", None), "shape_keys", None)
        if row.kind == "shape" and key is not None:
            box.prop_search(row, "target", key, "key_blocks")
        elif row.kind == "pose":
            box.prop_search(row, "target", bpy.data, "actions")
        else:
            box.prop(row, "target")
        if row.kind != "shape":
            box.prop_search(row, "owner", bpy.data, "objects")
        if row.kind == "bone":
            box.prop(row, "axis")
        box.prop(row, "part")


class LIPWRIGHT_MT_mapping(bpy.types.Menu):
    bl_label = "Mapping"

    def draw(self, context):
        layout = self.layout
        layout.operator("lipwright.pictures")
        layout.separator()
        layout.operator("lipwright.preset_save")
        layout.operator_menu_enum("lipwright.preset_load", "preset", text="Use Preset")
        layout.separator()
        layout.operator("lipwright.map_save")
        layout.operator("lipwright.map_load")
        layout.separator()
        layout.operator("lipwright.map_clear")


class LIPWRIGHT_PT_take(_Sidebar, bpy.types.Panel):
    bl_label = "Take"
    bl_parent_id = "LIPWRIGHT_PT_perform"

    def draw(self, context):
        draw_take(self.layout, context)
        row = self.layout.row(align=True)
        row.operator("lipwright.import_performance", text="Import", icon="IMPORT")
        row.operator("lipwright.export_performance", text="Export", icon="EXPORT")


def draw_take(layout, context):
    """The take that plays, its live sliders, and what can be done with it."""
    settings = context.scene.lipwright
    layout.use_property_split = True
    layout.use_property_decorate = False
    row = layout.row(align=True)
    row.prop(settings, "take", text="")
    row.operator("lipwright.new_version", text="", icon="DUPLICATE")
    if not baked_action.is_take(settings.take):
        return
    off = baked_action.off_rate(settings.take, context.scene)
    if off:
        for index, line in enumerate(wrapped(off, context)):
            layout.label(text=line, icon="BLANK1" if index else "ERROR")
    data = settings.take.lipwright
    column = layout.column()
    for name in ("intensity", "jaw", "lips", "smoothing", "head", "expression"):
        column.prop(data, name, slider=True)
    column.operator("lipwright.neutral", icon="LOOP_BACK")
    layout.operator("lipwright.correct_word", icon="GREASEPENCIL")
    row = layout.row(align=True)
    row.operator("lipwright.keep", icon="CHECKMARK")
    row.operator("lipwright.reset", text="", icon="X")
    row = layout.row(align=True)
    row.operator("lipwright.rebake", icon="FILE_REFRESH")
    row.operator("lipwright.remove", text="", icon="TRASH")
    layout.operator("lipwright.extend_scene", icon="PREVIEW_RANGE")


class _Editor:
    """The short panel of the animation editors: the same settings, the button and the sliders."""

    bl_region_type = "UI"
    bl_category = "Lipwright"
    bl_label = "Lipwright"

    def draw(self, context):
        draw_perform(self.layout, context)
        draw_take(self.layout.column(), context)


class LIPWRIGHT_PT_dopesheet(_Editor, bpy.types.Panel):
    bl_space_type = "DOPESHEET_EDITOR"


class LIPWRIGHT_PT_nla(_Editor, bpy.types.Panel):
    bl_space_type = "NLA_EDITOR"


CLASSES = (
    LIPWRIGHT_UL_rows,
    LIPWRIGHT_MT_mapping,
    LIPWRIGHT_PT_perform,
    LIPWRIGHT_PT_take,
    LIPWRIGHT_PT_direction,
    LIPWRIGHT_PT_mapping,
    LIPWRIGHT_PT_bake,
    LIPWRIGHT_PT_dopesheet,
    LIPWRIGHT_PT_nla,
)
