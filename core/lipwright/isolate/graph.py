"""The separator as an ONNX file, written without the onnx package: two U-Nets of Spleeter's kind and one mask.

Architecture: https://github.com/deezer/spleeter (MIT), spleeter/model/functions/unet.py. Per stem six 5x5 convolutions
of stride 2, six transposed ones, skips from the raw convolutions, and a dilated 4x4 head; vocals come first.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray
from lipwright.errors import ModelError

LAYERS = 6
NORM_EPSILON = 1e-3
LEAK = 0.2
_OPSET, _IR = 17, 8
_FLOAT, _FLOAT16 = 1, 10  # onnx.TensorProto.DataType
_INT_ATTRIBUTE, _FLOAT_ATTRIBUTE, _INTS_ATTRIBUTE = 2, 1, 7  # onnx.AttributeProto.AttributeType

Attribute = int | float | tuple[int, ...]


def separator(weights: Mapping[str, FloatArray]) -> bytes:
    """Checkpoint tensors -> ONNX bytes: `magnitude` float32 (1, 2, T, F), multiples of 64 -> `mask`, same shape.

    The mask is 0..1, the share of each cell that is vocal. Weights are stored as float16, computed in float32.
    """
    graph = _Graph({name.replace("|", "/"): value for name, value in weights.items()})
    vocal, band = graph.stem(0), graph.stem(1)
    v, a = graph.node("Mul", [vocal, vocal]), graph.node("Mul", [band, band])
    tiny, twice = (
        graph.constant("tiny", np.array([5e-11], np.float32)),
        graph.constant("twice", np.array([1e-10], np.float32)),
    )
    top = graph.node("Add", [v, tiny])
    graph.node("Div", [top, graph.node("Add", [graph.node("Add", [v, a]), twice])], name="mask")
    return graph.model()


class _Graph:
    """Nodes and constants as protobuf bytes, in order."""

    def __init__(self, weights: Mapping[str, FloatArray]) -> None:
        self._weights = weights
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def stem(self, number: int) -> str:
        """One U-Net; -> the name of its magnitude."""
        conv, norm, up = number * (LAYERS + 1), number * 2 * LAYERS, number * LAYERS
        skips, x = [], "magnitude"
        for k in range(LAYERS):
            skips.append(self._conv(x, conv + k, strides=(2, 2), pads=(1, 1, 2, 2)))
            x = self.node("LeakyRelu", [self._norm(skips[-1], norm + k)], alpha=LEAK)
        x = skips[-1]
        for k in range(LAYERS):
            if k:
                x = self.node("Concat", [skips[LAYERS - 1 - k], x], axis=1)
            x = self._norm(self.node("Relu", [self._up(x, up + k)]), norm + LAYERS + k)
        head = self._conv(x, conv + LAYERS, dilations=(2, 2), pads=(3, 3, 3, 3))
        return self.node("Mul", [self.node("Sigmoid", [head]), "magnitude"])

    def node(self, kind: str, inputs: list[str], *, name: str = "", **attributes: Attribute) -> str:
        """Add a node; -> the name of its output."""
        output = name or f"x{len(self._nodes)}"
        parts = [_bytes(1, source.encode()) for source in inputs]
        parts += [_bytes(2, output.encode()), _bytes(4, kind.encode())]
        parts += [_bytes(5, _attribute(key, value)) for key, value in sorted(attributes.items())]
        self._nodes.append(b"".join(parts))
        return output

    def constant(self, name: str, value: NDArray[np.float32]) -> str:
        """Add a float32 tensor."""
        self._constants.append(_tensor(name, value, _FLOAT))
        return name

    def model(self) -> bytes:
        """The whole file."""
        shape = (1, 2, "T", "F")
        graph = b"".join(_bytes(1, node) for node in self._nodes) + _bytes(2, b"separator")
        graph += b"".join(_bytes(5, tensor) for tensor in self._constants)
        graph += _bytes(11, _value("magnitude", shape)) + _bytes(12, _value("mask", shape))
        opset = _bytes(8, _bytes(1, b"") + _number(2, _OPSET))
        return _number(1, _IR) + _bytes(2, b"lipwright") + _bytes(7, graph) + opset

    def _conv(self, x: str, number: int, **attributes: Attribute) -> str:
        name = "conv2d" + (f"_{number}" if number else "")
        return self.node("Conv", [x, *self._kernel(name, (3, 2, 0, 1))], name="", **attributes)

    def _up(self, x: str, number: int) -> str:
        name = "conv2d_transpose" + (f"_{number}" if number else "")
        # "Same" padding of a stride of 2 with 5 taps: one row is cut before, two after.
        return self.node("ConvTranspose", [x, *self._kernel(name, (3, 2, 0, 1))], strides=(2, 2), pads=(1, 1, 2, 2))

    def _kernel(self, name: str, order: tuple[int, ...]) -> list[str]:
        half = np.ascontiguousarray(self._get(f"{name}/kernel").transpose(order), dtype=np.float16)
        self._constants.append(_tensor(f"{name}/half", half, _FLOAT16))
        kernel = self.node("Cast", [f"{name}/half"], to=_FLOAT)
        return [kernel, self.constant(f"{name}/bias", self._get(f"{name}/bias"))]

    def _norm(self, x: str, number: int) -> str:
        name = "batch_normalization" + (f"_{number}" if number else "")
        parts = ("gamma", "beta", "moving_mean", "moving_variance")
        inputs = [self.constant(f"{name}/{part}", self._get(f"{name}/{part}")) for part in parts]
        return self.node("BatchNormalization", [x, *inputs], epsilon=NORM_EPSILON)

    def _get(self, name: str) -> FloatArray:
        if name not in self._weights:
            raise ModelError(f"the checkpoint has no tensor {name!r}; it is not a Spleeter 2stems checkpoint")
        return self._weights[name]


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _attribute(name: str, value: Attribute) -> bytes:
    head = _bytes(1, name.encode())
    if isinstance(value, float):
        return head + _varint(2 << 3 | 5) + np.float32(value).tobytes() + _number(20, _FLOAT_ATTRIBUTE)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, _INT_ATTRIBUTE)
    return head + b"".join(_number(8, item) for item in value) + _number(20, _INTS_ATTRIBUTE)


def _tensor(name: str, value: NDArray[np.floating], kind: int) -> bytes:
    dims = b"".join(_number(1, size) for size in value.shape)
    return dims + _number(2, kind) + _bytes(8, name.encode()) + _bytes(9, value.tobytes())


def _value(name: str, shape: tuple[int | str, ...]) -> bytes:
    dims = b""
    for size in shape:
        dims += _bytes(1, _bytes(2, size.encode()) if isinstance(size, str) else _number(1, size))
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _number(1, _FLOAT) + _bytes(2, dims)))
