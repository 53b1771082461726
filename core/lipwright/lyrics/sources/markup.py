"""XML with words and times: TTML (Apple, AMLL, broadcast), ELAN, YouTube's and SAMI's relatives are told apart."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from lipwright.errors import LyricsError
from lipwright.lyrics.sources.raw import RawLine, RawWord, Source, Syllable, clock, grouped, joined, line_of
from lipwright.types import LeftOut

ROOTS = "tt|ANNOTATION_DOCUMENT|transcript|timedtext|score-partwise|svg"
# Roots of XML that carries no lyrics of ours, and what to do.
_OTHERS = {
    "score-partwise": ("MusicXML", "export its lyrics as text, LRC or UltraStar"),
    "score-timewise": ("MusicXML", "export its lyrics as text, LRC or UltraStar"),
    "museScore": ("a MuseScore score", "export its lyrics as text"),
    "svg": ("an SVG picture", "type its words into a text file"),
    "fcpxml": ("a Final Cut timeline", "export its captions as SRT"),
    "xmeml": ("a Premiere timeline", "export its captions as SRT"),
    "plist": ("an Apple property list", "export the lyrics as text"),
    "rss": ("a news feed", "copy the words as plain text"),
    "html": ("a web page", "copy the words as plain text"),
    "sami": ("SAMI captions", "export them as SRT or VTT"),
}
_SKIPPED = {"x-bg": "background voice", "x-translation": "translation", "x-roman": "another spelling"}


def read(text: str, name: str) -> Source:
    """Read the XML whose root we know; others are refused by name."""
    if re.search(r"<!ENTITY", text[:20_000]):
        raise LyricsError(f"{name} is XML that defines entities, which are not read; export it without them")
    try:
        root = ET.fromstring(_declared(re.sub(r"^\s*<\?xml[^>]*\?>", "", text)))
    except ET.ParseError as error:
        raise LyricsError(f"{name} looks like XML but is broken ({error}); export it again") from error
    tag = _tag(root)
    if tag == "tt":
        return _ttml(root, text, name)
    if tag == "ANNOTATION_DOCUMENT":
        return _elan(root, text, name)
    if tag in ("transcript", "timedtext"):
        return _timedtext(root, text, name)
    what, cure = _OTHERS.get(tag, (f"XML of another kind (<{tag[:30]}>)", "export TTML, LRC, SRT or plain text"))
    raise LyricsError(f"{name} looks like {what}, not lyrics; {cure}")


def _declared(text: str) -> str:
    """The XML with the prefixes declared that its exporter forgot (itunes:timing, amll:meta)."""
    used = set(re.findall(r"[\s<]/?([A-Za-z_][\w.-]*):[A-Za-z_]", re.sub(r">[^<]*<", "><", text)))
    lost = sorted(used - set(re.findall(r"xmlns:([\w.-]+)\s*=", text)) - {"xml", "xmlns"})
    extra = "".join(f' xmlns:{prefix}="urn:undeclared:{prefix}"' for prefix in lost)
    return re.sub(r"<([A-Za-z_][\w.:-]*)", lambda found: found[0] + extra, text, count=1) if extra else text


def _tag(node: ET.Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _attribute(node: ET.Element, name: str) -> str | None:
    return next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == name), None)


def _time(value: str | None, root: ET.Element) -> float | None:
    """TTML's clock times, offsets (1.5s, 500ms, 2m, 12f, 90t) and frames (hh:mm:ss:ff)."""
    if not value:
        return None
    rate = float(_attribute(root, "frameRate") or 30)
    offset = re.fullmatch(r"([\d.]+)(h|ms|m|s|f|t)", value.strip())
    if offset:
        ticks = float(_attribute(root, "tickRate") or 1)
        unit = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "f": 1 / rate, "t": 1 / ticks}[offset[2]]
        return float(offset[1]) * unit
    parts = value.strip().split(":")
    if len(parts) == 4:
        return clock(":".join(parts[:3])) + float(parts[3]) / rate
    return clock(value)


def _span(node: ET.Element, root: ET.Element) -> tuple[float | None, float | None]:
    start_s, end_s = (_time(_attribute(node, key), root) for key in ("begin", "end"))
    length_s = _time(_attribute(node, "dur"), root)
    if start_s is not None and end_s is None and length_s is not None:
        end_s = start_s + length_s
    return start_s, end_s


def _ttml(root: ET.Element, text: str, name: str) -> Source:
    lines: list[RawLine] = []
    left_out: list[LeftOut] = []
    for node in root.iter():
        if _tag(node) != "p":
            continue
        pieces: list[tuple[str, float | None, float | None]] = []
        _gather(node, root, pieces, left_out)
        start_s, end_s = _span(node, root)
        lines.append(_ttml_line(pieces, start_s, end_s))
    lines = [line for line in lines if line.text.strip()]
    if not lines:
        raise LyricsError(f"{name} is TTML without a line of text; export it again, or give plain text")
    return Source(tuple(sorted(lines, key=lambda line: line.start_s or 0.0)), "TTML", text, left_out=tuple(left_out))


def _gather(
    node: ET.Element, root: ET.Element, pieces: list[tuple[str, float | None, float | None]], left_out: list[LeftOut]
) -> None:
    """The pieces of a paragraph in order, each with its own time where it has one; "" text parts nothing."""
    timed = _span(node, root) if _tag(node) == "span" else (None, None)
    if node.text:
        pieces.append((node.text, *timed))
    for child in node:
        role = _attribute(child, "role") or ""
        if role in _SKIPPED:
            left_out.append(LeftOut(" ".join("".join(child.itertext()).split()), _SKIPPED[role]))
        elif _tag(child) == "br":
            pieces.append((" ", None, None))
        elif _tag(child) == "span":
            _gather(child, root, pieces, left_out)
        if child.tail:
            pieces.append((child.tail, None, None))


def _ttml_line(
    pieces: list[tuple[str, float | None, float | None]], start_s: float | None, end_s: float | None
) -> RawLine:
    if all(begin is None for _, begin, _ in pieces):
        return RawLine(" ".join("".join(body for body, *_ in pieces).split()), start_s, end_s)
    syllables: list[Syllable] = []
    for body, begin, end in pieces:
        if begin is not None:
            syllables.append(Syllable(body, begin, end))
        elif body.strip():
            syllables.append(Syllable(body, syllables[-1].end_s or 0.0 if syllables else start_s or 0.0))
        elif syllables:
            syllables[-1] = Syllable(syllables[-1].text + " ", syllables[-1].start_s, syllables[-1].end_s)
    if not any(s.text != s.text.strip() for s in syllables) and len(syllables) > 1 and _long(syllables):
        syllables = [Syllable(s.text + " ", s.start_s, s.end_s) for s in syllables]
    return line_of(joined(syllables), start_s, end_s)


def _long(syllables: list[Syllable]) -> bool:
    """Whether a line would be one word longer than words are: its exporter dropped the spaces."""
    return len("".join(s.text for s in syllables)) > 24


def _elan(root: ET.Element, text: str, name: str) -> Source:
    slots = {node.get("TIME_SLOT_ID"): float(node.get("TIME_VALUE", "nan")) / 1000 for node in root.iter("TIME_SLOT")}
    tiers: dict[str, list[RawWord]] = {}
    for tier in root.iter("TIER"):
        words = []
        for note in tier.iter("ALIGNABLE_ANNOTATION"):
            start_s, end_s = slots.get(note.get("TIME_SLOT_REF1")), slots.get(note.get("TIME_SLOT_REF2"))
            said = (note.findtext("ANNOTATION_VALUE") or "").strip()
            if said and start_s is not None and end_s is not None and end_s > start_s:
                words.append(RawWord(said, start_s, end_s))
        if words:
            tiers[tier.get("TIER_ID", "")] = sorted(words, key=lambda word: word.start_s or 0.0)
    label = best_tier(tiers)
    if label is None:
        raise LyricsError(f"{name} is ELAN without words that have times; export its word tier")
    others = tuple(LeftOut(tier, "another tier") for tier in tiers if tier != label)
    return Source(tuple(lines_of(tiers[label])), "ELAN", text, left_out=others)


def best_tier(tiers: dict[str, list[RawWord]]) -> str | None:
    """The tier of words by its name, else the one of a single tier, else the one with the most words."""
    for pattern in (r"^words?\b|^ORT|-words?$|_words?$", r"word|lyric|text|sentence|utter|trans|orth|phrase|line"):
        named = next((label for label in tiers if re.search(pattern, label, re.I)), None)
        if named is not None:
            return named
    rest = [label for label in tiers if not re.search(r"phon|segment|^MAU|pitch|tone|note|gloss|comment", label, re.I)]
    return max(rest, key=lambda label: sum(len(w.text) for w in tiers[label]), default=None)


def lines_of(words: list[RawWord]) -> list[RawLine]:
    """A line for each label of several words, else lines of single words parted at pauses."""
    if any(" " in word.text for word in words):
        return [RawLine(word.text, word.start_s, word.end_s) for word in words]
    return grouped(words)


def _timedtext(root: ET.Element, text: str, name: str) -> Source:
    """YouTube's srv1 (<text start dur>) and srv3 (<p t d><s t>)."""
    lines = []
    for node in root.iter("text"):
        start_s = float(node.get("start", "0"))
        said = " ".join("".join(node.itertext()).split())
        if said:
            lines.append(RawLine(said, start_s, start_s + float(node.get("dur", "0")) or None))
    for node in root.iter("p"):
        start_s, length_s = float(node.get("t", "0")) / 1000, float(node.get("d", "0")) / 1000
        pieces = [Syllable(s.text or "", start_s + float(s.get("t", "0")) / 1000) for s in node.iter("s")]
        said = " ".join("".join(node.itertext()).split())
        if pieces and said:
            lines.append(line_of(joined(pieces), start_s, start_s + length_s))
        elif said:
            lines.append(RawLine(said, start_s, start_s + length_s))
    if not lines:
        raise LyricsError(f"{name} is a YouTube transcript without text; download its captions as VTT")
    return Source(tuple(lines), "YouTube XML", text)
