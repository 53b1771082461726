"""Both references on a clip: the original and the take, and the one switch between them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import opentimelineio as otio

from lipwright.errors import OptionError
from otio_lipwright.adapters.cues import plain
from otio_lipwright.edit.clock import frames_to_seconds, rational
from otio_lipwright.edit.media import ORIGINAL, TAKE, original_of
from otio_lipwright.edit.plan import ClipPlan
from otio_lipwright.edit.tree import all_clips

KEY = "lipwright"
SCHEMA = "lipwright.clip/1"
CHOICES = {"take": TAKE, "original": ORIGINAL}


def attach(clip: Any, job: ClipPlan, url: str, frames: tuple[int, int], facts: dict[str, Any]) -> None:
    """Put the take at `url`, which covers media frames [first, end), beside the clip's original media and show it.

    `facts` become the clip's plain metadata; the source range, effects and everything else stay as they are.
    """
    original_key = _original_key(clip)
    references = {key: value for key, value in clip.media_references().items() if key != TAKE}
    references.setdefault(original_key, original_of(clip))
    references[TAKE] = take_reference(job, url, frames, facts)
    put(clip, references, TAKE)
    clip.metadata[KEY] = {"schema": SCHEMA, **facts, "original_key": original_key}
    clip.metadata[f"{KEY}_performance"] = otio.schema.schemadef.module_from_name(
        "lipwright_schemas"
    ).PerformanceReference(
        job.name,
        target_url=facts["performances"][0] if facts["performances"] else "",
        sha256=facts["id"],
        vocal=", ".join(facts["vocal"]),
        start_s=facts["vocal_start_s"],
        end_s=facts["vocal_end_s"],
    )


def put(clip: Any, references: dict[str, Any], shown: str) -> None:
    """Set a clip's references, as copies: OTIO frees the old ones while it takes the new, and a reference that came
    out of the same clip would be gone before it is stored (a crash, not an exception)."""
    clip.set_media_references({key: copy.deepcopy(value) for key, value in references.items()}, shown)


def take_reference(job: ClipPlan, url: str, frames: tuple[int, int], facts: dict[str, Any]) -> Any:
    """The reference to a take: its range lies where the same frames lie in the original media, timecode included."""
    first, end = frames
    start_s = job.origin_s + frames_to_seconds(first, job.fps)
    rate = float(job.media.rate) if not job.media.still and job.media.rate <= 1000 else float(job.fps)
    available = otio.opentime.TimeRange(rational(start_s, rate), otio.opentime.RationalTime(end - first, rate))
    reference = otio.schema.ExternalReference(url, available)
    reference.metadata[KEY] = {"id": facts["id"], "synthetic": True}
    return reference


def _original_key(clip: Any) -> str:
    if clip.active_media_reference_key != TAKE:
        return str(clip.active_media_reference_key)
    said = clip.metadata.get(KEY, {})
    key = str(said.get("original_key", ORIGINAL)) if hasattr(said, "get") else ORIGINAL
    return key if key in clip.media_references() else ORIGINAL


def detach(clip: Any) -> bool:
    """Take our reference and metadata off a clip; True where there were any."""
    references = clip.media_references()
    if TAKE not in references:
        return False
    key = _original_key(clip)
    rest = {name: value for name, value in references.items() if name != TAKE}
    if key not in rest:
        rest[key] = otio.schema.MissingReference()
    put(clip, rest, key)
    for name in (KEY, f"{KEY}_performance"):
        if name in clip.metadata:
            del clip.metadata[name]
    return True


def carrying(timeline: Any) -> Iterator[Any]:
    """The clips that carry a take."""
    for clip in all_clips(timeline):
        if TAKE in clip.media_references():
            yield clip


def switch(timeline: Any, to: str) -> int:
    """Show the `take` or the `original` on every clip that has both; the number of clips that changed."""
    if to not in CHOICES:
        raise OptionError(f"a clip can be switched to 'take' or 'original', not to {to!r}")
    changed = 0
    for clip in carrying(timeline):
        key = TAKE if to == "take" else _original_of_both(clip)
        if clip.active_media_reference_key != key:
            # Which key the original has is remembered before the take hides it.
            facts = plain(clip.metadata.get(KEY, {})) or {"schema": SCHEMA}
            clip.metadata[KEY] = {**facts, "original_key": _original_of_both(clip)}
            clip.active_media_reference_key = key
            changed += 1
    return changed


def _original_of_both(clip: Any) -> str:
    if clip.active_media_reference_key != TAKE:
        return str(clip.active_media_reference_key)
    key = _original_key(clip)
    references = clip.media_references()
    return key if key in references else next(name for name in references if name != TAKE)


def flatten(timeline: Any) -> None:
    """Leave each clip only the reference that is shown, for hosts that know no other; changes the timeline itself."""
    for clip in list(carrying(timeline)):
        put(clip, {ORIGINAL: clip.media_reference}, ORIGINAL)
