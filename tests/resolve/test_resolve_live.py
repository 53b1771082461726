"""The script that users with Resolve run works against the fake: reading changes nothing, trying is undone."""

from __future__ import annotations

from pathlib import Path

import live_check
from film import Film, media
from lipwright_resolve.edit.undo import facts


def test_reading_changes_nothing_and_plans_every_clip(tmp_path: Path) -> None:
    film = Film(tmp_path)
    film.resolve.GetVersionString = lambda: "21.0.4"  # type: ignore[method-assign]
    report = live_check.read_only(film.resolve)
    assert film.world.calls == []
    assert [plan["planned"] for plan in report["plans"]] == [True] * 3


def test_trying_a_take_leaves_the_timeline_alone(tmp_path: Path) -> None:
    film = Film(tmp_path)
    before = facts(film.timeline)
    answers = live_check.try_take(film.resolve, media(tmp_path, "take.mov", "25", 200))
    assert answers["duration_with_half_open_end"] == 100 and answers["others_unchanged"] and answers["as_before"]
    assert facts(film.timeline) == before and film.project._timeline is film.timeline
    assert film.project._timelines == [film.timeline]


def test_without_resolve_it_is_one_sentence(capsys: object) -> None:
    assert live_check.main([]) == 2
