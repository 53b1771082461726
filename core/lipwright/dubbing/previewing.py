"""A look at a stretch of a dub: a contact sheet, or source and take side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from lipwright.dubbing.options import Options
from lipwright.dubbing.preparing import engine_for, output_times_s
from lipwright.dubbing.recipe import Report, Scene, arranged, at_clip_speed, silent
from lipwright.dubbing.rendering import painted
from lipwright.errors import OptionError
from lipwright.mouths.job import MouthEngine
from lipwright.mouths.points import Floats, iod_of
from lipwright.mouths.sheets import face_cell, grid, labelled, write_png
from lipwright.mouths.warp import Picture
from lipwright.types import Performance
from lipwright.video import Sound, Writer, open_clip, paste_rgb, region_rgb

HEIGHT = 480  # of the small clip
Pair = tuple[int, Picture, Picture, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """What was shown."""

    path: Path
    frames: int
    engine: str


def preview(
    clip_path: Path,
    performance: Performance,
    options: Options,
    *,
    at_s: float = 0.0,
    seconds: float = 4.0,
    columns: int = 12,
    report: Report = silent,
) -> Preview:
    """Render [at_s, at_s + seconds) of the dub and show it beside its source, as a PNG sheet or a small clip."""
    if seconds <= 0 or columns < 1:
        raise OptionError("a preview needs some seconds and at least one column; give --seconds 4 --columns 12")
    performance, options = at_clip_speed(performance, options)
    scene = arranged(open_clip(clip_path, fps=options.fps), performance, options, None, report)
    times = output_times_s(scene.clip, scene.plan)
    frames = np.flatnonzero((times >= at_s) & (times < at_s + seconds))
    if not len(frames):
        raise OptionError(f"second {at_s:g} is past the end of the take ({times[-1]:.1f} s); choose an earlier --at")
    engine = engine_for(scene.engine, scene.job, **scene.settings)
    first, last = int(frames[0]), int(frames[-1]) + 1
    pairs = _pairs(scene, engine, first, last, report)
    if options.output.suffix.lower() == ".png":
        _sheet(options.output, scene, pairs, first, last, times, columns)
    else:
        _clip(options, scene, pairs, float(times[first]), float(times[last - 1]))
    report(1.0, "done")
    return Preview(options.output, last - first, scene.engine)


def _pairs(scene: Scene, engine: MouthEngine, first: int, last: int, report: Report) -> Iterator[Pair]:
    """(frame, source RGB, take RGB, pts)."""
    for item in painted(scene.clip, scene.plan, engine, first, last):
        frame = item.frame
        before = region_rgb(frame, frame.box())
        if item.patch is not None and item.box is not None:
            paste_rgb(
                frame, (item.box.left, item.box.top, item.box.right, item.box.bottom), item.patch.rgb, item.patch.matte
            )
        yield frame.index, before, region_rgb(frame, frame.box()), frame.pts
        report(0.4 + 0.6 * (frame.index + 1 - first) / (last - first), "rendering")


def _sheet(path: Path, scene: Scene, pairs: Iterator[Pair], first: int, last: int, times: Floats, columns: int) -> None:
    """Source above, take below, one column a moment."""
    wanted = set(np.linspace(first, last - 1, min(columns, last - first)).astype(int).tolist())
    above, below = [], []
    for index, before, after, _ in pairs:
        if index not in wanted:
            continue
        landmarks = scene.job.landmarks[index]
        if np.isfinite(landmarks[0, 0]):
            centre, half = landmarks[[13, 4], :2].mean(0), 1.05 * float(iod_of(landmarks[:, :2]))
        else:
            centre, half = np.array([before.shape[1], before.shape[0]]) / 2, min(before.shape[:2]) / 2
        above.append(labelled(face_cell(before, centre, half), f"{times[index]:.2f} s"))
        below.append(face_cell(after, centre, half))
    across = min(6, len(above))
    rows: list[Picture] = []
    for start in range(0, len(above), across):
        for cells in (above[start : start + across], below[start : start + across]):
            rows += cells + [np.zeros_like(cells[0])] * (across - len(cells))
    write_png(path, grid(rows, across))


def _clip(options: Options, scene: Scene, pairs: Iterator[Pair], start_s: float, end_s: float) -> None:
    """Both side by side; with the vocal where the stretch begins with it."""
    info = scene.clip.info
    scale = min(1.0, HEIGHT / info.height)
    width, height = 2 * round(info.width * scale / 2), 2 * round(info.height * scale / 2)
    shown = replace(info, width=2 * width, height=height, coded_width=2 * width, coded_height=height, rotation=0,
                    pix_fmt="yuv420p", bits=8, alpha=False, timecode="", pixel_aspect=Fraction(1))  # fmt: skip
    sounds = []
    if options.vocal is not None and options.start_s <= start_s + 1e-6 and start_s == 0.0:
        sounds = [Sound(options.vocal, start_s=options.start_s, end_s=end_s + float(1 / info.fps))]
    with Writer(options.output, shown, codec="h264", quality=20, speed="veryfast", sounds=sounds) as out:
        for _, before, after, pts in pairs:
            both = np.hstack([cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA) for p in (before, after)])
            out.write_rgb(both, pts)
