"""Files that are cut short, joined, or hold the voice on one side: heard rightly, or named with what to do."""

from pathlib import Path

import av
import numpy as np
import pytest
from tests.core.vocal.test_vocal import save_av, save_wav, tone
from tests.shared import shared

from lipwright.arrays import RATE, FloatArray
from lipwright.vocal import open_vocal

KINDS = [
    ("a.mp3", "libmp3lame", "s16p"),
    ("a.opus", "libopus", "s16"),
    ("a.wav", "pcm_s16le", "s16"),
    ("a.w64", "pcm_s16le", "s16"),
    ("a.caf", "pcm_s16le", "s16"),
    ("a.flac", "flac", "s16"),
    ("a.mka", "aac", "fltp"),
    ("a.aiff", "pcm_s16be", "s16"),
]


def noisy(seconds: float, rate: int = 48_000) -> FloatArray:
    noise = np.random.default_rng(0).normal(0, 0.03, round(seconds * rate))
    return (tone(220, seconds, rate) + noise).astype(np.float32)


def opened(path: Path) -> tuple[float, tuple[str, ...], int | None]:
    with open_vocal(path) as vocal:
        return vocal.length / RATE, vocal.notes, vocal.channel


@pytest.mark.parametrize(("name", "codec", "fmt"), KINDS)
def test_a_file_that_breaks_off_says_so_and_a_whole_one_does_not(
    tmp_path: Path, name: str, codec: str, fmt: str
) -> None:
    path = save_av(tmp_path / name, noisy(4.0), 48_000, codec, fmt)
    assert opened(path)[1] == ()
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    seconds, notes, _ = opened(path)
    assert 1.5 < seconds < 3.0
    assert any(("cut short" in note or "damaged" in note) and name in note for note in notes)


@pytest.mark.parametrize(("name", "codec", "fmt"), [*KINDS, ("a.m4a", "aac", "fltp")])
def test_joined_files_are_heard_whole_or_named(tmp_path: Path, name: str, codec: str, fmt: str) -> None:
    path = save_av(tmp_path / name, noisy(3.0), 48_000, codec, fmt)
    path.write_bytes(path.read_bytes() * 2)
    seconds, notes, _ = opened(path)
    assert seconds > 5.9 or any("joined" in note for note in notes)


def test_sizes_that_a_recorder_never_filled_in_are_no_damage(tmp_path: Path) -> None:
    path = save_wav(tmp_path / "live.wav", noisy(1.0), 48_000)
    raw = bytearray(path.read_bytes())
    raw[4:8] = raw[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    assert opened(path)[:2] == (1.0, ())


def with_cover(path: Path, source: Path, picture: str) -> Path:
    """`source`'s sound packets as they are, beside a cover picture."""
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        sound = new.add_stream_from_template(old.streams.audio[0])
        cover = new.add_stream(picture, rate=1)
        cover.width = cover.height = 16
        cover.pix_fmt = "yuvj420p" if picture == "mjpeg" else "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        image = av.VideoFrame.from_ndarray(np.full((16, 16, 3), 90, np.uint8), format="rgb24")
        new.start_encoding()
        for packet in (*cover.encode(image.reformat(format=cover.pix_fmt)), *cover.encode(None)):
            new.mux(packet)
        for packet in old.demux(old.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = sound
                new.mux(packet)
    return path


@pytest.mark.parametrize(("name", "codec", "fmt"), [("a.mp3", "libmp3lame", "s16p"), ("a.mp4", "aac", "fltp")])
@pytest.mark.parametrize("picture", ["mjpeg", "png"])
def test_a_cover_picture_moves_nothing(tmp_path: Path, name: str, codec: str, fmt: str, picture: str) -> None:
    plain = save_av(tmp_path / name, noisy(1.0), 48_000, codec, fmt)
    covered = with_cover(tmp_path / f"cover_{name}", plain, picture)
    with open_vocal(plain) as a, open_vocal(covered) as b:
        count = min(a.length, b.length) - 800
        assert np.abs(a.window(0, count) - b.window(0, count)).max() < 1e-3
        assert b.info.start_s == a.info.start_s


def test_the_same_song_with_and_without_its_cover() -> None:
    folder = shared("cases", "sound")
    with open_vocal(folder / "plain.mp3") as a, open_vocal(folder / "same_with_cover.mp3") as b:
        assert np.array_equal(a.window(0, a.length), b.window(0, b.length))


def voice(seconds: float) -> FloatArray:
    """Syllables with a pitch that glides, and rests between them."""
    t = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(140 + 30 * np.sin(2 * np.pi * 0.7 * t)) / RATE
    sound = sum(np.sin(h * phase) / h for h in range(1, 12)) * (np.sin(2 * np.pi * 1.5 * t) > -0.2)
    return (0.1 * sound).astype(np.float32)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("kind", ["hiss", "hum", "rumble"])
def test_a_voice_on_one_side_is_chosen_and_said(tmp_path: Path, side: int, kind: str) -> None:
    rng, t = np.random.default_rng(1), np.arange(6 * RATE) / RATE
    other = {
        "hiss": rng.normal(0, 0.1, t.size),
        "hum": 0.1 * sum(np.sin(2 * np.pi * 50 * h * t) / h for h in range(1, 8)),
        "rumble": np.convolve(rng.normal(0, 0.6, t.size), np.ones(40) / 40, "same"),
    }[kind]
    rows = [voice(6.0), other.astype(np.float32)]
    path = save_wav(tmp_path / "two.wav", np.stack(rows if side == 0 else rows[::-1]), RATE)
    _, notes, channel = opened(path)
    assert channel == side
    assert any(f"channel {side}" in note for note in notes)


def test_two_people_on_two_sides_are_both_heard_and_the_choice_is_named(tmp_path: Path) -> None:
    second = np.roll(voice(6.0), 9_000)[::-1].copy()
    path = save_wav(tmp_path / "talk.wav", np.stack([voice(6.0), second]), RATE)
    _, notes, channel = opened(path)
    assert channel is None
    assert any("--channel 0 or --channel 1" in note for note in notes)


def test_a_mix_with_a_voice_in_the_middle_is_left_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    both = np.stack([voice(4.0) + rng.normal(0, 0.02, 4 * RATE) for _ in range(2)]).astype(np.float32)
    assert opened(save_wav(tmp_path / "mix.wav", both, RATE))[1:] == ((), None)
