"""How our data ride through formats that keep neither metadata nor a second reference.

A compact note (JSON, a few hundred bytes) goes where each format keeps text of its own: FCP7 XML comments, AAF user
comments, EDL comment lines, FCPX notes, Resolve marker notes. The hook reads any of them back and restores the
metadata, both references and a retime that the format dropped. The index of the conform is the fuller second source.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import opentimelineio as otio

from lipwright.errors import LipwrightError
from otio_lipwright.adapters.cues import plain
from otio_lipwright.edit.media import ORIGINAL, TAKE
from otio_lipwright.edit.references import KEY, SCHEMA, put

if TYPE_CHECKING:
    from otio_lipwright.conform.store import Store

VERSION = 1
# Far above any note of ours; a longer text is somebody else's.
MAX_NOTE = 16_384
MARKER = "lipwright"
_TAKE_NAME = re.compile(r"\.lw-([0-9a-f]{12})(?=\.[A-Za-z0-9]+$|$)")
FCP_COMMENTS = tuple(f"mastercomment{number}" for number in range(1, 5))


def note_of(clip: Any) -> str:
    """The compact note of a clip that carries a take; "" for others."""
    facts = clip.metadata.get(KEY)
    references = clip.media_references()
    if facts is None or TAKE not in references or str(facts.get("schema", "")) != SCHEMA:
        return ""
    body = {
        "v": VERSION,
        "shown": clip.active_media_reference_key,
        "refs": {key: packed for key, value in references.items() if (packed := _packed(value)) is not None},
        "speeds": [e.time_scalar for e in clip.effects if isinstance(e, otio.schema.LinearTimeWarp)],
        **{key: value for key, value in plain(facts).items() if key != "schema"},
    }
    return json.dumps({MARKER: body}, separators=(",", ":"), ensure_ascii=True)


def _packed(reference: Any) -> list[Any] | None:
    """[url, start, length, rate] of a file reference; None for others, which the index keeps."""
    if not isinstance(reference, otio.schema.ExternalReference):
        return None
    available = reference.available_range
    if available is None:
        return [reference.target_url]
    rate = available.duration.rate
    return [reference.target_url, available.start_time.rescaled_to(rate).value, available.duration.value, rate]


def _unpacked(packed: Any) -> Any:
    url, *ranged = packed
    reference = otio.schema.ExternalReference(str(url))
    if ranged:
        start, length, rate = (float(value) for value in ranged)
        reference.available_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(length, rate)
        )
    return reference


# --- writing a note where a format keeps it ------------------------------------------------------------------------


def to_fcp_xml(clip: Any, note: str) -> None:
    """The first master comment that is free; they are shown as the clip's comments in Premiere."""
    mine = clip.metadata.setdefault("fcp_xml", {}).setdefault("comments", {})
    key = next((key for key in FCP_COMMENTS if not mine.get(key) or _is_note(str(mine.get(key)))), FCP_COMMENTS[-1])
    mine[key] = note


def to_edl(clip: Any, note: str) -> None:
    """A comment line of the event."""
    mine = clip.metadata.setdefault("cmx_3600", {})
    rest = [str(line) for line in mine.get("comments", []) if not _is_note(str(line))]
    mine["comments"] = [*rest, note]


def to_aaf(clip: Any, note: str) -> None:
    """A user comment of the source clip."""
    clip.metadata.setdefault("AAF", {}).setdefault("UserComments", {})[MARKER] = note


def to_fcpx(clip: Any, note: str) -> None:
    """The note of the asset."""
    clip.media_reference.metadata.setdefault("fcpx", {})["note"] = note


def to_resolve(clip: Any, note: str) -> None:
    """The note of a marker on the clip's first frame: Resolve keeps markers and discards metadata it does not know."""
    start = clip.trimmed_range().start_time
    _drop_markers(clip)
    one = otio.opentime.TimeRange(start, otio.opentime.RationalTime(1, start.rate))
    metadata = {"Resolve_OTIO": {"Keywords": [], "Note": note}}
    clip.markers.append(otio.schema.Marker(MARKER, one, color="PURPLE", metadata=metadata))


def _drop_markers(clip: Any) -> None:
    for index in reversed(range(len(clip.markers))):
        if _is_note(_resolve_note(clip.markers[index])):
            del clip.markers[index]


WRITERS: dict[str, Callable[[Any, str], None]] = {
    "xml": to_fcp_xml,
    "edl": to_edl,
    "aaf": to_aaf,
    "fcpxml": to_fcpx,
    "resolve": to_resolve,
}

# --- reading a note back -------------------------------------------------------------------------------------------


def found_note(clip: Any) -> dict[str, Any] | None:
    """Our note in whatever field this format kept it, checked; None where there is none."""
    for text in _texts(clip):
        body = _parsed(text)
        if body is not None:
            return body
    return None


def take_id_in_name(clip: Any) -> str:
    """The id in the file name of a take, which survives every format; "" where the clip shows no take."""
    url = str(getattr(clip.media_reference, "target_url", "") or "")
    found = _TAKE_NAME.search(url) or _TAKE_NAME.search(str(clip.name))
    return found.group(1) if found else ""


def _texts(clip: Any) -> list[str]:
    metadata = clip.metadata
    known = set(metadata)  # asking an OTIO dictionary key by key is slow
    texts: list[Any] = []
    if "fcp_xml" in known:
        texts += list(_mapping(metadata["fcp_xml"].get("comments")).values())
    if "cmx_3600" in known:
        texts += list(metadata["cmx_3600"].get("comments") or [])
    if "AAF" in known:
        texts.append(_mapping(metadata["AAF"].get("UserComments")).get(MARKER))
    reference = clip.media_reference
    if reference is not None:
        texts.append(_mapping(reference.metadata.get("fcpx")).get("note"))
    texts += [_resolve_note(marker) for marker in clip.markers]
    return [text for text in texts if isinstance(text, str)]


def _mapping(value: Any) -> Any:
    return value if hasattr(value, "get") and hasattr(value, "values") else {}


def _resolve_note(marker: Any) -> str:
    return str(_mapping(marker.metadata.get("Resolve_OTIO")).get("Note") or "")


def _is_note(text: str) -> bool:
    return _parsed(text) is not None


def _parsed(text: str) -> dict[str, Any] | None:
    start = text.find('{"' + MARKER + '"')
    if start < 0 or len(text) > MAX_NOTE:
        return None
    try:
        body, _ = json.JSONDecoder().raw_decode(text[start:])
        mine = body[MARKER]
        usable = isinstance(mine, dict) and isinstance(mine.get("v"), int) and mine["v"] <= VERSION
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return mine if usable else None


# --- putting it back -----------------------------------------------------------------------------------------------


def restore(clip: Any, note: dict[str, Any]) -> None:
    """Both references, our metadata and lost retimes, as the note says; what the clip has already is not touched."""
    references = clip.media_references()
    shown = str(note.get("shown", TAKE))
    if TAKE not in references:
        references = _references(clip, note, references, shown)
        clip.set_media_references(references, shown if shown in references else next(iter(references)))
    facts = {key: value for key, value in note.items() if key not in ("v", "shown", "refs", "speeds")}
    clip.metadata[KEY] = {"schema": SCHEMA, **facts}
    _drop_markers(clip)
    has_warp = any(isinstance(effect, otio.schema.TimeEffect) for effect in clip.effects)
    if not has_warp:
        for speed in note.get("speeds") or []:
            clip.effects.append(otio.schema.LinearTimeWarp("", float(speed)))


def _references(clip: Any, note: dict[str, Any], references: dict[str, Any], shown: str) -> dict[str, Any]:
    """The references of the note, the one that this format kept in its place."""
    kept = clip.media_reference
    made = {str(key): _unpacked(packed) for key, packed in _mapping(note.get("refs")).items()}
    if not made:
        return {key: copy.deepcopy(value) for key, value in references.items()}
    if shown in made and isinstance(kept, otio.schema.ExternalReference) and kept.target_url:
        # The host may have moved the file: what it says now is truer than the note. Its range is kept likewise.
        if kept.available_range is None:
            kept.available_range = made[shown].available_range
        made[shown] = copy.deepcopy(kept)
    if TAKE in made and KEY not in made[TAKE].metadata:
        made[TAKE].metadata[KEY] = {"id": note.get("id", ""), "synthetic": True}
    made.setdefault(ORIGINAL, otio.schema.MissingReference())
    return made


# --- the index of a conform ----------------------------------------------------------------------------------------


def remember(clip: Any, store: Store, take_id: str) -> None:
    """Keep the clip's references and metadata in the index, for formats that keep nothing but a file name."""
    store.clips[take_id] = {
        "references": {key: json.loads(ref.to_json_string()) for key, ref in clip.media_references().items()},
        "shown": TAKE,
        "metadata": plain(clip.metadata.get(KEY, {})),
    }


def restore_from_index(clip: Any, take_id: str, clips: dict[str, Any]) -> bool:
    """Restore from an index's `clips`; False where it does not know the take."""
    known = clips.get(take_id)
    if not isinstance(known, dict):
        return False
    try:
        references = {
            str(key): otio.core.deserialize_json_from_string(json.dumps(body))
            for key, body in known["references"].items()
        }
        # A clip that shows a take keeps showing it; one that shows its original gets the take beside it.
        shown = TAKE if take_id_in_name(clip) else str(known["metadata"].get("original_key", ORIGINAL))
        kept = clip.media_reference
        if shown in references and isinstance(kept, otio.schema.ExternalReference):
            references[shown] = kept
        put(clip, references, shown)
        clip.metadata[KEY] = dict(known["metadata"])
    except (ValueError, KeyError, TypeError, AttributeError, otio.exceptions.OTIOError):
        return False
    return True


def index_beside(folder: Path) -> dict[str, Any]:
    """The `clips` of the index in a store folder; empty where there is none."""
    from otio_lipwright.conform.store import Store

    try:
        return Store(folder).clips
    except (LipwrightError, OSError):
        return {}
