"""The media linker finds media, takes and performances under the roots that it is given, and nothing elsewhere."""

import shutil
from pathlib import Path
from typing import Any

import opentimelineio as otio
from tests.otio.edits import clip, edit
from tests.otio.test_otio_conform import folder, run, save, song

from otio_lipwright.edit.media import ORIGINAL, TAKE
from otio_lipwright.edit.tree import all_clips

__all__ = ["folder"]  # the fixture


def linked(path: Path, *roots: Path) -> Any:
    arguments = {"roots": [str(root) for root in roots]}
    return otio.adapters.read_from_file(
        str(path), media_linker_name="lipwright_linker", media_linker_argument_map=arguments
    )


def test_the_take_of_an_earlier_conform_is_put_beside_the_original(folder: Path) -> None:
    source = save(edit([clip("a", "face.mov", 100, 48, 24, has=5000)], [song()]), folder)
    result, _, _ = run(source)
    timeline = linked(source, folder)
    item = next(all_clips(timeline))
    references = item.media_references()
    assert Path(references[TAKE].target_url).name == result.outcomes[0].take.name  # type: ignore[union-attr]
    assert Path(references[ORIGINAL].target_url).name == "face.mov"
    assert item.active_media_reference_key == ORIGINAL
    assert item.metadata["lipwright"]["vocal"][0] == "song.wav"


def test_media_that_moved_are_found_by_name_and_their_performance_is_named(folder: Path) -> None:
    source = save(edit([clip("a", "/old/disk/face.mov", 0, 24, 24)], [song()]), folder)
    (folder / "media").mkdir()
    shutil.move(folder / "face.mov", folder / "media" / "face.mov")
    (folder / "media" / "face.lipwright").write_text("{}")
    timeline = linked(source, folder)
    reference = next(all_clips(timeline)).media_reference
    assert Path(reference.target_url) == folder / "media" / "face.mov"
    assert reference.metadata["lipwright"]["performance"] == "face.lipwright"


def test_offline_clips_are_linked_by_their_name(folder: Path) -> None:
    item = otio.schema.Clip("face.mov", otio.schema.MissingReference(), clip("", "x", 0, 24, 24).source_range)
    timeline = linked(save(edit([item], []), folder), folder)
    assert Path(next(all_clips(timeline)).media_reference.target_url) == folder / "face.mov"


def test_what_lies_elsewhere_or_is_nowhere_keeps_its_address(folder: Path, tmp_path_factory: Any) -> None:
    other = tmp_path_factory.mktemp("other") / "x.mov"
    other.write_bytes(b"x")
    urls = [str(other), "../up.mov", "https://example.com/x.mov", "gone.mov"]
    source = save(edit([clip(str(n), url, 0, 24, 24) for n, url in enumerate(urls)], []), folder)
    timeline = linked(source, folder)
    assert [item.media_reference.target_url for item in all_clips(timeline)] == urls
