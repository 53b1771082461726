"""What a progress line says about speed and the time left."""

from __future__ import annotations

from lipwright.dubbing.output.eta import Pace, paced


def test_a_rate_and_the_time_left_are_told_once_they_can_be() -> None:
    now = [100.0]
    pace = Pace(1000, 100, clock=lambda: now[0])
    assert pace.words("rendering", 100) == "rendering"
    now[0] = 100.1
    assert pace.words("rendering", 105) == "rendering", "too early to tell"
    now[0] = 110.0
    assert pace.words("rendering", 300) == "rendering, 20 frames/s, 0:35 left"
    now[0] = 200.0
    assert pace.words("rendering", 101) == "rendering, 0.0 frames/s, 24:58:20 left"
    now[0] = 1000.0
    assert pace.words("rendering", 1000) == "rendering, 1.0 frames/s, 0:00 left"


def test_a_step_reports_its_share_whatever_its_words() -> None:
    said: list[tuple[float, str]] = []
    on_progress = paced(lambda value, words: said.append((value, words)), "looking", 10)
    on_progress(0.0)
    on_progress(1.0)
    assert [value for value, _ in said] == [0.0, 1.0] and said[0][1] == "looking"
