"""Train the phone model on the shards of `clips`; running again with the same folder goes on after a stop."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom

from .corpus.augment import Mel, background, breath, driven, in_a_room, make_beds
from .course import Course, Plan
from .nets.frontend import HOP, RATE, Array
from .nets.net import Net
from .plan import LAST_KIND, Stage
from .symbols import INDEX, SYMBOLS

CROP = 400  # frames, 4 s
BATCH = 32
MIX = {"spoken": 0.36, "altered": 0.14, "sung": 0.5}
DEV_ONE_IN = 60  # texts kept for the report, with all their copies
LOOSE_WEIGHT = 0.4  # of the frames beside a boundary that is known within 20-30 ms only
REPORT_EVERY = 50
N = len(SYMBOLS)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """audio int16 (160 T,) · label int64 (T,) · weight float32 (T,) · group (kind, voice)."""

    group: tuple[str, str]
    audio: Any
    label: Any
    weight: Any
    dev: bool


def read_shards(paths: list[Path], rng: np.random.Generator) -> list[Clip]:
    """Every clip of the shards; some pauses get an audible breath."""
    clips = []
    for path in paths:
        with np.load(path) as shard:
            meta, audio = json.loads(str(shard["clips"])), shard["audio"]
        at = 0
        for doc in meta["clips"]:
            if doc["samples"] >= 60 * HOP:
                group = (doc["kind"], path.stem.partition("-")[0])
                clips.append(_read_clip(group, doc, audio[at : at + doc["samples"]], rng))
            at += doc["samples"]
    return clips


def _read_clip(group: tuple[str, str], doc: dict[str, Any], audio: Any, rng: np.random.Generator) -> Clip:
    frames = len(audio) // HOP
    label, centre = np.zeros(frames, np.int64), (np.arange(frames) + 0.5) * HOP / RATE
    for a, b, symbol in doc["phones"]:
        i, j = np.searchsorted(centre, [a, b])
        label[i:j] = INDEX[symbol]
    audio = audio[: frames * HOP].copy()
    ends = [0.0, *(phone[1] for phone in doc["phones"])]
    starts = [*(phone[0] for phone in doc["phones"]), frames * HOP / RATE]
    for a, b in zip(ends, starts, strict=True):
        if b - a > 0.22 and rng.random() < 0.35:
            i, j = _add_breath(rng, audio, a, b, centre)
            label[i:j] = INDEX["BR"]
    weight = np.ones(frames, np.float32)
    if doc["loose"]:
        change = np.nonzero(np.diff(label))[0]
        weight[change] = weight[change + 1] = LOOSE_WEIGHT
    return Clip(group, audio, label, weight, zlib.crc32(doc["text"].encode()) % DEV_ONE_IN == 0)


def _add_breath(rng: np.random.Generator, audio: Any, a: float, b: float, centre: Any) -> tuple[int, int]:
    """Mix a breath into the pause a..b of audio, in place; -> its frames."""
    stop = int((b - 0.02) * RATE)
    start = max(int((a + 0.02) * RATE), stop - int(rng.uniform(0.15, 0.6) * RATE))
    loud = breath(rng, stop - start) * rng.uniform(0.01, 0.12) * 32767
    room = audio[start:stop]
    audio[start:stop] = np.clip(room + loud[: len(room)], -32767, 32767)
    i, j = np.searchsorted(centre, [start / RATE, stop / RATE])
    return int(i), int(j)


class Sampler:
    """Rows of `crop` frames. A kind gets its share of MIX, a voice the root of its seconds, a clip its length."""

    def __init__(self, clips: list[Clip], beds: dict[str, list[Array]], crop: int) -> None:
        self._beds, self._crop = beds, crop
        self._groups: dict[tuple[str, str], list[Clip]] = {}
        for clip in clips:
            self._groups.setdefault(clip.group, []).append(clip)
        self._names = list(self._groups)
        self._ends = {g: np.cumsum([len(c.audio) for c in cs]) for g, cs in self._groups.items()}
        root = {g: np.sqrt(self._ends[g][-1]) for g in self._names}
        total = {kind: sum(r for g, r in root.items() if g[0] == kind) for kind in MIX}
        p = np.array([MIX[g[0]] * root[g] / total[g[0]] for g in self._names])
        self._p = p / p.sum()

    def _pick(self, rng: np.random.Generator, group: tuple[str, str]) -> Clip:
        ends = self._ends[group]
        return self._groups[group][int(np.searchsorted(ends, rng.integers(ends[-1]), side="right"))]

    def __call__(self, rng: np.random.Generator, rows: int) -> tuple[torch.Tensor, torch.Tensor, Any, Any, Any]:
        """-> voice (B, N), background (B, N), separated bool (B,), labels (B, T), weights (B, T)."""
        x = np.zeros((rows, self._crop * HOP), np.float32)
        y, w = np.zeros((rows, self._crop), np.int64), np.zeros((rows, self._crop), np.float32)
        for b in range(rows):
            self._fill(rng, x[b], y[b], w[b])
        x *= 10 ** (rng.uniform(-20, 2, (rows, 1)) / 20).astype(np.float32)
        x = in_a_room(rng, driven(rng, x))
        other, separated = background(rng, x, self._beds)
        return torch.from_numpy(x), torch.from_numpy(other), separated, torch.from_numpy(y), torch.from_numpy(w)

    def _fill(self, rng: np.random.Generator, x: Any, y: Any, w: Any) -> None:
        """Clips of one voice back to back with small gaps, or one long one; now and then a long pause."""
        group, at = self._names[rng.choice(len(self._names), p=self._p)], 0
        while at < self._crop:
            clip = self._pick(rng, group)
            count = len(clip.label)
            a = rng.integers(0, count - self._crop + 1) if at == 0 and count > self._crop else 0
            m, gap = min(count - a, self._crop - at), int(rng.integers(0, 150 if rng.random() < 0.2 else 30))
            x[at * HOP : (at + m) * HOP] = clip.audio[a * HOP : (a + m) * HOP] / np.float32(32768)
            y[at : at + m], w[at : at + m] = clip.label[a : a + m], clip.weight[a : a + m]
            w[at + m : at + m + gap] = 0.3
            at += m + gap


def loss_of(z: torch.Tensor, y: torch.Tensor, w: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross entropy plus 0.3 of the boundary loss (a boundary's neighbours count 0.4)."""
    ce = F.cross_entropy(z[..., :N].reshape(-1, N), y.reshape(-1), reduction="none", label_smoothing=0.03).view_as(w)
    ce = (ce * w).sum() / w.sum()
    edge = F.pad((y[:, 1:] != y[:, :-1]).float(), (1, 0))
    near = torch.maximum(F.pad(edge[:, 1:], (0, 1)), F.pad(edge[:, :-1], (1, 0)))
    target = torch.maximum(edge, 0.4 * near)
    bce = F.binary_cross_entropy_with_logits(z[..., N], target, pos_weight=torch.tensor(4.0, device=z.device))
    return ce + 0.3 * bce, ce


def frame_accuracy(net: Net, mel: Mel, clips: list[Clip]) -> dict[str, float]:
    """Share of right frames a kind, clean sound, middle 4 s."""
    right: dict[str, int] = {}
    seen: dict[str, int] = {}
    with torch.no_grad():
        for c in clips:
            a = max(0, (len(c.label) - CROP) // 2)
            y = c.label[a : a + CROP]
            y = y[: len(y) // 2 * 2]
            x = torch.from_numpy(c.audio[a * HOP : (a + len(y)) * HOP].astype(np.float32) / 32768 * 0.6)[None]
            got = net(mel.clean(x))[0, :, :N].argmax(-1).cpu().numpy()
            right[c.group[0]] = right.get(c.group[0], 0) + int((got == y).sum())
            seen[c.group[0]] = seen.get(c.group[0], 0) + len(y)
    return {k: round(right[k] / seen[k], 4) for k in sorted(seen)}


def symbol_counts(clips: list[Clip]) -> tuple[Any, Any]:
    """(frames a symbol, symbol pairs + 1)."""
    pairs = np.ones((N, N), np.int64)
    for c in clips:
        s = c.label[np.r_[True, np.diff(c.label) != 0]]
        np.add.at(pairs, (s[:-1], s[1:]), 1)
    return np.bincount(np.concatenate([c.label for c in clips]), minlength=N), pairs


def run(stage: Stage, shards: Path, folder: Path, start_from: Path | None, device: str, seed: int = 0) -> Path:
    """Train one stage; -> its checkpoint `folder/last.pt` (weights, their average, optimiser, counts, step)."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    paths = [p for p in sorted(shards.glob("*-*.npz")) if stage.everything or not p.stem.startswith(LAST_KIND)]
    dev, clips = taught(paths, folder, rng, most_dev=120)
    plan = Plan(stage.steps, stage.rate, warm=150, decay=0.02, most=2.0, keep=(0.998, 8))
    course = Course(Net(), plan, folder, start_from, device)
    if course.first > stage.steps:
        return course.last
    rng = course.rng(seed, rng)
    hours = sum(len(c.audio) for c in clips) / RATE / 3600
    print(f"{stage.name}: {hours:.2f} h, {len(dev)} dev clips, {device}, from step {course.first}", flush=True)
    sample, mel = Sampler(clips, make_beds(rng, [c.audio for c in clips]), CROP), Mel(device)
    counts = {name: torch.from_numpy(c) for name, c in zip(("prior", "bigram"), symbol_counts(clips), strict=True)}
    course.start_clock()
    for step in range(course.first, stage.steps + 1):
        loss, ce = _loss(course.net, mel, sample(rng, BATCH), rng)
        course.learn(loss, step)
        if step % REPORT_EVERY == 0 or step == stage.steps:
            line = course.line(step, float(ce.detach()), BATCH * CROP * HOP)
            course.save(step, line | {"dev": frame_accuracy(course.ema, mel, dev)}, **counts)
    return course.last


def taught(paths: list[Path], folder: Path, rng: np.random.Generator, most_dev: int) -> tuple[list[Clip], list[Clip]]:
    """(clips kept for the report, clips to learn from) of the shards; makes `folder` and notes there what is heard."""
    clips = read_shards(paths, rng)
    if not clips:
        raise SystemExit(f"no clips for {folder}; make them first (--only data)")
    folder.mkdir(parents=True, exist_ok=True)
    note_what_is_heard(folder, clips)
    return [c for c in clips if c.dev][:most_dev], [c for c in clips if not c.dev]


def note_what_is_heard(folder: Path, clips: list[Clip]) -> None:
    """Hours by voice and kind, for the model card."""
    heard: dict[str, dict[str, float]] = {}
    for clip in clips:
        kind, voice = clip.group
        own = heard.setdefault(voice, {})
        own[kind] = own.get(kind, 0.0) + len(clip.audio) / RATE / 3600
    (folder / "heard.json").write_text(json.dumps(heard, indent=1), encoding="utf-8")


def _loss(net: Net, mel: Mel, rows: Any, rng: Any) -> tuple[torch.Tensor, torch.Tensor]:
    voice, other, separated, y, w = rows
    device = next(net.parameters()).device
    with torch.no_grad():
        picture = mel(rng, voice, other, separated)
    with torch.autocast(device.type, torch.bfloat16):  # 2.5 times faster than float32 on a recent CPU
        z = net(picture)
    return loss_of(z.float(), y.to(device), w.to(device))
