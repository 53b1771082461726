"""`lipwright track`: a contact sheet of the faces in a clip, and the figures beside it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lipwright.dubbing.output.eta import paced
from lipwright.errors import OptionError
from lipwright.events import Events

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lipwright.arrays import FaceTrack
    from lipwright.faces import Faces
    from lipwright.plot.faces import FaceRow, Shown
    from lipwright.video import Clip

EXAMPLES = """\
examples:
  lipwright track interview.mov                         interview.faces.png and interview.faces.json
  lipwright track interview.mov -o check.png --again    look again, whatever was found before
  lipwright dub interview.mov --face 2 ...              then take the face by its number on the picture
"""
MOST_FRAMES = 16
CLOSEUPS = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The clip, and where the picture goes."""
    parser.add_argument("clip", type=Path, help="a film, a still picture, or numbered pictures (shot_%%04d.png)")
    parser.add_argument("-o", "--output", type=Path, help="the picture (default: the clip's name with .faces.png)")
    parser.add_argument("--frames", type=int, default=12, metavar="N", help=f"sample frames, 1 to {MOST_FRAMES}")
    parser.add_argument("--again", action="store_true", help="do not use what an earlier run found in this clip")


def run(args: argparse.Namespace, events: Events) -> None:
    """Look through the clip, draw, and say who was found."""
    from lipwright.faces import find_faces
    from lipwright.video import open_clip

    if not 1 <= args.frames <= MOST_FRAMES:
        raise OptionError(f"frames {args.frames} is outside 1 to {MOST_FRAMES}; ask for fewer")
    output: Path = args.output or args.clip.with_name(f"{args.clip.stem.replace('%', '')}.faces.png")
    clip = open_clip(args.clip)
    on_progress = paced(lambda v, words: events.progress(0.9 * v, words), "looking for faces", clip.expected_frames)
    faces = find_faces(clip, on_progress=on_progress, cache=not args.again)
    found = _figures(clip, faces)
    _draw(output, clip, faces, found, args.frames)
    summary_path = output.with_suffix(".json")
    _write_json(summary_path, found)
    for note in clip.notes:
        events.note(note)
    events.progress(1.0, "done")
    events.result(picture=output, summary=summary_path, faces=len(faces.tracks), shots=len(found["shots_s"]))


def _write_json(path: Path, found: dict[str, Any]) -> None:
    from lipwright.files import write_beside

    write_beside(path, (json.dumps(found, indent=1, sort_keys=True) + "\n").encode())


def _figures(clip: Clip, faces: Faces) -> dict[str, Any]:
    from lipwright.faces.summary import summary

    info = clip.info
    return {
        "schema": "lipwright.faces/1",
        "clip": clip.path.name,
        "codec": info.codec,
        "width": info.width,
        "height": info.height,
        "rotation": info.rotation,
        "fps": str(info.fps),
        "variable_rate": info.vfr,
        "notes": list(clip.notes),
        **summary(faces.tracks, faces.times_s, faces.shots),
    }


def _draw(output: Path, clip: Clip, faces: Faces, found: dict[str, Any], count: int) -> None:
    from lipwright.plot.faces import sheet

    rows = [_row(track, figures) for track, figures in zip(faces.tracks, found["faces"], strict=True)]
    sheet(output, clip.path.name, _lines(clip, found), rows, faces.times_s, faces.shots,
          _samples(clip, faces, count), _closeups(clip, faces))  # fmt: skip


def _lines(clip: Clip, found: dict[str, Any]) -> list[str]:
    info = clip.info
    rate = "variable rate, about " if info.vfr else ""
    people, shots = len(found["faces"]), len(found["shots_s"])
    length = "one picture" if info.still else f"{rate}{float(info.fps):.4g} frames a second, {found['frames']} frames"
    first = (
        f"{info.width} x {info.height}, {length}, {info.codec}; "
        f"{people} face{'s' * (people != 1)} in {shots} shot{'s' * (shots != 1)}"
    )
    legend = "bars: when a face is seen, with its mouth's opening; orange: covered; violet: in profile; lines: cuts"
    return [first, *(f"note: {note}" for note in clip.notes[:3]), legend]


def _row(track: FaceTrack, figures: dict[str, Any]) -> FaceRow:
    from lipwright.faces.geometry import mouth_openings
    from lipwright.faces.summary import profiles
    from lipwright.plot.faces import FaceRow

    yaw, blinks = figures["yaw_degrees"], len(figures["blinks_s"])
    text = (
        f"seen {100 * figures['seen_share']:.0f} %, eyes {figures['eye_distance_px']:.0f} px apart, "
        f"yaw {round(yaw[0])} to {round(yaw[1])}°, {blinks} blink{'s' * (blinks != 1)}"
    )
    return FaceRow(track, text, mouth_openings(track.landmarks), track.occluded, profiles(track))


def _samples(clip: Clip, faces: Faces, count: int) -> list[Shown]:
    """Frames spread over the clip, and the first of every shot while there is room."""
    import numpy as np

    from lipwright.plot.canvas import OVERSAMPLE
    from lipwright.plot.faces import Shown, frame_size

    total = len(faces.times_s)
    cuts = np.flatnonzero(np.diff(faces.shots, prepend=-1))[: count // 2]
    spread = np.linspace(0, total - 1, max(1, count - len(cuts) + 1)).round().astype(int)
    wanted = sorted({int(i) for i in (*cuts, *spread)})[:count]
    _, across, down = frame_size(clip.width * clip.pixel_aspect, clip.height)
    matrix = np.array([[across / clip.width, 0, 0], [0, down / clip.height, 0]])
    shown = []
    for frame in clip.pick(wanted):
        rgb = frame.sample(matrix * OVERSAMPLE, (across * OVERSAMPLE, down * OVERSAMPLE))
        label = f"{frame.time_s:.2f} s, frame {frame.index}, shot {int(faces.shots[frame.index]) + 1}"
        shown.append(Shown(frame.index, rgb, matrix, label))
    return shown


def _closeups(clip: Clip, faces: Faces) -> list[Shown]:
    """Each face at its extremes: mouth shut and open, turned left and right, least sure."""
    import numpy as np

    from lipwright.plot.canvas import OVERSAMPLE
    from lipwright.plot.faces import CLOSE, Shown

    wanted = [(i, number, what) for number, track in enumerate(faces.tracks) for i, what in _extremes(track)]
    frames = {frame.index: frame for frame in clip.pick(sorted({i for i, _, _ in wanted}))}
    shown = []
    for index, number, what in wanted:
        if index in frames:
            matrix = _close_matrix(faces.tracks[number].landmarks[index], clip.pixel_aspect, CLOSE)
            rgb = frames[index].sample(matrix * np.float64(OVERSAMPLE), (CLOSE * OVERSAMPLE, CLOSE * OVERSAMPLE))
            label = f"face {number + 1}, {what}, {frames[index].time_s:.2f} s"
            shown.append(Shown(index, rgb, matrix, label, number))
    return shown


def _close_matrix(landmarks: NDArray[np.float32], aspect: float, size: int) -> NDArray[np.float64]:
    import numpy as np

    low, high = landmarks[:468, :2].min(0), landmarks[:468, :2].max(0)
    scale = size / (1.25 * max(float((high[0] - low[0]) * aspect), float(high[1] - low[1])))
    middle = (low + high) / 2
    return np.array(
        [[scale * aspect, 0, size / 2 - scale * aspect * middle[0]], [0, scale, size / 2 - scale * middle[1]]]
    )


def _extremes(track: FaceTrack) -> list[tuple[int, str]]:
    import numpy as np

    from lipwright.faces.geometry import mouth_openings

    clear = track.present & ~track.occluded
    seen = np.flatnonzero(clear if clear.any() else track.present)
    opening, yaw, scores = mouth_openings(track.landmarks[seen]), track.pose[seen, 0], track.scores[seen]
    every = (
        (opening.argmin(), "most closed"),
        (opening.argmax(), "widest open"),
        (yaw.argmin(), "turned to their right"),
        (yaw.argmax(), "turned to their left"),
        (scores.argmin(), "least sure"),
        (len(seen) // 2, "middle"),
    )
    chosen: dict[int, str] = {}
    for place, what in every:
        chosen.setdefault(int(seen[place]), what)
    return list(chosen.items())[:CLOSEUPS]
