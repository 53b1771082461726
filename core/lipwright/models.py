"""Weight files by name: a row each in data/models.toml, checked against its sha256 before it is loaded.

Small models ship inside the package; larger ones are put into the user's data folder on purpose. Nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lipwright.errors import EngineUnavailable, ModelError
from lipwright.user_folder import user_folder

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Model:
    """One row of data/models.toml. `cure` is what to do where a model that does not ship is missing."""

    name: str
    file: str
    sha256: str
    does: str
    licence: str
    author: str
    source: str
    ships: bool = True
    cure: str = "reinstall lipwright"


@cache
def models() -> dict[str, Model]:
    """Every known model by name, installed or not."""
    rows = tomllib.loads((DATA / "models.toml").read_text(encoding="utf-8"))
    return {name: Model(name=name, **row) for name, row in rows.items()}


def path_of(name: str) -> Path:
    """Where the model's file is or would be; it is not checked."""
    row = _row(name)
    return DATA / row.file if row.ships else user_folder() / "models" / row.file


def installed(name: str) -> bool:
    """Whether the file is there; its content is checked when it is loaded."""
    return path_of(name).is_file()


def read(name: str) -> bytes:
    """The model's bytes, checked. Raises EngineUnavailable where it is missing, ModelError where it was altered."""
    row, path = _row(name), path_of(name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EngineUnavailable(f"model {name!r} is not at {str(path)!r} ({error.strerror}); {row.cure}") from error
    if (found := hashlib.sha256(data).hexdigest()) != row.sha256:
        raise ModelError(f"model {name!r} at {str(path)!r} was altered (sha256 {found[:12]}…); {row.cure}")
    return data


def session(name: str) -> InferenceSession:
    """An onnxruntime session of a known model, checked first; one thread, so that results do not depend on it."""
    return open_session(read(name), name)


def open_session(model: bytes | Path, name: str) -> InferenceSession:
    """A one-thread CPU session of ONNX bytes, or of a file that the user chose. Raises ModelError if it is none."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        source = model if isinstance(model, bytes) else str(model)
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises its own, unrelated classes for a bad file
        raise ModelError(f"model {name!r} cannot be loaded ({error}); choose an ONNX file made for it") from error


def _row(name: str) -> Model:
    if name not in models():
        raise ModelError(f"model {name!r} is unknown; known are {', '.join(sorted(models()))}")
    return models()[name]
