"""Clips and faces: decode, plain transcode, tracking, painted transcode of 1080p, with memory, per codec.

Each row runs in a process of its own, so that its peak memory is its own; CPU milliseconds count all threads and so say
the same on a busy machine. The clip is made in code: the astronaut's
head, enlarged, drifting and turning, with sensor grain, H.264. Times are wall times with all cores of the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

SECONDS = int(os.environ.get("LIPWRIGHT_BENCH_SECONDS", "10"))
FPS, SIZE = 25, (1920, 1080)
CODECS = ("h264", "h265", "prores", "dnxhr")


def make_clip(path: Path, seconds: int) -> None:
    """A 1080p clip of one face, about 450 pixels high."""
    import av
    import cv2
    import numpy as np
    from tests.core.faces.face_material import astronaut

    rng = np.random.default_rng(0)
    grain = [rng.normal(0, 3, (SIZE[1], SIZE[0])).astype(np.float32) for _ in range(5)]
    big = cv2.resize(astronaut(), None, fx=3.0, fy=3.0, interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.codec_context.time_base = Fraction(1, FPS)
        for i in range(seconds * FPS):
            angle = 4 * np.sin(i / 17)
            matrix = cv2.getRotationMatrix2D((680, 320), angle, 0.95 + 0.05 * np.sin(i / 29))
            matrix[:, 2] += [300 + 90 * np.sin(i / 23), 140 + 25 * np.cos(i / 13)]
            rgb = cv2.warpAffine(big, matrix, SIZE, borderMode=cv2.BORDER_REFLECT)
            rgb = np.clip(rgb + np.roll(grain[i % 5], 131 * i)[..., None], 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
            frame.pts = i
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)


def decode(clip: Path, out: Path, codec: str) -> int:
    """Every frame decoded, nothing else."""
    from lipwright.video import open_clip

    return sum(1 for _ in open_clip(clip).frames())


def transcode(clip: Path, out: Path, codec: str) -> int:
    """PyAV alone: decode and encode with the same encoder and settings."""
    import av

    from lipwright.video import codecs

    row = codecs()[codec]
    with av.open(str(clip)) as source, av.open(str(out), "w") as sink:
        stream = source.streams.video[0]
        stream.thread_type = "AUTO"
        target = sink.add_stream(row.encoder, rate=FPS, options=row.settings(None, None))
        target.width, target.height, target.pix_fmt = *SIZE, row.pix_fmts[0]
        target.codec_context.thread_count, target.codec_context.thread_type = os.cpu_count() or 1, "AUTO"
        count = 0
        for frame in source.decode(stream):
            frame.pict_type = 0
            sink.mux(target.encode(frame))
            count += 1
        sink.mux(target.encode(None))
    return count


def track(clip: Path, out: Path, codec: str) -> int:
    """Decode and follow one face: mesh, lips, eyes, irises, shots, smoothing."""
    from lipwright.faces import find_faces
    from lipwright.video import open_clip

    faces = find_faces(open_clip(clip), cache=False)
    assert len(faces.tracks) == 1 and faces.tracks[0].present.all()
    return len(faces.times_s)


def paint(clip: Path, out: Path, codec: str) -> int:
    """Decode, read and repaint 480 x 400 pixels under a soft matte, encode."""
    import cv2
    import numpy as np

    from lipwright.video import Writer, open_clip, paste_rgb, region_rgb

    source, box = open_clip(clip), (720, 500, 1200, 900)
    matte = cv2.GaussianBlur(np.pad(np.ones((200, 280), np.float32), 100), (0, 0), 20)
    matte[matte < 0.01] = 0
    with Writer(out, source.info, codec=codec) as writer:
        for frame in source.frames():
            paste_rgb(frame, box, cv2.GaussianBlur(region_rgb(frame, box), (0, 0), 2), matte)
            writer.write(frame)
    return writer.frames


STEPS = {"decode": decode, "transcode": transcode, "track": track, "paint": paint}


def run_one(step: str, clip: str, out: str, codec: str) -> None:
    """In the child: print seconds, CPU seconds, frames and peak memory."""
    started, cpu = time.perf_counter(), time.process_time()
    frames = STEPS[step](Path(clip), Path(out), codec)
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"seconds": took, "cpu": cpu, "frames": frames, "mib": peak_mib()}))


def peak_mib() -> float:
    """Peak memory of this process alone; getrusage would carry the parent's over exec."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(text for text in status.read_text().splitlines() if text.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


def measured(step: str, clip: Path, out: Path, codec: str) -> dict[str, Any]:
    """One step in a child process."""
    done = subprocess.run([sys.executable, "-m", "tests.bench.video", step, str(clip), str(out), codec],
                          capture_output=True, text=True, check=True)  # fmt: skip
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def rows() -> list[tuple[str, str, float, float, float, float]]:
    """(step, codec, frames a second, CPU ms a frame, CPU times the plain transcode of that codec, peak MiB)."""
    out = []
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        make_clip(clip, SECONDS)
        steps = [
            ("decode", "-"),
            ("track", "-"),
            *((step, codec) for codec in CODECS for step in ("transcode", "paint")),
        ]
        plain = float("nan")
        for step, codec in steps:
            target = Path(folder) / ("out.mp4" if codec.startswith("h26") else "out.mov")
            m = measured(step, clip, target, codec)
            plain = m["cpu"] if step == "transcode" else plain
            out.append(
                (step, codec, m["frames"] / m["seconds"], 1000 * m["cpu"] / m["frames"], m["cpu"] / plain, m["mib"])
            )
    return out


def main() -> None:
    """Print the table."""
    print(f"{SECONDS} s of {SIZE[0]} x {SIZE[1]} at {FPS} frames a second, {os.cpu_count()} cores")
    print(f"{'step':10s} {'codec':8s} {'frames/s':>9s} {'CPU ms/frame':>13s} {'x plain':>8s} {'peak MiB':>9s}")
    for step, codec, rate, cpu, ratio, mib in rows():
        print(f"{step:10s} {codec:8s} {rate:9.1f} {cpu:13.1f} {ratio:8.2f} {mib:9.0f}")


if __name__ == "__main__":
    run_one(*sys.argv[1:]) if len(sys.argv) > 1 else main()
