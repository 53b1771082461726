"""Everything that is heard in a vocal before any text is looked at: levels, voice, posteriors."""

from __future__ import annotations

from dataclasses import dataclass

from lipwright import models
from lipwright.arrays import RATE, Progress, Vocal
from lipwright.phonemes.acoustic.posteriors import Heard, Recogniser, gain_for, hear, level_db
from lipwright.phonemes.acoustic.voice_activity import Activity, measure

# Loud noise and hum reach 0.31 and 0.15; the faintest of 40 recordings of speech and high singing 0.97 and 0.4.
_SURE_SOUND, _SURE_VOICE = 0.6, 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Listening:
    """`heard` is None where there is no voice at all."""

    vocal: Vocal
    activity: Activity
    heard: Heard | None
    gain: float

    @property
    def duration_s(self) -> float:
        """Length of the vocal."""
        return self.vocal.length / RATE

    @property
    def models(self) -> dict[str, str]:
        """sha256 of every model that was asked."""
        return {name: models.models()[name].sha256 for name in ("ctc", "vad")}


def listen(vocal: Vocal, on_progress: Progress | None = None) -> Listening:
    """Hear the whole vocal once. `on_progress` gets 0..1."""
    levels = level_db(vocal)
    gain = gain_for(levels)
    activity = measure(vocal, levels, gain)
    if activity.silent or not vocal.length:
        return Listening(vocal, activity, None, gain)
    heard = hear(vocal, Recogniser(), gain, on_progress)
    return Listening(vocal, activity, heard if _somebody(heard, activity) else None, gain)


def _somebody(heard: Heard, activity: Activity) -> bool:
    """Whether there is a voice at all: hum and hiss never make the recogniser sure of anything."""
    return float(1 - heard.blank.min()) > _SURE_SOUND and float(activity.voice.max()) > _SURE_VOICE
