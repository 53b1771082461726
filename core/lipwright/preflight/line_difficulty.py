"""Which lines of a song will be hard to place, and why: told before anybody performs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lipwright.arrays import Features, FloatArray
from lipwright.phonemes.alphabet import is_vowel, phones_of
from lipwright.types import Alignment, LyricLine, Lyrics, WordSpan

# Sounds that say little about where they are: vowels and what glides between them (ah, ooh, hey, yeah, whoa, na).
_GLIDES = frozenset("hjw")
_NONSENSE = frozenset(["la", "na", "da", "doo", "ba", "sha", "pa", "dum", "hm", "hmm", "mm", "mmm", "uh", "huh"])
FAST = 14.0  # sounds a second: conversation has 10 to 13, patter 15 and more
QUIET_DB = 9.0  # under the usual line
SHORT = 5  # sounds of a line that is too short to stand firm
UNLISTED_S = 0.8  # of voice beside a line that no line accounts for
UNSURE = 0.35
_NEAR_S = 3.0
_VOICE_DB = 18.0  # under the loud part: still a voice


@dataclass(frozen=True, slots=True)
class WeakLine:
    """A line (`number` counts from 0) that may go wrong; `start_s` is where it seems to be, None where nowhere."""

    number: int
    text: str
    start_s: float | None
    reasons: tuple[str, ...]


def weak_lines(lyrics: Lyrics, found: Alignment, features: Features) -> tuple[WeakLine, ...]:
    """The lines worth a time of their own in an LRC, in order, each with every reason that was found."""
    unsure = {line for _, _, line in found.weak_lines}
    placed = [[word for word in found.words if word.line == k] for k in range(len(lyrics.lines))]
    missing = {word.line for word in found.unsung}
    loud = _loudness(placed, features)
    out = []
    for k, line in enumerate(lyrics.lines):
        words = placed[k]
        reasons = [
            *_of_text(k, lyrics.lines),
            *_of_pace(line, words),
            *_of_level(loud[k], loud),
            *_of_neighbours(k, placed, features),
        ]
        if k in missing:
            reasons.append("words of it are not heard" if words else "it is not heard at all")
        elif k in unsure or (words and float(np.mean([word.confidence for word in words])) < UNSURE):
            reasons.append("its sounds hardly fit what is heard")
        if reasons:
            out.append(WeakLine(k, line.text, words[0].start_s if words else None, tuple(reasons)))
    return tuple(out)


def _of_text(number: int, lines: Sequence[LyricLine]) -> list[str]:
    line, out = lines[number], []
    sounds = [sound for word in line.words for sound in (word.pronunciations[0] if word.pronunciations else ())]
    if all(word.text.lower() in _NONSENSE for word in line.words) or all(_says_little(sound) for sound in sounds):
        out.append("only vowels, nothing in it tells where it is")
    elif len(sounds) <= SHORT:
        out.append("very short")
    beside = [lines[k].text.lower() for k in (number - 1, number + 1) if 0 <= k < len(lines)]
    if line.text.lower() in beside:
        out.append("sung twice in a row")
    return out


def _of_pace(line: LyricLine, words: Sequence[WordSpan]) -> list[str]:
    if len(words) < 2 or len(words) < len(line.words):
        return []
    sounds = sum(len(word.pronunciations[0]) for word in line.words if word.pronunciations)
    pace = sounds / max(words[-1].end_s - words[0].start_s, 0.05)
    return [f"fast, {pace:.0f} sounds a second"] if pace > FAST else []


def _of_level(own: float, all_lines: FloatArray) -> list[str]:
    usual = float(np.nanmedian(all_lines)) if np.isfinite(all_lines).any() else 0.0
    return [f"{usual - own:.0f} dB quieter than the other lines"] if usual - own > QUIET_DB else []


def _of_neighbours(number: int, placed: Sequence[Sequence[WordSpan]], features: Features) -> list[str]:
    """Voice beside the line that belongs to no word: an ad-lib, an echo, or a line that is not written down."""
    words = placed[number]
    if not words:
        return []
    earlier = max((line[-1].end_s for line in placed[:number] if line), default=0.0)
    later = min((line[0].start_s for line in placed[number + 1 :] if line), default=float("inf"))
    before = _voice_s(features, max(earlier, words[0].start_s - _NEAR_S), words[0].start_s)
    after = _voice_s(features, words[-1].end_s, min(later, words[-1].end_s + _NEAR_S))
    most, where = max((before, "before"), (after, "after"))
    return [f"{most:.1f} s of voice {where} it that no line accounts for"] if most > UNLISTED_S else []


def _voice_s(features: Features, start_s: float, end_s: float) -> float:
    part = slice(int(start_s / features.hop_s), int(max(start_s, end_s) / features.hop_s))
    level = features.level_db[part]
    if not level.size:
        return 0.0
    loud = float(np.percentile(features.level_db, 95)) - _VOICE_DB
    return float(((level > loud) & (features.f0_hz[part] > 0)).sum()) * features.hop_s


def _loudness(placed: Sequence[Sequence[WordSpan]], features: Features) -> FloatArray:
    """float32 (lines,): the loud half of each line in dB, NaN where it was not found."""
    out = np.full(len(placed), np.nan, np.float32)
    for k, words in enumerate(placed):
        if words:
            part = slice(int(words[0].start_s / features.hop_s), int(words[-1].end_s / features.hop_s) + 1)
            level = features.level_db[part]
            out[k] = float(np.percentile(level, 75)) if level.size else np.nan
    return out


def _says_little(sound: str) -> bool:
    """Whether a symbol of a pronunciation is vowels and glides only."""
    phones = phones_of(sound)
    return bool(phones) and all(phone in _GLIDES or is_vowel(phone) for phone in phones)
