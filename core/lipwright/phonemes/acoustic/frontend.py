"""Everything that is heard in a vocal before any text is looked at: levels, voice, posteriors."""

from __future__ import annotations

from dataclasses import dataclass

from lipwright import models
from lipwright.arrays import RATE, Progress, Vocal
from lipwright.phonemes.acoustic.posteriors import Heard, Recogniser, gain_for, hear, level_db
from lipwright.phonemes.acoustic.voice_activity import Activity, measure

# Loud noise and hum reach 0.31 and 0.15; the faintest of 40 recordings of speech and high singing 0.97 and 0.4.
_SURE_SOUND, _SURE_VOICE = 0.6, 0.2
# The best single phone of the recogniser that learnt singing: hum, hiss and clicks reach 0.13, four bands without a
# singer 0.71, vowels that nobody else hears 0.41, sung lines 0.97 and more.
_SUNG, _SURELY_SUNG = 0.3, 0.85
SUNG = "ctc_sung"


@dataclass(frozen=True, slots=True, eq=False)
class Listening:
    """`heard` and `sung`, what the recogniser and the one that learnt singing hear, are None where nobody is."""

    vocal: Vocal
    activity: Activity
    heard: Heard | None
    sung: Heard | None
    gain: float

    @property
    def duration_s(self) -> float:
        """Length of the vocal."""
        return self.vocal.length / RATE

    @property
    def models(self) -> dict[str, str]:
        """sha256 of every model that was asked."""
        return {name: models.models()[name].sha256 for name in ("ctc", SUNG, "vad")}


def listen(vocal: Vocal, on_progress: Progress | None = None, *, expected: bool = False) -> Listening:
    """Hear the whole vocal once. `on_progress` gets 0..1; `expected` says that somebody wrote down what is sung."""
    levels = level_db(vocal)
    gain = gain_for(levels)
    activity = measure(vocal, levels, gain)
    if activity.silent or not vocal.length:
        return Listening(vocal, activity, None, None, gain)
    heard = hear(vocal, Recogniser(), gain, (lambda value: on_progress(value / 2)) if on_progress else None)
    sung = hear(vocal, Recogniser(SUNG), gain, (lambda value: on_progress((1 + value) / 2)) if on_progress else None)
    if not _somebody(heard, sung, activity, expected=expected):
        return Listening(vocal, activity, None, None, gain)
    return Listening(vocal, activity, heard, sung, gain)


def _somebody(heard: Heard, sung: Heard, activity: Activity, *, expected: bool) -> bool:
    """Whether there is a voice at all: hum and hiss never make a recogniser sure of anything.

    The voice detector is deaf to much singing: the recogniser that learnt it may do without, at once where words are
    expected, and where they are not when it is surer than of any instrument.
    """
    voice, phone = float(activity.voice.max()) > _SURE_VOICE, float(sung.live.max(initial=0.0))
    spoken = voice and float(1 - heard.blank.min()) > _SURE_SOUND
    return spoken or phone > _SURELY_SUNG or (phone > _SUNG and (voice or expected))
