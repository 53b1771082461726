"""Lyrics formats read as timelines and are written from them, through the core's own readers and writers."""

from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from tests.otio.edits import clip, edit
from tests.otio.test_otio_performances import performance

from lipwright import document
from lipwright.exports import text_of
from lipwright.lyrics.sources import read_source

ADAPTERS = {"lrc": "lrc", "srt": "srt", "vtt": "vtt", "TextGrid": "textgrid", "tsv": "rhubarb-tsv"}
WORDS = ["Bring", "ママ", "home"]


def marked(timeline: Any, layer: str = "words") -> list[tuple[str, float, float]]:
    return [
        (m.name, m.marked_range.start_time.to_seconds(), m.marked_range.end_time_exclusive().to_seconds())
        for c in timeline.find_clips()
        for m in c.markers
        if m.metadata["lipwright"]["layer"] == layer
    ]


@pytest.mark.parametrize(("suffix", "name"), ADAPTERS.items())
def test_a_performance_is_written_as_the_core_exports_it(suffix: str, name: str, tmp_path: Path) -> None:
    timeline = otio.adapters.read_from_string(document.dumps(performance()), "lipwright")
    path = tmp_path / f"line.{suffix}"
    otio.adapters.write_to_file(timeline, str(path))
    assert path.read_text(encoding="utf-8") == text_of(performance(), name)


@pytest.mark.parametrize("suffix", ["lrc", "vtt", "TextGrid"])
def test_word_times_survive_disk_memory_disk(suffix: str, tmp_path: Path) -> None:
    path, again = tmp_path / f"line.{suffix}", tmp_path / f"again.{suffix}"
    path.write_text(text_of(performance(), ADAPTERS[suffix]), encoding="utf-8")
    timeline = otio.adapters.read_from_file(str(path))
    found = marked(timeline)
    assert [name for name, _, _ in found] == WORDS
    for (_, start_s, _), word in zip(found, performance().words, strict=True):
        assert start_s == pytest.approx(word.start_s, abs=0.006)  # LRC has hundredths
    otio.adapters.write_to_file(timeline, str(again))
    second = marked(otio.adapters.read_from_file(str(again)))
    assert [name for name, _, _ in second] == WORDS
    assert [start for _, start, _ in second] == pytest.approx([start for _, start, _ in found], abs=0.006)


def test_subtitles_are_lines_and_stay_lines(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,500\nHello there\n\n2\n00:00:03,000 --> 00:00:04,000\nAgain\n"
    timeline = otio.adapters.read_from_string(text, "lipwright_srt")
    assert marked(timeline, "lines") == [("Hello there", 1.0, 2.5), ("Again", 3.0, 4.0)]
    back = read_source(otio.adapters.write_to_string(timeline, "lipwright_srt")).lines
    assert [(line.text, line.start_s, line.end_s) for line in back] == [("Hello there", 1.0, 2.5), ("Again", 3.0, 4.0)]


def test_text_without_times_and_timelines_without_words_say_so() -> None:
    with pytest.raises(ValueError, match="no times"):
        otio.adapters.read_from_string("Hello there", "lipwright_lrc")
    with pytest.raises(ValueError, match="neither a performance nor words"):
        otio.adapters.write_to_string(edit([clip("a", "a.mov", 0, 5, 24)], []), "lipwright_srt")


def test_rhubarb_letters_survive_disk_memory_disk(tmp_path: Path) -> None:
    path, again = tmp_path / "line.tsv", tmp_path / "again.tsv"
    path.write_text(text_of(performance(), "rhubarb-tsv"), encoding="utf-8")
    timeline = otio.adapters.read_from_file(str(path))
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    found = marked(timeline, "letters")
    assert [name for name, _, _ in found] == [letter for _, letter in lines[:-1]]
    assert [start for _, start, _ in found] == pytest.approx([float(time_s) for time_s, _ in lines[:-1]], abs=1e-6)
    otio.adapters.write_to_file(timeline, str(again))
    assert again.read_text() == path.read_text()
