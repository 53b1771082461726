"""Teach the recogniser to hear singing: hama's weights go on learning, by CTC, on the clips of `clips`.

A phone may only be emitted near its own time, so that the timing of what is heard stays what it was. Running again with
the same folder goes on after a stop.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom

from lipwright.phonemes.alphabet import Tokens

from .augment import Mel, make_beds
from .convert_ctc import assets, read_container, tokens
from .ctc_net import Recogniser
from .frontend import HOP, RATE
from .hearing import edits
from .plan import CtcStage
from .symbols import INDEX, SYMBOLS
from .train import Clip, Sampler, note_what_is_heard, read_shards

CROP, ROWS = 600, 11  # frames, rows of 6 s
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
        wrong[kind] = wrong.get(kind, 0) + edits([str(c) for c in said], [str(c) for c in heard(net, mel, clip, share)])
        count[kind] = count.get(kind, 0) + len(said)
    return {kind: round(100 * wrong[kind] / count[kind], 1) for kind in sorted(count)}


def run(stage: CtcStage, shards: Path, folder: Path, start_from: Path | None, device: str, seed: int = 0) -> Path:
    """Train one stage; -> its checkpoint `folder/last.pt`."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    paths = [p for p in sorted(shards.glob("*-*.npz")) if p.stem.partition("-")[0] not in stage.without]
    clips = read_shards(paths, rng)
    if not clips:
        raise SystemExit(f"no clips in {shards}; make them first")
    folder.mkdir(parents=True, exist_ok=True)
    note_what_is_heard(folder, clips)
    dev, clips = [c for c in clips if c.dev][:60], [c for c in clips if not c.dev]
    last, first = folder / "last.pt", 1
    net = Recogniser(read_container(assets() / "asr_waveform.hama")).to(device)
    if start_from is not None and not last.exists():
        net.load_state_dict(torch.load(start_from, map_location=device, weights_only=True)["ema"])
    ema = copy.deepcopy(net).eval()
    opt = torch.optim.AdamW(net.parameters(), lr=stage.rate, weight_decay=1e-3)
    if last.exists():
        state = torch.load(last, map_location=device, weights_only=True)
        net.load_state_dict(state["net"])
        ema.load_state_dict(state["ema"])
        opt.load_state_dict(state["opt"])
        first = state["step"] + 1
        rng = np.random.default_rng((seed, first))  # other crops than before the stop
    if first > stage.steps:
        return last
    share, column = shares()
    share = share.to(device)
    sample, mel = Sampler(clips, make_beds(rng, [c.audio for c in clips]), CROP), CtcMel(device)
    print(
        f"{stage.name}: {len(clips)} clips, {device}, from step {first}",
        phone_error(ema, mel, dev, share, column),
        flush=True,
    )
    started = time.time()
    for step in range(first, stage.steps + 1):
        rate = stage.rate * min(1, step / 60) * (0.02 + 0.49 * (1 + math.cos(math.pi * step / stage.steps)))
        loss = _step(net, ema, opt, mel, sample(rng, ROWS), rng, rate, step, (share, column))
        if step % REPORT_EVERY == 0 or step == stage.steps:
            line = {"step": step, "loss": round(loss, 4), "audio_h": round(step * ROWS * CROP * HOP / RATE / 3600, 2)}
            line["s_per_step"] = round((time.time() - started) / (step - first + 1), 2)
            line |= phone_error(ema, mel, dev, share, column)
            print(line, flush=True)
            with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            torch.save(
                {"net": net.state_dict(), "ema": ema.state_dict(), "opt": opt.state_dict(), "step": step},
                folder / "last.part",
            )
            (folder / "last.part").replace(last)
    return last


def _step(
    net: Recogniser, ema: Recogniser, opt: Any, mel: CtcMel, rows: Any, rng: Any, rate: float, step: int, table: Any
) -> float:
    voice, other, separated, labels, _ = rows
    for group in opt.param_groups:
        group["lr"] = rate
    with torch.no_grad():
        picture = mel(rng, voice, other, separated)
    with torch.autocast(picture.device.type, torch.bfloat16):
        logits = net(picture)
    loss = loss_of(logits.float(), labels.numpy(), *table)
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
    keep = min(0.995, 1 - 1 / (step / 6 + 2))
    with torch.no_grad():
        for p, q in zip(ema.parameters(), net.parameters(), strict=True):
            p.lerp_(q, 1 - keep)
    return float(loss.detach())
