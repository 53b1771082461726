"""The recipe: a clip and a performance become a take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lipwright.document import dumps
from lipwright.dubbing.handoff import untouched
from lipwright.dubbing.journal import SEGMENTED, Journal, stretches
from lipwright.dubbing.options import Options
from lipwright.dubbing.outputs import SYNTHETIC, CropsOutput, OverlayOutput, TakeOutput, sounds_for
from lipwright.dubbing.preparing import engine_for, engine_name, intended, output_times_s, prepare
from lipwright.dubbing.rendering import Behind, Pace, painted
from lipwright.dubbing.report import Take, report_path, unique, write_report
from lipwright.dubbing.watching import Watched, bank_from_clip, watch
from lipwright.mouths.bank import Bank
from lipwright.mouths.job import Job, MouthEngine
from lipwright.mouths.store import load_bank
from lipwright.types import Performance
from lipwright.video import Clip, Plan, open_clip, plan_frames

Report = Callable[[float, str], None]
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
    clip = open_clip(clip_path, fps=options.fps)
    journal = Journal(options, clip_path, dumps(performance).encode())
    journal.open(options.restart)
    watched = _watch(clip, options, journal, report)
    banks = _banks(options, report)
    plan = plan_frames(clip, options.start_s + performance.vocal.duration_s, options.fit)
    report(_BANKED, "choosing mouths")
    job, reason = prepare(clip, watched, plan, performance, options, banks)
    name = engine_name(options, clip, job.bank)
    engine = engine_for(name, job, **_settings(name, options))
    report(_PREPARED, "rendering")
    notes = _render(clip, plan, engine, performance, options, journal, report)
    take = Take(
        path=options.output,
        report=report_path(options.output),
        engine=name,
        frames=len(plan),
        fps=str(clip.info.fps),
        untouched=untouched(reason, output_times_s(clip, plan)),
        notes=unique([*clip.notes, *notes, *_remarks(name, job, journal)]),
        seconds=time.monotonic() - started,
        models=getattr(engine, "models", {}),
    )
    write_report(take, _facts(job, watched), intended(job.wanted, output_times_s(clip, plan), options))
    journal.close()
    report(1.0, "done")
    return take


def _watch(clip: Clip, options: Options, journal: Journal, report: Report) -> Watched:
    track = journal.track()
    watched = watch(
        clip, options.face, lambda v: report(_TRACKED * v, "watching the face"), track=track, keep=journal.keep_track
    )
    return watched


def _banks(options: Options, report: Report) -> list[Bank]:
    banks = [load_bank(name) for name in options.bank]
    share = (_BANKED - _TRACKED) / max(1, len(options.bank_clips))
    for number, path in enumerate(options.bank_clips):
        low = _TRACKED + share * number
        banks.append(bank_from_clip(path, options.face, lambda v, low=low: report(low + share * v, "reading more footage")))
    return banks


def _settings(name: str, options: Options) -> dict[str, Any]:
    if name != "wav2lip":
        return {}
    return {"weights": options.weights, "provider": options.provider, "vocal": options.vocal}


def _render(
    clip: Clip, plan: Plan, engine: MouthEngine, performance: Performance, options: Options, journal: Journal, report: Report
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
