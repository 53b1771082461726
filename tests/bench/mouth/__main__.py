"""`python -m tests.bench.mouth SOURCE TAKE [--intended curve.json] [--audio-ref new.wav] [--json out.json]`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .containers import changes
from .score import curve, score


def show(result: dict[str, Any]) -> None:
    """One line a question."""
    found = changes(result["container"])
    print(
        f"{'container':13s}"
        + ("unchanged, audio " + result["container"]["audio"]["state"] if not found else "; ".join(found))
    )
    for name, part in result.items():
        if name != "container":
            print(f"{name:13s}" + ", ".join(f"{k} {_text(v)}" for k, v in part.items() if k != "spans"))


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, dict):
        return "(" + ", ".join(f"{k} {_text(v)}" for k, v in value.items()) + ")"
    if isinstance(value, list):
        return "[" + " ".join(map(_text, value)) + "]"
    return str(value)


def main() -> None:
    """Score one pair, or write a clip's own opening as an intended curve."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.mouth", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("take", type=Path)
    parser.add_argument("--intended", type=Path, help="JSON with times_s, opening [, silence_s, closures_s]")
    parser.add_argument(
        "--audio-ref", type=Path, help="the sound that the take should carry, where it is not the source's"
    )
    parser.add_argument("--face", default="largest")
    parser.add_argument("--limit", type=int, help="only this many frames")
    parser.add_argument("--json", type=Path, help="write all numbers here")
    parser.add_argument("--curve", type=Path, help="write the take's own opening here and stop")
    args = parser.parse_args()
    if args.curve:
        args.curve.write_text(json.dumps(curve(args.take, args.face)) + "\n")
        return
    want = json.loads(args.intended.read_text()) if args.intended else None
    result = score(args.source, args.take, intended=want, audio_ref=args.audio_ref, choose=args.face, limit=args.limit)
    show(result)
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
