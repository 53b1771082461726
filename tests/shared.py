"""Recordings and tools that are not part of the repository: tests that need them skip where they are absent."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("LIPWRIGHT_SHARED", Path(__file__).parents[2] / "shared"))


def shared(*parts: str) -> Path:
    """A path below the shared folder; skips the test where it does not exist."""
    path = SHARED.joinpath(*parts)
    if not SHARED.exists():
        pytest.skip("no ../shared; set LIPWRIGHT_SHARED to the folder of recordings")
    if not path.exists():
        pytest.skip(f"{SHARED.name} holds no {'/'.join(parts)}")
    return path
