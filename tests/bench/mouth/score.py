"""All scores of one take against its source."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from lipwright.faces import find_faces
from lipwright.faces.geometry import CHEEKS, JAW, LIPS, iod, mouth_opening, mouth_openings, region_of
from lipwright.faces.mesh import LEAST_SCORE, Mesh
from lipwright.video import Clip, Frame, open_clip

from . import containers, motion, pixels


@dataclass(slots=True)
class Sums:
    """Pixel numbers gathered over frames."""

    psnr: list[float] = field(default_factory=list)
    ssim: list[float] = field(default_factory=list)
    sharp: list[float] = field(default_factory=list)
    sharp_rest: list[float] = field(default_factory=list)
    fine: list[tuple[float, float, float, float]] = field(default_factory=list)  # opening and sharpness: source, take
    seam_changed: list[float] = field(default_factory=list)
    seam_mask: list[float] = field(default_factory=list)
    outside: np.ndarray = field(default_factory=lambda: np.zeros(256, np.int64))
    noise: float = 0.0


def score(source_path: Path, take_path: Path, *, intended: dict[str, Any] | None = None, audio_ref: Path | None = None,
          choose: str = "largest", limit: int | None = None, cache: bool = True) -> dict[str, Any]:  # fmt: skip
    """Every number, nested by question. `intended`: times_s, opening [, silence_s, closures_s] in seconds from the first
    picture; `choose` the face; `limit` only this many frames."""
    source, take = open_clip(source_path), open_clip(take_path)
    out: dict[str, Any] = {"container": containers.compare(source, take, audio_ref)}
    same = (source.info.width, source.info.height) == (take.info.width, take.info.height)
    track = find_faces(source, cache=cache).choose(choose).landmarks
    sums, points, times = _gather(source, take, track, same, limit)
    out["outside"], out["mouth_pixels"] = _outside(sums), _mouth(sums)
    out |= _moved(source, points, times, intended, audio_ref or take_path, bool(take.info.audio or audio_ref))
    return out


def curve(path: Path, choose: str = "largest") -> dict[str, list[float]]:
    """A clip's own mouth opening, in the form of an intended curve."""
    track = find_faces(open_clip(path)).choose(choose)
    opening = mouth_openings(track.landmarks)
    ok = np.isfinite(opening)
    return {"times_s": track.times_s[ok].round(6).tolist(), "opening": opening[ok].round(6).tolist()}


def rgb_of(frame: Frame) -> np.ndarray:
    """uint8 RGB of a whole upright frame: by FFmpeg, which is quicker than exact on whole pictures."""
    code = {1: 1, 5: 5, 6: 5, 9: 9}.get(frame.info.colour.matrix, 1 if frame.info.coded_height >= 720 else 5)
    full = 2 if frame.info.colour.full else 1
    rgb = frame.picture.reformat(format="rgb24", src_colorspace=code, src_color_range=full, dst_color_range=2)
    return np.ascontiguousarray(np.rot90(rgb.to_ndarray(), frame.info.rotation // 90))


def _pairs(source: Clip, take: Clip, limit: int | None) -> Iterator[tuple[Frame, Frame]]:
    return itertools.islice(zip(source.frames(), take.frames(), strict=False), limit)


def _gather(
    source: Clip, take: Clip, track: np.ndarray, same: bool, limit: int | None
) -> tuple[Sums, np.ndarray, np.ndarray]:
    """Sums, raw points (F, 2, 478, 3) of source and take in the source's own region, times (F, 2)."""
    mesh, sums = Mesh(), Sums()
    points, times = [], []
    for i, (a, b) in enumerate(_pairs(source, take, limit)):
        pair = np.full((2, 478, 3), np.nan)
        if i < len(track) and np.isfinite(track[i]).all() and same:
            region = region_of(track[i].astype(float))
            for k, frame in enumerate((a, b)):
                found, certainty, _ = mesh.points(frame, region)
                if certainty >= LEAST_SCORE:
                    pair[k] = found
        if same:
            _compare(rgb_of(a), rgb_of(b), pair, sums)
        points.append(pair)
        times.append((a.time_s, b.time_s))
    return sums, np.array(points), np.array(times)


def _compare(a: np.ndarray, b: np.ndarray, pair: np.ndarray, sums: Sums) -> None:
    seen = bool(np.isfinite(pair[0]).all())
    edit = pixels.edit_mask(a.shape, pair[0]) if seen else np.zeros(a.shape[:2], bool)
    away = cv2.absdiff(a, b).max(2)[~edit]
    sums.outside += np.bincount(away, minlength=256)
    sums.noise = float(away.mean()) if away.size else 0.0
    if seen:
        _compare_face(a, b, edit, pair, sums)


def _compare_face(a: np.ndarray, b: np.ndarray, edit: np.ndarray, pair: np.ndarray, sums: Sums) -> None:
    low = np.maximum(pair[0][:, :2].min(0).astype(int) - 16, 0)
    high = np.maximum(pair[0][:, :2].max(0).astype(int) + 16, low + 1)
    part = np.s_[low[1] : high[1], low[0] : high[0]]
    a, b, edit = a[part], b[part], edit[part]
    p, q = pair[0].copy(), pair[1].copy()
    p[:, :2] -= low
    q[:, :2] -= low
    mouth = pixels.mouth_mask(a.shape, p)
    if not mouth.any():
        return
    sums.psnr.append(pixels.psnr(a, b, mouth))
    sums.ssim.append(pixels.ssim(a, b, mouth))
    rest = ~pixels.hull_mask(a.shape, p[list(LIPS + JAW + CHEEKS), :2], 0.2 * iod(p))
    if np.isfinite(q).all() and rest.any():
        # Each in its own mouth: a wider mouth shows more edges, which is no matter of sharpness.
        theirs = pixels.mouth_mask(b.shape, q)
        ours_fine, theirs_fine = pixels.sharpness(a, mouth) + 1e-3, pixels.sharpness(b, theirs) + 1e-3
        sums.sharp.append(theirs_fine / ours_fine)
        sums.fine.append((mouth_opening(p), ours_fine, mouth_opening(q), theirs_fine))
        sums.sharp_rest.append((pixels.sharpness(b, rest) + 1e-3) / (pixels.sharpness(a, rest) + 1e-3))
    around = ~(cv2.dilate(edit.astype(np.uint8), np.ones((15, 15))) > 0)
    sums.seam_mask.append(pixels.seam_energy(a, b, pixels.edge_band(edit), around))
    changed = pixels.changed_region(a, b, sums.noise)
    untouched = ~(cv2.dilate(changed.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0)
    sums.seam_changed.append(
        pixels.seam_energy(a, b, pixels.edge_band(changed), untouched) if changed.sum() > 25 else 0.0
    )


def _outside(sums: Sums) -> dict[str, float]:
    """Pixels outside the edit mask: max, 99.9 %, mean difference in levels; share over 2 levels."""
    total = int(sums.outside.sum())
    if not total:
        return {}
    levels = np.arange(256)
    return {"max": int(np.flatnonzero(sums.outside).max()), "p99_9": int(np.searchsorted(np.cumsum(sums.outside) / total, 0.999)),
            "mean": float((sums.outside * levels).sum() / total), "share_over_2": float(sums.outside[3:].sum() / total)}  # fmt: skip


def _mouth(sums: Sums) -> dict[str, float]:
    def mean(values: list[float]) -> float:
        return float(np.mean(values)) if values else float("nan")

    def median(values: list[float]) -> float:
        return float(np.median(values)) if values else float("nan")

    return {"psnr_db": mean(sums.psnr), "ssim": mean(sums.ssim), "sharpness_ratio": median(sums.sharp),
            "sharpness_as_open": median(_as_open(sums.fine)),
            "sharpness_ratio_rest_of_face": median(sums.sharp_rest), "seam_changed_edge": mean(sums.seam_changed),
            "seam_mask_edge": mean(sums.seam_mask)}  # fmt: skip


def _as_open(fine: list[tuple[float, float, float, float]], near: int = 5) -> list[float]:
    """The take's sharpness over that of the source's frames whose mouths are as open: other words at the same moment
    show teeth where the source has none, which is no matter of sharpness either."""
    if not fine:
        return []
    open_a, fine_a, open_b, fine_b = np.array(fine).T
    alike = np.argsort(np.abs(open_b[:, None] - open_a[None]), axis=1)[:, :near]
    return list(fine_b / fine_a[alike].mean(1))


def _moved(source: Clip, points: np.ndarray, times: np.ndarray, intended: dict[str, Any] | None, sound: Path,
           has_sound: bool) -> dict[str, Any]:  # fmt: skip
    a, b = points[:, 0], points[:, 1]
    ref = motion.reference(a)
    lips_a, lips_b = motion.aligned_lips(a, ref), motion.aligned_lips(b, ref)
    jitter_a, jitter_b = motion.jitter(lips_a), motion.jitter(lips_b)
    open_a, open_b = mouth_openings(a), mouth_openings(b)
    out: dict[str, Any] = {
        "motion": {"jitter_source": jitter_a, "jitter_take": jitter_b, "lmd": motion.lmd(lips_a, lips_b),
                   "jitter_ratio": jitter_b / max(jitter_a, 1e-9),
                   "jitter_excess": float(np.sqrt(max(0.0, jitter_b**2 - jitter_a**2)))},
        "opening": {"source_5_50_95": _spread(open_a), "take_5_50_95": _spread(open_b), "r_to_source": motion.corr(open_a, open_b)},
        "faces": {"frames": len(points), "found_source": float(np.isfinite(a).all((1, 2)).mean()),
                  "found_take": float(np.isfinite(b).all((1, 2)).mean())},
    }  # fmt: skip
    ta, tb = times[:, 0], times[:, 1]
    want = intended or {}
    if "opening" in want:
        out["intended"] = motion.opening_agreement(tb, open_b, np.array(want["times_s"]), np.array(want["opening"]))
    if want.get("closures_s"):
        out["closures"] = {"source": motion.closures(ta, open_a, want["closures_s"]),
                           "take": motion.closures(tb, open_b, want["closures_s"])}  # fmt: skip
    spans = want.get("silence_s")
    if spans is None and has_sound:
        spans = motion.silent_spans(containers.pcm(sound), containers.RATE)
    if spans:
        out["silence"] = {"spans": [list(map(float, s)) for s in spans],
                          "source": motion.silence_motion(ta, lips_a, open_a, spans),
                          "take": motion.silence_motion(tb, lips_b, open_b, spans)}  # fmt: skip
    return out


def _spread(values: np.ndarray) -> list[float]:
    values = values[np.isfinite(values)]
    return [float(np.percentile(values, q)) for q in (5, 50, 95)] if len(values) else []
