"""Where a bake plays: the active action or an NLA strip, beside whatever plays already."""

from dataclasses import dataclass

import bpy
import numpy as np

from . import actions, avatar


@dataclass
class Shown:
    """How a take was shown before it is baked again: strips that show all of it, and how it was to blend."""

    whole: set
    blend: str

    @classmethod
    def before(cls, old):
        """What is to be known before the curves change."""
        whole = set()
        for thing in players() if old else ():
            for action in old:
                first, last = actions.action_range(action)
                for strip in actions.strips_of(thing, action):
                    if abs(strip.action_frame_start - first) < 0.01 and abs(strip.action_frame_end - last) < 0.01:
                        whole.add(strip.as_pointer())
        return cls(whole, old[0].lipwright.blend if old else "REPLACE")

    def shows_all(self, strip) -> bool:
        """Whether a strip shows all of the take once, at its own speed: then it goes on to, whatever its length is."""
        return strip.as_pointer() in self.whole and abs(strip.scale - 1.0) < 1e-6 and abs(strip.repeat - 1.0) < 1e-6


def players():
    """Every datablock that may play one of our actions."""
    trees = [material.node_tree for material in bpy.data.materials if material.node_tree is not None]
    for thing in (*bpy.data.shape_keys, *bpy.data.objects, *bpy.data.materials, *trees):
        if thing.animation_data is not None:
            yield thing


def place(thing, action, slot, name, placement, blend, channels, shown, notes):
    """Let `thing` play its part of the action, beside whatever it plays already."""
    animation = thing.animation_data or thing.animation_data_create()
    if animation.action == action:
        actions.assign(thing, action, slot)
        return
    existing = actions.strips_of(thing, action)
    if existing:
        for strip in existing:
            _refresh(strip, action, slot, _mode(thing, blend), _mode(thing, shown.blend), shown)
        return
    empty = animation.action is None and not animation.nla_tracks
    paths = {(channel.path, channel.index) for channel in channels}
    if animation.action is not None and animation.action.lipwright.uid:
        _rest_below(thing, paths | {(c.data_path, c.array_index) for c in actions.active_fcurves(thing)})
    if placement == "ACTION" and not empty and animation.action is not None:
        notes.append(f"{actions.push_down(thing)!r} of {thing.name!r} moved to an NLA track of its own")
    if placement == "ACTION" or (placement == "AUTO" and empty):
        actions.assign(thing, action, slot)
        if animation.nla_tracks:
            # Before and after the vocal the tracks below show, in place of our first and last key.
            _rest_below(thing, paths)
            animation.action_extrapolation = "NOTHING"
        return
    if any((curve.data_path, curve.array_index) in paths for curve in actions.active_fcurves(thing)):
        # An active action hides the strips below it wherever both move the same thing.
        notes.append(f"{actions.push_down(thing)!r} of {thing.name!r} moved to an NLA track below the new one")
    _rest_below(thing, paths)
    actions.push_strip(thing, action, slot, name, _mode(thing, blend))


REST = "Lipwright rest"


def _rest_below(thing, paths):
    """Give controls that no track moves a value of 0 to start from.

    The NLA starts from a property's default, and in Blender 5.0 that of a shape key's value is 1: an open mouth
    wherever no strip plays.
    """
    if thing.id_type != "KEY" or bpy.types.ShapeKey.bl_rna.properties["value"].default == 0.0:
        return
    covered = set()
    for track in thing.animation_data.nla_tracks:
        for strip in track.strips:
            if strip.action is not None and strip.extrapolation == "HOLD":
                slot = getattr(strip, "action_slot", None)
                curves = actions.fcurves(strip.action, slot) if slot or not actions.HAS_SLOTS else ()
                covered |= {(curve.data_path, curve.array_index) for curve in curves or ()}
    bare = sorted(paths - covered)
    if not bare:
        return
    rest = bpy.data.actions.new(REST)
    slot = actions.slot_for(rest, thing)
    curves = actions.fcurves(rest, slot, ensure=True)
    for path, index in bare:
        actions.write_curve(curves, path, index, np.zeros(1), np.zeros(1), "CONSTANT")
    rest["lipwright_rest"] = True
    actions.push_strip(thing, rest, slot, REST, "REPLACE", "HOLD")


def _mode(thing, blend):
    return blend if thing.id_type != "OBJECT" or blend == "REPLACE" else "COMBINE"


def _refresh(strip, action, slot, mode, mode_before, shown):
    """Give a strip the action's new length; where the artist put it, how it was cut and how it blends stays."""
    if slot is not None:
        strip.action_slot = slot
    if strip.blend_type == mode_before:
        strip.blend_type = mode
    if shown.shows_all(strip):
        moved = strip.frame_start - strip.action_frame_start
        first, last = actions.action_range(action)
        actions.place_strip(strip, first, last, first + moved)


def unseen(targets, made) -> list:
    """Sentences about what keeps a bake from being seen, for "it bakes but nothing moves"."""
    notes = []
    for thing, channels in targets:
        animation = thing.animation_data
        strips = [strip for action in made for strip in actions.strips_of(thing, action)]
        if strips:
            notes += _hidden_strip(thing, animation, strips[0])
        if thing.id_type == "KEY":
            notes += _hidden_shapes(thing, {channel.path for channel in channels})
    return notes


def _hidden_strip(thing, animation, strip):
    track = next(track for track in animation.nla_tracks if any(one == strip for one in track.strips))
    solo = next((one for one in animation.nla_tracks if one.is_solo and one != track), None)
    if not animation.use_nla:
        return [f"the NLA of {thing.name!r} is switched off, so the mouth does not move"]
    if solo is not None:
        return [f"the track {solo.name!r} of {thing.name!r} plays alone (its star), so the mouth does not move"]
    if track.mute or strip.mute:
        return [f"the strip {strip.name!r} is muted, so the mouth does not move"]
    return []


def _hidden_shapes(key, paths):
    pinned = [ob.name for ob in bpy.data.objects if ob.type == "MESH" and ob.data.shape_keys == key
              and ob.show_only_shape_key]  # fmt: skip
    if pinned:
        return [f"{pinned[0]!r} shows one pinned shape key only; take the pin off in its Shape Keys panel"]
    ours = [block for block in key.key_blocks if avatar.key_path(block.name) in paths]
    muted = [block.name for block in ours if block.mute]
    low = [block.name for block in ours if not block.mute and block.slider_max < 1.0]
    notes = []
    if muted:
        notes.append(f"{len(muted)} shape keys are muted ({', '.join(muted[:3])})")
    if low:
        notes.append(f"{len(low)} shape keys go no further than their Range Max ({', '.join(low[:3])})")
    return notes
