"""Resolve's scripting API as it behaves, not as it looks.

Failures come back as None, False, [] or {} and never as exceptions; `hasattr` is always True; several calls have an
old and a new form. Everything the script asks of Resolve goes through here.
"""

import json
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .errors import Refused

VIDEO, AUDIO = "video", "audio"
VIDEO_ONLY = 1  # mediaType of AppendToTimeline


def has(thing: Any, name: str) -> bool:
    """Whether an API object really has a method; `hasattr` says yes to everything."""
    try:
        return name in dir(thing)
    except Exception:  # noqa: BLE001 - a dead proxy raises whatever it likes; then nothing can be called on it
        return False


def connect(given: Mapping[str, Any]) -> Any:
    """The live `resolve` object, from the globals that Resolve injects, or from outside. Raises Refused."""
    resolve = given.get("resolve")
    if resolve is None and given.get("bmd") is not None:
        resolve = given["bmd"].scriptapp("Resolve")
    if resolve is None:
        try:
            import DaVinciResolveScript  # type: ignore[import-not-found]
        except ImportError:
            raise Refused(
                "Resolve cannot be reached from here; start Lipwright from Workspace > Scripts inside Resolve"
            ) from None
        resolve = DaVinciResolveScript.scriptapp("Resolve")
    if resolve is None:
        raise Refused(
            "Resolve does not answer; open it, and in Preferences > System > General set external scripting to Local"
        )
    return resolve


def version(resolve: Any) -> Tuple[int, ...]:
    """Resolve's version as numbers, (21, 0, 4)."""
    parts = resolve.GetVersion() or []
    return tuple(int(part) for part in parts[:3] if str(part).isdigit())


def is_studio(resolve: Any) -> bool:
    """Whether this is the Studio edition; nothing that only Studio has may be called elsewhere (it opens a dialog)."""
    if has(resolve, "IsStudio"):
        return bool(resolve.IsStudio())
    return "studio" in str(resolve.GetProductName() or "").lower()


def project_of(resolve: Any) -> Any:
    """The open project. Raises Refused when there is none, or when Resolve is closing."""
    manager = resolve.GetProjectManager()
    project = manager.GetCurrentProject() if manager else None
    if project is None or not manager.GetCurrentDatabase():
        raise Refused("no project is open; open a project and its timeline, then start Lipwright again")
    return project


def timeline_of(project: Any) -> Any:
    """The current timeline. Raises Refused when there is none."""
    timeline = project.GetCurrentTimeline()
    if timeline is None:
        raise Refused("no timeline is open; open the timeline with your clips, then start Lipwright again")
    return timeline


def setting(timeline: Any, project: Any, name: str) -> str:
    """A setting of the timeline, else of the project, in whichever calling form this version has."""
    for owner in (timeline, project):
        new_form = has(owner, "GetSettings")
        value = (owner.GetSettings() or {}).get(name) if new_form else owner.GetSetting(name)
        if value not in (None, ""):
            return str(value)
    return ""


def properties(item: Any) -> Dict[str, Any]:
    """A timeline item's transform and other properties."""
    found = item.GetProperties() if has(item, "GetProperties") else item.GetProperty()
    return dict(found) if isinstance(found, dict) else {}


def clip_property(pool_item: Any, name: str) -> str:
    """A media pool item's property as text, "" where it has none."""
    value = pool_item.GetClipProperty(name)
    return "" if value is None or isinstance(value, dict) else str(value)


def items_of(timeline: Any, kind: str) -> List[Tuple[int, Any]]:
    """(track number from 1, item) of every item on the tracks of one kind, in order."""
    found = []
    for track in range(1, int(timeline.GetTrackCount(kind) or 0) + 1):
        for item in timeline.GetItemListInTrack(kind, track) or []:
            found.append((track, item))
    return found


def by_uid(timeline: Any, kind: str, uid: str) -> Optional[Any]:
    """The item with this unique id, looked up anew: old handles go stale when an edit moves."""
    for _track, item in items_of(timeline, kind):
        if item.GetUniqueId() == uid:
            return item
    return None


def import_media(pool: Any, path: str, folder: Any) -> Any:
    """The media pool item for `path`, imported into `folder`; the current folder is put back. Raises Refused."""
    known = _in_folder(folder, path)
    if known is not None:
        return known
    before = pool.GetCurrentFolder()
    pool.SetCurrentFolder(folder)
    try:
        imported = pool.ImportMedia([{"FilePath": path}]) or pool.ImportMedia([path])
    finally:
        if before is not None:
            pool.SetCurrentFolder(before)
    item = imported[0] if imported else _in_folder(folder, path)
    if item is None:
        raise Refused("Resolve would not import %r; check that it can play this codec, then Update" % path)
    return item


def _in_folder(folder: Any, path: str) -> Optional[Any]:
    for item in folder.GetClipList() or []:
        if clip_property(item, "File Path") == path:
            return item
    return None


def subfolder(pool: Any, name: str) -> Any:
    """The bin `name` under the root, made if it is missing. Raises Refused."""
    root = pool.GetRootFolder()
    for folder in root.GetSubFolderList() or []:
        if folder.GetName() == name:
            return folder
    made = pool.AddSubFolder(root, name)
    if made is None or made is False:
        raise Refused("Resolve would not make the bin %r; unlock the project's media pool and try again" % name)
    return made


def append(pool: Any, info: Dict[str, Any]) -> List[Any]:
    """AppendToTimeline in the clipInfo form; phantom items (without a unique id) are left out."""
    made: Sequence[Any] = pool.AppendToTimeline([info]) or []
    return [item for item in made if item is not None and item.GetUniqueId()]


def read_json(text: Any) -> Dict[str, Any]:
    """A JSON object that Resolve or a marker carries; {} for anything else."""
    try:
        value = json.loads(text) if text else {}
    except (TypeError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
