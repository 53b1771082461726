"""OTIO's JSON looked at before its own reader, which ends the whole process on some files instead of refusing them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from lipwright.errors import LipwrightError, TimelineError

JSON_FILES = {"otio", "json"}
BUNDLED = "content.otio"  # the edit's name inside .otioz and .otiod
# Edits nest a few dozen brackets; OTIO's reader and writer recurse once a bracket.
MAX_BRACKETS = 400
# Far above any edit; a bundle's edit that unpacks to more is no edit.
MAX_BYTES = 2 << 30


def check_json(path: Path, suffix: str) -> None:
    """Refuse JSON that OTIO's reader would not survive, or that holds no OTIO object. Raises TimelineError."""
    body = _text_of(path, suffix)
    if body is None:
        return
    try:
        found = json.loads(body, object_pairs_hook=lambda pairs: _once(pairs, path.name))
    except LipwrightError:
        raise
    except RecursionError as error:
        raise _too_deep(path) from error
    except ValueError as error:
        raise TimelineError(
            f"{path.name!r} is no JSON ({error}); save it again in the program that wrote it"
        ) from error
    if not isinstance(found, dict) or "OTIO_SCHEMA" not in found:
        raise TimelineError(f"{path.name!r} is JSON without an OTIO object (no OTIO_SCHEMA); choose an OTIO timeline")
    if _depth(found) > MAX_BRACKETS:
        raise _too_deep(path)


def _text_of(path: Path, suffix: str) -> bytes | None:
    if suffix in JSON_FILES:
        return path.read_bytes()
    if suffix == "otiod":
        inside = path / BUNDLED
        return inside.read_bytes() if inside.is_file() else None
    if suffix != "otioz":
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(BUNDLED).file_size > MAX_BYTES:
                raise TimelineError(f"{path.name!r} holds an edit of more than {MAX_BYTES >> 30} GiB; export it again")
            return archive.read(BUNDLED)
    except (zipfile.BadZipFile, KeyError) as error:
        raise TimelineError(f"{path.name!r} is no bundle of an edit ({error}); export it again") from error


def _once(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    """An object whose keys are there once; OTIO's reader dies of a key that is there twice."""
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise TimelineError(f"{name!r} has the key {twice[:60]!r} twice in one object; save it again in its program")
    return made


def _depth(found: Any) -> int:
    level, depth = [found], 0
    while level and depth <= MAX_BRACKETS:
        inside = [x.values() if isinstance(x, dict) else x for x in level]
        level = [y for x in inside for y in x if isinstance(y, (dict, list))]
        depth += 1
    return depth


def _too_deep(path: Path) -> TimelineError:
    return TimelineError(f"{path.name!r} nests more than {MAX_BRACKETS} brackets deep; flatten it and save again")
