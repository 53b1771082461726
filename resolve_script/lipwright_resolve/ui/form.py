"""What the editor is asked, as a table: the same for a Fusion window, a page in the browser and the tests."""

from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from ..core import Direction
from ..errors import Refused
from ..session import Choice

PRESETS = ("natural", "ballad", "pop", "rap", "newsreader", "cartoon")
EMOTIONS = ("neutral", "happy", "sad", "angry", "tender", "fierce", "surprised")
ENGINES = ("auto", "exemplar", "portrait")
CLIPS = ("selected", "playhead", "track", "color")
COLORS = (
    *("Orange", "Apricot", "Yellow", "Lime", "Olive", "Green", "Teal", "Navy"),
    *("Blue", "Purple", "Violet", "Pink", "Tan", "Beige", "Brown", "Chocolate"),
)


@dataclass(frozen=True)
class Field:
    """One question. `options` empty means free text; `help` is the tooltip."""

    name: str
    label: str
    default: str
    options: Tuple[str, ...] = ()
    help: str = ""


FIELDS = (
    Field(
        "clips", "Clips", "selected", CLIPS, "Selected clips, the clip under the playhead, a track, or one clip colour"
    ),
    Field("track", "Video track", "1", (), "Which track, when Clips is track"),
    Field("color", "Clip colour", "Orange", COLORS, "Which colour, when Clips is color"),
    Field(
        "vocal_track", "Vocal on audio track", "", (), "Empty: the audio linked to each clip, else the lowest under it"
    ),
    Field("vocal_path", "or a vocal file", "", (), "Plays from the start of the timeline"),
    Field("lyrics", "Lyrics file", "", (), "txt, LRC or SRT (export your subtitle track as SRT); empty: recognise"),
    Field("preset", "Preset", "natural", PRESETS, "How it is performed"),
    Field("emotion", "Emotion", "neutral", EMOTIONS),
    Field("emotion_intensity", "Emotion strength", "0.6", (), "0 to 1"),
    Field("articulation", "Articulation", "1", (), "0 to 3: how clearly the lips speak"),
    Field("seed", "Version", "0", (), "Another number is another version of the same performance"),
    Field(
        "engine",
        "Mouths",
        "exemplar",
        ENGINES,
        "exemplar: the performer's own mouths; portrait: a still or closed mouth",
    ),
    Field("face", "Face", "largest", (), "largest, singing (who moves with the vocal), a number, or x,y in pixels"),
    Field("folder", "Takes go to", "", (), 'Empty: a folder "Lipwright" beside each clip'),
    Field(
        "may_duplicate", "Last resort: duplicate timeline", "no", ("no", "yes"), "Only when a take and an overlay fail"
    ),
)
ACTIONS = (
    ("perform", "Perform"),
    ("update", "Update"),
    ("update_changed", "Update all that changed"),
    ("restore", "Restore original"),
)


def choice_from(values: Dict[str, str]) -> Choice:
    """The editor's answers as a Choice. Raises Refused with the field and the value."""
    answers = {field.name: str(values.get(field.name, field.default)).strip() for field in FIELDS}
    for field in FIELDS:
        if field.options and answers[field.name] not in field.options:
            raise Refused(
                "%s %r is unknown; choose one of %s" % (field.label, answers[field.name], ", ".join(field.options))
            )
    return Choice(
        clips=answers["clips"],
        track=_whole(answers, "track", 1) or 1,
        color=answers["color"],
        vocal_track=_whole(answers, "vocal_track", 1),
        vocal_path=answers["vocal_path"] or None,
        lyrics=answers["lyrics"] or None,
        folder=answers["folder"] or None,
        may_duplicate=answers["may_duplicate"] == "yes",
        direction=Direction(
            preset=answers["preset"],
            emotion=answers["emotion"],
            emotion_intensity=_number(answers, "emotion_intensity", 1.0),
            articulation=_number(answers, "articulation", 3.0),
            seed=_whole(answers, "seed", 0) or 0,
            engine=answers["engine"],
            face=answers["face"] or "largest",
        ),
    )


def _label(name: str) -> str:
    return next(field.label for field in FIELDS if field.name == name)


def _whole(answers: Dict[str, str], name: str, least: int) -> Optional[int]:
    text = answers[name]
    if not text:
        return None
    if not text.isdigit() or int(text) < least:
        raise Refused("%s %r is not a whole number from %d; correct it" % (_label(name), text, least))
    return int(text)


def _number(answers: Dict[str, str], name: str, most: float) -> float:
    try:
        value = float(answers[name].replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= most:
        raise Refused("%s %r is not a number from 0 to %g; correct it" % (_label(name), answers[name], most))
    return value


def summary(lines: List[str]) -> str:
    """Several sentences for a text box."""
    return "\n".join(lines)
