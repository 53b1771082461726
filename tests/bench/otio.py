"""How long a 5,000-clip timeline takes to plan, and what our reading and writing add to OTIO's own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio
from tests.otio.edits import clip, edit, gap, media

from otio_lipwright.edit.media import ORIGINAL, TAKE
from otio_lipwright.edit.plan import plan
from otio_lipwright.edit.tree import all_clips
from otio_lipwright.files import formats
from otio_lipwright.view import drawing
from otio_lipwright.view.lanes import picture

CLIPS, RATE, LENGTH = 5_000, 30000 / 1001, 36


def timeline() -> Any:
    """Two hours of 1.2 s cuts with retimes, transitions and gaps, over a vocal in 1,000 pieces; every clip has a take."""
    video: list[Any] = []
    for number in range(CLIPS):
        item = clip(f"shot {number}", f"media/cam{number % 40}.mov", number % 900, LENGTH, RATE, tc=107_892, has=5_000)
        if number % 10 == 3:
            item.effects.append(otio.schema.LinearTimeWarp("", 2.0))
        take = media(f"lipwright/takes/cam.lw-{number:012x}.mov", 107_892 + number % 900 - 12, 60, RATE)
        item.set_media_references({ORIGINAL: item.media_reference, TAKE: take}, TAKE)
        item.metadata["lipwright"] = {"schema": "lipwright.clip/1", "id": f"{number:012x}", "vocal": ["song.wav"]}
        if number % 25 == 7:
            video.append(otio.schema.Transition("", "SMPTE_Dissolve", *(otio.opentime.RationalTime(5, RATE),) * 2))
        video.append(item)
        if number % 50 == 9:
            video.append(gap(12, RATE))
    pieces = [clip(f"v{n}", "song.wav", n * 180, 180, RATE, has=10**6) for n in range(CLIPS // 5)]
    return edit(video, pieces, RATE, 107_892)


def rows() -> Iterator[tuple[str, float, str]]:
    """(what, seconds of processor time, how much of what)."""
    made = timeline()
    took, found = _timed(lambda: plan(made))
    yield "plan", took, f"{len(found.jobs)} of {len(found.clips)} clips to do"
    with tempfile.TemporaryDirectory() as folder:
        for name in ("t.otio", "t.xml"):
            path = Path(folder) / name
            if path.suffix == ".xml" and "fcp_xml" not in otio.adapters.available_adapter_names():
                continue
            yield from _read_and_write(made, path)
        yield "both references bundled", *_bundle(made, Path(folder))
    took, page = _timed(lambda: drawing.page(picture(made)))
    yield "drawn as HTML", took, f"{len(page) / 1e6:.1f} MB"


def _read_and_write(made: Any, path: Path) -> Iterator[tuple[str, float, str]]:
    flat = formats.prepared(made, formats.target_for(path)[1])
    own_write, _ = _timed(lambda: otio.adapters.write_to_file(flat, str(path)))
    hooks = otio.plugins.ActiveManifest().hooks["post_adapter_read"]
    hooks.remove("lipwright_restore")
    own_read, _ = _timed(lambda: otio.adapters.read_from_file(str(path)))
    hooks.append("lipwright_restore")
    ours_write, _ = _timed(lambda: formats.write(made, path))
    ours_read, back = _timed(lambda: formats.read(path))
    restored = sum(TAKE in item.media_references() for item in all_clips(back))
    beyond = ours_write + ours_read - own_write - own_read
    note = f"OTIO alone {own_write:.2f} + {own_read:.2f} s, ours {ours_write:.2f} + {ours_read:.2f} s, {restored} takes back"
    yield f"read + write {path.suffix} beyond OTIO's own", beyond, note


def _bundle(made: Any, folder: Path) -> tuple[float, str]:
    for item in all_clips(made):
        for reference in item.media_references().values():
            path = folder / reference.target_url
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"x")
    took, left = _timed(lambda: formats.write(made, folder / "all.otioz"))
    return took, f"{len(left)} left out"


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time: other programs on the machine do not count."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main() -> None:
    """Print the rows, with what is promised."""
    print(f"{CLIPS} clips; promised: plan <= 2 s, read + write <= 3 s beyond OTIO's own")
    for what, seconds, note in rows():
        print(f"  {what:42} {seconds:7.2f} s   {note}")


if __name__ == "__main__":
    main()
