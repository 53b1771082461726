"""One word put right by hand: what it is, when it is said, or that it is not there; the mouth follows."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import bpy
from bpy.props import BoolProperty, FloatProperty, StringProperty

from lipwright import document
from lipwright.corrections import edit_spans
from lipwright.errors import OptionError

from .. import options, worker
from ..scene import baked_action
from .perform_ops import Working, call

# How far from the playhead a word may be and still be meant.
REACH_S = 0.5


@dataclass
class Correction:
    """One correction on its way, by names."""

    take: str
    scene: str
    word: str
    output: Path


class LIPWRIGHT_OT_correct_word(Working, bpy.types.Operator):
    """Put the word at the playhead right: what is said, or when; performing again keeps it"""

    bl_idname = "lipwright.correct_word"
    bl_label = "Correct Word"
    bl_options = {"UNDO"}

    word: StringProperty(name="Heard", description="The word as it was heard; empty: the one at the playhead",
                         options={"SKIP_SAVE"})  # fmt: skip
    frame: FloatProperty(name="At Frame", description="A frame on which it is heard; -1: the playhead", default=-1.0,
                         options={"SKIP_SAVE"})  # fmt: skip
    text: StringProperty(name="Say", description="What is said instead", options={"SKIP_SAVE"})
    start: FloatProperty(name="First Frame", description="The frame on which the word starts", precision=2,
                         options={"SKIP_SAVE"})  # fmt: skip
    end: FloatProperty(name="Last Frame", description="The frame on which the word ends", precision=2,
                       options={"SKIP_SAVE"})  # fmt: skip
    remove: BoolProperty(name="Is Not There", description="Nothing is said here: the mouth stays at rest",
                         options={"SKIP_SAVE"})  # fmt: skip

    from_dialog = False

    @classmethod
    def poll(cls, context):
        if not baked_action.is_take(context.scene.lipwright.take):
            cls.poll_message_set("Perform first, or choose a take")
            return False
        if worker.current() is not None:
            cls.poll_message_set("Wait for the job that runs, or press Esc")
            return False
        return True

    def invoke(self, context, event):
        try:
            if self.word:
                return self.go_on(context, self._begin(context))
            found = self._found(context)
        except Exception as error:  # noqa: BLE001 - one sentence for the artist
            return self._fail(error)
        timing = baked_action.timing_of(context.scene.lipwright.take)
        self.word = self.text = found.text
        self.start, self.end = timing.frames([found.start_s, found.end_s])
        self.frame = (self.start + self.end) / 2.0
        self.from_dialog = True
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, context):
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.label(text=f"Heard: {self.word}", translate=False)
        column = layout.column()
        column.active = not self.remove
        for name in ("text", "start", "end"):
            column.prop(self, name)
        layout.prop(self, "remove")

    def execute(self, context):
        """For scripts: wait. The dialog ends here too, and its operator cannot go on, so another one does."""
        try:
            if self.from_dialog:
                names = ("word", "frame", "text", "start", "end", "remove")
                call(bpy.ops.lipwright.correct_word, "INVOKE_DEFAULT", **{name: getattr(self, name) for name in names})
                return {"CANCELLED"}
            running = self._begin(context)
        except Exception as error:  # noqa: BLE001
            return self._fail(error)
        return self.wait(running)

    def _found(self, context):
        """The word that is meant. Raises OptionError."""
        take = context.scene.lipwright.take
        timing, made = baked_action.timing_of(take), baked_action.performance_of(take)
        frame = self.frame if self.frame >= 0.0 else context.scene.frame_current_final
        at_s = float(timing.times(frame))
        words = [word for word in edit_spans(made.words, made.corrections, "words")
                 if not self.word or word.text.casefold() == self.word.casefold()]  # fmt: skip
        best = min(words, key=lambda word: max(word.start_s - at_s, at_s - word.end_s), default=None)
        if best is None or max(best.start_s - at_s, at_s - best.end_s) > REACH_S:
            what = repr(self.word) if self.word else "no word"
            raise OptionError(f"{what} is heard near frame {frame:.0f}; move the playhead onto a word" if not self.word
                              else f"{what} is not heard near frame {frame:.0f}; see the word markers")  # fmt: skip
        return best

    def _begin(self, context):
        scene, take = context.scene, context.scene.lipwright.take
        found = self._found(context)
        timing = baked_action.timing_of(take)
        change = ["--remove"] if self.remove else []
        if not self.remove:
            if self.text.strip() and self.text.strip() != found.text:
                change += ["--to", self.text.strip()]
            for name, flag, now in (("start", "--start", found.start_s), ("end", "--end", found.end_s)):
                wanted = float(timing.times(getattr(self, name)))
                if self.properties.is_property_set(name) and abs(wanted - now) > 0.002:
                    change += [flag, f"{max(wanted, 0.0):.4f}"]
        if not change:
            raise OptionError(f"nothing of {found.text!r} was changed; change what is said, or its frames")
        vocal = _vocal_of(take, scene.lipwright)
        baked_action.keep_hand_work(take)
        folder = worker.folder()
        folder.mkdir(parents=True, exist_ok=True)
        output = folder / f"{vocal.stem}{document.SUFFIX}"
        document.save(baked_action.performance_of(take), output)
        self.asked = Correction(take.name, scene.name, found.text, output)
        at_s = (found.start_s + found.end_s) / 2.0
        args = ["correct", str(output), "--vocal", str(vocal), f"--word={found.text}", "--at", f"{at_s:.4f}"]
        return worker.start(args + change, found.text)

    def finished(self, result, reading):
        if not result.ok:
            raise OptionError(result.message)
        performance, _ = reading.result()
        take, scene = bpy.data.actions.get(self.asked.take), bpy.data.scenes.get(self.asked.scene)
        if not baked_action.is_take(take):
            raise OptionError(f"the take {self.asked.take!r} was removed meanwhile; nothing was changed")
        # Keys that were changed while the worker worked are in the take's document by now, not in the worker's.
        baked_action.keep_hand_work(take)
        kept = baked_action.performance_of(take).corrections.tracks
        corrections = dataclasses.replace(performance.corrections, tracks=kept)
        baked_action.set_performance(take, dataclasses.replace(performance, corrections=corrections))
        written = baked_action.rebake(take, keep=False)
        baked_action.mark_again(take, scene)
        return ". ".join([f"{self.asked.word!r} was put right", *written.notes])


def _vocal_of(take, settings) -> Path:
    """The file that a take was performed from. Raises OptionError."""
    for place in (take.lipwright.sound, settings.vocal):
        path = Path(options.absolute(place) or ".")
        if path.is_file() and path.name == take.lipwright.vocal:
            return path
    raise OptionError(f"the vocal {take.lipwright.vocal!r} of this take is not there; choose it as Vocal (File) above")


CLASSES = (LIPWRIGHT_OT_correct_word,)
