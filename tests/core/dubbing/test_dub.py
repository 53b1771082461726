"""A take does what the performance says, in the mouth and nowhere else. On a photograph, and on footage made from it."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from tests.bench.mouth.containers import changes
from tests.bench.mouth.score import curve, score
from tests.core.dubbing.dub_material import DEMO, RATE, SECONDS

from lipwright import document
from lipwright.cli import main
from lipwright.dubbing import Options, dub
from lipwright.dubbing.footage.speaker_adaptation import OwnSpeech, own_speech, rules_from
from lipwright.dubbing.footage.tracking import watch
from lipwright.dubbing.output import resume
from lipwright.errors import Cancelled, LipwrightError, MediaError, ModelError, OptionError
from lipwright.mouths.face.lip_model import speaker_of
from lipwright.mouths.face.lip_targets import generic_rules
from lipwright.performance_slice import cut
from lipwright.types import Performance, Track
from lipwright.video import open_clip

pytestmark = [pytest.mark.models, pytest.mark.slow]


@pytest.fixture(scope="module")
def sings(photo: Path, sung: Performance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photograph sings: lossless, and from then on footage whose mouth opens."""
    out = tmp_path_factory.mktemp("sings") / "sings.mkv"
    take = dub(photo, sung, Options(output=out, vocal=DEMO / "song.ogg", codec="ffv1", fps=Fraction(RATE)))
    assert take.engine == "portrait" and take.frames == round(SECONDS * RATE)
    return out


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def wanted(take: Path) -> dict[str, object]:
    meant: dict[str, object] = json.loads((take.parent / f"{take.stem}.report.json").read_text())["intended"]
    return meant


def test_a_photo_sings_what_it_is_told(photo: Path, sings: Path) -> None:
    found = score(sings, sings, intended=wanted(sings), cache=False)
    assert found["intended"]["r"] > 0.9 and abs(found["intended"]["lag_ms"]) <= 20


def test_a_take_says_that_it_is_synthetic_and_carries_the_vocal(sings: Path) -> None:
    with av.open(str(sings)) as container:
        said = {**container.metadata, **container.streams.video[0].metadata}
        assert any("lipwright" in str(value).lower() for value in said.values())
        assert len(container.streams.audio) == 1
    assert json.loads((sings.parent / "sings.report.json").read_text())["synthetic"] is True


@pytest.fixture(scope="module")
def dubbed(footage: Path, song: Performance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The footage says the words of the second line, by its own mouths."""
    out = tmp_path_factory.mktemp("dubbed") / "take.mkv"
    other = cut(song, 6.7, SECONDS + 0.2)
    assert (
        dub(footage, other, Options(output=out, codec="ffv1", sound="source", engine="exemplar")).engine == "exemplar"
    )
    return out


def test_footage_follows_the_performance(footage: Path, dubbed: Path) -> None:
    found = score(footage, dubbed, intended=wanted(dubbed), cache=False)
    assert found["intended"]["r"] > 0.9 and abs(found["intended"]["lag_ms"]) <= 40
    assert not changes(found["container"]), found["container"]


def test_nothing_changes_but_the_lower_face(footage: Path, dubbed: Path) -> None:
    source, take = pictures(footage), pictures(dubbed)
    assert len(source) == len(take)
    changed = np.any([np.any(a != b, axis=2) for a, b in zip(source, take, strict=True)], axis=0)
    rows, columns = np.nonzero(changed)
    height, width = changed.shape
    assert 0.002 < changed.mean() < 0.12
    assert rows.min() > 0.35 * height and columns.min() > 0.2 * width and columns.max() < 0.8 * width
    assert not changed[: int(0.3 * height)].any(), "eyes and hair are the source's own"


def test_every_sample_outside_the_matte_is_the_sources_own(footage: Path, sung: Performance, tmp_path: Path) -> None:
    base = Options(output=tmp_path / "take.mkv", codec="ffv1", sound="none", engine="exemplar")
    dub(footage, sung, base)
    dub(footage, sung, replace(base, output=tmp_path / "overlay.mkv", kind="overlay"))
    with av.open(str(tmp_path / "overlay.mkv")) as container:
        clear = [frame.to_ndarray(format="rgba")[..., 3] == 0 for frame in container.decode(video=0)]
    for source, take, outside in zip(pictures(footage), pictures(tmp_path / "take.mkv"), clear, strict=True):
        assert outside.mean() > 0.8
        # A chroma sample is shared by its neighbours where the matte's edge runs through it.
        inside = cv2.dilate((~outside).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        assert not np.any((source != take).any(axis=2) & ~inside)


def test_silence_keeps_the_mouth_still(footage: Path, sung: Performance, tmp_path: Path) -> None:
    long = replace(sung.vocal, duration_s=SECONDS + 1.0)
    quiet = replace(sung, vocal=long, words=(), phonemes=(), visemes=(), channels=(), mouth=())
    take = dub(footage, quiet, Options(output=tmp_path / "quiet.mkv", codec="ffv1", sound="none", engine="exemplar"))
    opening = np.array(curve(take.path)["opening"])
    assert opening.max() < 0.03 and np.array(curve(footage)["opening"]).max() > 0.15


def test_an_interrupted_take_goes_on_and_ends_the_same(
    footage: Path, sung: Performance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume, "SEGMENT", 16)
    plain = dub(footage, sung, Options(output=tmp_path / "whole.mkv", codec="ffv1", sound="none", engine="exemplar"))
    options = Options(output=tmp_path / "broken.mkv", codec="ffv1", sound="none", engine="exemplar")

    def stop(value: float, step: str) -> None:
        if value > 0.7:
            raise Cancelled("stopped in the middle")

    with pytest.raises(Cancelled):
        dub(footage, sung, options, stop)
    assert not options.output.exists()
    again = dub(footage, sung, options)
    assert any("went on" in note for note in again.notes)
    whole, resumed = pictures(plain.path), pictures(again.path)
    assert len(whole) == len(resumed)
    assert all(np.array_equal(a, b) for a, b in zip(whole, resumed, strict=True))
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".json", ".json", ".mkv", ".mkv"], (
        "nothing half-made is left"
    )


def test_an_overlay_is_clear_outside_the_mouth_and_crops_know_their_place(
    footage: Path, sung: Performance, tmp_path: Path
) -> None:
    base = Options(output=tmp_path / "x", sound="none", engine="exemplar")
    dub(footage, sung, replace(base, output=tmp_path / "mouth.mov", kind="overlay"))
    with av.open(str(tmp_path / "mouth.mov")) as container:
        alpha = np.stack([f.to_ndarray(format="rgba")[..., 3] for f in container.decode(video=0)])
    assert alpha.max() > 200 and (alpha[:, : alpha.shape[1] // 3] < 8).all()
    dub(footage, sung, replace(base, output=tmp_path / "crops", kind="crops"))
    table = json.loads((tmp_path / "crops" / "mouths.json").read_text())
    row = next(row for row in table["frames"] if row["file"])
    crop = cv2.imread(str(tmp_path / "crops" / row["file"]), cv2.IMREAD_UNCHANGED)
    x, y = -row["crop_from_frame"][0][2], -row["crop_from_frame"][1][2]
    assert crop.shape[2] == 4 and 0 <= x < x + crop.shape[1] <= table["width"]
    assert 0 <= y < y + crop.shape[0] <= table["height"] and len(table["frames"]) == round(SECONDS * RATE)


def test_a_stretch_at_half_speed_is_as_long_as_asked_and_hears_the_right_second(
    footage: Path, sung: Performance, tmp_path: Path
) -> None:
    options = Options(
        output=tmp_path / "part.mkv", codec="ffv1", sound="none", engine="exemplar",
        from_s=0.4, to_s=1.6, start_s=-0.2, retime=0.5,
    )  # fmt: skip
    take = dub(footage, sung, options)
    assert take.frames == 30
    meant = json.loads(take.report.read_text())["intended"]
    jaw = sung.track("jaw")
    asked = np.array([jaw.at(0.2 + n / RATE / 0.5) for n in range(30)])
    made = np.array(meant["opening"])
    assert np.corrcoef(asked, np.interp(np.arange(30), np.arange(len(made)), made))[0, 1] > 0.8


def test_a_bank_needs_consent_serves_another_clip_and_goes_away(
    footage: Path,
    sung: Performance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("LIPWRIGHT_HOME", "LIPWRIGHT_DATA"):
        monkeypatch.setenv(name, str(tmp_path / "data"))
    assert main(["bank", "add", "ann", str(footage)]) == 2
    assert "consent" in capsys.readouterr().err
    assert main(["bank", "add", "ann", str(footage), "--consent", "public domain"]) == 0
    assert main(["bank", "list"]) == 0 and "ann" in capsys.readouterr().out
    assert main(["bank", "show", "ann", "-o", str(tmp_path / "ann.png")]) == 0
    assert cv2.imread(str(tmp_path / "ann.png")) is not None
    take = dub(footage, sung, Options(output=tmp_path / "t.mkv", codec="ffv1", sound="none", bank=("ann",)))
    assert take.engine == "exemplar"
    assert main(["bank", "remove", "ann"]) == 0
    with pytest.raises((OptionError, ModelError, MediaError), match="ann"):
        dub(footage, sung, Options(output=tmp_path / "u.mkv", codec="ffv1", sound="none", bank=("ann",)))


def test_what_stands_before_the_mouth_stays_and_is_listed(footage: Path, sung: Performance, tmp_path: Path) -> None:
    """A green card passes before the mouth in ten frames; a wide open mouth alone is no card."""
    path, frames = tmp_path / "card.mkv", pictures(footage)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=RATE)
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuv444p"
        for number, picture in enumerate(frames):
            if 20 <= number < 30:
                picture[225:330, 120:260] = (20, 160, 60)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(stream.encode(None))
    take = dub(path, sung, Options(output=tmp_path / "take.mkv", codec="ffv1", sound="none", engine="exemplar"))
    handed = {n for span in take.untouched for n in range(span.first, span.last + 1)}
    assert set(range(20, 30)) <= handed and len(handed) < 30
    source, made = pictures(path), pictures(take.path)
    assert all(np.array_equal(source[n], made[n]) for n in range(20, 30))
    clean = dub(footage, sung, Options(output=tmp_path / "clean.mkv", codec="ffv1", sound="none", engine="exemplar"))
    assert not clean.untouched


def test_a_clip_without_a_face_is_refused_and_nothing_is_written(sung: Performance, tmp_path: Path) -> None:
    path = tmp_path / "noise.mkv"
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 255, (180, 160), dtype=np.uint8), "yuv420p")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(MediaError, match="no face"):
        dub(path, sung, Options(output=tmp_path / "take.mkv", sound="none"))
    assert not (tmp_path / "take.mkv").exists()


def test_the_command_does_it_all_and_looks_first(
    photo: Path, tmp_path: Path, sung: Performance, capsys: pytest.CaptureFixture[str]
) -> None:
    document.save(sung, tmp_path / "line.lipwright")
    words = [str(photo), "--performance", str(tmp_path / "line.lipwright"), "--fps", "12", "--engine", "portrait"]
    assert main(["preview", *words, "-o", str(tmp_path / "look.png"), "--seconds", "1"]) == 0
    assert cv2.imread(str(tmp_path / "look.png")).shape[1] > 400
    assert main(["dub", *words, "--sound", "none", "-o", str(tmp_path / "take.mp4")]) == 0
    assert "synthetic: True" in capsys.readouterr().err
    assert len(list(open_clip(tmp_path / "take.mp4").frames())) == round(SECONDS * 12)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"engine": "magic"}, "magic"),
        ({"opening": 9.0}, "opening"),
        ({"engine": "wav2lip"}, "weights"),
        ({"retime": 0.0}, "retime"),
        ({"sound": "vocal"}, "vocal"),
    ],
)
def test_options_that_mean_nothing_are_named(change: dict[str, object], says: str) -> None:
    with pytest.raises(OptionError, match=says):
        Options(**{"output": Path("x.mov"), "sound": "none", **change})  # type: ignore[arg-type]


def test_the_performers_lips_are_learned_from_the_clips_own_sound_unless_it_is_not_theirs(
    footage: Path, sung: Performance, tmp_path: Path
) -> None:
    clip = open_clip(footage)
    watched = watch(clip, "largest", lambda _: None)
    speaker = speaker_of(watched.bank.lips, watched.bank.chin)  # type: ignore[union-attr]
    times = tuple(n / RATE for n in range(60))
    swing = [float(np.sin(2 * np.pi * 1.2 * t)) for t in times]
    shown = tuple(Track(n, times, tuple(max(0.0, sign * v) for v in swing)) for n, sign in (("aa", 1), ("ou", -1)))
    slow = replace(sung, mouth=(), visemes=shown)
    rules, notes = rules_from(OwnSpeech(slow, False), clip, watched, speaker)
    assert rules is not None and rules != generic_rules() and "learned" in notes[0]
    away = replace(slow, visemes=tuple(replace(t, values=t.values[::-1]) for t in slow.visemes))
    assert rules_from(OwnSpeech(away, False), clip, watched, speaker) == (None, [])
    options = Options(output=tmp_path / "x.mkv", sound="none", own=tmp_path / "none.lipwright")
    with pytest.raises(LipwrightError, match=r"none\.lipwright"):
        own_speech(clip, options, lambda _: None)
    assert own_speech(clip, replace(options, own=None, learn=False), lambda _: None) is None
