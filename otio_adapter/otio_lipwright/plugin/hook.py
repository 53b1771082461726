"""OTIO runs this after every read: notes of ours that a format carried become metadata and references again.

It never raises and never opens a file that the timeline names by itself: files are looked up only beside a timeline
whose path `otio_lipwright.read` tells, and under LIPWRIGHT_MEDIA_ROOTS.
"""

from __future__ import annotations

from typing import Any


def hook_function(in_timeline: Any, argument_map: Any = None) -> Any:
    """The timeline, restored; OTIO loses it if this does not return it."""
    from otio_lipwright.plugin.restore import restore_timeline

    restore_timeline(in_timeline, (argument_map or {}).get("lipwright_path"))
    return in_timeline
