"""Is this vocal good enough? What was measured, what it means for the lips, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lipwright.arrays import Features, FloatArray, Vocal, blocks

Verdict = Literal["good", "fair", "poor"]
_ORDER: tuple[Verdict, ...] = ("good", "fair", "poor")

# dB below full scale of the loud tenth of the voice. Models scale the level themselves; what is lost is resolution.
QUIET_DB, FAINT_DB = -38.0, -55.0
# Share of samples at full scale, in the file's own samples.
CLIPPED, CRUSHED = 1e-5, 1e-3
FULL_SCALE = 0.999
# dB between the voice and what is left between words. White noise at 10 dB keeps 90 % of phone onsets within 50 ms,
# at 5 dB 79 % (nine hand-labelled sentences).
CLEAN_DB, NOISY_DB = 25.0, 13.0
# Seconds for 60 dB of decay after the voice stops. Dry clips measure 0.05 to 0.3, clips with an added room of 0.6 s
# 0.41 to 0.66, of 1 s 0.63 to 1.2.
DRY_S, ROOMY_S = 0.4, 0.75
MUSIC_FAIR, MUSIC_POOR = 0.3, 0.6
SPOKEN_DB = 30.0  # a frame this far below the loud part is no voice
SHORT_S = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about the vocal: `value` in `unit`, what it means in a sentence, and what to do ("" when good).

    `known` is False where the vocal gives no occasion to measure it.
    """

    name: str
    value: float
    unit: str
    verdict: Verdict
    meaning: str
    advice: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, the worst verdict, how much of the vocal is voice, and how much it sounds like singing (0..1)."""

    findings: tuple[Finding, ...]
    verdict: Verdict
    voice_s: float
    duration_s: float
    singing: float


def judge(vocal: Vocal, features: Features, *, music: float | None = None) -> Report:
    """What `lipwright check` says. `music` is how likely a band plays under the voice, None where nobody listened."""
    level = features.level_db
    loud = _loud(level)
    voiced = level > loud - SPOKEN_DB if loud > FAINT_DB - 20 else np.zeros(level.size, bool)
    voice_s = float(voiced.sum()) * features.hop_s
    findings = [_level(loud, voice_s), _clipping(vocal)]
    if voice_s >= SHORT_S:
        band = music is not None and music >= MUSIC_FAIR
        findings.append(_noise(level, loud, band=band))
        findings.append(
            _room_under_band() if music is not None and music >= MUSIC_POOR else _reverb(level, features.hop_s)
        )
    if music is not None:
        findings.append(_music(music))
    duration_s = vocal.info.duration_s
    voice_s = round(min(voice_s, duration_s), 2)
    return Report(tuple(findings), worst(findings), voice_s, round(duration_s, 3), features.singing)


def worst(findings: Iterable[Finding]) -> Verdict:
    """The verdict on all of them together."""
    return max((finding.verdict for finding in findings), key=_ORDER.index)


def _level(loud: float, voice_s: float) -> Finding:
    value = round(loud, 1)
    if voice_s < SHORT_S:
        return Finding(
            "level", value, "dB", "poor", "hardly any voice was found",
            "check that this is the right file, stream and channel, and that it is not muted",
        )  # fmt: skip
    if loud < FAINT_DB:
        return Finding(
            "level", value, "dB", "poor", "the voice is so quiet that little of it is left",
            "export it again with its loudest parts between -12 and -3 dB",
        )  # fmt: skip
    if loud < QUIET_DB:
        return Finding(
            "level", value, "dB", "fair", "the voice is quiet", "raise it by about 20 dB before you export it"
        )
    return Finding("level", value, "dB", "good", "the voice is loud enough")


def _clipping(vocal: Vocal) -> Finding:
    share = getattr(vocal, "clipped", None)
    if share is None:
        share = _clipped_share(vocal)
    value = round(100.0 * share, 4)
    if share >= CRUSHED:
        return Finding(
            "clipping", value, "%", "poor", "the loud parts are cut off, which smears every consonant",
            "record or export it again about 10 dB lower; cut-off peaks cannot be brought back",
        )  # fmt: skip
    if share >= CLIPPED:
        return Finding(
            "clipping", value, "%", "fair", "a few peaks are cut off",
            "lower the level by 6 dB if you can export it again; the lips will hardly notice",
        )  # fmt: skip
    return Finding("clipping", value, "%", "good", "no peaks are cut off")


def _noise(level: FloatArray, loud: float, *, band: bool) -> Finding:
    above = loud - max(float(np.percentile(level, 5)), -90.0)
    value = round(above, 1)
    if above >= CLEAN_DB:
        return Finding("noise", value, "dB", "good", "the voice stands well out of what is between the words")
    cure = (
        "take the band away first (lipwright isolate), or use the vocal stem"
        if band
        else "use a cleaner take, or a noise remover, before you perform it"
    )
    if above >= NOISY_DB:
        return Finding("noise", value, "dB", "fair", "there is sound between the words, or hardly a pause", cure)
    return Finding("noise", value, "dB", "poor", "the voice hardly stands out of what is around it", cure)


def _reverb(level: FloatArray, hop_s: float) -> Finding:
    found = decays(level, hop_s)
    if not found:
        return Finding("reverb", 0.0, "s", "good", "nothing stops suddenly enough to tell the room", known=False)
    value = round(float(np.quantile(found, 0.25)), 2)
    if value >= ROOMY_S:
        return Finding(
            "reverb", value, "s", "poor", "a large room or an effect lets every sound ring on",
            "use the dry vocal, before reverb and delay; the mouth will close late otherwise",
        )  # fmt: skip
    if value >= DRY_S:
        return Finding(
            "reverb", value, "s", "fair", "there is some room on the voice",
            "use the dry vocal if you have it; pauses may start a little late",
        )  # fmt: skip
    return Finding("reverb", value, "s", "good", "the voice is dry")


def _room_under_band() -> Finding:
    """Cymbals and chords ring on too: their decay says nothing about the voice."""
    return Finding("reverb", 0.0, "s", "good", "the band hides how long the voice rings on", known=False)


def _music(music: float) -> Finding:
    value = round(music, 2)
    cure = "use the vocal stem, or let lipwright isolate take the band away"
    if music >= MUSIC_POOR:
        return Finding("music", value, "0..1", "poor", "a band plays under the voice", cure)
    if music >= MUSIC_FAIR:
        return Finding("music", value, "0..1", "fair", "there may be music under the voice", cure)
    return Finding("music", value, "0..1", "good", "no music under the voice")


def decays(level_db: FloatArray, hop_s: float) -> list[float]:
    """Seconds per 60 dB of every fall of at least 25 dB from a loud place, timed between 5 and 25 dB below it."""
    level = np.convolve(level_db, np.ones(3) / 3, "same").tolist()
    loud = _loud(level_db)
    found, at, last = [], 0, len(level) - 1
    while at < last:
        top = level[at]
        if top > loud - 12.0 and level[at + 1] < top:
            bottom = _bottom(level, at)
            if level[bottom] <= top - 25.0:
                fall = level[at : bottom + 1]
                start = next(n for n, value in enumerate(fall) if value < top - 5.0)
                end = next(n for n, value in enumerate(fall) if value <= top - 25.0)
                found.append(max(1, end - start) * hop_s * 3.0)
                at = bottom
        at += 1
    return found


def _bottom(level: list[float], at: int) -> int:
    """Where the fall that begins at `at` is 25 dB down, or rises again by 2 dB."""
    lowest = at
    for n in range(at + 1, min(at + 200, len(level))):
        if level[n] > level[lowest] + 2.0:
            break
        if level[n] < level[lowest]:
            lowest = n
        if level[lowest] < level[at] - 25.0:
            break
    return lowest


def _loud(level_db: FloatArray) -> float:
    """The level of the loud tenth of what sounds at all."""
    sounding = level_db[level_db > -90.0]
    return float(np.percentile(sounding, 90)) if sounding.size else -120.0


def _clipped_share(vocal: Vocal) -> float:
    """For vocals without a file: from the 16 kHz samples."""
    at_top = sum(int((np.abs(samples) >= FULL_SCALE).sum()) for _, samples in blocks(vocal, 10.0))
    return at_top / max(1, vocal.length)
