"""How well a net places a known phone string: onset errors on a voice kept apart, and on labelled recordings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lipwright.models import open_session
from lipwright.phonemes.boundaries.monotonic import place
from lipwright.phonemes.boundaries.phone_net import FRAME_S, SILENCE, PhoneNet

from .nets.frontend import RATE, Array, load_wav
from .symbols import INDEX, Span

PAUSE_S = 0.05  # a gap between two phones of the truth that may be silence; its place is not told


@dataclass(frozen=True, slots=True)
class Score:
    """Onset errors of one set, in milliseconds; `failed` clips had no path."""

    name: str
    errors_ms: Array
    failed: int

    def row(self) -> str:
        """A line of a table."""
        e = self.errors_ms
        within = [f"{100 * float((e <= limit).mean()):.0f}" for limit in (20, 50)]
        return f"| {self.name} | {len(e)} | {np.median(e):.0f} / {e.mean():.0f} | {' / '.join(within)} |"


def evaluate(model: Path, shard: Path | None, speech: Path | None) -> list[Score]:
    """Scores on every kind of clip of the shard, and on every folder of NAME.wav + NAME.json below `speech`."""
    net = PhoneNet(open_session(model, model.name))
    scores = []
    for kind in ("spoken", "sung") if shard and shard.exists() else ():
        scores.append(_score(f"{shard.stem}, {kind}", net, shard_clips(shard, kind)))
    return scores + [_score(name, net, clips) for name, clips in labelled(speech)]


def labelled(speech: Path | None) -> list[tuple[str, list[tuple[Array, list[Span]]]]]:
    """(name, clips) of every folder of NAME.wav + NAME.json below `speech`; sung ones by pitch."""
    found = []
    for folder in sorted(p for p in speech.iterdir() if p.is_dir()) if speech and speech.exists() else ():
        for name, suffix in (("", "*"), (", ordinary pitch", "*_mid"), (", nine semitones up", "*_hi")):
            clips = [c for path in sorted(folder.glob(f"{suffix}.wav")) if (c := _recording(path))[1]]
            if clips and (name or not list(folder.glob("*_mid.wav"))):
                found.append((folder.name + name, clips))
    return found


def table(scores: list[Score]) -> str:
    """Markdown."""
    head = "| set | phones | median / mean ms | within 20 / 50 ms, % |\n|---|---|---|---|"
    return "\n".join([head, *(score.row() for score in scores)])


def shard_clips(path: Path, kind: str) -> list[tuple[Array, list[Span]]]:
    """(samples, phones) of every clip of one kind."""
    with np.load(path) as shard:
        meta, audio, at, out = json.loads(str(shard["clips"])), shard["audio"], 0, []
    for doc in meta["clips"]:
        if doc["kind"] == kind:
            samples = audio[at : at + doc["samples"]].astype(np.float32) / 32768
            out.append((samples, [(a, b, p) for a, b, p in doc["phones"]]))
        at += doc["samples"]
    return out


def _recording(path: Path) -> tuple[Array, list[Span]]:
    doc = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return load_wav(path), [(a, b, p) for a, b, p in doc["phones"] if p in INDEX]


def _score(name: str, net: PhoneNet, clips: list[tuple[Array, list[Span]]]) -> Score:
    errors, failed = [], 0
    for samples, spans in clips:
        found = _onsets(net, samples, spans)
        if found is None:
            failed += 1
        else:
            errors += [1000 * abs(a - b[0]) for a, b in zip(found, spans, strict=True)]
    return Score(name, np.array(errors, np.float32), failed)


def _onsets(net: PhoneNet, samples: Array, spans: list[Span]) -> list[float] | None:
    heard = net.hear(samples)
    columns, optional, last = [net.column(heard, SILENCE)], [True], 0.0
    for k, (start, end, symbol) in enumerate(spans):
        if k and start - last > PAUSE_S:
            columns.append(columns[0])
            optional.append(True)
        columns.append(net.column(heard, symbol))
        optional.append(False)
        last = end
    columns.append(columns[0])
    optional.append(True)
    emit = np.stack(columns, axis=1).astype(np.float32)
    first = place(emit, heard.enter, heard.stay, np.array(optional))
    if first is None or len(samples) < RATE // 10:
        return None
    return [frame * FRAME_S for frame, silent in zip(first, optional, strict=True) if not silent]
