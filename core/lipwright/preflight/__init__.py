"""Before anybody performs: how good a vocal is, what isolation would give, and which lines will be hard to place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from lipwright.arrays import Vocal
from lipwright.isolate import Prospect, isolated, music_likelihood, prospect
from lipwright.preflight.draft_lrc import draft_lrc
from lipwright.preflight.line_difficulty import WeakLine, weak_lines
from lipwright.service import Report as Progress
from lipwright.service import silent
from lipwright.types import Lyrics
from lipwright.vocal import Finding, Report, judge, measure, open_vocal
from lipwright.vocal.quality import MUSIC_FAIR, worst

# dB of the voice over the band. On the benchmark's mixes 5 dB over, isolated, nine words in ten lie within 0.3 s.
CLEAR_DB, BURIED_DB = 3.0, -3.0
SURE = 0.8  # a phone of this confidence is heard
_INSTALL = "lipwright models install vocals, or use the vocal stem"


@dataclass(frozen=True, slots=True)
class Checked:
    """`weak` is None where no lyrics were given; `lines` is how many they have; `match` how well they fit, 0..1.

    `draft` is an LRC of the lines that stand firm.
    """

    report: Report
    notes: tuple[str, ...] = ()
    weak: tuple[WeakLine, ...] | None = None
    lines: int = 0
    match: float = 1.0
    draft: str = ""


def check(
    path: Path,
    lyrics: Lyrics | None = None,
    *,
    stream: int | None = None,
    channel: int | None = None,
    report: Progress = silent,
) -> Checked:
    """Listen to `path`. With lyrics it takes as long as aligning them does. `report` gets 0..1 and the step's name."""
    with open_vocal(
        path, stream=stream, channel=channel, on_progress=lambda value: report(0.2 * value, "reading")
    ) as vocal:
        features = measure(vocal, on_progress=lambda value: report(0.2 + 0.2 * value, "listening"))
        music = music_likelihood(vocal)
        found, notes = judge(vocal, features, music=music), tuple(vocal.notes)
        if music >= MUSIC_FAIR:
            found = _of_mix(found, prospect(path, vocal, stream=stream))
        if lyrics is None:
            return Checked(found, notes)
        with isolated(
            path, vocal, stream=stream, music=music, on_progress=lambda v: report(0.5 + 0.1 * v, "isolating")
        ) as dry:
            return _against(Checked(found, notes), dry.vocal or vocal, lyrics, report)


def _against(checked: Checked, heard: Vocal, lyrics: Lyrics, report: Progress) -> Checked:
    """What the lyrics add, placed on the vocal without its band."""
    from lipwright.phonemes import align

    features = measure(heard)
    placed = align(heard, lyrics, on_progress=lambda v: report(0.6 + 0.4 * v, "aligning"))
    sung = placed.lyrics or lyrics
    weak = weak_lines(sung, placed, features)
    return replace(
        checked,
        notes=(*checked.notes, *lyrics.notes, *placed.notes),
        weak=weak,
        draft=draft_lrc(sung, placed, weak),
        lines=len(sung.lines),
        match=placed.match,
    )


def _of_mix(report: Report, heard: Prospect) -> Report:
    """What was found in a mix. A band that can be taken away is no reason to refuse it, nor what it leaves in rests."""
    findings = report.findings
    if heard.pairs and heard.voice_db >= BURIED_DB:
        findings = tuple(_milder(finding) if finding.name in ("music", "noise") else finding for finding in findings)
    every = (*findings, *_band(heard))
    return replace(report, findings=every, verdict=worst(every))


def _milder(finding: Finding) -> Finding:
    return replace(finding, verdict="fair") if finding.verdict == "poor" else finding


def _band(heard: Prospect) -> tuple[Finding, ...]:
    """How far the voice stands over the band, and how many more sounds are heard without it."""
    value = round(heard.voice_db, 1)
    how = "" if heard.pairs else "about, read off the levels: "
    if value >= CLEAR_DB:
        over = Finding("voice", value, "dB", "good", f"{how}the voice stands over the band")
    elif value >= BURIED_DB:
        over = Finding("voice", value, "dB", "fair", f"{how}voice and band are as loud as each other", _cure(heard))
    else:
        over = Finding("voice", value, "dB", "poor", f"{how}the band covers the voice", _cure(heard))
    if not heard.pairs:
        meaning = "without the band words are found better and the mouth rests while nobody sings"
        return over, Finding("isolation", 0.0, "", "fair", meaning, _INSTALL, known=False)
    return over, _gain(*(sum(_sure(pair[k]) for pair in heard.pairs) for k in (0, 1)))


def _gain(mixed: int, alone: int) -> Finding:
    gain = alone / max(mixed, 1)
    said = f"{alone} sounds are heard surely with the band taken away, {mixed} as it is"
    if alone <= mixed:
        return Finding("isolation", round(gain, 2), "x", "good", f"{said}: little to gain; try --isolate off as well")
    return Finding("isolation", round(gain, 2), "x", "good", f"{said}; perform takes it away by itself")


def _cure(heard: Prospect) -> str:
    return "ask for the vocal stem" if heard.pairs else _INSTALL


def _sure(vocal: Vocal) -> int:
    from lipwright.phonemes import recognise

    return sum(phone.confidence >= SURE for phone in recognise(vocal).phonemes)
