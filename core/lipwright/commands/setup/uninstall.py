"""`lipwright uninstall resolve|blender`: take the host's script away again; takes and documents stay."""

from __future__ import annotations

import argparse

from lipwright.commands.setup.install import EXAMPLES, add_arguments
from lipwright.events import Events
from lipwright.hosts import blender, resolve
from lipwright.hosts.folders import this_system

__all__ = ["EXAMPLES", "add_arguments", "run"]


def run(args: argparse.Namespace, events: Events) -> None:
    """Remove what `lipwright install` made."""
    if args.host == "blender":
        blender.uninstall(blender.find_blender(this_system(), args.blender))
        return events.result(removed=[blender.MODULE])
    removed = resolve.uninstall(this_system(), args.scripts_folder)
    return events.result(removed=[str(path) for path in removed])
