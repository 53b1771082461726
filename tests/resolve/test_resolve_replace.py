"""Replacing a clip changes that clip only, and any single failure leaves it replaced whole or exactly as before."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import fake
import pytest
from film import DryCore, Film
from lipwright_resolve import job_lock
from lipwright_resolve.edit.undo import facts
from lipwright_resolve.errors import Refused, Stuck
from lipwright_resolve.session import Choice


def quiet(value: float, stage: str) -> None:
    pass


def whole_state(film: Film) -> Any:
    """Everything an editor would notice: clips, looks, markers, tracks, timelines."""
    looks = {
        item._uid: (
            item._grade,
            item._color,
            tuple(sorted(item._properties.items())),
            len(item._markers),
            item._selected,
        )
        for track in film.timeline._tracks["video"]
        for item in track["items"]
    }
    tracks = [len(film.timeline._tracks[kind]) for kind in ("video", "audio")]
    return facts(film.timeline), looks, tracks, [t._uid for t in film.project._timelines], film.project._timeline._uid


def is_replaced(film: Film) -> bool:
    """The target shows a take of ours, in one of the three ways, with our marker and everything else in place."""
    assert film.project._timeline is film.timeline, "the timeline that was worked on stays the current one"
    if len(film.project._timelines) > 1:
        (copy,) = film.project._timelines[1:]
        shown = [i for i in copy._tracks["video"][0]["items"] if i._start == film.target._start]
        return len(shown) == 1 and shown[0]._duration == 100 and ours(shown[0])
    if ours(film.target):
        return film.target._selected > 1 and film.target._enabled and film.target._duration == 100
    above = [i for track in film.timeline._tracks["video"][1:] for i in track["items"]]
    return (
        len(above) == 1
        and ours(above[0])
        and (above[0]._start, above[0]._duration) == (film.target._start, 100)
        and not film.target._enabled
    )


def ours(item: fake.Item) -> bool:
    path = item._take.pool_item._properties["File Path"] if item._take.pool_item else ""
    marked = any(m["customData"].startswith("lipwright:") for m in item._markers.values())
    return ".lipsync.v" in path and marked


def test_a_take_keeps_the_item_its_look_and_its_neighbours(tmp_path: Path) -> None:
    film = Film(tmp_path)
    before = facts(film.timeline)
    (outcome,) = film.session().perform(Choice(), quiet)
    after = facts(film.timeline)
    assert outcome.ok and "take" in outcome.text
    assert is_replaced(film)
    uid = film.target._uid
    assert {k: v for k, v in after.items() if k != uid} == {k: v for k, v in before.items() if k != uid}
    assert after[uid][:5] == before[uid][:5] and after[uid][6] == before[uid][6]
    assert film.target._grade == "teal and orange" and film.target._takes[0].start == 50


@pytest.mark.parametrize("off", [1, -1])
def test_a_take_that_is_a_frame_off_is_asked_for_again(tmp_path: Path, off: int) -> None:
    film = Film(tmp_path, fake.World(take_off_by=off))
    (outcome,) = film.session().perform(Choice(), quiet)
    assert outcome.ok and "take" in outcome.text and film.target._duration == 100 and is_replaced(film)


def test_takes_refused_means_an_overlay_with_the_look_of_the_original(tmp_path: Path) -> None:
    film = Film(tmp_path, fake.World(take_refused=True))
    (outcome,) = film.session().perform(Choice(), quiet)
    assert outcome.ok and "overlay" in outcome.text and is_replaced(film)
    made = film.timeline._tracks["video"][1]["items"][0]
    assert (made._grade, made._color, made._properties["ZoomX"]) == ("teal and orange", "Teal", 1.25)
    assert film.timeline._tracks["video"][1]["name"] == "Lipwright"


@pytest.mark.parametrize(("fps", "clip_fps"), [("25", "23.976"), ("29.97", "25"), ("24", "59.94")])
@pytest.mark.parametrize("refused", [False, True])
def test_mixed_rates_keep_the_length_to_the_frame(tmp_path: Path, fps: str, clip_fps: str, refused: bool) -> None:
    film = Film(tmp_path, fake.World(take_refused=refused), fps, clip_fps)
    (outcome,) = film.session().perform(Choice(), quiet)
    assert outcome.ok, outcome.text
    assert is_replaced(film)


def test_a_phantom_append_is_noticed_and_the_swap_needs_consent(tmp_path: Path) -> None:
    film = Film(tmp_path, fake.World(take_refused=True, phantom_append=True))
    before = whole_state(film)
    (outcome,) = film.session().perform(Choice(), quiet)
    assert not outcome.ok and whole_state(film) == before


def test_with_consent_the_slot_is_rebuilt_in_a_duplicate_timeline(tmp_path: Path) -> None:
    film = Film(tmp_path, fake.World(take_refused=True))
    film.target._comps = 1
    before = facts(film.timeline)
    (outcome,) = film.session().perform(Choice(may_duplicate=True), quiet)
    assert outcome.ok and "swap" in outcome.text and is_replaced(film)
    assert facts(film.timeline) == before


SCENARIOS = {
    "take": {},
    "overlay": {"take_refused": True},
    "swap": {"take_refused": True, "comps": 1},
    "take a frame off": {"take_off_by": 1},
}


@pytest.mark.parametrize("raises", [False, True])
@pytest.mark.parametrize("name", SCENARIOS)
def test_any_single_failure_leaves_the_timeline_replaced_or_as_before(tmp_path: Path, name: str, raises: bool) -> None:
    """Every call that changes something fails once, by value or by exception: nothing lost, nothing half-replaced."""
    settings = dict(SCENARIOS[name])
    comps = settings.pop("comps", 0)
    for fail_at in itertools.count():
        folder = tmp_path / str(fail_at)
        folder.mkdir()
        world = fake.World(fail_at=fail_at, raise_instead=raises, **settings)  # type: ignore[arg-type]
        film = Film(folder, world)
        film.target._comps = comps
        before = whole_state(film)
        try:
            outcomes = film.session().perform(Choice(may_duplicate=True), quiet)
            ok = outcomes[0].ok
        except (Refused, Stuck) as error:
            assert not isinstance(error, Stuck), f"{world.calls[fail_at]}: {error}"
            ok = False
        done = is_replaced(film)
        assert done or whole_state(film) == before, f"{name}: half replaced after {world.calls[fail_at : fail_at + 1]}"
        assert done or not ok
        if fail_at >= len(world.calls):
            assert done and ok
            break


def test_restore_brings_the_original_back_exactly(tmp_path: Path) -> None:
    for refused in (False, True):
        folder = tmp_path / str(refused)
        folder.mkdir()
        film = Film(folder, fake.World(take_refused=refused))
        before = facts(film.timeline)
        session = film.session()
        session.perform(Choice(), quiet)
        (outcome,) = session.restore(Choice())
        assert outcome.ok
        assert facts(film.timeline) == before
        assert not film.target._markers


def test_restore_after_any_single_failure_is_done_or_undone(tmp_path: Path) -> None:
    for refused in (False, True):
        film = Film(tmp_path, fake.World(take_refused=refused))
        session = film.session()
        original = facts(film.timeline)
        session.perform(Choice(), quiet)
        replaced = whole_state(film)
        for fail_at in itertools.count(len(film.world.calls)):
            film.world.fail_at = fail_at
            (outcome,) = session.restore(Choice())
            if outcome.ok:
                now = facts(film.timeline)
                assert now == original
                break
            assert whole_state(film) == replaced


def test_update_makes_a_new_version_and_leaves_the_first_take_alone(tmp_path: Path) -> None:
    film = Film(tmp_path)
    session = film.session()
    session.perform(Choice(), quiet)
    (outcome,) = session.update(Choice(), quiet)
    assert outcome.ok and is_replaced(film)
    names = [Path(take.pool_item._properties["File Path"]).name for take in film.target._takes if take.pool_item]
    assert names == ["shot1.mov", "shot1.lipsync.v001.mov", "shot1.lipsync.v002.mov"]
    ranges = {(take.start, take.end) for take in film.target._takes[1:]}
    assert ranges == {(25, 125)}, "both versions show the same source frames"
    assert film.target._takes[0].start == 50


def test_update_all_that_changed_skips_what_is_the_same(tmp_path: Path) -> None:
    film = Film(tmp_path)
    core = DryCore()
    session = film.session(core)
    lyrics = tmp_path / "lyrics.txt"
    lyrics.write_text("one")
    session.perform(Choice(lyrics=str(lyrics)), quiet)
    asked = len(core.asked)  # type: ignore[attr-defined]
    (same,) = session.update(Choice(), quiet, only_changed=True)
    assert "up to date" in same.text and len(core.asked) == asked  # type: ignore[attr-defined]
    lyrics.write_text("two")
    (again,) = session.update(Choice(), quiet, only_changed=True)
    assert again.ok and len(core.asked) > asked  # type: ignore[attr-defined]


def test_a_core_that_fails_changes_nothing(tmp_path: Path) -> None:
    for step in ("perform", "dub"):
        film = Film(tmp_path)
        before = whole_state(film)
        with pytest.raises(Refused, match=f"{step} failed"):
            film.session(DryCore(step)).perform(Choice(), quiet)
        assert whole_state(film) == before
        film.session().perform(Choice(), quiet)  # the lock was freed


def test_two_jobs_at_once_are_refused(tmp_path: Path) -> None:
    film = Film(tmp_path)
    session = film.session()
    with job_lock.held(session.home), pytest.raises(Refused, match="another Lipwright job"):
        session.perform(Choice(), quiet)


def test_an_untitled_project_is_never_saved(tmp_path: Path) -> None:
    film = Film(tmp_path)
    film.project._name = "Untitled Project"
    film.session().perform(Choice(), quiet)
    assert "SaveProject" not in film.world.calls


def test_a_hundred_clips_need_few_calls_each(tmp_path: Path) -> None:
    """No busy waiting and no quadratic reading beyond what verifying needs (timed in tests/bench)."""
    film = Film(tmp_path)
    (outcome,) = film.session().perform(Choice(), quiet)
    assert outcome.ok and len(film.world.calls) < 15


@pytest.mark.parametrize("version", [(18, 5, 0), (20, 3, 2), (21, 0, 4), (21, 1, 0)])
@pytest.mark.parametrize("refused", [False, True])
def test_old_and_new_calling_forms_do_the_same(tmp_path: Path, version: tuple[int, int, int], refused: bool) -> None:
    film = Film(tmp_path, fake.World(version=version, take_refused=refused))
    (outcome,) = film.session().perform(Choice(), quiet)
    assert outcome.ok and is_replaced(film)


def test_a_retimed_clip_stays_retimed_where_resolve_can_say_so(tmp_path: Path) -> None:
    film = Film(tmp_path, fake.World(version=(21, 1, 0), take_refused=True))
    film.target._takes[0] = fake.Take(film.target._take.pool_item, 100, 300)
    film.target._speed = 2.0
    (outcome,) = film.session().perform(Choice(), quiet)
    made = film.timeline._tracks["video"][1]["items"][0]
    assert outcome.ok and is_replaced(film) and made._speed == 2.0


def test_a_free_edition_is_never_asked_for_what_opens_an_advertisement(tmp_path: Path) -> None:
    film = Film(tmp_path, fake.World(studio=False))
    session = film.session()
    assert session.perform(Choice(), quiet)[0].ok and session.restore(Choice())[0].ok
    assert not film.world.modal
    film.timeline.CreateSubtitlesFromAudio()
    assert film.world.modal, "the trap is armed"


def test_a_full_disk_is_said_before_anything_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lipwright_resolve.edit import snapshot

    film = Film(tmp_path)
    before = whole_state(film)

    def full(path: str, value: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot, "write_json", full)
    with pytest.raises(Refused, match="No space left"):
        film.session().perform(Choice(), quiet)
    assert whole_state(film) == before


def test_somebody_else_holds_the_media_pool(tmp_path: Path) -> None:
    """On a shared project another editor may hold the bins: our bin cannot be made, and nothing changes."""
    film = Film(tmp_path, fake.World(fail_at=0))
    before = whole_state(film)
    (outcome,) = film.session().perform(Choice(), quiet)
    assert film.world.calls[0] == "AddSubFolder" and not outcome.ok and "bin" in outcome.text
    assert whole_state(film) == before


def test_the_snapshot_tells_what_was_there(tmp_path: Path) -> None:
    import json

    film = Film(tmp_path)
    film.session().perform(Choice(), quiet)
    (path,) = (tmp_path / "home" / "snapshots").iterdir()
    saved = json.loads(path.read_text())
    assert saved["chosen"] == [film.target._uid]
    target = next(item for item in saved["timeline"]["video"] if item["uid"] == film.target._uid)
    assert (target["start"], target["duration"], target["path"]) == (90100, 100, str(tmp_path / "shot1.mov"))
