"""Drawings show every clip, its state and the words where they are heard; and the commands that make them."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from tests.otio.edits import clip, edit, gap
from tests.otio.test_otio_conform import face, folder, run, save, song
from tests.shared import shared

from lipwright.cli import main
from otio_lipwright.edit.media import ORIGINAL, TAKE
from otio_lipwright.edit.tree import all_clips
from otio_lipwright.files.formats import read
from otio_lipwright.view import drawing
from otio_lipwright.view.lanes import Picture, picture

__all__ = ["folder"]  # the fixture


@pytest.fixture
def conformed(folder: Path) -> Path:
    off = face(0, 24, "cut <away> & back")
    off.enabled = False
    timeline = edit(
        [gap(24, 24), face(100, 96, "wide"), face(0, 24, "b-roll", "noface.mov"), off], [gap(30, 24), song(48, 90)]
    )
    return run(save(timeline, folder))[0].output


def drawn(path: Path) -> Picture:
    return picture(read(path), path)


def test_lanes_say_what_every_clip_shows(conformed: Path) -> None:
    lanes = {lane.name: lane for lane in drawn(conformed).lanes}
    assert [(b.label, b.state, b.start_s, b.end_s) for b in lanes["V1"].blocks] == [
        ("wide", "take", 1.0, 5.0),
        ("b-roll", "plain", 5.0, 6.0),
        ("cut <away> & back", "off", 6.0, 7.0),
    ]
    assert "song.wav" in lanes["V1"].blocks[0].hint


def test_words_lie_where_they_are_heard(conformed: Path) -> None:
    """The vocal starts 30 frames in, at its second 2: its second 3 is heard at 2.25 s."""
    words = next(lane for lane in drawn(conformed).lanes if lane.name == "Vocals").words
    assert {w.text: (w.start_s, w.end_s) for w in words}["w3"] == pytest.approx((2.25, 2.75))
    assert all(1.25 <= w.start_s < w.end_s <= 5.0 for w in words)
    assert len({w.text for w in words}) == len(words)


def test_the_svg_is_sound_and_holds_everything(conformed: Path) -> None:
    root = ET.fromstring(drawing.svg(drawn(conformed)))
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    for wanted in ("wide", "b-roll", "V1", "Vocals", "w3", "01:00:00:00", "shows its take"):
        assert wanted in texts
    titles = [node.text for node in root.iter("{http://www.w3.org/2000/svg}title")]
    assert any("cut <away> & back" in (title or "") for title in titles)


def test_the_page_shows_names_as_text_whatever_they_hold(conformed: Path) -> None:
    page = drawing.page(drawn(conformed))
    assert "<away>" not in page
    assert "cut &lt;away&gt; &amp; back" in page


def test_the_terminal_drawing_is_as_wide_as_asked(conformed: Path) -> None:
    text = drawing.text(drawn(conformed), 80)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "█ wide █" in text
    assert "w3" in text


@pytest.mark.parametrize(
    "name", ["otio-core/effects.otio", "otio-core/nested_example.otio", "resolve-shaped/resolve_shaped_2997.otio"]
)
def test_samples_are_drawn(name: str) -> None:
    path = shared("data", "timelines", name)
    ET.fromstring(drawing.svg(drawn(path)))
    assert drawing.text(drawn(path), 100)


def test_odd_timelines_are_drawn_too() -> None:
    for timeline in (edit([], []), edit([clip("x", "x.mov", 0, -5, 24)], []), clip("x", "x.mov", 0, 5, 24)):
        ET.fromstring(drawing.svg(picture(timeline)))
        assert drawing.text(picture(timeline))


def command(*words: Any) -> int:
    return main([str(word) for word in words])


def test_the_commands(conformed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = conformed.parent
    assert command("timeline", "show", conformed, "--width", "90") == 0
    assert "█ wide █" in capsys.readouterr().out
    for name in ("a.html", "a.svg"):
        assert command("timeline", "show", conformed, "-o", folder / name) == 0
    assert (folder / "a.html").read_text().startswith("<!doctype html>")
    assert command("timeline", "switch", conformed, "original", "-o", folder / "back.otio") == 0
    shown = [
        c.active_media_reference_key for c in all_clips(read(folder / "back.otio")) if TAKE in c.media_references()
    ]
    assert shown == [ORIGINAL]
    assert command("timeline", "write", conformed, "-o", folder / "r.otio", "--for", "resolve") == 0
    assert [c for c in all_clips(otio.adapters.read_from_file(str(folder / "r.otio"))) if TAKE in c.media_references()]
    assert "Resolve discards metadata" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "{}", "-o", "x.pdf"), ".html or .svg"),
        (("switch", "{}", "-o", "x.otio"), "take` or `original"),
        (("switch", "{}", "take"), "give `lipwright timeline switch"),
        (("write", "{}", "-o", "{}"), "would be replaced"),
        (("show", "gone.otio"), "no such file"),
        (("write", "{}", "-o", "x.otio", "--for", "nuke"), "unknown"),
    ],
)
def test_mistakes_are_told_in_a_sentence(
    conformed: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("timeline", *(str(conformed) if word == "{}" else word for word in words)) == 2
    assert said in capsys.readouterr().err


def test_a_dry_run_prints_the_plan_and_writes_nothing(conformed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = conformed.parent
    before = sorted(p.name for p in folder.rglob("*"))
    # These "films" are text: their ranges are in the timeline, so the plan needs no file.
    assert command("conform", folder / "edit.otio", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "new take" in out
    assert "switched off" in out
    assert sorted(p.name for p in folder.rglob("*")) == before
    assert command("conform", folder / "edit.otio") == 2
    assert "give -o OUT" in capsys.readouterr().err
