"""What programs mean by what they export: speeds, switched-off clips, identities, sound tracks; and what is refused."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from tests.otio.edits import clip, edit
from tests.otio.test_otio_conform import folder, run, save
from tests.otio.test_otio_round_trips import first_timeline, needs
from tests.shared import shared

from lipwright.errors import OptionError, TimelineError
from otio_lipwright.edit.media import ORIGINAL, TAKE, Access
from otio_lipwright.edit.plan import plan
from otio_lipwright.edit.tree import all_clips
from otio_lipwright.edit.vocal_tracks import audio_tracks
from otio_lipwright.edit.walk import walk
from otio_lipwright.files.formats import read, write

__all__ = ["folder"]  # the fixture
TICKS = 254_016_000_000
RATE = "<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>"
XML = (
    '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE xmeml><xmeml version="4"><sequence id="s"><name>e</name>'
    f"<duration>100</duration>{RATE}<media><video><track>{{video}}<enabled>{{track}}</enabled></track></video>"
    f'<audio><track><clipitem id="c2"><name>vo.wav</name><enabled>{{sound}}</enabled><duration>1000</duration>{RATE}'
    '<start>0</start><end>100</end><in>0</in><out>100</out><file id="f2"><name>vo.wav</name>'
    f"<pathurl>vo.wav</pathurl>{RATE}<duration>1000</duration><media><audio/></media></file></clipitem></track></audio>"
    "</media></sequence></xmeml>"
)
ITEM = (
    f'<clipitem id="c1"><name>face.mov</name><enabled>{{on}}</enabled><duration>500</duration>{RATE}<start>0</start>'
    '<end>50</end><in>{low}</in><out>{high}</out>{ticks}<file id="f1"><name>face.mov</name><pathurl>face.mov</pathurl>'
    f"{RATE}<duration>1000</duration></file>{{remap}}</clipitem>"
)


def remap(speed: str, reverse: str = "FALSE", variable: str = "0", on: str = "TRUE") -> str:
    values = {"variablespeed": variable, "speed": speed, "reverse": reverse}
    said = "".join(
        f"<parameter><parameterid>{k}</parameterid><value>{v}</value></parameter>" for k, v in values.items()
    )
    return (
        f"<filter><enabled>{on}</enabled><effect><name>Time Remap</name><effectid>timeremap</effectid>{said}</effect>"
        "</filter>"
    )


def premiere(
    path: Path, *, low: int = 100, high: int = 150, ticks: tuple[float, float] | None = None, effect: str = "",
    on: str = "TRUE", track: str = "TRUE", sound: str = "TRUE",
) -> Path:  # fmt: skip
    needs(path)
    told = "" if ticks is None else (
        f"<pproTicksIn>{round(ticks[0] * TICKS)}</pproTicksIn><pproTicksOut>{round(ticks[1] * TICKS)}</pproTicksOut>"
    )  # fmt: skip
    item = ITEM.format(on=on, low=low, high=high, ticks=told, remap=effect)
    path.write_text(XML.format(video=item, track=track, sound=sound), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("effect", "ticks", "cuts", "speed", "first"),
    [
        (remap("200"), (8.0, 12.0), (100, 150), 2, 200),
        (remap("200"), None, (100, 150), 2, 200),  # Final Cut 7 itself knows no ticks
        (remap("50"), (2.0, 3.0), (100, 150), Fraction(1, 2), 50),
        (remap("50"), None, (100, 125), Fraction(1, 2), 100),  # in and out of the media, as some programs write
        (remap("100", "TRUE"), (34.0, 36.0), (100, 150), -1, 850),
        (remap("-100"), None, (100, 150), -1, 850),
        (remap("-200", "TRUE"), (4.0, 8.0), (700, 750), -2, 100),
        (remap("200", on="FALSE"), None, (100, 150), 1, 100),
        ("", (4.0, 6.0), (100, 150), 1, 100),
    ],
)
def test_a_speed_of_premiere_is_the_edits_there_and_back(
    effect: str, ticks: Any, cuts: tuple[int, int], speed: Fraction, first: int, tmp_path: Path
) -> None:
    path = premiere(tmp_path / "t.xml", low=cuts[0], high=cuts[1], ticks=ticks, effect=effect)
    for _ in range(2):  # as read, and as written by us and read again
        timeline = read(path)
        (job,) = plan(timeline, handles=0).jobs
        assert (job.speed, job.cut_first, job.frames) == (speed, first, 50 * abs(speed))
        assert job.notes == ()
        path = tmp_path / "again.xml"
        write(timeline, path)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"on": "FALSE"}, "switched off"),
        ({"track": "FALSE"}, "switched off"),
        ({"sound": "FALSE"}, "vocal"),
        ({"effect": remap("100", variable="1")}, "speed ramp"),
        ({"effect": remap("0")}, "freeze"),
        ({"effect": remap("fast")}, "speed"),
    ],
)
def test_what_premiere_switched_off_or_bent_is_left_by_name(told: dict[str, str], why: str, tmp_path: Path) -> None:
    (only,) = plan(read(premiere(tmp_path / "t.xml", **told))).clips  # type: ignore[arg-type]
    assert why in only.why


def test_ticks_that_contradict_the_speed_are_named(tmp_path: Path) -> None:
    path = premiere(tmp_path / "t.xml", ticks=(20.0, 27.0), effect=remap("50"))
    (job,) = plan(read(path), handles=0).jobs
    assert job.cut_first == 500 and "source ticks" in job.notes[0]


def test_media_of_unknown_length_are_written_to_xml(tmp_path: Path) -> None:
    path = tmp_path / "t.xml"
    needs(path)
    bare = otio.schema.Clip("a", otio.schema.ExternalReference("a.mov"), clip("", "", 10, 20, 24).source_range)
    write(edit([bare], []), path)
    assert next(all_clips(read(path))).source_range.start_time.value == 10


def test_two_takes_of_one_avid_source_stay_two(folder: Path) -> None:
    """Every cut that was read from an Avid carries its source's identity."""
    identity = "urn:smpte:umid:060a2b34.01010105.01010f20.13000000.5e3b1f4d.1bd34d2f.9b5a0b1d.2f3c4d5e"
    cuts = [clip(f"shot{n}", "face.mov", 100 + 192 * n, 48, 24, has=5000) for n in range(3)]
    for cut in cuts:
        cut.metadata["AAF"] = {"SourceID": identity}
    result, _, _ = run(save(edit(cuts, [clip("s", "song.wav", 0, 96, 24)]), folder))
    path = folder / "out.aaf"
    needs(path)
    write(result.timeline, path)
    before, back = list(all_clips(result.timeline)), list(all_clips(first_timeline(read(path))))
    files = [Access.beside(path).open(c.media_reference.target_url) for c in back if c.name != "s"]
    assert files == [folder / c.media_reference.target_url for c in before if c.name != "s"]
    assert [c.source_range for c in back] == [c.source_range for c in before]
    assert back[0].active_media_reference_key == TAKE and back[2].active_media_reference_key == ORIGINAL


@pytest.mark.parametrize("change", ["freeze", "ramp", "offline", "off", "torn"])
def test_a_clip_that_is_not_done_any_more_shows_its_original(change: str, folder: Path) -> None:
    source = save(edit([clip("a", "face.mov", 100, 48, 24, has=5000)], [clip("s", "song.wav", 0, 96, 24)]), folder)
    first, _, _ = run(source)
    timeline = first.timeline
    item = next(all_clips(timeline))
    assert item.active_media_reference_key == TAKE
    if change == "freeze":
        item.effects.append(otio.schema.FreezeFrame())
    elif change == "ramp":
        item.effects.append(otio.schema.TimeEffect())
    elif change == "off":
        item.enabled = False
    else:
        references = {key: ref.clone() for key, ref in item.media_references().items()}
        url = "torn.mov" if change == "torn" else ""
        (folder / "torn.mov").write_bytes(b"torn")
        references[ORIGINAL] = (
            otio.schema.ExternalReference(url, references[ORIGINAL].available_range) if url
            else otio.schema.MissingReference()
        )  # fmt: skip
        item.set_media_references(references, TAKE)
    otio.adapters.write_to_file(timeline, str(source))
    again, _, _ = run(source)
    after = next(all_clips(again.timeline))
    assert again.outcomes[0].state == ("failed" if change == "torn" else "left")
    assert TAKE not in after.media_references() and "taken off" in again.outcomes[0].text


def sounds(*names: str) -> Any:
    timeline = edit([clip("a", "a.mov", 0, 48, 24)], [])
    del timeline.tracks[1]
    for number, name in enumerate(names, 1):
        track = otio.schema.Track(name, kind="Audio")
        track.append(clip(f"clip{number}", f"file{number}.wav", 0, 48, 24))
        timeline.tracks.append(track)
    return timeline


@pytest.mark.parametrize(
    ("names", "wanted", "vocal"),
    [
        (("", ""), "A2", "file2.wav"),
        (("", ""), "1", "file1.wav"),
        (("", ""), "clip2", "file2.wav"),
        (("", ""), "FILE1.WAV", "file1.wav"),
        (("Music", "VOX"), None, "file2.wav"),
        (("A2", ""), "a2", "file1.wav"),  # a track that is called so comes first
    ],
)
def test_sound_is_chosen_as_the_editor_names_it(names: tuple[str, ...], wanted: Any, vocal: str) -> None:
    assert plan(sounds(*names), vocal_track=wanted).jobs[0].pieces[0].vocal == vocal


def test_dialogue_comes_first_and_what_cannot_be_told_is_listed() -> None:
    timeline = sounds("", "")
    with pytest.raises(OptionError, match=r"ask.*A1, A2"):
        plan(timeline)
    timeline.tracks[2][0].metadata["fcpx"] = {"audioRole": "dialogue.dialogue-1"}
    assert plan(timeline).jobs[0].pieces[0].vocal == "file2.wav"
    lines = [track.line for track in audio_tracks(timeline, walk(timeline))]
    assert lines == ["A1: 1 clips (clip1)", "A2: 1 clips (clip2); role dialogue.dialogue-1"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 100_000, "brackets deep"),
        ('{"OTIO_SCHEMA": "Clip.2", "metadata": ' + '{"a": ' * 600 + "1" + "}" * 601, "brackets deep"),
        ('{"OTIO_SCHEMA": "Clip.2", "metadata": {"k": {"k": 1, "k": 2}}}', "'k' twice"),
        ('{"clips": []}', "OTIO_SCHEMA"),
        ("[1, 2]", "OTIO_SCHEMA"),
        ("{", "no JSON"),
        (otio.schema.MissingReference().to_json_string(), "no edit"),
    ],
)
@pytest.mark.parametrize("suffix", ["otio", "json"])
def test_json_that_would_end_the_process_is_refused_in_words(text: str, why: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"t.{suffix}"
    path.write_text(text)
    with pytest.raises(TimelineError, match=why):
        read(path)


def test_the_shared_cases_of_premiere_and_json() -> None:
    speeds = {
        name: plan(read(shared("cases", "timelines", "premiere_retime", f"{name}.xml"))).clips[0]
        for name in ("speed200", "reverse", "disabled")
    }
    assert (speeds["speed200"].speed, speeds["speed200"].cut_first) == (2, 200)
    assert speeds["reverse"].speed == -1 and "switched off" in speeds["disabled"].why
    with pytest.raises(TimelineError, match="twice"):
        read(shared("cases", "timelines", "segv_dupkey.otio"))


FCPX = (
    '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE fcpxml><fcpxml version="{version}"><resources>'
    '<format id="r1" frameDuration="100/2500s" width="1920" height="1080"/>'
    '<asset id="r2" name="face" start="0s" duration="40s" hasVideo="1" format="r1"><media-rep kind="original-media" '
    'src="face.mov"/><media-rep kind="proxy-media" src="small.mov"/></asset>'
    '<asset id="r3" name="vo" src="vo.wav" start="0s" duration="40s" hasAudio="1"/></resources>'
    '<library><event name="E"><project name="P"><sequence format="r1" duration="4s" tcStart="0s"><spine>'
    '<{kind} ref="r2" offset="0s" name="face" start="2s" duration="4s" enabled="{on}" format="r1">{map}'
    '<asset-clip ref="r3" lane="-1" offset="2s" name="vo" start="0s" duration="4s" audioRole="dialogue"/></{kind}>'
    "</spine></sequence></project></event></library></fcpxml>"
)


def final_cut(path: Path, points: str = "", *, kind: str = "asset-clip", on: str = "1", version: str = "1.13") -> Path:
    needs(path)
    pairs = [pair.split(":") for pair in points.split()]
    said = "".join(f'<timept time="{time}s" value="{value}s" interp="smooth2"/>' for time, value in pairs)
    told = f"<timeMap>{said}</timeMap>" if said else ""
    path.write_text(FCPX.format(map=told, kind=kind, on=on, version=version), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("points", "speed", "first"),
    [
        ("", 1, 50),
        ("0:0 80:40", Fraction(1, 2), 25),
        ("0:0 20:40", 2, 100),
        ("0:40 40:0", -1, 850),
        ("0:0 9:9 40:40", 1, 50),
    ],
)
def test_a_time_map_of_final_cut_is_a_speed(points: str, speed: Fraction, first: int, tmp_path: Path) -> None:
    (job,) = plan(read(final_cut(tmp_path / "t.fcpxml", points)), handles=0).jobs
    assert (job.name, job.media.url, job.speed, job.cut_first) == ("face", "face.mov", speed, first)
    assert job.pieces[0].vocal == "vo.wav"


@pytest.mark.parametrize(
    ("told", "why"), [({"on": "0"}, "switched off"), ({"points": "0:0 10:10 20:15 40:40"}, "speed ramp")]
)
def test_what_final_cut_switched_off_or_bent_is_left_by_name(told: dict[str, str], why: str, tmp_path: Path) -> None:
    (only,) = plan(read(final_cut(tmp_path / "t.fcpxml", **told))).clips  # type: ignore[arg-type]
    assert why in only.why


@pytest.mark.parametrize("kind", ["mc-clip", "sync-clip"])
def test_kinds_that_the_reader_drops_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match=f"1 {kind}"):
        read(final_cut(tmp_path / "t.fcpxml", kind=kind))
