"""What an avatar is in this file: its meshes with shape keys, its armatures, what drives what, what can be written."""

import re
from dataclasses import dataclass, field

import bpy

from lipwright.errors import OptionError

_KEY_PATH = re.compile(r'^key_blocks\["((?:[^"\\]|\\.)*)"\]\.value$')


@dataclass
class Avatar:
    """Objects and shape keys that move together; valid only until Blender's data changes, so made anew each time."""

    name: str
    meshes: list = field(default_factory=list)
    armatures: list = field(default_factory=list)
    others: list = field(default_factory=list)

    def __contains__(self, ob):
        """Whether an object is one of the avatar's."""
        return ob in self.meshes or ob in self.armatures or ob in self.others

    def datablocks(self):
        """Every Key datablock once, with an object that shows it."""
        seen = {}
        for mesh in self.meshes:
            seen.setdefault(mesh.data.shape_keys.as_pointer(), (mesh.data.shape_keys, mesh))
        return list(seen.values())

    def shape_names(self):
        """Names of all shape keys but the first of each mesh, in order, each once."""
        names = {}
        for key, _ in self.datablocks():
            for block in key.key_blocks:
                if block != key.reference_key:
                    names.setdefault(block.name)
        return list(names)

    def object(self, name):
        """The object called `name` among the avatar's, else None."""
        return next((ob for ob in (*self.armatures, *self.meshes, *self.others) if ob.name == name), None)


def find(thing) -> Avatar:
    """The avatar that an object or a collection stands for. Raises OptionError with what to choose instead."""
    if thing is None:
        raise OptionError("no avatar is chosen; choose an object, an armature or a collection")
    objects = list(thing.all_objects) if isinstance(thing, bpy.types.Collection) else _family(thing)
    found = Avatar(thing.name)
    for ob in objects:
        if ob.type == "MESH" and ob.data.shape_keys is not None and len(ob.data.shape_keys.key_blocks) > 1:
            found.meshes.append(ob)
        elif ob.type == "ARMATURE":
            found.armatures.append(ob)
        else:
            found.others.append(ob)
    if not found.meshes and not found.armatures and not found.others:
        raise OptionError(f"{thing.name!r} holds nothing that could sing; choose the character's mesh or armature")
    return found


def _family(ob):
    """The object with all that moves with it: an armature's meshes, or what shares a parent."""
    if ob.type == "EMPTY" and ob.instance_collection is not None:
        raise OptionError(
            f"{ob.name!r} is an instance of the collection {ob.instance_collection.name!r}; "
            "make a library override of it (Object > Library Override > Make) and choose that"
        )
    root = ob if ob.type == "ARMATURE" else (_armature_of(ob) or ob.parent or ob)
    members = {root.name: root, ob.name: ob}
    for child in root.children_recursive:
        members.setdefault(child.name, child)
    if root.type == "ARMATURE":
        for other in bpy.data.objects:
            if other.type == "MESH" and _armature_of(other) == root:
                members.setdefault(other.name, other)
    return list(members.values())


def _armature_of(ob):
    for modifier in ob.modifiers:
        if modifier.type == "ARMATURE" and modifier.object is not None:
            return modifier.object
    parent = ob.parent
    while parent is not None and parent.type != "ARMATURE":
        parent = parent.parent
    return parent


def shown_on(thing) -> list:
    """The objects that show what plays on a datablock: an object itself, or those with that key or material."""
    if thing.id_type == "OBJECT":
        return [thing]
    if thing.id_type == "KEY":
        return [ob for ob in bpy.data.objects if ob.type == "MESH" and ob.data.shape_keys == thing]
    return [
        ob
        for ob in bpy.data.objects
        for slot in ob.material_slots
        if slot.material is not None and thing in (slot.material, slot.material.node_tree)
    ]


def key_path(name: str) -> str:
    """Data path of a shape key's value; quotes, backslashes and any script are fine."""
    return f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'


def driven(key) -> dict:
    """Shape keys that a driver moves: name -> (object name, data path) of the one property it follows, or None."""
    found = {}
    if key.animation_data is None:
        return found
    for curve in key.animation_data.drivers:
        match = _KEY_PATH.match(curve.data_path)
        if match:
            found[bpy.utils.unescape_identifier(match.group(1))] = _property_behind(curve.driver)
    return found


def _property_behind(driver):
    """(object name, path) if the driver hands one custom property through unchanged."""
    if len(driver.variables) != 1 or driver.variables[0].type != "SINGLE_PROP":
        return None
    variable = driver.variables[0]
    plain = driver.type in ("AVERAGE", "SUM", "MIN", "MAX") or driver.expression.strip() == variable.name
    target = variable.targets[0]
    if plain and isinstance(target.id, bpy.types.Object) and target.data_path.startswith("["):
        return target.id.name, target.data_path
    return None


def why_locked(thing) -> str:
    """Why `thing` (an ID) cannot get keys, "" if it can."""
    if thing.library is not None:
        return (
            f"{thing.name!r} is linked from {thing.library.name!r}; make a library override of the character "
            "with its mesh data"
        )
    if thing.override_library is not None and thing.override_library.is_system_override:
        return f"{thing.name!r} is a system override; make it editable (Outliner > Library Override > Make)"
    if thing.id_type == "KEY" and not thing.use_relative:
        return (
            f"the shape keys {thing.name!r} are absolute, where single values move nothing; "
            "tick Relative in the mesh's Shape Keys panel"
        )
    animation = thing.animation_data
    if animation is not None and animation.use_tweak_mode:
        return f"an NLA strip of {thing.name!r} is being tweaked; leave tweak mode (Tab in the NLA) first"
    return ""


def can_override(thing) -> bool:
    """Whether a linked shape-key datablock can be made editable here: its object is a library override already."""
    return thing.library is not None and any(
        ob.override_library is not None and ob.data is not None and getattr(ob.data, "shape_keys", None) == thing
        for ob in bpy.data.objects
        if ob.type == "MESH"
    )


def make_overrides(found: Avatar) -> None:
    """Give library-override objects their own override of mesh and shape keys, which is where keys must go."""
    for ob in found.meshes:
        if ob.override_library is not None and ob.data.library is not None:
            ob.data.override_create(remap_local_usages=True)


def key_of_path(path: str):
    """The shape key that a data path moves, or None."""
    match = _KEY_PATH.match(path)
    return bpy.utils.unescape_identifier(match.group(1)) if match else None
