"""Write hama's phone recogniser (Apache-2.0) as one ONNX file: `python core/training/nets/convert_ctc.py OUT.onnx`.

Needs hama==1.7.0 (any platform: only its weight file and vocabulary are read) and onnx. Equal input gives equal bytes.
Weights are stored as float16 where the wheel stores them so, and computed in float32.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Tensors = dict[str, NDArray[Any]]

DIM, BLOCKS, HEADS, KERNEL = 144, 4, 4, 31
SAMPLES_A_FRAME = 320
# Of each block: ffn1 in, ffn1 out, query-key-value, attention out, ffn2 in, ffn2 out; nine numbers further per block.
MATMULS = (829, 830, 831, 835, 836, 837)
OPSET = 17


def assets() -> Path:
    """The wheel's asset folder, found without importing the wheel (its library exists for Linux and macOS only)."""
    spec = importlib.util.find_spec("hama")
    if spec is None or spec.origin is None:
        raise SystemExit("hama is not installed: pip install hama==1.7.0")
    return Path(spec.origin).parent / "assets"


def read_container(path: Path) -> Tensors:
    """Every tensor of a .hama file, as stored (float32 or float16)."""
    raw = path.read_bytes()
    if raw[:6] != b"HAMAPK" or raw[6] != 1:
        raise SystemExit(f"{path}: not a .hama file of format 1")
    count, at, rows = struct.unpack_from("<I", raw, 8)[0], 12, []
    for _ in range(count):
        (size,) = struct.unpack_from("<H", raw, at)
        name = raw[at + 2 : at + 2 + size].decode()
        at += 2 + size
        kind, rank = raw[at], raw[at + 1]
        shape = struct.unpack_from(f"<{rank}I", raw, at + 2)
        (offset,) = struct.unpack_from("<Q", raw, at + 2 + 4 * rank)
        at += 18 + 4 * rank
        rows.append((name, ("<f4", "<f2")[kind], shape, offset))
    base = -(-at // 16) * 16
    return {
        name: np.frombuffer(raw, kind, int(np.prod(shape)), base + offset).reshape(shape)
        for name, kind, shape, offset in rows
    }


def tokens() -> list[str]:
    """What each output column means: the vocabulary, then word boundary and blank."""
    vocabulary = json.loads((assets() / "g2p_vocab.json").read_text(encoding="utf-8"))["decoder"]
    return [*vocabulary, "<wb>", "<blank>"]


class Graph:
    """A list of ONNX nodes that is written like a formula: each method adds one and returns its output's name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def weight(self, name: str, value: NDArray[Any]) -> str:
        """A stored tensor; a float16 one is widened when the session is made (constant folding), not in each run."""
        self.weights.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return self.op("Cast", name, to=TensorProto.FLOAT) if value.dtype == np.float16 else name

    def number(self, value: float) -> str:
        return self.weight(f"number_{len(self.weights)}", np.array(value, np.float32))

    def ints(self, *values: int) -> str:
        return self.weight(f"ints_{len(self.weights)}", np.array(values, np.int64))

    def silu(self, x: str) -> str:
        return self.op("Mul", x, self.op("Sigmoid", x))


def _norm(g: Graph, t: Tensors, x: str, name: str) -> str:
    scale, bias = g.weight(f"{name}.weight", t[f"{name}.weight"]), g.weight(f"{name}.bias", t[f"{name}.bias"])
    return g.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=1e-5)


def _linear(g: Graph, x: str, name: str, matrix: NDArray[Any], bias: NDArray[Any]) -> str:
    return g.op("Add", g.op("MatMul", x, g.weight(f"{name}.matrix", matrix)), g.weight(f"{name}.offset", bias))


def _feed_forward(g: Graph, t: Tensors, x: str, name: str, first: int, second: int) -> str:
    h = _norm(g, t, x, f"{name}.norm")
    h = g.silu(_linear(g, h, f"{name}.fc1", t[f"onnx::MatMul_{first}"], t[f"{name}.fc1.bias"]))
    h = _linear(g, h, f"{name}.fc2", t[f"onnx::MatMul_{second}"], t[f"{name}.fc2.bias"])
    return g.op("Mul", h, g.number(0.5))


def _attention(g: Graph, t: Tensors, x: str, name: str, qkv: int, out: int) -> str:
    h = _norm(g, t, x, f"{name}.attn_norm")
    h = _linear(g, h, f"{name}.qkv", t[f"onnx::MatMul_{qkv}"], t[f"{name}.attn.in_proj_bias"])
    h = g.op("Transpose", g.op("Reshape", h, g.ints(-1, 3, HEADS, DIM // HEADS)), perm=[1, 2, 0, 3])
    q, k, v = (g.op("Gather", h, g.weight(f"{name}.pick{i}", np.array(i, np.int64)), axis=0) for i in range(3))
    q = g.op("Mul", q, g.number((DIM // HEADS) ** -0.5))
    weights = g.op("Softmax", g.op("MatMul", q, g.op("Transpose", k, perm=[0, 2, 1])), axis=-1)
    h = g.op("Transpose", g.op("MatMul", weights, v), perm=[1, 0, 2])
    h = g.op("Reshape", h, g.ints(1, -1, DIM))
    return _linear(g, h, f"{name}.out", t[f"onnx::MatMul_{out}"], t[f"{name}.attn.out_proj.bias"])


def _convolution(g: Graph, t: Tensors, x: str, name: str, block: int) -> str:
    h = g.op("Transpose", _norm(g, t, x, f"{name}.conv.norm"), perm=[0, 2, 1])
    one, two = (
        [g.weight(f"{name}.conv.{key}.{part}", t[f"{name}.conv.{key}.{part}"]) for part in ("weight", "bias")]
        for key in ("pointwise1", "pointwise2")
    )
    h = g.op("Conv", h, *one, kernel_shape=[1])
    a, b = (g.op("Slice", h, g.ints(i * DIM), g.ints((i + 1) * DIM), g.ints(1)) for i in range(2))
    h = g.op("Mul", a, g.op("Sigmoid", b))
    depth = [g.weight(f"{name}.depth.{n}", t[f"onnx::Conv_{804 + 3 * block + n}"]) for n in range(2)]
    h = g.silu(g.op("Conv", h, *depth, kernel_shape=[KERNEL], group=DIM, pads=[KERNEL // 2] * 2))
    return g.op("Transpose", g.op("Conv", h, *two, kernel_shape=[1]), perm=[0, 2, 1])


def _log_mel(g: Graph, t: Tensors) -> str:
    """waveform (1, N) -> (1, 80, frames of 10 ms)."""
    edge = g.ints(0, 200, 0, 200)
    y = g.op("Unsqueeze", g.op("Pad", "waveform", edge, mode="reflect"), g.ints(1))
    parts = [
        g.op("Conv", y, g.weight(f"stft_{part}", t[f"stft_{part}_kernel"]), kernel_shape=[400], strides=[160])
        for part in ("real", "imag")
    ]
    power = g.op("Add", *(g.op("Mul", part, part) for part in parts))
    mel = g.op("MatMul", g.weight("mel_bank", np.ascontiguousarray(t["mel_fb"].T)), power)
    return g.op("Log", g.op("Max", mel, g.number(1e-10)))


def _blocks(g: Graph, t: Tensors, x: str) -> str:
    for block in range(BLOCKS):
        name, m = f"acoustic_model.model.blocks.{block}", [n + 9 * block for n in MATMULS]
        x = g.op("Add", x, _feed_forward(g, t, x, f"{name}.ffn1", m[0], m[1]))
        x = g.op("Add", x, _attention(g, t, x, name, m[2], m[3]))
        x = g.op("Add", x, _convolution(g, t, x, name, block))
        x = g.op("Add", x, _feed_forward(g, t, x, f"{name}.ffn2", m[4], m[5]))
        x = _norm(g, t, x, f"{name}.norm")
    return x


def build(t: Tensors, symbols: list[str]) -> onnx.ModelProto:
    """The whole recogniser: `waveform` float32 (1, N), 16 kHz -> `log_probs` float32 (1, N // 320 + 1, tokens)."""
    g = Graph()
    sub = [g.weight(f"subsample.{n}", t[f"onnx::Conv_{801 + n}"]) for n in range(2)]
    x = g.op("Conv", _log_mel(g, t), *sub, kernel_shape=[3], strides=[2], pads=[1, 1])
    half = g.op("Mul", x, g.number(0.5))
    x = g.op("Mul", half, g.op("Add", g.op("Erf", g.op("Mul", x, g.number(2**-0.5))), g.number(1.0)))
    x = _blocks(g, t, g.op("Transpose", x, perm=[0, 2, 1]))
    head = t["acoustic_model.model.proj.weight"][:, :, 0].T
    x = _linear(g, x, "head", head, t["acoustic_model.model.proj.bias"])
    g.nodes.append(helper.make_node("LogSoftmax", [x], ["log_probs"], axis=-1))
    graph = helper.make_graph(
        g.nodes,
        "ctc",
        [helper.make_tensor_value_info("waveform", TensorProto.FLOAT, [1, "N"])],
        [helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, [1, "T", len(symbols)])],
        g.weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="lipwright")
    model.ir_version = 8  # readable by every onnxruntime that the package accepts
    helper.set_model_props(model, {"tokens": json.dumps(symbols, ensure_ascii=False)})
    onnx.checker.check_model(model)
    return model


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    model = build(read_container(assets() / "asr_waveform.hama"), tokens())
    data = model.SerializeToString(deterministic=True)
    Path(arguments[0]).write_bytes(data)
    print(f"{arguments[0]}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1:])
