"""The phone model's training: labels move with the sound, its front end is the product's, and the chain runs."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "core"))

import itertools

from training import symbols
from training.corpus import accompaniment, singing
from training.corpus.texts import Sentences, plain, texts_below
from training.nets import frontend

RATE = frontend.RATE


def _beeps(spans: list[tuple[float, float, str]], length_s: float) -> np.ndarray:
    """A tone of its own for every symbol, silence between: phones that anybody can find."""
    t = np.arange(int(length_s * RATE)) / RATE
    y = np.zeros(len(t), np.float32)
    for start, end, symbol in spans:
        inside = (t >= start) & (t < end)
        y[inside] = 0.3 * np.sin(2 * np.pi * (300 + 90 * symbols.INDEX[symbol]) * t[inside])
    return y + 1e-4 * np.random.default_rng(0).standard_normal(len(t)).astype(np.float32)


@pytest.mark.parametrize(
    ("ipa", "phones"),
    [("tʃ", ["CH"]), ("aɪ", ["AY"]), ("ʁ", ["R"]), ("ts", ["T", "S"]), ("ˈ", []), ("ɜː", ["ER"]), ("y", ["UW"])],
)
def test_foreign_sounds_fold_to_their_nearest_phone(ipa: str, phones: list[str]) -> None:
    assert symbols.phones_of_ipa(ipa) == phones


def test_folding_keeps_time_and_leaves_silence_out() -> None:
    spans = symbols.folded([(0.0, 0.2, "pau"), (0.2, 0.3, "ax"), (0.3, 0.5, "pau"), (0.5, 0.6, "t")], ipa=False)
    assert spans == [(0.2, 0.3, "AH"), (0.5, 0.6, "T")]
    (a, b) = symbols.folded([(1.0, 1.2, "ts")], ipa=True)
    assert (a[0], a[1], b[1]) == (1.0, 1.1, 1.2)


def test_the_front_end_is_the_one_that_the_product_runs() -> None:
    from lipwright.phonemes.boundaries import phone_net

    product = phone_net.PhoneNet.__new__(phone_net.PhoneNet)
    product._bank, product._hann = phone_net._mel_bank(), np.hanning(phone_net.WINDOW + 1)[:-1].astype(np.float32)
    samples = np.random.default_rng(1).standard_normal(2 * RATE).astype(np.float32)
    assert np.abs(product._log_mel(samples) - frontend.log_mel(samples)).max() < 1e-5


def test_stretching_moves_every_label_with_its_sound() -> None:
    """Whatever the song, phones keep their order, cover the copy without overlap, and vowels take the time."""
    labels = [(0.1, 0.2, "S"), (0.2, 0.35, "IY"), (0.35, 0.4, "T"), (0.6, 0.7, "M"), (0.7, 0.8, "AA")]
    spans = singing.with_silence(labels, 1.0)
    assert [s for *_, s in spans] == ["SIL", "S", "IY", "T", "SIL", "M", "AA", "SIL"]
    for seed in range(30):
        source, target, new = singing._stretched(random.Random(seed), spans, sung=True)
        assert [s for *_, s in new] == [s for *_, s in spans]
        assert all(abs(a[1] - b[0]) < 1e-9 for a, b in itertools.pairwise(new))
        assert all(y >= x for x, y in itertools.pairwise(source))
        assert all(y >= x for x, y in itertools.pairwise(target))
        assert new[2][1] - new[2][0] >= 0.15 - 1e-9


def test_melodies_stay_in_their_range_and_pitch_follows() -> None:
    rng = random.Random(2)
    notes = singing.melody(rng, 200, 50, 62)
    assert min(notes) >= 50
    assert max(notes) <= 62
    hz = singing.contour(rng, np.repeat(notes, 20), 0.005)
    middle = 69 + 12 * np.log2(hz[10::20] / 440)
    assert np.median(np.abs(middle - notes)) < 1.0


def test_test_lines_are_never_spoken(tmp_path: Path) -> None:
    rng = random.Random(3)
    lines = {plain(Sentences()(rng, True, None)) for _ in range(40)}
    (tmp_path / "a.json").write_text(json.dumps({"text": "Hold me closer now!"}), encoding="utf-8")
    banned = texts_below(tmp_path)
    assert banned == {"hold me closer now"}
    sentences = Sentences(banned=banned)
    assert all("hold me closer now" not in plain(sentences(rng, True, None)) for _ in range(300))
    assert len(lines) > 20
    assert all(c.isalpha() or c in " .'" for c in sentences(rng, False, "de"))


def test_beds_are_music_of_unit_strength() -> None:
    bed = accompaniment.bed(np.random.default_rng(4))
    assert bed.shape == (accompaniment.BED,)
    assert bed.std() == pytest.approx(1.0, abs=0.01)
    assert np.isfinite(bed).all()


@pytest.mark.slow
def test_the_chain_from_clips_to_a_model_that_the_product_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight steps on beeps: the loss falls, a stop is resumed, the export is what PhoneNet loads, the card is written."""
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from lipwright.models import open_session
    from lipwright.phonemes.boundaries.phone_net import PhoneNet
    from training import evaluate, train
    from training.corpus import augment
    from training.nets import card, export
    from training.plan import Stage

    for name, value in (("MUSIC_BEDS", 1), ("BABBLE_BEDS", 1)):
        monkeypatch.setattr(augment, name, value)
    for name, value in (("BATCH", 4), ("CROP", 100), ("REPORT_EVERY", 2)):
        monkeypatch.setattr(train, name, value)
    shards = tmp_path / "shards"
    shards.mkdir()
    rng = random.Random(5)
    for name in ("slt-0", "hibari-0", "rms"):
        _beep_shard(shards / f"{name}.npz", rng)
    first, all_ = Stage("first", 4, 2e-3, False), Stage("all", 4, 2e-3, True)
    one = train.run(first, shards, tmp_path / "first", None, "cpu")
    two = train.run(all_, shards, tmp_path / "all", one, "cpu")
    lines = [json.loads(row) for row in (tmp_path / "all" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    longer = Stage("all", 6, 2e-3, True)
    assert train.run(longer, shards, tmp_path / "all", one, "cpu") == two
    assert json.loads((tmp_path / "all" / "log.jsonl").read_text().splitlines()[-1])["step"] == 6
    assert set(json.loads((tmp_path / "first" / "heard.json").read_text())) == {"slt"}
    model = tmp_path / "phone.onnx"
    export.export(two, model)
    heard = PhoneNet(open_session(model, "phone")).hear(_beeps([(0.1, 0.5, "AA")], 1.0))
    assert heard.scores.shape == (100, len(symbols.SYMBOLS))
    scores = evaluate.evaluate(model, shards / "rms.npz", None)
    assert {score.name for score in scores} == {"rms, spoken", "rms, sung"}
    assert all(len(score.errors_ms) > 10 for score in scores)
    card.write_card(model, [first, longer], tmp_path, scores)
    assert "| rms, sung |" in model.with_suffix(".md").read_text(encoding="utf-8")


def _beep_shard(path: Path, rng: random.Random) -> None:
    audio, clips = [], []
    for k in range(12):
        names = [rng.choice(symbols.SYMBOLS[2:]) for _ in range(6)]
        spans = [(0.1 + 0.15 * n, 0.25 + 0.15 * n, name) for n, name in enumerate(names)]
        sound = (_beeps(spans, 1.2) * 32767).astype(np.int16)
        audio.append(sound)
        kind = ("spoken", "altered", "sung")[k % 3]
        clips.append({"kind": kind, "text": f"{path.stem} {k}", "loose": False, "samples": len(sound), "phones": spans})
    np.savez(path, audio=np.concatenate(audio), clips=json.dumps({"voice": path.stem, "clips": clips}))
