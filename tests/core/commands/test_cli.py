"""The front end teaches, reports one sentence for what a person can mend, and stops cleanly."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lipwright.cli import main
from lipwright.commands import COMMANDS

RUN = [sys.executable, "-m", "lipwright"]


def lipwright(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *words], capture_output=True, text=True, timeout=120, cwd=cwd, check=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "-h"])
    text = capsys.readouterr().out
    assert ended.value.code == 0 and COMMANDS[name].split(":")[0].split(",")[0] in " ".join(text.split())
    assert name == "doctor" or "example" in text


def test_the_list_of_commands_loads_none_of_them() -> None:
    code = "import sys; from lipwright.cli import main\ntry: main(['-h'])\nexcept SystemExit: pass\n"
    code += "print(sorted(m for m in sys.modules if m.startswith('lipwright.commands.')), 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[] False")


def test_a_missing_vocal_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    done = lipwright("perform", "no-such.wav", cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("lipwright: 'no-such.wav'") and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_with_json_events_the_failure_is_an_event(tmp_path: Path) -> None:
    done = lipwright("perform", "no-such.wav", "--events", "json", cwd=tmp_path)
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert (
        events[-1]["type"] == "failure"
        and events[-1]["error"] == "MediaError"
        and "no-such.wav" in events[-1]["reason"]
    )


def test_debug_shows_the_traceback_and_nothing_else_does(tmp_path: Path) -> None:
    assert "Traceback" in lipwright("perform", "no-such.wav", "--debug", cwd=tmp_path).stderr


@pytest.mark.parametrize(
    "words",
    [
        ("perform", "x.wav", "--preset", "loud"),
        ("perform", "x.wav", "--articulation", "99"),
        ("perform", "x.wav", "--blink-rate", "nan"),
        ("perform", "x.wav", "--versions", "0"),
        ("perform", "x.wav", "--emotion-intensity", "-1"),
        ("correct", "x.lipwright", "--list"),
        ("plot", "x.lipwright"),
    ],
)
def test_nonsense_is_refused_by_value(words: tuple[str, ...], tmp_path: Path) -> None:
    done = lipwright(*words, cwd=tmp_path)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.startswith("lipwright: ")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_stops_within_a_second_and_leaves_nothing(tmp_path: Path) -> None:
    """Stopped in the middle of listening to ten minutes of noise."""
    import signal
    import wave

    import numpy as np

    with wave.open(str(tmp_path / "long.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16000)
        out.writeframes(np.random.default_rng(0).integers(-9000, 9000, 16000 * 600, dtype=np.int16).tobytes())
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, and inherited so, in a shell's jobs
    job = subprocess.Popen(
        [*RUN, "perform", "long.wav", "--events", "json"], stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    signal.signal(signal.SIGINT, before)
    assert job.stderr is not None
    for line in job.stderr:
        if json.loads(line).get("value", 0) > 0.05:
            break
    job.send_signal(signal.SIGINT)
    asked = time.monotonic()
    rest = job.stderr.read()
    assert job.wait(10) == 130 and time.monotonic() - asked < 3  # a second on a quiet machine
    assert "stopped" in rest and "Traceback" not in rest
    assert [path.name for path in tmp_path.iterdir()] == ["long.wav"]
