"""The shipped recogniser is the original one: its own library is the oracle."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from lipwright import models


def _sweep(seconds: float) -> np.ndarray:
    """Something that moves through pitches and gaps: the comparison needs no words."""
    time = np.arange(round(seconds * 16000)) / 16000
    voice = sum(np.sin(2 * np.pi * k * (110 * time + 30 * np.sin(time))) / k for k in range(1, 20))
    noise = np.random.default_rng(3).normal(0, 0.02, len(time))
    return (0.1 * voice * (np.sin(3 * time) > -0.3) + noise).astype(np.float32)


@pytest.mark.models
def test_onnx_gives_what_the_original_library_gives() -> None:
    hama = pytest.importorskip("hama", reason="the oracle is the wheel hama==1.7.0 (Linux and macOS)")
    samples = _sweep(6.0)
    ours = models.session("ctc").run(None, {"waveform": samples[None]})[0][0]
    feed = {"waveform": samples[None], "waveform_lengths": np.array([len(samples)], np.int64)}
    theirs = hama.ASRModel().session.run(["log_probs", "out_lengths"], feed)[0][0]
    assert ours.shape == theirs.shape
    assert np.mean(ours.argmax(1) == theirs.argmax(1)) > 0.99
    assert np.abs(np.exp(ours) - np.exp(theirs)).max() < 0.03
    assert np.abs(np.exp(ours[1:]) - np.exp(theirs[:-1])).max() > 0.2  # the check itself sees one frame of shift


def test_conversion_gives_the_shipped_bytes() -> None:
    pytest.importorskip("onnx")
    if importlib.util.find_spec("hama") is None:
        pytest.skip("needs the weights of the wheel hama==1.7.0")
    spec = importlib.util.spec_from_file_location(
        "convert_ctc", Path(__file__).parents[3] / "core" / "training" / "nets" / "convert_ctc.py"
    )
    assert spec and spec.loader
    convert = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(convert)
    model = convert.build(convert.read_container(convert.assets() / "asr_waveform.hama"), convert.tokens())
    import onnx

    shipped = onnx.load_from_string(models.read("ctc"))
    assert model.graph == shipped.graph
    assert list(model.metadata_props) == list(shipped.metadata_props)
