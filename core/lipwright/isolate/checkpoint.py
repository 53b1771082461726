"""Reading a TensorFlow checkpoint without TensorFlow: a sorted table of protobuf entries beside raw float32 data."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from lipwright.arrays import FloatArray
from lipwright.errors import ModelError

_FOOTER = 48
_FLOAT32 = 1  # tensorflow.DataType.DT_FLOAT


def read_checkpoint(index: bytes, data: bytes) -> dict[str, FloatArray]:
    """Bytes of model.index and model.data-00000-of-00001 -> every float32 tensor by name. Raises ModelError."""
    try:
        return dict(_tensors(index, data))
    except (IndexError, KeyError, ValueError, struct.error) as error:
        raise ModelError(f"the checkpoint is damaged ({error}); get the file again") from error


def _tensors(index: bytes, data: bytes) -> Iterator[tuple[str, FloatArray]]:
    footer, at = index[-_FOOTER:], 0
    for _ in range(2):  # the handle of the unused meta block
        _, at = _varint(footer, at)
    offset, at = _varint(footer, at)
    size, _ = _varint(footer, at)
    for _, handle in _block(index, offset, size):
        start, at = _varint(handle, 0)
        length, _ = _varint(handle, at)
        for key, value in _block(index, start, length):
            entry = _fields(value)
            if key and entry.get(1, [0])[0] == _FLOAT32:  # the empty key is the header
                shape = [_fields(d).get(1, [0])[0] for d in _fields(entry.get(2, [b""])[0]).get(2, [])]
                begin, count = entry.get(4, [0])[0], entry[5][0]
                yield key.decode(), np.frombuffer(data[begin : begin + count], "<f4").reshape(shape)


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (raw[at] & 127) << shift
        at += 1
        if raw[at - 1] < 128:
            return value, at
        shift += 7


def _block(index: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of every entry of one table block; keys share prefixes."""
    block = index[offset : offset + size]
    if index[offset + size] != 0:
        raise ValueError("its index is compressed")
    end = len(block) - 4 * (struct.unpack("<I", block[-4:])[0] + 1)
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        yield key, block[at + fresh : at + fresh + length]
        at += fresh + length


def _fields(raw: bytes) -> dict[int, list[Any]]:
    """Protobuf message -> values by field number."""
    out: dict[int, list[Any]] = {}
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        value: Any
        if tag & 7 == 0:
            value, at = _varint(raw, at)
        elif tag & 7 == 2:
            count, at = _varint(raw, at)
            value, at = raw[at : at + count], at + count
        elif tag & 7 == 5:
            value, at = raw[at : at + 4], at + 4
        else:
            raise ValueError(f"unexpected protobuf wire type {tag & 7}")
        out.setdefault(tag >> 3, []).append(value)
    return out
