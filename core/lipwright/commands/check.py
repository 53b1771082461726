"""`lipwright check`: is this vocal good enough, and what to do if it is not."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lipwright.events import Events, stage

if TYPE_CHECKING:
    from lipwright.vocal import Report

EXAMPLES = """\
examples:
  lipwright check song.mp3
  lipwright check interview.mov --stream 1 --channel 0     the second audio stream, its left channel

Exit code 0: good or fair. 3: poor, expect mistakes until what it says is mended.
"""

POOR = 3
_SIGN = {"good": "ok", "fair": "! ", "poor": "!!"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The vocal, and which part of it."""
    parser.add_argument("vocal", type=Path, help="any audio or video file")
    parser.add_argument("--stream", type=int, help="number of the audio stream in the file, from 0")
    parser.add_argument("--channel", type=int, help="number of the channel, from 0 (default: all mixed)")


def run(args: argparse.Namespace, events: Events) -> int:
    """Listen, say what was found on stdout, and end with POOR where the vocal is."""
    from lipwright.isolate import music_likelihood
    from lipwright.vocal import judge, measure, open_vocal

    listening = stage(events, "reading", 0.0, 0.5)
    with open_vocal(args.vocal, stream=args.stream, channel=args.channel, on_progress=listening) as vocal:
        features = measure(vocal, on_progress=stage(events, "listening", 0.5, 0.95))
        report = judge(vocal, features, music=music_likelihood(vocal))
        notes = vocal.notes
    events.progress(1.0, "done")
    for note in notes:
        events.note(note)
    print(_sentences(args.vocal.name, report))
    if args.events == "json":  # for people the sentences are the result
        events.result(
            verdict=report.verdict,
            **{finding.name: finding.value for finding in report.findings},
            voice_s=report.voice_s,
            duration_s=report.duration_s,
            singing=report.singing,
        )
    return POOR if report.verdict == "poor" else 0


def _sentences(name: str, report: Report) -> str:
    heard = "sung" if report.singing > 0.5 else "spoken"
    what = f"{heard} for {report.voice_s:.1f}" if report.voice_s > 0 else "no voice in any"
    rows = [f"{name}: {report.verdict} ({what} of {report.duration_s:.1f} s)"]
    for finding in report.findings:
        value = f"{finding.value:8g}" if finding.known else f"{'-':>8}"
        rows.append(f"  {_SIGN[finding.verdict]} {finding.name:9}{value} {finding.unit:5} {finding.meaning}")
        if finding.advice:
            rows.append(f"     {'':24} -> {finding.advice}")
    return "\n".join(rows)
