"""Frames to files: short dubs at once, long ones in stretches that survive an interruption and are then joined."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipwright.dubbing.options import Options
from lipwright.dubbing.output.outputs import (
    SYNTHETIC,
    TABLE,
    CropsOutput,
    Output,
    OverlayOutput,
    TakeOutput,
    crops_table,
    overlay_codec,
)
from lipwright.dubbing.output.render_threads import Behind, Pace, Report, painted, waiting
from lipwright.dubbing.output.resume import Journal, missing, stretch_frames
from lipwright.errors import Cancelled, LipwrightError, OutputError
from lipwright.files import publish, unwritable
from lipwright.mouths.engines.interface import MouthEngine
from lipwright.video import Clip, Plan, Sound
from lipwright.video.joining import join, pictures_in
from lipwright.video.opening import first_number

JOINING = 0.97  # share of the whole after which stretches are joined
# AVI does not say at what time a file begins: its stretches wait in another container. MXF takes no finished packets.
_STRETCHES_IN = {".avi": ".nut"}
_AT_ONCE = (".mxf",)


class Film:
    """A take or an overlay in one file."""

    def __init__(self, clip: Clip, options: Options, sounds: Sequence[Sound]) -> None:
        self._clip, self._options, self._sounds = clip, options, sounds
        self.suffix = options.output.suffix.lower()
        self.part_suffix = _STRETCHES_IN.get(self.suffix, self.suffix)
        self.output(Path(), 0, whole=True)  # what cannot be written is said before any work
        if options.output.is_dir():
            raise OutputError(f"{str(options.output)!r} is a folder; name a file, or remove it")

    def output(self, target: Path, start: int, *, whole: bool) -> Output:
        """For frames from `start` on; sound goes with the whole only."""
        del start
        if self._options.kind == "overlay":
            return OverlayOutput(self._clip, self._options, target=target)
        return TakeOutput(self._clip, self._options, self._sounds if whole else (), target=target)

    def holds(self, path: Path) -> int:
        """How many frames a finished stretch really has."""
        return pictures_in(path)

    def join(self, parts: Sequence[Path], target: Path, on_progress: Callable[[float], None]) -> None:
        """The stretches as one."""
        overlay = self._options.kind == "overlay"
        join(
            parts, self._options.output, self._clip.info, sounds=self._sounds, metadata=SYNTHETIC, target=target,
            codec=overlay_codec(self._options) if overlay else self._options.codec,
            alpha=True if overlay else None, on_progress=on_progress,
        )  # fmt: skip

    def publish(self, made: Path) -> None:
        """Put the whole under its name."""
        _moved(made, self._options.output)


class Pictures:
    """A take or an overlay as numbered pictures, which keep the numbers of a numbered source."""

    suffix = part_suffix = ""

    def __init__(self, clip: Clip, options: Options) -> None:
        self._clip, self._options = clip, options
        self._first = first_number(clip.path)
        self.output(Path(), 0, whole=True)

    def output(self, target: Path, start: int, *, whole: bool) -> Output:
        """For frames from `start` on, in a folder of their own."""
        del whole
        number = self._first + start
        if self._options.kind == "overlay":
            return OverlayOutput(self._clip, self._options, target=target, number=number)
        return TakeOutput(self._clip, self._options, target=target, number=number)

    def holds(self, path: Path) -> int:
        """How many pictures a finished stretch has."""
        return len(list(path.glob(f"*{self._options.output.suffix}")))

    def join(self, parts: Sequence[Path], target: Path, on_progress: Callable[[float], None]) -> None:
        """All pictures in one folder."""
        _gathered(parts, target, self._options.output, on_progress)

    def publish(self, made: Path) -> None:
        """The pictures beside each other where they were asked for."""
        for picture in sorted(made.iterdir()):
            _moved(picture, self._options.output.parent / picture.name)


class Crops:
    """A folder of mouths and their table."""

    suffix = part_suffix = ""

    def __init__(self, clip: Clip, options: Options) -> None:
        self._clip, self._options = clip, options
        path = options.output
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise OutputError(f"{str(path)!r} exists and is not an empty folder; name a new folder for the crops")

    def output(self, target: Path, start: int, *, whole: bool) -> Output:
        """For frames from `start` on."""
        del start, whole
        return CropsOutput(self._clip, self._options, target)

    def holds(self, path: Path) -> int:
        """How many rows the table of a finished stretch has."""
        return len(_rows(path))

    def join(self, parts: Sequence[Path], target: Path, on_progress: Callable[[float], None]) -> None:
        """All crops in one folder under one table."""
        rows = [row for part in parts for row in _rows(part)]
        _gathered(parts, target, self._options.output, on_progress)
        (target / TABLE).write_bytes(crops_table(self._clip.info, rows))

    def publish(self, made: Path) -> None:
        """Put the folder under its name."""
        if self._options.output.is_dir():
            self._options.output.rmdir()
        _moved(made, self._options.output)


Form = Film | Pictures | Crops


def form_for(clip: Clip, options: Options, sounds: Sequence[Sound]) -> Form:
    """How the result is kept. Raises OptionError or OutputError where it cannot be."""
    if options.kind == "crops":
        return Crops(clip, options)
    return Pictures(clip, options) if options.output.suffix.lower() == ".png" else Film(clip, options, sounds)


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What is rendered, and into what."""

    clip: Clip
    plan: Plan
    engine: MouthEngine
    form: Form
    journal: Journal


def render(work: Work, report: Report, low: float) -> list[str]:
    """Render what is not finished yet, and publish the whole; `low` is the share of the work that is done by now."""
    form, journal = work.form, work.journal
    left = _left(work)
    if left == [(0, len(work.plan))]:
        pace = Pace(report, low, 0.99, len(work.plan))
        whole = journal.working(form.suffix)
        with form.output(whole, 0, whole=True) as out:
            _stream(work, out, pace, 0, None)
        form.publish(whole)
        return list(out.notes)
    notes: list[str] = []
    done = len(work.plan) - sum(stop - start for start, stop in left)
    pace = Pace(report, low, JOINING, len(work.plan), done)
    for start, stop in left:
        notes += _stretch(work, pace, start, stop)
    report(JOINING, "joining")
    whole = journal.working(form.suffix)
    parts = [stretch.path for stretch in journal.finished()]
    form.join(parts, whole, lambda share: report(JOINING + (0.99 - JOINING) * share, "joining"))
    form.publish(whole)
    return notes


def _left(work: Work) -> list[tuple[int, int]]:
    """What is to be made; finished stretches that cannot be read again or overlap others are made again."""
    position, kept = 0, []
    for stretch in work.journal.finished():
        sound = stretch.start >= position and stretch.stop <= len(work.plan)
        if sound and work.form.holds(stretch.path) == stretch.stop - stretch.start:
            kept.append(stretch)
            position = stretch.stop
        else:
            work.journal.forget(stretch)
    whole = work.form.suffix in _AT_ONCE
    size = len(work.plan) if whole else stretch_frames(work.clip.width, work.clip.height)
    return missing(kept, len(work.plan), size)


def _stretch(work: Work, pace: Pace, start: int, stop: int) -> list[str]:
    """One stretch; where the person stops it, what is done of it is kept."""
    working = work.journal.working(work.form.part_suffix)
    stopped: BaseException | None = None
    with work.form.output(working, start, whole=False) as out:
        try:
            _stream(work, out, pace, start, stop)
        except (KeyboardInterrupt, Cancelled) as error:
            if not out.frames:
                raise
            stopped = error
    work.journal.keep(working, start, start + out.frames)
    if stopped is not None:
        raise stopped
    return list(out.notes)


def _stream(work: Work, out: Output, pace: Pace, start: int, stop: int | None) -> None:
    with Behind(out.write, waiting(work.clip)) as behind:
        for item in painted(work.clip, work.plan, work.engine, start, stop):
            behind.put(item)
            pace.step()


def _rows(folder: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads((folder / TABLE).read_text(encoding="utf-8"))["frames"])
    except (OSError, ValueError, KeyError):
        return []


def _gathered(parts: Sequence[Path], target: Path, output: Path, on_progress: Callable[[float], None]) -> None:
    """Everything that lies in the folders, in one; copied, so that being stopped in between costs nothing."""
    try:
        target.mkdir()
        for number, part in enumerate(parts, 1):
            for path in part.iterdir():
                _linked(path, target / path.name)
            on_progress(number / len(parts))
    except OSError as error:
        raise unwritable(output, error) from error


def _linked(path: Path, other: Path) -> None:
    """A second name for a file where the disk has such, else a copy."""
    try:
        other.unlink(missing_ok=True)
        other.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, other)


def _moved(made: Path, place: Path) -> None:
    try:
        publish(made, place)
    except OSError as error:
        if isinstance(error, LipwrightError):
            raise
        raise unwritable(place, error) from error
