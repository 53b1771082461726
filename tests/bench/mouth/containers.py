"""Everything a dub must leave alone: size, rate, times, shape and colour tags, sound."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import av
import numpy as np

from lipwright.video import Clip

FIELDS = ("width", "height", "fps", "pix_fmt", "pixel_aspect", "rotation", "timecode")
TAGS = ("primaries", "transfer", "matrix", "full")
RATE = 16_000


def compare(source: Clip, take: Clip, audio_ref: Path | None = None) -> dict[str, Any]:
    """pts_max_ms: largest difference of frame times after each file's first; start_shift_ms: change of (video start -
    audio start), a sync shift that frame times alone would hide.

    audio state: "copied" = equal packets, "identical" = equal samples, "changed" = else, with signal-to-noise ratio of
    16 kHz mono after the best whole-sample alignment within +-0.1 s.
    """
    out: dict[str, Any] = {}
    for name in FIELDS:
        out[name] = _pair(getattr(source.info, name), getattr(take.info, name))
    for name in TAGS:
        out[name] = _pair(getattr(source.info.colour, name), getattr(take.info.colour, name))
    a, b = source.times_s(), take.times_s()
    out["frames"] = _pair(len(a), len(b))
    shared = min(len(a), len(b))
    out["pts_max_ms"] = float(np.abs((a[:shared] - a[0]) - (b[:shared] - b[0])).max() * 1000)
    out["duration_s"] = {"source": source.info.duration_s, "take": take.info.duration_s}
    if audio_ref is None and source.info.audio and take.info.audio:
        out["start_shift_ms"] = (source.info.audio[0].start_s - take.info.audio[0].start_s) * 1000
    out["audio"] = _audio(
        audio_ref or source.path, take.path, bool(audio_ref or source.info.audio), bool(take.info.audio)
    )
    return out


def _pair(a: Any, b: Any) -> dict[str, Any]:
    return {"source": str(a), "take": str(b), "equal": a == b}


def changes(container: dict[str, Any]) -> list[str]:
    """What differs, in words; empty where nothing does."""
    out = [
        f"{k} {v['source']} -> {v['take']}"
        for k, v in container.items()
        if isinstance(v, dict) and v.get("equal") is False
    ]
    if container["pts_max_ms"] > 1e-6:
        out.append(f"times differ by {container['pts_max_ms']:.3f} ms")
    if abs(container.get("start_shift_ms", 0.0)) > 1:
        out.append(f"start {container['start_shift_ms']:+.0f} ms")
    if container["audio"]["state"] not in ("copied", "identical", "none in both"):
        out.append(f"audio {container['audio']['state']}")
    return out


def _audio(reference: Path, take: Path, has: bool, gets: bool) -> dict[str, Any]:
    if not has or not gets:
        return {"state": "none in both" if has == gets else "missing in one"}
    if packets(reference) == packets(take):
        return {"state": "copied"}
    x, y = pcm(reference), pcm(take)
    if len(x) == len(y) and np.array_equal(x, y):
        return {"state": "identical"}
    out: dict[str, Any] = {"state": "changed", "length_s": [len(x) / RATE, len(y) / RATE]}
    return out | _aligned(x, y)


def packets(path: Path) -> str:
    """SHA-256 of the compressed packets of the first sound stream."""
    digest = hashlib.sha256()
    with av.open(str(path)) as source:
        for packet in source.demux(source.streams.audio[0]):
            if packet.size:
                digest.update(bytes(packet))
    return digest.hexdigest()


def pcm(path: Path) -> np.ndarray:
    """float32 16 kHz mono."""
    resampler = av.AudioResampler("flt", "mono", RATE)
    parts = []
    with av.open(str(path)) as source:
        for frame in source.decode(source.streams.audio[0]):
            parts += [f.to_ndarray().ravel() for f in resampler.resample(frame)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _aligned(x: np.ndarray, y: np.ndarray, reach: int = 1600) -> dict[str, float]:
    n = min(len(x), len(y), RATE * 60)
    if n < 4000:
        return {}
    c = np.fft.irfft(np.fft.rfft(x[:n], 2 * n) * np.conj(np.fft.rfft(y[:n], 2 * n)))
    lag = int(np.concatenate([c[-reach:], c[: reach + 1]]).argmax()) - reach
    a, b = (x[lag:n], y[: n - lag]) if lag >= 0 else (x[: n + lag], y[-lag:n])
    gain = float(a @ b / max(float(b @ b), 1e-9))
    snr = 10 * np.log10((float(a @ a) + 1e-9) / (float(((a - gain * b) ** 2).sum()) + 1e-9))
    return {"lag_ms": lag / 16, "snr_db": float(snr)}
