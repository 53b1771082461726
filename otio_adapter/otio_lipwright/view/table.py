"""A plan as a table that a person reads before anything is rendered."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import PurePosixPath

from lipwright.timebase import timecode
from otio_lipwright.edit.clock import exact_rate, nearest
from otio_lipwright.edit.plan import ClipPlan, Plan

HEADS = ("clip", "track", "at", "frames of the media", "vocal", "from", "to", "speed", "what happens")


def table(plan: Plan, *, drop: bool = False, width: int = 160) -> str:
    """The plan as text: a row a clip, then what was odd. `drop` writes 29.97 and 59.94 as drop frame."""
    from rich.console import Console
    from rich.table import Table

    drawn = Table(*HEADS, box=None, pad_edge=False, show_edge=False, header_style="bold")
    for clip in plan.clips:
        drawn.add_row(*row(clip, plan, drop=drop))
    sink = io.StringIO()
    console = Console(file=sink, width=width, highlight=False, markup=False)
    console.print(drawn)
    for problem in plan.problems:
        console.print(f"{problem.where} {problem.text}")
    console.print(summary(plan))
    return sink.getvalue()


def row(clip: ClipPlan, plan: Plan, *, drop: bool = False) -> tuple[str, ...]:
    """The cells of one clip, as HEADS names them."""
    at = position(plan.start_s + clip.start_s, plan.rate, drop=drop)
    frames = f"{clip.first} .. {clip.end - 1}" if clip.left is None else ""
    vocals = dict.fromkeys(PurePosixPath(piece.vocal.replace("\\", "/")).name for piece in clip.pieces)
    ranges = [piece.vocal_range_s for piece in clip.pieces]
    start = f"{float(min(low for low, _ in ranges)):.3f} s" if ranges else ""
    end = f"{float(max(high for _, high in ranges)):.3f} s" if ranges else ""
    what = f"left as it is: {clip.why}" if clip.left is not None else "; ".join(("new take", *clip.notes))
    speed = "" if clip.speed == 1 else f"{float(clip.speed) * 100:g} %"
    return clip.name, clip.track_name, at, frames, ", ".join(vocals), start, end, speed, what


def position(time_s: Fraction, rate: float, *, drop: bool = False) -> str:
    """Timecode of a timeline position at the timeline's rate."""
    fps = exact_rate(rate)
    return timecode(nearest(time_s * fps), fps, drop=drop)


def summary(plan: Plan) -> str:
    """One line: how many clips, how many takes, how much is rendered."""
    frames = sum(clip.frames for clip in plan.jobs)
    vocals = ", ".join(plan.vocal_tracks) or "none"
    return f"{len(plan.clips)} clips, {len(plan.jobs)} to lip-sync ({frames} frames), vocal track: {vocals}"
