"""The wheel of lipwright itself."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to put it."""
    parser.add_argument("--output", type=Path, default=HERE, help="folder (default: dist)")


def run(args: argparse.Namespace) -> list[Path]:
    """Build the wheel."""
    return [build(args.output)]


def build(output: Path) -> Path:
    """The wheel, built into `output`."""
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, str(ROOT)]
        subprocess.run(command, check=True)
        (made,) = Path(folder).glob("lipwright-*.whl")
        kept = output / made.name
        kept.write_bytes(made.read_bytes())
        return kept
