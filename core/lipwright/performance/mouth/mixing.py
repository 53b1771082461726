"""One phrase's mouth on a dense grid: dominance functions (Cohen, Massaro), then gates, then rest around it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.performance import chance
from lipwright.performance.gestures import HOLD_S, LEAD_S, Gesture, Phrase
from lipwright.performance.mouth.closing import Gate, gates_of, smoothstep
from lipwright.performance.mouth.opening import Opening
from lipwright.performance.mouth.tables import Motion, rows_for
from lipwright.performance.thinning import TICKS
from lipwright.types import VISEMES, Direction

Array = NDArray[np.float64]

STEP = 50  # ticks of 0.1 ms: a 5 ms grid, finer than any gesture
REACH = 4.6  # half-widths after which a sound has no influence at all (4e-7, far below NOTHING: no step is seen)
NOTHING = 1e-4  # the dominance of rest everywhere, so that far from every sound the mouth is shut
CORE_SHARE, CORE_MOST_S = 0.22, 0.035  # of a sound's own time at each end, in which neighbours are felt
USUAL = 0.92  # a stressed spoken vowel's share of its shape, which leaves a little room for loud ones
KNEE = 0.8  # openings above it are compressed, so that there is no hard limit to run into
SUNG = 0.07  # sung vowels are made more fully than spoken ones
CONSONANT = 0.95
# A glide takes the last 40 % of a diphthong (Rhubarb), and when it is held no more than this: singers stay on its
# first half.
GLIDE_SHARE, GLIDE_MOST_S = 0.45, 0.20
GLIDE_LEAST_S = 0.09  # a faster one looks like a jump
# A held vowel sinks by up to this share with this time constant after this long, and is never quite still.
DECAY, DECAY_S, DECAY_AFTER_S, LIFE = 0.18, 0.9, 0.18, 0.045
HEAD_WIDENS = 0.6  # of the lips, for each share that turns
HEAD_OPENS = 0.35  # of a vowel's shape that turns to "aa" at the top of the range
AA, SIL = VISEMES.index("aa"), VISEMES.index("sil")


@dataclass(frozen=True, slots=True, eq=False)
class Mouth:
    """A dense stretch: times float64 (N,) seconds after `origin` (ticks), weights float64 (N, 15) summing to 1,
    jaw and lips float64 (N,)."""

    origin: int
    times_s: Array
    weights: Array
    jaw: Array
    lips: Array


def mouth_of(phrase: Phrase, opening: Opening, direction: Direction, singing: float) -> Mouth:
    """The mouth of one phrase, at rest at both ends."""
    gates = gates_of(phrase.gestures)
    times = _grid(phrase, gates)
    voice = opening.at(times + phrase.origin / TICKS)
    weights, jaw, lips = _blend(phrase, times, voice, direction, singing)
    weights, jaw, lips = _rest(phrase, gates, times, weights, jaw, lips, direction)
    for gate in gates:
        weights, jaw, lips = _shut(gate, times, weights, jaw, lips, direction)
    weights[:, SIL] = 0.0
    weights[:, SIL] = 1.0 - weights.sum(axis=1)
    return Mouth(phrase.origin, times, np.clip(weights, 0.0, 1.0), np.clip(jaw, 0.0, 1.0), np.clip(lips, -1, 1))


def _grid(phrase: Phrase, gates: list[Gate]) -> Array:
    """Every 5 ms from rest to rest, and every corner of a gate exactly."""
    low = -round(phrase.lead_s * TICKS)
    high = round((phrase.gestures[-1].end_s + phrase.tail_s) * TICKS)
    corners = [t for gate in gates for t in (gate.start_s, gate.full_s, gate.release_s, gate.end_s)]
    ticks = np.concatenate([np.arange(low, high, STEP), [high], np.round(np.array(corners) * TICKS)])
    ticks = np.unique(ticks.astype(np.int64))
    return ticks[(ticks >= low) & (ticks <= high)] / TICKS


def _blend(
    phrase: Phrase, times: Array, voice: tuple[Array, Array, Array], direction: Direction, singing: float
) -> tuple[Array, Array, Array]:
    """The weighted mean of all aims: (weights (N, 15) without sil, jaw (N,), lips (N,))."""
    weights, jaw, lips = np.zeros((len(times), len(VISEMES))), np.zeros(len(times)), np.zeros(len(times))
    totals = [np.full(len(times), NOTHING) for _ in range(3)]
    for gesture in phrase.gestures:
        motion, ease = gesture.row.motion, max(0.0, direction.anticipation)
        reach = REACH * max(motion.before_s * (0.4 + 0.6 * ease), motion.after_s) + motion.lead_s * ease
        low, high = np.searchsorted(times, (gesture.start_s - reach, gesture.end_s + reach))
        part = slice(int(low), int(high))
        near = times[part]
        pull = _pull(gesture, near, ease)
        voice_here = tuple(curve[part] for curve in voice)
        shape, opens, rounds = _asked(gesture, near, voice_here, direction, singing)
        for total, strength in zip(totals, (motion.shape, motion.jaw, motion.lips), strict=True):
            total[part] += strength * pull
        weights[part] += (motion.shape * pull)[:, None] * shape
        jaw[part] += motion.jaw * pull * opens
        lips[part] += motion.lips * pull * rounds
    rest = rows_for("rest")[0]
    for start, end in _pauses(phrase.gestures):
        pull, motion = _dominance(times, start, end, rest.motion.before_s, rest.motion.after_s), rest.motion
        for total, strength in zip(totals, (motion.shape, motion.jaw, motion.lips), strict=True):
            total += strength * pull
        weights += (motion.shape * pull)[:, None] * np.array(rest.aim.shape)
        jaw += motion.jaw * pull * rest.aim.jaw
    return weights / totals[0][:, None], jaw / totals[1], lips / totals[2]


def _pull(gesture: Gesture, times: Array, ease: float) -> Array:
    """A sound's dominance over time: full in its core, falling off like a bell on both sides."""
    motion: Motion = gesture.row.motion
    edge = min(CORE_SHARE * gesture.length_s, CORE_MOST_S)
    lead = min(motion.lead_s * ease, 0.5 * gesture.length_s + 0.02)
    start, end = gesture.start_s + edge - lead, gesture.end_s - edge - min(lead, 0.5 * gesture.length_s) * 0.6
    return _dominance(times, start, max(start, end), motion.before_s * (0.4 + 0.6 * ease), motion.after_s)


def _dominance(times: Array, start_s: float, end_s: float, before_s: float, after_s: float) -> Array:
    early = np.maximum(start_s - times, 0.0) / before_s
    late = np.maximum(times - end_s, 0.0) / after_s
    bell: Array = np.exp2(-((early + late) ** 2))
    return bell


def _aim(gesture: Gesture, times: Array) -> tuple[Array, Array, Array]:
    """(shape (N, 15), jaw (N,), lips (N,)) that a sound aims at over time: constant, or gliding for a diphthong."""
    first, then = gesture.row.aim, gesture.row.then
    if then is None:
        ones = np.ones(len(times))
        return ones[:, None] * np.array(first.shape), ones * first.jaw, ones * first.lips
    glide = min(GLIDE_SHARE * gesture.length_s, GLIDE_MOST_S)
    takes = max(1.4 * glide, GLIDE_LEAST_S)
    # a short one is cut off before it gets there, rather than begun before its time
    begins = max(gesture.end_s - 0.1 * glide - takes, gesture.start_s + 0.35 * gesture.length_s)
    share = smoothstep((times - begins) / takes)
    shape = np.outer(1.0 - share, first.shape) + np.outer(share, then.shape)
    return shape, first.jaw + share * (then.jaw - first.jaw), first.lips + share * (then.lips - first.lips)


def _asked(
    gesture: Gesture, times: Array, voice: tuple[Array, ...], direction: Direction, singing: float
) -> tuple[Array, Array, Array]:
    """What a sound asks for over time: its aim, for a vowel as far as the voice carries it, a consonant just made."""
    shape, opens, rounds = _aim(gesture, times)
    clear = direction.articulation**0.5
    rounds = rounds * min(1.3, clear)
    if not gesture.row.vowel:
        full = min(1.0, CONSONANT * clear * direction.intensity**0.25)
        return full * shape, min(1.2, clear) * opens, rounds
    gain, register, tremble = voice
    shape, opens, rounds = _register(gesture, shape, opens, rounds, register)
    level = (1.0 + SUNG * singing) * gesture.gain * direction.articulation * direction.intensity * gain
    # after the limit, so that a belted note at full opening still sinks, lives and trembles
    life = _life(gesture, times, direction, singing) * (1.0 + tremble)
    weight = np.minimum(_soft(USUAL * level) * life, 1.0)
    return weight[:, None] * shape, _soft(level * opens) * life, rounds * (0.5 + 0.5 * life)


def _life(gesture: Gesture, times: Array, direction: Direction, singing: float) -> Array:
    """The slow decay and the small life of a held vowel; 1 throughout for a short one."""
    held = np.maximum(times - gesture.start_s - DECAY_AFTER_S, 0.0)
    sink = DECAY * (0.6 + 0.4 * singing) * (1.0 - np.exp(-held / DECAY_S))
    onset = smoothstep(held / 0.4)
    seed, number = direction.seed, gesture.number
    slow, quick = chance.between(0.5, 0.9, seed, "life", number, 0), chance.between(1.1, 1.9, seed, "life", number, 1)
    phase = chance.between(0.0, math.tau, seed, "life", number, 2)
    life = np.sin(math.tau * slow * held + phase) + 0.5 * np.sin(math.tau * quick * held + 2.0 * phase)
    return 1.0 - direction.decay * (sink - LIFE * onset * life)


def _register(
    gesture: Gesture, shape: Array, opens: Array, rounds: Array, register: Array
) -> tuple[Array, Array, Array]:
    """High notes open every vowel: part of its shape turns to `aa`, a close one gets jaw, the lips widen."""
    turn = HEAD_OPENS * register * (0.6 if gesture.row.kind == "rounded" else 1.0)
    opened = (1.0 - turn)[:, None] * shape
    opened[:, AA] += turn
    return opened, opens + turn * np.maximum(0.75 - opens, 0.0), np.maximum(rounds - HEAD_WIDENS * turn, -1.0)


def _soft(values: Array) -> Array:
    """Values as they are up to KNEE, gently less above, never over 1."""
    over = np.maximum(values - KNEE, 0.0) / (1.0 - KNEE)
    return np.minimum(values, KNEE) + (1.0 - KNEE) * np.tanh(over)


def _pauses(gestures: tuple[Gesture, ...]) -> list[tuple[float, float]]:
    """(start, end) of the pauses inside a phrase that are long enough for the mouth to relax."""
    pairs = itertools.pairwise(gestures)
    return [(a.end_s + 0.05, b.start_s - 0.05) for a, b in pairs if b.start_s - a.end_s > HOLD_S]


def _rest(
    phrase: Phrase, gates: list[Gate], times: Array, weights: Array, jaw: Array, lips: Array, direction: Direction
) -> tuple[Array, Array, Array]:
    """Leave rest before the first sound, come back after the last, and breathe in before it all."""
    lead, end, tail = min(phrase.lead_s, LEAD_S), phrase.gestures[-1].end_s, max(phrase.tail_s, 1e-3)
    rise = smoothstep((times + lead) / max(lead, 1e-3))
    fall = smoothstep((end + tail - times) / (tail + 0.03))
    round_lips = np.minimum(rise, fall) * lips
    # Lips that part to meet, or part again after the last m, would be a twitch: the change hides behind the closure.
    if phrase.gestures[0].row.closes:
        rise = _behind(min(gates, key=lambda gate: gate.start_s), times)
    if phrase.gestures[-1].row.closes:
        fall = 1.0 - _behind(max(gates, key=lambda gate: gate.end_s), times)
    here = np.minimum(rise, fall)
    air = (1.0 - here) * _intake(phrase, times, direction)
    aim = rows_for("inhale")[0].aim
    weights = here[:, None] * weights + air[:, None] * np.array(aim.shape)
    return weights, here * jaw + air * aim.jaw, round_lips


def _behind(gate: Gate, times: Array) -> Array:
    """0 before a closure, 1 after it, changing only while the lips are shut."""
    return smoothstep((times - gate.full_s) / (gate.release_s - gate.full_s))


def _intake(phrase: Phrase, times: Array, direction: Direction) -> Array:
    """How far the mouth is open for the breath before a phrase, 0..1 times its strength."""
    if phrase.breath is None:
        return np.zeros(len(times))
    start, end = phrase.breath
    rise = min(0.12, 0.6 * (end - start))
    bump = np.minimum(smoothstep((times - start) / rise), smoothstep((end + 0.15 - times) / 0.15))
    return bump * min(direction.breathing * direction.intensity, 3.0)


def _shut(
    gate: Gate, times: Array, weights: Array, jaw: Array, lips: Array, direction: Direction
) -> tuple[Array, Array, Array]:
    """Make a gate's shape seen: its share rises to the floor, everything else makes room, the jaw stays under."""
    floor = gate.floor if gate.floor >= 1.0 else gate.floor * min(1.0, direction.articulation**0.5)
    closed = gate.at(times)
    share = floor * closed
    weights = (1.0 - share)[:, None] * weights
    weights[:, gate.viseme] += share
    jaw = (1.0 - closed) * jaw + closed * np.minimum(jaw, gate.jaw_most)
    return weights, jaw, lips if gate.lips is None else (1.0 - share) * lips + share * gate.lips
