"""What must be true of a living face: every part by itself, repeatable, and never in the mouth's way."""

import itertools

import numpy as np
import pytest

from lipwright.arrays import Features
from lipwright.performance import act, direct
from lipwright.performance.face.emotion import recipes
from lipwright.performance.face.layers import both
from lipwright.types import ARKIT, EMOTIONS, HEAD, PhonemeSpan

OFF = {"blink_rate": 0.0, "head": 0.0, "brows": 0.0, "breathing": 0.0, "gaze": 0.0, "emotion_intensity": 0.0}
PARTS = {
    "blink_rate": {"eyeBlinkLeft", "eyeBlinkRight"},
    "head": set(HEAD),
    "brows": {"browInnerUp", "browOuterUpLeft", "browOuterUpRight"},
    "breathing": {"noseSneerLeft", "noseSneerRight"},
    "gaze": {name for name in ARKIT if name.startswith("eyeLook")},
}


def a_talk(minutes: float = 0.5) -> tuple[PhonemeSpan, ...]:
    """Phrases of twelve phones with stresses and pauses."""
    out, at = [], 1.0
    words = itertools.cycle(["P", "AA", "M", "S", "IY", "T", "B", "OW", "L", "D", "EH", "N"])
    while at < minutes * 60 - 2:
        for _ in range(12):
            symbol = next(words)
            length = 0.14 if symbol in ("AA", "IY", "OW", "EH") else 0.07
            out.append(PhonemeSpan(round(at, 3), round(at + length, 3), symbol, stress=int(symbol in ("AA", "OW"))))
            at += length
        at += 0.9
    return tuple(out)


def features(duration_s: float, beats: tuple[float, ...] = (), singing: float = 0.0) -> Features:
    frames = round(duration_s * 100)
    seconds = np.arange(frames) * 0.01
    level = (-22 + 5 * np.sin(seconds * 7)).astype(np.float32)
    return Features(0.01, level, np.full(frames, 150.0, np.float32), beats, 120.0 if beats else 0.0, singing)


def face(duration_s: float = 30.0, feats: Features | None = None, phones=None, preset: str = "natural", **overrides):
    phones = a_talk(duration_s / 60) if phones is None else phones
    tracks = act((), phones, (), feats or features(duration_s), direct(preset, **overrides), duration_s)
    return {track.name: track for track in tracks}


def test_everything_off_has_no_keys():
    assert face(**OFF) == {}


@pytest.mark.parametrize("part", PARTS)
def test_each_part_alone_moves_its_own_channels_only(part):
    alone = face(**{**OFF, part: 17.0 if part == "blink_rate" else 1.0})
    assert set(alone) == PARTS[part]
    without = face(**{part: 0.0})
    assert not set(without) & PARTS[part]


@pytest.mark.parametrize("part", PARTS)
def test_changing_one_part_leaves_the_others_as_they_were(part):
    before, after = face(), face(**{part: 30.0 if part == "blink_rate" else 0.4})
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed and changed <= PARTS[part]


def test_equal_seeds_give_equal_faces_and_others_do_not():
    assert face(seed=4) == face(seed=4)
    one, two = face(seed=4), face(seed=5)
    assert all(one[name] != two[name] for name in ("eyeBlinkLeft", "headYaw", "eyeLookUpLeft"))


def test_names_and_ranges():
    for preset in ("cartoon", "rap", "ballad"):
        for name, track in face(preset=preset).items():
            assert name in ARKIT or name in HEAD
            low, high = (-0.7, 0.7) if name in HEAD else (0.0, 1.0)
            assert low <= min(track.values) and max(track.values) <= high


def blink_times(track) -> list[float]:
    """Moments at which a lid begins to fall."""
    pairs = zip(track.times_s, track.values, track.values[1:], strict=False)
    return [time for time, value, following in pairs if value == 0.0 and following > 0.0]


@pytest.mark.parametrize("rate", [8.0, 17.0, 30.0])
def test_blinks_come_at_their_rate_irregularly(rate):
    lid = face(240.0, blink_rate=rate)["eyeBlinkLeft"]
    times = blink_times(lid)
    assert len(times) == pytest.approx(rate * 4, rel=0.2)
    gaps = np.diff(times)
    assert gaps.min() >= 0.4 and gaps.std() > 0.15 * gaps.mean()


def test_a_blink_closes_fast_and_opens_slowly():
    lid = face(60.0)["eyeBlinkLeft"]
    times = np.arange(0.0, 60.0, 0.001)
    curve = np.interp(times, lid.times_s, lid.values)
    for start in blink_times(lid):
        near = curve[round(start * 1000) : round(start * 1000) + 440]
        closing, opening = np.argmax(near >= 0.9), np.argmax(np.diff(near[::-1]) > 0)
        shut = np.flatnonzero(near >= 0.9)
        assert 0.04 < closing / 1000 < 0.11
        assert 1 / 24 < len(shut) / 1000 < 0.12, "a frame at 24 fps sees the eye closed"
        assert (np.flatnonzero(near > 0.02)[-1] - shut[-1]) / 1000 > 1.3 * closing / 1000
        assert opening >= 0


def test_blinks_prefer_the_ends_of_phrases():
    phones = a_talk(4.0)
    ends = [a.end_s for a, b in itertools.pairwise(phones) if b.start_s - a.end_s > 0.3]
    times = blink_times(face(240.0)["eyeBlinkLeft"])
    near = [any(0.0 <= time - end <= 0.3 for end in ends) for time in times]
    by_chance = 0.3 * len(ends) / 240
    assert np.mean(near) > 2.0 * by_chance


def test_a_face_without_words_still_lives_but_keeps_its_mouth():
    alive = face(20.0, phones=())
    assert {"eyeBlinkLeft", "headYaw", "noseSneerLeft"} <= set(alive)
    assert not any(name.startswith(("mouth", "jaw", "tongue", "cheekPuff")) for name in alive)
    yaw = alive["headYaw"]
    assert np.ptp(np.interp(np.arange(0, 20, 0.1), yaw.times_s, yaw.values)) > 0.005


def test_the_head_moves_less_at_rest_and_slowly():
    yaw = face(60.0)["headYaw"]
    speed = np.abs(np.diff(yaw.values) / np.diff(yaw.times_s))
    assert speed.max() < 0.6  # radians a second
    assert max(map(abs, yaw.values)) < 0.25


def test_a_song_nods_on_the_beat_and_speech_does_not():
    beats = tuple(np.arange(0.5, 30.0, 0.75).tolist())
    seconds = np.arange(4.0, 26.0, 0.01)

    def at_beat_rate(singing: float) -> float:
        pitch = face(30.0, features(30.0, beats, singing))["headPitch"]
        curve = np.interp(seconds, pitch.times_s, pitch.values)
        return abs(np.sum((curve - curve.mean()) * np.exp(2j * np.pi * seconds / 0.75)))

    assert at_beat_rate(1.0) > 3.0 * at_beat_rate(0.0)


def test_strength_is_a_strength():
    small, large = (np.array(face(head=h)["headRoll"].values) for h in (0.5, 1.5))
    assert np.abs(large).max() == pytest.approx(3.0 * np.abs(small).max(), rel=0.05)


def test_brows_rise_on_accents():
    phones = a_talk(0.5)
    brow = face()["browInnerUp"]
    stressed = [p for p in phones if p.stress]
    heights = [brow.at((p.start_s + p.end_s) / 2) for p in stressed]
    between = [brow.at(p.start_s) for p in phones if p.symbol in "PSTD"]
    assert max(heights) > 0.15 and np.mean(heights) > np.mean(between)


@pytest.mark.parametrize("emotion", [e for e in EMOTIONS if e != "neutral"])
def test_an_emotion_shows_and_scales(emotion):
    strong, weak = (face(**{**OFF, "emotion": emotion, "emotion_intensity": i}) for i in (1.0, 0.3))
    assert set(strong) == set(weak)
    for name, track in strong.items():
        assert max(track.values) > 2.0 * max(weak[name].values)
    assert face(**{**OFF, "emotion": emotion}) == {}


def test_neutral_is_no_emotion():
    assert face(**{**OFF, "emotion": "neutral", "emotion_intensity": 1.0}) == {}


def test_a_smile_gives_way_where_lips_must_meet():
    phones = a_talk(0.5)
    smile = face(**{**OFF, "emotion": "happy", "emotion_intensity": 1.0})["mouthSmileLeft"]
    lips = [smile.at((p.start_s + p.end_s) / 2) for p in phones if p.symbol in "PBM"]
    vowels = [smile.at((p.start_s + p.end_s) / 2) for p in phones if p.symbol in ("AA", "EH")]
    assert max(lips) < 0.45 * min(vowels)


def test_every_emotion_has_a_recipe_of_real_channels():
    assert set(recipes()) == set(EMOTIONS)
    for recipe in recipes().values():
        assert recipe["source"]
        for action, amount in {**recipe["face"], **recipe["mouth"]}.items():
            assert all(name in ARKIT for name in both(action))
            assert len(amount if isinstance(amount, list) else both(action)) == len(both(action))
        assert not any(action.startswith(("jaw", "tongue")) for action in recipe["face"] | recipe["mouth"])


def test_glances_are_quick_and_small():
    tracks = face(120.0)
    for name in PARTS["gaze"]:
        assert max(tracks[name].values) < 0.55
    left = tracks["eyeLookOutLeft"]
    assert len(left.times_s) > 40
    # conjugate: the eyes turn together
    assert tracks["eyeLookInRight"].values == left.values


def test_nothing_to_do_in_no_time():
    assert act((), (), (), features(0.0), direct("natural"), 0.0) == ()
