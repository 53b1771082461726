"""The recogniser that also hears singing, by one command: clips, training, export, evaluation, card; it resumes.

python -m training.sung                  everything, into .training/ beside the repository's root
python -m training.sung --only export    from the checkpoint that is there
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import torch

from .__main__ import DATA, ROUNDS, command, make_clips, train
from .ctc_train import ROW_S, ROWS, run
from .hearing import Heard, evaluate, table
from .nets.convert_ctc import Tensors, assets, build, read_container, tokens
from .nets.ctc_net import FIXED, Recogniser
from .plan import CTC_SHARE, CTC_STAGES, TEST, VOICES, CtcStage, sources, test_source

TINY_STEPS = 2


def main(argv: list[str] | None = None) -> None:
    """Do what is not done yet."""
    parser = command("python -m training.sung", __doc__, DATA / "ctc_sung.onnx", "a few steps, to check the chain")
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    stages = [dataclasses.replace(s, steps=TINY_STEPS) if args.tiny else s for s in CTC_STAGES]
    if args.only in (None, "data"):
        make_clips(args.folder / "shards", [*sources(ROUNDS), test_source()], args.speech, args.jobs)
    if args.only in (None, "train"):
        train(run, args.folder, stages, args.device)
    if args.only in (None, "export"):
        export(args.folder / stages[-1].name / "last.pt", args.out)
        scores = evaluate(args.out, args.folder / "shards" / f"{test_source().name}.npz", args.speech)
        write_card(args.out, stages, args.folder, scores)


def export(checkpoint: Path, out: Path) -> None:
    """The recogniser with weights CTC_SHARE of the way from hama's to those that were learnt.

    Between the two it keeps what hama knows of natural speech, and hears singing about as well as at the far end
    (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022).
    """
    first = read_container(assets() / "asr_waveform.hama")
    net = Recogniser(first)
    net.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["ema"])
    model = build(_between(first, net.tensors()), tokens())
    onnx.checker.check_model(model)
    out.write_bytes(model.SerializeToString(deterministic=True))


def _between(first: Tensors, learnt: Tensors) -> Tensors:
    wide = {name: np.asarray(value, np.float32) for name, value in first.items()}
    return {
        name: first[name]
        if name in FIXED
        else (value + CTC_SHARE * (np.asarray(learnt[name], np.float32) - value)).astype(first[name].dtype)
        for name, value in wide.items()
    }


def write_card(model: Path, stages: list[CtcStage], folder: Path, scores: list[Heard]) -> None:
    """NAME.md beside NAME.onnx."""
    raw, last = model.read_bytes(), stages[-1]
    heard = json.loads((folder / last.name / "heard.json").read_text(encoding="utf-8"))
    steps = sum(stage.steps for stage in stages)
    template = (Path(__file__).parent / "card_sung.template.md").read_text(encoding="utf-8")
    text = template.format(
        name=model.name,
        size=len(raw),
        sha256=hashlib.sha256(raw).hexdigest(),
        share=f"{100 * CTC_SHARE:.0f} %",
        training=f"{steps} steps of {ROWS} rows of {ROW_S:.0f} s: "
        f"{steps * ROWS * ROW_S / 3600:.0f} hours of sound heard",
        hours=f"{sum(sum(kinds.values()) for kinds in heard.values()):.1f} hours",
        voices="\n".join(
            f"| {voice} | {sum(sum(k.values()) for shard, k in heard.items() if shard == name):.1f} | {licence} |"
            for name, voice, *_, licence in VOICES
            if name in heard
        ),
        test=TEST[1],
        scores=table(scores),
    )
    model.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
