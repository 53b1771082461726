"""Teach the recogniser to hear singing: hama's weights go on learning, by CTC, on the clips of `clips`.

A phone may only be emitted near its own time, so that the timing of what is heard stays what it was. Running again with
the same folder goes on after a stop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom

from lipwright.phonemes.alphabet import Tokens

from .corpus.augment import Mel, make_beds
from .course import Course, Plan
from .edits import edit_distance
from .nets.convert_ctc import assets, read_container, tokens
from .nets.ctc_net import Recogniser
from .nets.frontend import HOP, RATE
from .plan import CtcStage
from .symbols import INDEX, SYMBOLS
from .train import Clip, Sampler, taught

CROP, ROWS = 600, 11  # frames a row, rows
ROW_S = CROP * HOP / RATE
SILENT = (INDEX["SIL"], INDEX["BR"])
STEP = 2  # frames of 10 ms a frame of the recogniser
LAG = 3  # what the recogniser hears it reports this many of its frames late
EARLY, LATE, LONGEST = 1, 2, 15  # frames around its time in which a phone may be emitted; of a long one only the start
NEVER = -20.0
SHORTEST = 2  # frames of 10 ms: less of a phone at the edge of a crop is not asked for
WARPS = (0.8, 1.25)
REPORT_EVERY = 50


def shares() -> tuple[torch.Tensor, tuple[int, ...]]:
    """float32 (191, classes + 1) which output stands for which class, the last being the blank; class of a symbol."""
    names = tokens()
    known = Tokens.of(names)
    english, share = known.english()
    table = np.zeros((len(names), len(english) + 1), np.float32)
    table[list(known.columns), :-1] = share
    table[list(known.blanks), -1] = 1
    column = tuple(english.index(symbol) if symbol in english else -1 for symbol in SYMBOLS)
    return torch.from_numpy(table), column


class CtcMel(Mel):
    """Voice and background to what the recogniser sees: natural log-mel (B, T, 80) by hama's own bank, T even."""

    def __init__(self, device: str) -> None:
        super().__init__(device)
        fixed = read_container(assets() / "asr_waveform.hama")
        bank = np.array(fixed["mel_fb"], np.float32)
        self._window = torch.from_numpy(np.array(fixed["stft_real_kernel"][0, 0], np.float32)).to(device)
        self._plain = torch.from_numpy(bank).to(device)
        self._warped = torch.from_numpy(np.stack([_warped(bank, w) for w in np.linspace(*WARPS, 9)])).to(device)

    def clean(self, x: torch.Tensor) -> torch.Tensor:
        return torch.log((self._spectrum(x).abs() ** 2 @ self._plain).clamp(min=1e-10))

    def _log(self, power: torch.Tensor) -> torch.Tensor:
        return torch.log(power.clamp(min=1e-10))

    def _spectrum(self, x: torch.Tensor) -> torch.Tensor:
        padded = F.pad(x.to(self._device)[:, None], (200, 200), mode="reflect")[:, 0]
        frames = padded.unfold(1, 400, HOP)[:, : x.shape[1] // HOP]
        return torch.fft.rfft(frames * self._window, 400)

    @staticmethod
    def _coloured(rng: np.random.Generator, m: torch.Tensor) -> torch.Tensor:
        """Random equaliser, tilt, low-pass and masks."""
        rows, frames, bands = m.shape
        u, gain = np.linspace(0, 1, bands), np.zeros((rows, bands))
        for k in range(1, 4):
            gain += rng.standard_normal((rows, 1)) * 1.2 / k * np.cos(np.pi * k * u + rng.uniform(0, 6.28, (rows, 1)))
        m = m + torch.from_numpy((gain + rng.standard_normal((rows, 1)) * 1.5 * (u - 0.5)).astype(np.float32))[:, None]
        for row in m:
            middle = row.mean()
            if rng.random() < 0.15:
                row[:, rng.integers(bands * 2 // 3, bands) :] -= float(rng.uniform(2, 8))
            if rng.random() < 0.4:
                a = rng.integers(0, bands - 12)
                row[:, a : a + rng.integers(1, 12)] = middle
            if rng.random() < 0.3:
                a = rng.integers(0, frames - 8)
                row[a : a + rng.integers(1, 8)] = middle
        return m.clamp(min=math.log(1e-10))


def _warped(bank: Any, factor: float) -> Any:
    """The bank with every triangle `factor` times as high, of the same sum."""
    at = np.arange(len(bank)) / factor
    moved = np.stack([np.interp(at, np.arange(len(bank)), column, right=0.0) for column in bank.T], axis=1)
    lost = moved.sum(0) < 1e-6
    moved[:, lost] = bank[:, lost]
    return (moved * (bank.sum(0) / moved.sum(0))).astype(np.float32)


def targets(labels: Any, column: Sequence[int], classes: int) -> tuple[list[int], Any]:
    """labels int (T,) symbols of 10 ms frames -> classes in order, bool (T // 2, classes) where each may be emitted."""
    frames = len(labels) // STEP
    allowed, said = np.zeros((frames, classes), bool), []
    cuts = np.r_[0, np.flatnonzero(np.diff(labels)) + 1, len(labels)]
    for first, last in pairwise(cuts.tolist()):
        symbol = int(labels[first])
        if symbol in SILENT or last - first < SHORTEST:
            continue
        said.append(column[symbol])
        begin, end = first // STEP, max(-(-last // STEP), first // STEP + 2)
        allowed[max(0, begin + LAG - EARLY - 2) : min(end, begin + LONGEST) + LAG + LATE, column[symbol]] = True
    return said, allowed


def loss_of(logits: torch.Tensor, labels: Any, share: torch.Tensor, column: Sequence[int]) -> torch.Tensor:
    """CTC over the English classes, a phone's path kept near its time."""
    classes = share.shape[1] - 1
    rows = [targets(row, column, classes) for row in labels]
    keep = [k for k, (said, _) in enumerate(rows) if said]
    scores = torch.log(torch.softmax(logits[keep], -1) @ share + 1e-7)
    allowed = torch.from_numpy(np.stack([rows[k][1] for k in keep]))
    never = F.pad(~allowed, (0, 1)).to(scores.device)
    scores = scores + NEVER * never
    said = [rows[k][0] for k in keep]
    flat = torch.tensor([c for row in said for c in row])
    counts = torch.tensor([len(row) for row in said])
    lengths = torch.full((len(keep),), scores.shape[1])
    loss = F.ctc_loss(scores.transpose(0, 1), flat, lengths, counts, blank=classes, reduction="sum", zero_infinity=True)
    return loss / counts.sum()


def heard(net: Recogniser, mel: CtcMel, clip: Clip, share: torch.Tensor) -> list[int]:
    """Classes that the plain decoding finds in a clip."""
    x = torch.from_numpy(clip.audio.astype(np.float32) / 32768 * 0.4)[None]
    with torch.no_grad():
        best = (torch.softmax(net(mel.clean(x)), -1) @ share)[0].argmax(-1).numpy()
    best = best[np.r_[True, np.diff(best) != 0]]
    return [int(c) for c in best if c != share.shape[1] - 1]


def phone_error(
    net: Recogniser, mel: CtcMel, clips: list[Clip], share: torch.Tensor, column: Sequence[int]
) -> dict[str, float]:
    """Per cent by kind of clip."""
    wrong: dict[str, int] = {}
    count: dict[str, int] = {}
    for clip in clips:
        said, _ = targets(clip.label, column, share.shape[1] - 1)
        kind = clip.group[0]
        wrong[kind] = wrong.get(kind, 0) + edit_distance(
            [str(c) for c in said], [str(c) for c in heard(net, mel, clip, share)]
        )
        count[kind] = count.get(kind, 0) + len(said)
    return {kind: round(100 * wrong[kind] / count[kind], 1) for kind in sorted(count)}


def run(stage: CtcStage, shards: Path, folder: Path, start_from: Path | None, device: str, seed: int = 0) -> Path:
    """Train one stage; -> its checkpoint `folder/last.pt`."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    paths = [p for p in sorted(shards.glob("*-*.npz")) if p.stem.partition("-")[0] not in stage.without]
    dev, clips = taught(paths, folder, rng, most_dev=60)
    plan = Plan(stage.steps, stage.rate, warm=60, decay=1e-3, most=1.0, keep=(0.995, 6))
    course = Course(Recogniser(read_container(assets() / "asr_waveform.hama")), plan, folder, start_from, device)
    if course.first > stage.steps:
        return course.last
    rng = course.rng(seed, rng)
    share, column = shares()
    share = share.to(device)
    sample, mel = Sampler(clips, make_beds(rng, [c.audio for c in clips]), CROP), CtcMel(device)
    print(
        f"{stage.name}: {len(clips)} clips, {device}, from step {course.first}",
        phone_error(course.ema, mel, dev, share, column),
        flush=True,
    )
    course.start_clock()
    for step in range(course.first, stage.steps + 1):
        loss = _loss(course.net, mel, sample(rng, ROWS), rng, share, column)
        course.learn(loss, step)
        if step % REPORT_EVERY == 0 or step == stage.steps:
            line = course.line(step, float(loss.detach()), ROWS * CROP * HOP)
            course.save(step, line | phone_error(course.ema, mel, dev, share, column))
    return course.last


def _loss(
    net: Recogniser, mel: CtcMel, rows: Any, rng: Any, share: torch.Tensor, column: Sequence[int]
) -> torch.Tensor:
    voice, other, separated, labels, _ = rows
    with torch.no_grad():
        picture = mel(rng, voice, other, separated)
    with torch.autocast(picture.device.type, torch.bfloat16):
        logits = net(picture)
    return loss_of(logits.float(), labels.numpy(), share, column)
