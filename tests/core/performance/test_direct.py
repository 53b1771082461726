"""Presets: what ships, what a person writes, what is refused."""

import dataclasses

import pytest

from lipwright.commands.options import STRENGTHS
from lipwright.errors import OptionError
from lipwright.performance import direct, presets
from lipwright.types import Direction


def test_what_ships():
    assert {"natural", "ballad", "pop", "rap", "newsreader", "cartoon"} <= set(presets())
    for name, summary in presets().items():
        assert direct(name).preset == name and summary
    assert direct("natural") == Direction()
    assert len({direct(name) for name in presets()}) == len(presets())


def test_overrides_win_and_none_overrides_nothing():
    direction = direct("pop", head=0.2, emotion=None, seed=7)
    assert (direction.head, direction.emotion, direction.seed) == (0.2, "happy", 7)


def test_every_part_of_a_direction_can_be_given_on_the_command_line():
    fields = {field.name for field in dataclasses.fields(Direction)}
    assert fields == {*STRENGTHS, "preset", "emotion", "seed", "singing"}


def test_a_preset_of_ones_own(tmp_path):
    path = tmp_path / "whisper.toml"
    path.write_text('summary = "quiet"\narticulation = 0.6\nblink_rate = 5\n')
    direction = direct(str(path), head=0.5)
    assert (direction.preset, direction.articulation, direction.blink_rate, direction.head) == ("whisper", 0.6, 5, 0.5)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("head = 9.0", "head"),
        ("headd = 1.0", "headd"),
        ("head = [", "TOML"),
        ('emotion = "bored"', "bored"),
        ('head = "big"', "head"),
    ],
)
def test_a_bad_preset_says_what_is_wrong(tmp_path, text, says):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(OptionError, match=says):
        direct(str(path))


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(OptionError, match="natural"):
        direct("opera")
    with pytest.raises(OptionError, match="cannot read"):
        direct(str(tmp_path / "none.toml"))
    with pytest.raises(OptionError, match="colour"):
        direct("pop", colour=1.0)
