"""Everything a dub can be told; the command line's flags carry these names."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path

from lipwright.errors import OptionError

KINDS = ("take", "overlay", "crops")
ENGINES = ("auto", "exemplar", "portrait", "wav2lip")
SOUNDS = ("vocal", "source", "both", "none")
PROVIDERS = ("cpu", "cuda", "coreml", "directml")


@dataclass(frozen=True, slots=True)
class Options:
    """How to dub.

    output: where the take goes · vocal: the sound that goes out with it (None: the performance's own file is not
    known, so only `source` or `none` can be heard) · kind: take, overlay (RGBA) or crops · engine: auto chooses
    exemplar for footage that opens its mouth and portrait for the rest · face: as `lipwright track` says ·
    bank: names of saved banks · bank_clips: more footage of the same performer ·
    bank_faces: whose mouths those are, one for all or one for each (as face, or alike: who looks like the dubbed one) ·
    own: a performance or the lyrics of the clip's own speech, from which the performer's habits are learned ·
    learn: hear that speech where own is not given · opening: scales how wide the mouth opens ·
    from_s, to_s: which stretch of the clip is dubbed, the take being as long as it · retime: how fast the stretch will
    be played (2 for a clip retimed to 200 %), so that the mouth is right then ·
    start_s: where in the stretch the vocal starts, below 0 for one that has been going on ·
    fit: what happens when it is longer or shorter ·
    offset_ms: the mouth this much later (+) or earlier (-) than the sound · weights: of the wav2lip engine ·
    sound: what is heard · fps: for still pictures · restart: forget an interrupted run.
    """

    output: Path
    vocal: Path | None = None
    kind: str = "take"
    engine: str = "auto"
    face: str = "largest"
    bank: tuple[str, ...] = ()
    bank_clips: tuple[Path, ...] = ()
    bank_faces: tuple[str, ...] = ()
    own: Path | None = None
    learn: bool = True
    opening: float = 1.0
    from_s: float = 0.0
    to_s: float | None = None
    retime: float = 1.0
    start_s: float = 0.0
    fit: str = "clip"
    offset_ms: float = 0.0
    weights: Path | None = None
    provider: str = "cpu"
    sound: str = "vocal"
    codec: str | None = None
    quality: float | None = None
    speed: str | None = None
    fps: Fraction | None = None
    restart: bool = False

    def __post_init__(self) -> None:
        for name, allowed in (("kind", KINDS), ("engine", ENGINES), ("sound", SOUNDS), ("provider", PROVIDERS)):
            value = getattr(self, name)
            if value not in allowed:
                raise OptionError(f"{name} {value!r} is unknown; choose one of {', '.join(allowed)}")
        for name, low, high in (("opening", 0.0, 3.0), ("start_s", -3600.0, 36000.0), ("offset_ms", -2000.0, 2000.0)):
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise OptionError(f"{name} must be {low:g} to {high:g}, got {value}")
        if len(self.bank_faces) not in (0, 1, len(self.bank_clips)):
            faces, clips = len(self.bank_faces), len(self.bank_clips)
            raise OptionError(f"{faces} bank faces do not fit {clips} bank clips; give one, or one for each")
        if not 0.01 <= self.retime <= 100.0:
            raise OptionError(f"retime must be 0.01 to 100 times, got {self.retime}")
        if self.retime != 1.0 and self.kind == "take" and self.sound in ("vocal", "both"):
            raise OptionError("a retimed take cannot carry the vocal as it is; give --sound source or none")
        if self.engine == "wav2lip" and self.weights is None:
            raise OptionError("the wav2lip engine needs your own weights; give --weights FILE.onnx or FILE.pth")
        if self.sound in ("vocal", "both") and self.vocal is None and self.kind == "take":
            raise OptionError("there is no vocal to be heard; give --vocal FILE, or --sound source or none")

    def fingerprint(self) -> str:
        """The options that decide the pixels and the file, for telling whether an interrupted run can go on."""
        return repr([(f.name, getattr(self, f.name)) for f in fields(self) if f.name != "restart"])
