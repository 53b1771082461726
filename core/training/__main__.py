"""The one command: make the clips, train, export, evaluate, write the model card. Run it again to go on after a stop.

python -m training                       everything, into .training/ beside the repository's root
python -m training --only data           the clips alone; `--only train`, `--only export` likewise
python -m training --tiny                minutes instead of hours: checks the chain, makes no model worth having
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch

from .corpus.clips import Source, make_shard
from .corpus.texts import Sentences, texts_below
from .evaluate import evaluate
from .nets.card import write_card
from .nets.export import export
from .plan import STAGES, Stage, sources, test_source
from .train import run

ROOT = Path(__file__).parents[2]
DATA = ROOT / "core" / "lipwright" / "data"
ROUNDS = 2
TINY_SHARE, TINY_STEPS = 0.02, 4


def main(argv: list[str] | None = None) -> None:
    """Do what is not done yet."""
    parser = command("python -m training", __doc__, DATA / "phone.onnx", "a fiftieth of the clips and a few steps")
    parser.add_argument(
        "--stage", choices=[stage.name for stage in STAGES], default=STAGES[-1].name, help="the last one"
    )
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    stages, voices = _planned(args.stage, args.tiny)
    if args.only in (None, "data"):
        make_clips(args.folder / "shards", voices, args.speech, args.jobs)
    if args.only in (None, "train"):
        train(run, args.folder, stages, args.device)
    if args.only in (None, "export"):
        export(args.folder / stages[-1].name / "last.pt", args.out)
        scores = evaluate(args.out, args.folder / "shards" / f"{test_source().name}.npz", args.speech)
        write_card(args.out, stages, args.folder, scores)


def _planned(last: str, tiny: bool) -> tuple[list[Stage], list[Source]]:
    stages = list(STAGES[: [stage.name for stage in STAGES].index(last) + 1])
    voices = [*sources(ROUNDS), test_source()]
    if not tiny:
        return stages, voices
    voices = [dataclasses.replace(source, seconds=TINY_SHARE * source.seconds) for source in voices]
    return [dataclasses.replace(stage, steps=TINY_STEPS) for stage in stages], voices


def make_clips(folder: Path, voices: list[Source], banned: Path, jobs: int) -> None:
    """Every shard that is not there yet."""
    sentences = Sentences(_rare_words(), texts_below(banned) if banned.exists() else ())
    with ProcessPoolExecutor(jobs) as pool:
        done = [pool.submit(make_shard, source, sentences, folder / f"{source.name}.npz") for source in voices]
        for one in done:
            one.result()


def command(name: str, about: str | None, out: Path, tiny: str) -> argparse.ArgumentParser:
    """The options that every training has; `tiny` says what --tiny does."""
    parser = argparse.ArgumentParser(prog=name, description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / ".training", help="where clips and checkpoints are kept")
    parser.add_argument("--out", type=Path, default=out, help="the model; its card goes beside it")
    parser.add_argument("--speech", type=Path, default=ROOT.parent / "shared" / "data" / "speech",
                        help="labelled recordings for the evaluation, whose lines are never spoken")  # fmt: skip
    parser.add_argument("--only", choices=("data", "train", "export"), help="one step alone")
    parser.add_argument("--jobs", type=int, default=1, help="voices spoken at a time")
    parser.add_argument("--threads", type=int, default=1, help="of torch; on a busy machine two are slower than one")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--tiny", action="store_true", help=tiny)
    return parser


def train(one: Callable[..., Path], folder: Path, stages: Sequence[Any], device: str) -> None:
    """Each stage by `one`, from the averaged weights of the one before."""
    before = None
    for stage in stages:
        before = one(stage, folder / "shards", folder / stage.name, before, device)


def _rare_words() -> list[str]:
    """The words of cmudict, as pocketsphinx carries them."""
    import pocketsphinx

    path = Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"
    return [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    main()
