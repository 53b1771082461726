"""A conform does what the plan says, once: moved, trimmed and re-ordered clips keep their takes and corrections."""

import copy
import dataclasses
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from tests.otio.edits import clip, edit, gap, spanning
from tests.otio.fakes import FakeDubber, FakePerformer, mouth_at

from lipwright import document
from lipwright.errors import OutputError
from lipwright.types import Corrections, SpanEdit
from otio_lipwright.conform.conforming import Options, Result, conform, shifted
from otio_lipwright.edit.media import ORIGINAL, TAKE
from otio_lipwright.edit.references import switch
from otio_lipwright.edit.tree import all_clips
from otio_lipwright.files.formats import read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("face.mov", "other.mov", "song.wav", "noface.mov", "torn.mov", "broken.wav"):
        (tmp_path / name).write_bytes(name.encode() * 100)
    return tmp_path


def save(timeline: Any, folder: Path, name: str = "edit.otio") -> Path:
    path = folder / name
    otio.adapters.write_to_file(timeline, str(path))
    return path


def run(
    source: Path, performer: Any = None, dubber: Any = None, out: str = "out.otio", **options: Any
) -> tuple[Result, FakePerformer, FakeDubber]:
    performer, dubber = performer or FakePerformer(), dubber or FakeDubber()
    return conform(source, source.parent / out, Options(**options), performer, dubber), performer, dubber


def face(start: float = 100, length: float = 48, name: str = "a", url: str = "face.mov") -> Any:
    return clip(name, url, start, length, 24, has=5000)


def song(start: float = 0, length: float = 480) -> Any:
    return clip("song", "song.wav", start, length, 24, has=1440)


def take_of(item: Any, folder: Path) -> Any:
    return json.loads((folder / item.media_references()[TAKE].target_url).read_text())


def test_a_take_covers_the_cut_and_its_handles_with_the_mouths_of_the_vocal_under_it(folder: Path) -> None:
    source = save(edit([gap(24, 24), face()], [song(start=48)]), folder)
    result, performer, dubber = run(source)
    (outcome,) = result.outcomes
    assert (outcome.state, outcome.take and outcome.take.is_file()) == ("new", True)
    item = next(all_clips(read(result.output)))
    assert item.active_media_reference_key == TAKE
    references = item.media_references()
    assert references[ORIGINAL].target_url == "face.mov"
    assert references[TAKE].available_range.start_time.value == 88
    assert references[TAKE].available_range.duration.value == 72
    made = take_of(item, folder)
    assert (made["first"], made["end"]) == (88, 160)
    # Frame 100 is shown at 1 s, where the vocal, which starts at its second 2, is at 3 s.
    assert made["mouths"][12] == pytest.approx(mouth_at(3.0), abs=1e-4)
    assert made["mouths"][12 + 47] == pytest.approx(mouth_at(3.0 + 47 / 24), abs=1e-4)
    assert performer.asked == [("song.wav", 1.5, 6.5)]  # just the range, its handles, a second on either side
    assert len(dubber.made) == 1
    assert item.metadata["lipwright"]["vocal_start_s"] == 2.5
    assert item.metadata["lipwright_performance"].vocal == "song.wav"


def test_one_switch_returns_the_original_and_everything_else_is_as_it_was(folder: Path) -> None:
    item = face()
    item.effects.append(otio.schema.LinearTimeWarp("speed", 0.5))
    item.metadata["studio"] = {"shot": 12}
    timeline = edit([item], [song()])
    source = save(timeline, folder)
    before = read(source)
    result, _, _ = run(source)
    after = read(result.output)
    assert switch(after, "original") == 1
    shown = next(all_clips(after))
    assert shown.media_reference.is_equivalent_to(before.tracks[0][0].media_reference)
    assert switch(after, "original") == 0
    assert switch(after, "take") == 1
    for one in all_clips(after):
        if TAKE in one.media_references():
            one.set_media_references({ORIGINAL: one.media_references()[ORIGINAL]}, ORIGINAL)
            for key in ("lipwright", "lipwright_performance"):
                del one.metadata[key]
    assert after.is_equivalent_to(before)


def test_doing_it_again_does_nothing_again(folder: Path) -> None:
    source = save(edit([face(), face(300, 48, "b")], [song()]), folder)
    first, _, _ = run(source)
    text = first.output.read_text()
    again, performer, dubber = run(source)
    assert [o.state for o in again.outcomes] == ["kept", "kept"]
    assert (performer.asked, dubber.made) == ([], [])
    assert again.output.read_text() == text


def test_moved_trimmed_and_reordered_clips_keep_their_takes(folder: Path) -> None:
    """A clip and the vocal under it move together, as in a ripple edit; trims stay inside the handles."""
    source = save(edit([face(100, 48, "a"), face(400, 48, "b")], [song(0, 48), song(240, 48)]), folder)
    first, _, _ = run(source)
    takes = {o.name: o.take for o in first.outcomes}
    # b before a, a moved by a gap and trimmed: 4 frames at the head, 8 longer at the tail (inside the handle).
    video = [face(400, 48, "b"), gap(30, 24), face(104, 52, "a")]
    audio = [song(240, 48), gap(30, 24), song(4, 52)]
    result, performer, dubber = run(save(edit(video, audio), folder, "edit2.otio"), out="out2.otio")
    assert {o.name: o.take for o in result.outcomes} == takes
    assert [o.state for o in result.outcomes] == ["kept", "kept"]
    assert (performer.asked, dubber.made) == ([], [])
    moved = next(c for c in all_clips(read(result.output)) if c.name == "a")
    assert moved.media_reference.available_range.contains(moved.source_range)


def test_only_what_changed_is_done_again(folder: Path) -> None:
    source = save(edit([face(100, 48, "a"), face(400, 48, "b")], [song()]), folder)
    run(source)
    # b now starts 6 frames later against the vocal: another mouth. a is as it was.
    slipped = save(edit([face(100, 48, "a"), face(406, 48, "b")], [song()]), folder, "edit2.otio")
    result, performer, _ = run(slipped, out="out2.otio")
    assert [(o.name, o.state) for o in result.outcomes] == [("a", "kept"), ("b", "new")]
    assert performer.asked == []
    (folder / "face.mov").write_bytes(b"another picture")
    result, _, _ = run(slipped, out="out2.otio")
    assert [o.state for o in result.outcomes] == ["new", "new"]
    result, _, _ = run(slipped, dubber=FakeDubber("other look"), out="out2.otio")
    assert [o.state for o in result.outcomes] == ["new", "new"]


def test_hand_corrections_are_kept_and_only_the_clips_under_them_are_done_again(folder: Path) -> None:
    source = save(edit([face(100, 48, "a"), gap(480, 24), face(400, 48, "b")], [song(0, 1200)]), folder)
    result, performer, _ = run(source)
    assert len(performer.asked) == 2  # far apart: two stretches
    path = next(p for p in (result.store / "performances").glob("*") if document.load(p).words[0].text == "w0")
    made = document.load(path)
    word = made.words[0]
    edited = SpanEdit("words", word.start_s, word.end_s, word.text, word.start_s, word.end_s + 0.1, word.text)
    document.save(dataclasses.replace(made, corrections=Corrections((edited,))), path)
    again, performer, dubber = run(source)
    assert sorted(o.state for o in again.outcomes) == ["kept", "new"]
    assert len(performer.asked) == 1  # acted again, from its own timing
    assert document.load(path).corrections.spans == (edited,)
    _, performer, dubber = run(source)
    assert (performer.asked, dubber.made) == ([], [])
    # The cut grows beyond what was performed: the new performance carries the correction on its own clock.
    longer = save(edit([face(100, 200, "a")], [song(0, 1200)]), folder, "edit2.otio")
    result, performer, _ = run(longer, out="out2.otio")
    assert [o.state for o in result.outcomes] == ["new"]
    documents = [document.load(p) for p in (result.store / "performances").glob("*")]
    assert sum(edited in one.corrections.spans for one in documents) == 2


def test_corrections_move_with_the_clock() -> None:
    edits = Corrections((SpanEdit("words", 2.0, 2.5, "a", 2.1, 2.6, "a"),))
    assert shifted(edits, 1.5).spans[0].start_s == 3.6
    assert shifted(edits, -3.0).spans == ()
    assert shifted(shifted(edits, 1.25), -1.25) == edits


def test_a_reversed_clip_gets_its_mouths_in_the_order_of_its_own_frames(folder: Path) -> None:
    item = face(100, 48)
    item.effects.append(otio.schema.LinearTimeWarp("back", -1.0))
    result, _, _ = run(save(edit([item], [song()]), folder), handles=0)
    made = take_of(next(all_clips(read(result.output))), folder)
    # Frame 147 is shown first (vocal 0 .. 1/24 s), frame 100 last.
    assert made["mouths"][47] == pytest.approx(mouth_at(1 / 24), abs=2e-3)
    assert made["mouths"][0] == pytest.approx(mouth_at(2.0), abs=2e-3)
    assert made["mouths"] == sorted(made["mouths"], reverse=True)


def test_a_retimed_clip_gets_a_mouth_that_is_right_when_it_is_played(folder: Path) -> None:
    item = face(100, 48)
    item.effects.append(otio.schema.LinearTimeWarp("fast", 2.0))
    result, _, _ = run(save(edit([item], [song()]), folder), handles=0)
    made = take_of(next(all_clips(read(result.output))), folder)
    assert made["end"] - made["first"] == 96
    for record in range(48):  # record frame n shows media frame 2n and hears second n/24
        assert made["mouths"][2 * record] == pytest.approx(mouth_at(record / 24), abs=2e-3)


def test_one_bad_clip_does_not_keep_the_others(folder: Path) -> None:
    video = [
        face(100, 24, "good"),
        face(0, 24, "missing", "gone.mov"),
        face(0, 24, "noface", "noface.mov"),
        face(0, 24, "torn", "torn.mov"),
        face(0, 24, "far", "/etc/hostname"),
        face(0, 24, "up", "../secret.mov"),
        face(0, 24, "host", "file://server/x.mov"),
        face(0, 24, "web", "https://example.com/x.mov"),
        face(300, 24, "also good", "other.mov"),
    ]
    result, _, _ = run(save(edit(video, [song()]), folder))
    found = {o.name: (o.state, o.text) for o in result.outcomes}
    assert [name for name, (state, _) in found.items() if state == "new"] == ["good", "also good"]
    for name, word in (
        ("missing", "missing"),
        ("torn", "decoded"),
        ("far", "outside the folders"),
        ("up", r"'..'"),
        ("host", "another computer"),
        ("web", "network"),
    ):
        state, text = found[name]
        assert (state, word in text) == ("failed", True), (name, text)
    assert (found["noface"][0], "no face" in found["noface"][1]) == ("left", True)
    assert len(list(all_clips(read(result.output)))) == 10


def test_allowed_folders_and_any_path(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("disk")
    (elsewhere / "x.mov").write_bytes(b"x")
    source = save(edit([face(0, 24, "a", str(elsewhere / "x.mov"))], [song()]), folder)
    assert run(source)[0].outcomes[0].state == "failed"
    result, _, _ = run(source, roots=(elsewhere,))
    assert result.outcomes[0].state == "new"
    # The reference is written the way the original's is: a bare native path stays one.
    url = next(all_clips(read(result.output))).media_reference.target_url
    assert Path(url).is_absolute()
    assert not url.startswith("file:")
    assert run(source, anywhere=True)[0].outcomes[0].state == "kept"


def test_a_link_that_leaves_the_folder_is_outside_it(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("secret") / "x.mov"
    secret.write_bytes(b"secret")
    try:
        (folder / "link.mov").symlink_to(secret)
    except OSError:
        pytest.skip("this system makes no symbolic links")
    result, _, _ = run(save(edit([face(0, 24, "a", "link.mov")], [song()]), folder))
    assert "outside the folders" in result.outcomes[0].text


def test_a_broken_vocal_fails_its_own_clips(folder: Path) -> None:
    audio = [song(0, 24), clip("b", "broken.wav", 0, 24, 24, has=1440)]
    result, _, _ = run(save(edit([face(100, 24, "a"), face(200, 24, "b")], audio), folder))
    assert [(o.name, o.state) for o in result.outcomes] == [("a", "new"), ("b", "failed")]
    assert "no sound" in result.outcomes[1].text


def test_a_clip_that_lost_its_vocal_gets_its_original_back(folder: Path) -> None:
    source = save(edit([face()], [song()]), folder)
    run(source)
    conformed = read(folder / "out.otio")
    conformed.tracks[1][0].enabled = False
    result, _, _ = run(save(conformed, folder, "edit2.otio"), out="out2.otio")
    assert result.outcomes[0].state == "left"
    item = next(all_clips(read(result.output)))
    assert list(item.media_references()) == [ORIGINAL]
    assert "lipwright" not in item.metadata


def test_a_conformed_timeline_can_be_conformed_again(folder: Path) -> None:
    """A week later the editor hands back what we wrote: the original is the source again, never the take."""
    source = save(edit([face()], [song()]), folder)
    run(source)
    result, _, _ = run(folder / "out.otio", out="out2.otio")
    assert [o.state for o in result.outcomes] == ["kept"]
    item = next(all_clips(read(result.output)))
    assert item.media_references()[ORIGINAL].target_url == "face.mov"
    assert sorted(item.media_references()) == [ORIGINAL, TAKE]


def test_media_shorter_than_the_range(folder: Path) -> None:
    result, _, _ = run(save(edit([face(100, 48)], [song()]), folder), dubber=FakeDubber(frames=130))
    (outcome,) = result.outcomes
    assert outcome.state == "new"
    assert "18 frames shorter" in outcome.text
    made = take_of(next(all_clips(read(result.output))), folder)
    assert made["end"] == 130
    result, _, _ = run(save(edit([face(900, 48)], [song()]), folder), dubber=FakeDubber(frames=130))
    assert "begins at frame 900" in result.outcomes[0].text


def test_media_of_unknown_length_are_measured(folder: Path) -> None:
    item = face(100, 48)
    item.media_reference.available_range = None
    result, _, _ = run(save(edit([item], [song()]), folder), handles=0)
    assert result.outcomes[0].state == "new"
    written = next(all_clips(read(result.output)))
    assert written.media_references()[ORIGINAL].available_range is None  # the original stays as it came


def test_the_input_is_never_overwritten_unless_asked(folder: Path) -> None:
    source = save(edit([face()], [song()]), folder)
    text = source.read_bytes()
    with pytest.raises(OutputError, match="--in-place"):
        run(source, out="edit.otio")
    assert source.read_bytes() == text
    result, _, _ = run(source, out="edit.otio", in_place=True)
    assert next(all_clips(read(result.output))).active_media_reference_key == TAKE


def test_the_original_can_be_left_showing(folder: Path) -> None:
    result, _, _ = run(save(edit([face()], [song()]), folder), show="original")
    item = next(all_clips(read(result.output)))
    assert item.active_media_reference_key == ORIGINAL
    assert TAKE in item.media_references()


def test_whole_vocals_are_performed_whole_where_the_performer_needs_it(folder: Path) -> None:
    _, performer, _ = run(save(edit([face()], [song(240)]), folder), performer=FakePerformer(whole=True))
    assert performer.asked == [("song.wav", 0.0, None)]


def test_a_damaged_index_says_what_to_do(folder: Path) -> None:
    source = save(edit([face()], [song()]), folder)
    (folder / "lipwright").mkdir()
    for text in (
        "{",
        '{"schema": "lipwright.conform/9"}',
        '{"schema":"lipwright.conform/1","takes":[{"file":"../x"}]}',
    ):
        (folder / "lipwright" / "index.json").write_text(text)
        with pytest.raises(ValueError, match="move it away"):
            run(source)


@pytest.mark.parametrize("rate", [24000 / 1001, 25.0, 30000 / 1001, 29.97, 59.94])
def test_take_ranges_lie_on_the_frames_of_the_media(folder: Path, rate: float) -> None:
    """Timecode-absolute media an hour in, as Resolve writes them: the take's range is exact at every rate."""
    tc = 107_892
    item = clip("a", "face.mov", 1000, 50, rate, tc=tc, has=5000)
    source = save(edit([item], [clip("v", "song.wav", 0, 500, rate, has=1000)], rate, tc), folder)
    result, _, _ = run(source, dubber=FakeDubber(fps=Fraction(24)))
    written = next(all_clips(read(result.output)))
    available = written.media_reference.available_range
    assert (available.start_time.value, available.duration.value) == (tc + 988, 74)
    assert available.start_time.rate == rate
    assert written.source_range.start_time.value == tc + 1000


@pytest.mark.parametrize(
    ("vocals", "kept"),
    [
        ([], False),  # the vocal was taken away: so is the take
        ([otio.schema.Clip("no vocal", otio.schema.MissingReference(), spanning(0, 480, 24))], True),  # only offline
    ],
)
def test_a_take_is_taken_off_only_where_no_vocal_is_left(folder: Path, vocals: list[Any], kept: bool) -> None:
    first, _, _ = run(save(edit([face()], [song()]), folder))
    again = read(first.output)
    again.tracks[1][:] = copy.deepcopy(vocals)
    result, _, _ = run(save(again, folder, "again.otio"), out="twice.otio", vocal_track=1)
    assert result.outcomes[0].state == "left"
    assert (TAKE in next(all_clips(read(result.output))).media_references()) == kept
    assert ("its take was taken off" in result.outcomes[0].text) != kept
