"""Why a clip gets no take: a reason to decide by, and a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Every reason there is; its value is the sentence where no other is known."""

    OFF = "it is switched off"
    UNPLAYABLE = "its speed cannot be played"
    NO_VOCAL = "no vocal lies under it"
    VOCAL_OFF = "the vocal under it is switched off"
    OFFLINE = "its media are offline; relink it in the editor"
    GENERATED = "it is a generator or title, not footage"
    UNKNOWN_MEDIA = "its media reference is of a kind this version does not know"
    SEQUENCE = "it is an image sequence; make a movie of it first"
    FREEZE = "it is a freeze frame; nothing moves in it"
    VOCAL_STILL = "the vocal under it is reversed or frozen"
    VOCAL_OFFLINE = "the vocal under it is offline; relink it, or give it with --vocal"
    OUTSIDE = "its source range lies outside its media; relink it or trim it"


# Kinds of media that no take can be made of.
MEDIA = {
    "missing": Reason.OFFLINE,
    "generator": Reason.GENERATED,
    "unknown": Reason.UNKNOWN_MEDIA,
    "sequence": Reason.SEQUENCE,
}


@dataclass(frozen=True, slots=True)
class Left:
    """A clip is left as it is: `said` is the sentence where the reason's own says too little."""

    reason: Reason
    said: str = ""

    @property
    def text(self) -> str:
        """The sentence."""
        return self.said or self.reason.value
