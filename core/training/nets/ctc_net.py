"""The recogniser as a torch module that starts from hama's weights and writes them back in hama's own names."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own custom
from torch import nn

from .convert_ctc import BLOCKS, DIM, HEADS, KERNEL, MATMULS, Tensors

FIXED = ("mel_fb", "stft_real_kernel", "stft_imag_kernel")
_BLOCK = "acoustic_model.model.blocks.{}."


class Recogniser(nn.Module):
    """(B, frames of 10 ms, 80) natural log-mel -> (B, frames // 2, 191) logits. Parameters are hama's tensors."""

    def __init__(self, tensors: Tensors) -> None:
        super().__init__()
        self._kinds = {name: value.dtype for name, value in tensors.items()}
        self._fixed = {name: tensors[name] for name in FIXED}
        for name, value in tensors.items():
            if name not in FIXED:
                weight = nn.Parameter(torch.from_numpy(np.array(value, np.float32)))
                self.register_parameter(_key(name), weight)

    def tensors(self) -> Tensors:
        """As `convert_ctc.build` wants them, in the kinds of numbers in which they came."""
        out = dict(self._fixed)
        for name, kind in self._kinds.items():
            if name not in FIXED:
                out[name] = getattr(self, _key(name)).detach().cpu().numpy().astype(kind)
        return out

    def _get(self, name: str) -> torch.Tensor:
        return cast(torch.Tensor, getattr(self, _key(name)))

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        """Logits."""
        x = F.conv1d(mel.transpose(1, 2), self._get("onnx::Conv_801"), self._get("onnx::Conv_802"), stride=2, padding=1)
        x = F.gelu(x).transpose(1, 2)
        for block in range(BLOCKS):
            name, m = _BLOCK.format(block), [f"onnx::MatMul_{n + 9 * block}" for n in MATMULS]
            x = x + 0.5 * self._feed_forward(x, name + "ffn1", m[0], m[1])
            x = x + self._attention(x, name, m[2], m[3])
            x = x + self._convolution(x, name + "conv", block)
            x = x + 0.5 * self._feed_forward(x, name + "ffn2", m[4], m[5])
            x = self._norm(x, name + "norm")
        return F.linear(
            x, self._get("acoustic_model.model.proj.weight")[:, :, 0], self._get("acoustic_model.model.proj.bias")
        )

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.layer_norm(x, (DIM,), self._get(name + ".weight"), self._get(name + ".bias"), 1e-5)

    def _feed_forward(self, x: torch.Tensor, name: str, first: str, second: str) -> torch.Tensor:
        h = self._norm(x, name + ".norm") @ self._get(first) + self._get(name + ".fc1.bias")
        return F.silu(h) @ self._get(second) + self._get(name + ".fc2.bias")

    def _attention(self, x: torch.Tensor, name: str, qkv: str, out: str) -> torch.Tensor:
        rows, frames, _ = x.shape
        h = self._norm(x, name + "attn_norm") @ self._get(qkv) + self._get(name + "attn.in_proj_bias")
        q, k, v = h.view(rows, frames, 3, HEADS, DIM // HEADS).permute(2, 0, 3, 1, 4)
        h = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(rows, frames, DIM)
        return h @ self._get(out) + self._get(name + "attn.out_proj.bias")

    def _convolution(self, x: torch.Tensor, name: str, block: int) -> torch.Tensor:
        h = F.linear(
            self._norm(x, name + ".norm"),
            self._get(name + ".pointwise1.weight")[:, :, 0],
            self._get(name + ".pointwise1.bias"),
        )
        h = F.glu(h, -1).transpose(1, 2)
        depth = [self._get(f"onnx::Conv_{804 + 3 * block + n}") for n in range(2)]
        h = F.silu(F.conv1d(h, *depth, padding=KERNEL // 2, groups=DIM)).transpose(1, 2)
        return F.linear(h, self._get(name + ".pointwise2.weight")[:, :, 0], self._get(name + ".pointwise2.bias"))


def _key(name: str) -> str:
    """A parameter's name may have no dots."""
    return name.replace(".", "__")
