"""A trained net as ONNX, with its symbol table, prior and bigram inside the file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from ..symbols import SYMBOLS
from .frontend import MELS
from .net import LogPosterior, Net

OPSET = 17
LARGEST_DIFFERENCE = 1e-3


def export(checkpoint: Path, out: Path) -> None:
    """`logmel` float32 (1, T, 64), T even -> `post` float32 (1, T, 41): 40 log-posteriors, then the boundary logit.

    Refuses a file that does not reproduce the network.
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    net = Net()
    net.load_state_dict(state["ema"])
    model = LogPosterior(net).eval()
    part = out.with_suffix(".part")
    with torch.no_grad():
        torch.onnx.export(
            model,
            (torch.zeros(1, 400, MELS),),
            str(part),
            input_names=["logmel"],
            output_names=["post"],
            dynamic_axes={"logmel": {1: "T"}, "post": {1: "T"}},
            opset_version=OPSET,
            dynamo=False,
        )
    graph = onnx.load(str(part))
    part.unlink()
    meta = {
        "symbols": " ".join(SYMBOLS),
        "prior": json.dumps([int(x) for x in state["prior"]]),  # frames a symbol in the training labels
        "bigram": json.dumps([[int(x) for x in row] for row in state["bigram"]]),
    }
    onnx.helper.set_model_props(graph, meta)
    raw = graph.SerializeToString()
    _check(model, raw)
    out.write_bytes(raw)


def _check(model: LogPosterior, raw: bytes) -> None:
    session = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
    probe = torch.randn(1, 1000, MELS)  # another length: the T axis must be free
    with torch.no_grad():
        expected = model(probe).numpy()
    difference = np.abs(expected - session.run(None, {"logmel": probe.numpy()})[0]).max()
    if difference > LARGEST_DIFFERENCE:
        raise SystemExit(f"the ONNX file does not reproduce the network: largest difference {difference:.1e}")
