"""From what was watched and what is performed to a job for an engine."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipwright.dubbing.footage.passthrough import reasons_of, strength_of
from lipwright.dubbing.footage.speaker_adaptation import OwnSpeech, rules_from
from lipwright.dubbing.footage.tracking import Watched
from lipwright.dubbing.options import Options
from lipwright.errors import EngineUnavailable, OptionError
from lipwright.mouths import MOUTH_ENGINES
from lipwright.mouths.engines.interface import Job, MouthEngine
from lipwright.mouths.face.head_pose import Heads
from lipwright.mouths.face.landmark_indices import Floats, gap_of
from lipwright.mouths.face.lip_model import Speaker, speaker_of
from lipwright.mouths.face.lip_targets import Wanted, wanted_lips
from lipwright.mouths.footage.bank import Bank, pruned, together
from lipwright.mouths.footage.mirror import with_mirrored
from lipwright.types import Performance
from lipwright.video import Clip, Plan

OPENS = 0.06  # IOD: footage whose widest mouths are smaller than this shows no inner mouth


def prepare(
    clip: Clip,
    watched: Watched,
    plan: Plan,
    performance: Performance,
    options: Options,
    banks: list[Bank],
    own: OwnSpeech | None = None,
) -> tuple[Job, NDArray[np.int8], list[str]]:
    """The job, for each output frame why it is handed through (0: it is not), and what to tell the user."""
    source = plan.source
    times_s = output_times_s(clip, plan)
    reason = reasons_of(watched, source)
    strength, reason = strength_of(reason, times_s, _output_shots(watched, source))
    vocal_s = vocal_times_s(times_s, performance, options)
    bank = pruned(with_mirrored(bank_for(watched, banks), watched.heads.pose(), watched.light))
    speaker = speaker_for(bank, options)
    rules, notes = rules_from(own, clip, watched, speaker) if own is not None else (None, [])
    wanted = wanted_lips(performance, vocal_s, speaker, rules)
    job = Job(
        landmarks=_in_order(watched.landmarks, source),
        heads=_rows(watched.heads, source),
        vocal_s=vocal_s,
        strength=strength,
        width=clip.width,
        height=clip.height,
        light=watched.light[source],
        covered={i: watched.covered[s] for i, s in enumerate(source.tolist()) if s in watched.covered},
        speaker=speaker,
        wanted=wanted,
        performance=performance,
        bank=bank,
        still=clip.info.still,
    )
    return job, reason, notes


def output_times_s(clip: Clip, plan: Plan) -> Floats:
    """float64 (F,) seconds from the first picture."""
    return np.asarray((plan.pts - clip.info.first_pts) * float(clip.info.time_base), np.float64)


def vocal_times_s(times_s: Floats, performance: Performance, options: Options) -> Floats:
    """The vocal's time at each output frame, NaN before its start and after its end."""
    vocal_s = times_s - options.start_s - options.offset_ms / 1000.0
    return np.where((vocal_s >= 0.0) & (vocal_s <= performance.vocal.duration_s), vocal_s, np.nan)


def _output_shots(watched: Watched, source: NDArray[np.int64]) -> NDArray[np.int32]:
    """Shots by output frame; where the clip is looped or reversed the order of the frames breaks too."""
    shots = watched.shots[source].astype(np.int64)
    jump = np.abs(np.diff(source)) > 1
    return np.asarray(np.concatenate([[0], np.cumsum((np.diff(shots) != 0) | jump)]), np.int32)


def _in_order(rows: Floats, source: NDArray[np.int64]) -> Floats:
    """The rows of each output frame; the very same array where the clip is shown once, as it is: it is large."""
    once = len(source) <= len(rows) and np.array_equal(source, np.arange(len(source)))
    return rows[: len(source)] if once else rows[source]


def _rows(heads: Heads, source: NDArray[np.int64]) -> Heads:
    return replace(heads, scale=heads.scale[source], rotation=heads.rotation[source], shift=heads.shift[source])


def bank_for(watched: Watched, banks: list[Bank]) -> Bank:
    """The clip's own mouths and those given, in the clip's head frame."""
    own = [] if watched.bank is None else [watched.bank]
    if not own and not banks:
        raise OptionError("no frame shows a sharp, uncovered mouth to build from; give --bank or --bank-clip")
    if own:
        return pruned(together(own[0], *banks))
    return pruned(together(banks[0], *banks[1:]))


def speaker_for(bank: Bank, options: Options) -> Speaker:
    """The performer's proportions, from the bank; `opening` scales how wide they open."""
    speaker = speaker_of(bank.lips, bank.chin)
    return replace(speaker, widest=speaker.widest * options.opening)


def engine_name(options: Options, clip: Clip, bank: Bank) -> str:
    """What auto means for this clip."""
    if options.engine != "auto":
        return options.engine
    if clip.info.still:
        return "portrait"
    return "exemplar" if float(np.percentile(gap_of(bank.lips[..., :2]), 97)) >= OPENS else "portrait"


def engine_for(name: str, job: Job, **settings: Any) -> MouthEngine:
    """The engine of that name, imported now."""
    module, _, verb = MOUTH_ENGINES[name].partition(":")
    try:
        made = getattr(importlib.import_module(module), verb)(job, **settings)
    except ImportError as error:
        raise EngineUnavailable(f"engine {name!r} needs {error.name}: pip install lipwright[torch]") from error
    return made  # type: ignore[no-any-return]  # found by name; MouthEngine is what every row of the table makes


def intended(wanted: Wanted, times_s: Floats, options: Options) -> dict[str, Any]:
    """The curve that was asked of the engine, on the take's clock, for measuring the take."""
    shift = options.start_s + options.offset_ms / 1000.0
    return {
        "times_s": [round(float(t), 6) for t in times_s],
        "opening": [round(float(g), 5) for g in wanted.gap],
        "closures_s": [round(t + shift, 4) for t in wanted.closures_s],
        "silence_s": [[round(a + shift, 4), round(b + shift, 4)] for a, b in wanted.silences_s],
    }
