"""Two speakers side by side, both talking, and the sound of one: that one is chosen. Six GRID speakers, every pair."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.shared import shared

from lipwright import service
from lipwright.arrays import FaceTrack
from lipwright.dubbing.recipe import level_of
from lipwright.faces import Level, find_faces
from lipwright.faces.choose import singing_scores
from lipwright.video import open_clip

pytestmark = [pytest.mark.models, pytest.mark.slow]
SPEAKERS = ("bbaf2n", "lbax4n", "lrwp9a", "pwij3p", "sbia1a", "swiz3n")


@pytest.fixture(scope="module")
def speakers() -> dict[str, tuple[FaceTrack, Level]]:
    """Each one's face, and what a mouth that says what is heard would do."""
    paths = {name: shared("data", "video", f"grid_{name}.mpg") for name in SPEAKERS}
    return {
        name: (find_faces(open_clip(path), cache=False).tracks[0], level_of(service.perform(path)))
        for name, path in paths.items()
    }


@pytest.mark.parametrize("shift_s", [-0.1, 0.0, 0.1])
def test_every_pair_is_told_apart_even_where_sound_and_picture_disagree_a_little(
    speakers: dict[str, tuple[FaceTrack, Level]], shift_s: float
) -> None:
    wrong = []
    for silent, heard in itertools.permutations(SPEAKERS, 2):
        level = speakers[heard][1]
        shifted = Level(level.times_s + shift_s, level.level, level.rounding)
        scores = singing_scores((speakers[silent][0], speakers[heard][0]), shifted)
        if scores[0] >= scores[1]:
            wrong.append((silent, heard))
    assert wrong == []


def test_among_six_the_speaker_is_found(speakers: dict[str, tuple[FaceTrack, Level]]) -> None:
    tracks = tuple(track for track, _ in speakers.values())
    chosen = [int(np.argmax(singing_scores(tracks, level))) for _, level in speakers.values()]
    assert chosen == list(range(6))


def test_a_sound_that_nobody_says_leaves_it_to_who_moves(speakers: dict[str, tuple[FaceTrack, Level]]) -> None:
    tracks = tuple(track for track, _ in speakers.values())
    flat = Level(np.arange(75) / 25, np.zeros(75))
    assert np.array_equal(singing_scores(tracks, flat), singing_scores(tracks, None))
