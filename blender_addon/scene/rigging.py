"""The mapping of an avatar as it lies in the file: made from names, corrected in the table, kept with the scene."""

import bpy

from ..pure import mapping
from . import avatar, bones


def entry(scene, thing, make=False):
    """The stored mapping of an object or a collection; None if there is none and `make` is off."""
    kind = "COLLECTION" if isinstance(thing, bpy.types.Collection) else "OBJECT"
    for item in scene.lipwright.maps:
        # By the thing itself, which may have been renamed; by name where the scene was copied or the thing appended.
        held = item.collection if kind == "COLLECTION" else item.object
        if item.kind == kind and (held == thing or (held is None and item.avatar == thing.name)):
            return item
    if not make:
        return None
    item = scene.lipwright.maps.add()
    item.avatar, item.kind = thing.name, kind
    if kind == "COLLECTION":
        item.collection = thing
    else:
        item.object = thing
    return item


def stored(item) -> mapping.FaceMap:
    """The rows of a stored mapping."""
    rows = []
    for row in item.rows:
        if row.target and row.enabled:
            control = mapping.Control(row.kind, row.target, row.owner, row.axis if row.kind == "bone" else "")
            rows.append(mapping.Row(row.source, control, row.weight, row.part.strip("-")))
    return mapping.FaceMap(tuple(rows), item.title)


def store(item, face_map: mapping.FaceMap, notes=(), right=None) -> None:
    """Put rows in the table; `right` are the visemes that were seen on the mesh (mapping.coverage)."""
    item.rows.clear()
    for row in face_map.rows:
        new = item.rows.add()
        new.source, new.kind, new.target, new.owner = row.source, row.control.kind, row.control.name, row.control.owner
        new.axis = row.control.axis or "rotation_x"
        new.weight, new.part = row.weight, row.part or "-"
    item.title = face_map.name
    item.coverage = mapping.coverage(face_map, right)
    item.notes = "\n".join(notes)


def map_for(scene, thing, found) -> mapping.FaceMap:
    """The avatar's mapping: the stored one, else the one that its names give (not stored: reading changes nothing)."""
    item = entry(scene, thing)
    if item is not None and len(item.rows):
        return stored(item)
    return recognised(found)[0]


def why_unmapped(found: avatar.Avatar) -> str:
    """Why an avatar has no mapping, and what to do about it."""
    names = found.shape_names()
    if not names and not found.armatures:
        return (
            f"{found.name!r} has no shape keys and no bones; choose the character's face, "
            "or use Map Drawings (Mapping) for a drawn mouth"
        )
    driven = {name for key, _ in found.datablocks() for name in avatar.driven(key)}
    if names and driven.issuperset(names):
        return (
            f"all shapes of {found.name!r} are moved by drivers; add rows for the properties or bones that drive them "
            "under Mapping"
        )
    return f"no mouth shapes that we know were found on {found.name!r}; press Suggest under Mapping, or add rows there"


def why_mute(found: avatar.Avatar) -> str:
    """Why nothing on an avatar can speak, in one sentence."""
    names = found.shape_names()
    driven = {name for key, _ in found.datablocks() for name in avatar.driven(key)}
    if (not names and not found.armatures) or (names and driven.issuperset(names)):
        return why_unmapped(found)
    return (
        f"{found.name!r} has no mouth that we can move: none of its {len(names)} shape keys parts or "
        "shapes lips, and it has no jaw bone; choose the character's face, add shape keys for the mouth, or add rows "
        "by hand under Mapping"
    )


def recognised(found: avatar.Avatar):
    """(map, notes) from the names of shape keys, of rig properties that drive them, and of the head's bones."""
    names = found.shape_names()
    by_driver = {}
    for key, _ in found.datablocks():
        by_driver.update(avatar.driven(key))
    properties = {f'["{bpy.utils.escape_identifier(name)}"]': (name, ob) for ob in found.armatures
                  for name in ob.keys() if isinstance(ob[name], float | int)}  # fmt: skip
    known = {name for name, _ in properties.values()}
    face_map, notes = mapping.from_names([*names, *(name for name in known if name not in names)])
    rows = tuple(row for row in (_steered(row, by_driver, properties, names) for row in face_map.rows) if row)
    left = {row.control.name for row in face_map.rows} & {n for n, target in by_driver.items() if target is None}
    if left:
        notes = (*notes, f"{len(left)} shapes are moved by drivers and left alone: {', '.join(sorted(left)[:4])}")
    return mapping.FaceMap((*rows, *bones.head_rows(found)), face_map.name), notes


def _steered(row, by_driver, properties, names):
    """A driven shape's row moved to the property that drives it; None where nothing simple does."""
    name = row.control.name
    if name in by_driver:
        if by_driver[name] is None:
            return None
        owner, path = by_driver[name]
        return mapping.Row(row.source, mapping.Control("property", path, owner), row.weight, row.part)
    if name not in names:
        path, (_, ob) = next((p, v) for p, v in properties.items() if v[0] == name)
        return mapping.Row(row.source, mapping.Control("property", path, ob.name), row.weight, row.part)
    return row
