"""Plans are exact to the frame, and what cannot be done is refused in a sentence before anything changes."""

from __future__ import annotations

from pathlib import Path

import fake
import pytest
from film import Film, media
from lipwright_resolve.edit.plan import ClipPlan, Refusal
from lipwright_resolve.errors import Refused
from lipwright_resolve.session import Choice


def plan(film: Film, **choice: object) -> ClipPlan | Refusal:
    (planned,) = film.session().plan(Choice(**choice))  # type: ignore[arg-type]
    return planned


def refusal(film: Film, **choice: object) -> str:
    planned = plan(film, **choice)
    assert isinstance(planned, Refusal), planned
    return planned.reason


def test_source_frames_handles_and_the_vocal_under_them(tmp_path: Path) -> None:
    made = plan(Film(tmp_path))
    assert isinstance(made, ClipPlan)
    assert (made.first, made.last, made.out_first, made.out_last) == (50, 150, 25, 175)
    # The song starts at its frame 10, the clip 100 frames into it: 110 / 25 s.
    assert made.vocal.at_s == pytest.approx(4.4)
    assert made.vocal_start_s == pytest.approx(3.4)
    assert made.take_range == (25, 125)


def test_a_clip_at_its_head_has_no_handle_before_it(tmp_path: Path) -> None:
    film = Film(tmp_path)
    film.target._takes[0] = fake.Take(film.target._take.pool_item, 10, 110)
    made = plan(film)
    assert isinstance(made, ClipPlan) and (made.out_first, made.take_range) == (0, (10, 110))


@pytest.mark.parametrize("version", [(20, 3, 2), (21, 1, 0)])
def test_a_constant_retime_is_planned_in_source_time(tmp_path: Path, version: tuple[int, int, int]) -> None:
    film = Film(tmp_path, fake.World(version=version))
    film.timeline._selection = []
    film.target._takes[0] = fake.Take(film.target._take.pool_item, 100, 300)
    film.target._speed = 2.0
    made = plan(film)
    assert isinstance(made, ClipPlan) and made.speed == pytest.approx(2.0)
    assert (made.first, made.last) == (100, 300)
    assert made.vocal_start_s == pytest.approx(4.4 - 0.5), "a second of handle is half a second of song"


def test_a_file_as_vocal_plays_from_the_timeline_start(tmp_path: Path) -> None:
    path = media(tmp_path, "other.wav", "25", 9000)
    made = plan(Film(tmp_path), vocal_path=path)
    assert isinstance(made, ClipPlan) and made.vocal.path == path and made.vocal.at_s == pytest.approx(4.0)


def test_one_heard_channel_is_passed_on(tmp_path: Path) -> None:
    film = Film(tmp_path)
    film.song._mapping = {"track_mapping": {"1": {"channel_idx": [2], "mute": False, "type": "Mono"}}}
    made = plan(film)
    assert isinstance(made, ClipPlan) and made.vocal.channel == 1


def test_timeline_rate_is_the_timelines_own(tmp_path: Path) -> None:
    """The project says 24; a 50 fps timeline in it counts in fiftieths."""
    film = Film(tmp_path, fps="50", clip_fps="25")
    made = plan(film)
    assert isinstance(made, ClipPlan) and (made.first, made.last) == (50, 100)


def lock(film: Film) -> None:
    film.timeline._tracks["video"][0]["locked"] = True


def offline(film: Film) -> None:
    Path(film.target._take.pool_item._properties["File Path"]).unlink()  # type: ignore[union-attr]


def title(film: Film) -> None:
    film.target._takes[0] = fake.Take(None, 0, 100)


def raw(film: Film) -> None:
    path = media(film.folder, "camera.braw", "25", 1000)
    film.target._take.pool_item._properties["File Path"] = path  # type: ignore[union-attr]


def no_rate(film: Film) -> None:
    film.target._take.pool_item._properties["FPS"] = ""  # type: ignore[union-attr]
    film.target._fps = lambda: fake.rate("25")  # type: ignore[method-assign]


def reversed_(film: Film) -> None:
    film.target._takes[0] = fake.Take(film.target._take.pool_item, 300, 100)


def unknown_speed(film: Film) -> None:
    film.target._takes[0] = fake.Take(film.target._take.pool_item, 0, 0)


def no_audio(film: Film) -> None:
    film.timeline._tracks["audio"][0]["items"].clear()


def short_audio(film: Film) -> None:
    film.song._duration = 150


def offline_audio(film: Film) -> None:
    film.song._take.pool_item._properties["File Path"] = "/gone/song.wav"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lock, "locked track V1"),
        (offline, "offline"),
        (title, "no media file"),
        (raw, "camera raw"),
        (no_rate, "frame rate"),
        (reversed_, "backwards"),
        (unknown_speed, "unknown retime"),
        (no_audio, "no audio under it"),
        (short_audio, "longer than the audio"),
        (offline_audio, "offline audio"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_changes(tmp_path: Path, spoil: object, says: str) -> None:
    film = Film(tmp_path)
    spoil(film)  # type: ignore[operator]
    assert says in refusal(film)
    assert film.world.calls == []


def test_nothing_chosen_no_timeline_no_project(tmp_path: Path) -> None:
    film = Film(tmp_path)
    film.timeline._selection, film.timeline._current = [], None
    with pytest.raises(Refused, match="no clip is chosen"):
        film.session().plan(Choice())
    film.project._timeline = None
    with pytest.raises(Refused, match="no timeline"):
        film.session()
    film.resolve._manager._project = None
    with pytest.raises(Refused, match="no project"):
        film.session()


def test_choosing_by_track_and_colour(tmp_path: Path) -> None:
    film = Film(tmp_path)
    assert len(film.session().plan(Choice(clips="track", track=1))) == 3
    assert [p.name for p in film.session().plan(Choice(clips="color", color="Teal"))] == ["shot1.mov"]
