"""`lipwright doctor`: what is installed, which engines can run here, and why others cannot."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import platform
import sys
from dataclasses import dataclass

import lipwright
from lipwright.errors import LipwrightError
from lipwright.events import Events

PACKAGES = ("numpy", "onnxruntime", "av", "soxr", "librosa", "opencv-python-headless", "pocketsphinx", "OpenTimelineIO")
# Package -> what it adds, and how to get it.
EXTRAS = {
    "torch": ("the original .pth weights in the wav2lip engine", "pip install lipwright[torch]"),
    "g2p2": ("languages beside English", "pip install lipwright[romance] or [all-languages]"),
    "OpenTimelineIO-Plugins": ("FCP7 XML, EDL and AAF timelines", "pip install OpenTimelineIO-Plugins"),
}
EXAMPLES = """\
example:
  lipwright doctor      send what it prints with a question
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: what, whether it can be used, and the version, the reason or the cure."""

    what: str
    ok: bool
    text: str
    needed: bool = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""
    del parser


def run(args: argparse.Namespace, events: Events) -> None:
    """Print the report to stdout; a note for everything that must be mended."""
    del args
    sections = {
        "packages": _packages(),
        "models": _models(),
        "engines": _engines(),
        "languages": _languages(),
        "hosts": _hosts(),
    }
    print(f"lipwright {lipwright.__version__}, Python {platform.python_version()}, {platform.platform()}")
    print(f"runs from {sys.executable}")
    for title, lines in sections.items():
        print(title)
        for line in lines:
            print(f"  {'ok ' if line.ok else 'NO ' if line.needed else ' - '} {line.what:26} {line.text}")
    broken = [line for lines in sections.values() for line in lines if line.needed and not line.ok]
    for line in broken:
        events.note(f"{line.what}: {line.text}")
    events.result(version=lipwright.__version__, python=sys.executable, broken=[line.what for line in broken])


def _packages() -> list[Line]:
    lines = []
    for name in PACKAGES:
        version = _version(name)
        lines.append(Line(name, version is not None, version or f"missing: pip install {name}"))
    for name, (adds, cure) in EXTRAS.items():
        version = _version(name)
        lines.append(Line(name, version is not None, version or f"not installed; adds {adds}: {cure}", needed=False))
    return lines


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _models() -> list[Line]:
    """Every model's bytes against its sha256; one that does not ship may be missing."""
    from lipwright import models

    lines = []
    for name, row in models.models().items():
        if not row.ships and not models.installed(name):
            lines.append(Line(name, False, f"not installed; {row.does}: {row.cure}", needed=False))
            continue
        try:
            size = len(models.read(name))
            lines.append(Line(name, True, f"{size / 1e6:.1f} MB, {row.licence}; {row.does}"))
        except LipwrightError as error:
            lines.append(Line(name, False, str(error)))
    return lines


def _engines() -> list[Line]:
    """Each engine by its stage: whether its module and what it imports can be loaded."""
    from lipwright.mouths import MOUTH_ENGINES
    from lipwright.phonemes.boundaries.voting import ENGINES

    lines = [_engine(f"phonemes {name}", where, "lipwright.phonemes") for name, where in ENGINES.items()]
    lines += [_engine(f"mouths {name}", where, "lipwright.mouths") for name, where in MOUTH_ENGINES.items()]
    try:
        import onnxruntime

        providers = [name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers()]
        lines.append(Line("onnxruntime runs on", True, ", ".join(providers)))
    except ImportError as error:
        lines.append(Line("onnxruntime runs on", False, str(error)))
    return lines


def _engine(what: str, where: str, package: str) -> Line:
    module, _, _ = where.partition(":")
    try:
        importlib.import_module(module, package)
    except ImportError as error:
        return Line(what, False, f"cannot be loaded ({error})")
    return Line(what, True, "")


def _languages() -> list[Line]:
    """English, and what g2p2's language groups add."""
    groups = sorted(
        name.removeprefix("g2p2-group-")
        for dist in importlib.metadata.distributions()
        if (name := str(dist.metadata["Name"])).startswith("g2p2-group-")
    )
    extra = Line("others", bool(groups), ", ".join(groups) or "pip install lipwright[all-languages]", needed=False)
    return [Line("English", True, "built in"), extra]


def _hosts() -> list[Line]:
    """Whether the hosts' scripts are where the hosts look."""
    from lipwright.hosts import resolve
    from lipwright.hosts.folders import this_system

    findings = resolve.check(this_system())
    ok = all(finding.ok for finding in findings)
    shown = "installed" if ok else "not installed, or not for this environment: lipwright install resolve --check"
    plugin = importlib.util.find_spec("otio_lipwright") is not None
    return [
        Line("DaVinci Resolve script", ok, shown, needed=False),
        Line("OpenTimelineIO plugin", plugin, "found" if plugin else "missing: install lipwright again with pip"),
    ]
