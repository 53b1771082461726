"""Mouths told from eyes and brows by what shapes do, however the character lies, on heads whose shapes are known."""

import numpy as np
import pytest
from blender_addon.pure import facing, mapping, mouthshape, verify
from tests.blender import standins

HEAD = standins.head()
MOVES = standins.movements(HEAD)
UP = np.array([0.0, 0.0, 1.0])


def turned(axis, degrees):
    """A rotation about x, y or z."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    made = np.eye(3)
    made[i, i], made[i, j], made[j, i], made[j, j] = c, -s, s, c
    return made


POSES = {
    "as made": np.eye(3), "turned": turned(2, 90), "from behind": turned(2, 180), "y up": turned(0, -90),
    "y up, turned": turned(1, 90) @ turned(0, -90), "tilted": turned(2, 12) @ turned(0, 8),
}  # fmt: skip


def seen(pose, scale=1.0, names=tuple(MOVES), world_up=None, above=None):
    """(lips, effects) of the head after `pose`, where the world's up is what it was turned to unless given."""
    rest, normals = scale * HEAD.rest @ pose.T, HEAD.normals @ pose.T
    shapes = {name: scale * MOVES[name] @ pose.T for name in names}
    motion = np.max([np.linalg.norm(offsets, axis=1) for offsets in shapes.values()], axis=0)
    frame = facing.frame(rest, normals, motion, pose @ UP if world_up is None else world_up, above)
    rest, shapes = rest @ frame.T, {name: offsets @ frame.T for name, offsets in shapes.items()}
    lips = mouthshape.find_lips(rest, shapes)
    return lips, {} if lips is None else {n: mouthshape.effect(o, lips, rest) for n, o in shapes.items()}


@pytest.mark.parametrize("scale", [0.01, 1.0, 170.0])
@pytest.mark.parametrize("pose", POSES)
def test_the_mouth_is_found_however_the_character_is_turned(pose, scale):
    lips, effects = seen(POSES[pose], scale)
    assert lips is not None
    assert set(np.flatnonzero(HEAD.lip < 0)) & set(lips.lower) and not set(np.flatnonzero(HEAD.lid)) & set(lips.lower)
    assert effects["open"].opens > 0.3 and effects["round"].widens < -0.1 < 0.05 < effects["wide"].widens
    assert effects["round"].forward > 0.05 > effects["bite"].forward and effects["bite"].bites > 0.02
    for name in ("blink", "wink", "brow"):
        assert effects[name].touches < 0.03 and effects[name].away > 1.0, (name, effects[name])
    assert effects["tongue"].away < 1.0


def test_eyes_say_what_is_up_when_the_world_does_not():
    """A character that lies down, or hangs upside down."""
    for up in (UP, -UP, np.array([0.0, 1.0, 0.0])):
        lips, effects = seen(np.eye(3), world_up=up, above=UP)
        assert lips is not None and effects["open"].opens > 0.3


@pytest.mark.parametrize("names", [("blink",), ("blink", "brow", "wink"), ("brow", "smile"), ("wink",), ("cheeks",)])
def test_a_face_whose_mouth_never_opens_has_no_mouth(names):
    assert seen(np.eye(3), names=names)[0] is None


def rows(mixes):
    return mapping.FaceMap(mapping.shape_rows((v, n, w) for v, mix in mixes.items() for n, w in mix.items()))


EFFECTS = seen(np.eye(3))[1]


def test_what_does_what_it_says_is_counted():
    verdict = verify.judged(rows(standins.SCULPTED), EFFECTS)
    assert verdict.speaks and len(verdict.right) == 15 and not verdict.notes


@pytest.mark.parametrize("decoy", ["blink", "brow"])
def test_eyes_and_brows_are_never_mouths(decoy):
    """However they are named: the blink as the jaw was said to be 13 of 15 visemes."""
    verdict = verify.judged(rows({v: {decoy: 1.0} for v in standins.SCULPTED if v != "sil"}), EFFECTS)
    assert not verdict.rows and not verdict.right and not verdict.speaks and decoy in verdict.notes[0]


def test_a_mouth_chart_read_as_vowels_is_found_out():
    """Letters A, E, O of a chart are closed, round and so on: A as "aa" is closed, and PP wide open."""
    inverted = {**standins.SCULPTED, "aa": {"close": 1.0}, "PP": {"open": 1.0}}
    verdict = verify.judged(rows(inverted), EFFECTS)
    assert not {"aa"} & verdict.right and not verdict.speaks
    assert not any(row.source == "PP" for row in verdict.rows) and any(
        "open the lips" in note for note in verdict.notes
    )


def test_a_jaw_alone_is_not_taken_for_a_mouth_that_speaks():
    only = verify.judged(rows({"aa": {"smile": 1.0}, "E": {"smile": 0.5}, "oh": {"smile": 0.3}}), EFFECTS)
    assert not only.speaks
