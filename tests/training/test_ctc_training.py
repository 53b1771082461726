"""The recogniser's further training: the torch twin is the shipped model, targets keep to their time, the chain runs."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "core"))

pytest.importorskip("torch")
pytest.importorskip("onnx")
if importlib.util.find_spec("hama") is None:
    pytest.skip("needs the weights of the wheel hama==1.7.0", allow_module_level=True)

import torch
from tests.training.test_phone_training import RATE, _beep_shard

from lipwright.phonemes.acoustic.posteriors import Recogniser
from training import ctc_train, hearing, sung, symbols
from training.corpus import augment
from training.edits import edit_distance
from training.nets import ctc_net, frontend
from training.nets.convert_ctc import assets, read_container
from training.plan import CtcStage


def _voice(seconds: float) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * k * (120 * time + 20 * np.sin(time))) / k for k in range(1, 20))
    return (0.1 * tone * (np.sin(3 * time) > -0.3)).astype(np.float32)


def test_the_torch_twin_sees_and_says_what_the_shipped_model_does() -> None:
    samples = _voice(4.0)
    net = ctc_net.Recogniser(read_container(assets() / "asr_waveform.hama"))
    mel = ctc_train.CtcMel("cpu").clean(torch.from_numpy(samples)[None])
    with torch.no_grad():
        ours = torch.softmax(net(mel), -1)[0].numpy()
    theirs = np.exp(Recogniser().log_probs(samples))[: len(ours)]
    assert (ours.argmax(1) == theirs.argmax(1)).mean() > 0.98
    assert np.abs(ours[:-20] - theirs[:-20]).max() < 0.02  # the last frames see less sound


def test_targets_are_the_phones_in_order_each_near_its_own_time() -> None:
    share, column = ctc_train.shares()
    classes = share.shape[1] - 1
    assert share.sum(1).max() == 1
    names = ["SIL", "T", "UW", "SIL", "T"]
    labels = np.repeat([symbols.INDEX[name] for name in names], [20, 10, 100, 30, 10])
    said, allowed = ctc_train.targets(labels, column, classes)
    assert said == [column[symbols.INDEX[name]] for name in ("T", "UW", "T")]
    first, second = (np.flatnonzero(allowed[:, column[symbols.INDEX[name]]]) for name in ("T", "UW"))
    assert first.min() >= 10 - 1 + ctc_train.LAG - 2  # frames of 20 ms: T begins at 0.2 s
    assert second.min() >= 15 - 1 + ctc_train.LAG - 2
    assert second.max() <= 15 + ctc_train.LONGEST + ctc_train.LAG + ctc_train.LATE
    assert not allowed[first.max() + 15 : 70, column[symbols.INDEX["T"]]].any()


def test_loss_is_small_for_what_was_said_at_its_time_and_large_elsewhere() -> None:
    share, column = ctc_train.shares()
    labels = np.repeat([symbols.INDEX[name] for name in ("SIL", "S", "IY", "SIL")], [20, 20, 40, 40])
    logits = torch.full((1, 60, share.shape[0]), -6.0)
    logits[..., -1] = 6.0
    early = logits.clone()
    for name, frame in (("S", 15), ("IY", 25)):
        token = int(share[:, column[symbols.INDEX[name]]].argmax())
        logits[0, frame, token] = 14.0
        early[0, frame - 12, token] = 14.0
    right = ctc_train.loss_of(logits, labels[None], share, column)
    assert float(right) < 0.1
    assert float(ctc_train.loss_of(early, labels[None], share, column)) > 3


def test_warped_banks_keep_their_sums_and_move() -> None:
    bank = np.array(read_container(assets() / "asr_waveform.hama")["mel_fb"], np.float32)
    centre = (np.arange(len(bank))[:, None] * bank).sum(0) / bank.sum(0)
    warped = ctc_train._warped(bank, 1.2)
    assert np.abs(warped.sum(0) - bank.sum(0)).max() < 1e-4
    moved = (np.arange(len(bank))[:, None] * warped).sum(0) / warped.sum(0)
    assert np.abs(moved[20:60] / centre[20:60] - 1.2).max() < 0.03


def test_edits_count_what_is_missed_added_and_changed() -> None:
    assert edit_distance(["A", "B", "C"], ["A", "B", "C"]) == 0
    assert edit_distance(["A", "B", "C"], ["B", "X", "C", "D"]) == 3


@pytest.mark.slow
def test_the_chain_from_clips_to_a_model_that_the_product_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four steps on beeps, a stop between them: learning changes the weights, and a share of nothing changes none."""
    for name, value in (("MUSIC_BEDS", 1), ("BABBLE_BEDS", 1)):
        monkeypatch.setattr(augment, name, value)
    for name, value in (("ROWS", 2), ("CROP", 200), ("REPORT_EVERY", 2)):
        monkeypatch.setattr(ctc_train, name, value)
    shards = tmp_path / "shards"
    shards.mkdir()
    for name in ("slt-0", "hibari-0", "rms"):
        _beep_shard(shards / f"{name}.npz", random.Random(5))
    half = CtcStage("half", 2, 1e-3, ("hibari",))
    ctc_train.run(half, shards, tmp_path / "half", None, "cpu")
    stage = CtcStage("half", 4, 1e-3, ("hibari",))
    last = ctc_train.run(stage, shards, tmp_path / "half", None, "cpu")
    steps = [json.loads(row)["step"] for row in (tmp_path / "half" / "log.jsonl").read_text().splitlines()]
    assert steps == [2, 4]
    assert set(json.loads((tmp_path / "half" / "heard.json").read_text())) == {"slt"}
    models = {}
    for share in (0.0, 0.6):
        monkeypatch.setattr(sung, "CTC_SHARE", share)
        models[share] = tmp_path / f"{share}.onnx"
        sung.export(last, models[share])
    samples = _voice(3.0)
    said = {}
    for share, path in models.items():
        from lipwright.models import open_session

        said[share] = Recogniser(session=open_session(path, path.name)).log_probs(samples)
    assert np.abs(np.exp(said[0.0]) - np.exp(Recogniser().log_probs(samples))).max() < 1e-3
    assert np.abs(np.exp(said[0.6]) - np.exp(said[0.0])).max() > 1e-3
    scores = hearing.evaluate(models[0.6], shards / "rms.npz", None)
    assert {score.name for score in scores} == {"rms, spoken", "rms, sung"}
    sung.write_card(models[0.6], [stage], tmp_path, scores)
    assert "| rms, sung |" in models[0.6].with_suffix(".md").read_text(encoding="utf-8")
    assert frontend.RATE == ctc_train.RATE
