"""A look at a stretch of a dub: a contact sheet, or source and take side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from lipwright.dubbing.engine_input import engine_for, output_times_s
from lipwright.dubbing.options import Options
from lipwright.dubbing.output.render_threads import Pace, painted
from lipwright.dubbing.output.resume import refuse_inputs
from lipwright.dubbing.recipe import Report, Scene, arranged, at_clip_speed, silent
from lipwright.errors import OptionError
from lipwright.mouths.engines.interface import MouthEngine
from lipwright.mouths.face.landmark_indices import Floats, iod_of
from lipwright.mouths.face.warp import Picture
from lipwright.mouths.footage.contact_sheet import face_cell, grid, labelled, write_png
from lipwright.types import Performance
from lipwright.video import Sound, Writer, open_clip, paste_rgb, region_rgb
from lipwright.video.pixels.colour import Colour

HEIGHT = 480  # of the small clip
WIDEST = 1280  # of one picture in it
MOST_LARGER = 4.0
WIDE = 2.0  # times as wide as high: one over the other
LEAST_EYES_PX = 36  # between the eyes in the small clip: less, and only the face is shown
ACROSS, GAP, PAPER = 6, 10, 24
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
    if options.output.suffix.lower() not in (".png", ".mp4", ".mov", ".mkv"):
        raise OptionError(f"{options.output.name!r} is neither a sheet nor a clip; name it .png, .mp4 or .mov")
    refuse_inputs(options, clip_path)
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
        _clip(options, scene, pairs, (first, last), float(times[first]), float(times[last - 1]))
    report(1.0, "done")
    return Preview(options.output, last - first, scene.engine)


def _pairs(scene: Scene, engine: MouthEngine, first: int, last: int, report: Report) -> Iterator[Pair]:
    """(frame, source RGB, take RGB, pts)."""
    pace = Pace(report, 0.4, 1.0, last - first)
    for item in painted(scene.clip, scene.plan, engine, first, last):
        frame = item.frame
        before = region_rgb(frame, frame.box())
        if item.patch is not None and item.box is not None:
            paste_rgb(frame, item.box.corners, item.patch.rgb, item.patch.matte)
        yield frame.index, before, region_rgb(frame, frame.box()), frame.pts
        pace.step()


def _sheet(path: Path, scene: Scene, pairs: Iterator[Pair], first: int, last: int, times: Floats, columns: int) -> None:
    """Source above, take below, one column a moment."""
    wanted = set(np.linspace(first, last - 1, min(columns, last - first)).astype(int).tolist())
    aspect = scene.clip.pixel_aspect
    above: list[Picture] = []
    below: list[Picture] = []
    for index, before, after, _ in pairs:
        if index not in wanted:
            continue
        landmarks = scene.job.landmarks[index]
        if np.isfinite(landmarks[0, 0]):
            centre, half = landmarks[[13, 4], :2].mean(0), 1.05 * float(iod_of(landmarks[:, :2] * (aspect, 1.0)))
        else:
            centre, half = np.array([before.shape[1], before.shape[0]]) / 2, min(before.shape[:2]) / 2
        first_cell = len(above) % ACROSS == 0
        moment = f"{'source, ' if first_cell else ''}{times[index]:.2f} s"
        above.append(labelled(face_cell(before, centre, half, aspect=aspect), moment))
        below.append(labelled(face_cell(after, centre, half, aspect=aspect), "take" if first_cell else ""))
    write_png(path, _in_pairs(above, below))


def _in_pairs(above: list[Picture], below: list[Picture]) -> Picture:
    """Rows of sources, each with the row of its takes under it, and a gap before the next pair."""
    across = min(ACROSS, len(above))
    rows = []
    for start in range(0, len(above), across):
        pair = [grid(cells[start : start + across], across) for cells in (above, below)]
        rows += [*pair, np.full((GAP, pair[0].shape[1], 3), PAPER, np.uint8)]
    return np.vstack(rows[:-1])


def _view(scene: Scene, first: int, last: int) -> tuple[int, int, int, int]:
    """The whole picture, or the neighbourhood of the face where that would be too small to judge a mouth by."""
    width, height = scene.clip.width, scene.clip.height
    points = scene.job.landmarks[first:last]
    seen = points[np.isfinite(points[:, 0, 0])][..., :2]
    if not len(seen) or float(np.median(iod_of(seen))) * HEIGHT / height >= LEAST_EYES_PX:
        return (0, 0, width, height)
    low, high = seen.min((0, 1)), seen.max((0, 1))
    margin = 0.6 * float((high - low).max())
    x0, y0 = np.maximum(low - margin, 0).astype(int)
    x1, y1 = np.minimum(high + margin, (width, height)).astype(int)
    return (int(x0), int(y0), int(x1), int(y1))


def _clip(
    options: Options, scene: Scene, pairs: Iterator[Pair], span: tuple[int, int], start_s: float, end_s: float
) -> None:
    """Both side by side, or one over the other where the picture is wide; with the vocal where it starts with it."""
    info, view = scene.clip.info, _view(scene, *span)
    across, down = (view[2] - view[0]) * scene.clip.pixel_aspect, view[3] - view[1]
    stacked = across > WIDE * down
    most = 1.0 if view[3] - view[1] == info.height else MOST_LARGER  # of the face alone one wants to see more
    scale = min(most, HEIGHT / down, WIDEST / across)
    width, height = (max(2, 2 * round(side * scale / 2)) for side in (across, down))
    size = (width, 2 * height) if stacked else (2 * width, height)
    shown = replace(info, width=size[0], height=size[1], coded_width=size[0], coded_height=size[1], rotation=0,
                    pix_fmt="yuv420p", bits=8, alpha=False, timecode="", pixel_aspect=Fraction(1), mastering="",
                    interlaced=False, colour=_plain(info.colour))  # fmt: skip
    sounds = []
    if options.vocal is not None and options.start_s <= start_s + 1e-6 and start_s == 0.0:
        sounds = [Sound(options.vocal, start_s=options.start_s, end_s=end_s + float(1 / info.fps))]
    with Writer(options.output, shown, codec="h264", quality=20, speed="veryfast", sounds=sounds) as out:
        for _, *both, pts in pairs:
            small = [_small(picture, view, (width, height)) for picture in both]
            named = [labelled(picture, name) for picture, name in zip(small, ("source", "take"), strict=True)]
            out.write_rgb((np.vstack if stacked else np.hstack)(named), pts)


def _small(picture: Picture, view: tuple[int, int, int, int], size: tuple[int, int]) -> Picture:
    part = picture[view[1] : view[3], view[0] : view[2]]
    flags = cv2.INTER_AREA if size[1] <= part.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, size, interpolation=flags))


def _plain(colour: Colour) -> Colour:
    """A preview of HDR shows its code values as they are: flat, but for mouths good enough."""
    return replace(colour, transfer=2, primaries=2) if colour.hdr else colour
