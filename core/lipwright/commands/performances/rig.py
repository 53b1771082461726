"""`lipwright rig`: which shapes of an avatar the curves would drive, as a map that can be changed by hand."""

from __future__ import annotations

import argparse
from pathlib import Path

from lipwright.events import Events
from lipwright.files import write_beside
from lipwright.rigs import RigMap, dumps_map
from lipwright.rigs.files import rig_of

EXAMPLES = """\
examples:
  lipwright rig avatar.glb                    what is recognised, and what drives each mouth shape
  lipwright rig avatar.vrm -o hero.json       the same as a map, to change by hand
  lipwright rig names.txt -o hero.json        from a list of shape names, one a line
  lipwright export song.lipwright --as csv --rig hero.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The avatar, and where to write the map."""
    parser.add_argument("avatar", type=Path, help=".glb, .gltf or .vrm, a text file of shape names, or a map")
    parser.add_argument("-o", "--output", type=Path, help="write the map as JSON")


def run(args: argparse.Namespace, events: Events) -> None:
    """Print what is driven by what; write the map where asked."""
    rig = rig_of(args.avatar)
    print(_sentences(args.avatar.name, rig))
    for note in rig.notes:
        events.note(note)
    if args.output is not None:
        write_beside(args.output, dumps_map(rig).encode())
    if args.events == "json" or args.output is not None:
        events.result(coverage=rig.coverage, conventions=list(rig.conventions), output=str(args.output or ""))


def _sentences(name: str, rig: RigMap) -> str:
    known = ", ".join(rig.conventions) or "no known convention"
    rows = [f"{name}: {known}; {rig.coverage}"]
    for control, mix in rig.controls.items():
        rows.append(f"  {control:20}" + (" + ".join(f"{weight:g} {shape}" for shape, weight in mix.items()) or "-"))
    return "\n".join(rows)
