"""From a performance to lips: which mouth is wanted at each frame, in the performer's own proportions."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources

import numpy as np

from lipwright.mouths.face.landmark_indices import Floats, gap_of, width_of
from lipwright.mouths.face.lip_model import CLOSED, Speaker, lips_for
from lipwright.types import VISEMES, Performance, Track

# A weight of PP at which the lips begin to meet, and at which they have met.
_MEETING, _MET = 0.30, 0.75
_MOST_GAP_SHARE = 1.35  # a belted note opens this much wider than the widest vowel seen in speech
_LEARNED_PART = (-0.3, 0.6)  # shares of the widest opening: some hardly open, some part their lips far
_MOUTH_CHANNELS = {
    # corner movement (outwards, upwards) in IOD at 1
    "mouthSmileLeft": (1, 0.045, 0.050),
    "mouthSmileRight": (0, 0.045, 0.050),
    "mouthFrownLeft": (1, 0.0, -0.040),
    "mouthFrownRight": (0, 0.0, -0.040),
    "mouthDimpleLeft": (1, 0.030, 0.010),
    "mouthDimpleRight": (0, 0.030, 0.010),
}


@dataclass(frozen=True, slots=True)
class LipRule:
    """One row of data/lip_shapes.toml."""

    part: float = 0.0
    jaw: float = 0.0
    round: float = 0.0
    closed: float = 0.0
    tuck: float = 0.0
    raised: float = 0.0
    tongue: float = 0.0


@cache
def generic_rules() -> tuple[LipRule, ...]:
    """A rule a viseme, in the order of VISEMES."""
    text = resources.files("lipwright").joinpath("data/lip_shapes.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)
    return tuple(LipRule(**{("raised" if k == "raise" else k): v for k, v in rows[name].items()}) for name in VISEMES)


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """The mouth at each frame.

    lips: float64 (F, 40, 3), head's frame · gap: float64 (F,), IOD · tongue: float64 (F,) 0..1 ·
    closures_s, silences_s: of the vocal, for measuring.
    """

    lips: Floats
    gap: Floats
    tongue: Floats
    closures_s: tuple[float, ...] = ()
    silences_s: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Curves:
    """Sampled at frames: weights (F, 15), jaw (F,), rounding (F,), closed (F,)."""

    weights: Floats
    jaw: Floats
    round: Floats
    closed: Floats
    extra: Mapping[str, Floats] = field(default_factory=dict)


def sampled(track: Track, times_s: Floats) -> Floats:
    """The track's values at times (F,)."""
    if not track.times_s:
        return np.zeros(len(times_s))
    return np.interp(times_s, track.times_s, track.values)


def wanted_lips(
    performance: Performance, times_s: Floats, speaker: Speaker, rules: tuple[LipRule, ...] | None = None
) -> Wanted:
    """The lips for vocal times (F,), seconds; NaN means outside the vocal: closed and still."""
    rules = rules or generic_rules()
    curves = _curves(performance, times_s, rules)
    gap = _gap(curves, rules) * speaker.widest
    width = np.where(curves.round >= 0, curves.round * speaker.narrow, -curves.round * speaker.wide)
    width *= 1.0 - 0.25 * np.clip(gap / speaker.widest, 0, 1)  # a wide open mouth cannot be as wide
    lips = np.empty((len(times_s), 40, 3))
    columns = {n: curves.weights @ np.array([getattr(r, n) for r in rules]) for n in ("raised", "tuck", "tongue")}
    cache_: dict[tuple[float, ...], Floats] = {}
    for i in range(len(times_s)):
        key = tuple(
            round(float(v), 4) for v in (gap[i], width[i], columns["raised"][i], columns["tuck"][i], curves.closed[i])
        )
        if key not in cache_:
            cache_[key] = lips_for(speaker, key[0], key[1], raised=key[2], tuck=key[3], press=key[4])
        lips[i] = cache_[key]
    lips = _with_mood(lips, curves.extra)
    return Wanted(
        lips=lips,
        gap=gap_of(lips[..., :2]),
        tongue=np.clip(columns["tongue"], 0, 1),
        closures_s=_closures(performance),
        silences_s=tuple((s.start_s, s.end_s) for s in performance.sounds if s.kind == "silence"),
    )


def _closures(performance: Performance) -> tuple[float, ...]:
    """The middles of all p, b and m, ARPABET or IPA."""
    return tuple((p.start_s + p.end_s) / 2 for p in performance.phonemes if p.symbol.lower() in ("p", "b", "m"))


def _curves(performance: Performance, times_s: Floats, rules: tuple[LipRule, ...]) -> _Curves:
    inside = np.isfinite(times_s)
    at = np.where(inside, times_s, 0.0)
    half = _half_frame(times_s)
    weights = np.stack([sampled(performance.track(name), at) for name in VISEMES], 1)
    closing = np.array([r.closed for r in rules])
    # A closure between two frames would be missed: the strongest within half a frame counts.
    around = [
        np.stack([sampled(performance.track(name), at + shift) for name in VISEMES], 1) @ closing
        for shift in (-half, 0.0, half)
    ]
    closed = _ramp(np.max(around, axis=0), _MEETING, _MET)
    jaw = _mouth_curve(performance, "jaw", at, weights @ np.array([r.jaw for r in rules]))
    usual = np.array([r.round for r in generic_rules()])
    rounding = _mouth_curve(performance, "lips", at, weights @ usual)
    rounding = rounding + weights @ (np.array([r.round for r in rules]) - usual)  # what was learned of this person
    extra = {n: sampled(performance.track(n), at) * inside for n in _MOUTH_CHANNELS if performance.track(n).times_s}
    on = inside.astype(float)
    return _Curves(weights * on[:, None], jaw * on, np.clip(rounding, -1, 1) * on, closed * on, extra)


def _mouth_curve(performance: Performance, name: str, at: Floats, instead: Floats) -> Floats:
    track = performance.track(name)
    return sampled(track, at) if track.times_s else np.asarray(instead)


def _half_frame(times_s: Floats) -> float:
    steps = np.diff(times_s[np.isfinite(times_s)])
    return float(np.median(steps)) / 2 if len(steps) else 0.02


def _ramp(values: Floats, low: float, high: float) -> Floats:
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))


def _gap(curves: _Curves, rules: tuple[LipRule, ...]) -> Floats:
    """The opening in shares of the performer's widest: the jaw's and the lips' own, none where the lips touch."""
    share = np.clip(curves.jaw, 0, None) + curves.weights @ np.array([r.part for r in rules])
    return np.asarray(np.clip(share, 0.0, _MOST_GAP_SHARE) * (1.0 - curves.closed))


def _with_mood(lips: Floats, extra: Mapping[str, Floats]) -> Floats:
    """Smiles and frowns: the corners move, the rest of the lips follows by its nearness to them."""
    if not extra:
        return lips
    lips = lips.copy()
    middle, half = lips[:, [0, 10], 0].mean(1), np.maximum((lips[:, 10, 0] - lips[:, 0, 0]) / 2, 1e-6)
    along = np.clip((lips[:, :, 0] - middle[:, None]) / half[:, None], -1, 1)
    for name, values in extra.items():
        side, out, up = _MOUTH_CHANNELS[name]
        sign = 1.0 if side else -1.0
        near = np.clip(sign * along, 0, 1) ** 2 * values[:, None]
        lips[:, :, 0] += sign * out * near
        lips[:, :, 1] -= up * near
    return lips


def learned_rules(performance: Performance, times_s: Floats, lips: Floats, speaker: Speaker) -> tuple[LipRule, ...]:
    """The generic rules, corrected by what this performer's lips (F, 40, 3) did on known speech at times (F,).

    For each viseme that is clearly shown, the parting of the lips and their rounding move to what was seen, the more
    the oftener it was seen (three frames: half of the way). Closures stay closures.
    """
    rules = list(generic_rules())
    curves = _curves(performance, times_s, tuple(rules))
    seen_gap = gap_of(lips[..., :2]) / speaker.widest
    width = width_of(lips[..., :2]) - float(width_of(speaker.neutral[:, :2]))
    seen_round = np.where(width < 0, width / speaker.narrow, -width / speaker.wide)
    for v, rule in enumerate(rules):
        weight = np.where(curves.weights[:, v] > 0.5, curves.weights[:, v], 0.0)
        trust = float(weight.sum() / (weight.sum() + 3.0))
        if rule.closed or VISEMES[v] == "sil" or trust < 0.2:
            continue
        part = float(np.average(seen_gap - np.clip(curves.jaw, 0, None), weights=weight))
        rounding = float(np.average(np.clip(seen_round, -1, 1), weights=weight))
        rules[v] = replace(
            rule,
            part=rule.part + trust * (float(np.clip(part, *_LEARNED_PART)) - rule.part),
            round=rule.round + trust * (rounding - rule.round),
        )
    return tuple(rules)


def is_closed(gap: Floats) -> np.ndarray:
    """Where lips of this opening (IOD) count as touching."""
    return np.asarray(gap <= CLOSED)
