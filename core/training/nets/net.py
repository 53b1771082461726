"""The network: 64 log-mel bands -> 40 symbol logits and one boundary logit a 10 ms frame. 1.39 M parameters."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom
from torch import nn

from ..symbols import SYMBOLS
from .frontend import MELS


class Block(nn.Module):
    """ConvNeXt-style residual block on (B, C, T)."""

    def __init__(self, channels: int, hidden: int, dilation: int, kernel: int = 7) -> None:
        super().__init__()
        pad = dilation * (kernel // 2)
        self.dw = nn.Conv1d(channels, channels, kernel, padding=pad, dilation=dilation, groups=channels)
        self.ln = nn.LayerNorm(channels)
        self.a = nn.Linear(channels, hidden)
        self.b = nn.Linear(hidden, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Same shape."""
        y = self.ln(self.dw(x).transpose(1, 2))
        return cast(torch.Tensor, x + self.b(F.relu(self.a(y))).transpose(1, 2))


class Net(nn.Module):
    """(B, T, 64), T even -> (B, T, 41). The middle runs at 20 ms for a wide view, the ends at 10 ms for sharp edges."""

    def __init__(self, channels: int = 160, hidden: int = 384) -> None:
        super().__init__()
        self.inp = nn.Conv1d(MELS, channels, 5, padding=2)
        self.f1 = nn.ModuleList(Block(channels, hidden, d) for d in (1, 2))
        self.down = nn.Conv1d(channels, channels, 2, stride=2)
        self.mid = nn.ModuleList(Block(channels, hidden, d) for d in (1, 2, 4, 8, 16, 1))
        self.up = nn.Linear(channels, channels)
        self.f2 = nn.ModuleList(Block(channels, hidden, d) for d in (1, 1))
        self.ln = nn.LayerNorm(channels)
        self.head = nn.Linear(channels, len(SYMBOLS) + 1)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        """(B, T, 64) -> (B, T, 41) logits."""
        x = F.relu(self.inp(mel.transpose(1, 2)))
        for block in self.f1:
            x = block(x)
        y = self.down(x)
        for block in self.mid:
            y = block(y)
        x = x + self.up(y.transpose(1, 2)).transpose(1, 2).repeat_interleave(2, dim=2)
        for block in self.f2:
            x = block(x)
        return cast(torch.Tensor, self.head(self.ln(x.transpose(1, 2))))


class LogPosterior(nn.Module):
    """What is exported: log-posteriors of the symbols, then the boundary logit."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, logmel: torch.Tensor) -> torch.Tensor:
        """(1, T, 64) -> (1, T, 41)."""
        z = self.net(logmel)
        n = len(SYMBOLS)
        return torch.cat([torch.log_softmax(z[..., :n], -1), z[..., n:]], -1)
