"""ARKit blend shapes as CSV, in the layout of Live Link Face: 52 shapes, head and eyes a row."""

from __future__ import annotations

import math
from fractions import Fraction

from lipwright.exports import ExportOptions
from lipwright.exports.channels.tables import number, rows_of
from lipwright.rigs import direct_map
from lipwright.timebase import frame_at
from lipwright.types import HEAD, Performance

# Column order of the recordings of Live Link Face (Epic), left before right.
_LEFT = ("eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide")
_MOUTH = (
    "jawForward", "jawRight", "jawLeft", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight",
    "mouthLeft", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft",
    "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthShrugUpper", "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthUpperUpLeft", "mouthUpperUpRight",
)  # fmt: skip
_UPPER = (
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff",
    "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip
SHAPES = (*(f"{n}Left" for n in _LEFT), *(f"{n}Right" for n in _LEFT), *_MOUTH, *_UPPER)
ANGLES = (
    "headYaw",
    "headPitch",
    "headRoll",
    "leftEyeYaw",
    "leftEyePitch",
    "leftEyeRoll",
    "rightEyeYaw",
    "rightEyePitch",
    "rightEyeRoll",
)
# An eye that looks all the way to one side has turned about this far (radians, 30 degrees).
EYE_TURN = math.radians(30)


def write(performance: Performance, options: ExportOptions) -> str:
    """Time code, count, shapes 0..1, and angles in radians, positive to the performer's left, up, and left shoulder."""
    controls = dict(direct_map("arkit").controls) | {name: {name: 1.0} for name in HEAD}
    names, rows = rows_of(performance, controls, options.fps)
    column = {name: index for index, name in enumerate(names)}
    head = [name[0].upper() + name[1:] for name in (*SHAPES, *ANGLES)]
    out = [",".join(["Timecode", "BlendShapeCount", *head])]
    first = frame_at(options.start_s, options.fps)
    for frame, row in enumerate(rows):
        value = {name: row[column[name]] for name in column}
        value |= _eyes(value)
        cells = [number(value.get(name, 0.0)) for name in (*SHAPES, *ANGLES)]
        out.append(",".join([_timecode(first + frame, options.fps), str(len(head)), *cells]))
    return "\n".join(out) + "\n"


def _eyes(value: dict[str, float]) -> dict[str, float]:
    """Angles of the eyes from their look channels; out is to the performer's left for the left eye only."""
    out = {}
    for side, outward in (("Left", 1.0), ("Right", -1.0)):
        turned = value.get(f"eyeLookOut{side}", 0.0) - value.get(f"eyeLookIn{side}", 0.0)
        raised = value.get(f"eyeLookUp{side}", 0.0) - value.get(f"eyeLookDown{side}", 0.0)
        out[f"{side.lower()}EyeYaw"] = outward * turned * EYE_TURN
        out[f"{side.lower()}EyePitch"] = raised * EYE_TURN
    return out


def _timecode(frame: int, fps: Fraction) -> str:
    """HH:MM:SS:FF.000, frames counted at the nominal rate."""
    nominal = math.ceil(fps)
    seconds, frames = divmod(frame, nominal)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}.000"
