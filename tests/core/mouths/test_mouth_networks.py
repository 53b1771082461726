"""Users' own lip-sync networks: what they hear, how they are recognised, and that both ways of running them agree."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tests.core.dubbing.dub_material import DEMO, RATE

from lipwright.dubbing import Options, dub
from lipwright.errors import EngineUnavailable, ModelError
from lipwright.mouths.engines import wav2lip_mel
from lipwright.mouths.engines.wav2lip import CONTEXT_BEFORE_S, RAMP_S, load_network, speaking
from lipwright.types import Performance, Track
from lipwright.video import open_clip


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_bands_are_those_of_librosa() -> None:
    import librosa

    theirs = librosa.filters.mel(sr=16000, n_fft=800, n_mels=80, fmin=55.0, fmax=7600.0)
    assert np.abs(wav2lip_mel.slaney_bands() - theirs).max() < 1e-6


def test_columns_are_the_published_recipe_on_an_independent_stft(rng: np.random.Generator) -> None:
    import librosa

    samples = (0.3 * rng.standard_normal(16000)).astype(np.float32)
    emphasised = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1])
    stft = librosa.stft(emphasised.astype(np.float64), n_fft=800, hop_length=200, win_length=800, pad_mode="reflect")
    bands = librosa.filters.mel(sr=16000, n_fft=800, n_mels=80, fmin=55.0, fmax=7600.0) @ np.abs(stft)
    level = 20 * np.log10(np.maximum(1e-5, bands)) - 20
    expected = np.clip(8 * (level + 100) / 100 - 4, -4, 4)
    ear = wav2lip_mel.Ear("wav2lip", samples)
    for first in (0, 7, 65):
        assert np.abs(ear.window(first / 80) - expected[:, first : first + 16]).max() < 1e-4


def test_digital_silence_is_the_floor_and_not_nan() -> None:
    silent = np.zeros(8000, np.float32)
    assert (wav2lip_mel.Ear("wav2lip", silent).window(0.1) == -4.0).all()
    assert np.isfinite(wav2lip_mel.Ear("edtalk", silent).window(0.1)).all()


@pytest.mark.parametrize("samples", [0, 1, 300, 900])
@pytest.mark.parametrize("at_s", [-3.0, 0.0, 5.0])
def test_very_short_sounds_have_columns(samples: int, at_s: float) -> None:
    got = wav2lip_mel.Ear("wav2lip", np.zeros(samples, np.float32)).window(at_s)
    assert got.shape == (80, 16) and (got == -4.0).all()


@pytest.mark.parametrize("kind", ["wav2lip", "edtalk"])
@pytest.mark.parametrize("shift", [8000, 37])
def test_later_sound_is_found_later_by_any_number_of_samples(kind: str, shift: int, rng: np.random.Generator) -> None:
    samples = (0.3 * rng.standard_normal(32000)).astype(np.float32)
    shifted = np.concatenate([np.zeros(shift, np.float32), samples])
    a = wav2lip_mel.Ear(kind, samples).window(0.7)
    b = wav2lip_mel.Ear(kind, shifted).window(0.7 + shift / 16000)
    assert np.abs(a - b).max() < 1e-4


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(24000, 1001)])
def test_a_click_is_heard_at_the_same_place_of_the_window_by_every_frame(fps: Fraction) -> None:
    """The click lies 60 ms after each frame's time less the network's context: in the column of that moment."""
    for n in range(20, 40):
        time_s = float(n / fps)
        samples = np.zeros(48000, np.float32)
        samples[round((time_s + 0.06) * 16000)] = 1.0
        heard = wav2lip_mel.Ear("wav2lip", samples).window(time_s - CONTEXT_BEFORE_S["wav2lip"])
        assert abs(np.average(np.arange(16), weights=(heard + 4).sum(0)) - 0.1 * 80) < 0.02


def _onnx_of(shapes: dict[str, list[int | str]], path: Path) -> Path:
    """A tiny network with these inputs; its answer is the last three planes of the picture input."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items()]
    face = max(shapes, key=lambda n: len(shapes[n]) == 4 and shapes[n][-1])
    channels = int(shapes[face][1])
    starts = helper.make_tensor("starts", TensorProto.INT64, [1], [channels - 3])
    ends = helper.make_tensor("ends", TensorProto.INT64, [1], [channels])
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    node = helper.make_node("Slice", [face, "starts", "ends", "axes"], ["out"])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "tiny", inputs, [out], [starts, ends, axes])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize(
    ("shapes", "kind", "size"),
    [
        ({"source": [1, 1, 80, 16], "target": [1, 6, 96, 96]}, "wav2lip", 96),
        ({"mel_spectrogram": ["b", 1, 80, 16], "video_frames": ["b", 6, 256, 256]}, "wav2lip", 256),
        ({"target": [1, 3, 256, 256], "source": [1, 1, 80, 16], "weight": [1]}, "edtalk", 256),
    ],
)
def test_networks_are_recognised_by_shape_and_answer_with_the_face(shapes, kind, size, tmp_path, rng) -> None:
    network = load_network(_onnx_of(shapes, tmp_path / "n.onnx"))
    assert (network.kind, network.size) == (kind, size)
    face = rng.random((size, size, 3)).astype(np.float32)
    assert np.array_equal(network(np.zeros((80, 16), np.float32), face), face)


def test_other_networks_and_broken_files_are_refused_in_one_sentence(tmp_path: Path) -> None:
    other = _onnx_of({"image": [1, 3, 64, 64], "mel": [1, 1, 80, 16]}, tmp_path / "other.onnx")
    with pytest.raises(ModelError, match="no lip-sync network"):
        load_network(other)
    for name, data in (("a.onnx", b"\x00" * 100), ("a.pth", b"not weights"), ("b.pth", b"")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises((ModelError, EngineUnavailable)) as caught:
            load_network(tmp_path / name)
        assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="neither"):
        (tmp_path / "w.bin").write_bytes(b"x")
        load_network(tmp_path / "w.bin")
    with pytest.raises(ModelError, match="no weight file"):
        load_network(tmp_path / "none.onnx")


def test_a_provider_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = _onnx_of({"source": [1, 1, 80, 16], "target": [1, 6, 96, 96]}, tmp_path / "n.onnx")
    import onnxruntime

    if "DmlExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has DirectML")
    with pytest.raises(EngineUnavailable, match="directml"):
        load_network(path, "directml")


@pytest.mark.slow
def test_torch_and_onnx_agree_on_random_weights(tmp_path: Path, rng: np.random.Generator) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from lipwright.mouths.engines.wav2lip_net import Wav2Lip, export_onnx, load_pth

    torch.manual_seed(3)
    net = Wav2Lip().eval()
    for weight in net.parameters():
        if weight.ndim == 4:  # torch's own start lets the sound die out over thirty layers
            torch.nn.init.kaiming_normal_(weight)
    assert 36.2e6 < sum(p.numel() for p in net.parameters()) < 36.4e6  # the published size
    state = {f"module.{k}": v for k, v in net.state_dict().items()}
    torch.save({"state_dict": state, "global_step": 1}, tmp_path / "w.pth")
    export_onnx(load_pth(tmp_path / "w.pth"), tmp_path / "w.onnx")
    one, other = load_network(tmp_path / "w.pth"), load_network(tmp_path / "w.onnx")
    face = rng.random((96, 96, 3)).astype(np.float32)
    sound = (rng.random((80, 16)) * 8 - 4).astype(np.float32)
    a, b = one(sound, face), other(sound, face)
    assert a.shape == (96, 96, 3) and a.std() > 0
    assert np.abs(a - b).max() < 1e-3
    assert np.abs(one(-sound, face) - a).max() > 1e-4  # the sound matters


@pytest.mark.slow
def test_a_pth_that_holds_code_is_not_run(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")

    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "touched",))

    torch.save({"state_dict": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(ModelError):
        load_network(tmp_path / "evil.pth")
    assert not (tmp_path / "touched").exists()
    torch.save({"state_dict": {"layer.weight": torch.zeros(3)}}, tmp_path / "other.pth")
    with pytest.raises(ModelError, match="layers do not fit"):
        load_network(tmp_path / "other.pth")


def random_network(path: Path, size: int = 96) -> Path:
    """Wav2Lip's inputs and outputs with random weights between: noise that moves with the sound."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(5)
    weights = numpy_helper.from_array(rng.normal(0, 2, (3, 6, 3, 3)).astype(np.float32), "w")
    nodes = [
        helper.make_node("Conv", ["face", "w"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("ReduceMean", ["mel"], ["m"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Mul", ["c", "m"], ["p"]),
        helper.make_node("Sigmoid", ["p"], ["out"]),
    ]
    inputs = [helper.make_tensor_value_info("mel", TensorProto.FLOAT, [1, 1, 80, 16]),
              helper.make_tensor_value_info("face", TensorProto.FLOAT, [1, 6, size, size])]  # fmt: skip
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "random", inputs, [out], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))
    return path


@pytest.mark.slow
@pytest.mark.models
def test_where_nobody_speaks_the_mouth_is_the_performers_own_and_closed(
    footage: Path, sung: Performance, tmp_path: Path
) -> None:
    """Spoken from 0.8 s to 1.4 s only; the network makes noise all the time."""
    times = (0.0, 0.79, 0.8, 1.4, 1.41, 2.4)
    only = Track("aa", times, (0.0, 0.0, 1.0, 1.0, 0.0, 0.0))
    said = replace(sung, words=(), phonemes=(), channels=(), visemes=(only,), mouth=(replace(only, name="jaw"),))
    weights = random_network(tmp_path / "random.onnx")
    base = Options(output=tmp_path / "own.mkv", codec="ffv1", vocal=DEMO / "song.ogg", sound="none", engine="exemplar")
    dub(footage, said, base)
    take = dub(footage, said, replace(base, output=tmp_path / "net.mkv", engine="wav2lip", weights=weights))
    assert take.engine == "wav2lip" and list(take.models) == ["random.onnx"]
    own, net, source = (frames_of(path) for path in (tmp_path / "own.mkv", take.path, footage))
    away = np.array([np.abs(a.astype(int) - b).mean() for a, b in zip(own, net, strict=True)])
    spoken = np.arange(len(own)) / RATE
    assert (away[(spoken < 0.8 - RAMP_S) | (spoken > 1.4 + RAMP_S + 0.04)] == 0.0).all()
    assert (away[(spoken > 0.85) & (spoken < 1.35)] > 0.3).all(), "the network's own mouth is shown in speech"
    edge = away[(spoken > 0.8 - RAMP_S) & (spoken < 0.8)]
    assert (np.diff(edge) > 0).all(), "it comes in softly"
    changed = np.any([np.any(a != b, axis=2) for a, b in zip(source, net, strict=True)], axis=0)
    assert not changed[: int(0.3 * changed.shape[0])].any()


def frames_of(path: Path) -> list[np.ndarray]:
    return [frame.picture.to_ndarray(format="rgb24") for frame in open_clip(path).frames()]


def test_speech_is_taken_from_what_the_performance_shows_not_from_the_sound(sung: Performance) -> None:
    """Short rests belong to the speech; before, between and after it nobody speaks."""
    weights = Track("E", (0.5, 0.51, 1.0, 1.01, 1.1, 1.11, 1.5, 1.51), (0, 1, 1, 0, 0, 1, 1, 0))
    said = replace(sung, visemes=(weights,), vocal=replace(sung.vocal, duration_s=3.0))
    times = np.array([np.nan, -0.05, 0.2, 0.45, 0.75, 1.05, 1.3, 1.56, 2.0])
    job = SimpleNamespace(performance=said, vocal_s=times)
    found = speaking(job)  # type: ignore[arg-type]  # the two fields that it reads
    assert found[[0, 1, 2, 8]].tolist() == [0, 0, 0, 0] and found[[4, 5, 6]].tolist() == [1, 1, 1]
    assert 0 < found[3] < 1 and 0 < found[7] < 1
    mute = SimpleNamespace(performance=replace(said, visemes=()), vocal_s=times)
    assert not speaking(mute).any()  # type: ignore[arg-type]
