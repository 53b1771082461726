"""How long the Blender extension holds the interface: baking, drawing, a job's steps and a slider; and the zips' sizes.

Needs a Python with bpy ($LIPWRIGHT_BPY_PYTHON, or `make .venv-bpy/.installed`); sizes are of the zips in dist/.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.blender.harness import ROOT, TIMEOUT_S, bpy_python

from lipwright import document
from lipwright.types import Performance

DEMO = ROOT / "core" / "lipwright" / "data" / "demo"
SCRIPT = ROOT / "tests" / "blender" / "apart" / "speed.py"
SONG_S = 240.0


def main() -> None:
    """Print one row a measurement, then one a zip."""
    python = bpy_python()
    if python is None:
        print("needs a Python with bpy: make .venv-bpy/.installed, or set LIPWRIGHT_BPY_PYTHON")
        return
    measured = measure(python)
    print(f"Blender {measured['version']}; a song of {SONG_S / 60:.0f} minutes: {measured['said']}")
    for what, seconds in measured["seconds"].items():
        print(f"{what:52}{seconds * 1000:>10.2f} ms")
    zips = sorted((ROOT / "dist").glob("lipwright-*.zip"))
    for archive in zips:
        print(f"{archive.name:52}{archive.stat().st_size / 1e6:>10.1f} MB")
    if not zips:
        print("no zip in dist/; python dist/build.py blender makes them")


def measure(python: Path) -> dict:
    """What speed.py found in Blender."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        short, long, out = folder / "short.lipwright", folder / "long.lipwright", folder / "out.json"
        command = [sys.executable, "-m", "lipwright", "perform", DEMO / "song.ogg", "-o", short]
        subprocess.run(
            [*command, "--lyrics", DEMO / "song.lrc"], check=True, cwd=ROOT, capture_output=True, timeout=120
        )
        document.save(repeated(document.load(short), SONG_S), long)
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        env.update(BLENDER_USER_RESOURCES=name, LIPWRIGHT_WORKER_PYTHON=sys.executable, OMP_NUM_THREADS="1")
        done = subprocess.run([python, SCRIPT, DEMO / "song.ogg", long, out], env=env, timeout=TIMEOUT_S,
                              capture_output=True, text=True, check=False)  # fmt: skip
        if not out.exists():
            raise SystemExit(done.stdout + done.stderr)
        return json.loads(out.read_text(encoding="utf-8"))


def repeated(one: Performance, length_s: float) -> Performance:
    """`one` over and over until `length_s`, as a song of that length would be."""
    each = one.vocal.duration_s
    starts = [each * number for number in range(max(1, round(length_s / each)))]

    def spans(items):
        return tuple(
            dataclasses.replace(item, start_s=item.start_s + start, end_s=item.end_s + start)
            for start in starts
            for item in items
        )

    def tracks(items):
        return tuple(_repeated_track(item, starts, each) for item in items)

    return dataclasses.replace(
        one,
        vocal=dataclasses.replace(one.vocal, duration_s=each * len(starts)),
        words=spans(one.words),
        phonemes=spans(one.phonemes),
        sounds=(),
        visemes=tracks(one.visemes),
        mouth=tracks(one.mouth),
        channels=tracks(one.channels),
    )


def _repeated_track(track, starts, each):
    keys = [(t + start, v) for start in starts for t, v in zip(track.times_s, track.values, strict=True) if t < each]
    return dataclasses.replace(track, times_s=tuple(t for t, _ in keys), values=tuple(v for _, v in keys))


if __name__ == "__main__":
    main()
