"""A dub that is stopped or killed goes on where it was, whatever it writes; one that cannot succeed leaves no trace."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest

from lipwright import document
from lipwright.cli import main
from lipwright.dubbing import Options, dub
from lipwright.dubbing.output import resume
from lipwright.dubbing.output.resume import Stretch, missing, stretch_frames
from lipwright.errors import OutputError
from lipwright.types import Performance
from lipwright.video import open_clip

pytestmark = [pytest.mark.models, pytest.mark.slow]

STRETCH = 5
FRAMES = 30
# As `lipwright dub`, with short stretches.
DRIVER = f"""import sys
from lipwright.dubbing.output import resume
resume.SEGMENT = {STRETCH}
from lipwright.cli import main
sys.exit(main(sys.argv[1:]))"""
KINDS = [
    ("take", "take.mkv", ["--codec", "ffv1"]),
    ("overlay", "mouth.mkv", ["--codec", "ffv1"]),
    ("overlay", "mouth_%03d.png", []),
    ("crops", "crops", []),
]


@pytest.fixture
def line(sung: Performance, tmp_path: Path) -> Path:
    document.save(sung, tmp_path / "line.lipwright")
    return tmp_path / "line.lipwright"


@pytest.fixture(scope="module")
def short(footage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first frames of the footage, which are enough to be stopped in."""
    path = tmp_path_factory.mktemp("short") / "short.mkv"
    with av.open(str(footage)) as source, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in [p for p in source.demux(video=0) if p.size][:FRAMES]:
            packet.stream = stream
            out.mux(packet)
    return path


def content(output: Path) -> list[str]:
    """Hashes of the pictures."""
    if output.is_dir():
        return [f"{p.name} {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in sorted(output.iterdir())]
    if "%" in output.name:
        found = sorted(output.parent.glob(output.name.replace("%03d", "*")))
        return [f"{p.name} {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in found]
    with av.open(str(output)) as container:
        return [
            f"{f.pts} {hashlib.sha256(f.to_ndarray(format='rgb24')).hexdigest()}" for f in container.decode(video=0)
        ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither of the two signals")
@pytest.mark.parametrize(("kind", "name", "more"), KINDS)
def test_a_killed_run_goes_on_and_ends_the_same(
    kind: str, name: str, more: list[str], short: Path, line: Path, tmp_path: Path
) -> None:
    """kill -9 where nothing can be tidied, and being asked to stop, which keeps even the stretch that is being made.

    SIGTERM is dealt with as Ctrl-C is, and unlike it reaches a test run that a shell has put in the background.
    """
    words = ["dub", str(short), "--performance", str(line), "--sound", "none", "--engine", "exemplar", "--as", kind]
    for folder in ("whole", "broken"):
        (tmp_path / folder).mkdir()
    assert main([*words, *more, "-o", str(tmp_path / "whole" / name)]) == 0
    output = tmp_path / "broken" / name
    hidden = output.parent / f".{name.replace('%', '_')}.lipwright"
    for number, stop in enumerate((signal.SIGKILL, signal.SIGTERM), 1):
        run = subprocess.Popen([sys.executable, "-c", DRIVER, *words, *more, "-o", str(output)], stderr=subprocess.PIPE)
        wait_for(run, hidden, 2 * number)
        run.send_signal(stop)
        said = run.communicate()[1].decode()
        assert run.returncode == (-9 if stop == signal.SIGKILL else 130)
        assert stop == signal.SIGKILL or "run the same command again" in said
        assert [p for p in output.parent.iterdir() if p != hidden] == [], "nothing half-made can be seen"
    assert main([*words, *more, "-o", str(output)]) == 0
    assert content(output) == content(tmp_path / "whole" / name)
    assert not [p.name for p in output.parent.iterdir() if p.name.startswith(".")]


def wait_for(run: subprocess.Popen[bytes], hidden: Path, stretches: int) -> None:
    """Until so many stretches are finished."""
    end = time.monotonic() + 120
    while len(list(hidden.glob("frames_*"))) < stretches:
        assert run.poll() is None and time.monotonic() < end, "the run ended, or hangs"
        time.sleep(0.01)


def test_a_full_disk_is_said_in_one_sentence_and_costs_no_finished_stretch(
    short: Path, sung: Performance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up in the third stretch; then there is room again."""
    monkeypatch.setattr(resume, "SEGMENT", STRETCH)
    options = Options(output=tmp_path / "crops", kind="crops", sound="none", engine="exemplar")
    room, write = [2 * STRETCH + 4], Path.write_bytes

    def filling(path: Path, data: bytes) -> int:
        if path.name.startswith("mouth_"):
            room[0] -= 1
            if room[0] < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", filling)
    with pytest.raises(OutputError, match=r"No space left.*free space") as caught:
        dub(short, sung, options)
    assert str(options.output) in str(caught.value) and "\n" not in str(caught.value)
    room[0] = 10_000
    again = dub(short, sung, options)
    assert any("went on" in note for note in again.notes)
    assert room[0] >= 10_000 - (again.frames - 2 * STRETCH), "the finished stretches were not made again"
    assert {p.name for p in tmp_path.iterdir()} == {"crops", "crops.report.json"}


def test_a_damaged_stretch_is_made_again(
    short: Path, sung: Performance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume, "SEGMENT", STRETCH)
    options = Options(output=tmp_path / "take.mkv", codec="ffv1", sound="none", engine="exemplar")

    def stop(value: float, step: str) -> None:
        if value > 0.8:
            raise KeyboardInterrupt

    with pytest.raises(Exception, match="run the same command again"):
        dub(short, sung, options, stop)
    finished = sorted((tmp_path / ".take.mkv.lipwright").glob("frames_*"))
    finished[1].write_bytes(finished[1].read_bytes()[:2000])
    finished[2].write_bytes(b"")
    dub(short, sung, options)
    assert len(list(open_clip(options.output).frames())) == FRAMES


def test_what_is_missing_is_made_and_nothing_else() -> None:
    done = [Stretch(5, 10, Path()), Stretch(17, 30, Path())]
    assert missing(done, 40, 4) == [(0, 4), (4, 5), (10, 14), (14, 17), (30, 34), (34, 38), (38, 40)]
    assert missing([], 3, 10) == [(0, 3)] and missing([Stretch(0, 3, Path())], 3, 10) == []


def test_large_pictures_have_short_stretches() -> None:
    assert stretch_frames(1920, 1080) == stretch_frames(360, 288) == resume.SEGMENT
    assert stretch_frames(3840, 2160) == resume.SEGMENT // 4
    assert stretch_frames(7680, 4320) == resume.LEAST_SEGMENT
