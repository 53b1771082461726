"""Dubs scored against their sources: closed loop with other words, self-reenactment, a singing portrait, speed.

Needs the GRID clips beside the repository (see tests/shared.py); the portrait is scikit-image's astronaut.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from tests.shared import SHARED

from lipwright import service
from lipwright.dubbing import Options, dub
from lipwright.dubbing.engine_input import engine_for, prepare
from lipwright.dubbing.footage.tracking import watch
from lipwright.dubbing.output.render_threads import painted
from lipwright.mouths.face.head_pose import lips_in_head
from lipwright.mouths.face.landmark_indices import gap_of
from lipwright.mouths.footage.bank import picked
from lipwright.types import Performance
from lipwright.video import Writer, open_clip, paste_rgb, plan_frames, region_rgb

from .mouth.score import score

# clip, and the sentence of the next clip in this list that it is made to say
SENTENCES = {
    "grid_bbaf2n": "bin blue at f two now",
    "grid_lbax4n": "lay blue at x four now",
    "grid_lrwp9a": "lay red with p nine again",
    "grid_pwij3p": "place white in j three please",
    "grid_sbia1a": "set blue in a one again",
    "grid_swiz3n": "set white in z three now",
}


def performances(folder: Path) -> dict[str, Performance]:
    """What each clip's speaker says, heard from its own sound."""
    return {n: service.perform(folder / f"{n}.mpg", text) for n, text in SENTENCES.items()}


def closed_loop(clip: Path, vocal: Path, performance: Performance, work: Path, **options: Any) -> dict[str, Any]:
    """Dub losslessly, then measure the mouth in the pixels against what was asked for."""
    import json

    out = work / "take.mkv"
    made = dub(clip, performance, Options(output=out, vocal=vocal, codec="lossless", restart=True, **options))
    wanted = json.loads(made.report.read_text())["intended"]
    return score(clip, out, intended=wanted, audio_ref=vocal, cache=False) | {"engine": made.engine}


def reenacted(clip_path: Path, performance: Performance, work: Path) -> dict[str, Any]:
    """Each quarter of a clip re-rendered from the other three with its own tracked lips as the target."""
    clip = open_clip(clip_path)
    watched = watch(clip, "largest", lambda _: None)
    plan = plan_frames(clip, float(clip.times_s()[-1]) + 0.04)
    job, _, _ = prepare(clip, watched, plan, performance, Options(output=work / "x.mkv", sound="none"), [])
    lips = lips_in_head(watched.heads, watched.landmarks)
    own = dataclasses.replace(job.wanted, lips=lips, gap=gap_of(lips[..., :2]))
    quarter = -(-len(plan) // 4)
    out = work / "self.mkv"
    error, area = 0.0, 0
    with Writer(out, clip.info, codec="lossless") as writer:
        for start in range(0, len(plan), quarter):
            stop = min(start + quarter, len(plan))
            span = clip.times_s()[[start, stop - 1]]
            others = (job.bank.time_s < span[0] - 1e-6) | (job.bank.time_s > span[1] + 1e-6)
            fold = dataclasses.replace(job, wanted=own, bank=picked(job.bank, np.flatnonzero(others)))
            for item in painted(clip, plan, engine_for("exemplar", fold), start, stop):
                assert item.patch is not None and item.box is not None, "every frame of these clips has a face"
                before = region_rgb(item.frame, item.box.corners).astype(float)
                paste_rgb(item.frame, item.box.corners, item.patch.rgb, item.patch.matte)
                after = region_rgb(item.frame, item.box.corners).astype(float)
                inside = item.patch.matte > 0.5
                error += float(((after - before)[inside] ** 2).sum())
                area += 3 * int(inside.sum())
                writer.write(item.frame)
    return score(clip_path, out, cache=False) | {"matte_db": 10 * np.log10(255**2 * area / max(error, 1e-9))}


def portrait(work: Path, performance: Performance, vocal: Path) -> dict[str, Any]:
    """A photo sings: the tracked opening against the wanted one, and the time that it took."""
    import json

    import cv2
    from skimage import data

    from .mouth.motion import opening_agreement
    from .mouth.score import curve

    photo, out = work / "astronaut.png", work / "sings.mkv"
    cv2.imwrite(str(photo), data.astronaut()[..., ::-1])
    made = dub(photo, performance, Options(output=out, vocal=vocal, codec="lossless", restart=True))
    wanted = json.loads(made.report.read_text())["intended"]
    found = curve(out)
    r = opening_agreement(np.array(found["times_s"]), np.array(found["opening"]), wanted["times_s"], wanted["opening"])
    return {"r": r["r"], "frames": made.frames, "seconds": made.seconds}


def main() -> None:
    """Print the tables."""
    folder = SHARED / "data" / "video"
    if not folder.is_dir():
        print("no GRID clips beside the repository; nothing is measured")
        return
    heard = performances(folder)
    names = list(SENTENCES)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        print("closed loop: other words in the clip's mouth, lossless, 75 frames of 360x288 each")
        print(f"{'clip':13}{'engine':10}{'r':>7}{'closed':>8}{'sharp':>7}{'seam':>7}{'quiet':>7}{'outside':>8}  sound")
        for number, name in enumerate(names):
            other = names[(number + 1) % len(names)]
            row = closed_loop(folder / f"{name}.mpg", folder / f"{other}.mpg", heard[other], work)
            _print_loop(name, row)
        print("self-reenactment: each quarter from the other three quarters of 3 s, true lips as the target")
        print(f"{'clip':13}{'matte dB':>9}{'sharp':>7}{'jitter':>8}{'r':>7}")
        for name in names:
            row = reenacted(folder / f"{name}.mpg", heard[name], work)
            motion, pixels = row["motion"], row["mouth_pixels"]
            print(
                f"{name:13}{row['matte_db']:9.2f}{pixels['sharpness_ratio']:7.2f}{motion['jitter_ratio']:8.2f}"
                f"{row['opening']['r_to_source']:7.3f}"
            )
        started = time.monotonic()
        row = portrait(work, heard[names[0]], folder / f"{names[0]}.mpg")
        print(f"portrait: r {row['r']:.3f}, {row['frames']} frames of 512x512 in {time.monotonic() - started:.1f} s")


def _print_loop(name: str, row: dict[str, Any]) -> None:
    pixels, sound = row["mouth_pixels"], row["container"]["audio"]["state"]
    closed = row.get("closures", {}).get("take", {}).get("closed_share", float("nan"))
    quiet = row.get("silence", {}).get("take", {}).get("lip_speed", float("nan"))
    print(
        f"{name:13}{row['engine']:10}{row['intended']['r']:7.3f}{closed:8.2f}{pixels['sharpness_as_open']:7.2f}"
        f"{pixels['seam_changed_edge']:7.2f}{quiet:7.3f}{row['outside']['max']:8d}  {sound}"
    )
