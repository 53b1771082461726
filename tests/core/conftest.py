"""What tests of dubs share: a song, a photograph, and footage made from it; made once, because each costs seconds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from tests.core.dubbing.dub_material import DEMO, RATE, SECONDS

from lipwright.types import Direction, Performance, Track


@pytest.fixture(scope="session")
def song() -> Performance:
    """The demo song, without anything that moves but the mouth."""
    from lipwright import service

    still = Direction(blink_rate=0.0, head=0.0, brows=0.0, gaze=0.0)
    return service.perform(DEMO / "song.ogg", DEMO / "song.lrc", still)


@pytest.fixture(scope="session")
def sung(song: Performance) -> Performance:
    """Its first words."""
    from lipwright.performance_slice import cut

    return cut(song, 0.0, SECONDS)


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public-domain photograph of an astronaut, head and shoulders."""
    import cv2

    data = pytest.importorskip("skimage.data")
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    face = cv2.resize(data.astronaut()[:256, 96:352], (448, 448), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(path), cv2.cvtColor(face, cv2.COLOR_RGB2BGR))
    return path


@pytest.fixture(scope="session")
def footage(photo: Path, sung: Performance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photograph opens, rounds and closes its mouth slowly: footage with mouths of every kind."""
    import numpy as np

    from lipwright.dubbing import Options, dub

    times = tuple(n / RATE for n in range(round(SECONDS * RATE) + 1))
    swing = [np.sin(2 * np.pi * 1.2 * t) for t in times]
    opened, rounded = tuple(max(0.0, float(s)) for s in swing), tuple(max(0.0, -0.8 * float(s)) for s in swing)
    slow = replace(
        sung,
        words=(), phonemes=(), channels=(),
        visemes=(Track("aa", times, opened), Track("ou", times, rounded)),
        mouth=(Track("jaw", times, opened), Track("lips", times, rounded)),
    )  # fmt: skip
    out = tmp_path_factory.mktemp("footage") / "footage.mkv"
    dub(photo, slow, Options(output=out, vocal=DEMO / "song.ogg", codec="ffv1", fps=Fraction(RATE)))
    return out
