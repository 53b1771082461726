"""Every option of a performance, once: the panel's settings and the operator's arguments are made from this table."""

import tomllib
from functools import cache
from importlib import resources

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from lipwright.types import EMOTIONS, Direction

# The styles and what their files say of themselves.
PRESETS = {
    "natural": "speech or song as measured: nothing exaggerated",
    "ballad": "slow song: long soft vowels, tender face, a head that follows the phrase",
    "pop": "bright song: open mouth, smile, head on the beat",
    "rap": "fast words: crisp consonants, little anticipation, strong nods",
    "newsreader": "clear speech to camera: exact lips, calm head, eyes that stay",
    "cartoon": "everything larger: wide mouth, big brows, lively head",
}


def _titles(names):
    return [(name, name.capitalize(), "") for name in names]


def _slider(name, text, default=1.0, top=3.0):
    return FloatProperty(
        name=name, description=text, default=default, min=0.0, max=top, soft_max=min(top, 2.0) if top == 3.0 else top
    )


# Blender 4.5 wants to be told that a path may start with // (the .blend's folder).
RELATIVE = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()

# Sliders of the direction that a preset sets; they override it only where they are set by hand.
SLIDERS = {
    "emotion_intensity": _slider("Emotion Strength", "How much of the emotion shows; 0 is none at all", 0.6, 1.0),
    "articulation": _slider("Articulation", "How clearly the lips speak; 1 is as measured"),
    "intensity": _slider("Intensity", "How far the mouth opens over all; 1 is as measured"),
    "blink_rate": _slider("Blinks a Minute", "How often the eyes blink; 0 is never", 17.0, 60.0),
    "head": _slider("Head Movement", "How much the head moves; 0 is not at all"),
    "brows": _slider("Brows", "How much the brows move; 0 is not at all"),
    "breathing": _slider("Breaths", "How much is breathed before phrases; 0 is not at all"),
    "gaze": _slider("Gaze", "How much the eyes wander; 0 is not at all"),
}

VOCAL = {
    "vocal_source": EnumProperty(
        name="Vocal From",
        description="Where the voice comes from",
        items=[
            ("FILE", "File", "A sound or video file", "FILE_SOUND", 0),
            ("STRIP", "Sequencer", "A sound strip of this scene's sequencer", "SEQUENCE", 1),
            ("SPEAKER", "Speaker", "The sound of a speaker object", "SPEAKER", 2),
        ],
    ),
    "vocal": StringProperty(
        name="Vocal",
        description="The sound or video file with the voice, spoken or sung",
        subtype="FILE_PATH",
        options=RELATIVE,
    ),
    "strip": StringProperty(name="Strip", description="The sequencer's sound strip with the voice"),
    "speaker": StringProperty(name="Speaker", description="The speaker object with the voice"),
    "start_frame": FloatProperty(
        name="Start Frame",
        description="The frame at which the vocal starts; strips and speakers bring their own",
        default=1.0,
        precision=2,
        step=100,
    ),
}

LYRICS = {
    "lyrics_source": EnumProperty(
        name="Lyrics From",
        description="Where the words come from; timing is much better with them",
        items=[
            ("NONE", "None", "Recognise what is said", "X", 0),
            ("FILE", "File", "A txt, LRC, SRT, VTT, TextGrid, Rhubarb TSV or word JSON file", "FILE_TEXT", 1),
            ("TEXT", "Text Block", "A text of Blender's text editor", "TEXT", 2),
            ("STRIPS", "Text Strips", "The text strips of this scene's sequencer, with their times", "SEQUENCE", 3),
        ],
    ),
    "lyrics": StringProperty(
        name="Lyrics", description="The file with the words", subtype="FILE_PATH", options=RELATIVE
    ),
    "lyrics_block": StringProperty(name="Text", description="The text block with the words"),
    "language": StringProperty(
        name="Language",
        description="Language of the words: en, es, fr, de, ..., or auto",
        default="auto",
        maxlen=16,
        search=lambda _self, _context, typed: languages(typed),
        search_options={"SUGGESTION"},
    ),
}


@cache
def _language_rows() -> tuple[tuple[str, str], ...]:
    text = resources.files("lipwright").joinpath("data/languages.toml").read_text(encoding="utf-8")
    known = tomllib.loads(text)["language"]
    return (("auto", "heard"), *sorted((code, str(row.get("name", code))) for code, row in known.items()))


def languages(typed: str) -> list[tuple[str, str]]:
    """(what to write, what it is) of the languages that fit what was typed; all for a code that is known."""
    rows, typed = _language_rows(), typed.casefold().strip()
    fits = [row for row in rows if typed in row[0] or typed in row[1].casefold()]
    return list(rows) if typed in dict(rows) or not fits else fits


DIRECTION = {
    "preset": EnumProperty(
        name="Style",
        description="How it is performed",
        items=[(name, name.capitalize(), text) for name, text in PRESETS.items()],
    ),
    "emotion": EnumProperty(
        name="Emotion",
        description="The feeling that shows in the face",
        items=[("PRESET", "As the Style Has It", ""), *_titles(EMOTIONS)],
    ),
    "seed": IntProperty(name="Seed", description="Another seed gives another version of blinks and head", min=0),
    **SLIDERS,
}

BAKE = {
    "placement": EnumProperty(
        name="Place In",
        description="Where the curves go; keys of other animation are never touched",
        items=[
            ("AUTO", "Automatic", "The active action where nothing else is animated, otherwise an NLA track"),
            ("ACTION", "Active Action", "An action of its own; one that is active already moves to an NLA track"),
            ("NLA", "NLA Track", "An NLA track of its own, named after the vocal"),
        ],
    ),
    "blend": EnumProperty(
        name="Blend",
        description="How an NLA track joins the animation below it",
        items=[
            ("REPLACE", "Replace", "Instead of what the tracks below do to the same controls"),
            ("ADD", "Add", "On top of what the tracks below do to the same controls"),
        ],
    ),
    "interpolation": EnumProperty(
        name="Keys",
        description="How Blender joins the keys",
        items=[
            ("BEZIER", "Smooth", "Smooth curves whose handles never overshoot"),
            ("LINEAR", "Straight", "Straight lines, exactly as computed"),
            ("CONSTANT", "Steps", "Each key holds until the next"),
        ],
    ),
    "tolerance": FloatProperty(
        name="Simplify",
        description="How far a mixed curve may be from the computed one; more gives fewer keys to edit by hand",
        default=0.01,
        min=0.001,
        max=0.2,
        precision=3,
    ),
    "markers": BoolProperty(name="Word Markers", description="Put a marker at each word on the timeline", default=True),
    "add_sound": BoolProperty(
        name="Add Sound", description="Put the vocal in this scene's sequencer, so that it is heard", default=True
    ),
    "fit_range": BoolProperty(
        name="Extend Scene", description="Let the scene end no earlier than the vocal does", default=False
    ),
}  # fmt: skip

ALL = {**VOCAL, **LYRICS, **DIRECTION, **BAKE}
# The same as an operator's arguments. Blender would remember those of the last call and hand them to the next press of
# the button, over the panel's settings.
ARGUMENTS = {
    name: item.function(**{**item.keywords, "options": {"SKIP_SAVE"} | item.keywords.get("options", set())})
    for name, item in ALL.items()
}
# Options that a bake remembers in the take.
REMEMBERED = ("placement", "blend", "interpolation", "tolerance")


def pick(operator, settings):
    """The options in force: an argument that was given, otherwise the panel's setting."""
    given = operator.properties

    def value(name):
        return getattr(given if given.is_property_set(name) else settings, name)

    chosen = {name: value(name) for name in ALL}
    by_hand = {name for name in SLIDERS if given.is_property_set(name) or settings.customise}
    if chosen["emotion"] != "PRESET":
        by_hand.add("emotion_intensity")  # an emotion of one's own has a strength of one's own
    return chosen, by_hand


def absolute(path: str) -> str:
    """A path of the interface (`//` is the .blend's folder) as the system knows it; "" stays ""."""
    return bpy.path.abspath(path) if path else ""


def style(preset: str) -> dict:
    """What a style sets the sliders to."""
    text = resources.files("lipwright").joinpath(f"data/presets/{preset}.toml").read_text(encoding="utf-8")
    values = tomllib.loads(text)
    return {name: float(values.get(name, getattr(Direction(), name))) for name in SLIDERS}
