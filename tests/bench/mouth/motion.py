"""How lips move: against an intended curve, against another clip, in silence, at closures. Landmarks are (F, 478, 3)."""

from __future__ import annotations

from typing import Any

import numpy as np

from lipwright.faces.geometry import LIPS, STABLE, applied, similarity

CLOSED = 0.02  # opening / IOD under which the lips count as met
MOST_LAG_S, LAG_STEP_S = 0.4, 0.005


def reference(track: np.ndarray) -> np.ndarray | None:
    """Stable points of the middle frame that has a face: the pose that clips are brought to."""
    seen = [t for t in track if np.isfinite(t).all()]
    return seen[len(seen) // 2][list(STABLE), :2].astype(float) if seen else None


def aligned_lips(track: np.ndarray, ref: np.ndarray | None) -> np.ndarray:
    """Lips (F, 40, 2) with head motion taken out, in IOD; NaN without a face. 2D only: a turning head leaves a rest."""
    out = np.full((len(track), len(LIPS), 2), np.nan)
    if ref is None:
        return out
    size = np.linalg.norm(ref[0] - ref[3])
    for i, t in enumerate(track):
        if np.isfinite(t).all():
            t = t.astype(float)
            out[i] = applied(similarity(t[list(STABLE), :2], ref), t[list(LIPS), :2]) / size
    return out


def jitter(lips: np.ndarray) -> float:
    """RMS second difference of aligned lips, 1/1000 IOD per frame^2. Holds real acceleration too, so it is read against
    the source's value."""
    d = lips[2:] - 2 * lips[1:-1] + lips[:-2]
    d = d[np.isfinite(d).all((1, 2))]
    return float(np.sqrt((d**2).sum(2).mean()) * 1000) if len(d) else float("nan")


def lmd(a: np.ndarray, b: np.ndarray) -> float:
    """Mean distance of paired lip points, 1/1000 IOD. Self-reenactment only; re-encoding a small face alone gives 5."""
    n = min(len(a), len(b))
    ok = np.isfinite(a[:n]).all((1, 2)) & np.isfinite(b[:n]).all((1, 2))
    return float(np.linalg.norm(a[:n][ok] - b[:n][ok], axis=2).mean() * 1000) if ok.any() else float("nan")


def corr(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson over the frames that both have; NaN where one stands still."""
    ok = np.isfinite(x) & np.isfinite(y)
    if ok.sum() < 8 or np.std(x[ok]) < 1e-6 or np.std(y[ok]) < 1e-6:
        return float("nan")
    return float(np.corrcoef(x[ok], y[ok])[0, 1])


def opening_agreement(times: np.ndarray, rendered: np.ndarray, want_t: np.ndarray, want: np.ndarray) -> dict[str, Any]:
    """The closed loop: opening asked of the engine against opening measured in its take.

    r at lag 0; best_r and lag_ms within +-0.4 s (positive: the rendered mouth is late); gain; range_ratio of the 5-95 %
    spreads; mae_fit in IOD after the best line. Knows nothing of sound: it tests the renderer, not the prediction.
    """

    def at(shift: float) -> np.ndarray:
        return np.interp(times - shift, want_t, want, left=np.nan, right=np.nan)

    steps = round(MOST_LAG_S / LAG_STEP_S)
    lags = np.arange(-steps, steps + 1) * LAG_STEP_S
    rs = np.array([corr(rendered, at(s)) for s in lags])
    w = at(0.0)
    ok = np.isfinite(w) & np.isfinite(rendered)
    out: dict[str, Any] = {"r": corr(rendered, w), "frames": int(ok.sum())}
    if np.isfinite(rs).any():
        best = int(np.nanargmax(rs))
        out.update(best_r=float(rs[best]), lag_ms=float(lags[best] * 1000))
    if ok.sum() >= 8 and np.std(w[ok]) > 1e-6:
        gain, shift = np.polyfit(w[ok], rendered[ok], 1)
        spread = [float(np.subtract(*np.percentile(v[ok], [95, 5]))) for v in (rendered, w)]
        out.update(gain=float(gain), range_ratio=spread[0] / max(spread[1], 1e-9),
                   mae_fit=float(np.abs(rendered[ok] - (gain * w[ok] + shift)).mean()))  # fmt: skip
    return out


def silent_spans(pcm: np.ndarray, rate: int, floor_db: float = -40, least_s: float = 0.25) -> list[tuple[float, float]]:
    """(start, end) s where the 20 ms level stays 40 dB under the loudest for 0.25 s or more."""
    n = rate // 50
    if len(pcm) < n:
        return []
    energy = np.sqrt((pcm[: len(pcm) // n * n].reshape(-1, n) ** 2).mean(1)) + 1e-7
    quiet = 20 * np.log10(energy / energy.max()) < floor_db
    edges = np.flatnonzero(np.diff(quiet.astype(int), prepend=0, append=0))
    return [(a * 0.02, b * 0.02) for a, b in zip(edges[::2], edges[1::2], strict=True) if (b - a) * 0.02 >= least_s]


def silence_motion(times: np.ndarray, lips: np.ndarray, opening: np.ndarray, spans: list[Any]) -> dict[str, Any]:
    """Lip speed (IOD/s) and share of frames open over 0.03 IOD inside the spans less 0.08 s at each end.

    Natural pauses often show open, moving lips: compare with the source, or use digital silence."""
    inside = np.zeros(len(times), bool)
    for a, b in spans:
        inside |= (times >= a + 0.08) & (times <= b - 0.08)
    speed = np.linalg.norm(np.diff(lips, axis=0), axis=2).mean(1) / np.maximum(np.diff(times), 1e-3)
    chosen = inside[1:] & inside[:-1] & np.isfinite(speed)
    still = opening[inside & np.isfinite(opening)]
    if not chosen.any():
        return {"frames": int(inside.sum())}
    return {
        "frames": int(inside.sum()),
        "lip_speed": float(speed[chosen].mean()),
        "open_share": float((still > 0.03).mean()),
    }


def closures(times: np.ndarray, opening: np.ndarray, marks: list[float], reach_s: float = 0.06) -> dict[str, Any]:
    """Share of marked bilabials whose least opening within +-60 ms is under 0.02 IOD."""
    low = [float(opening[near].min()) for t in marks
           if (near := (np.abs(times - t) <= reach_s) & np.isfinite(opening)).any()]  # fmt: skip
    if not low:
        return {"marks": 0, "closed_share": float("nan"), "median_opening": float("nan")}
    return {
        "marks": len(low),
        "closed_share": float(np.mean([v <= CLOSED for v in low])),
        "median_opening": float(np.median(low)),
    }
