"""Finding what a clip needs under the configured roots: its media where they moved, its take, its performance."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import opentimelineio as otio

from lipwright.document import SUFFIX
from lipwright.errors import LipwrightError
from otio_lipwright.edit.media import TAKE, Access, media_of, url_like
from otio_lipwright.edit.references import KEY
from otio_lipwright.files import carriers
from otio_lipwright.plugin.restore import STORE


def link(clip: Any, arguments: dict[str, Any]) -> Any:
    """The active reference with its url found again; None (nothing to change) where nothing is found."""
    access = _access(arguments)
    _link_take(clip, access)
    reference = clip.media_reference
    url = str(getattr(reference, "target_url", "") or "")
    if not url:
        found = _by_name(str(clip.name), access)
        if found is None:
            return reference
        linked = otio.schema.ExternalReference(str(found), getattr(reference, "available_range", None))
        linked.metadata[KEY] = {"linked": True}
        _note_performance(linked, found)
        return linked
    try:
        path = access.open(url)
    except (LipwrightError, OSError):
        return reference
    reference.target_url = url_like(path, url)
    _note_performance(reference, path)
    return reference


def _access(arguments: dict[str, Any]) -> Access:
    given = arguments.get("roots") or []
    roots = [given] if isinstance(given, (str, Path)) else list(given)
    named = [*roots, *(root for root in os.environ.get("LIPWRIGHT_MEDIA_ROOTS", "").split(os.pathsep) if root)]
    folders = tuple(dict.fromkeys(Path(root).resolve() for root in named))
    return Access(folders[0] if folders else Path.cwd().resolve(), folders)


def _link_take(clip: Any, access: Access) -> None:
    """The take that an earlier conform made of this clip's footage, from the index under a root."""
    if TAKE in clip.media_references():
        return
    try:
        name = media_of(clip).name
    except LipwrightError:
        return
    for root in access.roots:
        for folder in (root, root / STORE):
            for take_id, body in _index(folder, _stamp(folder)).items():
                if _is_of(body, clip, name) and carriers.restore_from_index(clip, take_id, {take_id: body}):
                    return


def _is_of(body: Any, clip: Any, name: str) -> bool:
    """Whether an index entry's take covers this clip: same footage by name, and the frames of its source range."""
    try:
        references = body["references"]
        original = next(ref for key, ref in references.items() if key != TAKE)
        url = str(original.get("target_url", "")).replace("\\", "/").rsplit("/", 1)[-1]
        take = otio.core.deserialize_json_from_string(_json(references[TAKE]))
    except (KeyError, TypeError, AttributeError, StopIteration, ValueError, otio.exceptions.OTIOError):
        return False
    source = clip.source_range
    return bool(name and url == name and (source is None or take.available_range.contains(source)))


def _json(body: Any) -> str:
    import json

    return json.dumps(body)


def _stamp(folder: Path) -> int:
    index = folder / "index.json"
    return index.stat().st_mtime_ns if index.is_file() else 0


@lru_cache(maxsize=16)
def _index(folder: Path, stamp: int) -> dict[str, Any]:
    """An index, read again when it changed: a linker runs once a clip."""
    return carriers.index_beside(folder) if stamp else {}


def _by_name(name: str, access: Access) -> Path | None:
    if not name or "/" in name or "\\" in name:
        return None
    for root in access.roots:
        for folder in (root, root / "media", root / STORE / "takes"):
            candidate = folder / name
            if candidate.is_file() and candidate.resolve().is_relative_to(root):
                return candidate
    return None


def _note_performance(reference: Any, path: Path) -> None:
    """Name the performance that lies beside the media."""
    document = path.with_suffix(SUFFIX)
    if document.is_file() and document != path:
        facts = dict(reference.metadata.get(KEY, {}))
        reference.metadata[KEY] = {**facts, "performance": document.name}
