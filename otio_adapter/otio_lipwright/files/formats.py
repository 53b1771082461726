"""Reading and writing any timeline that OTIO has an adapter for, with messages that say what to do."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opentimelineio as otio

from lipwright.errors import LipwrightError, TimelineError
from lipwright.files import beside
from lipwright.timebase import fps_from
from otio_lipwright.edit.media import Access
from otio_lipwright.edit.rates import with_rates
from otio_lipwright.edit.references import carrying, flatten
from otio_lipwright.edit.tree import all_clips, check_tree
from otio_lipwright.files import carriers, fcpx, guard
from otio_lipwright.normalise import avid, fcp7

# Suffixes whose adapters come in a package of their own.
PACKAGES = {
    "xml": "OpenTimelineIO-Plugins",
    "edl": "OpenTimelineIO-Plugins",
    "aaf": "OpenTimelineIO-Plugins",
    "ale": "OpenTimelineIO-Plugins",
    "xges": "OpenTimelineIO-Plugins",
    "fcpxml": "otio-fcpx-xml-adapter",
}


def read(path: str | Path, *, rate: float | str | None = None, **options: Any) -> Any:
    """The timeline in a file. `rate` is needed for an EDL that is not 24 fps. Raises TimelineError."""
    path = Path(path)
    suffix = path.suffix.lower().removeprefix(".")
    if not path.is_file() and not (suffix == "otiod" and path.is_dir()):
        raise TimelineError(f"cannot read {str(path)!r} (no such file); check the path")
    adapter = _adapter(path, suffix)
    try:
        if suffix == "edl":
            found = _read_edl(path, rate, options)
        elif suffix == "fcpxml":
            found = fcpx.read(path, _told(path), options)
        else:
            guard.check_json(path, suffix)
            found = _read_any(path, adapter, options)
            if suffix == "xml":
                found = fcp7.normalise(found, path)
    except LipwrightError:
        raise
    except Exception as error:
        raise TimelineError(_unreadable(path, error)) from error
    if not isinstance(found, (otio.schema.Timeline, otio.schema.SerializableCollection, otio.core.Composable)):
        raise TimelineError(f"{path.name!r} holds a {type(found).__name__}, no edit; choose the file of a timeline")
    check_tree(found, path.name)
    return found


def _read_any(path: Path, adapter: str | None, options: dict[str, Any]) -> Any:
    return otio.adapters.read_from_file(str(path), adapter, hook_function_argument_map=_told(path), **options)


def _told(path: Path) -> dict[str, str]:
    """What the hook is told: where the timeline lies, so that it may look beside it."""
    return {"lipwright_path": str(path)}


def _read_edl(path: Path, rate: float | str | None, options: dict[str, Any]) -> Any:
    """An EDL at its rate. Its reader trips over the drop-frame timecode of an M2 line, which it does not use."""
    text = _text(path)
    text = re.sub(r"(?m)^M2 .*$", lambda line: line.group().replace(";", ":"), text)
    options = {**options, "rate": float(fps_from(rate)) if rate is not None else options.get("rate", 24.0)}
    return otio.adapters.read_from_string(text, "cmx_3600", hook_function_argument_map=_told(path), **options)


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # what older Windows editors write


def _adapter(path: Path, suffix: str) -> str | None:
    known = {adapter_suffix for plugin in otio.plugins.ActiveManifest().adapters for adapter_suffix in plugin.suffixes}
    if suffix == "json":
        return "otio_json"
    if suffix not in known:
        if suffix in PACKAGES:
            raise TimelineError(f"{path.name!r} needs an adapter that is not installed: pip install {PACKAGES[suffix]}")
        raise TimelineError(f"{path.name!r} is of a kind that no adapter knows; save it as .otio, .xml, .edl or .aaf")
    return None


def _unreadable(path: Path, error: Exception) -> str:
    reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
    if isinstance(error, (AttributeError, TypeError, KeyError, IndexError)):
        reason = f"a part that the reader expects is missing or of another kind: {reason}"
    if isinstance(error, otio.exceptions.UnsupportedSchemaError):
        return (
            f"{path.name!r} was written by a newer OpenTimelineIO ({reason}); update OpenTimelineIO, or save it for an"
            " older version"
        )
    return f"{path.name!r} cannot be read ({reason}); export it again from the program that wrote it"


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of file, or a program that reads one: what it keeps, in `loses` sentences for what it does not.

    `carrier` is where our note rides ("" for formats that keep everything); `flat`: it knows one reference only.
    """

    suffixes: tuple[str, ...]
    carrier: str
    flat: bool
    loses: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()


_ONE_REFERENCE = "one media reference a clip: the one that is shown is written, the other rides in the note"
TARGETS = {
    "otio": Target(("otio", "otioz", "otiod", "json"), "", False),
    "resolve": Target(
        ("otio",),
        "resolve",
        True,
        (
            _ONE_REFERENCE,
            "Resolve discards metadata it does not know; the note rides in a marker on the clip's first frame",
        ),
    ),
    "premiere": Target(
        ("xml",),
        "xml",
        True,
        (_ONE_REFERENCE, "FCP7 XML keeps constant speeds and no other effects"),
    ),
    "edl": Target(
        ("edl",),
        "edl",
        True,
        (_ONE_REFERENCE, "an EDL keeps one picture track, no sound tracks and no effects but speed"),
    ),
    "avid": Target(
        ("aaf",),
        "aaf",
        True,
        (_ONE_REFERENCE, "the AAF writer drops markers and effects; a constant speed rides in the note"),
        (("use_empty_mob_ids", True),),
    ),
    "fcpx": Target(
        ("fcpxml",),
        "fcpxml",
        True,
        (_ONE_REFERENCE, "FCPX XML keeps no effects, no start time, and marker colours red and green only"),
    ),
}


def target_for(path: Path, name: str | None = None) -> tuple[str, Target]:
    """The target by name, or by the file's suffix. Raises TimelineError for a name or pairing that means nothing."""
    suffix = path.suffix.lower().removeprefix(".")
    if name is None:
        found = next((key for key, target in TARGETS.items() if suffix in target.suffixes), None)
        if found is None:
            raise TimelineError(
                f"cannot write {path.name!r}; name it .otio, .otioz, .otiod, .xml, .edl, .aaf or .fcpxml"
            )
        return found, TARGETS[found]
    if name not in TARGETS:
        raise TimelineError(f"target {name!r} is unknown; choose one of {', '.join(TARGETS)}")
    if suffix not in TARGETS[name].suffixes:
        raise TimelineError(
            f"{name} reads .{TARGETS[name].suffixes[0]}, not {path.name!r}; change the name of the output"
        )
    return name, TARGETS[name]


def write(
    timeline: Any,
    path: str | Path,
    *,
    target: str | None = None,
    rate: float | str | None = None,
    access: Access | None = None,
) -> tuple[str, ...]:
    """Write a timeline for a target (by default what the suffix says); sentences about what will be lost.

    The object that is given is not changed. Bundles hold both references, of files that `access` allows (by default
    those beside `path`).
    """
    path = Path(path)
    name, kind = target_for(path, target)
    check_tree(timeline, path.name)
    ready = prepared(timeline, kind)
    options = dict(kind.options)
    if name == "edl":
        options["rate"] = _edl_rate(ready, rate)
        ready = at_smpte_rates(ready)
    ntsc = False
    if name == "avid":
        avid.identify(ready)
        avid.absolute(ready, path.resolve().parent)
    if name == "premiere":
        fcp7.denormalise(ready)
    if name == "fcpx":
        ready, ntsc = fcpx.writable(ready)
    if path.suffix.lower() in (".otioz", ".otiod"):
        from otio_lipwright.files.bundle import write_bundle

        return write_bundle(ready, path, access or Access.beside(path))
    try:
        with beside(path) as temporary:
            otio.adapters.write_to_file(ready, str(temporary), _adapter(path, path.suffix.lower()[1:]), **options)
            if ntsc:
                temporary.write_text(fcpx.made_ntsc(temporary.read_text(encoding="utf-8")), encoding="utf-8")
    except LipwrightError:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
        raise TimelineError(f"cannot write {path.name!r} for {name} ({reason}); write .otio instead") from error
    return losses(timeline, name)


def prepared(timeline: Any, kind: Target) -> Any:
    """The timeline as a target wants it: our note where it survives, one reference where it knows no more."""
    if not kind.carrier:
        return timeline
    ready = copy.deepcopy(timeline)
    for clip in carrying(ready):
        note = carriers.note_of(clip)
        if note:
            carriers.WRITERS[kind.carrier](clip, note)
    if kind.flat:
        flatten(ready)
    return ready


def losses(timeline: Any, name: str) -> tuple[str, ...]:
    """What this timeline will lose in that target, counted."""
    kind = TARGETS[name]
    if not kind.loses:
        return ()
    carried = sum(1 for _ in carrying(timeline))
    warps = sum(isinstance(e, otio.schema.TimeEffect) for clip in all_clips(timeline) for e in clip.effects)
    said = [f"{carried} clips carry a take: {kind.loses[0]}"] if carried else []
    said += list(kind.loses[1:])
    if warps and name in ("avid", "fcpx"):
        said.append(f"{warps} speed changes are lost in {name}; those of clips without a take cannot be put back")
    if name == "edl" and (sounds := sum(t.kind == "Audio" for t in _tracks(timeline))):
        said.append(f"{sounds} sound tracks are not written to an EDL")
    return tuple(said)


def _tracks(timeline: Any) -> list[Any]:
    return list(timeline.tracks) if isinstance(timeline, otio.schema.Timeline) else []


def _edl_rate(timeline: Any, rate: float | str | None) -> float:
    from otio_lipwright.edit.plan import frame_rate
    from otio_lipwright.edit.walk import walk

    return float(fps_from(rate if rate is not None else frame_rate(timeline, walk(timeline))))


def at_smpte_rates(timeline: Any) -> Any:
    """A copy in which 29.97 and its like are the exact rates that an adapter insists on."""

    def exact(value: float, rate: float) -> tuple[float, float] | None:
        return (value, float(fps_from(rate))) if rate <= 1000 else None

    return otio.core.deserialize_json_from_string(with_rates(timeline.to_json_string(), exact))
