"""What the script asks of the core is what the core's command line takes, and a real take comes back."""

from __future__ import annotations

import argparse
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from lipwright_resolve import core
from lipwright_resolve.core import Core, Direction
from lipwright_resolve.edit.plan import ClipPlan, VocalPlan
from lipwright_resolve.errors import Refused

from lipwright.commands.clips import dub
from lipwright.commands.performances import perform


class Recorder(Core):
    """Keeps the command lines."""

    def run(self, args, progress, cancel):  # type: ignore[no-untyped-def]
        lines.append(list(args))
        Path(args[args.index("-o") + 1]).write_text("")
        return []


lines: list[list[str]] = []


def a_plan(speed: float = 1.0) -> ClipPlan:
    return ClipPlan(
        "uid", "shot.mov", "shot.mov", Fraction(30000, 1001), 100, 200, 70, 230, speed, VocalPlan("song.wav", 0.5, 1)
    )


@pytest.mark.parametrize("speed", [1.0, 0.5])
def test_the_core_understands_every_word(tmp_path: Path, speed: float) -> None:
    lines.clear()
    recorder = Recorder(("python",))
    direction = Direction(emotion="happy", seed=3)
    lyrics = tmp_path / "l.txt"
    lyrics.write_text("la")
    document = core.perform(recorder, "song.wav", 1, str(lyrics), direction, str(tmp_path), lambda v, s: None, None)
    core.dub(recorder, a_plan(speed), document, direction, str(tmp_path / "take.mov"), lambda v, s: None, None)
    for command, words in zip((perform, dub), lines, strict=True):
        parser = argparse.ArgumentParser(exit_on_error=False)
        command.add_arguments(parser)
        args = parser.parse_args(words[1:])
        if command is dub:
            assert args.from_s == pytest.approx(70 * 1001 / 30000, abs=1e-5) and args.retime == speed
            assert args.start_s == pytest.approx(-(0.5 - 30 * 1001 / 30000 / speed), abs=1e-5)
        else:
            assert (args.channel, args.emotion, args.seed) == (1, "happy", 3)


def test_a_real_core_answers_the_check_and_a_missing_one_is_named() -> None:
    assert Core((sys.executable,)).check().count(".") == 2
    with pytest.raises(Refused, match="install resolve"):
        Core(("/no/such/python",)).check()


def test_the_inputs_of_a_take_are_told_apart(tmp_path: Path) -> None:
    for name in ("shot.mov", "song.wav"):
        (tmp_path / name).write_text(name)
    plan = a_plan()
    plan = ClipPlan(*(plan.uid, plan.name, str(tmp_path / "shot.mov")), plan.fps, 100, 200, 70, 230, 1.0,
                    VocalPlan(str(tmp_path / "song.wav"), 0.5, 1))  # fmt: skip
    same = core.fingerprint(plan, None, Direction())
    assert core.fingerprint(plan, None, Direction()) == same
    assert core.fingerprint(plan, None, Direction(seed=1)) != same
    (tmp_path / "song.wav").write_text("another song")
    assert core.fingerprint(plan, None, Direction()) != same
