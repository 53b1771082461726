"""Lyric files as exporters write them: each of 21 words once, at its time; what is no lyrics is refused by name."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.shared import shared

from lipwright.errors import LyricsError
from lipwright.lyrics import prepare

LINES = (
    ("carry me over the water", (0.5, 1.045, 1.367, 1.751, 1.973)),
    ("the morning is bright and blue", (3.169, 3.392, 4.042, 4.44, 4.86, 5.313)),
    ("baby please believe my promise", (6.708, 7.159, 7.733, 8.278, 8.648)),
    ("we will be home again", (10.059, 10.431, 11.009, 11.374, 11.885)),
)
ENDS = (2.309, 5.848, 9.199, 12.213)
ALL = [word for text, _ in LINES for word in text.split()]
STARTS = [start for _, starts in LINES for start in starts]


def line_words(index: int) -> list[tuple[str, float, float]]:
    text, starts = LINES[index]
    ends = [later - 0.06 for later in starts[1:]] + [ENDS[index]]
    return list(zip(text.split(), starts, ends, strict=True))


WORDS = [word for index in range(4) for word in line_words(index)]
SPANS = [(LINES[n][0], LINES[n][1][0], ENDS[n]) for n in range(4)]


def clock(time_s: float, *, sep: str = ".", hours: bool = True, figures: int = 3) -> str:
    minutes, seconds = divmod(time_s, 60)
    shown = f"{int(minutes):02}:{seconds:0{figures + 3}.{figures}f}".replace(".", sep)
    return f"00:{shown}" if hours else shown


# --- builders -------------------------------------------------------------------------------------------------------


def srt(body: Callable[[str], str] = str, *, blank: str = "\n", arrow: str = " --> ", sep: str = ",") -> str:
    cues = (f"{n}\n{clock(a, sep=sep)}{arrow}{clock(b, sep=sep)}\n{body(t)}\n" for n, (t, a, b) in enumerate(SPANS, 1))
    return blank.join(cues)


def srt_karaoke(mark: str) -> str:
    cues = []
    for index in range(4):
        words = line_words(index)
        for at, (_, start, end) in enumerate(words):
            row = " ".join(mark.format(w) if n == at else w for n, (w, *_) in enumerate(words))
            cues.append(f"{len(cues) + 1}\n{clock(start, sep=',')} --> {clock(end, sep=',')}\n{row}\n")
    return "\n".join(cues)


def srt_growing() -> str:
    cues = []
    for index in range(4):
        words = line_words(index)
        for at, (_, start, end) in enumerate(words):
            row = " ".join(w for w, *_ in words[: at + 1])
            cues.append(f"{len(cues) + 1}\n{clock(start, sep=',')} --> {clock(end, sep=',')}\n{row}\n")
    return "\n".join(cues)


def srt_rolling() -> str:
    cues = []
    for index, (text, start, end) in enumerate(SPANS):
        above = f"{SPANS[index - 1][0]}\n" if index else ""
        cues.append(f"{index + 1}\n{clock(start, sep=',')} --> {clock(end, sep=',')}\n{above}{text}\n")
    return "\n".join(cues)


def vtt_rolling() -> str:
    cues = ["WEBVTT\nKind: captions\nLanguage: en\n"]
    above = " "
    for index, (text, start, end) in enumerate(SPANS):
        first, *rest = line_words(index)
        inner = first[0] + "".join(f"<{clock(a)}><c> {w}</c>" for w, a, _ in rest)
        cues.append(f"{clock(start)} --> {clock(end)} align:start position:0%\n{above}\n{inner}\n")
        cues.append(f"{clock(end)} --> {clock(end + 0.01)} align:start position:0%\n{text}\n \n")
        above = text
    return "\n".join(cues)


def lrc(body: Callable[[int], str] = lambda n: LINES[n][0], stamp: str = "[{}]") -> str:
    return "\n".join(stamp.format(clock(LINES[n][1][0], hours=False, figures=2)) + body(n) for n in range(4))


def lrc_words(left: str, right: str, *, space: str = " ") -> str:
    def row(index: int) -> str:
        pieces = (f"{left}{clock(a, hours=False, figures=2)}{right}{space}{w}" for w, a, _ in line_words(index))
        return " ".join(pieces) + f" {left}{clock(ENDS[index], hours=False, figures=2)}{right}"

    return "\n".join(row(n) if left == "[" else f"[{clock(LINES[n][1][0], hours=False)}]{row(n)}" for n in range(4))


def ultrastar(*, leading: bool = False, comma: bool = False, relative: bool = False) -> str:
    beat = 60 / 300 / 4
    rows = ["#TITLE:Base", "#ARTIST:Someone", "#BPM:300,00" if comma else "#BPM:300", "#GAP:500"]
    base = 0
    for index in range(4):
        for n, (word, start, end) in enumerate(line_words(index)):
            at, length = round((start - 0.5) / beat) - base, max(1, round((end - start) / beat))
            pieces = [("morn", at, 3), ("ing", at + 4, 3)] if word == "morning" else [(word, at, length)]
            for p, (piece, begin, size) in enumerate(pieces):
                before = " " if leading and n and p == 0 else ""
                after = " " if not leading and p == len(pieces) - 1 else ""
                rows.append(f"{'*' if n == 2 else ':'} {begin} {size} 5 {before}{piece}{after}")
        last = round((ENDS[index] - 0.5) / beat) - base
        rows.append(f"- {last} {last}" if relative else f"- {last}")
        base += last if relative else 0
    return "\n".join([*rows[:2], *(["#RELATIVE:YES"] if relative else []), *rows[2:], "E", ""])


def ttml(*, declared: bool, words: bool, unit: str = "clock", pretty: bool = False, extra: str = "") -> str:
    def at(time_s: float) -> str:
        return {"clock": clock(time_s, hours=False), "s": f"{time_s:.3f}s", "ms": f"{time_s * 1000:.0f}ms"}[unit]

    gap = "\n      " if pretty else " "
    rows = []
    for index, (text, start, end) in enumerate(SPANS):
        spans = (f'<span begin="{at(a)}" end="{at(b)}">{w}</span>' for w, a, b in line_words(index))
        rows.append(f'<p begin="{at(start)}" end="{at(end)}">{gap.join(spans) if words else text}{extra}</p>')
    head = '<?xml version="1.0" encoding="UTF-8"?>\n' if declared else ""
    kind = "Word" if words else "Line"
    return (
        f'{head}<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" '
        f'itunes:timing="{kind}"><head/><body><div>{"".join(rows)}</div></body></tt>'
    )


def ass(*, karaoke: str = "", prefix: str = "", fx: bool = False) -> str:
    rows = []
    for index, (text, start, end) in enumerate(SPANS):
        words = line_words(index)
        sizes = [later - a for (_, a, _), (_, later, _) in itertools.pairwise(words)] + [end - words[-1][1]]
        sung = " ".join(f"{{\\{karaoke}{s * 100:.0f}}}{w}" for (w, *_), s in zip(words, sizes, strict=True))
        times = f"{clock(start)[1:-1]},{clock(end)[1:-1]}"
        kind, effect = ("Comment", "karaoke") if fx else ("Dialogue", "")
        rows.append(f"{kind}: 0,{times},Default,,0,0,0,{effect},{prefix}{sung if karaoke else text}")
        if fx:
            rows += [f"Dialogue: 0,{times},Default,,0,0,0,fx,{{\\pos(1,2)}}{w}" for w, *_ in words]
    head = "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name\nStyle: Default\n\n[Events]\n"
    return head + "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n" + "\n".join(rows)


def csv(head: str, row: str, *, scale: float = 1.0) -> str:
    rows = [
        row.format(w=w, a=round(a * scale, 6), b=round(b * scale, 6), d=round((b - a) * scale, 6), n=n)
        for n, (w, a, b) in enumerate(WORDS)
    ]
    return "\n".join([head, *rows] if head else rows) + "\n"


def dump(body: object) -> str:
    return json.dumps(body)


def word_json(
    text: str = "word", start: str = "start", end: str = "end", scale: float = 1.0
) -> list[dict[str, object]]:
    def time(value: float) -> float:
        return round(value * scale) if scale > 1 else value

    return [{text: w, start: time(a), end: time(b), "confidence": 0.9} for w, a, b in WORDS]


def segments(words: bool, **more: str) -> list[dict[str, object]]:
    out: list[dict[str, object]] = []
    for index, (text, start, end) in enumerate(SPANS):
        part: dict[str, object] = {"id": index, "start": start, "end": end, "text": f" {text}", **more}
        if words:
            part["words"] = [
                {"word": f" {w}", "start": a, "end": b, "probability": 0.9} for w, a, b in line_words(index)
            ]
        out.append(part)
    return out


def aws() -> object:
    items: list[object] = [
        {"start_time": str(a), "end_time": str(b), "type": "pronunciation", "alternatives": [{"content": w}]}
        for w, a, b in WORDS
    ]
    items.append({"type": "punctuation", "alternatives": [{"content": "."}]})
    return {"jobName": "x", "results": {"transcripts": [{"transcript": " ".join(ALL)}], "items": items}}


def json3() -> object:
    events: list[object] = [{"tStartMs": 0, "dDurationMs": 14000, "id": 1, "wpWinPosId": 1}]
    for index, (_, start, end) in enumerate(SPANS):
        segs = [
            {"utf8": w if n == 0 else f" {w}", "tOffsetMs": round((a - start) * 1000)}
            for n, (w, a, _) in enumerate(line_words(index))
        ]
        events.append({"tStartMs": round(start * 1000), "dDurationMs": round((end - start) * 1000), "segs": segs})
        events.append({"tStartMs": round(end * 1000), "aAppend": 1, "segs": [{"utf8": "\n"}]})
    return {"wireMagic": "pb3", "events": events}


def letters() -> object:
    text, starts, ends = "", [], []
    for index in range(4):
        for word, start, end in line_words(index):
            step = (end - start) / len(word)
            text += word + " "
            starts += [start + n * step for n in range(len(word) + 1)]
            ends += [start + (n + 1) * step for n in range(len(word) + 1)]
    return {"characters": list(text), "character_start_times_seconds": starts, "character_end_times_seconds": ends}


def textgrid(*, mark: str = "", name: str = "words", short: bool = False) -> str:
    rows = [(a, b, w + (mark if n == 0 else "")) for n, (w, a, b) in enumerate(WORDS)]
    if short:
        body = "\n".join(f'{a}\n{b}\n"{w}"' for a, b, w in rows)
        return f'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n14\n<exists>\n1\n"IntervalTier"\n"{name}"\n0\n14\n21\n{body}\n'
    body = "\n".join(
        f'intervals [{n}]:\n xmin = {a}\n xmax = {b}\n text = "{w}"' for n, (a, b, w) in enumerate(rows, 1)
    )
    return (
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0 ! a comment\nxmax = 14\ntiers? <exists>\nsize = 1\n'
        f'item []:\nitem [1]:\nclass = "IntervalTier"\nname = "{name}"\nxmin = 0\nxmax = 14\nintervals: size = 21\n{body}\n'
    )


def elan() -> str:
    slots = "".join(
        f'<TIME_SLOT TIME_SLOT_ID="a{n}" TIME_VALUE="{a * 1000:.0f}"/><TIME_SLOT TIME_SLOT_ID="b{n}" TIME_VALUE="{b * 1000:.0f}"/>'
        for n, (_, a, b) in enumerate(WORDS)
    )
    notes = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="n{n}" TIME_SLOT_REF1="a{n}" TIME_SLOT_REF2="b{n}">'
        f"<ANNOTATION_VALUE>{w}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        for n, (w, *_) in enumerate(WORDS)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR=""><HEADER TIME_UNITS="milliseconds"/>'
        f'<TIME_ORDER>{slots}</TIME_ORDER><TIER TIER_ID="word">{notes}</TIER></ANNOTATION_DOCUMENT>'
    )


def papagayo() -> str:
    rate = 100
    rows = [
        "lipsync version 1",
        "base.wav",
        str(rate),
        "1400",
        "1",
        "\tVoice 1",
        "\t" + "|".join(t for t, _ in LINES),
        "\t4",
    ]
    for index, (text, start, end) in enumerate(SPANS):
        words = line_words(index)
        rows += [f"\t\t{text}", f"\t\t{start * rate:.0f}", f"\t\t{end * rate:.0f}", f"\t\t{len(words)}"]
        for word, a, b in words:
            rows += [f"\t\t\t{word} {a * rate:.0f} {b * rate:.0f} 1", f"\t\t\t\t{a * rate:.0f} AI"]
    return "\n".join(rows) + "\n"


def mfa_json() -> object:
    tiers = {
        "words": {"type": "interval", "entries": [[a, b, w] for w, a, b in WORDS]},
        "phones": {"type": "interval", "entries": [[a, b, "spn"] for _, a, b in WORDS]},
    }
    return {"start": 0, "end": 14, "tiers": tiers}


SPANISH = (
    "lleva me sobre el agua",
    "la mañana es clara y azul",
    "nena cree mi promesa",
    "estaremos en la casa otra vez",
)


def corpus() -> Iterator[tuple[str, str]]:
    """(name, text) of every file; the name says the exporter."""
    yield "srt", srt()
    yield "srt_noblank", srt(blank="")
    yield "srt_dot_times", srt(sep=".")
    yield "srt_sdh", "0\n00:00:00,100 --> 00:00:00,400\n[upbeat music playing]\n\n" + srt(lambda t: f"(SINGING) {t}")
    yield "srt_notes", srt(lambda t: f"♪ {t} ♪")
    yield "srt_hashes", srt(lambda t: f"# {t} #")
    yield "srt_speakers_upper", srt(lambda t: f"JANE DOE: {t}")
    yield "srt_speakers_lower", srt(lambda t: f"bob: {t}")
    yield "srt_speakers_diarised", srt(lambda t: f"[SPEAKER_01]: {t}")
    yield "srt_arrows", srt(lambda t: f">> {t}")
    yield (
        "srt_two_languages",
        "\n".join(
            f"{n + 1}\n{clock(a, sep=',')} --> {clock(b, sep=',')}\n{t}\n{SPANISH[n]}\n"
            for n, (t, a, b) in enumerate(SPANS)
        ),
    )
    yield "srt_karaoke_font", srt_karaoke('<font color="#ff0000">{}</font>')
    yield "srt_karaoke_u", srt_karaoke("<u>{}</u>")
    yield "srt_growing", srt_growing()
    yield "srt_rolling", srt_rolling()
    yield "vtt", "WEBVTT\n\n" + srt(sep=".")
    yield "vtt_header_text", "WEBVTT - made by us\n\nNOTE a note\n\nSTYLE\n::cue { color: red }\n\n" + srt(sep=".")
    yield "vtt_voices", "WEBVTT\n\n" + srt(lambda t: f"<v Bob>{t}</v>", sep=".")
    yield "vtt_rolling", vtt_rolling()
    yield "sbv", "\n\n".join(f"{clock(a)[1:]},{clock(b)[1:]}\n{t}" for t, a, b in SPANS) + "\n"
    yield "lrc", lrc()
    yield "lrc_tags", "[ti:Base]\n[ar:Someone]\n[by:Me]\n[length: 00:14]\n" + lrc()
    yield (
        "lrc_credits",
        (
            "[00:00.00]Base - Someone\n[00:00.10]Lyrics by: Jane Doe\n[00:00.20]作曲 : Jane\n[00:00.30]Produced by Max\n"
            + lrc()
            + "\n[00:13.50]by RentAnAdviser.com"
        ),
    )
    yield "lrc_duplicates", "\n".join(f"{row}\n{row[:10]}{SPANISH[n]}" for n, row in enumerate(lrc().split("\n")))
    yield "lrc_same_twice", "\n".join(f"{row}\n{row}" for row in lrc().split("\n"))
    yield "lrc_a2", lrc_words("<", ">")
    yield "lrc_a2_tight", lrc_words("<", ">", space="")
    yield "lrc_a2_labels", lrc_words("<", ">").replace("]<", "]v1: <") + "\n[bg: <00:12.41> ooh <00:12.71>]"
    yield "lrc_squares", lrc_words("[", "]", space="")
    yield (
        "lrclib_json",
        dump({"id": 1, "trackName": "Base", "plainLyrics": "x", "syncedLyrics": lrc(lambda n: " " + LINES[n][0])}),
    )
    yield "lrclib_list", dump([{"id": 1, "plainLyrics": "x", "syncedLyrics": lrc()}])
    yield "netease_json", dump({"code": 200, "lrc": {"version": 3, "lyric": lrc()}, "tlyric": {"lyric": ""}})
    yield "ultrastar", ultrastar()
    yield "ultrastar_leading", ultrastar(leading=True, comma=True)
    yield "ultrastar_relative", ultrastar(relative=True)
    yield "ttml", ttml(declared=True, words=True)
    yield "ttml_bare", ttml(declared=False, words=True)
    yield "ttml_lines", ttml(declared=True, words=False, unit="s")
    yield "ttml_pretty", ttml(declared=True, words=True, unit="ms", pretty=True)
    yield (
        "ttml_background",
        ttml(declared=True, words=True, extra='<span ttm:role="x-bg"><span begin="2.3s">(ooh)</span></span>'),
    )
    yield "ass_karaoke", ass(karaoke="k")
    yield "ass_karaoke_kf", ass(karaoke="kf", prefix="{\\fad(100,100)}")
    yield "ass_plain", ass(prefix="{\\an8}")
    yield "ass_fx", ass(karaoke="k", fx=True)
    yield "ctm", "".join(f"base 1 {a:.3f} {b - a:.3f} {w} 0.98\n" for w, a, b in WORDS)
    yield "ctm_comments", ";; made by us\n" + "".join(f"base A {a:.3f} {b - a:.3f} {w}\n" for w, a, b in WORDS)
    yield "audacity", csv("", "{a}\t{b}\t{w}")
    yield "audacity_comma", "".join(f"{a:.6f}\t{b:.6f}\t".replace(".", ",") + f"{w}\n" for w, a, b in WORDS)
    yield "audacity_frequencies", "".join(f"{a:.6f}\t{b:.6f}\t{w}\n\\\t100.0\t2000.0\n" for w, a, b in WORDS)
    yield "csv_words", csv("word,start,end", "{w},{a},{b}")
    yield "csv_semicolon", csv("Start;End;Text", "{a};{b};{w}")
    yield "csv_quoted", csv('"Start (s)","End (s)","Label"', '"{a}","{b}","{w}"')
    yield "csv_duration", csv("token\tonset\tduration", "{w}\t{a}\t{d}")
    yield "csv_ms", csv("start_ms,end_ms,word", "{a:.0f},{b:.0f},{w}", scale=1000)
    yield "mfa_csv", csv("Begin,End,Label,Type,Speaker", "{a},{b},{w},words,base") + "0.5,0.6,K,phones,base\n"
    yield "aeneas_csv", "".join(f'f{n:06},{a:.3f},{b:.3f},"{t}"\n' for n, (t, a, b) in enumerate(SPANS))
    yield "lab_seconds", csv("", "{a:.3f} {b:.3f} {w}")
    yield "lab_htk", csv("", "{a:.0f} {b:.0f} {w}", scale=1e7)
    yield (
        "aeneas_json",
        dump(
            {
                "fragments": [
                    {"begin": str(a), "end": str(b), "children": [], "id": "f", "language": "eng", "lines": [t]}
                    for t, a, b in SPANS
                ]
            }
        ),
    )
    yield "mfa_json", dump(mfa_json())
    yield "whisper", dump({"text": " ".join(ALL), "segments": segments(True), "language": "en"})
    yield "whisper_lines", dump({"text": " ".join(ALL), "segments": segments(False), "language": "en"})
    yield "whisperx", dump({"segments": segments(True, speaker="S0"), "word_segments": word_json()})
    yield (
        "whisper_cpp",
        dump(
            {
                "systeminfo": "x",
                "result": {"language": "en"},
                "transcription": [
                    {
                        "timestamps": {"from": "x", "to": "y"},
                        "offsets": {"from": round(a * 1000), "to": round(b * 1000)},
                        "text": f" {t}",
                    }
                    for t, a, b in SPANS
                ],
            }
        ),
    )
    yield (
        "whisper_cpp_words",
        dump(
            {
                "transcription": [
                    {"offsets": {"from": round(a * 1000), "to": round(b * 1000)}, "text": f" {w}"} for w, a, b in WORDS
                ]
            }
        ),
    )
    yield "transformers", dump({"text": "x", "chunks": [{"text": f" {w}", "timestamp": [a, b]} for w, a, b in WORDS]})
    yield (
        "deepgram",
        dump(
            {
                "metadata": {},
                "results": {
                    "channels": [{"alternatives": [{"transcript": "x", "words": word_json()}]}],
                    "utterances": segments(False),
                },
            }
        ),
    )
    yield (
        "assemblyai",
        dump(
            {"id": "x", "audio_duration": 14, "text": "x", "words": word_json("text", scale=1000), "utterances": None}
        ),
    )
    yield "aws", dump(aws())
    yield (
        "google",
        dump(
            {
                "results": [
                    {
                        "alternatives": [
                            {
                                "transcript": t,
                                "words": [
                                    {"startTime": f"{a}s", "endTime": f"{b}s", "word": w} for w, a, b in line_words(n)
                                ],
                            }
                        ]
                    }
                    for n, (t, *_) in enumerate(SPANS)
                ]
            }
        ),
    )
    yield (
        "google_v2",
        dump(
            {
                "results": [
                    {
                        "alternatives": [
                            {"words": [{"startOffset": f"{a}s", "endOffset": f"{b}s", "word": w} for w, a, b in WORDS]}
                        ]
                    }
                ]
            }
        ),
    )
    yield "vosk", dump({"result": word_json(), "text": " ".join(ALL)})
    yield (
        "vosk_stream",
        "\n".join(
            dump(
                {
                    "result": [{"conf": 1.0, "word": w, "start": a, "end": b} for w, a, b in line_words(n)],
                    "text": LINES[n][0],
                }
            )
            for n in range(4)
        ),
    )
    yield (
        "elevenlabs",
        dump(
            {
                "words": [
                    one
                    for w, a, b in WORDS
                    for one in (
                        {"text": w, "start": a, "end": b, "type": "word"},
                        {"text": " ", "start": b, "end": b, "type": "spacing"},
                    )
                ]
            }
        ),
    )
    yield "elevenlabs_letters", dump(letters())
    yield "elevenlabs_alignment", dump({"audio_base64": "", "alignment": letters(), "normalized_alignment": letters()})
    yield (
        "revai",
        dump(
            {
                "monologues": [
                    {
                        "speaker": 0,
                        "elements": [{"type": "text", "value": w, "ts": a, "end_ts": b} for w, a, b in WORDS],
                    }
                ]
            }
        ),
    )
    yield (
        "speechmatics",
        dump(
            {
                "results": [
                    {"type": "word", "start_time": a, "end_time": b, "alternatives": [{"content": w}]}
                    for w, a, b in WORDS
                ]
            }
        ),
    )
    yield (
        "watson",
        dump(
            {
                "results": [
                    {
                        "final": True,
                        "alternatives": [{"transcript": "x", "timestamps": [[w, a, b] for w, a, b in WORDS]}],
                    }
                ]
            }
        ),
    )
    yield (
        "azure",
        dump(
            {
                "recognizedPhrases": [
                    {
                        "nBest": [
                            {
                                "words": [
                                    {"word": w, "offsetInTicks": a * 1e7, "durationInTicks": (b - a) * 1e7}
                                    for w, a, b in WORDS
                                ]
                            }
                        ]
                    }
                ]
            }
        ),
    )
    yield (
        "spotify",
        dump(
            {
                "lyrics": {
                    "syncType": "LINE_SYNCED",
                    "lines": [
                        {"startTimeMs": f"{a * 1000:.0f}", "words": t, "syllables": [], "endTimeMs": "0"}
                        for t, a, _ in SPANS
                    ],
                }
            }
        ),
    )
    yield (
        "musixmatch",
        dump(
            [
                {
                    "ts": a,
                    "te": b,
                    "l": [c for w, s, _ in line_words(n) for c in ({"c": w, "o": s - a}, {"c": " ", "o": s - a + 0.1})],
                    "x": t,
                }
                for n, (t, a, b) in enumerate(SPANS)
            ]
        ),
    )
    yield (
        "gentle",
        dump(
            {
                "transcript": "x",
                "words": [{"alignedWord": w, "word": w, "case": "success", "start": a, "end": b} for w, a, b in WORDS],
            }
        ),
    )
    yield "youtube_json3", dump(json3())
    yield (
        "youtube_srv1",
        '<?xml version="1.0" encoding="utf-8" ?><transcript>'
        + "".join(f'<text start="{a}" dur="{b - a:.3f}">{t}</text>' for t, a, b in SPANS)
        + "</transcript>",
    )
    yield "elan", elan()
    yield "papagayo", papagayo()
    yield "textgrid", textgrid()
    yield "textgrid_bang", textgrid(mark="!")
    yield "textgrid_quotes", textgrid(mark='""')
    yield "textgrid_short", textgrid(short=True)
    yield "textgrid_speaker", textgrid(name="bob - words")
    yield "microdvd", "{1}{1}25.000\n" + "".join(f"{{{a * 25:.0f}}}{{{b * 25:.0f}}}{t}\n" for t, a, b in SPANS)
    yield "mpl2", "".join(f"[{a * 10:.0f}][{b * 10:.0f}]{t}\n" for t, a, b in SPANS)
    yield "plain", "\n".join(t for t, _ in LINES)
    yield (
        "plain_sections",
        "[Verse 1: Jane]\n" + "\n".join(t for t, _ in LINES[:2]) + "\n\nChorus: " + "\n".join(t for t, _ in LINES[2:]),
    )
    yield (
        "genius",
        "12 ContributorsBase Lyrics[Verse 1]\n"
        + "\n".join(t for t, _ in LINES[:2])
        + "\nYou might also like[Chorus]\n"
        + "\n".join(t for t, _ in LINES[2:])
        + "23Embed",
    )
    yield "chordpro", "{title: Base}\n{soc}\n" + "\n".join(t.replace("o", "[Am]o", 1) for t, _ in LINES) + "\n{eoc}\n"
    yield "full_width", "\n".join("".join(chr(ord(c) + 0xFEE0) if c != " " else "\u3000" for c in t) for t, _ in LINES)


CORPUS = dict(corpus())
# Tenths, frames and beats are as exact as the format is.
COARSE = {
    "mpl2": 0.06,
    "microdvd": 0.025,
    "ultrastar": 0.026,
    "ultrastar_leading": 0.026,
    "ultrastar_relative": 0.026,
    "ass_karaoke": 0.03,
    "ass_karaoke_kf": 0.03,
    "ass_fx": 0.03,
}


def check(lyrics_file: Path, off_s: float = 0.011) -> None:
    lyrics = prepare(lyrics_file, language="auto")
    assert [word.text.strip('"!') for word in lyrics.words] == ALL
    for word, start in zip(lyrics.words, STARTS, strict=True):
        assert word.start_s is None or abs(word.start_s - start) <= off_s
    at = 0
    for line in lyrics.lines:
        assert line.start_s is None or abs(line.start_s - STARTS[at]) <= off_s
        at += len(line.words)


@pytest.mark.parametrize("name", CORPUS)
def test_every_exporter_gives_each_word_once_at_its_time(name: str, tmp_path: Path) -> None:
    path = tmp_path / "lyrics.txt"
    path.write_text(CORPUS[name], encoding="utf-8")
    check(path, COARSE.get(name, 0.011))
    timed = prepare(path, language="en")
    told = any(w.start_s is not None for w in timed.words) or any(line.start_s is not None for line in timed.lines)
    assert told or name.startswith(("plain", "genius", "chordpro", "full_width"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("name", ["srt", "lrc", "csv_words", "whisper", "ttml_bare", "ultrastar", "textgrid", "plain"])
def test_every_encoding_and_row_end(name: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "lyrics.txt"
    path.write_bytes(CORPUS[name].replace("\n", "\r\n").encode(encoding))
    check(path, COARSE.get(name, 0.011))


def test_the_corpus_is_wide() -> None:
    assert len(CORPUS) >= 60


@pytest.mark.parametrize(
    "name",
    [
        "aeneas.csv", "aeneas.json", "apple.ttml", "apple_nodecl.ttml", "audacity_comma.txt", "audacity_freq.txt", "aws.json", "ctm.ctm",
        "elevenlabs_chars.json", "google.json", "karaoke.ass", "lrc_a2_bg.lrc", "lrc_credits.lrc", "lrc_dup.lrc", "lrc_word_square.lrc",
        "lrclib.json", "mfa_bang.TextGrid", "sbv.sbv", "srt_noblank.srt", "srt_sdh.srt", "srt_speaker_lower.srt", "ultrastar.txt",
        "vtt_youtube_rolling.vtt", "whisper_cpp.json", "words.csv",
    ],
)  # fmt: skip
def test_files_that_were_misread(name: str) -> None:
    check(shared("cases", "lyrics", name), 0.31 if name == "karaoke.ass" else 0.026)


# --- what is no lyrics --------------------------------------------------------------------------------------------------

NOT_LYRICS: dict[str, tuple[bytes, str]] = {
    "html": (b"<!DOCTYPE html><html><body>hello</body></html>", "web page"),
    "html_part": (b"<div class='x'>carry me</div>\n<p>over the water</p>", "web page"),
    "rtf": (b"{\\rtf1\\ansi carry me}", "RTF"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    "docx": (b"PK\x03\x04" + bytes(30) + b"word/document.xml", "Word"),
    "doc": (b"\xd0\xcf\x11\xe0" + bytes(60), "Word"),
    "midi": (b"MThd" + bytes(20), "MIDI"),
    "mp3": (b"ID3\x04" + bytes(20), "sound"),
    "musicxml": (b'<?xml version="1.0"?><score-partwise><part/></score-partwise>', "MusicXML"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><text>a</text></svg>', "SVG"),
    "fcpxml": (b'<?xml version="1.0"?><fcpxml version="1.9"></fcpxml>', "Final Cut"),
    "other_xml": (b'<?xml version="1.0"?><catalog><book>hello</book></catalog>', "catalog"),
    "json": (b'{"name": "x", "list": [1, 2, 3]}', "JSON"),
    "mouths": (b'{"metadata": {}, "mouthCues": [{"start": 0, "end": 1, "value": "A"}]}', "mouth shapes"),
    "csv_numbers": (b"1.5,2.5,3.5\n2.5,3.5,4.5\n3.5,4.5,5.5\n", "table of numbers"),
    "csv_other": (b"name,city,age\nBob,Paris,33\nAnna,Rome,44\nMax,Bonn,22\n", "table"),
    "python": (b"import os\n\ndef main(path):\n    return os.listdir(path)\n", "source code"),
    "javascript": (b"const a = 1;\nfunction go(x) {\n  return x + a;\n}\n", "source code"),
    "c": (b"#include <stdio.h>\nint main() {\n  puts(\"a\");\n  return 0;\n}\n", "source code"),
    "ini": (b"[main]\nname=base\nspeed=3\n", "settings"),
    "yaml": (b"name: base\nspeed: 3\nitems:\n- a: b\n", "settings"),
    "log": (b"2024-01-01 10:00:00 INFO started\n2024-01-01 10:00:01 INFO stopped\n", "log"),
    "latex": (b"\\documentclass{article}\n\\begin{document}\nhello\n", "LaTeX"),
    "abc": (b"X:1\nT:Base\nM:4/4\nK:C\nCDEF|GABc|\nw:car-ry me\n", "ABC"),
    "tab": (b"e|---0---2---3---|\nB|---1---3---0---|\nG|---0---2---0---|\n", "tablature"),
    "m3u": (b"#EXTM3U\n#EXTINF:14,Base\nbase.mp3\n", "playlist"),
    "edl": (b"TITLE: x\nFCM: NON-DROP FRAME\n001  AX  V  C  00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00\n", "EDL"),
    "sami": (b"<SAMI><BODY><SYNC Start=500><P>carry</P></SYNC></BODY></SAMI>", "SAMI"),
    "scc": (b"Scenarist_SCC V1.0\n\n00:00:00:00 9420 9420\n", "SCC"),
    "moho": (b"MohoSwitch1\n1 rest\n5 AI\n", "mouth shapes"),
    "base64": (b"\n".join([b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg=="] * 4), "coded data"),
    "microdvd_no_rate": (b"{12}{57}carry me\n{79}{146}the morning\n", "MicroDVD"),
    "urls": (b"https://example.org/a\nhttps://example.org/b\n", "web addresses"),
    "diff": (b"--- a\n+++ b\n@@ -1,2 +1,2 @@\n-carry\n+cary\n", "diff"),
    "noise": (b"#$%&*( )@!~ ^^^ $$$ ### |||| ;;;; @@@@ %%%%", "signs"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_LYRICS)
def test_what_is_no_lyrics_is_refused_by_its_name(name: str, tmp_path: Path) -> None:
    data, said = NOT_LYRICS[name]
    path = tmp_path / "lyrics.txt"
    path.write_bytes(data)
    with pytest.raises(LyricsError, match=said) as caught:
        prepare(path)
    assert "lyrics.txt" in str(caught.value) and ";" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "1 2 3 4\n5 6 7 8\ncome on", "99 bottles of beer on the wall\n98 bottles of beer", "867-5309\nJenny", "1, 2, buckle my shoe\n3, 4, knock at the door",
        "Oh, no, no\nYeah, yeah, yeah\nNo, no, no", "La la la\nla la la", "I said: hello\nyou said: goodbye", "import me\nreturn to me", "A\nB\nC\nD", "Hello; goodbye;\nhello;",
        "e-i-e-i-o", "she = everything I need\nand more", "1999", "24/7 365", "#1 girl\n#1 boy", "(ooh)\n(ah)", "M-A-D-O-N-N-A", "Drop it\nBreak it",
    ],
)  # fmt: skip
def test_odd_lyrics_are_believed(text: str) -> None:
    assert prepare(text).words


# --- what is left out is told ------------------------------------------------------------------------------------------


def left_out(text: str) -> list[tuple[str, str]]:
    return [(one.text, one.why) for one in prepare(text).left_out]


def sung(text: str) -> list[str]:
    return [" ".join(word.text for word in line.words) for line in prepare(text).lines]


def test_a_label_in_front_of_words_keeps_them() -> None:
    assert sung("la la la\nChorus: we go on\nhello my friend") == ["la la la", "we go on", "hello my friend"]
    assert sung("[00:01.00]Chorus: we go on\n[00:03.00]hello") == ["we go on", "hello"]
    assert ("[Chorus]", "name of a section") in left_out("la la\nChorus: we go on")


@pytest.mark.parametrize(
    "mark",
    [
        "[Repeat Chorus]",
        "(Repeat Chorus)",
        "Repeat Chorus",
        "[Chorus repeats]",
        "[Chorus]",
        "Chorus",
        "[Repeat chorus x1]",
    ],
)
def test_a_section_called_for_again_is_written_out(mark: str) -> None:
    assert sung(f"[Chorus]\nwe go on\n\n[Verse]\nhello\n\n{mark}") == ["we go on", "hello", "we go on"]


def test_a_section_that_is_written_nowhere_is_named() -> None:
    assert any("'chorus'" in note for note in prepare("[Verse]\nhello\n\n[Chorus]\n\n[Verse 2]\ngoodbye").notes)


def test_censored_words_are_kept_and_sayable() -> None:
    lyrics = prepare("f**k that s**t man\nwe go on")
    assert [word.text for word in lyrics.words] == ["f**k", "that", "s**t", "man", "we", "go", "on"]
    assert lyrics.words[0].pronunciations[0][0] == "F" and lyrics.words[2].pronunciations[0][-1] == "T"


def test_chords_inside_words_part_nothing() -> None:
    assert sung("He[Am]llo wor[G]ld\n[C]my [G/B]friend") == ["Hello world", "my friend"]


def test_credits_are_lines_at_the_ends_only() -> None:
    assert sung(
        "[00:00.00]Words and music by: Jane\n[00:02.00]hello\n[00:04.00]Written by the river\n[00:05.00]bye"
    ) == [
        "hello",
        "Written by the river",
        "bye",
    ]


def test_what_is_described_is_not_sung_and_what_answers_is() -> None:
    assert sung("1\n00:00:01,000 --> 00:00:02,000\n(SIGHS) come on (come on)\n") == ["come on come on"]
    assert ("(SIGHS)", "note") in left_out("1\n00:00:01,000 --> 00:00:02,000\n(SIGHS) come on (come on)\n")


def test_a_translation_beside_the_lines_is_chosen_by_language() -> None:
    both = CORPUS["lrc_duplicates"]
    assert prepare(both, language="auto").lines[0].text == "carry me over the water"
    assert ("lleva me sobre el agua", "the same line in another language or spelling") in left_out(both)


def test_show_lyrics_prints_what_is_sung_and_what_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lipwright.cli import main

    path = tmp_path / "song.lrc"
    path.write_text(CORPUS["lrc_credits"], encoding="utf-8")
    assert main(["check", str(tmp_path / "no.wav"), "--lyrics", str(path), "--show-lyrics"]) == 0
    out = capsys.readouterr().out
    assert "sung, 21 words in 4 lines" in out and "0:03.2  the morning is bright and blue" in out
    assert "credit: 'Produced by Max'" in out
