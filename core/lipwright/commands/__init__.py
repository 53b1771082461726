"""One module a command, found by name in a table of strings: showing the list imports none of them.

A command module has `add_arguments(parser)` and `run(args, events)`, which returns an exit code or None for 0 and
raises a LipwrightError for what a person can mend.
"""

COMMANDS = {
    "demo": "run the whole thing on a song that ships with the package",
    "perform": "a vocal, with its lyrics if there are any, to mouth keyframes (song.lipwright)",
    "correct": "put one word, phoneme or curve right by hand; performing again keeps it",
    "check": "is this vocal good enough, which lines will be hard to place, and what to do about it",
    "export": "a performance in the format of another program: ARKit, Rhubarb, Moho, subtitles, ...",
    "rig": "which shapes of an avatar the curves drive, as a map to change by hand",
    "plot": "a picture of a performance: waveform, words, phones, every curve (PNG, SVG or a page that plays)",
    "track": "the faces in a clip: a picture of who was found where and when, and the figures as JSON",
    "dub": "a clip or a photo and a vocal to a take whose mouth says it; or only the mouth, for compositing",
    "preview": "look before rendering: a contact sheet, or source and take side by side",
    "conform": "a timeline (OTIO, XML, EDL, AAF) with every clip over a vocal lip-synced, original media kept",
    "timeline": "look at a timeline with its vocals and takes; switch take and original; write it for a program",
    "bank": "keep a performer's own mouths, for other clips of the same person",
    "weights": "what a file of lip-sync weights is; the original .pth as ONNX",
    "install": "put the DaVinci Resolve script or the Blender extension where the host looks",
    "uninstall": "take the DaVinci Resolve script or the Blender extension away again",
    "isolate": "the vocal out of a full mix, as a WAV",
    "models": "the weight files: list, show, install and remove",
    "doctor": "what is installed, which engines can run here, and why others cannot",
}

# command -> the folder its module lies in
ROOMS = {
    **dict.fromkeys(("perform", "correct", "check", "export", "rig", "plot", "isolate"), "performances"),
    **dict.fromkeys(("track", "dub", "preview", "bank", "weights"), "clips"),
    **dict.fromkeys(("conform", "timeline"), "timelines"),
    **dict.fromkeys(("demo", "install", "uninstall", "models", "doctor"), "setup"),
}


def module_of(name: str) -> str:
    """The module of a command, as a dotted name."""
    return f"{__name__}.{ROOMS[name]}.{name.replace('-', '_')}"
