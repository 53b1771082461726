"""Do our curves move as real lips do: the performance of filmed sentences against the speakers' own mouths.

Six sentences of six people, words given, 25 frames a second. `opening` is the correlation of the lip gap that our visemes
mean with the gap that is seen, between the first and last phone; `width` that of our spread and rounded lips with the
width that is seen; `lag` is where each correlates best (positive: ours is late). A mouth that follows loudness alone
reaches 0.2 to 0.5 on such clips. GAP was read off these same clips by eye, so `opening` flatters a little.

Then, by speaker, the opening that takes are asked for against filmed sentences with measured lips: r over the whole clip
and inside speech, how much and how fast it moves in shares of the filmed movement (both in eye distances), closures met,
and the lag. data/lip_shapes.toml was fitted to these speakers.
"""

import json
from collections import Counter
from pathlib import Path

import numpy as np
from tests.shared import SHARED

from lipwright.faces import track_faces
from lipwright.mouths.face.lip_model import LEAST_GAP, MOST_GAP
from lipwright.mouths.face.lip_targets import _curves, generic_rules
from lipwright.mouths.face.lip_targets import _gap as _shares
from lipwright.performance import direct
from lipwright.service import PerformOptions, perform
from lipwright.types import VISEMES, Performance, Track
from lipwright.video import open_clip

SENTENCES = {
    "bbaf2n": "bin blue at f two now",
    "lbax4n": "lay blue at x four now",
    "lrwp9a": "lay red with p nine again",
    "pwij3p": "place white in j three please",
    "sbia1a": "set blue in a one again",
    "swiz3n": "set white in z three now",
}
# Lip gap of each viseme at weight 1; a smile's ih shows more between the lips than the jaw has dropped.
GAP = {
    "sil": 0.0, "PP": 0.0, "FF": 0.2, "TH": 0.4, "DD": 0.5, "kk": 0.6, "CH": 0.6, "SS": 0.6, "nn": 0.5, "RR": 0.3,
    "aa": 1.0, "E": 0.95, "ih": 0.8, "oh": 0.6, "ou": 0.25,
}  # fmt: skip
LAGS_S = np.arange(-0.2, 0.201, 0.02)


def seen(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(lip gap, mouth width) by frame in distances between the eyes' outer corners."""
    flat = landmarks[:, :, :2]
    eyes = np.linalg.norm(flat[:, 263] - flat[:, 33], axis=1)
    gap = np.linalg.norm(flat[:, [13, 82, 312]].mean(axis=1) - flat[:, [14, 87, 317]].mean(axis=1), axis=1)
    return gap / eyes, np.linalg.norm(flat[:, 61] - flat[:, 291], axis=1) / eyes


def at(track: Track, times: np.ndarray) -> np.ndarray:
    """A track at times."""
    return np.interp(times, track.times_s, track.values) if track.times_s else np.zeros(len(times))


def row(path: Path, sentence: str) -> tuple[float, float, float, float]:
    """(opening r, its lag in ms, width r, its lag in ms) of one clip."""
    performance = perform(path, sentence, direct("natural"), PerformOptions(language="en"))
    face = track_faces(open_clip(path))
    gap, width = seen(face.landmarks)
    start, end = performance.phonemes[0].start_s, performance.phonemes[-1].end_s
    inside = (face.times_s >= start) & (face.times_s <= end) & face.present
    opening = _best(lambda times: _gap(performance, times), face.times_s[inside], gap[inside])
    lips = _best(lambda times: -at(performance.track("lips"), times), face.times_s[inside], width[inside])
    return (*opening, *lips)


def _gap(performance: Performance, times: np.ndarray) -> np.ndarray:
    return sum(GAP[name] * at(performance.track(name), times) for name in VISEMES)


def _best(ours, times: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """(correlation without a lag, the lag in ms at which it is highest)."""
    scores = [np.corrcoef(ours(times + lag), theirs)[0, 1] for lag in LAGS_S]
    return scores[len(LAGS_S) // 2], 1000 * LAGS_S[int(np.argmax(scores))]


def _asked(performance: Performance, times: np.ndarray) -> np.ndarray:
    """The opening that a take is asked for, in shares of the performer's widest."""
    return _shares(_curves(performance, times, generic_rules()), generic_rules())


def opening_row(folder: Path, line: dict) -> tuple[float, ...]:
    """(r of the whole clip, r inside speech, movement, speed, closures met, lag ms) of one clip of the footage."""
    performance = perform(
        folder / "clips" / f"{line['clip']}.mpg", line["text"], direct("natural"), PerformOptions(language="en")
    )
    seen_lips = np.load(folder / "lips" / f"{line['clip']}.npz")
    good, times = seen_lips["present"] & ~seen_lips["occluded"], seen_lips["times_s"].astype(float)
    theirs = seen_lips["opening3d"].astype(float)
    widest = float(np.clip(1.15 * np.percentile(theirs[good], 98), LEAST_GAP, MOST_GAP))  # as takes measure it
    ours = widest * _asked(performance, times)
    phones = line["phones"]
    inside = good & (times >= phones[0][1]) & (times <= phones[-1][2])
    spans = [(times >= a - 0.08) & (times <= b + 0.04) for symbol, a, b in phones if symbol in ("B", "P", "M")]
    met = [ours[span].min() < 0.1 * widest for span in spans if span.any()]
    _, lag_ms = _best(lambda at_s: _asked(performance, at_s), times[good], theirs[good])
    speeds = [float(np.percentile(np.abs(np.diff(curve[inside])), 90)) for curve in (ours, theirs)]
    return (
        np.corrcoef(ours[good], theirs[good])[0, 1],
        np.corrcoef(ours[inside], theirs[inside])[0, 1],
        float(ours[inside].std() / theirs[inside].std()),
        speeds[0] / speeds[1],
        float(np.mean(met)) if met else np.nan,
        lag_ms,
    )


def footage(folder: Path, clips_each: int = 4) -> dict[str, np.ndarray]:
    """Medians by speaker over the first clips of each that has a transcript."""
    counts: Counter[str] = Counter()
    rows: dict[str, list[tuple[float, ...]]] = {}
    for line in map(json.loads, (folder / "alignment.jsonl").read_text().splitlines()):
        speaker = line["clip"].split("_")[1].rstrip("q?")
        if not line.get("text") or counts[speaker] == clips_each:
            continue
        counts[speaker] += 1
        rows.setdefault(speaker, []).append(opening_row(folder, line))
    return {speaker: np.nanmedian(values, axis=0) for speaker, values in rows.items()}


def main() -> None:
    """Print the table."""
    folder = SHARED / "data" / "video"
    if not folder.is_dir():
        print(f"needs {folder}; set LIPWRIGHT_SHARED")
        return
    print(f"{'clip':10}{'opening r':>10}{'lag ms':>8}{'width r':>9}{'lag ms':>8}")
    rows = {name: row(folder / f"grid_{name}.mpg", sentence) for name, sentence in SENTENCES.items()}
    for name, figures in rows.items():
        print("{:10}{:10.2f}{:8.0f}{:9.2f}{:8.0f}".format(name, *figures))
    opening, lag, width, width_lag = np.array(list(rows.values())).T
    print(f"{'all':10}{opening.mean():10.2f}{np.median(lag):8.0f}{width.mean():9.2f}{np.median(width_lag):8.0f}")
    if not (SHARED / "data" / "footage").is_dir():
        return
    speakers = footage(SHARED / "data" / "footage")
    print(f"\n{'speaker':10}{'r whole':>10}{'r speech':>10}{'movement':>10}{'speed':>10}{'met':>10}{'lag ms':>10}")
    for name, figures in [*speakers.items(), ("all", np.nanmedian(list(speakers.values()), axis=0))]:
        print(f"{name:10}" + "".join(f"{figure:10.2f}" for figure in figures))


if __name__ == "__main__":
    main()
