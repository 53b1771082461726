"""Several clips in one job: all replaced or as before, all reported, the project saved, whatever fails once."""

from __future__ import annotations

import itertools
import os
import threading
from pathlib import Path

import fake
import pytest
from film import DryCore, Film
from lipwright_resolve import job_lock
from lipwright_resolve.edit.undo import facts
from lipwright_resolve.errors import Refused
from lipwright_resolve.session import Choice


def quiet(value: float, stage: str) -> None:
    pass


def film_of(folder: Path, **world: object) -> Film:
    folder.mkdir(exist_ok=True)
    film = Film(folder, fake.World(**world))  # type: ignore[arg-type]
    film.timeline._selection = list(film.clips)
    return film


def is_ours(item: fake.Item) -> bool:
    path = item._take.pool_item._properties["File Path"] if item._take.pool_item else ""
    return ".lipsync.v" in path and any(m["customData"].startswith("lipwright:") for m in item._markers.values())


def way_of(film: Film, clip: fake.Item) -> str:
    """How a clip stands now: "as before", "take", "overlay", "swap", or what is wrong with it."""
    above = [i for track in film.timeline._tracks["video"][1:] for i in track["items"] if i._start == clip._start]
    copies = film.project._timelines[1:]
    swapped = [i for t in copies for i in t._tracks["video"][0]["items"] if i._start == clip._start and is_ours(i)]
    own = is_ours(clip)
    if own and clip._duration == 100 and clip._enabled and not above:
        return "take"
    if len(above) == 1 and is_ours(above[0]) and above[0]._duration == 100 and not clip._enabled and not own:
        return "overlay"
    if above or not clip._enabled or len(clip._takes) > 1 or clip._markers:
        return "half replaced"
    return "swap" if len(swapped) == 1 and swapped[0]._duration == 100 else "as before"


def test_clips_that_need_a_duplicate_share_one_and_the_timeline_stays_open(tmp_path: Path) -> None:
    film = film_of(tmp_path, take_refused=True)
    for clip in film.clips:
        clip._comps = 1
    before = facts(film.timeline)
    outcomes = film.session().perform(Choice(may_duplicate=True), quiet)
    assert [outcome.ok for outcome in outcomes] == [True] * 3
    assert [way_of(film, clip) for clip in film.clips] == ["swap"] * 3
    assert len(film.project._timelines) == 2 and film.project._timeline is film.timeline
    assert facts(film.timeline) == before
    assert film.project._timelines[1]._name in outcomes[0].text, "the editor is told where to look"


def test_the_duplicate_holds_what_was_replaced_in_other_ways(tmp_path: Path) -> None:
    film = film_of(tmp_path, take_refused=True)
    film.timeline._add_track("video", "Lipwright")
    film.clips[0]._comps = 1
    film.session().perform(Choice(may_duplicate=True), quiet)
    assert [way_of(film, clip) for clip in film.clips] == ["swap", "overlay", "overlay"]
    (copy,) = film.project._timelines[1:]
    assert len([item for item in copy._tracks["video"][1]["items"] if is_ours(item)]) == 2


def test_a_clip_that_cannot_be_swapped_leaves_the_others_swapped(tmp_path: Path) -> None:
    film = film_of(tmp_path, take_refused=True)
    for clip in film.clips:
        clip._comps = 1
    film.timeline._tracks["video"][0]["items"].sort(key=lambda item: item._start)
    film.clips[1]._speed = 2.0
    film.clips[1]._takes[0] = fake.Take(film.clips[1]._take.pool_item, 100, 300)
    outcomes = film.session().perform(Choice(may_duplicate=True), quiet)
    assert [way_of(film, clip) for clip in film.clips] == ["swap", "as before", "swap"]
    assert [outcome.ok for outcome in outcomes] == [True, False, True]
    assert len(film.project._timelines) == 2, "the first duplicate went"


def test_a_stuck_clip_keeps_the_report_and_saves_the_others(tmp_path: Path) -> None:
    film = film_of(tmp_path)
    session = film.session()
    stuck = film.clips[1]
    stuck.AddMarker = lambda *a, **k: False  # type: ignore[method-assign]
    stuck.DeleteTakeByIndex = lambda *a, **k: False  # type: ignore[method-assign]
    outcomes = session.perform(Choice(), quiet)
    assert [outcome.ok for outcome in outcomes] == [True, False, False]
    assert "Edit > Undo" in outcomes[1].text and "left as it is" in outcomes[2].text
    assert way_of(film, film.clips[2]) == "as before"
    assert "SaveProject" in film.world.calls
    assert any("shot0" in line for line in session.log.lines)


MIXTURES = {
    "takes": ({}, ()),
    "overlays": ({"take_refused": True}, ()),
    "overlays and a swap": ({"take_refused": True}, (1,)),
    "a swap first": ({"take_refused": True}, (0,)),
    "swaps": ({"take_refused": True}, (0, 1, 2)),
}


@pytest.mark.parametrize("raises", [False, True])
@pytest.mark.parametrize("name", MIXTURES)
def test_any_single_failure_leaves_each_of_three_clips_whole(tmp_path: Path, name: str, raises: bool) -> None:
    """Every call that changes something fails once: nothing lost, nothing half-replaced, nothing unreported."""
    settings, comps = MIXTURES[name]
    for fail_at in itertools.count():
        film = film_of(tmp_path / str(fail_at), fail_at=fail_at, raise_instead=raises, **settings)
        for number in comps:
            film.clips[number]._comps = 1
        before = facts(film.timeline)
        outcomes = film.session().perform(Choice(may_duplicate=True), quiet)
        call = film.world.calls[fail_at : fail_at + 1]
        ways = [way_of(film, clip) for clip in film.clips]
        assert "half replaced" not in ways, f"{name} after {call}: {ways}"
        assert len(outcomes) == 3
        assert [outcome.ok for outcome in outcomes] == [way != "as before" for way in ways], f"{name} after {call}"
        assert film.project._timeline is film.timeline
        if set(ways) <= {"as before", "swap"}:
            assert facts(film.timeline) == before
        assert "SaveProject" in film.world.calls
        if fail_at >= len(film.world.calls):
            assert "as before" not in ways
            break


def test_update_performs_a_vocal_once_for_all_clips_under_it(tmp_path: Path) -> None:
    film = film_of(tmp_path)
    core = DryCore()
    session = film.session(core)
    lyrics = tmp_path / "lyrics.txt"
    lyrics.write_text("one")
    session.perform(Choice(lyrics=str(lyrics)), quiet)
    core.asked.clear()  # type: ignore[attr-defined]
    lyrics.write_text("two")
    outcomes = session.update(Choice(), quiet, only_changed=True)
    assert [outcome.ok for outcome in outcomes] == [True] * 3
    assert [args[0] for args in core.asked] == ["perform", "dub", "dub", "dub"]  # type: ignore[attr-defined]


def test_a_cancel_between_clips_says_which_were_replaced(tmp_path: Path) -> None:
    film = film_of(tmp_path)
    cancel = threading.Event()
    first = film.clips[0]
    put = first.AddMarker

    def and_cancel(*args: object, **kwargs: object) -> bool:
        cancel.set()
        return bool(put(*args, **kwargs))  # type: ignore[arg-type]

    first.AddMarker = and_cancel  # type: ignore[method-assign]
    outcomes = film.session().perform(Choice(), quiet, cancel)
    assert [outcome.ok for outcome in outcomes] == [True, False, False]
    assert all("cancelled" in outcome.text for outcome in outcomes[1:])
    assert [way_of(film, clip) for clip in film.clips] == ["take", "as before", "as before"]


def test_a_group_that_fails_in_an_update_does_not_hide_what_was_replaced(tmp_path: Path) -> None:
    film = film_of(tmp_path)
    session = film.session()
    texts = [tmp_path / f"{number}.txt" for number in range(2)]
    for number, text in enumerate(texts):
        text.write_text("one")
        film.timeline._selection = [film.clips[number]]
        session.perform(Choice(lyrics=str(text)), quiet)
    for text in texts:
        text.write_text("two")
    core = DryCore()
    run = core.run

    def second_fails(args: list[str], progress: object, cancel: object) -> object:
        if args[0] == "perform" and str(texts[1]) in args:
            raise Refused("the vocal went away")
        return run(args, progress, cancel)  # type: ignore[arg-type]

    object.__setattr__(core, "run", second_fails)
    outcomes = film.session(core).update(Choice(), quiet, only_changed=True)
    assert [outcome.ok for outcome in outcomes] == [True, False] and "went away" in outcomes[1].text


def test_restore_goes_back_to_the_take_that_was_selected(tmp_path: Path) -> None:
    film = film_of(tmp_path)
    clip = film.clips[0]
    other = fake.PoolItem(film.world, str(tmp_path / "shot1.mov"), "25", 1000)
    clip.AddTake(other, 50, 150)
    clip.SelectTakeByIndex(2)
    film.timeline._selection = [clip]
    session = film.session()
    session.perform(Choice(), quiet)
    session.update(Choice(), quiet)
    assert clip._selected == 4
    (outcome,) = session.restore(Choice())
    assert outcome.ok and clip._selected == 2 and len(clip._takes) == 2


def test_a_job_on_the_fairlight_page_opens_edit_first(tmp_path: Path) -> None:
    film = film_of(tmp_path, take_refused=True, take_off_by=0, page="fairlight")
    for clip in film.clips:
        clip._comps = 1
    assert all(outcome.ok for outcome in film.session().perform(Choice(may_duplicate=True), quiet))
    assert film.world.page == "edit"


def test_the_lock_of_a_dead_process_is_stale_and_of_a_living_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / job_lock.NAME
    path.write_text("4194305\n")  # above the largest process number of Linux
    with job_lock.held(str(tmp_path)):
        assert path.read_text().strip() == str(os.getpid())
        with pytest.raises(Refused, match=str(os.getpid())), job_lock.held(str(tmp_path)):
            pass
    assert not path.exists()


def test_a_long_job_keeps_its_lock_fresh(tmp_path: Path) -> None:
    with job_lock.held(str(tmp_path)) as touch:
        path = tmp_path / job_lock.NAME
        os.utime(path, (1, 1))
        assert job_lock.is_stale(str(path))
        touch()
        assert not job_lock.is_stale(str(path))
