"""What the extension keeps in a .blend: settings and mappings on the scene, a take's data on its action."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from .. import options, worker
from ..pure import mapping
from ..scene import baked_action, rigging, versions

_quiet = False


class Quiet:
    """While it holds, setting a slider does not bake."""

    def __enter__(self):
        global _quiet
        self.before, _quiet = _quiet, True

    def __exit__(self, *_):
        global _quiet
        _quiet = self.before


def _tuned(data, _context):
    """A slider of a take was moved: bake it again with the new value."""
    action = data.id_data
    if _quiet or not baked_action.is_take(action):
        return
    _trying(lambda: "; ".join(baked_action.rebake(action).notes))


def _chosen(settings, _context):
    """A version of a take was chosen in the panel: let it play."""
    take = settings.take
    if not _quiet and baked_action.is_take(take) and take.library is None:
        _trying(lambda: f"{take.name!r} plays now" if versions.show_instead(take) else "")


def _styled(settings, _context):
    """A style was chosen: the sliders start from its values."""
    for name, value in options.style(settings.preset).items():
        setattr(settings, name, value)


def _trying(change):
    """Show what `change` says or fails with: an update callback has nobody above it."""
    try:
        said = change()
    except Exception as error:  # noqa: BLE001
        worker.say("ERROR", worker.sentence(error))
    else:
        worker.say("INFO" if said else "", said)


def _row_changed(row, _context):
    """A row of the mapping table was corrected by hand."""
    for item in row.id_data.lipwright.maps:
        if any(other == row for other in item.rows):
            item.coverage = mapping.coverage(rigging.stored(item))


def _source_items():
    items = [(name, name, "Viseme") for name in mapping.SOURCES[:15]]
    return items + [(name, name, "Channel") for name in mapping.SOURCES[15:]]


class LIPWRIGHT_PG_row(bpy.types.PropertyGroup):
    enabled: BoolProperty(name="Use", description="Let this row move its control", default=True, update=_row_changed)
    source: EnumProperty(name="Source", description="The viseme or channel that moves the control",
                         items=_source_items(), update=_row_changed)  # fmt: skip
    kind: EnumProperty(
        name="Kind",
        description="What is moved",
        items=[
            ("shape", "Shape Key", "A shape key on every mesh of the avatar that has it"),
            ("property", "Property", "A custom property of an object, as rigs have them"),
            ("bone", "Bone", "One axis of a bone; the amount is in radians or metres"),
            ("pose", "Pose", "A pose of bones, taken from an action (pose libraries are made of them)"),
            ("sprite", "Picture", "The number of a picture or drawing; the amount is that number"),
        ],
        update=_row_changed,
    )
    target: StringProperty(name="Control", description="Name of the shape key, property, bone, pose or number",
                           update=_row_changed)  # fmt: skip
    owner: StringProperty(name="Object", description="The object that has the control; shape keys need none")
    axis: EnumProperty(name="Axis", description="The bone's own axis", items=[
        (name, name.replace("_", " ").title(), "") for name in mapping.AXES], default="rotation_x")  # fmt: skip
    weight: FloatProperty(name="Amount", description="How much of the control at full strength of the source",
                          default=1.0, soft_min=-2.0, soft_max=2.0, precision=3, update=_row_changed)  # fmt: skip
    part: EnumProperty(
        name="Part",
        description="Which slider acts on it after the bake",
        items=[("-", "As the Source", ""), ("jaw", "Jaw", ""), ("lips", "Lips", "")],
    )


class LIPWRIGHT_PG_map(bpy.types.PropertyGroup):
    avatar: StringProperty()
    kind: StringProperty()
    object: PointerProperty(type=bpy.types.Object)
    collection: PointerProperty(type=bpy.types.Collection)
    title: StringProperty(name="Mapping", description="The conventions that were recognised, or the preset's name")
    coverage: StringProperty()
    notes: StringProperty()
    rows: CollectionProperty(type=LIPWRIGHT_PG_row)
    active: IntProperty(name="Row")


def _keyed_thing(_self, ob):
    return ob.type in {"MESH", "ARMATURE", "EMPTY", "GREASEPENCIL", "GPENCIL"}


def _is_our_action(_self, action):
    return baked_action.is_take(action)


class LIPWRIGHT_PG_settings(bpy.types.PropertyGroup):
    avatar_kind: EnumProperty(
        name="Avatar From",
        items=[
            ("OBJECT", "Object", "A mesh or an armature, with all that moves with it", "OBJECT_DATA", 0),
            ("COLLECTION", "Collection", "All meshes of a collection", "OUTLINER_COLLECTION", 1),
        ],
    )
    avatar: PointerProperty(
        name="Avatar", description="The character's mesh or armature; empty: the active object",
        type=bpy.types.Object, poll=_keyed_thing,
    )  # fmt: skip
    avatar_collection: PointerProperty(
        name="Avatar", description="The collection that holds the character", type=bpy.types.Collection
    )
    customise: BoolProperty(name="Adjust the Style", description="Use the sliders below in place of the style's values")
    maps: CollectionProperty(type=LIPWRIGHT_PG_map)
    take: PointerProperty(
        name="Take", description="A performance that was baked in this file; of several versions, the chosen one plays",
        type=bpy.types.Action, poll=_is_our_action, update=_chosen,
    )  # fmt: skip


# One table makes the panel's settings and the operators' arguments.
LIPWRIGHT_PG_settings.__annotations__.update(options.ALL)
LIPWRIGHT_PG_settings.__annotations__["preset"] = options.ALL["preset"].function(
    **options.ALL["preset"].keywords, update=_styled
)


def _live(name, text):
    return FloatProperty(name=name, description=text, default=1.0, min=0.0, soft_max=2.0, max=4.0, update=_tuned)


class LIPWRIGHT_PG_take(bpy.types.PropertyGroup):
    uid: StringProperty()
    document: StringProperty()
    mapping: StringProperty()
    vocal: StringProperty()
    sound: StringProperty(subtype="FILE_PATH")
    avatar: StringProperty()
    avatar_kind: StringProperty()
    target: StringProperty()
    fps: StringProperty()
    start_frame: FloatProperty()
    baked: StringProperty()
    curves: StringProperty()
    word_markers: StringProperty()
    placement: StringProperty(default="AUTO")
    blend: StringProperty(default="REPLACE")
    interpolation: StringProperty(default="BEZIER")
    tolerance: FloatProperty(default=0.01)
    intensity: _live("Intensity", "How far the whole mouth moves; 1 is as performed")
    jaw: _live("Jaw", "How far the jaw opens; lips still close; 1 is as performed")
    lips: _live("Lips", "How much the lips round and spread; 1 is as performed")
    head: _live("Head", "How much the head moves; 1 is as performed")
    expression: _live("Expression", "How much brows, cheeks and nose move; blinks stay; 1 is as performed")
    smoothing: FloatProperty(
        name="Smoothing (ms)", description="Milliseconds over which the mouth is evened out; lips still close",
        default=0.0, min=0.0, soft_max=120.0, max=400.0, update=_tuned,
    )  # fmt: skip


CLASSES = (LIPWRIGHT_PG_row, LIPWRIGHT_PG_map, LIPWRIGHT_PG_settings, LIPWRIGHT_PG_take)


def attach():
    """Hang the data on scenes and actions; called after the classes are registered."""
    bpy.types.Scene.lipwright = PointerProperty(type=LIPWRIGHT_PG_settings)
    bpy.types.Action.lipwright = PointerProperty(type=LIPWRIGHT_PG_take)


def detach():
    """Take the data off again; what is in the file stays there."""
    del bpy.types.Action.lipwright
    del bpy.types.Scene.lipwright
