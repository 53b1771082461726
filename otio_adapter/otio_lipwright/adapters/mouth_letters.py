"""Rhubarb's mouth letters as markers: a cue lasts until the next, and the last one only ends the one before."""

from __future__ import annotations

import itertools
import re
from typing import Any

import opentimelineio as otio

from otio_lipwright.adapters.performances import GRID, KEY, marker_on, span_range
from otio_lipwright.edit.tree import all_clips

LAYER = "letters"
_CUE = re.compile(r"(\d+(?:\.\d+)?)\t([A-HX])")


def letters_in(text: str) -> list[tuple[float, str]]:
    """(seconds, letter) of each cue; [] where the text is anything but cues in rising order."""
    cues = [_CUE.fullmatch(line.strip()) for line in text.splitlines() if line.strip()]
    found = [(float(cue[1]), cue[2]) for cue in cues if cue is not None]
    rising = all(a[0] < b[0] for a, b in itertools.pairwise(found))
    return found if len(found) == len(cues) and len(found) > 1 and rising else []


def timeline_from_letters(cues: list[tuple[float, str]], name: str = "mouth") -> Any:
    """A timeline whose one clip has a marker for each cue, over the time that its mouth is shown."""
    clip = otio.schema.Clip(name, otio.schema.MissingReference(name), span_range(0.0, cues[-1][0], GRID))
    for (start_s, letter), (end_s, _) in itertools.pairwise(cues):
        clip.markers.append(marker_on(LAYER, len(clip.markers), letter, start_s, end_s, GRID))
    clip.metadata[KEY] = {"last_letter": cues[-1][1]}
    timeline, track = otio.schema.Timeline(name), otio.schema.Track("Mouth", kind=otio.schema.TrackKind.Audio)
    track.append(clip)
    timeline.tracks.append(track)
    return timeline


def text_from_letters(timeline: Any) -> str:
    """The cues of a timeline's letter markers as Rhubarb writes them; "" where it has none."""
    for clip in all_clips(timeline):
        ours = [m for m in clip.markers if (m.metadata.get(KEY) or {}).get("layer") == LAYER]
        if ours:
            ours.sort(key=lambda marker: marker.marked_range.start_time.to_seconds())
            cues = [(m.marked_range.start_time.to_seconds(), str(m.name)) for m in ours]
            last = str((clip.metadata.get(KEY) or {}).get("last_letter", "X"))
            cues.append((ours[-1].marked_range.end_time_exclusive().to_seconds(), last))
            return "".join(f"{time_s:.2f}\t{letter}\n" for time_s, letter in cues)
    return ""
