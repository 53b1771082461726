"""Lyrics as people paste them, down to what is sung: marks, chords and notes go, repeats are written out.

Whatever goes is told, with the reason; nothing is dropped in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lipwright.lyrics.credits import without_credits
from lipwright.lyrics.sources.raw import RawLine, RawWord
from lipwright.lyrics.speakers import without_speakers
from lipwright.types import LeftOut

SECTION = (
    r"(?:intro(?:duction)?|verse|pre-?\s?chorus|post-?\s?chorus|chorus|refrain|hook|bridge|break(?:down)?|interlude|"
    r"instrumental|outro|solo|guitar solo|coda|tag|vamp|part|skit|drop|build|ad-?libs?|ending|"
    r"estrofa|verso|pre-?coro|coro|estribillo|puente|pré-?refrão|estribilho|refrão|ponte|ritornello|strofa|couplet|pont|"
    r"pré-?refrain|strophe|vers|zwischenspiel|kehrreim)"
)
# Sections that are music: called for again without lines, nobody misses words.
_WORDLESS = re.compile(
    r"intro|instrumental|interlude|solo|outro|break|drop|build|coda|tag|vamp|skit|ad-?lib|end|part", re.I
)
_NUMBER = r"(?:(?:\d+|[ivx]+|[a-d])\b)"
_MARK = re.compile(rf"^\W*({SECTION}\s*{_NUMBER}?)\s*(?::[^\n]*|[-–—(,][^\n]*)?\W*$", re.I)
_INLINE = re.compile(rf"^\s*[\[(]?\s*({SECTION}\s*{_NUMBER}?)\s*(?:[x×]\s*\d+\s*)?[\])]?\s*[:：]\s*(\S.*)$", re.I)
_REPEAT = re.compile(
    rf"^\W*(?:repeat|rpt\.?|repite|repetir|répéter|répète|ripetere|wiederhol\w*)\s+(?:the\s+|el\s+|le\s+|il\s+|o\s+)?({SECTION}\s*{_NUMBER}?)"
    rf"|^\W*({SECTION}\s*{_NUMBER}?)\s*[-,(:]?\s*(?:repeats?|repeated|again|bis)\b",
    re.I,
)
_BRACKETED = re.compile(r"^\s*[\[{<(]\s*([^\]}>)]*)[\]}>)]\s*[:.]?\s*$")
_TIMES = re.compile(
    r"[(\[{]?\s*(?:[x×]\s*(\d{1,2})|(\d{1,2})\s*[x×]|repeat\s+(\d{1,2})(?:\s*(?:x|times))?|bis)\s*[)\]}]?\W*$", re.I
)
_ONLY_TIMES = re.compile(rf"^\W*(?:repeat\s*)?{_TIMES.pattern}", re.I)
_CHORD = re.compile(
    r"^[|(]*[A-G](?:#|b|♯|♭)?(?:maj|min|m|M|dim|aug|sus|add|Δ|ø|\+)?\d{0,2}"
    r"(?:(?:maj|sus|add|dim|aug|b|#|-|\+)\d{0,2})*(?:/[A-G](?:#|b)?)?[|)*]*$"
)
_DIRECTIVE = re.compile(r"^\s*\{\s*([a-z_]+)\s*(?::\s*(.*?))?\s*\}\s*$", re.I)
_OPENS = {
    "soc": "chorus", "start_of_chorus": "chorus", "sov": "verse", "start_of_verse": "verse", "sob": "bridge",
    "start_of_bridge": "bridge",
}  # fmt: skip
_CLOSES = ("eoc", "end_of_chorus", "eov", "end_of_verse", "eob", "end_of_bridge")
# What subtitles for the deaf describe; other words in brackets are sung by somebody.
_SOUND = re.compile(
    r"\b(?:music|singing|sings?|song|applause|laugh\w*|chuckl\w*|cheer\w*|crowd|door|phone|sigh\w*|sobb\w*|cry(?:ing)?|cough\w*|instrumental|"
    r"playing|plays|continues|speak\w*|spoken|whisper\w*|shout\w*|humm?ing|hums|vocali[sz]\w*|guitar|piano|drums?|solo|fad(?:es|ing)|"
    r"silence|inaudible|indistinct|unintelligible|gasp\w*|bark\w*|ring\w*|knock\w*|foreign|narrator|musique|música|musik|risas|rires|aplausos|lachen)\b",
    re.I,
)
_GENIUS_HEAD = re.compile(
    r"^\s*\d*\s*Contributors?.*?Lyrics(?=\[|\s*$|[A-Z(\"'])|^.{0,80}\bLyrics(?=\[)|^\s*Translations?(?=[A-Z]).*?Lyrics"
)
_GENIUS_AD = re.compile(r"You might also like|See .{1,60}? LiveGet tickets as low as \$\d+")
_GENIUS_TAIL = re.compile(r"\d*\s*Embed\s*$")
MOST_REPEATS = 20


@dataclass(frozen=True, slots=True)
class Tidied:
    """What is sung, what is not and why, and sentences for the user."""

    lines: tuple[RawLine, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


def tidied(lines: tuple[RawLine, ...]) -> Tidied:
    """Timed lines only lose their marks; plain text has its repeats written out."""
    lines, pasted = _without_genius(lines)
    lines, makers = without_credits(lines)
    lines, labels = _inline_labels(lines)
    lines, speakers = without_speakers(lines)
    song = _Song([*pasted, *makers, *labels, *speakers], timed=any(line.start_s is not None for line in lines))
    for line in lines:
        song.take(line)
    song.close()
    return Tidied(tuple(song.lines), tuple(song.left_out), song.notes())


@dataclass
class _Song:
    """Lines as they are gathered, stanza by stanza; `written` counts the repeats that were written out."""

    left_out: list[LeftOut]
    timed: bool  # of any line: then all keep their places, and nothing is repeated
    lines: list[RawLine] = field(default_factory=list)
    written: int = 0
    missing: dict[str, None] = field(default_factory=dict)
    _sections: dict[str, list[RawLine]] = field(default_factory=dict)
    _stanza: list[RawLine] = field(default_factory=list)
    _label: str = ""
    _repeats: int = 1

    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        out = []
        if self.written:
            out.append(f"{self.written} repeats were written out, as the marks say")
        if self.missing:
            shown = ", ".join(repr(label) for label in self.missing)
            out.append(f"the lyrics call for {shown}, whose lines stand nowhere; write them where they are sung")
        return tuple(out)

    def take(self, line: RawLine) -> None:
        """One line of the file: a mark, a repeat, a pause, or words."""
        text = line.text.strip()
        mark, times, directive = _mark_of(line), _only_times(text), _DIRECTIVE.match(text)
        if directive and not line.words:
            self._direct(directive[1].casefold(), directive[2] or "", text)
        elif mark is not None:
            self._drop(text, "name of a section")
            if not self.timed:
                self.begin(*mark)
        elif times:
            self._drop(text, "repeat mark")
            if not self.timed:
                self.again(times)
        elif not text:
            self.pause()
        else:
            clean, times = self._clean(line)
            self._at_once(clean) if self.timed else self.sing(clean, times)

    def _at_once(self, line: RawLine) -> None:
        if line.text:
            self.lines.append(line)

    def _direct(self, name: str, value: str, text: str) -> None:
        """ChordPro's directives."""
        self._drop(text, "directive of the chord sheet")
        if name in _OPENS:
            self.begin(_OPENS[name], 1)
        elif name in _CLOSES:
            self.pause()
        elif name == "chorus":
            self.begin("chorus", 1)
            self.close()
        elif (name in ("c", "comment")) and (mark := section_of(value)):
            self.begin(*mark)

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
        if self._label and not self._stanza:
            known = self._known(self._label)
            if known:
                self._stanza = list(known)
                self.written += 1
            elif not _WORDLESS.search(self._label):
                self.missing[self._label] = None
        elif self._label and self._stanza:
            self._sections.setdefault(self._label, list(self._stanza))
            self.missing.pop(self._label, None)
        self.lines += self._stanza * self._repeats
        self.written += self._repeats - 1 if self._stanza else 0
        self._stanza, self._label, self._repeats = [], "", 1

    def _known(self, label: str) -> list[RawLine]:
        """The lines of a section, by its name, else by its name without a number."""
        bare = re.sub(r"\s*\d+$", "", label)
        other = next((key for key in self._sections if re.sub(r"\s*\d+$", "", key) == bare), "")
        return self._sections.get(label) or (self._sections.get(other, []) if label == bare else [])

    def _drop(self, text: str, why: str) -> None:
        if text.strip():
            self.left_out.append(LeftOut(" ".join(text.split()), why))

    def _clean(self, line: RawLine) -> tuple[RawLine, int]:
        """The line without notes and chords, and how often it is sung."""
        if not line.words and is_chords(line.text):
            self._drop(line.text, "chords")
            return replace(line, text=""), 1
        text, times = line.text, 1
        found = _TIMES.search(text)
        if found and found.start() > 0 and (found[0].strip()[:1] in "([{" or found[0][0].isspace()) and not line.words:
            times, text = _number(found), text[: found.start()]
            self._drop(found[0], "repeat mark")
        text = re.sub(r"(?<=\w)\[([^\]\s]{1,12})\](?=\w)", self._inside_word, text)
        caps = _mostly_capitals(text)
        words = tuple(self._bare(word, caps) for word in line.words)
        silent = "" if line.words else None
        text = re.sub(
            r"\[[^\]]*\]|\{[^}]*\}|https?://\S+|(?<![\w*])\*(?!\*)[^*]{1,40}\*(?![\w*])",
            lambda m: self._gone(m, silent),
            text,
        )
        if not line.words:
            text = re.sub(
                r"\(([^)]*)\)",
                lambda m: self._gone(m, None) if _is_note(m[1], caps, whole=m[0] == text.strip()) else m[0],
                text,
            )
        text = re.sub(r"[♪♫♬♩♭🎵🎶]|^\s*#+\s+|\s+#+\s*$|^\s*[-–—•*]\s+", " ", text)
        kept = tuple(word for word in words if word.text)
        return replace(line, text=" ".join(text.split()), words=kept), times

    def _inside_word(self, found: re.Match[str]) -> str:
        """He[Am]llo is one word."""
        self._drop(found[0], "chord" if _CHORD.match(found[1]) else "note")
        return "" if _CHORD.match(found[1]) else " "

    def _gone(self, found: re.Match[str], silent: str | None) -> str:
        if silent is None:
            body = found[0].strip("[]{}()*")
            self._drop(found[0], "chord" if _CHORD.match(body) else "note")
        return " "

    def _bare(self, word: RawWord, caps: bool) -> RawWord:
        noted = re.fullmatch(r"[\[{].*[\]}]|[♪♫]+", word.text) or (
            (found := re.fullmatch(r"\((.*)\)", word.text)) and _is_note(found[1], caps, whole=False)
        )
        if noted:
            self._drop(word.text, "note")
        return replace(word, text="") if noted else word


def _inline_labels(lines: tuple[RawLine, ...]) -> tuple[tuple[RawLine, ...], list[LeftOut]]:
    """ "Chorus: we go on" is the mark and the line."""
    out: list[RawLine] = []
    gone: list[LeftOut] = []
    for line in lines:
        found = _INLINE.match(line.text) if "\n" not in line.text else None
        bracketed = _BRACKETED.match(line.text)
        if found is None or bracketed or _only_times(found[2]):
            out.append(line)
        elif line.start_s is not None:
            gone.append(LeftOut(found[1].strip() + ":", "name of a section"))
            dropped = len(line.text.split()) - len(found[2].split())
            out.append(replace(line, text=found[2], words=line.words[dropped:]))
        else:
            out += [RawLine(f"[{found[1].strip()}]"), RawLine(found[2])]
    return tuple(out), gone


def _without_genius(lines: tuple[RawLine, ...]) -> tuple[tuple[RawLine, ...], list[LeftOut]]:
    """What Genius pastes with its lyrics: a head, advertisements, and "12Embed" at the end."""
    at = [index for index, line in enumerate(lines) if line.text.strip()]
    if not at or any(line.start_s is not None for line in lines):
        return lines, []
    texts = [line.text for line in lines]
    gone: list[LeftOut] = []

    def cut(index: int, pattern: re.Pattern[str], put: str) -> None:
        found = pattern.search(texts[index])
        if found:
            gone.append(LeftOut(found[0].strip(), "page around the lyrics"))
            texts[index] = pattern.sub(put, texts[index], count=1)

    cut(at[0], _GENIUS_HEAD, "")
    cut(at[-1], _GENIUS_TAIL, "")
    if gone:
        for index in at:
            cut(index, _GENIUS_AD, "\n")
    rows = [row for text in texts for row in (text.strip("\n").split("\n") if "\n" in text else [text])]
    return tuple(RawLine(row) for row in rows) if gone else lines, gone


def _mark_of(line: RawLine) -> tuple[str, int] | None:
    """The section a line names; a line of timed words names one only in brackets."""
    if line.words and not _BRACKETED.match(line.text):
        return None
    return section_of(line.text)


def section_of(text: str) -> tuple[str, int] | None:
    """("chorus", times) for a line that only names a section, None for a line that is sung."""
    bracketed = _BRACKETED.match(text)
    body = bracketed[1] if bracketed else text
    again = _REPEAT.match(body)
    times = 1
    found = _TIMES.search(body)
    if again is not None and (bracketed or len(body.split()) <= 5):
        number = _number(found) if found and any(found.groups()) else 1
        return _label(again[1] or again[2]), number
    if found and found.start() > 0:
        times, body = _number(found), body[: found.start()]
    mark = _MARK.match(body)
    if (bracketed is None or text.strip().startswith("(")) and (
        mark is None or len(body.split()) > 4 or not _looks_like_a_mark(text)
    ):
        return None
    if mark is None and not _is_heading(body):
        return None
    return _label(mark[1] if mark else body), times


def _label(name: str) -> str:
    return re.sub(r"\W+", " ", name).strip().casefold()


def _is_heading(body: str) -> bool:
    """[Anything] alone in a row is a heading, but for one chord or an empty pair."""
    return bool(body.strip()) and not _CHORD.match(body.strip())


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
    return bool(re.match(rf"^\W*{SECTION}\b\s*{_NUMBER}?\s*(\W*$|:|\W*{_TIMES.pattern})", body, re.I))


def _is_note(body: str, caps: bool, *, whole: bool) -> bool:
    """Whether what is in round brackets is described, not sung: in capitals among small letters, or a sound's name."""
    letters = [c for c in body if c.isalpha()]
    shouted = len(letters) > 2 and not caps and all(c.isupper() for c in letters if c.lower() != c.upper())
    return (shouted and body.upper() != body.lower()) or (
        _SOUND.search(body) is not None and (whole or len(body.split()) <= 3)
    )


def _mostly_capitals(text: str) -> bool:
    """Whether what is outside of brackets is in capitals too."""
    letters = [c for c in re.sub(r"\([^)]*\)", "", text) if c.isalpha()]
    return bool(letters) and sum(c.isupper() for c in letters) > 0.6 * len(letters)


def _only_times(text: str) -> int:
    found = _ONLY_TIMES.match(text)
    return _number(found) if found else 0


def _number(found: re.Match[str]) -> int:
    digits = next((group for group in found.groups() if group), "2")
    return max(1, min(MOST_REPEATS, int(digits)))
