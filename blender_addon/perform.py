"""From the options to a baked take: what Perform does before, with and after the worker. Keeps names, never objects."""

import threading
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from lipwright import document
from lipwright.errors import Cancelled, OptionError
from lipwright.types import Performance

from . import options, worker
from .pure import mapping, plan
from .scene import apply, avatar, baked_action, nla, rigging, suggest, timeline, versions, vocals


@dataclass
class Request:
    """One press of Perform, by names; `mapped` is what was found out about the mapping (suggest.prepare)."""

    scene: str
    avatar: str
    avatar_kind: str
    vocal: vocals.Vocal
    output: Path
    args: list
    chosen: dict
    mapped: tuple = ((), None)


def chosen_avatar(context, name=""):
    """The object or collection to perform with: the one named, the panel's, or the active object."""
    if name:
        thing = bpy.data.objects.get(name) or bpy.data.collections.get(name)
        if thing is None:
            raise OptionError(f"there is no object or collection {name!r} in this file; check the name")
        return thing
    settings = context.scene.lipwright
    thing = settings.avatar_collection if settings.avatar_kind == "COLLECTION" else settings.avatar
    if isinstance(thing, bpy.types.Object) and not thing.users_scene:
        # A setting that points at an object keeps it in the file after it was deleted from the scene.
        raise OptionError(f"{thing.name!r} was deleted from the scene; choose another avatar")
    return thing or context.active_object


def request(context, operator) -> Request:
    """Everything checked that can be checked before the work. Raises a LipwrightError that says what to change."""
    scene, settings = context.scene, context.scene.lipwright
    chosen, by_hand = options.pick(operator, settings)
    thing = chosen_avatar(context, operator.avatar)
    found = avatar.find(thing)
    mapped = suggest.prepare(scene, thing, found)
    check(found, rigging.map_for(scene, thing, found))
    folder = worker.folder()
    vocal = vocals.find(scene, chosen, folder)
    words = vocals.lyrics(scene, chosen, vocal, folder)
    folder.mkdir(parents=True, exist_ok=True)
    output = folder / f"{vocal.path.stem}{document.SUFFIX}"
    _leave_corrections(found, vocal, output)
    kind = "COLLECTION" if isinstance(thing, bpy.types.Collection) else "OBJECT"
    args = arguments(vocal.path, words, output, chosen, by_hand)
    return Request(scene.name, thing.name, kind, vocal, output, args, chosen, mapped)


def check(found, face_map) -> None:
    """Try where every control of the mapping would go, before minutes of work. Raises OptionError."""
    if not face_map.rows:
        raise OptionError(rigging.why_unmapped(found))
    one = np.zeros(1)
    probe = plan.Plan(tuple(plan.Curve(control, one, one) for control in face_map.by_control()), (), (), 0.0)
    apply.channels_of(probe, found, None, None)


def arguments(vocal: Path, words, output: Path, chosen, by_hand) -> list:
    """The worker's command line."""
    args = ["perform", str(vocal), "-o", str(output), "--language", chosen["language"].strip() or "auto"]
    args += ["--preset", chosen["preset"], "--seed", str(chosen["seed"])]
    if words is not None:
        args += ["--lyrics", str(words)]
    if chosen["emotion"] != "PRESET":
        args += ["--emotion", chosen["emotion"]]
    for name in options.SLIDERS:
        if name in by_hand:
            args += [f"--{name.replace('_', '-')}", f"{chosen[name]:g}"]
    return args


def _leave_corrections(found, vocal, output):
    """Hand work on the earlier take goes with it: the worker keeps the corrections of the document that it replaces."""
    output.unlink(missing_ok=True)
    earlier = baked_action.take_of(found, vocal.path.name)
    if earlier is not None:
        baked_action.keep_hand_work(earlier, found)
        document.save(baked_action.performance_of(earlier), output)


class Reading:
    """A document being read on a thread of its own: a whole song takes longer than the interface may be held.

    `read` makes a performance of the file; without it, it is a performance document.
    """

    def __init__(self, path: Path, read=None):
        self.path = path
        self.read = read or document.load
        self.performance: Performance | None = None
        self.text = ""
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        try:
            self.performance = self.read(self.path)
            self.text = document.dumps(self.performance)
        except Exception as error:  # noqa: BLE001 - raised where the artist is told
            self.error = error

    @property
    def done(self) -> bool:
        """Whether all is read, or failed."""
        return not self._thread.is_alive()

    def result(self):
        """(performance, its text), waiting for them. Raises what reading raised."""
        self._thread.join()
        if self.error is not None:
            raise self.error
        return self.performance, self.text


def finish(asked: Request, result, reading: Reading) -> str:
    """Bake what the worker made; returns the sentence for the artist. Raises a LipwrightError if it cannot be."""
    if not result.ok:
        raise (Cancelled if result.message.startswith("cancelled") else OptionError)(result.message)
    performance, text = reading.result()
    return bake(performance, asked, text)


def bake(performance: Performance, asked: Request, text: str = "") -> str:
    """Bake a performance for a request; one sentence that says what was done and what to look at.

    `text` is its document, made here if it is not given.
    """
    scene, thing = _still_there(asked)
    chosen = asked.chosen
    found = avatar.find(thing)
    told, right = asked.mapped if asked.args else suggest.prepare(scene, thing, found)
    face_map = rigging.map_for(scene, thing, found)
    if not face_map.rows:
        raise OptionError(rigging.why_unmapped(found))
    avatar.make_overrides(found)
    timing = plan.Timing(baked_action.scene_fps(scene), asked.vocal.start_frame)
    earlier = baked_action.take_of(found, performance.vocal.name)
    kept = ""
    if earlier is not None and not asked.args and baked_action.has_hand_work_beyond(earlier, performance):
        # A document that is imported may know nothing of it; the worker would have been told.
        kept, earlier = earlier.name, versions.new(earlier)
    tuning = baked_action.tuning_of(earlier) if earlier is not None else plan.Tuning()
    before = earlier.lipwright.start_frame if earlier is not None else None
    made = plan.plan(
        performance, face_map, timing, tuning, tolerance=chosen["tolerance"], limits=apply.limits_of(found, face_map)
    )
    targets, notes = apply.channels_of(made, found, performance, timing)
    old = baked_action.members(earlier) if earlier is not None else ()
    written = apply.bake(
        targets, Path(performance.vocal.name).stem, placement=chosen["placement"], blend=chosen["blend"],
        old=old, interpolation=chosen["interpolation"],
    )  # fmt: skip
    values = {name: chosen[name] for name in options.REMEMBERED}
    values.update(fps=str(timing.fps), start_frame=timing.start_frame, sound=asked.vocal.named or str(asked.vocal.path))
    baked_action.new_take(written, performance, face_map, found, thing, values, text)
    timeline.mark_phonemes(written.actions[0], made)
    timeline.mark_words(scene, written.actions[0], made if chosen["markers"] else None)
    if chosen["add_sound"] and asked.vocal.path.is_file():
        notes += vocals.place_sound(scene, asked.vocal, before)
    scene.lipwright.take = written.actions[0]
    if kept:
        notes.append(f"the keys that you changed by hand are kept in the version {kept!r}")
    notes += written.notes + nla.unseen(targets, written.actions) + _range_note(scene, made, chosen)
    said = f"{performance.vocal.name}: {written.keys} keys; {mapping.coverage(face_map, right)} are mapped"
    return ". ".join([said, *told, *notes])


def _still_there(asked):
    scene = bpy.data.scenes.get(asked.scene)
    thing = (bpy.data.collections if asked.avatar_kind == "COLLECTION" else bpy.data.objects).get(asked.avatar)
    if scene is None or thing is None:
        gone = "scene " + repr(asked.scene) if scene is None else "avatar " + repr(asked.avatar)
        raise OptionError(
            f"the {gone} was removed while it was performed; the performance is kept in {str(asked.output)!r}: "
            "import it on another avatar"
        )
    return scene, thing


def _range_note(scene, made, chosen):
    first = min((float(curve.frames[0]) for curve in made.curves), default=scene.frame_start)
    end = int(made.end_frame) + 1
    if chosen["fit_range"] and end > scene.frame_end:
        scene.frame_end = end
    notes = []
    if made.end_frame > scene.frame_end:
        notes.append(f"the vocal ends at frame {end}, after the scene's last ({scene.frame_end}): extend the scene")
    if first < scene.frame_start:
        notes.append(f"it starts at frame {first:.0f}, before the scene's first ({scene.frame_start})")
    return notes
