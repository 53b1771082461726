"""`lipwright weights`: what a file of lip-sync weights is, and the original `.pth` as ONNX."""

from __future__ import annotations

import argparse
from pathlib import Path

from lipwright.errors import EngineUnavailable, OptionError
from lipwright.events import Events

EXAMPLES = """\
examples:
  lipwright weights wav2lip.onnx                         which network it is and whether it can run here
  lipwright weights wav2lip_gan.pth --to-onnx gan.onnx   the original weights as ONNX: no torch needed afterwards

Mind the licence of the weights: those published for Wav2Lip are for personal, research and non-commercial use.
"""
WRITES = ("to_onnx",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and where to write it as ONNX."""
    parser.add_argument("file", type=Path, help=".onnx or .pth")
    parser.add_argument("--to-onnx", type=Path, metavar="FILE", help="write a .pth as ONNX (needs torch and onnx)")
    parser.add_argument("--provider", choices=("cpu", "cuda", "coreml", "directml"), default="cpu")


def run(args: argparse.Namespace, events: Events) -> None:
    """Load it, say what it is, and convert it where asked."""
    from lipwright.files import sha256_of
    from lipwright.mouths.engines.wav2lip import load_network

    network = load_network(args.file, args.provider)
    if args.to_onnx is not None:
        _convert(args.file, args.to_onnx)
    events.result(
        network=network.kind,
        size=network.size,
        sha256=sha256_of(args.file),
        onnx=str(args.to_onnx) if args.to_onnx else None,
    )


def _convert(source: Path, target: Path) -> None:
    from lipwright.files import beside

    if source.suffix.lower() not in (".pth", ".pt"):
        raise OptionError(f"{source.name!r} is not a .pth; only the original torch weights are converted")
    try:
        import onnx  # noqa: F401 - torch's exporter needs it and says so less clearly

        from lipwright.mouths.engines.wav2lip_net import export_onnx, load_pth
    except ImportError as error:
        raise EngineUnavailable(f"converting needs {error.name}: pip install torch onnx") from error
    with beside(target) as temporary:
        export_onnx(load_pth(source), temporary)
