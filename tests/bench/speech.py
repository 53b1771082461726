"""Phonemes against labelled recordings, with their text and without: hand, exact and automatic labels apart.

PER merges AO with AA and ZH with SH; onsets are of phones paired by edit distance, in milliseconds; closures are runs
of P, B, M within 40 ms. RTF is CPU seconds per second of sound, models loaded anew for each recording.
"""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from pathlib import Path

from tests.bench._phone_scores import Score, folded
from tests.shared import SHARED

from lipwright.arrays import Vocal
from lipwright.phonemes import align, recognise
from lipwright.types import Alignment, LyricLine, Lyrics, LyricWord
from lipwright.vocal import open_vocal

_COLUMNS = ("per", "viseme error", "median", "mean", "bias", "within 20", "within 50", "closure F1", "viseme frames")


def _dictionary() -> dict[str, list[tuple[str, ...]]]:
    import pocketsphinx

    path = Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"
    out: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *phones = line.split()
        out[re.sub(r"\(\d+\)$", "", word)].append(tuple(phones))
    return out


def _lyrics(text: str, dictionary: dict[str, list[tuple[str, ...]]]) -> Lyrics:
    """One line of plain words: the benchmark measures alignment, not how numbers are read out."""
    words = re.sub(r"[^a-z' ]", " ", text.lower()).split()
    return Lyrics((LyricLine(tuple(LyricWord(w, tuple(dictionary.get(w, ()))) for w in words), text),), "en", text)


def _phones(alignment: Alignment) -> list[tuple[float, float, str]]:
    return folded((p.start_s, p.end_s, p.symbol) for p in alignment.phonemes)


class _Method:
    def __init__(self, name: str) -> None:
        self.name, self.score, self.cpu_s, self.sound_s = name, Score(), 0.0, 0.0

    def run(self, vocal: Vocal, reference: list[tuple[float, float, str]], lyrics: Lyrics | None) -> None:
        started = time.process_time()
        found = align(vocal, lyrics) if lyrics else recognise(vocal)
        self.cpu_s += time.process_time() - started
        self.sound_s += vocal.info.duration_s
        self.score.add(reference, _phones(found))


def rows() -> list[tuple[str, str, str, dict[str, float]]]:
    """(kind of label, set, method, numbers) of every labelled set."""
    dictionary = _dictionary()
    methods: dict[tuple[str, str, str], _Method] = {}
    for labels in sorted((SHARED / "data" / "speech").glob("*/*.json")):
        document = json.loads(labels.read_text(encoding="utf-8"))
        reference = folded(document["phones"])
        if not reference:
            continue
        group = labels.parent.name + ("_hi" if labels.stem.endswith("_hi") else "")
        for method, lyrics in (("text", _lyrics(document["text"], dictionary)), ("no text", None)):
            key = (document["label_source"], group, method)
            with open_vocal(labels.with_suffix(".wav")) as vocal:
                methods.setdefault(key, _Method(method)).run(vocal, reference, lyrics)
    order = {"hand": 0, "exact": 1, "auto": 2}
    return [
        (*key, {**methods[key].score.row(), "RTF": methods[key].cpu_s / methods[key].sound_s})
        for key in sorted(methods, key=lambda key: (order.get(key[0], 9), key[1], key[2] != "text"))
    ]


def main() -> None:
    """Print the table."""
    if not (SHARED / "data" / "speech").is_dir():
        print(f"needs labelled recordings in {SHARED / 'data' / 'speech'}; set LIPWRIGHT_SHARED")
        return
    print(f"{'labels':7s}{'set':24s}{'':9s}" + "".join(f"{name:>14s}" for name in (*_COLUMNS, "RTF")))
    for source, group, method, numbers in rows():
        cells = "".join(f"{numbers[name]:14.2f}" for name in _COLUMNS) + f"{numbers['RTF']:14.3f}"
        print(f"{source:7s}{group:24s}{method:9s}{cells}")
