"""Which sound of an edit is the vocal: by a track's name or number as editing programs show it, a clip, or a role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lipwright.errors import OptionError
from otio_lipwright.edit.walk import Shown, Walk

VOCAL_NAMES = ("vocal", "vox", "voice", "lead", "dialog", "dialogue", "dx", "vo", "sing")
DIALOGUE = "dialogue"
# Where programs keep a sound's role: Final Cut in its own terms.
ROLE_KEYS = (("fcpx", "audioRole"), ("fcpx", "role"))


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """A top-level audio track: `index` in the stack, `number` among the audio tracks from 1, as in A1, A2."""

    index: int
    number: int
    name: str
    shown: tuple[Shown, ...]

    @property
    def title(self) -> str:
        """As a person calls it: A2, or A2 'Vocals'."""
        label = f"A{self.number}"
        return label if self.name.casefold() in ("", label.casefold()) else f"{label} {self.name!r}"

    @property
    def filled(self) -> bool:
        """Whether anything on it is switched on."""
        return any(item.enabled for item in self.shown)

    @property
    def line(self) -> str:
        """The track in a list to choose from."""
        names = list(dict.fromkeys(item.name or item.media.name for item in self.shown))
        roles = ", ".join(sorted({role for item in self.shown if (role := role_of(item))}))
        some = ", ".join(names[:4]) + (" ..." if len(names) > 4 else "")
        off = "" if self.filled or not self.shown else "; switched off"
        return f"{self.title}: {len(self.shown)} clips ({some}){f'; role {roles}' if roles else ''}{off}"


@dataclass(frozen=True, slots=True)
class Choice:
    """The vocal: what to call it, and which clips it is."""

    name: str
    takes: Callable[[Shown], bool]


def audio_tracks(timeline: Any, walked: Walk) -> list[AudioTrack]:
    """The top-level audio tracks, in order."""
    stack = getattr(timeline, "tracks", timeline)
    children = list(enumerate(stack)) if hasattr(stack, "__iter__") else []
    sounds = [(index, child) for index, child in children if getattr(child, "kind", "") == "Audio"]
    return [
        AudioTrack(index, number, str(child.name or ""), tuple(s for s in walked.shown if s.track == index))
        for number, (index, child) in enumerate(sounds, 1)
    ]


def role_of(item: Shown) -> str:
    """The sound's role, "" without one."""
    metadata = item.clip.metadata if item.clip is not None else {}
    for outer, inner in ROLE_KEYS:
        found: Any = metadata.get(outer)
        if found and found.get(inner):
            return str(found.get(inner))
    return ""


def choose(tracks: Sequence[AudioTrack], wanted: str | int | None, walked: Walk) -> Choice | None:
    """The vocal as told, else as names and roles say; None for an edit without sound. Raises OptionError."""
    sounds = [item for item in walked.shown if item.kind == "Audio"]
    if wanted is not None:
        return _wanted(tracks, str(wanted).strip(), sounds)
    filled = [track for track in tracks if track.filled]
    named = [track for track in filled if any(word in track.name.casefold() for word in VOCAL_NAMES)]
    for found in (named, filled):
        if len(found) == 1:
            return _track(found[0])
    if not filled:
        return None
    if any(_has_role(item, DIALOGUE) for item in sounds if item.enabled):
        return Choice(f"role {DIALOGUE}", lambda item: _has_role(item, DIALOGUE))
    raise OptionError(
        f"which track is the vocal cannot be told; name it with --vocal-track, `ask` lists them ({_titles(tracks)})"
    )


def _wanted(tracks: Sequence[AudioTrack], text: str, sounds: Sequence[Shown]) -> Choice:
    said = text.casefold()
    for track in tracks:
        if track.name.casefold() == said:
            return _track(track)
    number = said.removeprefix("a")
    if number.isdecimal() and 1 <= int(number) <= len(tracks):
        return _track(tracks[int(number) - 1])
    for takes in (
        lambda item: item.track_name.casefold() == said,
        lambda item: said in (item.name.casefold(), item.media.name.casefold()),
        lambda item: _has_role(item, said),
    ):
        if any(takes(item) for item in sounds):
            return Choice(text, takes)
    raise OptionError(
        f"vocal track {text!r} is not in this timeline, neither as a track nor as a clip or role; its audio tracks are"
        f" {_titles(tracks)}"
    )


def _track(track: AudioTrack) -> Choice:
    return Choice(track.title, lambda item: item.kind == "Audio" and item.track == track.index)


def _has_role(item: Shown, role: str) -> bool:
    """Whether a role or its sub-role (dialogue.dialogue-1) is the clip's."""
    return role_of(item).casefold().partition(".")[0] == role or role_of(item).casefold() == role


def _titles(tracks: Sequence[AudioTrack]) -> str:
    return ", ".join(track.title for track in tracks) or "none"
