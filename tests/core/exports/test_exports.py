"""Every kind, read back by somebody else's reader where there is one, with what it must keep."""

import csv
import dataclasses
import io
import json
import random
import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from tests.core.video.video_material import write_clip

from lipwright import document
from lipwright.cli import main
from lipwright.errors import OptionError, OutputError
from lipwright.exports import ABOUT, EXPORTS, ExportOptions, export, text_of
from lipwright.exports.channels.arkit import SHAPES
from lipwright.exports.channels.sampling import frame_times, mouth_times, values_at
from lipwright.exports.charts.mouth_chart import cues, letters_at
from lipwright.lyrics import prepare
from lipwright.rigs import conventions
from lipwright.types import (
    ARKIT,
    VISEMES,
    Corrections,
    Direction,
    Performance,
    PhonemeSpan,
    Provenance,
    SoundSpan,
    SpanEdit,
    Track,
    TrackEdit,
    VocalInfo,
    WordSpan,
)

RATES = [Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60)]
SAID = [
    ("hello", 0, "HH AH L OW"),
    ("bob", 0, "B AA B"),
    ("my", 1, "M AY"),
    ("five", 1, "F AY V"),
    ("moons", 1, "M UW N Z"),
]


def made(step_s: float = 0.08, **changes: object) -> Performance:
    """Five words in two lines, phones of `step_s`, a pause between the lines, closures where the lips meet."""
    words: list[WordSpan] = []
    phones: list[PhonemeSpan] = []
    at_s = 0.5
    for index, (text, line, said) in enumerate(SAID):
        start_s = at_s
        for symbol in said.split():
            phones.append(PhonemeSpan(at_s, at_s + step_s, symbol, word=index))
            at_s += step_s
        words.append(WordSpan(start_s, at_s, text, line=line))
        at_s += 0.5 if index == 1 else 0.01
    shut = [p for p in phones if p.symbol in ("B", "M", "P")]
    keys = sorted(
        {(t, v) for p in shut for t, v in ((p.start_s - 0.01, 0.0), (p.start_s + 0.005, 1.0), (p.start_s + 0.02, 0.0))}
    )
    pp = Track("PP", tuple(t for t, _ in keys), tuple(v for _, v in keys))
    aa = Track("aa", (0.0, 0.5, 0.6, at_s), (0.0, 0.0, 0.8, 0.0))
    performance = Performance(
        VocalInfo("söng & co.wav", "ab" * 32, at_s + 0.5, 48000, 2),
        Direction(),
        Provenance("test"),
        words=tuple(words),
        phonemes=tuple(phones),
        sounds=(SoundSpan(0.0, 0.5, "silence"),),
        visemes=(pp, aa),
        channels=(
            Track("browInnerUp", (0.0, 1.0), (0.0, 1.0)),
            Track("headYaw", (0.0, 1.0), (0.0, -0.2)),
            Track("eyeLookOutLeft", (0.0,), (1.0,)),
        ),
    )
    return performance if not changes else __import__("dataclasses").replace(performance, **changes)


# --- sampling -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", RATES)
def test_no_closure_is_lost_between_frames(fps: Fraction) -> None:
    rng = random.Random(int(fps))
    times = [0.3]
    while times[-1] < 30:
        times.append(times[-1] + rng.uniform(0.1, 0.4))
    keys = [key for t in times for key in ((t - 0.012, 0.0), (t, 1.0), (t + 0.012, 0.0))]
    pp = Track("PP", tuple(t for t, _ in keys), tuple(v for _, v in keys))
    performance = made(visemes=(pp, Track("aa", (0.0,), (0.7,))), vocal=VocalInfo("a", "", 31.0, 16000, 1))
    read = mouth_times(performance, fps)
    shut = [n for n, t in enumerate(read) if pp.at(t) > 0.95]
    frames = frame_times(performance, fps)
    assert all(min(abs(frames[n] - t) for n in shut) <= 0.5 / float(fps) + 1e-9 for t in times)
    assert all(abs(a - b) <= 0.5 / float(fps) + 1e-9 for a, b in zip(read, frames, strict=True))
    assert read == sorted(read)


def test_walking_a_track_is_asking_it() -> None:
    rng = random.Random(3)
    keys = sorted({rng.uniform(0, 10) for _ in range(50)})
    track = Track("aa", tuple(keys), tuple(rng.random() for _ in keys))
    times = sorted(rng.uniform(-1, 11) for _ in range(500))
    assert values_at(track, times) == pytest.approx([track.at(t) for t in times])
    assert values_at(Track("aa"), times) == [0.0] * 500


# --- curves ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", RATES)
def test_arkit_has_live_link_faces_layout(fps: Fraction) -> None:
    rows = list(csv.reader(io.StringIO(text_of(made(), "arkit", ExportOptions(fps)))))
    head, body = rows[0], rows[1:]
    assert (
        head[:3] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft"] and head[-1] == "RightEyeRoll" and len(head) == 63
    )
    assert {name[0].lower() + name[1:] for name in head[2:54]} == set(ARKIT) == set(SHAPES)
    assert all(len(row) == 63 and row[1] == "61" for row in body)
    assert body[0][0] == "00:00:00:00.000" and len(body) == len(frame_times(made(), fps))
    shapes = [[float(v) for v in row[2:54]] for row in body]
    assert all(0.0 <= v <= 1.0 for row in shapes for v in row)
    at = head.index("BrowInnerUp")
    assert float(body[-1][at]) == 1.0
    assert float(body[-1][head.index("HeadYaw")]) == -0.2
    assert float(body[0][head.index("LeftEyeYaw")]) > 0.3
    rolls = [float(row[head.index("MouthRollLower")]) for row in body]
    jaws = [float(row[head.index("JawOpen")]) for row in body]
    peaks = [
        n for n in range(1, len(rolls) - 1) if rolls[n] > 0.3 and rolls[n] >= rolls[n - 1] and rolls[n] > rolls[n + 1]
    ]
    assert len(peaks) == 4, "b, b, m, m"
    assert max(jaws) > 0.3


@pytest.mark.parametrize("name", [one.id for one in conventions() if one.controls])
def test_csv_writes_every_convention(name: str) -> None:
    rows = list(csv.DictReader(io.StringIO(text_of(made(), "csv", ExportOptions(convention=name)))))
    assert len(rows) == len(frame_times(made(), Fraction(30)))
    assert all(
        0.0 <= float(v) <= 1.0
        for row in rows
        for k, v in row.items()
        if k not in ("frame", "time_s") and not k.startswith("head")
    )
    assert float(rows[30]["time_s"]) == pytest.approx(1.0)
    if name == "oculus":
        assert max(float(row["viseme_PP"]) for row in rows) == 1.0


def test_an_unknown_convention_and_format_are_named() -> None:
    with pytest.raises(OptionError, match="vrm1"):
        text_of(made(), "csv", ExportOptions(convention="nope"))
    with pytest.raises(OptionError, match="arkit"):
        text_of(made(), "nope")


# --- letters --------------------------------------------------------------------------------------------------------


def test_letters_cover_the_vocal_once_and_close_on_every_bilabial() -> None:
    performance = made()
    found = cues(performance)
    assert found[0].start_s == 0.0 and found[-1].end_s == performance.vocal.duration_s
    assert all(a.end_s == b.start_s and a.letter != b.letter for a, b in pairwise(found))
    for phone in performance.phonemes:
        if phone.symbol in ("P", "B", "M"):
            middle = (phone.start_s + phone.end_s) / 2
            assert next(c for c in found if c.start_s <= middle < c.end_s).letter == "A"
        if phone.symbol in ("F", "V"):
            middle = (phone.start_s + phone.end_s) / 2
            assert next(c for c in found if c.start_s <= middle < c.end_s).letter == "G"
    assert found[0].letter == found[-1].letter == "X"
    assert {c.letter for c in cues(performance, extended=False)} <= set("ABCDEF")


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("step_s", [0.02, 0.03, 0.08])
def test_every_closure_reaches_a_frame(fps: Fraction, step_s: float) -> None:
    performance = made(step_s)
    letters = letters_at(performance, fps)
    for phone in performance.phonemes:
        if phone.symbol in ("B", "M"):
            near = [n for n in range(len(letters)) if abs(n / fps - (phone.start_s + phone.end_s) / 2) <= 0.1]
            assert any(letters[n] == "A" for n in near)


def test_long_pauses_rest_and_short_ones_hold() -> None:
    def paused(gap_s: float) -> str:
        phones = (PhonemeSpan(0.5, 0.8, "AA"), PhonemeSpan(0.8 + gap_s, 1.2 + gap_s, "IY"))
        found = cues(made(phonemes=phones, vocal=VocalInfo("a", "", 3.0, 16000, 1)))
        return next(c.letter for c in found if c.start_s <= 0.8 + gap_s / 2 < c.end_s)

    assert (paused(0.1), paused(0.3), paused(0.6)) == ("D", "B", "X")


def test_no_phones_rest() -> None:
    found = cues(made(phonemes=()))
    assert [c.letter for c in found] == ["X"]


def test_ipa_phones_have_letters_too() -> None:
    phones = tuple(
        PhonemeSpan(i * 0.2, i * 0.2 + 0.2, s) for i, s in enumerate(["m", "y", "ɔ\u0303", "ʁ", "ɲ", "t͡ʃ", "β", "ø"])
    )
    letters = [c.letter for c in cues(made(phonemes=phones))]
    assert letters[0] == "A" and "X" not in letters[:-1] and "F" in letters


def test_rhubarb_in_three_forms_says_the_same() -> None:
    performance = made()
    tsv = [row.split("\t") for row in text_of(performance, "rhubarb-tsv").splitlines()]
    assert all(re.fullmatch(r"\d+\.\d\d", t) and re.fullmatch("[A-HX]", v) for t, v in tsv)
    xml = ET.fromstring(text_of(performance, "rhubarb-xml").encode())
    body = json.loads(text_of(performance, "rhubarb-json"))
    cues_xml = [(float(c.get("start", "")), float(c.get("end", "")), c.text) for c in xml.iter("mouthCue")]
    cues_json = [(c["start"], c["end"], c["value"]) for c in body["mouthCues"]]
    assert cues_xml == cues_json
    assert [(float(t), v) for t, v in tsv[:-1]] == [(s, v) for s, _, v in cues_json]
    assert float(tsv[-1][0]) == cues_json[-1][1]
    assert xml.findtext("metadata/soundFile") == body["metadata"]["soundFile"] == "söng & co.wav"


@pytest.mark.parametrize("names", ["rhubarb", "preston-blair"])
def test_moho_counts_frames_from_one(names: str) -> None:
    rows = text_of(made(), "moho", ExportOptions(Fraction(24), letters=names)).splitlines()
    assert rows[0] == "MohoSwitch1"
    frames = [int(row.split()[0]) for row in rows[1:]]
    mouths = {row.split()[1] for row in rows[1:]}
    assert frames[0] == 1 and frames == sorted(set(frames))
    known = {"MBP", "etc", "E", "AI", "O", "U", "FV", "L", "rest"} if names == "preston-blair" else set("ABCDEFGHX")
    assert mouths <= known and len(mouths) >= 5


def test_after_effects_blocks_are_well_formed() -> None:
    rows = text_of(made(), "aftereffects", ExportOptions(Fraction(25), convention="vrm1")).split("\n")
    assert rows[0] == "Adobe After Effects 8.0 Keyframe Data" and rows[-2] == "End of Keyframe Data"
    assert "\tUnits Per Second\t25" in rows
    blocks = [n for n, row in enumerate(rows) if row.startswith(("Time Remap", "Effects\t"))]
    assert len(blocks) >= 2
    for n in blocks:
        frames = []
        for row in rows[n + 2 :]:
            if not row.strip():
                break
            cells = row.strip("\t").split("\t")
            frames.append(int(cells[0]))
            assert float(cells[1]) >= 0.0
        assert frames and frames == sorted(set(frames))


# --- words ----------------------------------------------------------------------------------------------------------


def test_textgrid_is_read_by_praatio(tmp_path: Path) -> None:
    textgrid = pytest.importorskip("praatio.textgrid")
    performance = made(words=(WordSpan(0.5, 0.82, 'he"llo'), WordSpan(0.8, 1.0, "bob")))
    export(performance, "textgrid", tmp_path / "a.TextGrid")
    grid = textgrid.openTextgrid(str(tmp_path / "a.TextGrid"), includeEmptyIntervals=False)
    assert grid.tierNames == ("words", "phones", "sounds")
    words = grid.getTier("words").entries
    assert [(e.label) for e in words] == ['he"llo', "bob"] and words[0].end == words[1].start == pytest.approx(0.82)
    phones = grid.getTier("phones").entries
    assert [(e.label) for e in phones] == [p.symbol for p in performance.phonemes]
    assert [e.start for e in phones] == pytest.approx([p.start_s for p in performance.phonemes], abs=1e-4)
    assert grid.maxTimestamp == pytest.approx(performance.vocal.duration_s, abs=1e-4)


@pytest.mark.parametrize("kind", ["srt", "ass"])
def test_subtitles_are_read_by_pysubs2(tmp_path: Path, kind: str) -> None:
    pysubs2 = pytest.importorskip("pysubs2")
    performance = made()
    path = tmp_path / f"a.{kind}"
    export(performance, kind, path)
    events = pysubs2.load(str(path), format_=kind).events
    assert [event.plaintext for event in events] == ["hello bob", "my five moons"]
    for event, line in zip(events, (0, 1), strict=True):
        words = [w for w in performance.words if w.line == line]
        assert event.start == pytest.approx(words[0].start_s * 1000, abs=5.1)
        assert event.end == pytest.approx(words[-1].end_s * 1000, abs=5.1)


def test_vtt_is_read_by_webvtt(tmp_path: Path) -> None:
    webvtt = pytest.importorskip("webvtt")
    performance = made()
    export(performance, "vtt", tmp_path / "a.vtt")
    captions = webvtt.read(str(tmp_path / "a.vtt")).captions
    assert [caption.text for caption in captions] == ["hello bob", "my five moons"]
    assert [c.start_in_seconds for c in captions] == [0, 1]
    stamps = re.findall(r"<([\d:.]+)>", captions[1].raw_text)
    assert len(stamps) == 2 and captions[1].start < stamps[0] < stamps[1] < captions[1].end


def test_lrc_is_read_by_ffmpeg(tmp_path: Path) -> None:
    import av

    performance = made()
    export(performance, "lrc", tmp_path / "a.lrc")
    with av.open(str(tmp_path / "a.lrc")) as box:
        assert box.format.name == "lrc"
        lines = [
            (float(p.pts * p.time_base), bytes(p).decode())
            for p in box.demux(box.streams.subtitles[0])
            if p.pts is not None
        ]
    assert [t for t, _ in lines] == pytest.approx(
        [performance.words[0].start_s, performance.words[2].start_s], abs=0.006
    )
    assert re.sub(r"<[^>]*>", "", lines[1][1]).split() == ["my", "five", "moons"]


def test_karaoke_times_add_up_to_each_word() -> None:
    performance = made()
    line = next(row for row in text_of(performance, "ass").splitlines() if row.startswith("Dialogue"))
    at, starts = round(performance.words[0].start_s * 100), []
    for length, text in re.findall(r"\{\\k(\d+)\}([^{]*)", line):
        if text:
            starts.append(at)
        at += int(length)
    assert starts == [round(w.start_s * 100) for w in performance.words[:2]]
    assert at == round(performance.words[1].end_s * 100)


@pytest.mark.parametrize("kind", ["lrc", "vtt", "srt", "textgrid"])
def test_what_we_write_our_lyrics_reader_reads(kind: str) -> None:
    performance = made()
    lyrics = prepare(text_of(performance, kind))
    assert [w.text for w in lyrics.words] == [w.text for w in performance.words]
    if kind in ("lrc", "textgrid"):
        assert [w.start_s for w in lyrics.words] == pytest.approx([w.start_s for w in performance.words], abs=0.006)
        assert lyrics.words[1].end_s == pytest.approx(performance.words[1].end_s, abs=0.006)
    if kind != "textgrid":
        assert [line.start_s for line in lyrics.lines] == pytest.approx(
            [performance.words[0].start_s, performance.words[2].start_s], abs=0.006
        )


def test_words_without_lines_are_cut_at_pauses_and_length() -> None:
    words = tuple(WordSpan(i * 0.3, i * 0.3 + 0.2, "word") for i in range(30)) + (WordSpan(20.0, 20.5, "end"),)
    rows = text_of(made(words=words, vocal=VocalInfo("a", "", 21.0, 16000, 1)), "srt").split("\n\n")
    texts = [row.split("\n")[2] for row in rows if row.strip()]
    assert texts[-1] == "end" and all(len(text) <= 48 for text in texts) and len(texts) == 5


def test_a_paragraph_is_cut_and_a_lyrics_line_is_not() -> None:
    words = tuple(WordSpan(i * 0.3, i * 0.3 + 0.25, "word", line=0) for i in range(40))
    performance = made(words=words, vocal=VocalInfo("a", "", 21.0, 16000, 1))
    assert all(len(c) <= 42 for c in _texts(text_of(performance, "srt")))
    line = made(
        words=tuple(WordSpan(i * 1.3, i * 1.3 + 0.25, "word", line=0) for i in range(12)),
        vocal=VocalInfo("a", "", 21.0, 16000, 1),
    )
    assert _texts(text_of(line, "srt")) == [" ".join(["word"] * 12)]


def test_subtitles_have_the_lyrics_marks_back() -> None:
    performance = made(lyrics="Hello, Bob!\nNobody sings this.\nMy five... (blue) moons?")
    assert _texts(text_of(performance, "srt")) == ["hello, bob!", "my five... moons?"]
    assert prepare(text_of(performance, "vtt")).words[0].text == "hello"


def _texts(srt: str) -> list[str]:
    return [block.split("\n")[2] for block in srt.split("\n\n") if block.strip()]


def test_text_formats_without_words_say_what_to_do() -> None:
    for kind in ("srt", "vtt", "ass", "lrc"):
        with pytest.raises(OptionError, match="--lyrics"):
            text_of(made(words=()), kind)


@pytest.mark.parametrize("text", ["<b>&{x}\\", "a\nb", '"q"', "[x]", "-->", "\u202eabc"])
def test_strange_words_do_not_break_a_format(text: str) -> None:
    performance = made(words=(WordSpan(0.5, 1.0, text, line=0), WordSpan(1.0, 1.2, "ok", line=0)))
    for kind in EXPORTS:
        out = text_of(performance, kind)
        assert out.endswith("\n") and out == text_of(performance, kind)
    assert len(prepare(text_of(performance, "textgrid")).words) >= 1


# --- all of them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EXPORTS)
def test_hand_corrections_are_in_every_format(kind: str) -> None:
    phone = made().phonemes[4]
    edits = Corrections(
        spans=(
            SpanEdit("words", 0.5, 0.82, "hello", 0.5, 0.7, "yellow"),
            SpanEdit("phonemes", phone.start_s, phone.end_s, "B", phone.start_s, phone.end_s, "UW"),
        ),
        tracks=(TrackEdit("visemes", "aa", 0.0, 2.0, (1.0,), (0.3,)),),
    )
    assert text_of(made(corrections=edits), kind) != text_of(made(), kind)


@pytest.mark.parametrize("kind", EXPORTS)
def test_a_later_start_shifts_everything(kind: str) -> None:
    later = text_of(made(), kind, ExportOptions(start_s=10.0))
    assert later != text_of(made(), kind)
    if kind in ("srt", "vtt"):
        assert "00:00:10" in later


@pytest.mark.parametrize("kind", EXPORTS)
def test_silence_alone_is_no_error_for_curves(kind: str) -> None:
    empty = Performance(VocalInfo("a.wav", "", 0.5, 16000, 1), Direction(), Provenance("t"))
    if kind in ("srt", "vtt", "ass", "lrc"):
        return
    assert text_of(empty, kind)


def test_the_command_writes_one_file_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document.save(made(), tmp_path / "song.lipwright")
    for kind in EXPORTS:
        assert (
            main(["export", str(tmp_path / "song.lipwright"), "--as", kind, "--fps", "23.976", "--events", "json"]) == 0
        )
        event = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
        assert event["type"] == "result" and Path(event["output"]).stat().st_size > 0
    names = {p.name for p in tmp_path.iterdir()}
    assert names == {"song.lipwright", *(f"song{ending}" for ending, _ in ABOUT.values())}
    assert len(names) == 1 + len(ABOUT), "no two formats share an ending"
    assert not names & {"song.lrc", "song.srt", "song.csv", "song.txt", "song.TextGrid"}, "could be the user's own"


def test_the_rate_is_the_vocals_own_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = [av.VideoFrame(64, 48, "yuv420p") for _ in range(6)]
    cases = [("shot.mov", 24, "24 (as shot.mov has)"), ("shot.wav", 0, "30 (the default; choose another with --fps)")]
    for name, rate, said in cases:
        if rate:
            write_clip(tmp_path / name, pictures, rate=rate)
        vocal = dataclasses.replace(made().vocal, name=name)
        document.save(dataclasses.replace(made(), vocal=vocal), tmp_path / "song.lipwright")
        for kind in ("csv", "arkit", "srt"):
            assert main(["export", str(tmp_path / "song.lipwright"), "--as", kind, "--events", "json"]) == 0
            event = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
            assert event.get("fps") == (said if kind != "srt" else None)
        times = [row["time_s"] for row in csv.DictReader((tmp_path / "song.curves.csv").open())]
        assert float(times[1]) == pytest.approx(1 / (rate or 30), abs=1e-3)


def test_rest_is_the_resting_shape_wherever_nobody_speaks() -> None:
    empty = Performance(VocalInfo("a.wav", "", 0.5, 16000, 1), Direction(), Provenance("t"))
    rows = list(csv.DictReader(io.StringIO(text_of(empty, "csv"))))
    assert rows and all(float(row["viseme_sil"]) == 1.0 for row in rows)


@pytest.mark.parametrize(
    "args",
    [["--as", "csv", "--convention", "nope"], ["--as", "moho", "--fps", "zero"], ["--as", "srt", "--start", "-1"]],
)
def test_bad_options_leave_nothing_behind(tmp_path: Path, args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    document.save(made(), tmp_path / "song.lipwright")
    assert main(["export", str(tmp_path / "song.lipwright"), *args]) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["song.lipwright"]
    assert "\n" not in capsys.readouterr().err.strip()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nowhere"):
        export(made(), "srt", tmp_path / "nowhere" / "a.srt")


def test_visemes_of_every_kind_reach_arkit() -> None:
    for name in VISEMES:
        if name == "sil":
            continue
        performance = made(visemes=(Track(name, (0.0,), (1.0,)),), channels=())
        rows = list(csv.reader(io.StringIO(text_of(performance, "arkit"))))
        assert sum(map(float, rows[5][2:54])) > 0.2
