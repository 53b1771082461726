"""`lipwright doctor`: what is installed, which engines can run here, and why others cannot."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import sys

import lipwright
from lipwright.events import Events

PACKAGES = ("numpy", "onnxruntime", "av", "soxr", "librosa", "opencv-python-headless", "pocketsphinx", "OpenTimelineIO")
EXTRAS = ("torch", "g2p2")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""
    del parser


def run(args: argparse.Namespace, events: Events) -> None:
    """Print the report to stdout."""
    del args
    print(f"lipwright {lipwright.__version__}, Python {platform.python_version()}, {platform.platform()}")
    print(f"runs from {sys.executable}")
    for name in (*PACKAGES, *EXTRAS):
        print(f"  {name:24} {_version(name) or ('not installed (optional)' if name in EXTRAS else 'MISSING')}")
    missing = [name for name in PACKAGES if _version(name) is None]
    if missing:
        events.note(f"{', '.join(missing)} missing: pip install {' '.join(missing)}")
    events.result(version=lipwright.__version__, python=sys.executable, missing=missing)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
