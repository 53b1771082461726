"""What every training has in common: a stage's clips, going on after a stop, a step of learning, the checkpoint."""

from __future__ import annotations

import copy
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .nets.frontend import RATE


@dataclass(frozen=True, slots=True)
class Plan:
    """Of one run: the steps, the peak learning rate, the steps until it, and what AdamW and the average are told.

    `most`: norm to which gradients are clipped · `keep`: how much of the average a step leaves at most, and over how
    many steps it reaches that.
    """

    steps: int
    rate: float
    warm: int
    decay: float
    most: float
    keep: tuple[float, float]

    def rate_at(self, step: int) -> float:
        """Up in a line, down in half a cosine to a fiftieth."""
        return self.rate * min(1, step / self.warm) * (0.02 + 0.49 * (1 + math.cos(math.pi * step / self.steps)))


class Course:
    """A net that learns, its running average, and the optimiser; from `folder/last.pt` where there is one.

    `first` is the step to begin with. A stage that begins takes the averaged weights of `start_from`.
    """

    def __init__(self, net: torch.nn.Module, plan: Plan, folder: Path, start_from: Path | None, device: str) -> None:
        self.plan, self.folder, self.last, self.first = plan, folder, folder / "last.pt", 1
        self.net: Any = net.to(device)
        if start_from is not None and not self.last.exists():
            self.net.load_state_dict(torch.load(start_from, map_location=device, weights_only=True)["ema"])
        self.ema: Any = copy.deepcopy(self.net).eval()
        self._opt = torch.optim.AdamW(self.net.parameters(), lr=plan.rate, weight_decay=plan.decay)
        if self.last.exists():
            state = torch.load(self.last, map_location=device, weights_only=True)
            self.net.load_state_dict(state["net"])
            self.ema.load_state_dict(state["ema"])
            self._opt.load_state_dict(state["opt"])
            self.first = state["step"] + 1
        self._started = time.time()

    def rng(self, seed: int, begun: np.random.Generator) -> np.random.Generator:
        """`begun`, or, after a stop, another: for other crops than before it."""
        return begun if self.first == 1 else np.random.default_rng((seed, self.first))

    def start_clock(self) -> None:
        """What comes before the first step is no part of a step's time."""
        self._started = time.time()

    def learn(self, loss: torch.Tensor, step: int) -> None:
        """Take one step down the loss."""
        for group in self._opt.param_groups:
            group["lr"] = self.plan.rate_at(step)
        self._opt.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch does not say
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.plan.most)
        self._opt.step()
        most, over = self.plan.keep
        keep = min(most, 1 - 1 / (step / over + 2))
        with torch.no_grad():
            for p, q in zip(self.ema.parameters(), self.net.parameters(), strict=True):
                p.lerp_(q, 1 - keep)

    def line(self, step: int, loss: float, samples: int) -> dict[str, Any]:
        """What is reported of a step; a step hears `samples`."""
        return {
            "step": step,
            "loss": round(loss, 4),
            "audio_h": round(step * samples / RATE / 3600, 2),
            "s_per_step": round((time.time() - self._started) / (step - self.first + 1), 2),
        }

    def save(self, step: int, line: dict[str, Any], **more: torch.Tensor) -> None:
        """Print and log the line, keep the checkpoint; a stop while writing leaves the old one whole."""
        print(line, flush=True)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        state = {"net": self.net.state_dict(), "ema": self.ema.state_dict(), "opt": self._opt.state_dict()}
        part = self.folder / "last.pt.part"
        torch.save({**state, "step": step, **more}, part)
        part.replace(self.last)
