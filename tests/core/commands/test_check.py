"""The verdict on a vocal follows what is wrong with it, and `lipwright check` says so."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from lipwright.arrays import RATE, MemoryVocal
from lipwright.cli import main
from lipwright.vocal import Report, judge, measure
from lipwright.vocal.quality import decays


def speech(seconds: float = 8.0, level: float = 0.2) -> np.ndarray:
    """Syllables of a buzzing voice with sharp ends and pauses between them, float32 (n,)."""
    t = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(130 * 2 ** (0.3 * np.sin(2 * np.pi * 1.3 * t))) / RATE
    voice = sum(np.sin(k * phase) / k for k in range(1, 12))
    gate = np.interp(t % 0.5, [0.0, 0.02, 0.28, 0.30, 0.5], [0.0, 1.0, 1.0, 0.0, 0.0])
    return (level * voice * gate / np.abs(voice).max()).astype(np.float32)


def verdict(samples: np.ndarray, music: float | None = None) -> Report:
    vocal = MemoryVocal(samples.astype(np.float32))
    return judge(vocal, measure(vocal), music=music)


def finding(report: Report, name: str) -> str:
    return next(f.verdict for f in report.findings if f.name == name)


def test_a_dry_clean_voice_is_good() -> None:
    report = verdict(speech(), music=0.0)
    assert report.verdict == "good" and all(f.advice == "" for f in report.findings)
    assert {f.name for f in report.findings} == {"level", "clipping", "noise", "reverb", "music"}


@pytest.mark.parametrize(("gain_db", "expected"), [(0, "good"), (-30, "fair"), (-46, "poor")])
def test_level(gain_db: float, expected: str) -> None:
    assert finding(verdict(speech() * 10 ** (gain_db / 20)), "level") == expected


@pytest.mark.parametrize(("snr_db", "expected"), [(40, "good"), (20, "fair"), (5, "poor")])
def test_noise(snr_db: float, expected: str) -> None:
    clean = speech()
    noise = np.random.default_rng(1).standard_normal(clean.size)
    scale = np.sqrt((clean[np.abs(clean) > 0.01] ** 2).mean()) / 10 ** (snr_db / 20)
    assert finding(verdict((clean + scale * noise) * 0.5), "noise") == expected


@pytest.mark.parametrize(("room_s", "expected"), [(0.15, "good"), (0.6, "fair"), (1.2, "poor")])
def test_reverb(room_s: float, expected: str) -> None:
    clean = np.where((np.arange(RATE * 12) / RATE) % 2.0 < 0.4, speech(12.0), 0.0)
    n = round(room_s * RATE)
    tail = np.random.default_rng(2).standard_normal(n) * 10 ** (-3 * np.arange(n) / n)
    tail *= 0.7 / np.sqrt((tail**2).sum())
    tail[0] += 1.0
    wet = np.convolve(clean, tail)[: clean.size]
    assert finding(verdict(wet / np.abs(wet).max() * 0.5), "reverb") == expected


def test_decay_time_is_read_off() -> None:
    level = np.full(400, -10.0, np.float32)
    level[100:200] = -10.0 - 60.0 / 0.8 * np.arange(100) * 0.01
    level[200:] = -85.0
    assert decays(level, 0.01) == pytest.approx([0.8], abs=0.07)


def test_clipping() -> None:
    assert finding(verdict(np.clip(speech(level=0.2) * 20, -1, 1)), "clipping") == "poor"
    assert finding(verdict(speech(level=0.9)), "clipping") == "good"


def test_music_is_judged_only_when_somebody_listened() -> None:
    assert finding(verdict(speech(), music=0.9), "music") == "poor"
    assert "music" not in {f.name for f in verdict(speech()).findings}


@pytest.mark.parametrize(
    "samples", [np.zeros(RATE * 2), np.ones(400) * 0.1, np.random.default_rng(3).standard_normal(RATE) * 1e-5]
)
def test_no_voice_is_poor_and_no_error(samples: np.ndarray) -> None:
    report = verdict(samples)
    assert report.verdict == "poor" and "right file" in report.findings[0].advice


def test_every_complaint_has_advice() -> None:
    for report in (verdict(np.zeros(RATE)), verdict(np.clip(speech() * 30, -1, 1), music=0.9)):
        assert all(bool(f.advice) == (f.verdict != "good") for f in report.findings)


def _save(path: Path, samples: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def test_the_command_prints_a_report_and_an_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = _save(tmp_path / "good.wav", speech()), _save(tmp_path / "bad.wav", np.clip(speech() * 30, -1, 1))
    assert main(["check", str(good), "--events", "json"]) == 0
    shown = capsys.readouterr()
    event = json.loads(shown.err.strip().splitlines()[-1])
    assert event["type"] == "result" and event["verdict"] == "good" and event["voice_s"] > 3
    assert shown.out.startswith("good.wav: good (spoken for")
    assert main(["check", str(bad)]) == 3
    assert "clipping" in capsys.readouterr().out
    assert main(["check", str(tmp_path / "none.wav")]) == 2
