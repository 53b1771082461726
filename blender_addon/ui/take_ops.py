"""What can be done with a take after the bake: keep hand work, show it, remove it, pictures for flat mouths, help."""

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from lipwright.errors import OptionError
from lipwright.types import VISEMES

from .. import perform, worker
from ..pure.mapping import Control, Row
from ..scene import avatar, baked_action, rigging, timeline, versions, vocals
from . import props
from .perform_ops import fail


class _TakeOperator:
    """An operator on the panel's take."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        if not baked_action.is_take(context.scene.lipwright.take):
            cls.poll_message_set("Perform first, or choose a take")
            return False
        return True

    def execute(self, context):
        try:
            said = self.change(context, context.scene.lipwright.take)
        except Exception as error:  # noqa: BLE001 - one sentence for the artist
            return fail(self, error)
        worker.say("INFO", said)
        self.report({"INFO"}, said)
        return {"FINISHED"}


class LIPWRIGHT_OT_keep(_TakeOperator, bpy.types.Operator):
    """Move the keys that you changed by hand into the performance, where performing again keeps them"""

    bl_idname = "lipwright.keep"
    bl_label = "Keep Hand Work"

    def change(self, context, action):
        count = baked_action.keep_hand_work(action)
        baked_action.rebake(action)
        if not count:
            return "no key differs from what was baked"
        return f"kept {count} stretch{'es' * (count > 1)} of hand work in the performance"


class LIPWRIGHT_OT_rebake(_TakeOperator, bpy.types.Operator):
    """Bake the take again, with the mapping and the scene's frame rate as they are now; hand work stays"""

    bl_idname = "lipwright.rebake"
    bl_label = "Bake Again"

    def change(self, context, action):
        found = baked_action.found_avatar(action)
        baked_action.keep_hand_work(action, found)
        kind = bpy.data.collections if action.lipwright.avatar_kind == "COLLECTION" else bpy.data.objects
        face_map = rigging.map_for(context.scene, kind[action.lipwright.avatar], found)
        baked_action.set_map(action, face_map, baked_action.scene_fps(context.scene))
        written = baked_action.rebake(action, keep=False)
        baked_action.mark_again(action, context.scene)
        return ". ".join([f"baked {written.keys} keys", *written.notes])


class LIPWRIGHT_OT_reset(_TakeOperator, bpy.types.Operator):
    """Drop the hand corrections of this take and show what was computed"""

    bl_idname = "lipwright.reset"
    bl_label = "Drop Hand Work"

    def change(self, context, action):
        count = baked_action.drop_hand_work(action)
        baked_action.rebake(action, keep=False)
        return f"dropped {count} correction{'s' * (count != 1)}"


class LIPWRIGHT_OT_remove(_TakeOperator, bpy.types.Operator):
    """Remove the take: its curves, NLA strips and markers; nothing else"""

    bl_idname = "lipwright.remove"
    bl_label = "Remove Take"

    def change(self, context, action):
        name = action.name
        left = versions.others(action)
        versions.show_another(action)
        timeline.mark_words(context.scene, action, None)
        kept = baked_action.remove(action)
        context.scene.lipwright.take = next((one for one in (*left, *baked_action.all_takes())), None)
        return f"removed {name!r}" + "".join(f"; your own keys in {one!r} stay" for one in kept)


class LIPWRIGHT_OT_version(_TakeOperator, bpy.types.Operator):
    """Go on with a copy: the take as it is stays in the list, and playing it again is choosing it there"""

    bl_idname = "lipwright.new_version"
    bl_label = "New Version"

    def change(self, context, action):
        made = versions.new(action)
        context.scene.lipwright.take = made
        return f"{made.name!r} plays now; {action.name!r} is kept as it is"


class LIPWRIGHT_OT_neutral(_TakeOperator, bpy.types.Operator):
    """Set the sliders back to the take as it was performed"""

    bl_idname = "lipwright.neutral"
    bl_label = "Reset Sliders"

    def change(self, context, action):
        data = action.lipwright
        baked_action.keep_hand_work(action)
        with props.Quiet():
            data.intensity = data.jaw = data.lips = data.head = data.expression = 1.0
            data.smoothing = 0.0
        baked_action.rebake(action, keep=False)
        return "sliders reset"


class LIPWRIGHT_OT_extend(bpy.types.Operator):
    """Let the scene end no earlier than its sounds"""

    bl_idname = "lipwright.extend_scene"
    bl_label = "Extend Scene to the Vocal"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        scene = context.scene
        ends = [vocals.shown(strip)[1] - 1 for strip in vocals.sound_strips(scene)]
        take = scene.lipwright.take
        if baked_action.is_take(take):
            ends.append(take.frame_range[1])
        scene.frame_end = max([scene.frame_end, *(int(end + 0.999) for end in ends)])
        return {"FINISHED"}


# Which drawing of a mouth chart shows each viseme: the charts' own order of drawings.
CHARTS = {
    "RHUBARB": ("A B C D E F G H X", {
        "PP": "A", "SS": "B", "kk": "B", "DD": "B", "TH": "B", "CH": "B", "ih": "B", "E": "C", "aa": "D", "oh": "E",
        "RR": "E", "ou": "F", "FF": "G", "nn": "H", "sil": "X"}),
    "PRESTON_BLAIR": ("AI E O U L WQ MBP FV etc rest", {
        "aa": "AI", "E": "E", "oh": "O", "ou": "U", "nn": "L", "PP": "MBP", "FF": "FV", "TH": "L", "DD": "etc",
        "kk": "etc", "CH": "etc", "SS": "etc", "RR": "etc", "ih": "E", "sil": "rest"}),
    "VISEMES": (" ".join(VISEMES), {name: name for name in VISEMES}),
}  # fmt: skip


class LIPWRIGHT_OT_pictures(bpy.types.Operator):
    """Map the mouth to a row of drawings: an image sequence, or a Grease Pencil Time Offset modifier"""

    bl_idname = "lipwright.pictures"
    bl_label = "Map Drawings"
    bl_options = {"REGISTER", "UNDO"}

    avatar: StringProperty(name="Avatar")
    chart: EnumProperty(
        name="Drawings",
        description="Which drawings there are, in order",
        items=[
            ("RHUBARB", "A to H, X", "Nine drawings in Rhubarb's order"),
            ("PRESTON_BLAIR", "Preston Blair", "AI, E, O, U, L, WQ, MBP, FV, etc, rest"),
            ("VISEMES", "15 Visemes", "sil, PP, FF, TH, DD, kk, CH, SS, nn, RR, aa, E, ih, oh, ou"),
        ],
    )
    first: IntProperty(name="First Number", description="Number of the first drawing", default=0)
    path: StringProperty(name="Number", description="Data path of the number to key; empty: found by itself")

    def invoke(self, context, event):
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context):
        try:
            thing = perform.chosen_avatar(context, self.avatar)
            found = avatar.find(thing)
            owner, path = (thing, self.path) if self.path else picture_number(found)
            names, chart = CHARTS[self.chart]
            order = names.split()
            control = Control("sprite", path, owner.name)
            rows = [Row(v, control, float(self.first + order.index(name))) for v, name in chart.items()]
            face_map = rigging.recognised(found)[0]
            kept = tuple(row for row in face_map.rows if row.source not in chart)
            item = rigging.entry(context.scene, thing, make=True)
            rigging.store(item, type(face_map)((*kept, *rows), "drawings"))
        except Exception as error:  # noqa: BLE001
            return fail(self, error)
        worker.say("", "")
        return {"FINISHED"}


def picture_number(found):
    """(object, data path) of the number that chooses the drawing."""
    for ob in (*found.others, *found.meshes):
        for modifier in (*ob.modifiers, *getattr(ob, "grease_pencil_modifiers", ())):
            if modifier.type in ("GREASE_PENCIL_TIME", "GP_TIME"):
                modifier.mode = "FIX"
                return ob, modifier.path_from_id("offset")
        for index, slot in enumerate(ob.material_slots):
            tree = slot.material.node_tree if slot.material else None
            for node in tree.nodes if tree else ():
                if node.type == "TEX_IMAGE" and node.image and node.image.source in ("SEQUENCE", "MOVIE"):
                    # Held still, so that the offset alone says which picture shows.
                    node.image_user.frame_duration = 1
                    node.image_user.use_auto_refresh = True
                    inner = f"{node.path_from_id()}.image_user.frame_offset"
                    return ob, f"material_slots[{index}].material.node_tree.{inner}"
    raise OptionError(
        f"{found.name!r} has no image sequence in its materials and no Time Offset modifier; "
        "add one, or give the data path of the number"
    )


class LIPWRIGHT_OT_help(bpy.types.Operator):
    """How it works, on one page"""

    bl_idname = "lipwright.help"
    bl_label = "Lipwright: Help"

    PAGE = (
        ("First result", (
            "1. Select the character (mesh, armature) or choose a collection.",
            "2. Choose the vocal: a file, a sequencer strip or a speaker. Lyrics make it much better.",
            "3. Press Perform. Esc stops it; Blender stays usable meanwhile.")),
        ("If the mouth does not move", (
            "Open Mapping: it shows how many visemes and channels were found.",
            "Map looks for known names; Suggest looks at words and at what the shapes do.",
            "Correct the rows, keep them as a preset, or share them as JSON.")),
        ("After the bake", (
            "The sliders under Take act at once on mouth, head and expression. Lips still close on p, b, m.",
            "Change any key by hand: it is kept when you move a slider or perform again.",
            "A wrong word: put the playhead on it and press Correct Word.",
            "The button beside the take's name goes on with a copy: versions to choose from.",
            "Your other animation is never touched: ours has its own action and NLA track.")),
    )  # fmt: skip

    def invoke(self, context, event):
        return context.window_manager.invoke_popup(self, width=560)

    def execute(self, context):
        return {"FINISHED"}

    def draw(self, context):
        for title, lines in self.PAGE:
            box = self.layout.box()
            box.label(text=title, icon="INFO")
            for line in lines:
                box.label(text=line)


CLASSES = (
    LIPWRIGHT_OT_keep,
    LIPWRIGHT_OT_rebake,
    LIPWRIGHT_OT_reset,
    LIPWRIGHT_OT_remove,
    LIPWRIGHT_OT_version,
    LIPWRIGHT_OT_neutral,
    LIPWRIGHT_OT_extend,
    LIPWRIGHT_OT_pictures,
    LIPWRIGHT_OT_help,
)
