"""The performance document: `song.lipwright`, JSON, schema `lipwright.performance/1`.

Equal performances give equal bytes on every machine: keys sorted, times rounded to 0.1 ms, values to 1e-4.
Reading checks every field and refuses documents from newer versions by name.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lipwright.errors import DocumentError
from lipwright.files import read_text, write_beside
from lipwright.types import Performance

SCHEMA_NAME = "lipwright.performance"
SCHEMA_VERSION = 1
SUFFIX = ".lipwright"
# An hour of dense speech is about 15 MB; far above that the file is not one of ours.
MAX_BYTES = 256 * 1024 * 1024

_DECIMALS = 4


def dumps(performance: Performance) -> str:
    """The document as text, newline at the end; byte-identical for equal performances."""
    body = {"schema": f"{SCHEMA_NAME}/{SCHEMA_VERSION}", **_encode(performance)}
    return json.dumps(body, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def loads(text: str, *, name: str = "document") -> Performance:
    """The performance in `text`; `name` is what messages call it. Raises DocumentError."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(
            f"{name} is not a lipwright document (no JSON: {error}); choose a .lipwright file"
        ) from None
    if not isinstance(body, dict):
        raise DocumentError(f"{name} is not a lipwright document (no JSON object); choose a .lipwright file")
    _check_schema(body.pop("schema", None), name)
    try:
        return typing.cast(Performance, _decode(Performance, body, "document"))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise DocumentError(f"{name} is damaged ({error}); perform the vocal again, or restore a copy") from None


def save(performance: Performance, path: Path) -> None:
    """Write the document beside `path`, then rename: a failure leaves the old file as it was."""
    write_beside(path, dumps(performance).encode())


def load(path: Path) -> Performance:
    """Read a document. Raises DocumentError with the file's name and what to do."""
    return loads(read_text(path, limit=MAX_BYTES, error=DocumentError), name=f"{path.name!r}")


def _check_schema(schema: object, name: str) -> None:
    family, _, version = str(schema or "").partition("/")
    if family != SCHEMA_NAME or not version.isdecimal():
        raise DocumentError(f"{name} has schema {schema!r}, not {SCHEMA_NAME}; choose a .lipwright file")
    if int(version) > SCHEMA_VERSION:
        raise DocumentError(
            f"{name} has schema {schema}, but this lipwright reads up to {SCHEMA_NAME}/{SCHEMA_VERSION};"
            " update lipwright"
        )


def _encode(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        if all(type(item) is float for item in value):  # most of a document by far: the keys of curves
            return [round(item, _DECIMALS) + 0.0 for item in value]
        return [_encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _encode(item) for key, item in value.items()}
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0  # + 0.0 turns -0.0 into 0.0
    return value


def _decode(kind: Any, value: Any, where: str) -> Any:
    """`value` as `kind`, a type hint built from dataclasses, tuple, Mapping, Literal, unions and plain types."""
    origin = typing.get_origin(kind)
    if dataclasses.is_dataclass(kind):
        return _decode_object(typing.cast(type, kind), value, where)
    if origin is tuple:
        return _decode_list(typing.get_args(kind)[0], value, where)
    if origin is Mapping or origin is typing.get_origin(Mapping[str, str]):
        return _decode_mapping(typing.get_args(kind)[1], value, where)
    if origin is typing.Literal:
        if value not in typing.get_args(kind):
            raise ValueError(f"{where} is {value!r}, not one of {', '.join(map(str, typing.get_args(kind)))}")
        return value
    if origin in (types.UnionType, typing.Union):
        inner = [arg for arg in typing.get_args(kind) if arg is not type(None)]
        return None if value is None else _decode(inner[0], value, where)
    return _decode_plain(kind, value, where)


def _decode_object(kind: type, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is {type(value).__name__}, not an object")
    hints = _hints(kind)
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise ValueError(f"{where} has unknown field {unknown[0]!r}")
    missing = [f.name for f in dataclasses.fields(kind) if _required(f) and f.name not in value]
    if missing:
        raise ValueError(f"{where} lacks {missing[0]!r}")
    return kind(**{key: _decode(hints[key], item, f"{where}.{key}") for key, item in value.items()})


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    """Type hints of a dataclass; finding them out costs more than the rest of decoding one."""
    return typing.get_type_hints(kind)


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _decode_list(kind: Any, value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{where} is {type(value).__name__}, not a list")
    if kind is float:
        return tuple(_number(item, where) for item in value)
    return tuple(_decode(kind, item, f"{where}[{index}]") for index, item in enumerate(value))


def _decode_mapping(kind: Any, value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is {type(value).__name__}, not an object")
    return {key: _decode(kind, item, f"{where}.{key}") for key, item in value.items()}


def _decode_plain(kind: type, value: Any, where: str) -> Any:
    if kind is float:
        return _number(value, where)
    if type(value) is not kind:
        raise ValueError(f"{where} is {type(value).__name__}, not {kind.__name__}")
    return value


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{where} is {str(value)[:40]}, not a finite number")
    return float(value)
