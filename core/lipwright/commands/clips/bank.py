"""`lipwright bank`: keep a performer's own mouths, to use them on other clips of the same person."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Callable
from pathlib import Path

from lipwright.errors import DocumentError, OptionError
from lipwright.events import Events

EXAMPLES = """\
examples:
  lipwright bank add jo a.mov b.mov --consent "Jo Doe, signed release of 3 May 2026"
  lipwright bank list
  lipwright bank show jo -o jo.png       a sheet of the mouths in it
  lipwright bank remove jo               every picture of it is deleted

Banks lie in your user data folder; LIPWRIGHT_HOME names another.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """add, list, show, remove."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="cut mouths from clips and keep them under a name")
    add.add_argument("name")
    add.add_argument("clips", nargs="+", type=Path, metavar="CLIP")
    add.add_argument("--consent", default="", help="under which consent this face is kept; it is stored with the bank")
    add.add_argument(
        "--face", help="whose mouth: as `lipwright track` says (default: the largest, then who is like it)"
    )
    actions.add_parser("list", help="all banks")
    show = actions.add_parser("show", help="what is in a bank")
    show.add_argument("name")
    show.add_argument("-o", "--output", type=Path, help="a contact sheet (PNG)")
    remove = actions.add_parser("remove", help="delete a bank and its pictures")
    remove.add_argument("name")


def run(args: argparse.Namespace, events: Events) -> None:
    """Do what was asked."""
    {"add": _add, "list": _list, "show": _show, "remove": _remove}[args.action](args, events)


def _add(args: argparse.Namespace, events: Events) -> None:
    from lipwright.dubbing.footage.face_match import ALIKE, bank_of_person, unpacked
    from lipwright.faces.identity import Looks
    from lipwright.mouths.footage.bank import pruned, together
    from lipwright.mouths.footage.bank_files import bank_names, load_bank, save_bank

    if not args.consent.strip() and args.name not in bank_names():
        raise OptionError(
            'a bank keeps a person\'s face; say under which consent, as in --consent "Jo Doe, signed release of 3 May"'
        )
    banks = [load_bank(args.name)] if args.name in bank_names() else []
    consent = args.consent or _consent_of(args.name)
    for number, clip in enumerate(args.clips):
        low, high = number / len(args.clips), (number + 1) / len(args.clips)
        # The first clip says who it is; in the others the face most like it is taken, unless one is named.
        known = next((unpacked(bank.looks) for bank in banks if bank.looks is not None), Looks())
        face = args.face or (ALIKE if known.count else "largest")
        bank, doubts = bank_of_person(clip, face, known, _progress(events, clip, low, high))
        for doubt in doubts:
            events.note(doubt)
        banks.append(bank)
    whole = pruned(together(banks[0], *banks[1:]))
    card = save_bank(args.name, whole, consent, datetime.date.today().isoformat())
    events.result(bank=card.name, mouths=card.mouths, sources=list(card.sources), megabytes=round(card.bytes / 1e6, 1))


def _progress(events: Events, clip: Path, low: float, high: float) -> Callable[[float], None]:
    from lipwright.dubbing.output.eta import paced
    from lipwright.video import open_clip

    def report(value: float, words: str) -> None:
        events.progress(low + (high - low) * value, words)

    return paced(report, clip.name, open_clip(clip).expected_frames)


def _consent_of(name: str) -> str:
    from lipwright.mouths.footage.bank_files import bank_card

    return bank_card(name).consent


def _list(args: argparse.Namespace, events: Events) -> None:
    from lipwright.mouths.footage.bank_files import bank_card, bank_names, banks_folder

    del args
    names = bank_names()
    for name in names:
        try:
            card = bank_card(name)
        except DocumentError as error:
            events.note(str(error))
            continue
        print(
            f"{name:20} {card.mouths:4} mouths  {card.bytes / 1e6:7.1f} MB  {card.created}  {', '.join(card.sources)}"
        )
    events.result(banks=names, folder=str(banks_folder()))


def _show(args: argparse.Namespace, events: Events) -> None:
    from lipwright.mouths.footage.bank_files import bank_card, load_bank

    card = bank_card(args.name)
    if args.output is not None:
        from lipwright.mouths.footage.contact_sheet import bank_sheet, write_png

        write_png(args.output, bank_sheet(load_bank(args.name)))
    events.result(
        bank=card.name,
        consent=card.consent,
        mouths=card.mouths,
        sources=list(card.sources),
        created=card.created,
        sheet=str(args.output) if args.output else None,
    )


def _remove(args: argparse.Namespace, events: Events) -> None:
    from lipwright.mouths.footage.bank_files import remove_bank

    remove_bank(args.name)
    events.result(removed=args.name)
