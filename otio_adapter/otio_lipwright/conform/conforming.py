"""The conform: a timeline in, takes made for the clips that need one, the timeline with both references out.

The recipe: read, plan, find the files, perform the stretches of vocal that no earlier conform performed, make the
takes whose mouths no earlier take shows, attach, write. What is wrong with one clip is that clip's report.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from lipwright import document
from lipwright.errors import Cancelled, LipwrightError, OutputError
from lipwright.files import same_file
from lipwright.types import Corrections, Performance
from otio_lipwright.conform.store import PerformanceRecord, Store, TakeRecord, digest_of, safe_name
from otio_lipwright.edit.clock import nearest
from otio_lipwright.edit.media import Access, url_like
from otio_lipwright.edit.plan import HANDLE_FRAMES, ClipPlan, Piece, Plan, plan
from otio_lipwright.edit.reasons import Left, Reason
from otio_lipwright.edit.references import attach, detach, switch
from otio_lipwright.edit.remap import Performed, mouth_prints, on_footage
from otio_lipwright.edit.tree import all_clips
from otio_lipwright.edit.walk import find
from otio_lipwright.files import carriers, formats

Report = Callable[[float, str], None]
# What is heard before and after helps recognising; stretches nearer than this are performed in one go.
MARGIN_S, JOIN_S = Fraction(1), Fraction(5)
STATES = ("new", "kept", "left", "failed")


def silent(value: float, step: str) -> None:
    """The report that nobody reads."""
    del value, step


class NothingToDo(LipwrightError):
    """A clip that turns out to need no take: no face in it. It is left as it is, and that is no failure."""


class Performer(Protocol):
    """Hears a vocal. `recipe` names everything that decides the result, `whole` that it needs the vocal uncut."""

    recipe: str
    whole: bool

    def __call__(
        self,
        vocal: Path,
        start_s: Fraction,
        end_s: Fraction | None,
        corrections: Corrections,
        timing: Performance | None,
        report: Report,
    ) -> Performance:
        """The performance of vocal seconds [start_s, end_s), times from start_s; None: to its end."""

    def length_s(self, vocal: Path) -> Fraction:
        """How long the vocal is."""


class Dubber(Protocol):
    """Makes takes. `recipe` names everything that decides the picture, `suffix` is that of its files."""

    recipe: str
    suffix: str

    def __call__(self, cut: Footage, performance: Performance, out: Path, report: Report) -> tuple[str, ...]:
        """Write media frames [first, end) of the footage with the mouth of the performance (0 s: frame `first`);
        sentences about how it went. Raises NothingToDo where no face is seen."""

    def probe(self, path: Path) -> Probed:
        """What the file itself says."""


@dataclass(frozen=True, slots=True)
class Probed:
    """A footage file's own facts: rate, length in frames (0: a still), start timecode in frames and whether it is
    drop frame; 0 and False without one."""

    fps: Fraction
    frames: int
    start_frame: int = 0
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Footage:
    """A stretch of a footage file: frames [first, end) from its first; `start_frame` is the timecode of `first`."""

    path: Path
    fps: Fraction
    first: int
    end: int
    start_frame: int
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What a conform is told. `store` None: `lipwright/` beside the output; `roots` are folders that the timeline
    may use besides its own; `show` is take or original."""

    vocal_track: str | int | None = None
    clips: str = "all"
    handles: int = HANDLE_FRAMES
    vocal: Path | None = None
    rate: float | str | None = None
    roots: tuple[str | Path, ...] = ()
    anywhere: bool = False
    store: Path | None = None
    show: str = "take"
    target: str | None = None
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one clip: state is one of STATES, `text` says why or what."""

    path: tuple[int, ...]
    name: str
    state: str
    text: str = ""
    take: Path | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a conform made; `losses` are sentences about what the written format cannot hold."""

    output: Path
    store: Path
    plan: Plan
    outcomes: tuple[Outcome, ...]
    losses: tuple[str, ...] = ()
    timeline: Any = field(default=None, compare=False, repr=False)

    def count(self, state: str) -> int:
        """How many clips ended in that state."""
        return sum(outcome.state == state for outcome in self.outcomes)


def prepare(source: Path, options: Options, probe: Callable[[Path], Probed] | None = None) -> tuple[Any, Plan, Access]:
    """The timeline, its plan, and the leave it has to use files; the first half of a conform, and all of a dry run."""
    timeline = formats.read(source, rate=options.rate)
    access = Access.beside(source, options.roots, anywhere=options.anywhere)
    planned = timeline if probe is None else with_ranges(timeline, access, probe)
    vocal = None if options.vocal is None else str(options.vocal.resolve())
    made = plan(planned, vocal_track=options.vocal_track, clips=options.clips, handles=options.handles, vocal=vocal)
    return timeline, made, access


def with_ranges(timeline: Any, access: Access, probe: Callable[[Path], Probed]) -> Any:
    """A copy in which media without an available range have that of their file (EDLs name files and nothing else)."""
    import opentimelineio as otio

    filled = copy.deepcopy(timeline)
    known: dict[str, Any] = {}
    clips = all_clips(filled)
    for clip in clips:
        reference = clip.media_reference
        if not isinstance(reference, otio.schema.ExternalReference) or reference.available_range is not None:
            continue
        url = reference.target_url
        if url not in known:
            known[url] = _file_range(url, access, probe)
        if known[url] is not None:
            reference.available_range = known[url]
    return filled


def _file_range(url: str, access: Access, probe: Callable[[Path], Probed]) -> Any:
    import opentimelineio as otio

    try:
        facts = probe(access.open(url))
    except (LipwrightError, OSError):
        return None  # said again, with its reason, when the clip's turn comes
    rate = float(facts.fps)
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(facts.start_frame, rate), otio.opentime.RationalTime(facts.frames, rate)
    )


def conform(
    source: Path,
    output: Path,
    options: Options,
    performer: Performer,
    dubber: Dubber,
    *,
    report: Report = silent,
) -> Result:
    """Conform a timeline file. Raises LipwrightError when the timeline itself cannot be read, planned or written."""
    _check_output(source, output, options)
    timeline, made, access = prepare(source, options, dubber.probe)
    store = Store((options.store or output.parent / "lipwright").resolve())
    if options.vocal is not None:
        access = dataclasses.replace(access, roots=(*access.roots, options.vocal.resolve().parent))
    work = _Work(timeline, made, access, store, output, performer, dubber, report)
    outcomes = work.run()
    switch(timeline, options.show)
    store.save()
    wider = dataclasses.replace(work.access, roots=(*work.access.roots, store.folder))
    losses = formats.write(timeline, output, target=options.target, rate=options.rate, access=wider)
    return Result(output, store.folder, made, outcomes, losses, timeline)


def _check_output(source: Path, output: Path, options: Options) -> None:
    if same_file(source, output) and not options.in_place:
        raise OutputError(
            f"{str(output)!r} is the input itself; choose another name with -o, or say --in-place to overwrite it"
        )
    if not output.parent.is_dir():
        raise OutputError(f"folder {str(output.parent)!r} does not exist; make it or choose another")


@dataclass(frozen=True, slots=True)
class _Job:
    """A clip whose files were found."""

    clip: ClipPlan
    source: Path
    fingerprint: str
    vocals: dict[Piece, Path]


class _Work:
    """One conform under way."""

    def __init__(
        self,
        timeline: Any,
        made: Plan,
        access: Access,
        store: Store,
        output: Path,
        performer: Performer,
        dubber: Dubber,
        report: Report,
    ) -> None:
        self.timeline, self.plan, self.access, self.store, self.output = timeline, made, access, store, output
        self.performer, self.dubber, self.report = performer, dubber, report
        self.outcomes: dict[tuple[int, ...], Outcome] = {}
        self.share = (0.4, 0.6)

    def run(self) -> tuple[Outcome, ...]:
        for clip in self.plan.clips:
            if clip.left is not None:
                self._leave(clip, clip.left)
        jobs = [job for clip in self.plan.jobs if (job := self._found(clip)) is not None]
        performed = self._perform(jobs)
        for number, job in enumerate(jobs):
            self.share = (0.4 + 0.6 * number / len(jobs), 0.6 / len(jobs))
            self.report(self.share[0], job.clip.name)
            self._try(job.clip, lambda job=job: self._one(job, performed))  # type: ignore[misc] # job is bound now
        return tuple(self._said(clip) for clip in self.plan.clips)

    def _leave(self, clip: ClipPlan, left: Left) -> None:
        """A clip that needs no take."""
        self.outcomes[clip.path] = Outcome(clip.path, clip.name, "left", left.text)

    def _said(self, clip: ClipPlan) -> Outcome:
        """What became of a clip. One that was not done shows its original, whatever an earlier conform gave it; only a
        vocal that is offline for a while costs no take."""
        outcome = self.outcomes[clip.path]
        waits = clip.left is not None and clip.left.reason is Reason.VOCAL_OFFLINE
        if outcome.take is None and not waits and detach(find(self.timeline, clip.path)):
            return dataclasses.replace(outcome, text=f"{outcome.text}; its take was taken off")
        return outcome

    def _try(self, clip: ClipPlan, step: Callable[[], Any]) -> Any:
        """Do one clip's step; what goes wrong is the clip's report, and the rest is still done."""
        try:
            return step()
        except Cancelled:
            raise
        except NothingToDo as error:
            self.outcomes[clip.path] = Outcome(clip.path, clip.name, "left", str(error))
            return None
        except LipwrightError as error:
            text = str(error)
        except Exception as error:  # noqa: BLE001 - one clip's accident must not lose the others' work
            text = f"an unexpected {type(error).__name__} ({error})"
        self.outcomes[clip.path] = Outcome(clip.path, clip.name, "failed", text)
        return None

    def _found(self, clip: ClipPlan) -> _Job | None:
        def find_files() -> _Job:
            source = self.access.open(clip.media.url)
            vocals = {piece: self.access.open(piece.vocal) for piece in clip.pieces}
            return _Job(clip, source, self.store.fingerprint(source), vocals)

        job: _Job | None = self._try(clip, find_files)
        return job

    def _perform(self, jobs: Sequence[_Job]) -> dict[Path, list[Performed] | LipwrightError]:
        """Every vocal's performances that cover what the jobs need of it."""
        needed: dict[Path, list[tuple[Fraction, Fraction]]] = {}
        for job in jobs:
            for piece, path in job.vocals.items():
                needed.setdefault(path, []).append(piece.vocal_range_s)
        performed: dict[Path, list[Performed] | LipwrightError] = {}
        for number, (path, ranges) in enumerate(needed.items()):
            heard = _within(self.report, 0.4 * number / len(needed), 0.4 / len(needed), path.name)
            try:
                performed[path] = self._perform_vocal(path, ranges, heard)
            except Cancelled:
                raise
            except LipwrightError as error:
                performed[path] = error
        return performed

    def _perform_vocal(self, path: Path, ranges: list[tuple[Fraction, Fraction]], report: Report) -> list[Performed]:
        fingerprint = self.store.fingerprint(path)
        length_s = self.performer.length_s(path)
        recipe = self.performer.recipe
        found, missing = [], []
        for low, high in joined([(low, min(high, length_s)) for low, high in ranges if low < length_s], Fraction(0)):
            record = self.store.find_performance(fingerprint, recipe, low, high)
            if record is None:
                missing.append((max(Fraction(0), low - MARGIN_S), min(length_s, high + MARGIN_S)))
            elif record not in found:
                found.append(record)
        if missing and self.performer.whole:
            missing = [(Fraction(0), length_s)]
        for low, high in joined(missing, JOIN_S):
            found.append(self._perform_new(path, fingerprint, low, high, length_s, report))
        return [self._loaded(path, record, length_s, report) for record in found]

    def _perform_new(
        self, path: Path, vocal: str, low: Fraction, high: Fraction, length_s: Fraction, report: Report
    ) -> PerformanceRecord:
        corrections = self._carried(vocal, low)
        end = None if high >= length_s else high
        made = self.performer(path, low, end, corrections, None, report)
        file = f"performances/{safe_name(path.name)}-{digest_of(vocal, self.performer.recipe, low, high)[:8]}.lipwright"
        record = PerformanceRecord(
            file, vocal, path.name, low, high, self.performer.recipe, corrections_digest(made.corrections)
        )
        self.store.path(file).parent.mkdir(parents=True, exist_ok=True)
        document.save(made, self.store.path(file))
        self.store.add_performance(record)
        self.store.save()
        return record

    def _carried(self, vocal: str, start_s: Fraction) -> Corrections:
        """The hand corrections of every earlier performance of the vocal, on the clock of the new one."""
        spans, tracks = [], []
        for record in self.store.performances_of(vocal):
            shift = float(record.start_s - start_s)
            moved = shifted(document.load(self.store.path(record.file)).corrections, shift)
            spans += [edit for edit in moved.spans if edit not in spans]
            tracks += [edit for edit in moved.tracks if edit not in tracks]
        return Corrections(tuple(spans), tuple(tracks))

    def _loaded(self, path: Path, record: PerformanceRecord, length_s: Fraction, report: Report) -> Performed:
        """A performance as its document is now; corrected since its mouth moved, it is acted again, timing kept."""
        performance = document.load(self.store.path(record.file))
        acted = corrections_digest(performance.corrections)
        if acted != record.acted:
            end = None if record.end_s >= length_s else record.end_s
            performance = self.performer(path, record.start_s, end, performance.corrections, performance, report)
            document.save(performance, self.store.path(record.file))
            self.store.add_performance(dataclasses.replace(record, acted=corrections_digest(performance.corrections)))
            self.store.save()
        return Performed(performance, record.start_s, record.end_s, record.file)

    def _one(self, job: _Job, performed: dict[Path, list[Performed] | LipwrightError]) -> None:
        clip = job.clip
        chosen = {piece: _covering(piece, performed[path]) for piece, path in job.vocals.items()}
        facts = self.dubber.probe(job.source)
        clip, notes = _within_file(clip, facts)
        performance = on_footage(clip, chosen, clip.first, clip.end)
        prints = mouth_prints(performance, clip.frames, clip.fps)
        cut = (clip.cut_first, clip.cut_end)
        take = self.store.find_take(job.fingerprint, clip.fps, self.dubber.recipe, cut, prints, clip.first)
        state = "kept" if take is not None else "new"
        if take is None:
            take, said = self._make(job, clip, performance, prints, facts)
            notes = (*notes, *said)
        self._attach(job, clip, take, chosen)
        what = f"{take.end - take.first} frames" if state == "new" else "its take still fits"
        text = "; ".join((what, *clip.notes, *notes))
        self.outcomes[clip.path] = Outcome(clip.path, clip.name, state, text, self.store.path(take.file))

    def _make(
        self, job: _Job, clip: ClipPlan, performance: Performance, prints: str, facts: Probed
    ) -> tuple[TakeRecord, tuple[str, ...]]:
        recipe = self.dubber.recipe
        take_id = digest_of(job.fingerprint, str(clip.fps), clip.first, clip.end, prints, recipe)[:12]
        file = f"takes/{safe_name(clip.media.name or clip.name)}.lw-{take_id}{self.dubber.suffix}"
        path = self.store.path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        start_frame = nearest(clip.origin_s * clip.fps) + clip.first
        footage = Footage(job.source, clip.fps, clip.first, clip.end, start_frame, facts.drop)
        said = self.dubber(footage, performance, path, self._progress(job))
        record = TakeRecord(
            take_id, file, job.fingerprint, job.source.name, str(clip.fps), clip.first, clip.end, prints, recipe
        )
        self.store.add_take(record)
        self.store.save()
        return record, said

    def _progress(self, job: _Job) -> Report:
        return _within(self.report, *self.share, job.clip.name)

    def _attach(self, job: _Job, clip: ClipPlan, take: TakeRecord, chosen: dict[Piece, Performed]) -> None:
        item = find(self.timeline, clip.path)
        url = url_like(self.store.path(take.file), clip.media.url, self.output.parent)
        facts = _facts(job, take, chosen, relative(self.store.index, self.output.parent))
        attach(item, clip, url, (take.first, take.end), facts)
        carriers.remember(item, self.store, take.id)


def _facts(job: _Job, take: TakeRecord, chosen: dict[Piece, Performed], sidecar: str) -> dict[str, Any]:
    """The clip's plain metadata: readable without any plugin."""
    ranges = [piece.vocal_range_s for piece in job.clip.pieces]
    return {
        "id": take.id,
        "sidecar": sidecar,
        "take": take.file,
        "take_frames": [take.first, take.end],
        "fps": take.fps,
        "vocal": [path.name for path in dict.fromkeys(job.vocals.values())],
        "vocal_start_s": round(float(min(low for low, _ in ranges)), 6),
        "vocal_end_s": round(float(max(high for _, high in ranges)), 6),
        "performances": list(dict.fromkeys(one.file for one in chosen.values())),
        "synthetic": True,
    }


def relative(path: Path, base: Path) -> str:
    """`path` below `base` with slashes, else its plain absolute form."""
    path, base = path.resolve(), base.resolve()
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)


def _within(report: Report, low: float, share: float, name: str) -> Report:
    """A report for one vocal or clip that takes `share` of the whole from `low` on."""
    return lambda value, step: report(low + share * value, f"{name}: {step}")


def _covering(piece: Piece, performed: list[Performed] | LipwrightError) -> Performed:
    """The performance that covers most of the piece."""
    if isinstance(performed, LipwrightError):
        raise performed
    low, high = piece.vocal_range_s
    if not performed:
        raise OutputError(f"vocal {piece.vocal!r} ends before this clip begins; move it or choose another")
    return max(performed, key=lambda one: min(high, one.end_s) - max(low, one.start_s))


def _within_file(clip: ClipPlan, facts: Probed) -> tuple[ClipPlan, tuple[str, ...]]:
    """The plan cut to the frames that the file really has."""
    if clip.media.still or facts.frames <= 0:
        return clip, ()
    if clip.cut_first >= facts.frames:
        raise OutputError(
            f"its footage has {facts.frames} frames, but the cut begins at frame {clip.cut_first}; relink it"
        )
    lost = max(0, clip.cut_end - facts.frames)
    cut = dataclasses.replace(clip, end=min(clip.end, facts.frames), cut_end=min(clip.cut_end, facts.frames))
    notes = (f"the file is {lost} frames shorter than the cut; the take covers what is there",) if lost else ()
    return cut, notes


def joined(ranges: Sequence[tuple[Fraction, Fraction]], gap: Fraction) -> list[tuple[Fraction, Fraction]]:
    """The ranges in order, those that touch or lie nearer than `gap` made one."""
    out: list[tuple[Fraction, Fraction]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + gap:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out


def shifted(corrections: Corrections, shift_s: float) -> Corrections:
    """Corrections on a clock that starts `shift_s` later; those before its start stay with the old document."""
    spans = tuple(
        dataclasses.replace(
            edit,
            match_start_s=round(edit.match_start_s + shift_s, 4),
            match_end_s=round(edit.match_end_s + shift_s, 4),
            start_s=round(edit.start_s + shift_s, 4),
            end_s=round(edit.end_s + shift_s, 4),
        )
        for edit in corrections.spans
        if min(edit.match_start_s, edit.start_s) + shift_s >= 0
    )
    tracks = tuple(
        dataclasses.replace(
            edit,
            start_s=round(edit.start_s + shift_s, 4),
            end_s=round(edit.end_s + shift_s, 4),
            times_s=tuple(round(time_s + shift_s, 4) for time_s in edit.times_s),
        )
        for edit in corrections.tracks
        if edit.start_s + shift_s >= 0
    )
    return Corrections(spans, tracks)


def corrections_digest(corrections: Corrections) -> str:
    """A digest of hand corrections as a document keeps them."""
    return digest_of(json.dumps(dataclasses.asdict(corrections), sort_keys=True))
