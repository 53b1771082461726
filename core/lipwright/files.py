"""Reading what a user gives and writing what they keep: write beside, then rename; never half a file."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path

from lipwright.errors import LipwrightError, OptionError, OutputError

_READ: ContextVar[tuple[Path, ...]] = ContextVar("files that are only read", default=())


@contextlib.contextmanager
def only_reading(paths: Iterable[Path]) -> Iterator[None]:
    """Inside the block nothing that is written through this module takes the place of one of these files."""
    token = _READ.set((*_READ.get(), *paths))
    try:
        yield
    finally:
        _READ.reset(token)


def refuse_replacing(path: Path) -> None:
    """Raises OptionError where `path` is a file that is only read."""
    for other in _READ.get():
        if same_file(path, other):
            raise OptionError(
                f"{str(path)!r} is read by this command and would be replaced; give the result another name"
            )


def same_file(a: Path, b: Path) -> bool:
    """Whether both names mean one file, whatever the links and the case: by identity where both exist."""
    with contextlib.suppress(OSError):
        if a.exists() and b.exists():
            return a.samefile(b)
    # A numbered sequence such as shot_%04d.png is no file, and a name may differ only in case where case counts not.
    return str(a.resolve()).casefold() == str(b.resolve()).casefold()


@contextlib.contextmanager
def beside(path: Path, *, called: Path | None = None, mode: int | None = None) -> Iterator[Path]:
    """A temporary file in `path`'s folder with `path`'s suffixes, which becomes `path` when the block succeeds.

    On any failure it is removed and `path` stays as it was. Raises OutputError where the folder cannot be written;
    `called` is the name that the person knows the result by, where it is first made in another place; `mode`
    are its permissions where they are not the user's usual ones.
    """
    path = Path(path)
    known = str(path if called is None else called)
    refuse_replacing(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem[:40]}.", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise OutputError(f"cannot write {known!r} ({_reason(error)}); choose another folder") from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask() if mode is None else mode)
        publish(temporary, path, called=called)
    except OSError as error:
        if isinstance(error, LipwrightError):
            raise
        raise unwritable(known, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def publish(made: Path, path: Path, *, called: Path | None = None) -> None:
    """Give what is made its name; where that is held open elsewhere, it is kept under another and the person told."""
    refuse_replacing(path)
    try:
        made.replace(path)
        return
    except PermissionError as error:
        kept = _free(path)
        try:
            made.replace(kept)
        except OSError:
            raise unwritable(path if called is None else called, error) from error
        raise OutputError(
            f"cannot replace {str(path)!r} ({_reason(error)}), so the result is kept as {kept.name!r}; "
            "close the program that holds the file, and rename it"
        ) from error


def _free(path: Path) -> Path:
    """A name like this one that nothing has."""
    names = (path.with_name(f"{path.stem}.new{number or ''}{path.suffix}") for number in itertools.count())
    return next(name for name in names if not name.exists())


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
