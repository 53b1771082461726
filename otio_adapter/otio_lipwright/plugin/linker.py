"""A media linker: `read_from_file(path, media_linker_name="lipwright_linker")` finds media, takes and performances.

Arguments (`media_linker_argument_map`): `roots`, a list of folders or one path string; LIPWRIGHT_MEDIA_ROOTS adds more.
"""

from __future__ import annotations

from typing import Any


def link_media_reference(in_clip: Any, media_linker_argument_map: Any = None) -> Any:
    """The clip's reference, pointing at the file where it is now; the take of a conform is put beside it."""
    from otio_lipwright.plugin.linking import link

    return link(in_clip, dict(media_linker_argument_map or {}))
