"""Lyrics onto a vocal: one search through the whole file, then phones, words, confidence, and what was not sung."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from lipwright.arrays import Progress, Vocal
from lipwright.phonemes.acoustic.frontend import Listening, listen
from lipwright.phonemes.acoustic.posteriors import FRAME_S, Heard
from lipwright.phonemes.acoustic.voice_activity import sounds_between
from lipwright.phonemes.alignment.anchors import coarse_windows
from lipwright.phonemes.alignment.emissions import Onset, emissions, onsets_of, sounding
from lipwright.phonemes.alignment.recovered_lines import returned
from lipwright.phonemes.alignment.text_match import match_of
from lipwright.phonemes.alignment.transcript import Text, due, text_of, windows
from lipwright.phonemes.alignment.viterbi import Ints, SkipCosts, best_path, chain_of
from lipwright.phonemes.boundaries.final_times import Timed, timed
from lipwright.phonemes.boundaries.given_times import kept
from lipwright.phonemes.boundaries.spans import spans_of
from lipwright.phonemes.coverage.repeats import Again, written_out
from lipwright.phonemes.coverage.telling import told_again, told_uncovered
from lipwright.phonemes.coverage.uncovered import Span, covered, sounded
from lipwright.phonemes.coverage.uncovered import uncovered as voice_beside
from lipwright.types import MATCHED, Alignment, Lyrics, UnsungWord, WordSpan

ENGINE = "ctc"
# Of the lines of the isolated songs of tests/bench/songs.py a fifth lies below, with half of the wrong words, or with
# four fifths of them where lines are missing from the lyrics; of the dry ones one in twenty.
_WEAK = 0.93
# Phones times frames above which a coarse look narrows the search: about nine minutes of song.
_LONG = 100_000_000
# Nobody says more words than this; a text that is longer than its vocal by so much is only looked at in part.
_MOST_WORDS, _WORDS_A_SECOND = 2000, 10.0
_FORCED = -4.5  # a word of a dated line that scores below it would have been left out without the date


def align(
    vocal: Vocal,
    lyrics: Lyrics,
    *,
    uncovered: str = "recognise",
    repeats: str = "sing",
    on_progress: Progress | None = None,
) -> Alignment:
    """Where every word and phone of the lyrics is in the vocal. Words that were not sung are marked, not stretched.

    Never fails for want of a fit: what cannot be placed is unsung; `match` and `weak_lines` say how far to trust it.
    Voice without words gets the phones that are heard there (`uncovered` "recognise") or none ("rest"); lines that are
    heard again are sung again (`repeats` "sing") or only named ("leave").
    """
    listening = _both(listen(vocal, (lambda value: on_progress(0.4 * value)) if on_progress else None, expected=True))
    given = lyrics
    lyrics, onsets, again = _sung(given, listening, repeats)
    text = text_of(lyrics)
    fine = timed(onsets, listening, (lambda value: on_progress(0.5 + 0.5 * value)) if on_progress else None)
    match = _match(text, _chosen(fine.onsets, _known(lyrics)), listening)
    if lyrics.truth:
        fine = kept(fine, text, listening.duration_s)
    words, phonemes = spans_of(fine.onsets, fine.ends, text, fine.engines)
    beside = _beside(fine, listening, match)
    if uncovered == "recognise":
        phonemes = tuple(sorted((*phonemes, *sounded(beside, listening, lyrics.language))))
    unsung = _unsung(text, fine.onsets)
    return Alignment(
        words=words,
        phonemes=phonemes,
        sounds=sounds_between(phonemes, listening.activity, listening.duration_s),
        unsung=unsung,
        notes=(
            *_notes(match, unsung, text, voice=listening.heard is not None),
            *told_again(again, given, repeats),
            *told_uncovered(beside, uncovered),
        ),
        engines={"align": ENGINE, "refine": fine.how},
        models=listening.models | fine.models,
        match=match,
        weak_lines=_weak_lines(words, text, unsung),
        voice=listening.heard is not None,
        uncovered=tuple(beside),
        lyrics=lyrics,
    )


def _sung(lyrics: Lyrics, listening: Listening, repeats: str) -> tuple[Lyrics, list[Onset], tuple[Again, ...]]:
    """The lyrics as they are sung, their onsets, and which lines are heard again."""
    heard = listening.heard

    def place(lines: Lyrics) -> list[Onset]:
        text = text_of(lines)
        return _placed(text, lines, listening, heard) if heard and text.words else []

    onsets = place(lyrics)
    if heard is None or lyrics.truth or _match(text_of(lyrics), onsets, listening) < MATCHED:
        return lyrics, onsets, ()
    out, placed, again = written_out(lyrics, onsets, listening, place)
    return (lyrics, onsets, again) if repeats == "leave" else (out, placed, again)


def _beside(fine: Timed, listening: Listening, match: float) -> list[Span]:
    """Voice that no word accounts for; of a text that does not belong there nobody can say what it leaves out."""
    if listening.heard is None or match < MATCHED:
        return []
    return voice_beside(covered(fine.onsets, fine.ends), listening.heard, listening.activity)


def _both(listening: Listening) -> Listening:
    """What the recogniser and the one that learnt singing hear, whichever of them does."""
    if listening.heard is None or listening.sung is None:
        return listening
    return replace(listening, heard=listening.heard.averaged(listening.sung))


def _placed(text: Text, lyrics: Lyrics, listening: Listening, heard: Heard) -> list[Onset]:
    """Onsets of every phone that was sung, from the best path; known times bind as far as a path allows."""
    low, high = windows(lyrics, listening.duration_s, FRAME_S, heard.frames)
    known, first, last = _known(lyrics), 0, len(text.words)
    if sum(len(way) for ways in text.said for way in ways) * heard.frames > _LONG:
        likely, latest = coarse_windows(text.pronunciations, heard)
        low = np.minimum(np.maximum(low, likely), high)
        high = np.maximum(np.minimum(high, latest), low)
        first, last = _possible(low, high, heard.frames)
        text, low, high = text.part(first, last), low[first : last + 1], high[first : last + 1]
        high[-1] = heard.frames
    times = due(lyrics, listening.duration_s, FRAME_S)[first:last]
    chain = chain_of(text.pronunciations, SkipCosts(), text.lines, known[first:last], times)
    loud = sounding(listening.activity, heard.frames)
    scores = emissions(chain, heard, loud)
    onsets = onsets_of(text, chain, best_path(chain, scores, low, high), scores)
    onsets = returned(onsets, text, heard, loud)
    return [replace(onset, word=onset.word + first) for onset in onsets]


def _possible(low: Ints, high: Ints, frames: int) -> tuple[int, int]:
    """The words worth looking for: all, unless there are many more than anybody could say in so many frames.

    Then those around the windows that are narrower than the vocal, or the first ones where no window is.
    """
    count, most = len(low) - 1, round(_MOST_WORDS + frames * FRAME_S * _WORDS_A_SECOND)
    if count <= most:
        return 0, count
    (narrow,) = np.nonzero((low > 0) & (high < frames))
    middle = int(narrow.mean()) if len(narrow) else 0
    first = int(np.clip(middle - most // 2, 0, count - most))
    return first, first + most


def _known(lyrics: Lyrics) -> list[bool]:
    """Of every word, whether its line (or the word itself) comes with a time."""
    return [line.start_s is not None or word.start_s is not None for line in lyrics.lines for word in line.words]


def _chosen(onsets: Sequence[Onset], known: Sequence[bool]) -> list[Onset]:
    """Without the words that only their line's time keeps there: they say nothing about whether the text fits."""
    scores = {word: np.mean([o.score for o in group]) for word, group in groupby(onsets, key=lambda o: o.word)}
    return [onset for onset in onsets if not known[onset.word] or scores[onset.word] > _FORCED]


def _unsung(text: Text, onsets: Sequence[Onset]) -> tuple[UnsungWord, ...]:
    sung = {onset.word for onset in onsets}
    return tuple(UnsungWord(k, word.text, text.lines[k]) for k, word in enumerate(text.words) if k not in sung)


def _match(text: Text, onsets: Sequence[Onset], listening: Listening) -> float:
    """0..1; no words fit any sound, words fit no silence."""
    if not text.words or listening.heard is None:
        return float(not text.words)
    heard = listening.heard
    return match_of(text, onsets, heard, sounding(listening.activity, heard.frames))


def _notes(match: float, unsung: Sequence[UnsungWord], text: Text, voice: bool) -> tuple[str, ...]:
    out = []
    if text.words and not voice:
        out.append("none of the words could be placed, since nobody was heard")
    elif match < MATCHED:
        out.append("these lyrics don't match this vocal: check that they belong to it and are in its language")
    if unsung and len(unsung) < len(text.words):
        out.append(f"{len(unsung)} of {len(text.words)} words were not heard and are marked as unsung")
    return tuple(out)


def _weak_lines(
    words: Sequence[WordSpan], text: Text, unsung: Sequence[UnsungWord]
) -> tuple[tuple[float, float, int], ...]:
    """Lines whose words are unsure on average, or of which words are missing, with where they are."""
    missing = {word.line for word in unsung}
    out = []
    for line in sorted(set(text.lines)):
        own = [word for word in words if word.line == line]
        if own and (line in missing or np.mean([word.confidence for word in own]) < _WEAK):
            out.append((own[0].start_s, own[-1].end_s, line))
    return tuple(out)
