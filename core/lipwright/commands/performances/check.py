"""`lipwright check`: is this vocal good enough, which lines will be hard, and what to do about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lipwright.commands.options import add_show_lyrics, print_lyrics
from lipwright.errors import OptionError
from lipwright.events import Events
from lipwright.types import MATCHED

if TYPE_CHECKING:
    from lipwright.preflight import Checked
    from lipwright.preflight.line_difficulty import WeakLine
    from lipwright.vocal import Report

EXAMPLES = """\
examples:
  lipwright check song.mp3
  lipwright check song.mp3 --lyrics song.txt               and which lines will be hard to place, with times
  lipwright check song.mp3 --lyrics song.txt --draft song.lrc   an LRC of the sure lines, to put the others right
  lipwright check interview.mov --stream 1 --channel 0     the second audio stream, its left channel

Exit code 0: good or fair. 3: poor, expect mistakes until what it says is mended.
"""

POOR = 3
_SIGN = {"good": "ok", "fair": "! ", "poor": "!!"}

WRITES = ("draft",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The vocal, which part of it, and its lyrics."""
    parser.add_argument("vocal", type=Path, help="any audio or video file")
    parser.add_argument("--lyrics", type=Path, help="txt, LRC, SRT, VTT, ...: which of its lines will be weak")
    add_show_lyrics(parser)
    parser.add_argument("--language", default="auto", help="of the lyrics: en, es, fr, de, ... or auto (default)")
    parser.add_argument("--draft", type=Path, metavar="LRC", help="write the lyrics with times where they are sure")
    parser.add_argument("--stream", type=int, help="number of the audio stream in the file, from 0")
    parser.add_argument("--channel", type=int, help="number of the channel, from 0 (default: all mixed)")


def run(args: argparse.Namespace, events: Events) -> int:
    """Listen, say what was found on stdout, and end with POOR where the vocal is."""
    if args.show_lyrics:
        print_lyrics(args, args.lyrics)
        return 0
    from lipwright.lyrics import prepare
    from lipwright.preflight import check

    lyrics = prepare(args.lyrics, language=args.language) if args.lyrics is not None else None
    checked = check(args.vocal, lyrics, stream=args.stream, channel=args.channel, report=events.progress)
    report = checked.report
    events.progress(1.0, "done")
    for note in checked.notes:
        events.note(note)
    print(_sentences(args.vocal.name, report))
    if checked.weak is not None:
        print(_lines(checked))
    if args.draft is not None:
        _write_draft(args.draft, checked)
    if args.events == "json":  # for people the sentences are the result
        events.result(
            verdict=report.verdict,
            **{finding.name: finding.value for finding in report.findings},
            voice_s=report.voice_s,
            duration_s=report.duration_s,
            singing=report.singing,
            **_as_fields(checked),
        )
    return POOR if report.verdict == "poor" else 0


def _write_draft(path: Path, checked: Checked) -> None:
    """The LRC to edit. Raises OptionError where there is nothing to write, or no way to write it."""
    if not checked.draft or checked.match < MATCHED:
        raise OptionError("--draft has no lyrics that fit to write; give --lyrics FILE of this song")
    try:
        path.write_text(checked.draft, encoding="utf-8")
    except OSError as error:
        raise OptionError(f"cannot write {path.name!r} ({error.strerror}); choose another place for --draft") from error
    print(f"  -> {path}: sure lines with times, the others marked; edit it and give it as --lyrics")


def _as_fields(checked: Checked) -> dict[str, object]:
    if checked.weak is None:
        return {}
    weak = [
        {"line": line.number, "start_s": line.start_s, "text": line.text, "reasons": list(line.reasons)}
        for line in checked.weak
    ]
    return {"match": round(checked.match, 3), "lines": checked.lines, "weak_lines": weak}


def _lines(checked: Checked) -> str:
    weak = checked.weak or ()
    if checked.match < MATCHED:
        return f"  !! the lyrics don't fit what is heard: {len(weak)} of {checked.lines} lines are doubtful or missing"
    if not weak:
        return f"  ok none of the {checked.lines} lines looks hard to place"
    rows = [f"  !  {len(weak)} of {checked.lines} lines may be hard to place; their start times in an LRC settle them:"]
    rows += [_row(line) for line in weak]
    return "\n".join(rows)


def _row(line: WeakLine) -> str:
    minutes, seconds = divmod(line.start_s or 0.0, 60.0)
    at = f"{int(minutes)}:{seconds:04.1f}" if line.start_s is not None else "?"
    return f"     {at:>7} {line.text!r}: {'; '.join(line.reasons)}"


def _sentences(name: str, report: Report) -> str:
    mixed = any(finding.name == "voice" for finding in report.findings)
    heard = "sung, band included," if mixed else "sung" if report.singing > 0.5 else "spoken"
    what = f"{heard} for {report.voice_s:.1f}" if report.voice_s > 0 else "no voice in any"
    rows = [f"{name}: {report.verdict} ({what} of {report.duration_s:.1f} s)"]
    for finding in report.findings:
        value = f"{finding.value:8g}" if finding.known else f"{'-':>8}"
        rows.append(f"  {_SIGN[finding.verdict]} {finding.name:10}{value} {finding.unit:5} {finding.meaning}")
        if finding.advice:
            rows.append(f"     {'':24} -> {finding.advice}")
    return "\n".join(rows)
