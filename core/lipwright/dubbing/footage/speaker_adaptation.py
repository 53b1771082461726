"""What a clip's own speech teaches: which lips this performer uses for which viseme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lipwright.document import load
from lipwright.dubbing.footage.tracking import Watched
from lipwright.dubbing.options import Options
from lipwright.errors import Cancelled, LipwrightError
from lipwright.mouths.face.head_pose import lips_in_head
from lipwright.mouths.face.landmark_indices import Floats, gap_of
from lipwright.mouths.face.lip_model import Speaker
from lipwright.mouths.face.lip_targets import LipRule, learned_rules, wanted_lips
from lipwright.types import Performance
from lipwright.video import Clip
from lipwright.video.part import Part

# Correlation of the heard and the seen opening below which the sound is not this mouth's, or says too little. Six GRID
# clips of 3 s: 0.34 to 0.70 with their own sound, 0.28 on average with the others', whose sentences are built alike.
LEAST_AGREEMENT = 0.30
LEAST_FRAMES = 40  # with a face, while somebody speaks

Report = Callable[[float], None]


@dataclass(frozen=True, slots=True, eq=False)
class OwnSpeech:
    """What the clip says itself; `given`: by the user, so that it is believed."""

    performance: Performance
    given: bool


def own_speech(clip: Clip, options: Options, report: Report) -> OwnSpeech | None:
    """The clip's own speech: the document or lyrics given, else what is heard; None where there is none.

    What is given must be readable; what is heard by itself never stops a dub.
    """
    if options.own is not None:
        return OwnSpeech(_given(clip, options.own, report), True)
    if not options.learn or clip.info.still or not clip.info.audio:
        return None
    try:
        heard = _heard(clip, None, report)
    except Cancelled:
        raise
    except (LipwrightError, OSError, ValueError):
        return None
    return OwnSpeech(heard, False) if heard.phonemes else None


def _given(clip: Clip, path: Path, report: Report) -> Performance:
    return load(path) if path.suffix.lower() == ".lipwright" else _heard(clip, path, report)


def _heard(clip: Clip, lyrics: Path | None, report: Report) -> Performance:
    from lipwright.service import PerformOptions, perform

    return perform(clip.path, lyrics, options=PerformOptions(isolate="off"), report=lambda value, _: report(value))


def speech_times_s(clip: Clip, times_s: Floats) -> Floats:
    """The time of each frame in the clip's own sound, seconds from its first sample."""
    first_s = 0.0
    if isinstance(clip, Part) and clip.whole is not None:
        pts = clip.whole.times_pts()
        first_s = float((pts[clip.first] - pts[0]) * clip.info.time_base)
    starts_s = clip.info.audio[0].start_s if clip.info.audio else 0.0
    return np.asarray(times_s - times_s[0] + first_s - starts_s)


def rules_from(
    own: OwnSpeech, clip: Clip, watched: Watched, speaker: Speaker
) -> tuple[tuple[LipRule, ...] | None, list[str]]:
    """The performer's own rules, None to stay with the generic ones, and what to say about it."""
    speech_s = speech_times_s(clip, watched.times_s)
    inside = (speech_s >= 0.0) & (speech_s <= own.performance.vocal.duration_s)
    seen = np.flatnonzero(watched.present & inside)
    if len(seen) < LEAST_FRAMES and not own.given:
        return None, []
    lips = lips_in_head(watched.heads, watched.landmarks)[seen]
    agreement = _agreement(own.performance, speech_s[seen], lips, speaker)
    if agreement < LEAST_AGREEMENT:
        if not own.given:
            return None, []
        note = f"the clip's own speech hardly moves its mouth that way (r {agreement:.2f}); is --own of this clip?"
        return learned_rules(own.performance, speech_s[seen], lips, speaker), [note]
    rules = learned_rules(own.performance, speech_s[seen], lips, speaker)
    return rules, [f"the performer's own lips were learned from {len(seen)} frames of the clip's speech"]


def _agreement(performance: Performance, times_s: Floats, lips: Floats, speaker: Speaker) -> float:
    """How well the opening that is heard fits the one that is seen, -1 to 1."""
    heard, seen = wanted_lips(performance, times_s, speaker).gap, gap_of(lips[..., :2])
    if len(seen) < 8 or min(float(heard.std()), float(seen.std())) < 1e-4:
        return 0.0
    return float(np.corrcoef(heard, seen)[0, 1])
