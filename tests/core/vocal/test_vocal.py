"""Any file comes in as 16 kHz mono on the file's own clock; what cannot is refused in one sentence."""

import errno
import io
import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from lipwright.arrays import RATE, MemoryVocal
from lipwright.errors import MediaError, OutputError
from lipwright.vocal import measure, open_vocal, source


def tone(hz: float, seconds: float, rate: int = RATE, level: float = 0.3) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def save_wav(path: Path, channels: np.ndarray, rate: int) -> Path:
    """channels float32 (n,) or (c, n) as 16-bit WAV."""
    data = np.atleast_2d(channels)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(data.shape[0])
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((data.T * 32767).round().astype("<i2").tobytes())
    return path


def save_av(
    path: Path, samples: np.ndarray, rate: int, codec: str, fmt: str = "s16", layout: str = "mono", start_s: float = 0.0
) -> Path:
    """samples (c, n) as FFmpeg writes them, with a first time stamp of `start_s` and a picture from 0 on if it is > 0."""
    with av.open(str(path), "w") as box:
        sound: Any = box.add_stream(codec, rate=rate, layout=layout)
        picture: Any = None
        if start_s:
            picture = box.add_stream("mpeg4", rate=25)
            picture.width = picture.height = 64
            picture.pix_fmt = "yuv420p"
            for n in range(round((start_s + samples.shape[-1] / rate) * 25)):
                image = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 40, np.uint8), format="rgb24")
                image.pts, image.time_base = n, Fraction(1, 25)
                box.mux(picture.encode(image))
            box.mux(picture.encode(None))
        step = sound.codec_context.frame_size or 1024
        data = np.atleast_2d(samples)
        for low in range(0, data.shape[1], step):
            part = data[:, low : low + step]
            packed = part if fmt.endswith("p") else part.T.reshape(1, -1)
            kind = {"s16": np.int16, "s16p": np.int16}.get(fmt)
            packed = (packed * 32767).astype(kind) if kind else packed.astype(np.float32)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(packed), format=fmt, layout=layout)
            frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
            frame.pts = low + round(start_s * rate)
            box.mux(sound.encode(frame))
        box.mux(sound.encode(None))
    return path


def loudest_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(spectrum.argmax() * RATE / samples.size)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000])
def test_every_rate_keeps_pitch_and_length(tmp_path: Path, rate: int) -> None:
    with open_vocal(save_wav(tmp_path / "a.wav", tone(440, 1.0, rate), rate)) as vocal:
        assert vocal.length == pytest.approx(RATE, abs=4)
        assert vocal.info.sample_rate == rate and vocal.info.channels == 1
        assert loudest_hz(vocal.window(0, RATE)) == pytest.approx(440, abs=1.5)
        assert np.abs(vocal.window(2000, 14000)).max() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(
    ("name", "codec", "fmt"),
    [("a.flac", "flac", "s16"), ("a.mp3", "libmp3lame", "s16p"), ("a.m4a", "aac", "fltp"), ("a.ogg", "libopus", "s16"),
     ("a.opus", "libopus", "s16"), ("a.mp4", "aac", "fltp"), ("a.mov", "pcm_s16le", "s16"), ("a.mkv", "libopus", "s16")],
)  # fmt: skip
def test_every_container_starts_at_its_first_sample(tmp_path: Path, name: str, codec: str, fmt: str) -> None:
    click = np.zeros(48000, np.float32)
    click[24000:24480] = tone(1000, 0.01, 48000, 0.8)
    with open_vocal(save_av(tmp_path / name, click, 48000, codec, fmt)) as vocal:
        found = int(np.abs(vocal.window(0, vocal.length)).argmax()) / RATE
        assert found == pytest.approx(0.505, abs=0.008)
        assert vocal.notes == ()


@pytest.mark.parametrize("name", ["late.mkv", "late.mp4", "late.mov"])
def test_sound_that_starts_late_stays_with_its_picture(tmp_path: Path, name: str) -> None:
    click = np.zeros(48000, np.float32)
    click[24000:24480] = tone(1000, 0.01, 48000, 0.8)
    with open_vocal(save_av(tmp_path / name, click, 48000, "aac", "fltp", start_s=0.4)) as vocal:
        assert int(np.abs(vocal.window(0, vocal.length)).argmax()) / RATE == pytest.approx(0.905, abs=0.03)
        assert vocal.info.start_s == pytest.approx(0.4, abs=0.03)
        assert vocal.info.duration_s == pytest.approx(1.4, abs=0.06)


def test_seven_channels_and_lfe_mix_to_one(tmp_path: Path) -> None:
    rate = 48000
    data = np.zeros((8, rate), np.float32)
    data[2] = tone(440, 1.0, rate)  # the centre carries the voice
    data[3] = tone(60, 1.0, rate, 0.9)  # LFE carries none of it
    path = save_av(tmp_path / "a.flac", data, rate, "flac", "s16", "7.1")
    with open_vocal(path) as vocal:
        assert vocal.info.channels == 8
        assert loudest_hz(vocal.window(0, RATE)) == pytest.approx(440, abs=1.5)
    with open_vocal(path, channel=3) as vocal:
        assert loudest_hz(vocal.window(0, RATE)) == pytest.approx(60, abs=1.5)
    with pytest.raises(MediaError, match="no channel 8; choose 0 to 7"), open_vocal(path, channel=8):
        pass


def test_channels_that_cancel_are_noticed(tmp_path: Path) -> None:
    left = tone(440, 1.0, 48000)
    with open_vocal(save_wav(tmp_path / "a.wav", np.stack([left, -left]), 48000)) as vocal:
        assert np.abs(vocal.window(0, RATE)).max() > 0.25
        assert "cancel" in vocal.notes[0]


def test_a_window_is_the_same_however_it_is_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    noise = (rng.standard_normal(70_000) * 0.1).astype(np.float32)
    with open_vocal(save_wav(tmp_path / "a.wav", noise, 44100)) as vocal:
        whole = vocal.window(-100, vocal.length + 100)
        assert not whole[:100].any() and not whole[-100:].any()
        pieces = [vocal.window(n, min(n + 777, vocal.length)) for n in range(0, vocal.length, 777)]
        assert np.array_equal(np.concatenate(pieces), whole[100:-100])
        assert vocal.window(10, 10).size == 0


def test_floats_over_full_scale_are_brought_down_and_nan_is_silence(tmp_path: Path) -> None:
    samples = tone(440, 1.0, 16000, 4.0)
    samples[100:200] = np.nan
    samples[200:210] = np.inf
    with open_vocal(save_av(tmp_path / "a.wav", samples, 16000, "pcm_f32le", "flt")) as vocal:
        got = vocal.window(0, vocal.length)
        assert np.isfinite(got).all() and np.abs(got).max() == pytest.approx(1.0)
        assert not got[110:200].any()


def test_a_truncated_file_gives_what_is_left_and_says_so(tmp_path: Path) -> None:
    path = save_av(tmp_path / "a.flac", tone(440, 4.0, 48000), 48000, "flac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with open_vocal(path) as vocal:
        assert 1.0 < vocal.info.duration_s < 3.0


def _png(path: Path) -> None:
    with av.open(str(path), "w", format="image2") as box:
        stream: Any = box.add_stream("png", rate=1)
        stream.width = stream.height = 8
        stream.pix_fmt = "rgb24"
        box.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((8, 8, 3), np.uint8), format="rgb24")))
        box.mux(stream.encode(None))


BAD = {
    "missing.wav": lambda p: None,
    "empty.wav": lambda p: p.write_bytes(b""),
    "folder.wav": lambda p: p.mkdir(),
    "noise.mp3": lambda p: p.write_bytes(np.random.default_rng(0).bytes(5000)),
    "text.wav": lambda p: p.write_text("this is not sound\n" * 50),
    "header.wav": lambda p: p.write_bytes(save_wav(p, tone(440, 1.0), RATE).read_bytes()[:40]),
    "nothing.wav": lambda p: save_wav(p, np.zeros(0, np.float32), RATE),
    "one.wav": lambda p: save_wav(p, np.ones(1, np.float32), RATE),
    "picture.png": _png,
    "list.m3u8": lambda p: p.write_text("#EXTM3U\n#EXTINF:10,\nhttp://example.invalid/a.ts\n#EXT-X-ENDLIST\n"),
    "list.wav": lambda p: p.write_text("ffconcat version 1.0\nfile other.wav\n"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_vocal_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    BAD[name](path)
    save_wav(tmp_path / "other.wav", tone(440, 1.0), RATE)
    with pytest.raises(MediaError) as caught, open_vocal(path):
        pass
    message = str(caught.value)
    assert name in message and ";" in message and "\n" not in message and len(message) < 300


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(source.tempfile, "SpooledTemporaryFile", lambda **_: Full())
    with (
        pytest.raises(OutputError, match="No space left"),
        open_vocal(save_wav(tmp_path / "a.wav", tone(440, 1.0), RATE)),
    ):
        pass


def test_a_protected_stream_is_named(tmp_path: Path) -> None:
    path = save_av(tmp_path / "a.m4a", tone(440, 1.0, 48000), 48000, "aac", "fltp")
    path.write_bytes(path.read_bytes().replace(b"mp4a", b"drms"))
    with pytest.raises(MediaError, match="protected"), open_vocal(path):
        pass


def test_choosing_a_stream(tmp_path: Path) -> None:
    path = save_wav(tmp_path / "a.wav", tone(440, 1.0), RATE)
    with open_vocal(path, stream=0) as vocal:
        assert vocal.length == RATE
    with pytest.raises(MediaError, match="its only sound stream is number 0"), open_vocal(path, stream=1):
        pass


def test_opening_twice_gives_the_same_samples_and_hash(tmp_path: Path) -> None:
    path = save_av(tmp_path / "a.mp3", tone(330, 2.0, 44100), 44100, "libmp3lame", "s16p")
    with open_vocal(path) as one, open_vocal(path) as two:
        assert np.array_equal(one.window(0, one.length), two.window(0, two.length))
        assert one.info == two.info and len(one.info.sha256) == 64


# --- what is measured ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hz", [80, 110, 220, 440, 660, 880, 1040])
def test_pitch_of_a_voice_like_tone(hz: float) -> None:
    t = np.arange(RATE * 2) / RATE
    voice = sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 9) if hz * k < 7000)
    features = measure(MemoryVocal((0.1 * voice).astype(np.float32)))
    inner = features.f0_hz[20:-20]
    assert (inner > 0).all()
    assert np.abs(12 * np.log2(inner / hz)).max() < 0.3


def test_silence_hum_free_and_noise_have_no_pitch_no_beats_and_no_song() -> None:
    rng = np.random.default_rng(3)
    for samples in (np.zeros(RATE * 3, np.float32), (0.1 * rng.standard_normal(RATE * 3)).astype(np.float32)):
        features = measure(MemoryVocal(samples))
        assert (features.f0_hz > 0).mean() < 0.02
        assert features.singing == 0.0
    assert measure(MemoryVocal(np.zeros(RATE * 3, np.float32))).beats_s == ()


def test_level_is_in_decibels_below_full_scale() -> None:
    quiet_then_loud = np.concatenate([np.zeros(RATE, np.float32), tone(200, 1.0, RATE, 1.0)])
    level = measure(MemoryVocal(quiet_then_loud)).level_db
    assert level.shape == (200,)
    assert (level[:99] == -120).all()
    assert level[105:195] == pytest.approx(-3.01, abs=0.3)


def test_held_notes_are_song_and_glides_are_speech() -> None:
    t = np.arange(RATE * 6) / RATE
    notes = 220 * 2 ** (np.floor(t / 0.6) % 5 * 2 / 12) * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * t))
    glides = 140 * 2 ** (0.4 * np.sin(2 * np.pi * 1.7 * t))
    for f0, sung in ((notes, True), (glides, False)):
        phase = 2 * np.pi * np.cumsum(f0) / RATE
        voice = sum(np.sin(k * phase) / k for k in range(1, 6)) * 0.1
        assert (measure(MemoryVocal(voice.astype(np.float32))).singing > 0.5) == sung


@pytest.mark.parametrize("cents", [0, 50, 100])
def test_vibrato_is_song(cents: float) -> None:
    t = np.arange(RATE * 5) / RATE
    f0 = 330 * 2 ** (np.floor(t / 0.8) % 4 * 2 / 12 + cents / 1200 * np.sin(2 * np.pi * 6 * t))
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    voice = sum(np.sin(k * phase) / k for k in range(1, 6)) * 0.1
    assert measure(MemoryVocal(voice.astype(np.float32))).singing > 0.8


def test_the_pulse_of_clicks_is_found() -> None:
    rng = np.random.default_rng(5)
    sound = np.zeros(RATE * 12, np.float32)
    for beat in np.arange(0.5, 11.5, 0.5):
        low = round(beat * RATE)
        sound[low : low + 800] = (rng.standard_normal(800) * np.linspace(0.5, 0, 800)).astype(np.float32)
    features = measure(MemoryVocal(sound))
    assert features.tempo == pytest.approx(120, abs=2)
    beats = np.array(features.beats_s)
    assert len(beats) >= 20
    assert np.abs(beats - np.round(beats * 2) / 2).max() < 0.04


def test_measuring_is_deterministic_and_shifts_with_the_sound() -> None:
    rng = np.random.default_rng(7)
    t = np.arange(RATE * 3) / RATE
    voice = (
        0.2 * np.sin(2 * np.pi * 180 * t) * (np.sin(2 * np.pi * 2 * t) > 0) + 0.001 * rng.standard_normal(t.size)
    ).astype(np.float32)
    one, two = measure(MemoryVocal(voice)), measure(MemoryVocal(voice))
    assert np.array_equal(one.f0_hz, two.f0_hz) and one.beats_s == two.beats_s
    late = measure(MemoryVocal(np.concatenate([np.zeros(RATE // 2, np.float32), voice])))
    assert late.level_db[50:] == pytest.approx(one.level_db, abs=1e-3)
    both = (late.f0_hz[50:] > 0) & (one.f0_hz > 0)
    assert np.allclose(late.f0_hz[50:][both], one.f0_hz[both], rtol=0.01)


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    measure(MemoryVocal(np.zeros(RATE * 25, np.float32)), seen.append)
    assert seen == sorted(seen) and seen[-1] == 1.0
