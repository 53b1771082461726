"""The Wav2Lip generator (Prajwal et al. 2020) in torch, for `.pth` files that a user has; needs the torch extra."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import torch
from torch import Tensor, nn

from lipwright.errors import ModelError


class Block(nn.Module):
    """Convolution (or its transpose), batch norm, an optional way around, ReLU. Names follow the published weights."""

    def __init__(
        self,
        *size: int,
        stride: int | tuple[int, int] = 1,
        padding: int = 0,
        around: bool = False,
        up: int | None = None,
    ) -> None:
        super().__init__()
        into, out, kernel = size
        conv: nn.Module
        if up is None:
            conv = nn.Conv2d(into, out, kernel, stride, padding)
        else:
            conv = nn.ConvTranspose2d(into, out, kernel, stride, padding, up)
        self.conv_block = nn.Sequential(conv, nn.BatchNorm2d(out))
        self.around = around

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv_block(x)
        return torch.relu(y + x if self.around else y)


def _same(channels: int, times: int) -> list[Block]:
    return [Block(channels, channels, 3, padding=1, around=True) for _ in range(times)]


def _down(into: int, out: int, times: int) -> nn.Sequential:
    return nn.Sequential(Block(into, out, 3, stride=2, padding=1), *_same(out, times))


def _up(into: int, out: int, times: int) -> nn.Sequential:
    return nn.Sequential(Block(into, out, 3, stride=2, padding=1, up=1), *_same(out, times))


class Wav2Lip(nn.Module):
    """(mel (B, 1, 80, 16), faces (B, 6, 96, 96) BGR 0..1: lower half blank, then whole) -> (B, 3, 96, 96) BGR 0..1."""

    def __init__(self) -> None:
        super().__init__()
        self.face_encoder_blocks = nn.ModuleList(
            [
                nn.Sequential(Block(6, 16, 7, padding=3)),
                _down(16, 32, 2),
                _down(32, 64, 3),
                _down(64, 128, 2),
                _down(128, 256, 2),
                _down(256, 512, 1),
                nn.Sequential(Block(512, 512, 3), Block(512, 512, 1)),
            ]
        )
        self.audio_encoder = nn.Sequential(
            Block(1, 32, 3, padding=1),
            *_same(32, 2),
            Block(32, 64, 3, stride=(3, 1), padding=1),
            *_same(64, 2),
            Block(64, 128, 3, stride=3, padding=1),
            *_same(128, 2),
            Block(128, 256, 3, stride=(3, 2), padding=1),
            *_same(256, 1),
            Block(256, 512, 3),
            Block(512, 512, 1),
        )
        self.face_decoder_blocks = nn.ModuleList(
            [
                nn.Sequential(Block(512, 512, 1)),
                nn.Sequential(Block(1024, 512, 3, up=0), *_same(512, 1)),
                _up(1024, 512, 2),
                _up(768, 384, 2),
                _up(512, 256, 2),
                _up(320, 128, 2),
                _up(160, 64, 2),
            ]
        )
        self.output_block = nn.Sequential(Block(80, 32, 3, padding=1), nn.Conv2d(32, 3, 1), nn.Sigmoid())

    def forward(self, mel: Tensor, faces: Tensor) -> Tensor:
        seen = []
        x = faces
        for block in self.face_encoder_blocks:
            x = block(x)
            seen.append(x)
        y: Tensor = self.audio_encoder(mel)
        for block in self.face_decoder_blocks:
            y = torch.cat([block(y), seen.pop()], 1)
        out: Tensor = self.output_block(y)
        return out


def load_pth(path: Path) -> Wav2Lip:
    """The network with a user's weights. Only tensors are read (`weights_only`); anything else is refused."""
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        # torch's own sentences are about its versions, and long.
        raise ModelError(
            f"{path.name!r} is not a readable torch weight file of plain tensors ({type(error).__name__}); get it again"
        ) from error
    state = stored.get("state_dict", stored) if isinstance(stored, dict) else None
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise ModelError(f"{path.name!r} holds no table of weights; give a Wav2Lip checkpoint")
    net = Wav2Lip()
    wanted = net.state_dict()
    state = {name.removeprefix("module."): value for name, value in state.items()}
    wrong = [n for n in wanted if n not in state or state[n].shape != wanted[n].shape]
    if wrong:
        raise ModelError(
            f"{path.name!r} are not Wav2Lip weights of 96 pixels ({len(wrong)} of {len(wanted)} layers do not fit); "
            "convert other networks to ONNX first"
        )
    net.load_state_dict({n: state[n] for n in wanted})
    return net.eval()


def export_onnx(net: Wav2Lip, path: Path) -> None:
    """Write the network as ONNX, inputs `mel` and `faces` with a free batch size. Needs the `onnx` package."""
    example = (torch.zeros(1, 1, 80, 16), torch.zeros(1, 6, 96, 96))
    torch.onnx.export(
        net, example, str(path), input_names=["mel", "faces"], output_names=["mouths"], opset_version=17,
        dynamic_axes={"mel": {0: "batch"}, "faces": {0: "batch"}, "mouths": {0: "batch"}}, dynamo=False,
    )  # fmt: skip
