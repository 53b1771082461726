"""The recipe: a clip and a performance become a take."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray
from lipwright.document import dumps
from lipwright.dubbing.engine_input import engine_for, engine_name, intended, output_times_s, prepare
from lipwright.dubbing.footage.face_match import ALIKE, bank_of_person, doubts, looks_of, unpacked
from lipwright.dubbing.footage.passthrough import untouched
from lipwright.dubbing.footage.speaker_adaptation import OwnSpeech, own_speech
from lipwright.dubbing.footage.tracking import TRACKING, Watched, bank_from_clip, watch
from lipwright.dubbing.options import Options
from lipwright.dubbing.output.eta import Pace, paced
from lipwright.dubbing.output.outputs import sounds_for
from lipwright.dubbing.output.resume import Journal, refuse_inputs
from lipwright.dubbing.output.segments import Work, form_for, render
from lipwright.dubbing.output.take_report import Take, report_path, unique, write_report
from lipwright.errors import Cancelled, LipwrightError, NoMouth, OptionError
from lipwright.faces import Level
from lipwright.faces.identity import Looks
from lipwright.mouths.engines.interface import Job
from lipwright.mouths.face.lip_targets import sampled
from lipwright.mouths.footage.bank import Bank
from lipwright.mouths.footage.bank_files import load_bank
from lipwright.performance_slice import cut
from lipwright.types import Performance
from lipwright.video import Clip, Part, Plan, open_clip, part, plan_frames

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
    performance, options = at_clip_speed(performance, options)
    refuse_inputs(options, clip_path)
    clip = open_clip(clip_path, fps=options.fps)
    journal = Journal(options, clip_path, dumps(performance).encode())
    journal.open(options.restart)
    with _kept_or_swept(journal, clip):
        take = _dubbed(clip, performance, options, journal, report)
    journal.close()
    report(1.0, "done")
    return take


@contextlib.contextmanager
def _kept_or_swept(journal: Journal, clip: Clip) -> Iterator[None]:
    """Whatever ends a dub early: finished stretches are kept and the person told so, else no trace is left."""
    try:
        yield
    except (KeyboardInterrupt, Cancelled) as error:
        done = sum(stretch.stop - stretch.start for stretch in journal.finished())
        if not done:
            journal.close()
            raise
        raise Cancelled(
            f"stopped; {done} of about {clip.expected_frames} frames are kept: run the same command again to go on"
        ) from error
    except LipwrightError:
        if not journal.finished():
            journal.close()
        raise


def _dubbed(clip: Clip, performance: Performance, options: Options, journal: Journal, report: Report) -> Take:
    started = time.monotonic()
    scene = arranged(clip, performance, options, journal, report)
    clip, plan, job = scene.clip, scene.plan, scene.job
    engine = engine_for(scene.engine, job, **scene.settings)
    report(_PREPARED, "rendering")
    form = form_for(clip, options, sounds_for(clip, plan, performance, options))
    notes = render(Work(clip, plan, engine, form, journal), report, _PREPARED)
    times_s = output_times_s(clip, plan)
    take = Take(
        path=options.output,
        report=report_path(options.output),
        engine=scene.engine,
        frames=len(plan),
        fps=str(clip.info.fps),
        untouched=untouched(scene.reason, times_s),
        notes=unique([*clip.notes, *scene.notes, *notes, *_remarks(scene.engine, job, journal)]),
        seconds=time.monotonic() - started,
        models=getattr(engine, "models", {}),
    )
    write_report(take, _facts(job, scene.watched), intended(job.wanted, times_s, options))
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
    notes: tuple[str, ...] = ()


def arranged(clip: Clip, performance: Performance, options: Options, journal: Journal | None, report: Report) -> Scene:
    """Watch the clip, gather the mouths, and work out what each frame is to show.

    What was asked for wrongly is said first, before minutes are spent.
    """
    clip = _stretch(clip, options)
    plan = plan_frames(clip, options.start_s + performance.vocal.duration_s, options.fit)
    if journal is not None:
        form_for(clip, options, sounds_for(clip, plan, performance, options))
    settings = _settings(options)
    own = _own(clip, options, report)
    banks = [load_bank(name) for name in options.bank]
    banks += _rest(clip, options, report)
    watched = _watch(clip, performance, options, journal, report)
    looks = looks_of(clip, watched.track) if banks or options.bank_clips else Looks()
    notes = [
        n for name, bank in zip(options.bank, banks, strict=False) for n in doubts(name, looks, unpacked(bank.looks))
    ]
    more, doubtful = _more(options, looks, report)
    banks += more
    report(_BANKED, "choosing mouths")
    job, reason, learned = prepare(clip, watched, plan, performance, options, banks, own)
    name = engine_name(options, clip, job.bank)
    return Scene(clip, plan, watched, job, reason, name, settings, (*notes, *doubtful, *learned))


def _stretch(clip: Clip, options: Options) -> Clip:
    """The part of the clip that is dubbed."""
    whole = options.from_s == 0.0 and options.to_s is None
    return clip if whole else part(clip, options.from_s, options.to_s)


def _rest(clip: Clip, options: Options, report: Report) -> list[Bank]:
    """The mouths of the rest of a clip of which a stretch is dubbed, where it is short enough to look through."""
    whole = clip.whole if isinstance(clip, Part) else None
    if whole is None or whole.info.duration_s > WHOLE_S or len(clip.times_pts()) == len(whole.times_pts()):
        return []
    try:
        part_report = _part(report, 0.0, 0.5 * _TRACKED, whole)
        return [bank_from_clip(clip.path, options.face, part_report)]
    except NoMouth:
        return []  # the rest may show nobody; the stretch itself is still looked through


def _watch(clip: Clip, performance: Performance, options: Options, journal: Journal | None, report: Report) -> Watched:
    frames = clip.expected_frames
    following, gathering = Pace(frames), Pace(frames)

    def on_progress(value: float) -> None:
        words = following.words("watching the face", value / TRACKING * frames)
        if value > TRACKING:
            words = gathering.words("gathering mouths", (value - TRACKING) / (1.0 - TRACKING) * frames)
        report(_TRACKED * value, words)

    return watch(
        clip,
        options.face,
        on_progress,
        track=journal.track() if journal else None,
        keep=journal.keep_track if journal else None,
        level=level_of(performance, options.start_s + options.offset_ms / 1000.0),
        folder=journal.folder if journal else None,
    )


def level_of(performance: Performance, shift_s: float = 0.0) -> Level:
    """How open and how round a mouth should be over the clip's time: by this `--face singing` finds the singer."""
    jaw, lips = performance.track("jaw"), performance.track("lips")
    times = np.array(sorted({*jaw.times_s, *lips.times_s}))
    opening, rounding = sampled(jaw, times), sampled(lips, times)
    return Level(times + shift_s, opening, rounding if lips.times_s else None)


def _more(options: Options, looks: Looks, report: Report) -> tuple[list[Bank], list[str]]:
    """The mouths of other footage, and doubts about whose they are."""
    banks, notes = [], []
    share = (_BANKED - _TRACKED) / max(1, len(options.bank_clips))
    faces = (options.bank_faces or (ALIKE,)) * len(options.bank_clips)
    for number, path in enumerate(options.bank_clips):
        bank, doubtful = bank_of_person(
            path, faces[number], looks, _part(report, _TRACKED + share * number, share, open_clip(path))
        )
        banks.append(bank)
        notes += doubtful
    return banks, notes


def _own(clip: Clip, options: Options, report: Report) -> OwnSpeech | None:
    """The clip's own speech, where an engine would use what it teaches."""
    if options.engine == "wav2lip":
        return None
    return own_speech(clip, options, lambda _: report(0.0, "hearing the clip's own speech"))


def _part(report: Report, low: float, share: float, clip: Clip) -> Callable[[float], None]:
    return paced(lambda value, words: report(low + share * value, words), "gathering mouths", clip.expected_frames)


def _settings(options: Options) -> dict[str, Any]:
    """What the engine needs beside its job; `auto` never chooses the one that needs something."""
    if options.engine != "wav2lip" or options.weights is None:
        return {}
    from lipwright.mouths.engines.wav2lip import load_network

    network = load_network(options.weights, options.provider)
    return {"network": network, "weights": options.weights, "sound": _sound(options)}


def _sound(options: Options) -> FloatArray:
    """The whole vocal at 16 kHz, for engines that listen themselves."""
    if options.vocal is None:
        raise OptionError("the wav2lip engine listens to the vocal; give --vocal FILE")
    from lipwright.vocal import open_vocal

    with open_vocal(options.vocal) as vocal:
        return vocal.window(0, vocal.length)


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
