"""Words as lines, for every format that shows text."""

from __future__ import annotations

from dataclasses import dataclass

from lipwright.errors import OptionError
from lipwright.types import Performance, WordSpan

# Words without lyrics lines start a new caption at a pause this long, or when a line gets longer than people read.
PAUSE_S = 0.6
LONGEST = 42  # characters (Netflix and BBC subtitle guides: 37 to 42)


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
    groups: list[list[WordSpan]] = []
    for word in sorted(performance.words, key=lambda w: (w.start_s, w.end_s)):
        if not groups or _breaks(groups[-1], word):
            groups.append([])
        groups[-1].append(word)
    return [Caption(tuple(group)) for group in groups]


def shown(word: WordSpan) -> str:
    """A word's text in one line."""
    return " ".join(word.text.split()) or "?"


def _breaks(group: list[WordSpan], word: WordSpan) -> bool:
    last = group[-1]
    if last.line is not None or word.line is not None:
        return last.line != word.line
    length = sum(len(w.text) + 1 for w in group) + len(word.text)
    return word.start_s - last.end_s > PAUSE_S or length > LONGEST
