"""Going through whatever an adapter returned, trees that contain themselves included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import opentimelineio as otio

from lipwright.errors import TimelineError

# Deeper than any edit; OTIO's own search never ends in a tree that contains itself.
MAX_DEPTH = 60


def all_clips(root: Any, depth: int = 0) -> Iterator[Any]:
    """Every clip in whatever an adapter returned, in the order of the tree."""
    if isinstance(root, otio.schema.Timeline):
        root = root.tracks
    if isinstance(root, otio.schema.Clip):
        yield root
    elif depth <= MAX_DEPTH and isinstance(root, (otio.core.Composition, otio.schema.SerializableCollection)):
        for child in root:
            yield from all_clips(child, depth + 1)


def check_tree(root: Any, name: str) -> None:
    """Refuse a tree that contains itself or is absurdly deep: copying or writing it would never end."""
    stack = [(root.tracks if isinstance(root, otio.schema.Timeline) else root, 0)]
    while stack:
        item, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise TimelineError(
                f"{name!r} nests more than {MAX_DEPTH} deep or contains itself; flatten it and save again"
            )
        if isinstance(item, (otio.core.Composition, otio.schema.SerializableCollection)):
            stack.extend((child, depth + 1) for child in item if not isinstance(child, otio.schema.Clip))
        elif isinstance(item, otio.schema.Timeline):
            stack.append((item.tracks, depth + 1))


def sane(root: Any) -> bool:
    """Whether `check_tree` has nothing against it."""
    try:
        check_tree(root, "")
    except TimelineError:
        return False
    return True
