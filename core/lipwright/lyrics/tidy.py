"""Lyrics as people paste them, down to what is sung: marks, chords and notes go, repeats are written out."""

from __future__ import annotations

import re
from dataclasses import replace

from lipwright.lyrics.sources import RawLine, RawWord

SECTION = (
    r"(?:intro|verse|pre-?chorus|post-?chorus|chorus|refrain|hook|bridge|break(?:down)?|interlude|instrumental|outro|"
    r"solo|coda|tag|vamp|part|skit|drop|build|ad-?libs?|"
    r"strophe|estrofa|verso|coro|estribillo|puente|estribilho|refrão|ponte|ritornello|strofa|couplet|pont|"
    r"refrain|strophe|vers)"
)
_MARK = re.compile(rf"^\W*({SECTION}\s*(?:\d+|[ivx]+|[a-d])?)\s*(?::[^\n]*|[-–—(,][^\n]*)?\W*$", re.I)
_BRACKETED = re.compile(r"^\s*[\[{<]\s*([^\]}>]*)[\]}>]\s*[:.]?\s*$")
_TIMES = re.compile(
    r"[(\[{]?\s*(?:[x×]\s*(\d{1,2})|(\d{1,2})\s*[x×]|repeat\s+(\d{1,2})(?:\s*(?:x|times))?|bis)\s*[)\]}]?\W*$", re.I
)
_ONLY_TIMES = re.compile(rf"^\W*{_TIMES.pattern}", re.I)
_CHORD = re.compile(
    r"^[|(]*[A-G](?:#|b|♯|♭)?(?:maj|min|m|M|dim|aug|sus|add|Δ|ø|\+)?\d{0,2}"
    r"(?:(?:maj|sus|add|dim|aug|b|#|-|\+)\d{0,2})*(?:/[A-G](?:#|b)?)?[|)*]*$"
)
MOST_REPEATS = 20


def tidied(lines: tuple[RawLine, ...]) -> tuple[tuple[RawLine, ...], tuple[str, ...]]:
    """(what is sung, notes for the user): timed lines only lose their marks, plain text has repeats written out."""
    song = _Song()
    for line in lines:
        mark, times = section_of(line.text), _only_times(line.text)
        if line.start_s is not None:
            if mark is None and not times:
                song.sing(_clean(line)[0], 1)
        elif mark is not None:
            song.begin(*mark)
        elif times:
            song.again(times)
        elif not line.text.strip():
            song.pause()
        else:
            song.sing(*_clean(line))
    song.close()
    written = song.written
    return tuple(song.lines), (f"{written} repeats were written out, as the marks say",) if written else ()


class _Song:
    """Lines as they are gathered, stanza by stanza; `written` counts the repeats that were written out."""

    def __init__(self) -> None:
        self.lines: list[RawLine] = []
        self.written = 0
        self._sections: dict[str, list[RawLine]] = {}
        self._stanza: list[RawLine] = []
        self._label, self._repeats = "", 1

    def begin(self, label: str, repeats: int) -> None:
        """A mark such as [Chorus x2]: what follows is that section."""
        self.close()
        self._label, self._repeats = label, repeats

    def sing(self, line: RawLine, times: int) -> None:
        """A line, `times` in a row."""
        if line.text:
            self._stanza += [line] * times
            self.written += times - 1

    def pause(self) -> None:
        """An empty line ends a stanza."""
        if self._stanza:
            self.close()

    def again(self, times: int) -> None:
        """(x3) on a line of its own: the stanza before it is sung so often."""
        if self._stanza:
            self._repeats = times
            self.close()

    def close(self) -> None:
        """The stanza is complete; a section named again without lines is sung again."""
        if self._label and not self._stanza and self._label in self._sections:
            self._stanza = list(self._sections[self._label])
            self.written += 1
        elif self._label and self._stanza:
            self._sections.setdefault(self._label, list(self._stanza))
        self.lines += self._stanza * self._repeats
        self.written += self._repeats - 1 if self._stanza else 0
        self._stanza, self._label, self._repeats = [], "", 1


def section_of(text: str) -> tuple[str, int] | None:
    """("chorus", times) for a line that only names a section, None for a line that is sung."""
    bracketed = _BRACKETED.match(text)
    body = bracketed[1] if bracketed else text
    times = 1
    found = _TIMES.search(body)
    if found and found.start() > 0:
        times, body = _number(found), body[: found.start()]
    mark = _MARK.match(body)
    if bracketed is None and (mark is None or len(body.split()) > 4 or not _looks_like_a_mark(text)):
        return None
    name = mark[1] if mark else body
    return re.sub(r"\W+", " ", name).strip().casefold(), times


def is_chords(text: str) -> bool:
    """Whether a line holds chord names only."""
    tokens = text.split()
    if not tokens or not all(_CHORD.match(token) or token in ("|", "-", "/", "%", "N.C.") for token in tokens):
        return False
    plain = all(token in ("A", "Am", "Do", "Go") for token in tokens)
    letters = len(tokens) > 2 and all(len(t) == 1 for t in tokens) and tokens == sorted(tokens)
    return not plain and not letters and not (len(tokens) == 1 and len(tokens[0]) == 1)


def _looks_like_a_mark(text: str) -> bool:
    """ "Chorus", "Chorus:", "(Verse 2)", "CHORUS x2", but not "bridge over troubled water"."""
    body = text.strip()
    return bool(re.match(rf"^\W*{SECTION}\b\s*(\d+|[ivx]+|[a-d])?\s*(\W*$|:|\W*{_TIMES.pattern})", body, re.I))


def _clean(line: RawLine) -> tuple[RawLine, int]:
    """The line without notes and chords, and how often it is sung."""
    if is_chords(line.text):
        return replace(line, text=""), 1
    text, times = line.text, 1
    found = _TIMES.search(text)
    if found and found.start() > 0 and (found[0].strip()[:1] in "([{" or found[0][0].isspace()):
        times, text = _number(found), text[: found.start()]
    text = re.sub(r"\[[^\]]*\]|\{[^}]*\}|https?://\S+|(?<!\w)\*[^*]{1,40}\*(?!\w)", " ", text)
    text = re.sub(r"[♪♫♬♩]", " ", text)
    words = tuple(word for word in line.words if _sung(word))
    return replace(line, text=" ".join(text.split()), words=words), times


def _sung(word: RawWord) -> bool:
    return not re.fullmatch(r"[\[{].*[\]}]|[♪♫]+", word.text)


def _only_times(text: str) -> int:
    found = _ONLY_TIMES.match(text)
    return _number(found) if found else 0


def _number(found: re.Match[str]) -> int:
    digits = next((group for group in found.groups() if group), "2")
    return max(1, min(MOST_REPEATS, int(digits)))
