"""What comes out: a finished take, an overlay with alpha, or mouth crops with their matrices."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import av
import cv2
import numpy as np

from lipwright.dubbing.options import Options
from lipwright.dubbing.output.render_threads import Painted
from lipwright.errors import OptionError, OutputError
from lipwright.files import unwritable
from lipwright.mouths.pixels.code_values import white_of
from lipwright.types import Performance
from lipwright.video import Clip, ClipInfo, Part, Plan, Sound, Writer, paste_rgb

TABLE = "mouths.json"
# What the file says about itself: viewers and platforms ask for it, and honest work has nothing to hide.
SYNTHETIC = {"comment": "Synthetic mouth: lip-synced with lipwright", "synthetic": "lips"}


def sounds_for(clip: Clip, plan: Plan, performance: Performance, options: Options) -> list[Sound]:
    """The sound streams that go out, none longer than the picture: the vocal first, then the source's own."""
    if options.kind != "take" or options.sound == "none":
        return []
    end_s = float((plan.pts[-1] - clip.info.first_pts) * clip.info.time_base + 1 / clip.info.fps)
    out: list[Sound] = []
    if options.sound in ("vocal", "both") and options.vocal is not None:
        out.append(Sound(options.vocal, start_s=options.start_s, end_s=end_s, title=performance.vocal.name))
    if options.sound in ("source", "both"):
        own_s = min(end_s, clip.info.duration_s) if isinstance(clip, Part) else None
        out += [Sound(clip.path, stream=number, end_s=own_s) for number in range(len(clip.info.audio))]
    return out


class Output(Protocol):
    """A stretch of a dub, or all of it, being written; a `with` makes it whole, or nothing where the block fails."""

    @property
    def frames(self) -> int:
        """Written so far."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *error: Any) -> None:
        """Finish, or leave nothing."""

    def write(self, item: Painted) -> None:
        """The next frame."""

    @property
    def notes(self) -> list[str]:
        """What could not be kept."""


class _Written:
    """What both kinds of film have in common."""

    writer: Writer

    def __enter__(self) -> Self:
        self.writer.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.writer.__exit__(*error)

    @property
    def frames(self) -> int:
        """Written so far."""
        return self.writer.frames

    @property
    def notes(self) -> list[str]:
        """What could not be kept."""
        return self.writer.notes


class TakeOutput(_Written):
    """The clip with new mouths on it."""

    def __init__(self, clip: Clip, options: Options, sounds: Sequence[Sound] = (), **place: Any) -> None:
        self.writer = Writer(
            options.output, clip.info, codec=options.codec, quality=options.quality, speed=options.speed,
            sounds=sounds, metadata=SYNTHETIC, **place,
        )  # fmt: skip

    def write(self, item: Painted) -> None:
        """One frame: outside the matte the source's own samples."""
        if item.patch is not None and item.box is not None:
            paste_rgb(item.frame, item.box.corners, item.patch.rgb, item.patch.matte)
        self.writer.write(item.frame)


class OverlayOutput(_Written):
    """Only the mouths, full frame, with alpha (straight, not premultiplied)."""

    def __init__(self, clip: Clip, options: Options, **place: Any) -> None:
        codec = overlay_codec(options)
        self._info: ClipInfo = clip.info
        self.writer = Writer(options.output, clip.info, codec=codec, alpha=True, metadata=SYNTHETIC, **place)
        if not any(c.is_alpha for c in av.VideoFormat(self.writer.info.pix_fmt).components):
            raise OptionError(f"codec {codec!r} carries no alpha; choose prores4444, png or ffv1 for an overlay")

    def write(self, item: Painted) -> None:
        """One frame: clear but for the mouth."""
        dtype = np.uint16 if self._info.bits > 8 else np.uint8
        picture = np.zeros((self._info.height, self._info.width, 4), dtype)
        if item.patch is not None and item.box is not None:
            part = picture[item.box.top : item.box.bottom, item.box.left : item.box.right]
            part[...] = with_alpha(item.patch.rgb, item.patch.matte)
        self.writer.write_rgb(picture, item.frame.pts)


def overlay_codec(options: Options) -> str | None:
    """What an overlay is written in."""
    return options.codec or (None if options.output.suffix.lower() == ".png" else "prores4444")


class CropsOutput:
    """A folder of RGBA crops at the clip's own resolution, and `mouths.json` with the matrix of each."""

    def __init__(self, clip: Clip, options: Options, target: Path) -> None:
        self.frames, self.notes = 0, list[str]()
        self._path, self._folder, self._clip = options.output, target, clip
        self._rows: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir()
        except OSError as error:
            raise unwritable(self._path, error) from error
        return self

    def write(self, item: Painted) -> None:
        """One frame: a picture where there is a mouth, and a row in any case."""
        row: dict[str, Any] = {"frame": item.frame.index, "time_s": round(item.frame.time_s, 6), "file": None}
        if item.patch is not None and item.box is not None:
            name = f"mouth_{item.frame.index:06d}.png"
            rgba = with_alpha(item.patch.rgb, item.patch.matte)
            ok, data = cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
            if not ok:
                raise OutputError(f"cannot encode {name!r} as PNG; report this with the clip's size")
            self._save(name, data.tobytes())
            row["file"] = name
            row["crop_from_frame"] = [[1, 0, -item.box.left], [0, 1, -item.box.top]]
        self._rows.append(row)
        self.frames += 1

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            if kind is None:
                self._save(TABLE, crops_table(self._clip.info, self._rows))
        except OutputError:
            kind = OutputError
            raise
        finally:
            if kind is not None:
                shutil.rmtree(self._folder, ignore_errors=True)

    def _save(self, name: str, data: bytes) -> None:
        try:
            (self._folder / name).write_bytes(data)
        except OSError as error:
            raise unwritable(self._path, error) from error


def crops_table(info: ClipInfo, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The text of `mouths.json`."""
    table = {
        "schema": "lipwright.mouths/1",
        "width": info.width,
        "height": info.height,
        "fps": str(info.fps),
        "synthetic": True,
        "frames": list(rows),
    }
    return (json.dumps(table, sort_keys=True, indent=1) + "\n").encode()


def with_alpha(rgb: Any, matte: Any) -> Any:
    """(h, w, 4) of the patch's own depth."""
    alpha = np.rint(matte * white_of(rgb)).astype(rgb.dtype)
    return np.dstack([np.where(alpha[..., None] > 0, rgb, 0), alpha])
