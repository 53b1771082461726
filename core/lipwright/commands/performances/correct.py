"""`lipwright correct`: put one word, phoneme or curve right by hand; performing again keeps it."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TypeVar

from lipwright import document
from lipwright.corrections.word_retiming import corrected_speech
from lipwright.errors import OptionError
from lipwright.events import Events
from lipwright.types import Performance, PhonemeSpan, SpanEdit, SpanLayer, Track, TrackEdit, TrackLayer, WordSpan

EXAMPLES = """\
examples:
  lipwright correct song.lipwright --list                                     what was corrected so far
  lipwright correct song.lipwright --word home --at 12.3 --start 12.41 --end 12.9
  lipwright correct song.lipwright --word their --at 4.0 --to "they're"
  lipwright correct song.lipwright --phoneme B --at 3.2 --remove
  lipwright correct song.lipwright --curve eyeBlinkLeft --start 7.9 --end 8.3 --flat
  lipwright correct song.lipwright --undo 2

The mouth follows at once when the vocal lies beside the document (or is given); else at the next perform.
"""
Found = TypeVar("Found", WordSpan, PhonemeSpan)
# How far from --at the middle of a span may lie.
REACH_S = 1.0
IN_PLACE = ("document",)  # and its earlier state stays in it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to correct, and how."""
    parser.add_argument("document", type=Path, help="a .lipwright file; it is rewritten in place")
    parser.add_argument("--vocal", type=Path, help="the vocal, when it does not lie beside the document")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="show the corrections with their numbers")
    what.add_argument("--undo", type=int, metavar="N", help="take correction N of the list back")
    what.add_argument("--word", metavar="TEXT", help="the word that is wrong")
    what.add_argument("--phoneme", metavar="SYMBOL", help="the phoneme that is wrong")
    what.add_argument("--curve", metavar="NAME", help="a viseme, channel, jaw or lips")
    group = parser.add_argument_group("how")
    group.add_argument("--at", type=float, metavar="S", help="about when it is heard now")
    group.add_argument("--start", type=float, metavar="S", help="when it should start")
    group.add_argument("--end", type=float, metavar="S", help="when it should end")
    group.add_argument("--to", metavar="LABEL", help="what it should be instead")
    group.add_argument("--remove", action="store_true", help="it is not there at all")
    group.add_argument("--flat", action="store_true", help="the curve rests at 0 from --start to --end")
    group.add_argument("--value", type=float, metavar="X", help="the curve holds X from --start to --end")


def run(args: argparse.Namespace, events: Events) -> None:
    """Add, list or take back a correction."""
    performance = document.load(args.document)
    if args.list:
        print("\n".join(_listed(performance)) or "no corrections yet")
        return
    changed = _undone(performance, args.undo) if args.undo is not None else _corrected(performance, args)
    vocal = args.vocal or args.document.parent / performance.vocal.name
    if vocal.is_file():
        changed = _acted(changed, vocal)
    else:
        events.note(
            f"the mouth follows when {performance.vocal.name!r} is performed again; it is not beside the document"
        )
    document.save(changed, args.document)
    events.result(document=str(args.document), corrections=len(_listed(changed)))


def _acted(performance: Performance, vocal: Path) -> Performance:
    from lipwright.service import act_out
    from lipwright.vocal import measure, open_vocal

    with open_vocal(vocal) as sound:
        return act_out(performance, measure(sound))


def _listed(performance: Performance) -> list[str]:
    lines = []
    for edit in performance.corrections.spans:
        was = f"{edit.match_label or 'nothing'} {edit.match_start_s:.3f} to {edit.match_end_s:.3f}"
        now = "removed" if edit.label is None else f"{edit.label} {edit.start_s:.3f} to {edit.end_s:.3f}"
        lines.append(f"{edit.layer}: {was} -> {now}")
    for curve in performance.corrections.tracks:
        held = f"{len(curve.times_s)} keys" if curve.times_s else "flat"
        lines.append(f"{curve.layer}: {curve.name} {curve.start_s:.3f} to {curve.end_s:.3f} -> {held}")
    return [f"{number:3}  {line}" for number, line in enumerate(lines, 1)]


def _undone(performance: Performance, number: int) -> Performance:
    edits = performance.corrections
    if not 1 <= number <= len(edits.spans) + len(edits.tracks):
        raise OptionError(f"there is no correction {number}; see --list")
    index = number - 1
    spans = tuple(edit for at, edit in enumerate(edits.spans) if at != index)
    tracks = tuple(edit for at, edit in enumerate(edits.tracks, len(edits.spans)) if at != index)
    return dataclasses.replace(performance, corrections=dataclasses.replace(edits, spans=spans, tracks=tracks))


def _corrected(performance: Performance, args: argparse.Namespace) -> Performance:
    edits = performance.corrections
    if args.curve is not None:
        curves = (*edits.tracks, _curve_edit(performance, args))
        return dataclasses.replace(performance, corrections=dataclasses.replace(edits, tracks=curves))
    spans = (*edits.spans, _span_edit(performance, args))
    return dataclasses.replace(performance, corrections=dataclasses.replace(edits, spans=spans))


def _span_edit(performance: Performance, args: argparse.Namespace) -> SpanEdit:
    words, phonemes = corrected_speech(performance.words, performance.phonemes, performance.corrections, lambda _: ())
    words_layer: SpanLayer = "words"
    phonemes_layer: SpanLayer = "phonemes"
    found: WordSpan | PhonemeSpan
    if args.word is not None:
        found = _nearest(
            [w for w in words if w.text.casefold() == args.word.casefold()], args.at, f"word {args.word!r}"
        )
        layer, label = words_layer, found.text
    else:
        found = _nearest([p for p in phonemes if p.symbol == args.phoneme], args.at, f"phoneme {args.phoneme!r}")
        layer, label = phonemes_layer, found.symbol
    if not (args.remove or args.to or args.start is not None or args.end is not None):
        raise OptionError("nothing to change; give --start, --end, --to or --remove")
    start_s = found.start_s if args.start is None else args.start
    end_s = found.end_s if args.end is None else args.end
    try:
        return SpanEdit(
            layer,
            found.start_s,
            found.end_s,
            label,
            start_s,
            end_s,
            None if args.remove else (args.to or label),
        )
    except ValueError as error:
        raise OptionError(f"that cannot be ({error}); check --start and --end") from None


def _nearest(spans: list[Found], at_s: float | None, what: str) -> Found:
    if not spans:
        raise OptionError(f"there is no {what} in the document; see `lipwright plot`")
    if at_s is None:
        if len(spans) > 1:
            times = ", ".join(f"{span.start_s:.2f}" for span in spans[:8])
            raise OptionError(f"{what} is heard {len(spans)} times (at {times} s); say which with --at")
        return spans[0]
    best = min(spans, key=lambda span: abs((span.start_s + span.end_s) / 2 - at_s))
    if abs((best.start_s + best.end_s) / 2 - at_s) > REACH_S + (best.end_s - best.start_s) / 2:
        raise OptionError(f"{what} is not heard near {at_s:g} s; the nearest is at {best.start_s:.2f} s")
    return best


def _curve_edit(performance: Performance, args: argparse.Namespace) -> TrackEdit:
    layers: dict[TrackLayer, tuple[Track, ...]] = {
        "visemes": performance.visemes,
        "channels": performance.channels,
        "mouth": performance.mouth,
    }
    layer = next((name for name, tracks in layers.items() if any(t.name == args.curve for t in tracks)), None)
    if layer is None:
        raise OptionError(f"there is no curve {args.curve!r} in the document; see `lipwright plot`")
    if args.start is None or args.end is None or not (args.flat or args.value is not None):
        raise OptionError("a curve needs --start, --end, and --flat or --value")
    times = () if args.flat else (args.start, args.end)
    values = () if args.flat else (args.value, args.value)
    try:
        return TrackEdit(layer, args.curve, args.start, args.end, times, values)
    except ValueError as error:
        raise OptionError(f"that cannot be ({error}); check --start and --end") from None
