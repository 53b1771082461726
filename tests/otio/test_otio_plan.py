"""The plan agrees to the frame with an edit that is played frame by frame, and says what is wrong with a clip."""

import math
from fractions import Fraction
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.otio.edits import RATES, clip, edit, gap, media, spanning

from lipwright.errors import OptionError, TimelineError
from lipwright.timebase import fps_from
from otio_lipwright.edit.clock import end_frame, exact_rate, first_frame, rational, seconds
from otio_lipwright.edit.plan import Plan, plan
from otio_lipwright.edit.reasons import Reason
from otio_lipwright.view.table import position, table

TWO_HOURS = 2 * 3600
EDGE = Fraction(1, 100_000)  # of a frame: nearer to an edge is the edge
SPEEDS = (Fraction(1), Fraction(2), Fraction(1, 2), Fraction(3, 2), Fraction(7, 10), Fraction(-1), Fraction(-7, 10))


@given(st.sampled_from(RATES), st.integers(0, TWO_HOURS * 60))
def test_time_is_exact_at_every_rate(rate: float, frame: int) -> None:
    exact = seconds(otio.opentime.RationalTime(frame, rate))
    assert exact == Fraction(frame) / fps_from(rate)
    assert rational(exact, rate).value == frame
    assert first_frame(exact, exact_rate(rate)) == frame == end_frame(exact, exact_rate(rate))


@given(
    st.sampled_from([rate for rate in RATES if rate not in (29.97, 59.94)]),  # a host that computes with 29.97 is off
    st.sampled_from((24.0, 25.0, 30.0)),
    st.integers(0, 10**6),
)
def test_a_position_rescaled_by_a_host_is_the_frame_it_was(rate: float, other: float, frame: int) -> None:
    """Hosts write one rate's frame as a decimal at another rate (91046.625); that is still one frame."""
    there = otio.opentime.RationalTime(frame, rate).rescaled_to(other)
    assert first_frame(seconds(there), exact_rate(rate)) == frame


rates = st.sampled_from(RATES)
cuts = st.lists(
    st.tuples(
        st.integers(1, 400),  # length in record frames
        st.integers(500, 5_000),  # media frame the cut starts at
        st.sampled_from(SPEEDS),
        st.booleans(),  # a gap before it
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=120, deadline=None)
@given(rates, rates, st.integers(0, TWO_HOURS * 24), cuts, st.integers(0, 400), st.sampled_from((0, 86_400, 107_892)))
def test_the_plan_agrees_with_playing_the_edit_frame_by_frame(
    rate: float, media_rate: float, lead: int, cuts: list[tuple[int, int, Fraction, bool]], vocal_in: int, tc: int
) -> None:
    """Play every record frame: the media frame shown and the second of vocal heard are the plan's."""
    video, played, record = [gap(lead, rate)], [], lead
    for index, (length, start, speed, gap_before) in enumerate(cuts):
        if gap_before:
            video.append(gap(7, rate))
            record += 7
        item = otio.schema.Clip(f"c{index}", media("face.mov", tc, 10**7, media_rate))
        # The source range is counted at the timeline's rate, from the media's start timecode.
        at = seconds(otio.opentime.RationalTime(tc, media_rate)) + Fraction(start) / fps_from(rate)
        item.source_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(float(at * fps_from(rate)), rate), otio.opentime.RationalTime(length, rate)
        )
        if speed != 1:
            item.effects.append(otio.schema.LinearTimeWarp("speed", float(speed)))
        video.append(item)
        played.append((record, length, start, speed))
        record += length
    sung = clip("vocal", "song.wav", vocal_in, record, rate)
    made = plan(edit(video, [sung], rate), handles=0)
    assert [c.name for c in made.jobs] == [f"c{index}" for index in range(len(cuts))]
    for job, (at_frame, length, start, speed) in zip(made.jobs, played, strict=True):
        _check_played(job, at_frame, length, start, speed, vocal_in, fps_from(rate), fps_from(media_rate))


def _check_played(
    job: Any, at: int, length: int, start: int, speed: Fraction, vocal_in: int, fps: Fraction, media_fps: Fraction
) -> None:
    (piece,) = job.pieces
    shown = []
    for n in range(0, length, max(1, length // 20)):
        elapsed = Fraction(n) / fps
        begin = Fraction(start) / fps + (length / fps * -speed if speed < 0 else 0)
        media_s = begin + speed * elapsed
        assert piece.vocal_at(media_s) == (vocal_in + at + n) / fps
        shown.append(media_s * media_fps)
    assert all(job.cut_first <= frame + EDGE and frame <= job.cut_end for frame in shown)
    low = Fraction(start) / fps * media_fps
    high = low + length * abs(speed) / fps * media_fps
    assert job.cut_first == math.floor(low + EDGE)
    assert job.cut_end == math.ceil(high - EDGE)
    assert job.fps == media_fps
    # Whole frames are rendered, so the vocal is followed to their edges: less than a frame beyond the cut.
    (start_s, end_s), frame_s = piece.vocal_range_s, 1 / media_fps / abs(speed)
    assert 0 <= (vocal_in + at) / fps - start_s < frame_s or start_s == 0
    assert -frame_s < (vocal_in + at + length) / fps - end_s <= 0


@settings(max_examples=40, deadline=None)
@given(rates, st.integers(0, 200), st.integers(20, 200), st.sampled_from(SPEEDS[:5]))
def test_nesting_changes_nothing(rate: float, lead: int, length: int, speed: Fraction) -> None:
    """A clip inside a compound that is trimmed and retimed hears what the same clip on the track would."""
    flat = clip("c", "face.mov", 1000, length, rate)
    flat.effects.append(otio.schema.LinearTimeWarp("", float(speed)))
    inner = otio.schema.Track("inner", kind="Video")
    inner.extend([gap(50, rate), clip("c", "face.mov", 1000, 50_000, rate)])
    stack = otio.schema.Stack("compound", source_range=spanning(50, length, rate))
    stack.append(inner)
    stack.effects.append(otio.schema.LinearTimeWarp("", float(speed)))
    sung = [clip("v", "song.wav", 0, 10_000, rate)]
    one = plan(edit([gap(lead, rate), flat], sung, rate)).jobs[0]
    two = plan(edit([gap(lead, rate), stack], [clip("v", "song.wav", 0, 10_000, rate)], rate)).jobs[0]
    assert (one.start_s, one.end_s, one.cut_first, one.cut_end) == (two.start_s, two.end_s, two.cut_first, two.cut_end)
    assert (one.pieces, one.speed) == (two.pieces, two.speed)


def test_a_transition_shows_more_of_both_clips() -> None:
    dissolve = otio.schema.Transition(
        "d", "SMPTE_Dissolve", otio.opentime.RationalTime(6, 24), otio.opentime.RationalTime(10, 24)
    )
    video = [clip("a", "a.mov", 100, 48, 24), dissolve, clip("b", "b.mov", 100, 48, 24)]
    a, b = plan(edit(video, [clip("v", "v.wav", 0, 96, 24)]), handles=0).jobs
    assert (a.cut_first, a.cut_end) == (100, 158)  # 48 frames and the 10 that the dissolve shows after the cut
    assert (b.cut_first, b.cut_end) == (94, 148)
    assert b.pieces[0].vocal_range_s[0] == Fraction(42, 24)


def test_a_cut_vocal_gives_a_piece_each_and_handles_reach_past_the_outer_ones() -> None:
    sung = [clip("v", "v.wav", 200, 30, 24), gap(10, 24), clip("v", "v.wav", 500, 60, 24)]
    (job,) = plan(edit([clip("a", "a.mov", 100, 96, 24)], sung), handles=12).jobs
    assert [tuple(float(x * 24) for x in piece.vocal_range_s) for piece in job.pieces] == [(188, 230), (500, 568)]
    assert (job.first, job.end, job.cut_first, job.cut_end) == (88, 208, 100, 196)


def test_a_handle_never_asks_for_sound_before_the_vocal_or_frames_before_the_media() -> None:
    (job,) = plan(edit([clip("a", "a.mov", 5, 40, 24)], [clip("v", "v.wav", 3, 40, 24)]), handles=12).jobs
    assert job.first == 0
    assert job.pieces[0].vocal_range_s[0] == 0


def _reasons(video: list[Any], audio: list[Any]) -> dict[str, str]:
    return {c.name: c.why for c in plan(edit(video, audio), vocal_track=1).clips}


def test_every_clip_that_cannot_be_done_says_why() -> None:
    frozen = clip("frozen", "a.mov", 0, 10, 24)
    frozen.effects.append(otio.schema.FreezeFrame())
    ramp = clip("ramp", "a.mov", 0, 10, 24)
    ramp.effects.append(otio.schema.TimeEffect("w", "TimeWarp"))
    wild = clip("wild", "a.mov", 0, 10, 24)
    wild.effects.append(otio.schema.LinearTimeWarp("w", float("nan")))
    off = clip("off", "a.mov", 0, 10, 24)
    off.enabled = False
    offline = otio.schema.Clip("offline", otio.schema.MissingReference(), spanning(0, 10, 24))
    title = otio.schema.Clip("title", otio.schema.GeneratorReference(), spanning(0, 10, 24))
    outside = clip("outside", "a.mov", 500, 10, 24, tc=86400, has=100)
    late = clip("late", "a.mov", 0, 10, 24)
    good = clip("good", "a.mov", 0, 10, 24)
    video = [frozen, ramp, wild, off, offline, title, outside, good, late]
    reasons = _reasons(video, [clip("v", "v.wav", 0, 80, 24)])
    for name, word in (
        ("frozen", "freeze"),
        ("ramp", "ramp"),
        ("wild", "nan"),
        ("off", "switched off"),
        ("offline", "offline"),
        ("title", "title"),
        ("outside", "outside its media"),
        ("late", "no vocal"),
    ):
        assert word in reasons[name], (name, reasons[name])
    assert reasons["good"] == ""


def test_bad_numbers_are_problems_of_their_clip_and_the_rest_is_planned() -> None:
    negative = clip("negative", "a.mov", 0, -10, 24)
    zero = clip("zero", "a.mov", 0, 10, 24)
    zero.source_range = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 0), otio.opentime.RationalTime(10, 0))
    endless = clip("endless", "a.mov", 0, 10, 24)
    endless.source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(float("inf"), 24), otio.opentime.RationalTime(10, 24)
    )
    bare = otio.schema.Clip("bare", otio.schema.ExternalReference("a.mov"))
    good = clip("good", "a.mov", 0, 10, 24)
    made = plan(edit([negative, zero, endless, bare, good], [clip("v", "v.wav", 0, 100, 24)]))
    assert [c.name for c in made.jobs] == ["good"]
    assert {"negative", "zero", "endless", "bare"} <= {p.where.rsplit(" > ")[-1] for p in made.problems}


def test_a_tree_that_contains_itself_ends() -> None:
    text = (
        '{"OTIO_SCHEMA":"Stack.1","OTIO_REF_ID":"A","children":[{"OTIO_SCHEMA":"Track.1","kind":"Video","children":'
        '[{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"A"}]}]}'
    )
    loop = otio.adapters.read_from_string(text, "otio_json")
    with pytest.raises(TimelineError, match="contains itself"):
        plan(loop)


def test_two_vocals_at_once_are_told_and_the_first_is_followed() -> None:
    stack = otio.schema.Stack("two", source_range=spanning(0, 48, 24))
    for url in ("one.wav", "two.wav"):
        track = otio.schema.Track("v", kind="Audio")
        track.append(clip(url, url, 0, 48, 24))
        stack.append(track)
    (job,) = plan(edit([clip("a", "a.mov", 0, 48, 24)], [stack]), handles=0).jobs
    assert [p.vocal for p in job.pieces] == ["one.wav"]
    assert any("overlap" in note for note in job.notes)


def test_the_vocal_track_is_found_by_name_by_number_or_told_apart() -> None:
    timeline = edit([clip("a", "a.mov", 0, 48, 24)], [clip("v", "v.wav", 0, 48, 24)])
    music = otio.schema.Track("Music", kind="Audio")
    music.append(clip("m", "m.wav", 0, 48, 24))
    timeline.tracks.append(music)
    assert plan(timeline).jobs[0].pieces[0].vocal == "v.wav"
    for wanted in (2, "2", "A2", "music"):
        assert plan(timeline, vocal_track=wanted).jobs[0].pieces[0].vocal == "m.wav"
    timeline.tracks[1].name = "Sound"
    with pytest.raises(OptionError, match=r"A1 'Sound', A2 'Music'"):
        plan(timeline)
    with pytest.raises(OptionError, match="'Lead' is not in this timeline"):
        plan(timeline, vocal_track="Lead")


def test_a_vocal_file_may_stand_in_for_a_track() -> None:
    (job,) = plan(edit([gap(24, 24), clip("a", "a.mov", 0, 48, 24)], []), vocal="/x/v.wav", handles=0).jobs
    assert job.pieces[0].vocal == "/x/v.wav"
    assert job.pieces[0].vocal_range_s == (1, 3)


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("all", "abc"),
        ("track:V1", "ab"),
        ("track:2", "c"),
        ("name:A", "a"),
        ("!name:b", "ac"),
        ("name:?,!name:c", "ab"),
        ("file:*/two.mov", "b"),
        ("marker:lips", "b"),
        ("shot.face=yes", "a"),
        ("top", "bc"),
    ],
)
def test_clip_rules(rule: str, names: str) -> None:
    a, b = clip("a", "/m/one.mov", 0, 24, 24), clip("b", "/m/two.mov", 0, 24, 24)
    a.metadata["shot"] = {"face": "yes"}
    b.markers.append(otio.schema.Marker("lips", spanning(0, 1, 24)))
    timeline = edit([a, b], [clip("v", "v.wav", 0, 48, 24)])
    over = otio.schema.Track("V2", kind="Video")
    over.append(clip("c", "/m/three.mov", 0, 24, 24))
    timeline.tracks.insert(1, over)
    assert "".join(c.name for c in plan(timeline, clips=rule).clips) == names


def test_a_rule_that_means_nothing_is_refused() -> None:
    with pytest.raises(OptionError, match="faces"):
        plan(edit([], []), clips="faces")


def test_zero_based_ranges_on_media_with_a_start_timecode_are_understood() -> None:
    item = clip("a", "a.mov", 0, 48, 24)
    item.media_reference.available_range = spanning(86_400, 2_000, 24)
    item.source_range = spanning(30, 48, 24)
    (job,) = plan(edit([item], [clip("v", "v.wav", 0, 48, 24)]), handles=0).jobs
    assert (job.cut_first, job.cut_end) == (30, 78)
    assert any("counted from the first frame" in note for note in job.notes)


def test_the_table_names_every_clip_and_writes_drop_frame_only_when_asked() -> None:
    made: Plan = plan(edit([clip("a", "a.mov", 0, 48, 29.97)], [clip("v", "v.wav", 0, 48, 29.97)], 29.97, 107_892))
    assert "01:00:00;00" in table(made, drop=True)
    assert "00:59:56:12" in table(made)
    assert position(Fraction(3600), 25.0) == "01:00:00:00"


@pytest.mark.parametrize("name", ["no vocal lies under it", "speed ramp", "has a speed that cannot be played"])
def test_why_a_clip_is_left_is_told_by_its_reason_whatever_things_are_called(name: str) -> None:
    lost = otio.schema.Clip(name, otio.schema.MissingReference(), spanning(0, 10, 24))
    (left,) = plan(edit([clip(name, "a.mov", 0, 10, 24)], [lost]), vocal_track=1).clips
    assert left.left is not None and left.left.reason is Reason.VOCAL_OFFLINE
    (done,) = plan(edit([clip(name, f"{name}.mov", 0, 10, 24)], [clip(name, "v.wav", 0, 10, 24)])).jobs
    assert done.left is None


def test_a_clip_with_several_doubts_names_the_one_that_stops_it() -> None:
    backwards = clip("v", "v.wav", 0, 10, 24)
    backwards.effects.append(otio.schema.LinearTimeWarp("w", time_scalar=-1))
    early = clip("a", "a.mov", 5, 10, 24, tc=86400, has=500)
    early.source_range = spanning(5, 10, 24)  # counted from the first frame: a note, not a reason
    lost = otio.schema.Clip("lost", otio.schema.MissingReference(), spanning(0, 10, 24))
    (still,) = plan(edit([early], [backwards]), vocal_track=1).clips
    (offline,) = plan(edit([early], [lost]), vocal_track=1).clips
    assert [one.left.reason for one in (still, offline) if one.left] == [Reason.VOCAL_STILL, Reason.VOCAL_OFFLINE]
    assert "lost" in offline.why
