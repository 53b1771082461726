"""What comes out: a finished take, an overlay with alpha, or mouth crops with their matrices."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from lipwright.dubbing.options import Options
from lipwright.dubbing.rendering import Painted
from lipwright.dubbing.watching import as_tuple
from lipwright.errors import OptionError, OutputError
from lipwright.types import Performance
from lipwright.video import Clip, ClipInfo, Part, Sound, Writer, paste_rgb

# What the file says about itself: viewers and platforms ask for it, and honest work has nothing to hide.
SYNTHETIC = {"comment": "Synthetic mouth: lip-synced with lipwright", "synthetic": "lips"}


def sounds_for(clip: Clip, performance: Performance, options: Options) -> list[Sound]:
    """The sound streams that go out: the vocal first, then the source's own."""
    if options.kind != "take" or options.sound == "none":
        return []
    out: list[Sound] = []
    if options.sound in ("vocal", "both") and options.vocal is not None:
        last = (
            float(clip.times_s()[-1]) + 1.0 / float(clip.info.fps)
            if options.fit == "clip" and not clip.info.still
            else None
        )
        out.append(Sound(options.vocal, start_s=options.start_s, end_s=last, title=performance.vocal.name))
    if options.sound in ("source", "both"):
        end_s = clip.info.duration_s if isinstance(clip, Part) else None
        out += [Sound(clip.path, stream=number, end_s=end_s) for number in range(len(clip.info.audio))]
    return out


def _end_s(clip: Clip, options: Options) -> float | None:
    """Where the vocal is cut: with the clip when that decides, else at its own end."""
    if options.fit not in ("clip", "cut") or clip.info.still:
        return None
    return float(clip.times_s()[-1]) + 1.0 / float(clip.info.fps)


class TakeOutput:
    """The clip with new mouths on it."""

    def __init__(self, path: Path, clip: Clip, options: Options, sounds: Sequence[Sound]) -> None:
        self.writer = Writer(
            path, clip.info, codec=options.codec, quality=options.quality, speed=options.speed, sounds=sounds,
            metadata=SYNTHETIC,
        )  # fmt: skip

    def __enter__(self) -> TakeOutput:
        self.writer.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.writer.__exit__(*error)

    def write(self, item: Painted) -> None:
        """One frame: outside the matte the source's own samples."""
        if item.patch is not None and item.box is not None:
            paste_rgb(item.frame, as_tuple(item.box), item.patch.rgb, item.patch.matte)
        self.writer.write(item.frame)

    @property
    def notes(self) -> list[str]:
        return self.writer.notes


class OverlayOutput:
    """Only the mouths, full frame, with alpha (straight, not premultiplied)."""

    def __init__(self, path: Path, clip: Clip, options: Options) -> None:
        codec = options.codec or (None if path.suffix.lower() == ".png" else "prores4444")
        self._info: ClipInfo = clip.info
        self.writer = Writer(path, clip.info, codec=codec, alpha=True, metadata=SYNTHETIC)
        if not self.writer.info.alpha:
            raise OptionError(f"codec {codec!r} carries no alpha; choose prores4444, png or ffv1 for an overlay")

    def __enter__(self) -> OverlayOutput:
        self.writer.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.writer.__exit__(*error)

    def write(self, item: Painted) -> None:
        dtype = np.uint16 if self._info.bits > 8 else np.uint8
        picture = np.zeros((self._info.height, self._info.width, 4), dtype)
        if item.patch is not None and item.box is not None:
            part = picture[item.box.top : item.box.bottom, item.box.left : item.box.right]
            part[...] = with_alpha(item.patch.rgb, item.patch.matte)
        self.writer.write_rgb(picture, item.frame.pts)

    @property
    def notes(self) -> list[str]:
        return self.writer.notes


class CropsOutput:
    """A folder of RGBA crops at the clip's own resolution, and `mouths.json` with the matrix of each."""

    def __init__(self, path: Path, clip: Clip) -> None:
        self.path, self._clip = path, clip
        self._rows: list[dict[str, Any]] = []
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise OutputError(f"{str(path)!r} exists and is not an empty folder; name a new folder for the crops")

    def __enter__(self) -> CropsOutput:
        try:
            self._folder = Path(tempfile.mkdtemp(prefix=f".{self.path.name}.", dir=self.path.parent))
        except OSError as error:
            raise OutputError(
                f"cannot write into {str(self.path.parent)!r} ({error.strerror}); choose another"
            ) from error
        return self

    def write(self, item: Painted) -> None:
        row: dict[str, Any] = {"frame": item.frame.index, "time_s": round(item.frame.time_s, 6), "file": None}
        if item.patch is not None and item.box is not None:
            name = f"mouth_{item.frame.index:06d}.png"
            rgba = with_alpha(item.patch.rgb, item.patch.matte)
            ok, data = cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
            if not ok:
                raise OutputError(f"cannot encode {name!r} as PNG; report this with the clip's size")
            (self._folder / name).write_bytes(data.tobytes())
            row["file"] = name
            row["crop_from_frame"] = [[1, 0, -item.box.left], [0, 1, -item.box.top]]
        self._rows.append(row)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            return
        info = self._clip.info
        table = {
            "schema": "lipwright.mouths/1",
            "width": info.width,
            "height": info.height,
            "fps": str(info.fps),
            "synthetic": True,
            "frames": self._rows,
        }
        text = json.dumps(table, sort_keys=True, indent=1) + "\n"
        (self._folder / "mouths.json").write_text(text, encoding="utf-8")
        if self.path.is_dir():
            self.path.rmdir()
        self._folder.chmod(0o755)
        self._folder.replace(self.path)

    @property
    def notes(self) -> list[str]:
        return []


def with_alpha(rgb: Any, matte: Any) -> Any:
    """(h, w, 4) of the patch's own depth."""
    top = 65535.0 if rgb.dtype == np.uint16 else 255.0
    alpha = np.rint(matte * top).astype(rgb.dtype)
    return np.dstack([np.where(alpha[..., None] > 0, rgb, 0), alpha])
