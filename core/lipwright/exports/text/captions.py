"""Words as lines, for every format that shows text."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from lipwright.errors import OptionError
from lipwright.types import Performance, WordSpan

# Words without lyrics lines start a new caption at a pause this long, or when a line gets longer than people read.
PAUSE_S = 0.6
BREATH_S = 0.25  # a pause this long ends a caption that is half full
LONGEST = 42  # characters (Netflix and BBC subtitle guides: 37 to 42)
WHOLE = 84  # a lyrics line up to two rows stays whole; a longer one is a paragraph, and is cut
# How many characters of the lyrics may lie between one sung word and the next: some words are not sung.
REACH = 400


@dataclass(frozen=True, slots=True)
class Caption:
    """One line of words in order."""

    words: tuple[WordSpan, ...]

    @property
    def start_s(self) -> float:
        """When its first word starts."""
        return self.words[0].start_s

    @property
    def end_s(self) -> float:
        """When its last word ends."""
        return max(word.end_s for word in self.words)

    @property
    def text(self) -> str:
        """Its words with spaces, without line breaks or control characters."""
        return " ".join(shown(word) for word in self.words)


def captions(performance: Performance) -> list[Caption]:
    """Lines as the lyrics have them, else cut at pauses. Raises OptionError where there are no words."""
    if not performance.words:
        raise OptionError(
            f"{performance.vocal.name!r} was performed without words, so there is no text to write;"
            " perform it with --lyrics, or export phones (textgrid) or mouths"
        )
    words = sorted(performance.words, key=lambda w: (w.start_s, w.end_s))
    lengths: dict[int | None, int] = {}
    for word in words:
        lengths[word.line] = lengths.get(word.line, 0) + len(word.text) + 1
    groups: list[list[WordSpan]] = []
    for word in words:
        whole = word.line is not None and lengths[word.line] <= WHOLE
        if not groups or _breaks(groups[-1], word, whole=whole):
            groups.append([])
        groups[-1].append(word)
    return [Caption(tuple(group)) for group in groups]


def punctuated(performance: Performance) -> Performance:
    """The performance whose words carry the marks that follow them in the lyrics, for text that people read."""
    text, at = performance.lyrics, 0
    words = []
    for word in performance.words:
        found = re.compile(rf"(?<!\w){re.escape(word.text)}(?!\w)([,.!?;:…]*)", re.I).search(text, at, at + REACH)
        words.append(dataclasses.replace(word, text=word.text + found[1]) if found else word)
        at = found.end() if found else at
    return dataclasses.replace(performance, words=tuple(words))


def shown(word: WordSpan) -> str:
    """A word's text in one line."""
    return " ".join(word.text.split()) or "?"


def _breaks(group: list[WordSpan], word: WordSpan, *, whole: bool) -> bool:
    """Whether `word` starts a new caption; `whole` lines stay together."""
    last = group[-1]
    if last.line != word.line:
        return True
    if whole:
        return False
    length = sum(len(w.text) + 1 for w in group) + len(word.text)
    gap_s = word.start_s - last.end_s
    return gap_s > PAUSE_S or length > LONGEST or (gap_s > BREATH_S and length > LONGEST / 2)
