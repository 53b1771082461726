"""What a dub of 1080p costs: CPU and wall time of each stage beside a plain transcode with the same codec, and memory.

Both clips are made here from a GRID clip (see tests/shared.py): "ordinary" has a face of a third of the frame's height
over a textured plate with grain, "close-up" one twice as large. Every row is a process of its own; the vocal is the demo
song. The plain transcode decodes and encodes with the very encoder of the take, and both run one after the other.

`python -m tests.bench dub_speed` prints all; LIPWRIGHT_BENCH_MINUTES=10 adds the memory of a dub of that length, and
LIPWRIGHT_BENCH_CODECS=h264 chooses.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.bench.video import peak_mib
from tests.shared import SHARED

CLIP = "grid_bbaf2n.mpg"
FPS, SIZE, SECONDS = 25, (1920, 1080), 10
FACES = {"ordinary": (675, 540), "close-up": (1350, 1080)}  # what the 360 x 288 clip is enlarged to
CODECS = {"h264": "take.mp4", "prores": "take.mov", "dnxhr": "take.mov"}
MINUTES = float(os.environ.get("LIPWRIGHT_BENCH_MINUTES", "0"))


def make_clip(path: Path, source: Path, inner: tuple[int, int]) -> None:
    """The clip forwards and backwards for ten seconds, enlarged, over a plate with texture and grain; H.264, CRF 18."""
    import cv2
    import numpy as np

    from lipwright.video import open_clip, region_rgb

    pictures = [region_rgb(frame, frame.box()) for frame in open_clip(source).frames()]
    order = [*range(len(pictures)), *range(len(pictures) - 2, 0, -1)]
    rng = np.random.default_rng(0)
    coarse = rng.uniform(40, 150, (34, 60, 3)).astype(np.float32)
    plate = np.clip(cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)
    grain = [np.repeat(rng.normal(0, 2, (*SIZE[::-1], 1)), 3, 2).round().astype(np.int16) for _ in range(5)]
    left, top = (SIZE[0] - inner[0]) // 2, SIZE[1] - inner[1]

    def frames() -> Any:
        for i in range(SECONDS * FPS):
            picture = plate.copy()
            large = cv2.resize(pictures[order[i % len(order)]], inner, interpolation=cv2.INTER_CUBIC)
            picture[top : top + inner[1], left : left + inner[0]] = large
            yield cv2.add(picture, np.roll(grain[i % 5], 131 * i, 0), dtype=cv2.CV_8U)

    _encode(path, frames())


def _encode(path: Path, frames: Any) -> None:
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"preset": "fast", "crf": "18", "g": "50"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for i, rgb in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="yuv420p", dst_colorspace="ITU709")
            frame.pts, frame.time_base, frame.colorspace = i, Fraction(1, FPS), 1
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def lengthened(path: Path, source: Path, times: int) -> None:
    """The clip's packets `times` over: any length, nothing decoded."""
    import av

    with av.open(str(path), "w") as out, av.open(str(source)) as first:
        stream = out.add_stream_from_template(first.streams.video[0])
        step = round(SECONDS / first.streams.video[0].time_base)
        for turn in range(times):
            with av.open(str(source)) as again:
                for packet in again.demux(again.streams.video[0]):
                    if packet.dts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + turn * step, packet.dts + turn * step
                    packet.stream = stream
                    out.mux(packet)


def performance(seconds: float) -> Any:
    """The demo song over and over for so long: a document and its vocal's path."""
    from dataclasses import replace

    import lipwright
    from lipwright import service
    from lipwright.types import Direction

    demo = Path(lipwright.__file__).parent / "data" / "demo"
    song = service.perform(demo / "song.ogg", demo / "song.lrc", Direction())
    length, times = song.vocal.duration_s, 1 + int(seconds / song.vocal.duration_s)
    tracks = {
        name: tuple(_again(track, length, times) for track in getattr(song, name)) for name in ("visemes", "mouth")
    }
    vocal = replace(song.vocal, duration_s=length * times)
    return replace(song, vocal=vocal, **tracks) if times > 1 else song, demo / "song.ogg"


def _again(track: Any, length: float, times: int) -> Any:
    from dataclasses import replace

    keep = [i for i, t in enumerate(track.times_s) if t < length - 1e-3]
    moments = [t * length + track.times_s[i] for t in range(times) for i in keep]
    return replace(track, times_s=tuple(moments), values=tuple(track.values[i] for _ in range(times) for i in keep))


def run_transcode(clip: Path, out: Path, codec: str) -> dict[str, Any]:
    """Decode and encode with the very encoder and settings of a take, nothing between."""
    from lipwright.video import Writer, open_clip

    source = open_clip(clip)
    with Writer(out, source.info, codec=codec) as writer:
        for frame in source.frames():
            writer.write(frame)
    return {"frames": writer.frames}


def run_dub(clip: Path, out: Path, codec: str) -> dict[str, Any]:
    """A whole dub, with the CPU and wall seconds of each step."""
    from lipwright.dubbing import Options, dub
    from lipwright.video import open_clip

    seconds = open_clip(clip).info.duration_s
    performed, vocal = performance(seconds)
    marks = [("arranging", time.process_time(), time.perf_counter())]

    def report(value: float, step: str) -> None:
        step = step.partition(",")[0]
        if step != marks[-1][0]:
            marks.append((step, time.process_time(), time.perf_counter()))

    before = peak_mib()
    take = dub(clip, performed, Options(output=out, vocal=vocal, sound="vocal", codec=codec, restart=True), report)
    marks.append(("", time.process_time(), time.perf_counter()))
    stages: dict[str, list[float]] = {}
    for (name, cpu, wall), (_, next_cpu, next_wall) in itertools.pairwise(marks):
        spent = stages.setdefault(name, [0.0, 0.0])
        spent[0] += next_cpu - cpu
        spent[1] += next_wall - wall
    return {"frames": take.frames, "stages": stages, "mib_before": before,
            "cpu": marks[-1][1] - marks[0][1], "seconds": marks[-1][2] - marks[0][2]}  # fmt: skip


RUNS = {"transcode": run_transcode, "dub": run_dub}


def _child(step: str, clip: str, out: str, codec: str) -> None:
    started, cpu = time.perf_counter(), time.process_time()
    found = RUNS[step](Path(clip), Path(out), codec)
    whole = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu, "mib": peak_mib()}
    print(json.dumps(whole | found))


def measured(step: str, clip: Path, out: Path, codec: str) -> dict[str, Any]:
    """One run in a child process, with a home of its own so that no face track is known beforehand."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "tests.bench.dub_speed", step, str(clip), str(out), codec]
        env = {**os.environ, "LIPWRIGHT_HOME": home}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def main() -> None:
    """Print the tables."""
    source = SHARED / "data" / "video" / CLIP
    if not source.is_file():
        print("no GRID clips beside the repository; nothing is measured")
        return
    chosen = os.environ.get("LIPWRIGHT_BENCH_CODECS", ",".join(CODECS)).split(",")
    print(f"{SECONDS} s of {SIZE[0]} x {SIZE[1]} at {FPS} frames a second, {os.cpu_count()} cores; CPU in ms a frame;")
    print("attainable: frames a second when all cores do nothing else, cores / CPU; ratios are to the plain transcode")
    with tempfile.TemporaryDirectory() as folder:
        for name, inner in FACES.items():
            clip = Path(folder) / f"{name}.mp4"
            make_clip(clip, source, inner)
            for codec in chosen:
                _print_pair(name, codec, clip, Path(folder) / CODECS[codec])
        if MINUTES:
            _print_memory(Path(folder))


def _print_pair(name: str, codec: str, clip: Path, out: Path) -> None:
    plain = measured("transcode", clip, out, codec)
    dubbed = measured("dub", clip, out, codec)
    frames = dubbed["frames"]
    cpu, plain_cpu = (1000 * m["cpu"] / m["frames"] for m in (dubbed, plain))
    stages = ", ".join(f"{step} {1000 * spent[0] / frames:.1f}" for step, spent in dubbed["stages"].items())
    print(
        f"{name:9s} {codec:7s} CPU {cpu:6.1f} (plain {plain_cpu:5.1f}, x {cpu / plain_cpu:4.2f})  "
        f"fps {frames / dubbed['seconds']:5.1f} (plain {plain['frames'] / plain['seconds']:5.1f}, "
        f"x {(dubbed['seconds'] / frames) / (plain['seconds'] / plain['frames']):4.2f})  "
        f"attainable {1000 * (os.cpu_count() or 1) / cpu:5.1f}  peak {dubbed['mib']:5.0f} MiB\n    {stages}",
        flush=True,
    )


def _print_memory(folder: Path) -> None:
    for minutes in (MINUTES / 10, MINUTES):
        long = folder / "long.mp4"
        lengthened(long, folder / "ordinary.mp4", max(1, round(minutes * 60 / SECONDS)))
        row = measured("dub", long, folder / "take.mp4", "h264")
        print(
            f"{minutes:4.1f} min ordinary h264: {row['frames']} frames, peak {row['mib']:.0f} MiB, {row['frames'] / row['seconds']:.1f} fps"
        )


if __name__ == "__main__":
    _child(*sys.argv[1:])
