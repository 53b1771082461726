"""The words of the product as frozen values that refuse bad input at birth.

Times are seconds from the first audio sample; spans are half-open [start_s, end_s). Standard library only:
hosts import this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# Order of the Oculus / Meta viseme set, which most 3D conventions follow.
VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou")

# Apple ARKit blend-shape locations; `mouth*`, `jaw*` and `tongueOut` belong to visemes and emotion alike.
ARKIT = (
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
    "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
    "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight",
    "eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight",
    "jawForward", "jawLeft", "jawOpen", "jawRight",
    "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel",
    "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthUpperUpLeft", "mouthUpperUpRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip

# Radians, positive = to the performer's left, up, and towards the performer's left shoulder.
HEAD = ("headYaw", "headPitch", "headRoll")
# The two summary channels of the mouth: how far the jaw drops, and lips from -1 (spread) to 1 (rounded).
MOUTH = ("jaw", "lips")

EMOTIONS = ("neutral", "happy", "sad", "angry", "tender", "fierce", "surprised")

SoundKind = Literal["silence", "breath", "noise", "music"]


def _check_span(start_s: float, end_s: float) -> None:
    if not (math.isfinite(end_s) and 0.0 <= start_s < end_s):
        raise ValueError(f"span needs 0 <= start < end, got {start_s} .. {end_s}")


def _check_share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must be 0 to 1, got {value}")


@dataclass(frozen=True, slots=True, order=True)
class WordSpan:
    """One word of the lyrics, or of what was recognised, where it is heard.

    `line` is the lyrics line it belongs to, counted from 0, or None without lyrics. `engine` names what placed it.
    """

    start_s: float
    end_s: float
    text: str
    confidence: float = 1.0
    line: int | None = None
    engine: str = ""

    def __post_init__(self) -> None:
        _check_span(self.start_s, self.end_s)
        _check_share("confidence", self.confidence)


@dataclass(frozen=True, slots=True, order=True)
class PhonemeSpan:
    """One phoneme: `symbol` is ARPABET without stress digits, or IPA for sounds English lacks.

    `stress` is 0 (none), 1 (primary) or 2 (secondary); `word` counts in the performance's words, None without one.
    """

    start_s: float
    end_s: float
    symbol: str
    confidence: float = 1.0
    stress: int = 0
    word: int | None = None
    engine: str = ""

    def __post_init__(self) -> None:
        _check_span(self.start_s, self.end_s)
        _check_share("confidence", self.confidence)
        if not self.symbol:
            raise ValueError("phoneme symbol is empty")


@dataclass(frozen=True, slots=True, order=True)
class SoundSpan:
    """A stretch in which nobody speaks: silence, a breath, noise, music."""

    start_s: float
    end_s: float
    kind: SoundKind
    confidence: float = 1.0
    engine: str = ""

    def __post_init__(self) -> None:
        _check_span(self.start_s, self.end_s)
        _check_share("confidence", self.confidence)


@dataclass(frozen=True, slots=True, order=True)
class UnsungWord:
    """A word of the lyrics that was not heard: marked, never stretched over other sound."""

    index: int
    text: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """One named curve: sparse keys, straight lines between them, held before the first and after the last.

    `times_s` rise strictly; both tuples have one length, which may be 0 (the curve is 0 everywhere).
    """

    name: str
    times_s: tuple[float, ...] = ()
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.times_s) != len(self.values):
            raise ValueError(f"track {self.name!r} has {len(self.times_s)} times but {len(self.values)} values")
        if not all(map(math.isfinite, self.times_s)) or not all(map(math.isfinite, self.values)):
            raise ValueError(f"track {self.name!r} holds a number that is not finite")
        if any(b <= a for a, b in zip(self.times_s, self.times_s[1:], strict=False)):
            raise ValueError(f"track {self.name!r} has times that do not rise")

    def at(self, time_s: float) -> float:
        """The curve's value at `time_s`."""
        times, values = self.times_s, self.values
        if not times:
            return 0.0
        if time_s <= times[0]:
            return values[0]
        if time_s >= times[-1]:
            return values[-1]
        low, high = 0, len(times) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if times[middle] <= time_s else (low, middle)
        share = (time_s - times[low]) / (times[high] - times[low])
        return values[low] + share * (values[high] - values[low])


_STRENGTHS = ("articulation", "intensity", "head", "brows", "breathing", "gaze", "anticipation", "dynamics", "decay")


@dataclass(frozen=True, slots=True)
class Direction:
    """How it should be performed. Every strength is 1 for "as measured", 0 for "switched off exactly".

    `blink_rate` is blinks a minute; `seed` makes the chance parts repeatable; `singing` None means "listen and
    decide", 0 speech, 1 song. `anticipation` is how early the lips round, `dynamics` how much the opening follows
    loudness, pitch and vibrato, `decay` how much a held vowel sinks and lives.
    """

    preset: str = "natural"
    emotion: str = "neutral"
    emotion_intensity: float = 0.6
    articulation: float = 1.0
    intensity: float = 1.0
    blink_rate: float = 17.0
    head: float = 1.0
    brows: float = 1.0
    breathing: float = 1.0
    gaze: float = 1.0
    anticipation: float = 1.0
    dynamics: float = 1.0
    decay: float = 1.0
    singing: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.emotion not in EMOTIONS:
            raise ValueError(f"emotion {self.emotion!r} is unknown; choose one of {', '.join(EMOTIONS)}")
        _check_share("emotion_intensity", self.emotion_intensity)
        for name in _STRENGTHS:
            value = getattr(self, name)
            if not 0.0 <= value <= 3.0:
                raise ValueError(f"{name} must be 0 to 3, got {value}")
        if not 0.0 <= self.blink_rate <= 60.0:
            raise ValueError(f"blink_rate must be 0 to 60 a minute, got {self.blink_rate}")
        if self.singing is not None:
            _check_share("singing", self.singing)


LONGEST_S = 7 * 86_400.0  # a week: a longer vocal is a damaged number


@dataclass(frozen=True, slots=True)
class VocalInfo:
    """Which sound a performance belongs to: its name (never a full path), content hash and length."""

    name: str
    sha256: str
    duration_s: float
    sample_rate: int
    channels: int
    start_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.duration_s <= LONGEST_S:
            raise ValueError(f"duration_s must be 0 to {LONGEST_S:g}, got {self.duration_s}")
        if not math.isfinite(self.start_s) or abs(self.start_s) > LONGEST_S:
            raise ValueError(f"start_s must lie within {LONGEST_S:g} s of zero, got {self.start_s}")


SpanLayer = Literal["words", "phonemes", "sounds"]
TrackLayer = Literal["visemes", "channels", "mouth"]


@dataclass(frozen=True, slots=True, order=True)
class SpanEdit:
    """A hand correction of one span: what was there (`match_*`), and what the artist wants instead.

    `label` None removes the span; `match_label` "" adds one. Matching is by label and overlap, so that it still
    finds its span after performing again.
    """

    layer: SpanLayer
    match_start_s: float
    match_end_s: float
    match_label: str
    start_s: float
    end_s: float
    label: str | None

    def __post_init__(self) -> None:
        _check_span(self.match_start_s, self.match_end_s)
        _check_span(self.start_s, self.end_s)


@dataclass(frozen=True, slots=True)
class TrackEdit:
    """A hand correction of one curve: between start and end these keys hold, whatever was computed.

    No keys at all means the value 0 there: that is how a blink is deleted.
    """

    layer: TrackLayer
    name: str
    start_s: float
    end_s: float
    times_s: tuple[float, ...] = ()
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _check_span(self.start_s, self.end_s)
        Track(self.name, self.times_s, self.values)
        if self.times_s and not (self.start_s <= self.times_s[0] and self.times_s[-1] <= self.end_s):
            raise ValueError(f"edit of {self.name!r} has keys outside its {self.start_s} .. {self.end_s} s")


@dataclass(frozen=True, slots=True)
class Corrections:
    """Everything an artist changed by hand, apart from what was computed."""

    spans: tuple[SpanEdit, ...] = ()
    tracks: tuple[TrackEdit, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a performance: version, engine per stage, sha256 per model, the options that mattered."""

    version: str
    engines: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Performance:
    """One vocal, performed: the document that every host reads.

    What was computed and the `corrections` are kept apart; `corrected()` in `lipwright.corrections` joins them.
    """

    vocal: VocalInfo
    direction: Direction
    provenance: Provenance
    language: str = "en"
    lyrics: str = ""
    words: tuple[WordSpan, ...] = ()
    unsung: tuple[UnsungWord, ...] = ()
    phonemes: tuple[PhonemeSpan, ...] = ()
    sounds: tuple[SoundSpan, ...] = ()
    visemes: tuple[Track, ...] = ()
    channels: tuple[Track, ...] = ()
    mouth: tuple[Track, ...] = ()
    corrections: Corrections = Corrections()
    notes: tuple[str, ...] = ()
    synthetic: bool = True

    def track(self, name: str) -> Track:
        """The viseme, channel or mouth curve of that name; an empty one where the performance has none."""
        for tracks in (self.visemes, self.channels, self.mouth):
            for track in tracks:
                if track.name == name:
                    return track
        return Track(name)


@dataclass(frozen=True, slots=True)
class LyricWord:
    """One word to be found in the vocal, with every way it may be pronounced, likeliest first.

    `pronunciations` are phonemes as PhonemeSpan writes them (ARPABET with stress digits, or IPA). Times are known
    word times (enhanced LRC, TextGrid, word JSON) or None; whether they bind is said by `Lyrics.truth`.
    """

    text: str
    pronunciations: tuple[tuple[str, ...], ...]
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class LyricLine:
    """One sung or spoken line; `start_s` is its anchor where the file gave one (LRC, SRT, VTT)."""

    words: tuple[LyricWord, ...]
    text: str
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of a lyric file that is not sung, and why."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Lyrics:
    """What is said, ready for alignment. `truth`: known word times are to be kept, not only hinted at.

    `text` is what the user gave, for the document; `notes` are sentences for the user (unknown words, repeats);
    `left_out` is what the file has besides.
    """

    lines: tuple[LyricLine, ...]
    language: str
    text: str = ""
    truth: bool = False
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def words(self) -> tuple[LyricWord, ...]:
        """All words in order."""
        return tuple(word for line in self.lines for word in line.words)


MATCHED = 0.5
"""Of `Alignment.match`: below it the lyrics are another song's."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """What was heard and where: the result of aligning lyrics, or of recognising without them.

    `engines` and `models` (name -> sha256) go to the document's provenance; `match` is 0..1, how well the lyrics
    fit the vocal (1 without lyrics); `weak_lines` are (start_s, end_s, line) that a person should look at; `voice` is
    whether anybody was heard, whatever was sung; `uncovered` are the stretches of voice, in seconds, that no word
    accounts for; `lyrics` are those given with the lines that are heard again written out (None without lyrics).
    """

    words: tuple[WordSpan, ...]
    phonemes: tuple[PhonemeSpan, ...]
    sounds: tuple[SoundSpan, ...]
    unsung: tuple[UnsungWord, ...] = ()
    notes: tuple[str, ...] = ()
    engines: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    match: float = 1.0
    weak_lines: tuple[tuple[float, float, int], ...] = ()
    voice: bool = True
    uncovered: tuple[tuple[float, float], ...] = ()
    lyrics: Lyrics | None = None
