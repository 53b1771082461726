"""Perform: the operator behind the one button, and what it needs to be stopped."""

import bpy
from bpy.props import StringProperty

from lipwright.errors import Cancelled, OptionError

from .. import options, perform, worker

# How often the worker is looked at while it works.
TICK_S = 0.1


class Working:
    """An operator around one job: it waits for scripts, and goes on beside the interface for people.

    It has `asked`, whose `output` is the document that the worker writes, and `finished(result, reading)`, which
    bakes it and returns the sentence for the artist.
    """

    def wait(self, running):
        """For scripts, background mode and redo: wait for the worker."""
        self.running = running
        while not worker.poll(self.running, TICK_S):
            pass
        return self._finish()

    def go_on(self, context, running):
        """Look at the worker now and then."""
        self.running, self.reading = running, None
        self.timer = context.window_manager.event_timer_add(TICK_S, window=context.window)
        context.window_manager.modal_handler_add(self)
        context.window_manager.progress_begin(0, 100)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            if self.reading is not None:
                self._end(context)
                worker.finish(self.running)
                return self._fail(Cancelled("cancelled; nothing was changed"))
            worker.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if worker.current() is not self.running:
            self._end(context)  # the extension was switched off or updated meanwhile
            return {"CANCELLED"}
        if not worker.poll(self.running):
            context.window_manager.progress_update(round(100 * self.running.progress))
            redraw(context)
            return {"PASS_THROUGH"}
        if self.reading is None:
            self.reading = perform.Reading(self.asked.output)
        if not self.reading.done:
            return {"PASS_THROUGH"}
        self._end(context)
        redraw(context)
        return self._finish(self.reading)

    def cancel(self, context):
        """Blender ends the operator itself, when another file is loaded."""
        worker.shutdown()
        self._end(context)

    def _end(self, context):
        context.window_manager.event_timer_remove(self.timer)
        context.window_manager.progress_end()

    def _finish(self, reading=None):
        result = worker.finish(self.running)
        try:
            said = self.finished(result, reading or perform.Reading(self.asked.output))
        except Exception as error:  # noqa: BLE001
            return self._fail(error)
        said = ". ".join([said, *self.running.notes])
        worker.say("INFO", said)
        self.report({"INFO"}, said)
        return {"FINISHED"}

    def _fail(self, error):
        return fail(self, error)


class LIPWRIGHT_OT_perform(Working, bpy.types.Operator):
    """Listen to the vocal, move the avatar's face to it, and bake the result as curves of its own"""

    bl_idname = "lipwright.perform"
    bl_label = "Perform"
    # Not in the redo panel: a value changed there would perform again at once, with Blender waiting for it.
    bl_options = {"UNDO"}

    avatar: StringProperty(name="Avatar", description="Name of the object, armature or collection; empty: the panel's",
                           options={"SKIP_SAVE"})  # fmt: skip

    @classmethod
    def poll(cls, context):
        running = worker.current()
        if running is not None:
            cls.poll_message_set(f"{running.title} is still being performed; wait for it, or press Esc")
            return False
        return True

    def execute(self, context):
        try:
            running = self._start(context)
        except Exception as error:  # noqa: BLE001 - whatever it is, the artist gets one sentence
            return self._fail(error)
        return self.wait(running)

    def invoke(self, context, event):
        if bpy.app.background or context.window is None:
            return self.execute(context)
        try:
            running = self._start(context)
        except Exception as error:  # noqa: BLE001
            return self._fail(error)
        return self.go_on(context, running)

    def _start(self, context):
        self.asked = perform.request(context, self)
        return worker.start(self.asked.args, self.asked.vocal.path.name)

    def finished(self, result, reading):
        return perform.finish(self.asked, result, reading)


LIPWRIGHT_OT_perform.__annotations__.update(options.ARGUMENTS)


class LIPWRIGHT_OT_cancel(bpy.types.Operator):
    """Stop the performance that is being made; nothing in the file changes"""

    bl_idname = "lipwright.cancel"
    bl_label = "Stop"

    @classmethod
    def poll(cls, context):
        return worker.current() is not None

    def execute(self, context):
        worker.cancel()
        return {"FINISHED"}


def fail(operator, error):
    """Show a failure where the artist looks: in the status bar, and in the panel until the next attempt.

    What the artist stopped is no failure.
    """
    text = worker.sentence(error)
    kind = "INFO" if isinstance(error, Cancelled) else "ERROR"
    worker.say(kind, text)
    operator.report({kind}, text)
    return {"CANCELLED"}


def call(operator, how, **given):
    """Call another of our operators; what it refuses with is raised as it was said."""
    try:
        operator(how, **given)
    except RuntimeError as error:
        raise OptionError(str(error).removeprefix("Error: ").strip()) from None


def redraw(context):
    """Draw the panels again; the worker's progress is no event that Blender knows of."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "DOPESHEET_EDITOR", "NLA_EDITOR"}:
                area.tag_redraw()


CLASSES = (LIPWRIGHT_OT_perform, LIPWRIGHT_OT_cancel)
