"""Registering everything, in order, and taking it back."""

import bpy

from . import worker
from .ui import files_ops, mapping_ops, panels, perform_ops, prefs, props, take_ops, word_ops

CLASSES = (
    *prefs.CLASSES,
    *props.CLASSES,
    *perform_ops.CLASSES,
    *mapping_ops.CLASSES,
    *take_ops.CLASSES,
    *word_ops.CLASSES,
    *files_ops.CLASSES,
    *panels.CLASSES,
)


@bpy.app.handlers.persistent
def _before_load(*_):
    """Another file is about to be opened: the job's avatar goes with this one."""
    worker.shutdown()
    worker.say("", "")


def register() -> None:
    """Make everything known to Blender."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    props.attach()
    files_ops.attach()
    bpy.app.handlers.load_pre.append(_before_load)


def unregister() -> None:
    """End what runs and take everything back."""
    worker.shutdown()
    bpy.app.handlers.load_pre.remove(_before_load)
    files_ops.detach()
    props.detach()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
