"""Which lines will be hard to place is told for the reasons that make them so, and for no others."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from lipwright.arrays import RATE, Features, MemoryVocal
from lipwright.cli import main
from lipwright.isolate.expected_gain import Prospect, prospect
from lipwright.lyrics import prepare
from lipwright.preflight import _band, _of_mix
from lipwright.preflight.line_difficulty import weak_lines
from lipwright.types import Alignment, UnsungWord, WordSpan
from lipwright.vocal import Finding, Report

TEXT = "I walk along the harbour wall\nYou never told me where you go\nThe morning paints the city gold"


def placed(text: str = TEXT, line_s: float = 3.0, apart_s: float = 1.0, sure: float = 0.9) -> Alignment:
    """Every line sung evenly, one after the other."""
    words, at = [], 1.0
    for number, line in enumerate(text.splitlines()):
        parts = line.split()
        step = line_s / len(parts)
        words += [WordSpan(at + k * step, at + (k + 1) * step, w, sure, number) for k, w in enumerate(parts)]
        at += line_s + apart_s
    return Alignment(tuple(words), (), (), match=0.9)


def features(found: Alignment, seconds: float = 30.0) -> Features:
    """Loud and voiced where a word lies, silent elsewhere."""
    level, pitch = np.full(round(seconds * 100), -80.0, np.float32), np.zeros(round(seconds * 100), np.float32)
    for word in found.words:
        level[round(word.start_s * 100) : round(word.end_s * 100)] = -20.0
        pitch[round(word.start_s * 100) : round(word.end_s * 100)] = 220.0
    return Features(0.01, level, pitch, (), 0.0, 1.0)


def reasons(text: str, found: Alignment, heard: Features) -> dict[int, str]:
    return {weak.number: "; ".join(weak.reasons) for weak in weak_lines(prepare(text), found, heard)}


def test_plain_lines_are_not_weak() -> None:
    found = placed()
    assert reasons(TEXT, found, features(found)) == {}


@pytest.mark.parametrize("text", ["Ooh ooh ah", "Hey yeah", "La la la la", "Na na na"])
def test_runs_of_vowels(text: str) -> None:
    lines = f"{TEXT}\n{text}"
    found = placed(lines)
    assert "only vowels" in reasons(lines, found, features(found))[3]


def test_lines_that_are_sung_twice_in_a_row_and_very_short_ones() -> None:
    lines = "Turn it up and turn it down\nTurn it up and turn it down\nGo on\nThe morning paints the city gold"
    found = placed(lines)
    told = reasons(lines, found, features(found))
    assert "twice in a row" in told[0]
    assert "twice in a row" in told[1]
    assert "very short" in told[2]
    assert 3 not in told


def test_patter() -> None:
    found = placed(line_s=0.9)
    assert all("fast" in text for text in reasons(TEXT, found, features(found)).values())
    assert len(reasons(TEXT, found, features(found))) == 3


def test_quiet_lines_unlisted_voice_and_what_is_not_heard() -> None:
    found = placed()
    heard = features(found)
    quiet = heard.level_db.copy()
    quiet[500:800] -= 15.0
    assert "15 dB quieter" in reasons(TEXT, found, Features(0.01, quiet, heard.f0_hz, (), 0.0, 1.0))[1]
    far = placed(apart_s=4.0)
    heard = features(far)
    level, pitch = heard.level_db.copy(), heard.f0_hz.copy()
    level[1150:1320], pitch[1150:1320] = -22.0, 300.0  # after the second line, far from the third
    told = reasons(TEXT, far, Features(0.01, level, pitch, (), 0.0, 1.0))
    assert "voice after it" in told[1]
    assert 0 not in told
    gone = Alignment(tuple(w for w in found.words if w.line != 2), (), (), (UnsungWord(13, "The", 2),))
    assert "not heard at all" in reasons(TEXT, gone, features(found))[2]
    unsure = placed(sure=0.1)
    assert len(reasons(TEXT, unsure, features(unsure))) == 3


def test_a_band_that_can_be_taken_away_is_no_reason_to_refuse() -> None:
    music = Finding("music", 1.0, "0..1", "poor", "a band plays under the voice")
    report = Report((music,), "poor", 1.0, 1.0, 1.0)
    silence = MemoryVocal(np.zeros(RATE, np.float32))
    assert _of_mix(report, Prospect(6.0, ((silence, silence),))).verdict == "fair"
    assert _of_mix(report, Prospect(-9.0, ((silence, silence),))).verdict == "poor"
    without = _of_mix(report, Prospect(6.0))
    assert without.verdict == "poor"
    assert any("models install vocals" in finding.advice for finding in without.findings)
    assert [f.verdict for f in (_band(Prospect(v))[0] for v in (6.0, 0.0, -6.0))] == ["good", "fair", "poor"]


def test_the_voice_over_the_band_is_read_off_levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIPWRIGHT_HOME", str(tmp_path))  # no separator there
    rng, t = np.random.default_rng(1), np.arange(20 * RATE) / RATE
    band = 0.05 * rng.standard_normal(len(t))
    sung = (t % 4 < 2.4) * np.sqrt(2) * np.sin(2 * np.pi * 220 * t)
    for over_db in (0.0, 6.0, 12.0):
        mix = MemoryVocal((band + 0.05 * 10 ** (over_db / 20) * sung).astype(np.float32))
        assert prospect(tmp_path / "unread.wav", mix).voice_db == pytest.approx(over_db, abs=1.5)


def test_weak_lines_are_shown_with_their_times() -> None:
    from lipwright.commands.performances.check import _lines
    from lipwright.preflight import Checked

    report = Report((), "good", 1.0, 1.0, 1.0)
    found = placed(line_s=0.9)
    weak = weak_lines(prepare(TEXT), found, features(found))
    shown = _lines(Checked(report, (), weak, 3))
    assert "3 of 3 lines may be hard to place" in shown
    assert "0:01.0 'I walk along the harbour wall': fast" in shown
    assert "none of the 3 lines" in _lines(Checked(report, (), (), 3))


def test_check_tells_lyrics_of_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng, t = np.random.default_rng(2), np.arange(4 * RATE) / RATE
    phase = 2 * np.pi * np.cumsum(150 + 20 * np.sin(2 * np.pi * 0.7 * t)) / RATE
    tone = sum(np.sin(k * phase) / k for k in range(1, 9)) * (np.sin(2 * np.pi * 1.5 * t) > 0)
    sound = 0.1 * tone + 0.0005 * rng.standard_normal(len(t))
    path = tmp_path / "song.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((sound * 20000).astype("<i2").tobytes())
    (tmp_path / "song.txt").write_text(TEXT)
    words = ["check", str(path), "--lyrics", str(tmp_path / "song.txt"), "--language", "en"]
    main(words)
    assert "don't fit what is heard: 3 of 3 lines" in capsys.readouterr().out
    main([*words, "--events", "json"])
    result = [row for row in map(json.loads, capsys.readouterr().err.splitlines()) if "weak_lines" in row]
    assert [line["line"] for line in result[0]["weak_lines"]] == [0, 1, 2]
    assert result[0]["lines"] == 3
