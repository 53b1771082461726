"""The recipe: a vocal becomes a performance.

Each stage is a package of its own; they meet only here, through `lipwright.types` and `lipwright.arrays`.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import lipwright
from lipwright import document
from lipwright.arrays import Features, Vocal
from lipwright.corrections import edit_spans, edit_tracks
from lipwright.corrections.word_retiming import corrected_speech
from lipwright.errors import LyricsError, OptionError
from lipwright.types import MATCHED, Alignment, Corrections, Direction, Lyrics, Performance, Provenance, VocalInfo

Report = Callable[[float, str], None]
"""Called with 0..1 of the whole work and the name of the step; raising `Cancelled` from it stops the work."""


MOST_LINES = 8
"""Lines named in a note; a longer list is not read."""


def silent(value: float, step: str) -> None:
    """The report that nobody reads."""
    del value, step


@dataclass(frozen=True, slots=True)
class PerformOptions:
    """What decides how a vocal is heard; the direction decides how it is acted.

    `stream` and `channel` choose among a file's audio (None: the first stream, all channels mixed); `dictionary` is
    the user's own pronunciations; `word_times` says whether times in the lyrics are a hint or kept (None: as their
    format suggests); `isolate` is auto, on or off; `stem` is a dry vocal that the user already has;
    `beats` is onsets (built in) or librosa, which hears the whole mix; `uncovered` says what the mouth does where a
    voice is heard that has no word in the lyrics, recognise or rest; `repeats` whether lines heard again are sung too,
    sing or leave.
    """

    language: str = "auto"
    stream: int | None = None
    channel: int | None = None
    dictionary: Path | None = None
    word_times: str | None = None
    isolate: str = "auto"
    stem: Path | None = None
    beats: str = "onsets"
    uncovered: str = "recognise"
    repeats: str = "sing"

    def __post_init__(self) -> None:
        if self.isolate not in ("auto", "on", "off"):
            raise OptionError(f"isolate {self.isolate!r} is unknown; choose auto, on or off")
        if self.beats not in ("onsets", "librosa"):
            raise OptionError(f"beats {self.beats!r} are unknown; choose onsets or librosa")
        if self.word_times not in (None, "hint", "keep"):
            raise OptionError(f"word_times {self.word_times!r} is unknown; choose hint or keep")
        if self.uncovered not in ("recognise", "rest"):
            raise OptionError(f"uncovered {self.uncovered!r} is unknown; choose recognise or rest")
        if self.repeats not in ("sing", "leave"):
            raise OptionError(f"repeats {self.repeats!r} is unknown; choose sing or leave")


def perform(
    vocal_path: Path,
    lyrics: Path | str | None = None,
    direction: Direction | None = None,
    options: PerformOptions | None = None,
    *,
    corrections: Corrections | None = None,
    timing: Performance | None = None,
    report: Report = silent,
) -> Performance:
    """Hear the vocal (with its lyrics, a file or the text itself), and perform it as directed.

    `corrections` are an artist's, from an earlier document; they are laid over what is heard before the mouth moves.
    `timing` takes words and phonemes from an earlier performance of the same vocal, so that only the acting is new.
    """
    direction, options = direction or Direction(), options or PerformOptions()
    corrections = corrections or Corrections()
    vocal_path = Path(vocal_path)
    with _heard(vocal_path, options, report) as dry:
        info = dry.info
        features = _measure(dry.vocal, report)
        prepared = _prepare(lyrics, options)
        heard = _reused(timing, info) if timing else _align(dry.vocal, prepared, options, report)
        prepared = heard.lyrics or prepared
        if dry.mix is not None:
            heard, features = _with_band(heard, features, dry.mix)
        if options.beats != "onsets":
            features = _with_beats(features, dry.mix or dry.vocal, options.beats)
    text = timing.lyrics if timing else (prepared.text if prepared else "")
    language = timing.language if timing else (prepared.language if prepared else _spoken(options))
    blank = Performance(
        vocal=info,
        direction=direction,
        provenance=_provenance(heard, options, dry.models),
        language=language,
        lyrics=text,
        words=heard.words,
        unsung=heard.unsung,
        phonemes=heard.phonemes,
        sounds=heard.sounds,
        corrections=corrections,
        notes=(
            *dry.notes,
            *_silence(heard, info),
            *(prepared.notes if prepared else ()),
            *heard.notes,
            *_unsure(heard, prepared),
        ),
    )
    # As the document will hold it, so that acting again from a saved one gives the same mouth.
    return act_out(document.loads(document.dumps(blank)), features, report)


def act_out(heard: Performance, features: Features, report: Report = silent) -> Performance:
    """`heard` with mouth and face computed anew from its (corrected) words, phonemes and sounds."""
    from lipwright.performance import act, articulate

    report(0.9, "moving the mouth")
    words, phonemes = corrected_speech(
        heard.words, heard.phonemes, heard.corrections, lambda word: _pronounced(word, heard.language)
    )
    sounds = edit_spans(heard.sounds, heard.corrections, "sounds")
    visemes, mouth = articulate(phonemes, words, sounds, features, heard.direction)
    report(0.95, "acting")
    channels = act(words, phonemes, sounds, features, heard.direction, heard.vocal.duration_s)
    report(1.0, "done")
    return dataclasses.replace(
        heard,
        visemes=edit_tracks(visemes, heard.corrections, "visemes"),
        mouth=edit_tracks(mouth, heard.corrections, "mouth"),
        channels=edit_tracks(channels, heard.corrections, "channels"),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """The dry vocal that models hear, the file the user named, and how the one was made from the other."""

    vocal: Vocal
    info: VocalInfo
    notes: tuple[str, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)
    mix: Vocal | None = None


@contextlib.contextmanager
def _heard(path: Path, options: PerformOptions, report: Report) -> Iterator[_Heard]:
    from lipwright.isolate import isolated
    from lipwright.vocal import open_vocal

    report(0.0, "reading the vocal")
    with contextlib.ExitStack() as stack:
        vocal = stack.enter_context(
            open_vocal(
                path,
                stream=options.stream,
                channel=options.channel,
                on_progress=lambda value: report(0.05 * value, "reading the vocal"),
            )
        )
        info = vocal.info
        if options.stem is not None:
            stem = stack.enter_context(open_vocal(options.stem))
            yield _Heard(stem, info, (*vocal.notes, f"heard {options.stem.name} as the dry vocal"))
        else:
            dry = stack.enter_context(
                isolated(
                    path,
                    vocal,
                    mode=options.isolate,
                    stream=options.stream,
                    on_progress=lambda value: report(0.05 + 0.1 * value, "taking the band away"),
                )
            )
            notes = (*vocal.notes, dry.note) if dry.note else vocal.notes
            yield _Heard(dry.vocal or vocal, info, notes, dict(dry.models), vocal if dry.vocal else None)


def _measure(vocal: Vocal, report: Report) -> Features:
    from lipwright.vocal import measure

    features: Features = measure(vocal, on_progress=lambda value: report(0.15 + 0.1 * value, "listening"))
    return features


def _with_beats(features: Features, heard: Vocal, engine: str) -> Features:
    from lipwright.vocal.beats import beats_by

    beats_s, tempo = beats_by(engine, heard)
    return dataclasses.replace(features, beats_s=beats_s, tempo=tempo)


def _with_band(heard: Alignment, features: Features, mix: Vocal) -> tuple[Alignment, Features]:
    """Rests in which the band plays are music, and the head moves to the band's beat."""
    from lipwright.isolate import with_band
    from lipwright.vocal import measure

    band = measure(mix)
    if band.tempo > 0:
        features = dataclasses.replace(features, beats_s=band.beats_s, tempo=band.tempo)
    return dataclasses.replace(heard, sounds=with_band(heard.sounds, mix)), features


def _unsure(heard: Alignment, lyrics: Lyrics | None) -> tuple[str, ...]:
    """Which lines a person should look at, with their times; nothing where the whole text does not fit."""
    if lyrics is None or heard.match < MATCHED or not heard.weak_lines:
        return ()
    shown = [f"{_clock(start_s)} {lyrics.lines[line].text!r}" for start_s, _, line in heard.weak_lines[:MOST_LINES]]
    more = len(heard.weak_lines) - len(shown)
    rest = f", and {more} more" if more > 0 else ""
    return (
        f"unsure of these lines: {', '.join(shown)}{rest}; an LRC with their start times mends what lies around them",
    )


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(max(0.0, time_s), 60.0)
    return f"{int(minutes)}:{seconds:04.1f}"


def _prepare(lyrics: Path | str | None, options: PerformOptions) -> Lyrics | None:
    """The lyrics ready for alignment; None where none were given. Raises LyricsError for lyrics without a word."""
    if lyrics is None:
        return None
    from lipwright.lyrics import prepare

    keep = None if options.word_times is None else options.word_times == "keep"
    prepared: Lyrics = prepare(lyrics, language=options.language, dictionary=options.dictionary, truth=keep)
    if not prepared.words:
        name = repr(lyrics.name) if isinstance(lyrics, Path) else "the text given"
        raise LyricsError(f"the lyrics hold no word ({name}); leave --lyrics out to recognise, or give the words")
    return prepared


def _align(vocal: Vocal, lyrics: Lyrics | None, options: PerformOptions, report: Report) -> Alignment:
    from lipwright.phonemes import align, recognise

    def heard(value: float) -> None:
        report(0.25 + 0.65 * value, "recognising" if lyrics is None else "aligning")

    if lyrics is None:
        return recognise(vocal, language=_spoken(options), on_progress=heard)
    return align(vocal, lyrics, uncovered=options.uncovered, repeats=options.repeats, on_progress=heard)


def _reused(timing: Performance, info: VocalInfo) -> Alignment:
    if timing.vocal.sha256 != info.sha256:
        raise OptionError(
            f"the timing of {timing.vocal.name!r} does not belong to {info.name!r} (other sound);"
            " leave --timing out to align anew"
        )
    return Alignment(
        words=timing.words,
        phonemes=timing.phonemes,
        sounds=timing.sounds,
        unsung=timing.unsung,
        engines=timing.provenance.engines,
        models=timing.provenance.models,
    )


def _spoken(options: PerformOptions) -> str:
    return "en" if options.language == "auto" else options.language


def _pronounced(word: str, language: str) -> tuple[str, ...]:
    from lipwright.lyrics import pronounce

    ways = pronounce(word, language)
    return ways[0] if ways else ()


def _silence(heard: Alignment, info: VocalInfo) -> tuple[str, ...]:
    """Why the mouth rests from start to end: nobody is there, or somebody is and the words do not fit."""
    if heard.phonemes:
        return ()
    name = repr(info.name)
    if not heard.voice:
        return (f"nobody was heard in {name}, so the mouth rests; choose another stream or channel, or see `check`",)
    if heard.unsung:
        return (
            f"somebody is heard in {name}, but none of the words given, so the mouth rests; check that the lyrics are"
            " this vocal's and in its language (--language), or leave them out to follow what is heard",
        )
    return (f"a voice is heard in {name}, but no sound of it clearly, so the mouth rests; give its lyrics",)


def _provenance(heard: Alignment, options: PerformOptions, models: Mapping[str, str]) -> Provenance:
    given = {
        option.name: value.name if isinstance(value, Path) else str(value)
        for option in dataclasses.fields(options)
        if (value := getattr(options, option.name)) is not None
    }
    return Provenance(lipwright.__version__, dict(heard.engines), {**heard.models, **models}, given)
