"""`lipwright install resolve|blender`: put the host's script where the host looks."""

from __future__ import annotations

import argparse
from pathlib import Path

from lipwright.errors import OutputError
from lipwright.events import Events
from lipwright.hosts import blender, resolve
from lipwright.hosts.folders import this_system

EXAMPLES = """\
examples:
  lipwright install resolve               menu entries under Workspace > Scripts
  lipwright install resolve --check       what is installed where, and what is wrong with it
  lipwright install blender --zip lipwright-0.1.0-linux_x64.zip
  lipwright uninstall resolve
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which host, and where it is when it is not where hosts usually are."""
    parser.add_argument("host", choices=("resolve", "blender"))
    parser.add_argument("--check", action="store_true", help="only say what is installed")
    parser.add_argument("--scripts-folder", type=Path, help="Resolve's Scripts/Utility folder, if it is elsewhere")
    parser.add_argument("--blender", type=Path, help="the Blender program, if it is not found")
    parser.add_argument("--zip", type=Path, help="the extension's zip file")


def run(args: argparse.Namespace, events: Events) -> None:
    """Install, or check."""
    if args.host == "blender":
        return _blender(args, events)
    system = this_system()
    if args.check:
        findings = resolve.check(system, args.scripts_folder)
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'NOT '} {finding.what}{'' if finding.ok else ': ' + finding.advice}")
        print(resolve.HELP)
        if not all(finding.ok for finding in findings):
            raise OutputError("the Resolve script is not installed as it should be; run `lipwright install resolve`")
        return None
    entries = resolve.install(system, args.scripts_folder)
    print(resolve.HELP)
    return events.result(installed=[str(entry) for entry in entries])


def _blender(args: argparse.Namespace, events: Events) -> None:
    program = blender.find_blender(this_system(), args.blender)
    if args.check:
        print(blender.check(program))
        return
    archive = blender.find_zip(args.zip)
    blender.install(program, archive)
    events.result(blender=str(program), installed=str(archive))
