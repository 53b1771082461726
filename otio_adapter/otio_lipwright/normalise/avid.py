"""AAF as Avid means it: a source has one identity (MobID), and what shares an identity is the same media."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_lipwright.edit.references import KEY
from otio_lipwright.edit.tree import all_clips
from otio_lipwright.files import carriers

IDENTITIES = ("MobID", "SourceID")


def identify(root: Any) -> None:
    """Take the identity off every clip whose media are not those of the first clip with it, takes above all: the
    writer gives them a new one. A clip read from an Avid's AAF brings its source's, which all its cuts share."""
    known: dict[str, tuple[Any, ...]] = {}
    for clip in all_clips(root):
        identity = _identity(clip)
        if not identity:
            continue
        shown = clip.media_reference
        facts = (
            str(getattr(shown, "target_url", "")),
            repr(getattr(shown, "available_range", None)),
            carriers.found_note(clip),
        )
        if KEY in shown.metadata or known.setdefault(identity, facts) != facts:
            _anonymous(clip)


def absolute(root: Any, folder: Path) -> None:
    """Files that are named from the edit's folder get whole addresses: an AAF's locators know no folder."""
    for clip in all_clips(root):
        shown = clip.media_reference
        url = str(getattr(shown, "target_url", "") or "")
        if (
            isinstance(shown, otio.schema.ExternalReference)
            and url
            and ":" not in url
            and not url.startswith(("/", "\\"))
        ):
            shown.target_url = (folder / url).as_uri()


def _identity(clip: Any) -> str:
    for holder in (clip, clip.media_reference):
        mine: Any = holder.metadata.get("AAF") if holder is not None else None
        for key in IDENTITIES:
            if mine and mine.get(key):
                return str(mine.get(key))
    return ""


def _anonymous(clip: Any) -> None:
    for holder in (clip, clip.media_reference):
        mine = holder.metadata.get("AAF")
        if hasattr(mine, "keys"):
            holder.metadata["AAF"] = {key: mine[key] for key in mine if key not in IDENTITIES}
