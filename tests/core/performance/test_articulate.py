"""What must be true of a moving mouth, whatever was said."""

import itertools
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lipwright.arrays import Features
from lipwright.performance import articulate, direct
from lipwright.performance.gestures import phrases_of
from lipwright.performance.mouth.closing import CLOSURE_S
from lipwright.performance.mouth.mixing import mouth_of
from lipwright.performance.mouth.opening import opening_of
from lipwright.performance.mouth.tables import rows_for, visemes_table
from lipwright.performance.thinning import TOLERANCE
from lipwright.types import VISEMES, PhonemeSpan, SoundSpan, Track

ARPABET = [
    "AA",
    "AE",
    "AH",
    "AO",
    "AW",
    "AY",
    "B",
    "CH",
    "D",
    "DH",
    "EH",
    "ER",
    "EY",
    "F",
    "G",
    "HH",
    "IH",
    "IY",
    "JH",
    "K",
    "L",
    "M",
    "N",
    "NG",
    "OW",
    "OY",
    "P",
    "R",
    "S",
    "SH",
    "T",
    "TH",
    "UH",
    "UW",
    "V",
    "W",
    "Y",
    "Z",
    "ZH",
]
NATURAL = direct("natural")
SPOKEN = NATURAL
# Nothing on a face goes from nothing to everything in less than half a frame at 30 fps.
MOST_PER_S = 60.0


def features(duration_s: float = 0.0, *, level: float = -20.0, f0: float = 0.0, singing: float = 0.0) -> Features:
    frames = round(duration_s / 0.01)
    return Features(0.01, np.full(frames, level, np.float32), np.full(frames, f0, np.float32), (), 0.0, singing)


def spans(text: str, each_s: float = 0.09, start_s: float = 1.0) -> tuple[PhonemeSpan, ...]:
    """Phones of equal length; `.` is a pause of one length, `AA:0.8` sets its own."""
    out, at = [], start_s
    for word in text.split():
        symbol, _, length = word.partition(":")
        seconds = float(length or each_s)
        if symbol != ".":
            out.append(PhonemeSpan(round(at, 4), round(at + seconds, 4), symbol))
        at += seconds
    return tuple(out)


def perform(phones, direction=NATURAL, feats=None, sounds=()):
    visemes, mouth = articulate(phones, (), sounds, feats or features(), direction)
    return {track.name: track for track in visemes + mouth}


def sampled(track: Track, times: np.ndarray) -> np.ndarray:
    return np.interp(times, track.times_s, track.values) if track.times_s else np.zeros(len(times))


phone_strings = st.lists(
    st.tuples(st.sampled_from([*ARPABET, "."]), st.floats(0.02, 0.4)), min_size=1, max_size=25
).map(lambda items: " ".join(f"{symbol}:{seconds:.4f}" for symbol, seconds in items))


def test_nothing_said_moves_nothing():
    tracks = perform((), feats=features(3.0))
    assert all(not track.times_s for track in tracks.values())


@pytest.mark.parametrize("field", ["articulation", "intensity"])
def test_strength_zero_has_no_keys(field):
    tracks = perform(spans("M AA M AA"), direct("natural", **{field: 0.0}))
    assert all(not track.times_s for track in tracks.values())


@pytest.mark.parametrize("fps", [24.0, 25.0, 30.0, 24000 / 1001])
@pytest.mark.parametrize("each_s", [0.05, 0.09, 0.16])
def test_every_closure_is_seen_at_every_phase(fps, each_s):
    phones = spans("AA P IY B UW M EH P L AA B R IY M Z AA M P ER", each_s)
    tracks = perform(phones)
    closures = [p for p in phones if p.symbol in "PBM"]
    for phase in np.linspace(0.0, 1.0 / fps, 9):
        times = np.arange(phase, 4.5, 1.0 / fps)
        shut = (sampled(tracks["PP"], times) >= 0.9) & (sampled(tracks["jaw"], times) <= 0.03)
        for phone in closures:
            near = (times >= phone.start_s - 0.04) & (times < phone.end_s + 0.04)
            assert (shut & near).any(), f"{phone.symbol} at {phone.start_s} is not seen at {fps} fps, phase {phase}"


@settings(max_examples=80, deadline=None)
@given(phone_strings)
def test_every_closure_that_has_time_lasts_a_frame(text):
    phones = spans(text)
    tracks = perform(phones)
    for before, phone, after in zip((None, *phones), phones, (*phones[1:], None), strict=False):
        beside = [span.end_s - span.start_s for span in (before, after) if span is not None]
        if phone.symbol in ("P", "B", "M") and all(length >= 0.06 for length in beside):
            times = np.arange(phone.start_s - 0.08, phone.end_s + 0.05, 0.0005)
            shut = (sampled(tracks["PP"], times) >= 0.9) & (sampled(tracks["jaw"], times) <= 0.03)
            assert shut.sum() * 0.0005 >= 1 / 24 - 1e-3


def test_lips_do_not_part_before_the_first_m_or_after_the_last():
    tracks = perform(spans("M AA:0.2 M"), direct("natural", breathing=0.0))
    for times in (np.arange(0.7, 1.0, 0.005), np.arange(1.38, 1.8, 0.005)):
        assert sampled(tracks["jaw"], times).max() <= 0.005
        shapes = [name for name in VISEMES if name not in ("sil", "PP")]
        assert max(sampled(tracks[name], times).max() for name in shapes) <= 0.015


def test_a_closure_is_complete_before_the_release_is_heard():
    tracks = perform(spans("AA P:0.12 AA"))
    assert tracks["PP"].at(1.09) >= 0.99
    assert tracks["PP"].at(1.09 + 0.12 - 0.045) >= 0.99
    assert tracks["PP"].at(1.09 + 0.12 + 0.05) <= 0.1


@settings(max_examples=60, deadline=None)
@given(phone_strings)
def test_weights_are_shares_of_one_mouth(text):
    tracks = perform(spans(text))
    times = np.arange(0.0, 12.0, 0.004)
    weights = np.array([sampled(tracks[name], times) for name in VISEMES])
    assert weights.min() >= 0.0 and weights.max() <= 1.0
    if any(item.partition(":")[0] != "." for item in text.split()):
        assert np.abs(weights.sum(axis=0) - 1.0).max() <= 0.05
    assert sampled(tracks["jaw"], times).min() >= 0.0 and sampled(tracks["jaw"], times).max() <= 1.0
    assert np.abs(sampled(tracks["lips"], times)).max() <= 1.0


@settings(max_examples=60, deadline=None)
@given(phone_strings)
def test_nothing_moves_faster_than_a_face_can(text):
    for track in perform(spans(text)).values():
        steps = np.diff(track.values) / np.diff(track.times_s) if len(track.times_s) > 1 else np.zeros(1)
        assert np.abs(steps).max() <= MOST_PER_S, f"{track.name} moves {np.abs(steps).max():.0f} a second"


@settings(max_examples=40, deadline=None)
@given(phone_strings)
def test_thinning_misses_the_dense_curve_by_no_more_than_its_tolerance(text):
    phones = spans(text)
    tracks = perform(phones)
    opening = opening_of(features(), phones, NATURAL, 0.0)
    for phrase in phrases_of(phones, (), NATURAL, 0.0):
        dense = mouth_of(phrase, opening, NATURAL, 0.0)
        for index, name in enumerate(VISEMES[1:], start=1):
            # half a tick of time rounding at the fastest speed comes on top
            error = np.abs(sampled(tracks[name], dense.times_s + dense.origin / 1e4) - dense.weights[:, index]).max()
            assert error <= TOLERANCE + 2e-4, f"{name}: {error}"


@settings(max_examples=30, deadline=None)
@given(phone_strings, st.sampled_from([0.5, 0.1234, 7.0]))
def test_later_phones_mean_the_same_keys_later(text, shift):
    phones = spans(text)
    moved = tuple(PhonemeSpan(round(p.start_s + shift, 4), round(p.end_s + shift, 4), p.symbol) for p in phones)
    first, second = perform(phones), perform(moved)
    for name, track in first.items():
        assert np.allclose(np.array(track.times_s) + shift, second[name].times_s, atol=1e-6)
        assert track.values == second[name].values


def test_equal_input_gives_equal_keys():
    phones = spans("HH AH L OW . W ER L D")
    assert perform(phones) == perform(phones)


def test_jaw_opens_in_the_order_of_the_vowels():
    jaws = {vowel: perform(spans(f"T {vowel}:0.2 T"))["jaw"].at(1.19) for vowel in ("AA", "AE", "EH", "IH", "IY")}
    assert jaws["AA"] > jaws["AE"] > jaws["EH"] > jaws["IH"] > jaws["IY"] > 0.1


@pytest.mark.parametrize("symbol", ["UW", "OW", "W", "y", "ø"])
def test_rounded_sounds_round_the_lips(symbol):
    assert perform(spans(f"T AH {symbol}:0.2 T"))["lips"].at(1.25) > 0.3


@pytest.mark.parametrize("symbol", ["IY", "EY", "e"])
def test_spread_vowels_spread_the_lips(symbol):
    assert perform(spans(f"T {symbol}:0.2 T"))["lips"].at(1.19) < -0.3


@pytest.mark.parametrize("symbol", ["W", "SH", "CH", "ɥ"])
def test_a_quick_rounded_consonant_rounds_even_between_spread_vowels(symbol):
    assert perform(spans(f"IY:0.15 {symbol}:0.05 IY:0.15"))["lips"].at(1.175) > 0.2


def test_rounding_begins_before_the_sound_and_only_as_far_as_asked():
    # "stew": the lips are round in the consonants, 100 to 200 ms before the vowel is heard
    phones = spans("AE:0.2 S T UW:0.2")
    early = {strength: perform(phones, direct("natural", anticipation=strength)) for strength in (0.0, 1.0)}
    at = 1.2 + 0.09  # start of T, 90 ms before UW
    assert early[1.0]["lips"].at(at) > 0.3
    assert early[1.0]["lips"].at(at) > early[0.0]["lips"].at(at) + 0.1


@pytest.mark.parametrize("tongue", ["T", "D", "N", "L", "K", "G", "NG"])
def test_tongue_sounds_take_the_lips_of_their_neighbours(tongue):
    round_lips = perform(spans(f"UW:0.15 {tongue} UW:0.15"))["lips"].at(1.195)
    spread_lips = perform(spans(f"IY:0.15 {tongue} IY:0.15"))["lips"].at(1.195)
    assert round_lips > 0.6 and spread_lips < -0.45


@pytest.mark.parametrize("sibilant", ["S", "Z", "SH", "ZH", "CH", "JH"])
def test_sibilants_keep_the_teeth_together(sibilant):
    tracks = perform(spans(f"AA:0.2 {sibilant} AA:0.2"))
    assert tracks["jaw"].at(1.245) <= 0.25
    assert tracks["SS" if sibilant in "SZ" else "CH"].at(1.245) >= 0.6


@pytest.mark.parametrize("bite", ["F", "V"])
def test_the_lip_goes_to_the_teeth(bite):
    tracks = perform(spans(f"AA:0.2 {bite} AA:0.2"))
    assert tracks["FF"].at(1.245) >= 0.8 and tracks["PP"].at(1.245) <= 0.1


def test_an_open_sound_is_not_shut():
    tracks = perform(spans("M AA:0.12 M AA:0.12 B EH:0.12 P"))
    for middle in (1.15, 1.36, 1.57):
        assert tracks["PP"].at(middle) <= 0.3 and tracks["jaw"].at(middle) >= 0.3


def test_fast_speech_undershoots():
    slow, fast = (perform(spans("T AA T AA T AA T", each))["jaw"] for each in (0.16, 0.05))
    assert max(fast.values) < 0.85 * max(slow.values)


def test_unstressed_vowels_are_smaller():
    phones = tuple(
        PhonemeSpan(p.start_s, p.end_s, p.symbol, stress=stress)
        for p, stress in zip(spans("D AA:0.2 D AA:0.2 D"), (0, 1, 0, 0, 0), strict=True)
    )
    jaw = perform(phones)["jaw"]
    assert jaw.at(1.48) < 0.9 * jaw.at(1.19)


def test_diphthongs_move():
    tracks = perform(spans("T AY:0.3 T"))
    assert tracks["aa"].at(1.15) > 0.5 and tracks["aa"].at(1.37) < 0.35
    assert tracks["ih"].at(1.37) > tracks["ih"].at(1.15) + 0.2


def test_a_held_vowel_never_stands_still_and_sinks_slowly():
    jaw = perform(spans("T AA:4.0 T"), direct("natural", singing=1.0))["jaw"]
    times = np.arange(1.3, 4.8, 0.01)
    curve = sampled(jaw, times)
    for start in range(0, len(curve) - 75, 10):
        assert np.ptp(curve[start : start + 75]) > 0.004
    assert 0.55 < curve[-30:].mean() / curve[:20].mean() < 0.97
    still = sampled(perform(spans("T AA:4.0 T"), direct("natural", singing=1.0, decay=0.0))["jaw"], times)
    assert np.ptp(still[20:-20]) < 0.01


def test_a_belted_vowel_lives_at_its_limit():
    seconds = np.arange(600) * 0.01
    level = np.where((seconds > 2) & (seconds < 5), -8.0, -30.0).astype(np.float32) + 1.5 * np.sin(seconds * 9)
    loud = Features(0.01, level.astype(np.float32), seconds.astype(np.float32) * 0 + 300, (), 0.0, 1.0)
    phones = (PhonemeSpan(0.3, 1.6, "AH"), PhonemeSpan(2.2, 4.8, "AA"))
    tracks = perform(phones, direct("cartoon", singing=1.0), loud)
    for name in ("aa", "jaw"):
        curve = sampled(tracks[name], np.arange(2.5, 4.5, 0.01))
        assert curve.min() > 0.75 and curve.max() <= 1.0 and np.ptp(curve) > 0.004


def test_short_pauses_hold_longer_ones_relax_long_ones_rest():
    def shut(pause_s: float) -> float:
        phones = (PhonemeSpan(1.0, 1.2, "AA"), PhonemeSpan(1.2 + pause_s, 1.4 + pause_s, "AA"))
        return perform(phones)["jaw"].at(1.2 + pause_s / 2)

    assert shut(0.08) > 0.5
    assert 0.05 < shut(0.3) < 0.45
    assert shut(0.7) == 0.0


def test_long_pauses_are_exactly_shut():
    phones = spans("AA N . . . . . . . . . . . . . . . . . . . . . . AA N")
    tracks = perform(phones, direct("natural", breathing=0.0))
    for time_s in np.arange(1.6, 2.9, 0.01):
        assert tracks["jaw"].at(time_s) == tracks["lips"].at(time_s) == 0.0
        assert tracks["sil"].at(time_s) == 1.0


def test_the_mouth_opens_a_little_for_the_breath_before_a_phrase():
    phones = (PhonemeSpan(1.0, 1.3, "AA"), PhonemeSpan(3.0, 3.1, "P"), PhonemeSpan(3.1, 3.4, "AA"))
    breathing, holding = perform(phones), perform(phones, direct("natural", breathing=0.0))
    times = np.arange(2.6, 2.93, 0.005)
    assert 0.06 < sampled(breathing["jaw"], times).max() < 0.1
    open_s = (sampled(breathing["jaw"], times) > 0.025).sum() * 0.005
    assert 0.12 <= open_s <= 0.32
    assert sampled(holding["jaw"], times).max() < 0.04
    heard = perform(phones, sounds=(SoundSpan(2.3, 2.6, "breath"),))
    assert heard["jaw"].at(2.45) > 0.06


def test_louder_and_higher_opens_more():
    level = np.full(500, -30.0, np.float32)
    level[250:] = -15.0
    f0 = np.full(500, 220.0, np.float32)
    phones = (PhonemeSpan(1.0, 1.5, "AA"), PhonemeSpan(3.5, 4.0, "AA"))
    loud = perform(phones, direct("natural", singing=1.0), Features(0.01, level, f0, (), 0.0, 1.0))["jaw"]
    assert loud.at(3.75) > 1.15 * loud.at(1.25)
    f0[250:] = 440.0
    high = perform(phones, direct("natural", singing=1.0), Features(0.01, level * 0 - 20, f0, (), 0.0, 1.0))["jaw"]
    assert high.at(3.75) > 1.1 * high.at(1.25)
    flat = perform(phones, direct("natural", singing=1.0, dynamics=0.0), Features(0.01, level, f0, (), 0.0, 1.0))["jaw"]
    assert flat.at(3.75) == pytest.approx(flat.at(1.25), rel=0.06)


def test_a_high_note_widens_a_close_vowel():
    f0 = np.full(500, 220.0, np.float32)
    f0[250:] = 440.0
    phones = (PhonemeSpan(0.8, 1.8, "IY"), PhonemeSpan(3.5, 4.0, "IY"))
    tracks = perform(phones, direct("natural", singing=1.0), Features(0.01, f0 * 0 - 20, f0, (), 0.0, 1.0))
    assert tracks["aa"].at(3.75) > 0.1 > tracks["aa"].at(1.2)
    assert tracks["lips"].at(3.75) < tracks["lips"].at(1.2) - 0.05


def test_vibrato_moves_the_jaw_a_little_at_its_own_rate():
    seconds = np.arange(600) * 0.01
    f0 = (220.0 * 2 ** (50 / 1200 * np.sin(2 * np.pi * 5.5 * seconds))).astype(np.float32)
    phones = spans("T AA:3.0 T")
    jaw = perform(phones, direct("natural", singing=1.0), Features(0.01, f0 * 0 - 20, f0, (), 0.0, 1.0))["jaw"]
    times = np.arange(1.6, 3.6, 0.01)
    curve = sampled(jaw, times)
    spectrum = np.abs(np.fft.rfft((curve - curve.mean()) * np.hanning(len(curve))))
    at = np.fft.rfftfreq(len(curve), 0.01)
    band = (at > 4.5) & (at < 6.5)
    assert spectrum[band].max() > 3 * spectrum[(at > 8) & (at < 15)].max()
    assert 0.005 < np.ptp(curve[:30]) < 0.15


def test_a_long_sung_consonant_gives_its_time_to_the_vowel():
    phones = spans("L AA:0.3 L:0.6 IY:0.3")
    sung = perform(phones, direct("natural", singing=1.0))
    assert sung["aa"].at(1.6) > 0.5  # 0.2 s into the l
    spoken = perform(phones, direct("natural", singing=0.0))
    assert spoken["aa"].at(1.6) < 0.3


def test_a_hummed_m_stays_shut():
    tracks = perform(spans("M:1.5 AA"), direct("natural", singing=1.0))
    assert min(sampled(tracks["PP"], np.arange(1.02, 2.48, 0.01))) >= 0.99


def test_every_sound_has_a_row_and_every_row_is_a_mouth():
    table, _ = visemes_table()
    for symbol in ARPABET:
        assert rows_for(symbol)[0].symbol == symbol
    for row in table.values():
        for aim in (row.aim, *((row.then,) if row.then else ())):
            assert 0.0 <= sum(aim.shape) <= 1.0 + 1e-9 and min(aim.shape) >= 0.0
            assert 0.0 <= aim.jaw <= 1.0 and -1.0 <= aim.lips <= 1.0
            assert aim.shape[0] == 0.0  # sil takes the rest by itself


@pytest.mark.parametrize(
    ("symbol", "same"),
    [("AA1", "AA"), ("t͡ʃ", "CH"), ("iː", "IY"), ("ɡ", "G"), ("t͡s", "S"), ("pʰ", "P"), ("ˈa", "AA"), ("m̩", "M")],
)
def test_marks_change_no_mouth(symbol, same):
    assert rows_for(symbol) == rows_for(same)


def test_foreign_sounds():
    assert [row.symbol for row in rows_for("pf")] == ["P", "F"]
    assert rows_for("ɑ̃")[0].aim.lips > 0.2
    assert rows_for("ʁ")[0].kind == "tongue"
    assert [row.symbol for row in rows_for("ж")] == ["unknown"]
    assert rows_for("SIL") == rows_for("") == rows_for("ː") == rows_for("˥") == ()
    assert [row.symbol for row in rows_for("ç")] == [unicodedata.normalize("NFD", "ç")]
    assert [row.symbol for row in rows_for("wa")] == ["W", "AA"]
    tracks = perform((PhonemeSpan(1.0, 1.2, "pf"), PhonemeSpan(1.2, 1.4, "a")))
    assert tracks["PP"].at(1.04) > 0.9 and tracks["FF"].at(1.15) > 0.7


def test_overlapping_and_unsorted_spans_are_taken_in_order():
    phones = spans("P AA T IY")
    muddled = (phones[2], phones[0], PhonemeSpan(phones[1].start_s - 0.02, phones[1].end_s, "AA"), phones[3])
    assert perform(muddled) == perform(phones)


def test_articulation_makes_it_larger_but_never_loses_a_closure():
    phones = spans("M AA:0.2 P AA:0.2")
    small, large = (perform(phones, direct("natural", articulation=a)) for a in (0.4, 1.5))
    assert small["jaw"].at(1.19) < 0.6 * large["jaw"].at(1.19)
    assert small["PP"].at(1.33) > 0.95 and large["PP"].at(1.33) > 0.95


def test_closures_are_as_long_as_a_frame():
    tracks = perform(spans("AA B:0.02 AA:0.15"))
    times = np.arange(1.0, 1.4, 0.0005)
    assert (sampled(tracks["PP"], times) >= 0.9).sum() * 0.0005 >= 1 / 24 - 1e-3
    assert CLOSURE_S > 1 / 24


def test_keys_are_sparse():
    phones = spans(" ".join(itertools.islice(itertools.cycle(ARPABET), 120)))
    tracks = perform(phones)
    seconds = phones[-1].end_s - phones[0].start_s
    assert sum(len(tracks[name].times_s) for name in VISEMES) / seconds / len(VISEMES) < 16
