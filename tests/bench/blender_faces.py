"""Spoken lines on the shared avatars in Blender: are the lips closed on p b m, round on o u, open on a; with pictures.

Pictures go to build/blender_faces. Needs the shared speech and avatars, and a Python with bpy.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from tests.blender.harness import ROOT, TIMEOUT_S, bpy_python
from tests.shared import SHARED

OUT = ROOT / "build" / "blender_faces"
AVATARS = ("mpfb_head", "makehuman_units_head")
LINES = ("s01", "s04", "s07")
# What the face must do, by phoneme: (gap between the lips, width) less those at rest, in mouth widths.
CLOSED, BITTEN, OPEN, ROUND, SPREAD = set("PBM"), set("FV"), {"AA", "AE", "AH", "AW", "AY"}, {"UW", "OW", "W"}, {"IY"}
COLUMNS = 10
# One small picture for the documentation: these sounds of these lines, a row an avatar.
SHOWN = (("s01", 1), ("s01", 3), ("s01", 23), ("s01", 21), ("s07", 9), ("s04", 19), ("s04", 27), ("s04", 33))


def main() -> None:
    """Perform, bake, render and measure; one row an avatar."""
    python = bpy_python()
    if python is None or not SHARED.is_dir():
        print("needs ../shared and a Python with bpy (make .venv-bpy/.installed)")
        return
    OUT.mkdir(parents=True, exist_ok=True)
    print(f"{'avatar':24}{'closed on p b m':>18}{'mean gap':>10}{'a opens':>10}{'o u narrows':>13}{'i spreads':>11}")
    for avatar in AVATARS:
        rows = [row for line in LINES for row in perform(python, avatar, line)]
        print(f"{avatar:24}" + summary(rows))
    shown = np.vstack([np.hstack([_cell(avatar, line, index) for line, index in SHOWN]) for avatar in AVATARS])
    cv2.imwrite(str(OUT / "shown.png"), shown, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def _cell(avatar: str, line: str, index: int) -> np.ndarray:
    """One face out of a line's sheet."""
    whole = cv2.imread(str(OUT / f"{avatar}_{line}.png"))
    size = whole.shape[1] // COLUMNS
    top, left = index // COLUMNS * size, index % COLUMNS * size
    return cv2.resize(whole[top : top + size, left : left + size], (150, 150), interpolation=cv2.INTER_AREA)


def perform(python: Path, avatar: str, line: str) -> list[tuple[str, float, float]]:
    """(phoneme, gap, width) at the middle of every phoneme of a line; its sheet goes to OUT."""
    speech = SHARED / "data" / "speech" / "hibari_speech"
    said = json.loads((speech / f"{line}.json").read_text())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "lyrics.txt").write_text(said["text"])
        document, times = folder / "line.lipwright", folder / "times.json"
        command = [sys.executable, "-m", "lipwright", "perform", speech / f"{line}.wav", "-o", document]
        subprocess.run([*command, "--lyrics", folder / "lyrics.txt", "--language", "en"], check=True, cwd=ROOT)
        times.write_text(json.dumps([(start + end) / 2 for start, end, _ in said["phones"]]))
        script = ROOT / "tests" / "blender" / "apart" / "pictures.py"
        blend = SHARED / "data" / "avatars" / f"{avatar}.blend"
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {"BLENDER_USER_RESOURCES": name}
        done = subprocess.run([python, script, blend, document, times, folder], env=env, timeout=TIMEOUT_S,
                              capture_output=True, text=True, check=False)  # fmt: skip
        if not (folder / "measures.json").exists():
            raise SystemExit(done.stdout + done.stderr)
        measures = json.loads((folder / "measures.json").read_text())
        words = [next((w for s, e, w in said["words"] if s <= (a + b) / 2 < e), "") for a, b, _ in said["phones"]]
        symbols = [symbol for _, _, symbol in said["phones"]]
        sheet(folder, [f"{s}  {w}" for s, w in zip(symbols, words, strict=True)], OUT / f"{avatar}_{line}.png")
    return [(symbol, *two) for symbol, two in zip(symbols, measures, strict=True)]


def sheet(folder: Path, labels: list[str], out: Path) -> None:
    """The rendered faces in reading order, labelled."""
    faces = [cv2.imread(str(path)) for path in sorted(folder.glob("[0-9]*.png"))]
    for face, label in zip(faces, labels, strict=True):
        cv2.putText(face, label, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1, cv2.LINE_AA)
    blank = np.full_like(faces[0], 255)
    faces += [blank] * (-len(faces) % COLUMNS)
    rows = [np.hstack(faces[i : i + COLUMNS]) for i in range(0, len(faces), COLUMNS)]
    cv2.imwrite(str(out), np.vstack(rows))


def summary(rows: list[tuple[str, float, float]]) -> str:
    """The table's figures of one avatar."""

    def of(symbols: set[str], column: int) -> np.ndarray:
        return np.array([row[column] for row in rows if row[0] in symbols])

    gaps = of(CLOSED, 1)
    return (
        f"{np.sum(gaps < 0.02):>13} of {len(gaps)}{gaps.mean():>10.3f}{of(OPEN, 1).mean():>10.3f}"
        f"{of(ROUND, 2).mean():>13.3f}{of(SPREAD, 2).mean():>11.3f}"
    )


if __name__ == "__main__":
    main()
