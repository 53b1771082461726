"""Reading what a user gives and writing what they keep: write beside, then rename; never half a file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lipwright.errors import LipwrightError, OutputError


@contextlib.contextmanager
def beside(path: Path, *, called: Path | None = None, mode: int | None = None) -> Iterator[Path]:
    """A temporary file in `path`'s folder with `path`'s suffixes, which becomes `path` when the block succeeds.

    On any failure it is removed and `path` stays as it was. Raises OutputError where the folder cannot be written;
    `called` is the name that the person knows the result by, where it is first made in another place; `mode`
    are its permissions where they are not the user's usual ones.
    """
    path = Path(path)
    known = str(path if called is None else called)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem[:40]}.", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise OutputError(f"cannot write {known!r} ({_reason(error)}); choose another folder") from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask() if mode is None else mode)
        temporary.replace(path)
    except OSError as error:
        if isinstance(error, LipwrightError):
            raise
        raise unwritable(known, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def unwritable(path: Path | str, error: OSError) -> OutputError:
    """What to raise where `path` could not be written to its end."""
    return OutputError(f"cannot write {str(path)!r} ({_reason(error)}); free space or choose another place")


def write_beside(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write `data` to `path` in one step: readers see the old file or the new one."""
    with beside(path, mode=mode) as temporary:
        temporary.write_bytes(data)


def read_text(path: Path, *, limit: int, error: type[LipwrightError]) -> str:
    """UTF-8 text (with or without a byte-order mark) of at most `limit` bytes; anything else raises `error`."""
    path = Path(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as problem:
        raise error(f"cannot read {str(path)!r} ({_reason(problem)}); check the path") from problem
    if len(data) > limit:
        raise error(f"{str(path)!r} is over {limit // 1024} KiB, too large for text of this kind; choose another file")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise error(f"{str(path)!r} is not text in UTF-8; save it as UTF-8 text") from None
    if "\0" in text:
        raise error(f"{str(path)!r} is not text (it holds zero bytes); choose a text file")
    return text


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
