"""Clips in and takes out: nothing that was not asked for changes."""

from __future__ import annotations

import os
import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from lipwright.errors import MediaError, OptionError, OutputError
from lipwright.video import Clip, Sound, Writer, codecs, open_clip, paste_rgb, plan_frames, walk
from lipwright.video.joining import join

from .video_material import noise_picture, samples_of, sound_packets, uneven_times, write_clip

SIZE = (64, 48)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def pictures(rng: np.random.Generator, pix_fmt: str, count: int, size: tuple[int, int] = SIZE) -> list[Any]:
    return [noise_picture(rng, pix_fmt, *size) for _ in range(count)]


def copy(clip: Clip, path: Path, **options: Any) -> Clip:
    with Writer(path, clip.info, **options) as out:
        for frame in clip.frames():
            out.write(frame)
    return open_clip(path)


def decoded(clip: Clip) -> list[list[np.ndarray]]:
    return [samples_of(frame.picture) for frame in clip.frames()]


LOSSLESS = [("yuv420p", "ffv1"), ("yuv422p10le", "ffv1"), ("yuv444p12le", "ffv1"), ("yuva444p10le", "ffv1"),
            ("gbrp10le", "ffv1"), ("gray", "ffv1"), ("yuv420p", "lossless"), ("yuv422p10le", "lossless"),
            ("yuv444p10le", "lossless")]  # fmt: skip


@pytest.mark.parametrize(("pix_fmt", "codec"), LOSSLESS)
def test_a_lossless_take_has_every_sample_and_time_of_its_clip(
    pix_fmt: str, codec: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    times = uneven_times(rng, 9)
    suffix = ".mov" if codec == "lossless" else ".nut"
    source = open_clip(write_clip(tmp_path / f"in{suffix}", pictures(rng, pix_fmt, 9), times=times, codec=codec))
    take = copy(source, tmp_path / f"out{suffix}", codec=codec)
    assert source.info.vfr and take.info.vfr
    assert source.times_pts().tolist() == take.times_pts().tolist() == times
    for a, b in zip(decoded(source), decoded(take), strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_only_the_matte_changes_in_a_lossless_take(tmp_path: Path, rng: np.random.Generator) -> None:
    source = open_clip(
        write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 8), codec="libx264", options={"qp": "4"})
    )
    matte = np.zeros((20, 24), np.float32)
    matte[5:15, 6:18] = 1
    with Writer(tmp_path / "out.mov", source.info, codec="lossless") as out:
        for frame in source.frames():
            paste_rgb(frame, (20, 10, 44, 30), rng.integers(0, 256, (20, 24, 3), np.uint8), matte)
            out.write(frame)
    inside = np.zeros((48, 64), bool)
    inside[10:30, 20:44] = matte > 0
    untouched = decoded(source)
    for a, b in zip(untouched, decoded(open_clip(tmp_path / "out.mov")), strict=True):
        assert np.array_equal(a[0][~inside], b[0][~inside])
        assert not np.array_equal(a[0][inside], b[0][inside])


@pytest.mark.parametrize("codec", [name for name in codecs() if name != "png"])
@pytest.mark.parametrize("container", [".mov", ".mp4", ".mkv"])
def test_every_codec_keeps_times_shape_and_colour_tags(
    codec: str, container: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    if container not in codecs()[codec].containers:
        with pytest.raises(OptionError, match="name the output"):
            Writer(tmp_path / f"out{container}", info_of(tmp_path, rng), codec=codec)
        return
    times, size = [0, 3600, 7200, 9900, 15300, 18900], (256, 144)
    path = write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p10le", 6, size), times=times,
                      aspect=Fraction(4, 3), rotation=90, timecode="01:00:00:00", colour=(9, 16, 9, 1))  # fmt: skip
    source = open_clip(path)
    take = copy(source, tmp_path / f"out{container}", codec=codec)
    if container != ".mkv":  # Matroska counts milliseconds
        assert take.times_pts().tolist() == times and take.info.time_base == source.info.time_base
        assert take.info.duration_s == pytest.approx(source.info.duration_s, abs=1e-4)
    assert np.allclose(take.times_s(), source.times_s(), atol=0.0006)
    same = ["width", "height", "rotation", "pixel_aspect", "timecode"]
    if container == ".mkv" and codec in ("prores", "prores4444", "ffv1"):
        same.remove("pixel_aspect")  # FFmpeg's muxer takes it from the bitstream only; the writer notes it
    assert [getattr(take.info, n) for n in same] == [getattr(source.info, n) for n in same]
    tags = ("primaries", "transfer", "matrix", "full")
    assert [getattr(take.info.colour, n) for n in tags] == [9, 16, 9, False]
    assert take.info.bits >= 10  # FFmpeg decodes ProRes 4444 to 12 bits


def info_of(tmp_path: Path, rng: np.random.Generator) -> Any:
    return open_clip(write_clip(tmp_path / "any.mov", pictures(rng, "yuv420p", 2))).info


@pytest.mark.parametrize(
    ("codec", "floor_db"), [("prores", 37), ("prores4444", 40), ("dnxhr", 37), ("h264", 38), ("h265", 36)]
)
def test_lossy_codecs_keep_the_picture(codec: str, floor_db: float, tmp_path: Path) -> None:
    """A smooth moving picture: wrong levels, matrix or chroma order would cost far more than the codec does."""
    across, down = np.meshgrid(np.linspace(0, 1, 256), np.linspace(0, 1, 144))
    frames = []
    for shift in range(4):
        rgb = np.dstack([across, down, (across + down + shift / 8) % 2 / 2])
        frames.append(av.VideoFrame.from_ndarray((rgb * 255).astype(np.uint8), "rgb24"))
    source = open_clip(write_clip(tmp_path / "in.mov", [f.reformat(format="rgb24") for f in frames], codec="png"))
    take = copy(source, tmp_path / "out.mov", codec=codec)
    for rgb, frame in zip(frames, take.frames(), strict=True):
        seen = frame.sample(np.eye(3)[:2], (256, 144)).astype(float)
        wanted = rgb.to_ndarray().astype(float)
        assert 10 * np.log10(255**2 / np.mean((seen - wanted)[4:-4, 4:-4] ** 2)) > floor_db


def test_full_range_becomes_video_levels_only_where_editors_expect_them(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    source = open_clip(
        write_clip(tmp_path / "in.mov", pictures(rng, "yuvj420p", 3), codec="mjpeg", colour=(1, 1, 1, 2))
    )
    assert source.info.colour.full
    prores, h264 = copy(source, tmp_path / "p.mov"), copy(source, tmp_path / "h.mp4")
    assert not prores.info.colour.full and h264.info.colour.full
    mean = [float(next(c.frames()).sample(np.eye(3)[:2], SIZE).mean()) for c in (source, prores, h264)]
    assert max(mean) - min(mean) < 2


def test_what_hdr_was_graded_on_is_kept_by_h265_and_noted_by_others(tmp_path: Path, rng: np.random.Generator) -> None:
    graded = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400"
    path = write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p10le", 4, (128, 96)), codec="libx265", colour=(9, 16, 9, 1),
                      options={"x265-params": f"log-level=none:hdr10=1:{graded}"})  # fmt: skip
    source = open_clip(path)
    assert source.info.mastering == graded and source.info.colour.hdr == "pq"
    take = copy(source, tmp_path / "out.mp4", codec="h265")
    assert take.info.mastering == graded and take.info.colour == source.info.colour and take.info.bits == 10
    writer = Writer(tmp_path / "out.mov", source.info, codec="prores")
    assert any("mastering" in note for note in writer.notes)


def test_odd_sizes_keep_their_size(tmp_path: Path, rng: np.random.Generator) -> None:
    source = open_clip(write_clip(tmp_path / "in.nut", pictures(rng, "yuv420p", 2, (257, 145)), codec="ffv1"))
    for codec, name in (("prores", "a.mov"), ("h264", "b.mov"), ("h265", "c.mp4"), ("ffv1", "d.mkv")):
        take = copy(source, tmp_path / name, codec=codec)
        assert (take.info.width, take.info.height) == (257, 145), codec


def test_one_frame_is_a_clip(tmp_path: Path, rng: np.random.Generator) -> None:
    source = open_clip(write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 1)))
    take = copy(source, tmp_path / "out.mkv", codec="ffv1")
    assert len(list(take.frames())) == 1


@pytest.mark.parametrize(
    ("sound", "name"), [("pcm_s16le", "out.mov"), ("aac", "out.mov"), ("aac", "out.mp4"), ("aac", "out.mkv")]
)
def test_sound_that_the_container_takes_is_copied_packet_for_packet(
    sound: str, name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    path = write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 25), sound=sound)
    source = open_clip(path)
    take = copy(source, tmp_path / name, codec="h264", sounds=[Sound(path)])
    assert sound_packets(path) == sound_packets(take.path)
    # Matroska has no edit list that hides the 1024 priming samples of AAC: they are heard, in their place, as silence.
    early = 0.022 if name.endswith("mkv") else 0.001
    assert take.info.audio[0].start_s == pytest.approx(source.info.audio[0].start_s, abs=early)


def test_both_sounds_lie_side_by_side_and_the_vocal_is_cut(tmp_path: Path, rng: np.random.Generator) -> None:
    clip_path = write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 25), sound="pcm_s16le")
    vocal = write_clip(tmp_path / "vocal.mov", pictures(rng, "yuv420p", 75), sound="pcm_s16le")
    sounds = [Sound(vocal, start_s=0.25, end_s=1.0, title="vocal"), Sound(clip_path, title="source")]
    for name in ("out.mov", "out.mp4"):
        take = copy(open_clip(clip_path), tmp_path / name, codec="h264", sounds=sounds)
        assert [a.codec for a in take.info.audio] == (["pcm_s16le"] * 2 if name == "out.mov" else ["aac"] * 2)
        exact = 1e-3 if name == "out.mov" else 0.03  # uncompressed sound is cut to the sample, AAC by its packets
        assert take.info.audio[0].start_s + take.info.audio[0].duration_s == pytest.approx(1.0, abs=exact)
        heard, _ = mono(take.path, 0)
        loud = np.flatnonzero(np.abs(heard) > 0.05)
        assert loud[0] / 48_000 == pytest.approx(0.25, abs=0.03)


def plain_wav(path: Path, channels: int) -> Path:
    """A second of noise as digital audio workstations write it: the header does not say which channel is which."""
    noise = np.random.default_rng(1).integers(-8000, 8000, 44_100 * channels, dtype=np.int16)
    with wave.open(str(path), "wb") as out:
        out.setparams((channels, 2, 44_100, 0, "NONE", ""))
        out.writeframes(noise.tobytes())
    return path


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.mkv"])
def test_a_wav_whose_channels_have_no_names_goes_into_every_container(
    name: str, channels: int, tmp_path: Path, rng: np.random.Generator
) -> None:
    source = open_clip(write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 25)))
    vocal = plain_wav(tmp_path / "vocal.wav", channels)
    take = copy(source, tmp_path / name, codec="h264", sounds=[Sound(vocal, start_s=0.0)])
    assert take.info.audio[0].channels == channels
    with av.open(str(take.path)) as made:
        sounding = sum(frame.samples for frame in made.decode(audio=0)) / 44_100
    assert sounding == pytest.approx(1.0, abs=0.05)


def test_sound_that_cannot_be_encoded_is_one_sentence(tmp_path: Path, rng: np.random.Generator) -> None:
    source = open_clip(write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 5)))
    vocal = plain_wav(tmp_path / "vocal.wav", 16)
    (tmp_path / "out.mp4").write_bytes(b"an older take")
    with pytest.raises(OutputError, match=r"cannot write the sound of 'vocal.wav' into .mp4 .*; name the output .mov"):
        copy(source, tmp_path / "out.mp4", codec="h264", sounds=[Sound(vocal, start_s=0.0)])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mov", "out.mp4", "vocal.wav"]
    assert (tmp_path / "out.mp4").read_bytes() == b"an older take"


def mono(path: Path, number: int) -> tuple[np.ndarray, int]:
    """Samples placed at their own times, from 0 s."""
    out = np.zeros(48_000 * 4)
    with av.open(str(path)) as source:
        for frame in source.decode(source.streams.audio[number]):
            data = frame.to_ndarray().astype(float).reshape(-1)
            data = data / 32768 if frame.format.name.startswith("s16") else data
            at = round(float(frame.pts * frame.time_base) * 48_000)
            out[max(at, 0) : at + len(data)] = data[max(0, -at) :]
    return out, 48_000


@pytest.mark.parametrize(
    ("name", "codec"),
    [("in.mov", "libx264"), ("in.mpg", "mpeg2video"), ("in.ts", "libx264"), ("in.mkv", "libx264"), ("in.avi", "mpeg4")],
)
def test_frames_can_be_read_from_any_number(name: str, codec: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """MPEG program streams say few times and seek badly: numbers must hold all the same."""
    path = write_clip(tmp_path / name, pictures(rng, "yuv420p", 40), codec=codec, options={"g": "12", "bf": "2"})
    clip = open_clip(path)
    assert len(clip.times_pts()) == 40 and np.allclose(clip.times_s(), np.arange(40) / 25, atol=1e-4)
    everything = decoded(clip)
    for start, stop in ((0, 3), (13, 20), (39, None), (11, 12)):
        part = list(clip.frames(start, stop))
        assert [f.index for f in part] == list(range(40))[start:stop]
        for frame, truth in zip(part, everything[start:stop], strict=True):
            assert np.array_equal(samples_of(frame.picture)[0], truth[0])
    assert [f.index for f in clip.pick([0, 1, 17, 39, 60])] == [0, 1, 17, 39]


@pytest.mark.parametrize(("fit", "order"), [
    ("clip", [0, 1, 2, 3]), ("hold", [0, 1, 2, 3, 3, 3, 3, 3, 3, 3]), ("loop", [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]),
    ("pingpong", [0, 1, 2, 3, 2, 1, 0, 1, 2, 3]), ("cut", [0, 1, 2, 3])])  # fmt: skip
def test_a_longer_vocal_gets_the_frames_that_were_asked_for(
    fit: str, order: list[int], tmp_path: Path, rng: np.random.Generator
) -> None:
    clip = open_clip(write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 4)))
    plan = plan_frames(clip, 0.4, fit)
    assert plan.source.tolist() == order
    everything, shown = decoded(clip), list(walk(clip, plan))
    assert [f.index for f in shown] == list(range(len(order))) and [f.source for f in shown] == order
    assert np.allclose([f.time_s for f in shown], np.arange(len(order)) / 25)
    for frame, number in zip(shown, order, strict=True):
        assert np.array_equal(samples_of(frame.picture)[0], everything[number][0])


def test_a_shorter_vocal_cuts_only_when_asked(tmp_path: Path, rng: np.random.Generator) -> None:
    clip = open_clip(write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 10)))
    assert [len(plan_frames(clip, 0.12, fit)) for fit in ("clip", "hold", "loop", "pingpong", "cut")] == [
        10,
        10,
        10,
        10,
        3,
    ]


def test_a_frame_shown_twice_can_be_painted_twice(tmp_path: Path, rng: np.random.Generator) -> None:
    clip = open_clip(write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 1)))
    seen = []
    for frame in walk(clip, plan_frames(clip, 0.12, "hold")):
        seen.append(samples_of(frame.picture)[0])
        paste_rgb(frame, (0, 0, 8, 8), np.zeros((8, 8, 3), np.uint8))
    assert len(seen) == 3 and all(np.array_equal(seen[0], s) for s in seen)


def test_numbered_pictures_go_out_and_come_in(tmp_path: Path, rng: np.random.Generator) -> None:
    source = open_clip(write_clip(tmp_path / "in.mov", pictures(rng, "rgba", 3), rotation=90, codec="png"))
    with Writer(tmp_path / "shot_%03d.png", source.info, alpha=True) as out:
        for frame in source.frames():
            out.write_rgb(np.full((64, 48, 4), [250, 128, 3, 77], np.uint8), frame.pts)
    assert sorted(p.name for p in tmp_path.glob("*.png")) == ["shot_001.png", "shot_002.png", "shot_003.png"]
    back = open_clip(tmp_path / "shot_%03d.png", fps=Fraction(24))
    assert back.info.fps == 24 and back.info.alpha and (back.info.width, back.info.height) == (48, 64)
    for frame in back.frames():
        assert np.array_equal(samples_of(frame.picture)[0][5, 5], [250, 128, 3, 77])


def test_an_overlay_keeps_its_alpha(tmp_path: Path, rng: np.random.Generator) -> None:
    source = open_clip(write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 2, (256, 128)), rotation=180))
    rgba = np.zeros((128, 256, 4), np.float32)
    rgba[32:64, 16:96] = [0.9, 0.5, 0.1, 0.75]
    with Writer(tmp_path / "out.mov", source.info, codec="prores4444", alpha=True) as out:
        for frame in source.frames():
            out.write_rgb(rgba, frame.pts)
    take = open_clip(tmp_path / "out.mov")
    assert take.info.alpha and take.info.rotation == 180
    first = next(take.frames())
    alpha = np.rot90(samples_of(first.picture)[3], 2) / ((1 << take.info.bits) - 1)
    assert abs(alpha[40:56, 24:88] - 0.75).max() < 0.01 and alpha[90:, :].max() < 0.01
    assert np.abs(first.sample(np.eye(3)[:2], (256, 128))[48, 56] - np.array([229.5, 127.5, 25.5])).max() < 4


def test_a_still_picture_is_a_clip_of_one_frame_that_can_be_held(tmp_path: Path, rng: np.random.Generator) -> None:
    picture = noise_picture(rng, "rgb24", *SIZE)
    for name in ("still.png", "still.jpg"):
        picture.to_image().save(tmp_path / name)
        clip = open_clip(tmp_path / name, fps=Fraction(30))
        assert clip.info.still and clip.info.fps == 30
        take_path = tmp_path / f"{name}.mov"
        with Writer(take_path, clip.info, codec="h264") as out:
            for frame in walk(clip, plan_frames(clip, 0.5, "hold")):
                out.write(frame)
        take = open_clip(take_path)
        assert len(list(take.frames())) == 15 and take.info.fps == 30


def test_what_is_no_clip_is_refused_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        open_clip(tmp_path / "missing.mov")
    with pytest.raises(MediaError, match="folder"):
        open_clip(tmp_path)
    (tmp_path / "text.mov").write_bytes(b"not a film" * 100)
    with pytest.raises(MediaError, match="as a clip"):
        open_clip(tmp_path / "text.mov")
    (tmp_path / "empty.mov").write_bytes(b"")
    with pytest.raises(MediaError):
        open_clip(tmp_path / "empty.mov")
    with av.open(str(tmp_path / "sound.wav"), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        frame.sample_rate = 8000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    with pytest.raises(MediaError, match="sound but no picture"):
        open_clip(tmp_path / "sound.wav")


def test_a_truncated_clip_gives_what_decodes_and_says_so(tmp_path: Path, rng: np.random.Generator) -> None:
    path = write_clip(tmp_path / "in.mkv", pictures(rng, "yuv420p", 30), codec="libx264", options={"g": "5"})
    data = path.read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(data[: len(data) * 2 // 3])
    clip = open_clip(cut)
    count = len(list(clip.frames()))
    assert 10 < count < 30
    broken = bytearray(data)
    broken[len(data) // 2 : len(data) // 2 + 4000] = bytes(4000)
    (tmp_path / "broken.mkv").write_bytes(broken)
    clip = open_clip(tmp_path / "broken.mkv")
    assert len(list(clip.frames())) > 10 and clip.notes


def test_a_failure_leaves_the_old_take_and_no_litter(tmp_path: Path, rng: np.random.Generator) -> None:
    source = open_clip(write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 3)))
    (tmp_path / "out.mov").write_bytes(b"precious")
    for name in ("out.mov", "out_%03d.png"):
        with pytest.raises(RuntimeError, match="stop"), Writer(tmp_path / name, source.info) as out:
            for frame in source.frames():
                out.write(frame)
                raise RuntimeError("stop")
    with pytest.raises(OutputError, match="no frame"), Writer(tmp_path / "out.mov", source.info):
        pass
    assert (tmp_path / "out.mov").read_bytes() == b"precious"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mov", "out.mov"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="file size limits are POSIX")
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path, rng: np.random.Generator) -> None:
    """A file size limit stands in for a full disk: the write fails in the middle, as it does there."""
    import resource
    import signal

    source = open_clip(write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 30, (320, 240))))
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
        with pytest.raises(OutputError, match="free space"):
            copy(source, tmp_path / "out.mov", codec="lossless")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert [p.name for p in tmp_path.iterdir()] == ["in.mov"]


@pytest.mark.parametrize(
    ("codec", "suffix"), [(name, suffix) for name, row in codecs().items() for suffix in row.containers]
)
def test_every_container_of_every_codec_takes_picture_and_sound(
    codec: str, suffix: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    path = write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 6, (256, 144)), sound="pcm_s16le")
    source = open_clip(path)
    if suffix == ".png":
        with pytest.raises(OutputError, match="no sound"):
            copy(source, tmp_path / "out_%02d.png", codec=codec, sounds=[Sound(path)])
        return
    take = copy(source, tmp_path / f"out{suffix}", codec=codec, sounds=[Sound(path)])
    assert len(list(take.frames())) == 6 and len(take.info.audio) == 1
    assert np.allclose(take.times_s(), source.times_s(), atol=0.0006)


def test_a_codec_that_cannot_hold_the_clip_says_why(tmp_path: Path, rng: np.random.Generator) -> None:
    small = info_of(tmp_path, rng)
    for kwargs, words in (({"codec": "dnxhr"}, "256 x 120"), ({"codec": "nonsense"}, "unknown"),
                          ({"codec": "prores", "quality": 3.0}, "no quality")):  # fmt: skip
        with pytest.raises(OptionError, match=words):
            Writer(tmp_path / "out.mov", small, **kwargs)  # type: ignore[arg-type]  # a table of cases
    turned = open_clip(write_clip(tmp_path / "t.mov", pictures(rng, "yuv420p", 2, (256, 128)), rotation=90)).info
    with pytest.raises(OptionError, match="turned"):
        Writer(tmp_path / "out.mxf", turned, codec="dnxhr")
    hdr = open_clip(write_clip(tmp_path / "h.mov", pictures(rng, "yuv420p", 2), colour=(9, 18, 9, 1))).info
    with pytest.raises(OptionError, match="HDR"):
        Writer(tmp_path / "out.mp4", hdr, codec="h264")


def test_a_preset_that_is_asked_for_comes_as_the_encoder_defines_it() -> None:
    h264 = codecs()["h264"]
    assert h264.settings(None, "slow") == {"preset": "slow", "crf": "15"}
    assert h264.settings(20, None)["x264-params"]  # the default preset is tuned


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("h264", ".mov"), ("h264", ".mp4"), ("h265", ".mov"), ("prores", ".mov"), ("lossless", ".mov"), ("dnxhr", ".mov")],
)
@pytest.mark.parametrize("timecode", ["01:00:00:00", ""])
def test_joined_stretches_keep_rate_and_timecode(
    codec: str, suffix: str, timecode: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    """A long take is joined from stretches; a container computes its timecode from the stream's rate."""
    source = open_clip(write_clip(tmp_path / "in.mov", pictures(rng, "yuv420p", 8, (256, 144)), timecode=timecode))
    parts = [tmp_path / f"part{number}{suffix}" for number in range(2)]
    for number, part in enumerate(parts):
        with Writer(part, source.info, codec=codec) as writer:
            for frame in source.frames(4 * number, 4 * number + 4):
                writer.write(frame)
    join(parts, tmp_path / f"out{suffix}", source.info, codec=codec)
    take = open_clip(tmp_path / f"out{suffix}").info
    assert (take.timecode, take.fps) == (timecode, 25)
