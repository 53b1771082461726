"""Takes that no timeline shows any more: found by looking into every timeline beside them, removed only when asked."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lipwright.errors import TimelineError
from otio_lipwright.conform.store import Store, TakeRecord

# Files that may refer to a take, ours and editors' own.
TIMELINES = {".otio", ".otioz", ".otiod", ".json", ".xml", ".edl", ".aaf", ".fcpxml", ".prproj", ".drt", ".drp"}
# A larger file is no timeline.
MAX_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Unused:
    """A take that none of the timelines mentions, and the bytes that go with it."""

    record: TakeRecord
    files: tuple[Path, ...]
    size: int


def timelines_beside(timeline: Path, more: Iterable[Path] = ()) -> tuple[Path, ...]:
    """The timeline, those that lie in the same folder, and `more`. Raises TimelineError for one that is not there."""
    given = [timeline, *more]
    for path in given:
        if not path.exists():
            raise TimelineError(f"cannot read {str(path)!r} (no such file); check the path")
    near = (path for path in timeline.resolve().parent.iterdir() if path.suffix.lower() in TIMELINES)
    return tuple(sorted({path.resolve() for path in (*given, *near)}))


def unused(store: Store, timelines: Iterable[Path]) -> tuple[Unused, ...]:
    """Takes of the store's index, whose files are there, that none of the timelines mentions."""
    waiting = {record.id: record for record in store.takes if store.path(record.file).is_file()}
    for path in timelines:
        for text in _contents(path):
            for take_id in [one for one in waiting if _mentions(text, one)]:
                del waiting[take_id]
    return tuple(_with_files(store, record) for record in sorted(waiting.values(), key=lambda record: record.file))


def remove(store: Store, takes: Iterable[Unused]) -> int:
    """Delete the takes and forget them; how many bytes that frees. The index is written first, and goes on knowing
    the clips, so that a timeline that comes back from elsewhere still finds its originals."""
    takes = tuple(takes)
    gone = {take.record.file for take in takes}
    store.takes = [record for record in store.takes if record.file not in gone]
    store.save()
    for take in takes:
        for path in take.files:
            path.unlink(missing_ok=True)
    return sum(take.size for take in takes)


def _with_files(store: Store, record: TakeRecord) -> Unused:
    path = store.path(record.file)
    report = path.with_name(f"{path.stem}.report.json")  # what a dub leaves beside a take
    files = tuple(one for one in (path, report) if one.is_file())
    return Unused(record, files, sum(one.stat().st_size for one in files))


def _contents(path: Path) -> Iterator[bytes]:
    """The bytes of a timeline: of the members of a bundle, unpacked where it is packed."""
    if path.is_dir():
        for inner in path.glob("*.otio"):
            yield from _contents(inner)
        return
    if path.stat().st_size > MAX_BYTES and path.suffix.lower() != ".otioz":
        raise TimelineError(f"{path.name!r} is too large for a timeline; move it away, or clean by hand")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if Path(member.filename).suffix.lower() in {".otio", ".xml", ".json"} and member.file_size < MAX_BYTES:
                    yield archive.read(member)
        return
    data = path.read_bytes()
    yield gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _mentions(text: bytes, take_id: str) -> bool:
    """Whether a take's id stands in a file, as text or as the two-byte text of an AAF."""
    return take_id.encode() in text or take_id.encode("utf-16-le") in text
