"""The voice and the words as files: from disk, the sequencer, a speaker or a text block; and the sound put in place."""

from dataclasses import dataclass
from pathlib import Path

import bpy

from lipwright.errors import LyricsError, MediaError

from .. import options


@dataclass
class Vocal:
    """A readable file and the frame on which its first sample is heard; `in_scene` if the scene plays it already.

    `named` is the file as the .blend should keep it: relative to its folder (//) where the artist chose it so.
    """

    path: Path
    start_frame: float
    in_scene: bool = False
    named: str = ""


def strips_of(scene):
    """The sequencer's strips, on any version; empty without a sequencer."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    return list(editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all)


def sound_strips(scene):
    """Sound strips by channel and time."""
    return sorted((s for s in strips_of(scene) if s.type == "SOUND"), key=lambda s: (s.channel, first_frame(s)))


def first_frame(strip) -> float:
    """The frame on which the strip's content starts, shown or not."""
    return float(strip.content_start if hasattr(strip, "content_start") else strip.frame_start)


def shown(strip):
    """First and last+1 frame on which the strip is heard or seen."""
    if hasattr(strip, "left_handle"):
        return float(strip.left_handle), float(strip.right_handle)
    return float(strip.frame_final_start), float(strip.frame_final_end)


def find(scene, chosen, folder: Path) -> Vocal:
    """The vocal that the options name. Raises MediaError with what to choose instead."""
    if chosen["vocal_source"] == "STRIP":
        return _from_strip(scene, chosen["strip"], folder)
    if chosen["vocal_source"] == "SPEAKER":
        return _from_speaker(chosen["speaker"], folder, chosen["start_frame"])
    path = options.absolute(chosen["vocal"])
    if not path:
        raise MediaError("no vocal is chosen; choose a sound file, a sequencer strip or a speaker")
    if not Path(path).is_file():
        raise MediaError(f"the vocal {path!r} is not there; choose the file again")
    return Vocal(Path(path), chosen["start_frame"], named=chosen["vocal"] if chosen["vocal"].startswith("//") else path)


def _from_strip(scene, name, folder):
    sounds = sound_strips(scene)
    if not sounds:
        raise MediaError(f"the sequencer of scene {scene.name!r} has no sound strip; add one, or choose a file")
    strip = next((s for s in sounds if s.name == name), None)
    if strip is None and name:
        raise MediaError(f"there is no sound strip {name!r}; choose one of {', '.join(s.name for s in sounds[:5])}")
    strip = strip or sounds[0]
    if getattr(strip, "retiming_keys", ()) and any(abs(speed - 1.0) > 1e-6 for speed in _speeds(strip)):
        raise MediaError(f"strip {strip.name!r} plays at a changed speed; mix it down to a file and choose that")
    return Vocal(_file_of(strip.sound, folder), first_frame(strip), in_scene=True)


def _speeds(strip):
    keys = sorted(strip.retiming_keys, key=lambda key: key.timeline_frame)
    return [strip.speed_factor] if hasattr(strip, "speed_factor") else [1.0] if len(keys) < 3 else [0.0]


def _from_speaker(name, folder, start_frame):
    speakers = [ob for ob in bpy.data.objects if ob.type == "SPEAKER"]
    ob = next((s for s in speakers if s.name == name), speakers[0] if speakers and not name else None)
    if ob is None:
        raise MediaError(f"there is no speaker {name!r}; choose a speaker object, or a sound file" if name
                         else "there is no speaker in this file; choose a sound file")  # fmt: skip
    if ob.data.sound is None:
        raise MediaError(f"speaker {ob.name!r} has no sound; give it one, or choose a file")
    tracks = ob.animation_data.nla_tracks if ob.animation_data else ()
    starts = [strip.frame_start for track in tracks for strip in track.strips if strip.type == "SOUND"]
    return Vocal(_file_of(ob.data.sound, folder), float(min(starts)) if starts else start_frame, in_scene=True)


def _file_of(sound, folder: Path) -> Path:
    """The sound's file; one that is packed in the .blend is written to `folder` first."""
    if sound.packed_file is not None:
        name = Path(sound.filepath.replace("\\", "/")).name or f"{sound.name}.wav"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(sound.packed_file.data)
        return path
    path = Path(bpy.path.abspath(sound.filepath, library=sound.library))
    if not path.is_file():
        raise MediaError(f"the sound {sound.name!r} points at {str(path)!r}, which is not there; find it again")
    return path


def lyrics(scene, chosen, vocal: Vocal, folder: Path):
    """A file with the words, or None. Raises LyricsError."""
    source = chosen["lyrics_source"]
    if source == "NONE" or (source == "FILE" and not chosen["lyrics"]):
        return None
    if source == "FILE":
        path = Path(options.absolute(chosen["lyrics"]))
        if not path.is_file():
            raise LyricsError(f"the lyrics {str(path)!r} are not there; choose the file again")
        return path
    text = _block_text(chosen["lyrics_block"]) if source == "TEXT" else _strip_text(scene, vocal)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ("lyrics.txt" if source == "TEXT" else "lyrics.srt")
    path.write_text(text, encoding="utf-8")
    return path


def _block_text(name):
    block = bpy.data.texts.get(name)
    if block is None:
        raise LyricsError(f"there is no text block {name!r}; choose one of the text editor's")
    text = block.as_string()
    if not text.strip():
        raise LyricsError(f"the text block {name!r} is empty; write the words in it")
    return text


def _strip_text(scene, vocal):
    """The sequencer's text strips as SRT, timed from the vocal's first sample."""
    rate = scene.render.fps / scene.render.fps_base
    cues = []
    for strip in sorted((s for s in strips_of(scene) if s.type == "TEXT"), key=lambda s: shown(s)[0]):
        start, end = (max((frame - vocal.start_frame) / rate, 0.0) for frame in shown(strip))
        if end > start and strip.text.strip():
            cues.append(f"{len(cues) + 1}\n{_stamp(start)} --> {_stamp(end)}\n{strip.text.strip()}\n")
    if not cues:
        raise LyricsError("the sequencer has no text strip beside the vocal; add some, or choose a file")
    return "\n".join(cues)


def _stamp(time_s):
    whole = round(time_s * 1000)
    return f"{whole // 3600000:02d}:{whole // 60000 % 60:02d}:{whole // 1000 % 60:02d},{whole % 1000:03d}"


# A sound this far from the curves is heard as out of step by a trained ear (ITU-R BT.1359: 22 ms is unnoticed).
_OFF_S = 0.02


def place_sound(scene, vocal: Vocal, before: float | None = None) -> list:
    """Put the vocal in the sequencer on a free channel, unless it plays there already; returns sentences about it.

    `before` is where its take started until now: the strip that lies there moves along.
    """
    if vocal.in_scene:
        return []
    start = round(vocal.start_frame)
    same = [s for s in sound_strips(scene) if s.sound and Path(bpy.path.abspath(s.sound.filepath)) == vocal.path]
    if any(round(first_frame(strip)) == start for strip in same):
        return []
    moved = next((s for s in same if before is not None and round(first_frame(s)) == round(before)), None)
    if moved is not None:
        setattr(moved, "content_start" if hasattr(moved, "content_start") else "frame_start", start)
        return []
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    used = {strip.channel for strip in strips_of(scene)}
    channel = next(number for number in range(1, 129) if number not in used)
    try:
        strip = strips.new_sound(vocal.path.stem, str(vocal.path), channel, start)
        strip.sound.filepath = vocal.named or str(vocal.path)
    except RuntimeError as error:  # a Blender without sound, or a format that it cannot play
        return [f"the sound could not be put in the sequencer ({str(error).strip()})"]
    # Sound strips start on whole frames.
    off_s = abs(vocal.start_frame - start) * scene.render.fps_base / scene.render.fps
    return [f"the sound starts on a whole frame, {off_s * 1000:.0f} ms from the curves"] if off_s > _OFF_S else []
