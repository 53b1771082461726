"""The extension's preferences."""

import bpy
from bpy.props import StringProperty


class LIPWRIGHT_Preferences(bpy.types.AddonPreferences):
    bl_idname = __package__.rpartition(".")[0]

    python: StringProperty(
        name="Python",
        description="A Python that has lipwright, to do the work in; empty: Blender's own, with what comes along",
        subtype="FILE_PATH",
    )

    def draw(self, context):
        self.layout.prop(self, "python")
        self.layout.label(text="Empty: the engines that come with the extension are used", icon="INFO")


CLASSES = (LIPWRIGHT_Preferences,)
