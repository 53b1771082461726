"""The model card that lies beside the model: what it is, what it heard, what it can do, what it cannot."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ..evaluate import Score, table
from ..plan import LAST_KIND, TEST, VOICES, Stage
from ..train import BATCH, CROP, HOP, MIX, RATE


def write_card(model: Path, stages: list[Stage], folder: Path, scores: list[Score]) -> None:
    """NAME.md beside NAME.onnx."""
    raw = model.read_bytes()
    everything = stages[-1].everything
    rows, total = _heard(folder, stages)
    audio = ", then ".join(f"{s.steps} steps" for s in stages)
    hours = sum(s.steps for s in stages) * BATCH * CROP * HOP / RATE / 3600
    seen = f" So was {LAST_KIND}." if everything else f" {LAST_KIND.capitalize()} was not."
    text = (
        (Path(__file__).parents[1] / "card.template.md")
        .read_text(encoding="utf-8")
        .format(
            name=model.name,
            size=len(raw),
            sha256=hashlib.sha256(raw).hexdigest(),
            training=f"{audio} of {BATCH} rows of {CROP * HOP / RATE:.0f} s: {hours:.0f} hours of sound heard",
            hours=f"{total:.1f} hours",
            voices=rows,
            own=f"; {LAST_KIND} also sings by itself" if everything else "",
            test=TEST[1],
            seen=seen,
            scores=table(scores),
        )
    )
    model.with_suffix(".md").write_text(text, encoding="utf-8")


def _heard(folder: Path, stages: list[Stage]) -> tuple[str, float]:
    """A row a voice, and hours in all, of what the stages read (train.py writes it down)."""
    shards: dict[str, dict[str, float]] = {}
    for stage in stages:
        shards |= json.loads((folder / stage.name / "heard.json").read_text(encoding="utf-8"))
    rows, total = [], 0.0
    for name, voice, *_, licence in VOICES:
        own = [hours for shard, hours in shards.items() if shard.partition("-")[0] == name]
        if own:
            kinds = [sum(hours.get(kind, 0.0) for hours in own) for kind in MIX]
            total += sum(kinds)
            rows.append(f"| {voice} | {', '.join(f'{value:.2f}' for value in kinds)} | {licence} |")
    return "\n".join(rows), total
