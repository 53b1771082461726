"""Random lines: templates, lyric-like lines and word salads that bring every phone and rare sound pairs."""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

_TABLE = tomllib.loads((Path(__file__).parents[1] / "words.toml").read_text(encoding="utf-8"))


def _parts(name: str) -> list[str]:
    text: str = _TABLE["english"][name]
    return [" ".join(part.split()) for part in text.replace("\n", "").split("|")]


SUBJECTS, VERBS, OBJECTS, ADVERBIALS = map(_parts, ("subjects", "verbs", "objects", "adverbials"))
LYRICS = _parts("lyrics")
COMMON: list[str] = _TABLE["english"]["common"].split()


def plain(text: str) -> str:
    """Lower-case letters and spaces only."""
    return re.sub(r"[^a-z ]", "", text.lower()).strip()


def texts_below(folder: Path) -> set[str]:
    """The "text" of every NAME.json below a folder: lines that must not be trained on."""
    found = set()
    for path in sorted(folder.rglob("*.json")):
        doc = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(doc, dict):
            found.add(plain(str(doc.get("text", ""))))
    return found - {""}


class Sentences:
    """Callable (rng, lyrical, language) -> one line. `words`: more for the salads; `banned`: lines never to say."""

    def __init__(self, words: Iterable[str] = (), banned: Iterable[str] = ()) -> None:
        self._words = sorted(w for w in words if re.fullmatch("[a-z]{2,11}", w)) or COMMON
        self._banned = [b for b in map(plain, banned) if len(b) > 8]  # a shorter one would forbid a common word
        self._foreign = {language: words.split() for language, words in _TABLE["foreign"].items()}

    def __call__(self, rng: random.Random, lyrical: bool, language: str | None) -> str:
        if language is not None:
            return " ".join(rng.choices(self._foreign[language], k=rng.randint(3, 8))) + "."
        while True:
            text = self._comma(rng, self._draw(rng, 0.35 if lyrical else 0.12))
            bare = plain(text)
            if not any(bare in b or b in bare for b in self._banned):
                return text + "."

    def _draw(self, rng: random.Random, lyric_share: float) -> str:
        dice = rng.random()
        if dice < 0.25:
            return " ".join(rng.choice(x) for x in (SUBJECTS, VERBS, OBJECTS, ADVERBIALS))
        if dice < 0.25 + lyric_share:
            return " ".join(rng.sample(LYRICS, 2 if rng.random() < 0.4 else 1))
        common = 0.75 if dice < 0.75 else 0.25
        return " ".join(rng.choice(COMMON if rng.random() < common else self._words) for _ in range(rng.randint(3, 9)))

    @staticmethod
    def _comma(rng: random.Random, text: str) -> str:
        words = text.split()
        if len(words) > 4 and rng.random() < 0.35:
            words[rng.randint(1, len(words) - 3)] += ","
        return " ".join(words)
