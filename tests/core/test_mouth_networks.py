"""Users' own lip-sync networks: what they hear, how they are recognised, and that both ways of running them agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lipwright.errors import EngineUnavailable, ModelError
from lipwright.mouths import mel
from lipwright.mouths.wav2lip import load_network


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_bands_are_those_of_librosa() -> None:
    import librosa

    theirs = librosa.filters.mel(sr=16000, n_fft=800, n_mels=80, fmin=55.0, fmax=7600.0)
    assert np.abs(mel.slaney_bands() - theirs).max() < 1e-6


def test_mel_is_the_published_recipe_on_an_independent_stft(rng: np.random.Generator) -> None:
    import librosa

    samples = (0.3 * rng.standard_normal(16000)).astype(np.float32)
    emphasised = np.append(samples[:1], samples[1:] - 0.97 * samples[:-1])
    stft = librosa.stft(emphasised.astype(np.float64), n_fft=800, hop_length=200, win_length=800, pad_mode="reflect")
    bands = librosa.filters.mel(sr=16000, n_fft=800, n_mels=80, fmin=55.0, fmax=7600.0) @ np.abs(stft)
    level = 20 * np.log10(np.maximum(1e-5, bands)) - 20
    expected = np.clip(8 * (level + 100) / 100 - 4, -4, 4)
    assert np.abs(mel.wav2lip_mel(samples) - expected).max() < 1e-4


def test_digital_silence_is_the_floor_and_not_nan() -> None:
    silent = np.zeros(8000, np.float32)
    assert (mel.wav2lip_mel(silent) == -4.0).all()
    assert np.isfinite(mel.edtalk_mel(silent)).all()


@pytest.mark.parametrize("samples", [0, 1, 300, 900])
def test_very_short_sounds_have_columns(samples: int) -> None:
    got = mel.wav2lip_mel(np.zeros(samples, np.float32))
    assert mel.window_at(got, 5.0).shape == (80, 16)


def test_later_sound_is_found_later(rng: np.random.Generator) -> None:
    samples = (0.3 * rng.standard_normal(32000)).astype(np.float32)
    shifted = np.concatenate([np.zeros(8000, np.float32), samples])
    a = mel.window_at(mel.wav2lip_mel(samples), 0.7)
    b = mel.window_at(mel.wav2lip_mel(shifted), 1.2)
    assert np.abs(a - b).max() < 1e-4


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
    from lipwright.mouths.wav2lip_net import Wav2Lip, export_onnx, load_pth

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
