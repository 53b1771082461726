"""The recipe: a clip and a performance become a take."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray
from lipwright.document import dumps
from lipwright.dubbing.handoff import untouched
from lipwright.dubbing.journal import SEGMENTED, Journal, stretches
from lipwright.dubbing.options import Options
from lipwright.dubbing.outputs import SYNTHETIC, CropsOutput, OverlayOutput, TakeOutput, sounds_for
from lipwright.dubbing.preparing import engine_for, engine_name, intended, output_times_s, prepare
from lipwright.dubbing.rendering import Behind, Pace, painted
from lipwright.dubbing.report import Take, report_path, unique, write_report
from lipwright.dubbing.watching import TRACKING, Watched, bank_from_clip, watch
from lipwright.errors import MediaError, OptionError
from lipwright.faces import Level
from lipwright.mouths.bank import Bank
from lipwright.mouths.job import Job, MouthEngine
from lipwright.mouths.store import load_bank
from lipwright.types import Performance
from lipwright.video import Clip, Plan, open_clip, part, plan_frames
from lipwright.window import cut

Report = Callable[[float, str], None]
WHOLE_S = 180.0  # a longer clip is not looked through for the sake of a stretch of it; name it with --bank-clip
_TRACKED, _BANKED, _PREPARED = 0.25, 0.30, 0.31  # shares of the whole after each step; the rest is rendering


def silent(value: float, step: str) -> None:
    """The report that nobody reads."""
    del value, step


def dub(clip_path: Path, performance: Performance, options: Options, report: Report = silent) -> Take:
    """Make the face in the clip say the performance: `options.output` appears when all went well.

    An interrupted run of the same job is taken up where it stopped. Raises MediaError, OptionError, OutputError,
    EngineUnavailable or ModelError; the clip itself is only read.
    """
    started = time.monotonic()
    performance, options = at_clip_speed(performance, options)
    journal = Journal(options, clip_path, dumps(performance).encode())
    journal.open(options.restart)
    scene = arranged(clip_path, performance, options, journal, report)
    clip, plan, job = scene.clip, scene.plan, scene.job
    engine = engine_for(scene.engine, job, **scene.settings)
    report(_PREPARED, "rendering")
    notes = _render(clip, plan, engine, performance, options, journal, report)
    times_s = output_times_s(clip, plan)
    take = Take(
        path=options.output,
        report=report_path(options.output),
        engine=scene.engine,
        frames=len(plan),
        fps=str(clip.info.fps),
        untouched=untouched(scene.reason, times_s),
        notes=unique([*clip.notes, *notes, *_remarks(scene.engine, job, journal)]),
        seconds=time.monotonic() - started,
        models=getattr(engine, "models", {}),
    )
    write_report(take, _facts(job, scene.watched), intended(job.wanted, times_s, options))
    journal.close()
    report(1.0, "done")
    return take


def at_clip_speed(performance: Performance, options: Options) -> tuple[Performance, Options]:
    """The performance as slow or fast as the clip must have been shot to be right once it is retimed."""
    if options.retime == 1.0:
        return performance, options
    length_s = (performance.vocal.duration_s + max(0.0, options.start_s)) * options.retime
    return cut(performance, -options.start_s, length_s, options.retime), replace(options, start_s=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything that is known before the first frame is rendered."""

    clip: Clip
    plan: Plan
    watched: Watched
    job: Job
    reason: NDArray[np.int8]
    engine: str
    settings: Mapping[str, Any]


def arranged(
    clip_path: Path, performance: Performance, options: Options, journal: Journal | None, report: Report
) -> Scene:
    """Watch the clip, gather the mouths, and work out what each frame is to show."""
    clip, banks = _stretch(open_clip(clip_path, fps=options.fps), options, report)
    watched = _watch(clip, performance, options, journal, report)
    banks += _banks(options, report)
    plan = plan_frames(clip, options.start_s + performance.vocal.duration_s, options.fit)
    report(_BANKED, "choosing mouths")
    job, reason = prepare(clip, watched, plan, performance, options, banks)
    name = engine_name(options, clip, job.bank)
    return Scene(clip, plan, watched, job, reason, name, _settings(name, options))


def _stretch(clip: Clip, options: Options, report: Report) -> tuple[Clip, list[Bank]]:
    """The part of the clip that is dubbed, and the mouths of the rest where that is short enough to look through."""
    if options.from_s == 0.0 and options.to_s is None:
        return clip, []
    stretch = part(clip, options.from_s, options.to_s)
    if clip.info.still or clip.info.duration_s > WHOLE_S or len(stretch.times_pts()) == len(clip.times_pts()):
        return stretch, []
    try:
        whole = bank_from_clip(clip.path, options.face, lambda v: report(_TRACKED * 0.5 * v, "gathering mouths"))
    except MediaError:
        return stretch, []  # the rest may show nobody; the stretch itself is still looked through
    return stretch, [whole]


def _watch(clip: Clip, performance: Performance, options: Options, journal: Journal | None, report: Report) -> Watched:
    return watch(
        clip,
        options.face,
        lambda v: report(_TRACKED * v, "watching the face" if v <= TRACKING else "gathering mouths"),
        track=journal.track() if journal else None,
        keep=journal.keep_track if journal else None,
        level=_level(performance, options),
    )


def _level(performance: Performance, options: Options) -> Level:
    """How open a mouth should be over the clip's time: by this `--face singing` finds the singer."""
    jaw = performance.track("jaw")
    shift = options.start_s + options.offset_ms / 1000.0
    return Level(np.array(jaw.times_s) + shift, np.array(jaw.values))


def _banks(options: Options, report: Report) -> list[Bank]:
    banks = [load_bank(name) for name in options.bank]
    share = (_BANKED - _TRACKED) / max(1, len(options.bank_clips))
    for number, path in enumerate(options.bank_clips):
        banks.append(bank_from_clip(path, "largest", _part(report, _TRACKED + share * number, share)))
    return banks


def _part(report: Report, low: float, share: float) -> Callable[[float], None]:
    return lambda value: report(low + share * value, "reading more footage")


def _settings(name: str, options: Options) -> dict[str, Any]:
    if name != "wav2lip":
        return {}
    return {"weights": options.weights, "provider": options.provider, "sound": _sound(options)}


def _sound(options: Options) -> FloatArray:
    """The whole vocal at 16 kHz, for engines that listen themselves."""
    if options.vocal is None:
        raise OptionError("the wav2lip engine listens to the vocal; give --vocal FILE")
    from lipwright.vocal import open_vocal

    with open_vocal(options.vocal) as vocal:
        return vocal.window(0, vocal.length)


def _render(
    clip: Clip,
    plan: Plan,
    engine: MouthEngine,
    performance: Performance,
    options: Options,
    journal: Journal,
    report: Report,
) -> list[str]:
    """Render everything; long takes in stretches that survive an interruption."""
    sounds = sounds_for(clip, performance, options)
    suffix = options.output.suffix.lower()
    parts = stretches(len(plan))
    if options.kind == "take" and suffix in SEGMENTED and len(parts) > 1:
        return _in_stretches(clip, plan, engine, options, journal, report, sounds)
    pace = Pace(report, _PREPARED, 0.99, len(plan))
    with _output(clip, options, sounds) as out:
        _stream(clip, plan, engine, out, pace, 0, None)
    return list(out.notes)


def _output(clip: Clip, options: Options, sounds: Any) -> Any:
    if options.kind == "overlay":
        return OverlayOutput(options.output, clip, options)
    if options.kind == "crops":
        return CropsOutput(options.output, clip)
    return TakeOutput(options.output, clip, options, sounds)


def _stream(clip: Clip, plan: Plan, engine: MouthEngine, out: Any, pace: Pace, start: int, stop: int | None) -> None:
    with Behind(out.write) as behind:
        for item in painted(clip, plan, engine, start, stop):
            behind.put(item)
            pace.step()


def _in_stretches(
    clip: Clip, plan: Plan, engine: MouthEngine, options: Options, journal: Journal, report: Report, sounds: Any
) -> list[str]:
    from lipwright.video.joining import join

    suffix = options.output.suffix.lower()
    parts = stretches(len(plan))
    paths = [journal.segment(number, suffix) for number in range(len(parts))]
    done = sum(stop - start for (start, stop), path in zip(parts, paths, strict=True) if path.is_file())
    pace = Pace(report, _PREPARED, 0.97, len(plan), done)
    notes: list[str] = []
    for (start, stop), path in zip(parts, paths, strict=True):
        if path.is_file():
            continue
        with TakeOutput(path, clip, replace(options, output=path), ()) as out:
            _stream(clip, plan, engine, out, pace, start, stop)
        notes += out.notes
    report(0.97, "joining")
    join(paths, options.output, clip.info, codec=options.codec, sounds=sounds, metadata=SYNTHETIC)
    return notes


def _remarks(name: str, job: Job, journal: Journal) -> list[str]:
    out = []
    if journal.resumed:
        out.append("this run went on where an earlier one stopped")
    if name == "portrait":
        out.append("teeth, tongue and the inside of the mouth are invented where the picture shows none")
    if len(job.bank) < 25 and name == "exemplar":
        out.append(f"only {len(job.bank)} mouths were found; more footage of the performer (--bank-clip) looks better")
    return out


def _facts(job: Job, watched: Watched) -> dict[str, Any]:
    return {
        "bank": {"mouths": len(job.bank), "sources": list(job.bank.sources)},
        "widest_iod": round(job.speaker.widest, 4),
        "faces_found": int(watched.present.sum()),
        "source_frames": len(watched.present),
    }
