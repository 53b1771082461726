"""One best path of words through a whole vocal: a chain of states, windows in time, Viterbi in bounded memory.

Every phone has an emitting state (may repeat) and an optional hold (a held sound: the recogniser says blank); every
word ends in an optional gap, and words may be skipped at a cost, whole lines more cheaply than parts of them. Rows of
scores are kept in blocks and computed again on the way back, so that an hour of words needs the memory of minutes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipwright.arrays import FloatArray
from lipwright.phonemes.alphabet import is_vowel

Ints = NDArray[np.int32]
EMIT, HOLD, GAP = 0, 1, 2
GAP_CLASS, HOLD_CLASS, PAUSE_CLASS, CLOSURE_CLASS = 0, 1, 2, 3
FIXED_CLASSES = ("<gap>", "<hold>", "<pause>", "<closure>")
_NEVER = np.float32(-1e30)
_CELLS = 12_000_000  # scores kept at a time: 48 MB
KNOWN_COSTS = 3.0  # times as much, to leave out a word whose line has a time
PULL = 0.16  # nats for every frame that a word starts before or after its time; 0.3 s are 2.4 nats
_PAD = 2  # places before the first state, so that looking back two states needs no test
_RESET = 64  # frames after which scores are brought back near zero: float32 keeps its precision for hours

Pronunciations = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class SkipCosts:
    """What it costs, in nats, to leave words out: once for a run of words, for every phone of theirs, and for each end
    of the run that lies inside a line. A line is sung or not; a word of it that is hard to hear is there all the same.
    """

    opening: float = 8.0
    phone: float = 5.0
    inside: float = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The states of a text. Word 0 is a gap before the first word; word k of the text is word k + 1 here.

    cls, word, kind, phone, variant: int32 (S,) · one, two: float32 (S,), 0 where the state may be entered from the
    state one or two before it · first: int32 (W + 2,), where each word's states begin · entry: first states of
    pronunciations, entry_word: their words · gap: int32 (W + 1,) · end: last states of pronunciations, word by word
    from end_from on · cost: float64 (W + 1,), running sum of what leaving words out costs · inside: float32 (W + 1,),
    what it costs besides to stop or go on behind a word that another of its line follows · due: float32 (W + 1,), the
    frame at which somebody said that a word starts, NaN where nobody did.
    """

    classes: tuple[str, ...]
    cls: Ints
    word: Ints
    kind: Ints
    phone: Ints
    variant: Ints
    one: FloatArray
    two: FloatArray
    first: Ints
    entry: Ints
    entry_word: Ints
    gap: Ints
    end: Ints
    end_from: Ints
    cost: NDArray[np.float64]
    inside: FloatArray
    due: FloatArray
    opening: float


class _Builder:
    def __init__(self) -> None:
        self.classes: dict[str, int] = {name: k for k, name in enumerate(FIXED_CLASSES)}
        self.rows: list[tuple[int, int, int, int, int, bool, bool]] = []
        self.entry: list[int] = []
        self.end: list[int] = []
        self.end_from: list[int] = []
        self.first: list[int] = []
        self.gap: list[int] = []

    def state(self, name: str, word: int, kind: int, phone: int, variant: int, one: bool, two: bool) -> int:
        self.rows.append((self.classes.setdefault(name, len(self.classes)), word, kind, phone, variant, one, two))
        return len(self.rows) - 1

    def pronunciation(self, phones: Sequence[str], word: int, variant: int) -> None:
        self.entry.append(len(self.rows))
        for k, phone in enumerate(phones):
            emit = self.state(phone, word, EMIT, k, variant, k > 0, k > 0)
            self.state("<hold>" if is_vowel(phone) else "<closure>", word, HOLD, k, variant, True, False)
        self.end += [emit, emit + 1]

    def close(self, word: int, name: str) -> None:
        self.gap.append(self.state(name, word, GAP, -1, -1, False, False))
        if not word:
            self.end.append(self.gap[0])


def chain_of(
    words: Sequence[Pronunciations],
    skip: SkipCosts | None,
    lines: Sequence[int] = (),
    known: Sequence[bool] = (),
    due: Sequence[float] = (),
) -> Chain:
    """The states of `words`, each with its pronunciations as IPA phones; one without any gets a neutral vowel.

    `lines` are the numbers of the words' lines: the gap after a word that another of its line follows is a pause.
    `known` says of which words somebody has written down that they are sung, and when: leaving them out costs more.
    `due` are the frames at which words are said to start, NaN for those of which nobody knows.
    """
    b = _Builder()
    lengths = [0.0]
    inside: list[bool] = []
    for word, variants in enumerate([(), *words]):
        b.first.append(len(b.rows))
        b.end_from.append(len(b.end))
        if word:
            said = [phones for phones in variants if phones] or [("ə",)]
            sure = KNOWN_COSTS if word <= len(known) and known[word - 1] else 1.0
            lengths.append(sure * min(map(len, said)))
            for variant, phones in enumerate(said):
                b.pronunciation(phones, word, variant)
        inside.append(0 < word < len(lines) and lines[word - 1] == lines[word])
        b.close(word, "<pause>" if inside[word] else "<gap>")
    columns = np.array(b.rows, np.int32).T
    entry = np.array(b.entry, np.int32)
    return Chain(
        classes=tuple(b.classes),
        cls=columns[0].copy(),
        word=columns[1].copy(),
        kind=columns[2].copy(),
        phone=columns[3].copy(),
        variant=columns[4].copy(),
        one=np.where(columns[5], 0, _NEVER).astype(np.float32),
        two=np.where(columns[6], 0, _NEVER).astype(np.float32),
        first=np.array([*b.first, len(b.rows)], np.int32),
        entry=entry,
        entry_word=columns[1][entry] if len(entry) else entry,
        gap=np.array(b.gap, np.int32),
        end=np.array(b.end, np.int32),
        end_from=np.array([*b.end_from, len(b.end)], np.int32),
        cost=np.cumsum(np.array(lengths, float) * (skip.phone if skip else 0.0)),
        inside=np.array(inside, np.float32) * np.float32(skip.inside if skip else 0.0),
        due=np.array([math.nan, *(due or [math.nan] * len(words))], np.float32),
        opening=skip.opening if skip else 1e12,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Span:
    """What one frame needs of the chain while words from..to-1 are open."""

    begin: int
    to: int
    states: slice
    entry: Ints
    entry_from: Ints
    gap: Ints
    end: Ints
    end_from: Ints
    leave: FloatArray
    land: FloatArray
    due: FloatArray | None

    @classmethod
    def of(cls, chain: Chain, begin: int, to: int) -> _Span:
        a, b = int(chain.end_from[begin]), int(chain.end_from[to])
        low, high = np.searchsorted(chain.entry_word, [begin + 1, to])
        due = chain.due[chain.entry_word[low:high]]
        return cls(
            begin,
            to,
            slice(int(chain.first[begin]), int(chain.first[to])),
            chain.entry[low:high] + _PAD,
            chain.entry_word[low:high] - 1 - begin,
            chain.gap[begin:to] + _PAD,
            chain.end[a:b] + _PAD,
            chain.end_from[begin:to] - a,
            (chain.cost[begin:to] - chain.cost[begin] - chain.inside[begin:to]).astype(np.float32),
            (chain.cost[begin:to] - chain.cost[begin] + chain.inside[begin:to] + chain.opening).astype(np.float32),
            None if np.isnan(due).all() else due,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Junctions:
    """Best scores of having finished each open word: spoken to its end, in its gap, or left out (float32 (words,))."""

    end: FloatArray
    heard: FloatArray
    skipped: FloatArray

    @classmethod
    def of(cls, row: FloatArray, span: _Span) -> _Junctions:
        end = np.maximum.reduceat(row[span.end], span.end_from)
        heard = np.maximum(end, row[span.gap])
        best = np.maximum.accumulate(heard + span.leave)
        skipped = np.empty_like(best)
        skipped[0] = _NEVER
        np.subtract(best[:-1], span.land[1:], out=skipped[1:])
        return cls(end, heard, skipped)


def _pulls(t: int, due: FloatArray) -> FloatArray:
    """What it costs to enter at frame `t` words that are due at frames `due`."""
    return np.nan_to_num(np.abs(t - due) * np.float32(PULL))


class _Search:
    """Forward steps and backward readings over one chain and its emissions."""

    def __init__(self, chain: Chain, emissions: FloatArray, begin: Ints, to: Ints) -> None:
        self.chain, self.emissions, self.begin, self.to = chain, emissions, begin, to
        self.taken = 0.0  # off all scores to keep them near zero
        self._span: _Span | None = None
        self._start = np.full(len(chain.cls) + _PAD, _NEVER, np.float32)

    def span(self, begin: int, to: int) -> _Span:
        if self._span is None or (self._span.begin, self._span.to) != (begin, to):
            self._span = _Span.of(self.chain, begin, to)
        return self._span

    def start(self) -> FloatArray:
        """The row before the first frame: nothing said yet."""
        row = self._start.copy()
        row[self.chain.gap[0] + _PAD] = 0
        return row

    def step(self, t: int, row: FloatArray, new: FloatArray) -> None:
        """Scores of frame t into `new` from those of the frame before it."""
        chain = self.chain
        begin, was = int(self.begin[t]), int(self.begin[max(0, t - 1)])
        span = self.span(was, int(self.to[t]))
        low, high = span.states.start + _PAD, span.states.stop + _PAD
        done = _Junctions.of(row, span)
        out = new[low:high]
        np.add(row[low - 1 : high - 1], chain.one[span.states], out=out)
        np.maximum(out, row[low:high], out=out)
        np.maximum(out, row[low - 2 : high - 2] + chain.two[span.states], out=out)
        passed = np.maximum(done.heard, done.skipped)
        entered = passed[span.entry_from]
        if span.due is not None:
            entered -= _pulls(t, span.due)
        new[span.entry] = np.maximum(new[span.entry], entered)
        new[span.gap] = np.maximum(new[span.gap], np.maximum(done.end, done.skipped))
        out += self.emissions[t].take(chain.cls[span.states])
        if begin > was:
            new[low : int(chain.first[begin]) + _PAD] = _NEVER
        if t % _RESET == 0:
            top = out.max()
            self.taken += float(top)
            out -= top
            np.maximum(out, _NEVER, out=out)

    def before(self, t: int, state: int, row: FloatArray) -> int:
        """The state at frame t - 1 on the best path that is in `state` at frame t; `row` are the scores of t - 1."""
        chain = self.chain
        at = state + _PAD
        options = (row[at], row[at - 1] + chain.one[state], row[at - 2] + chain.two[state])
        back = int(np.argmax(options))
        entered = state == chain.gap[chain.word[state]] or (
            chain.kind[state] == EMIT and not chain.phone[state] and chain.word[state]
        )
        if not entered:
            return state - back
        span = self.span(int(self.begin[max(0, t - 1)]), int(self.to[t]))
        pull = 0.0 if chain.kind[state] == GAP else _pulls(t, chain.due[chain.word[state]])
        return self._through(state, options[back] + np.float32(pull), row, span, state - back)

    def _through(self, state: int, best: np.float32, row: FloatArray, span: _Span, otherwise: int) -> int:
        chain = self.chain
        done = _Junctions.of(row, span)
        word = int(chain.word[state])
        if chain.kind[state] == GAP:
            here = word - span.begin
            if max(done.end[here], done.skipped[here]) <= best:
                return otherwise
            if done.end[here] >= done.skipped[here]:
                return self._last(word, row)
            return self.finish(word, row, span, done, skipped=True)
        here = word - 1 - span.begin
        if here < 0 or max(done.heard[here], done.skipped[here]) <= best:
            return otherwise
        return self.finish(word - 1, row, span, done, skipped=bool(done.skipped[here] > done.heard[here]))

    def finish(self, word: int, row: FloatArray, span: _Span, done: _Junctions, skipped: bool) -> int:
        """The state in which the path stands that has `word` behind it."""
        if skipped:
            word = span.begin + int(np.argmax((done.heard + span.leave)[: word - span.begin]))
        here = word - span.begin
        gap = int(self.chain.gap[word])
        return gap if row[gap + _PAD] >= done.end[here] else self._last(word, row)

    def _last(self, word: int, row: FloatArray) -> int:
        ends = self.chain.end[self.chain.end_from[word] : self.chain.end_from[word + 1]]
        return int(ends[np.argmax(row[ends + _PAD])])

    def _end(self, row: FloatArray) -> tuple[_Span, _Junctions, int]:
        """What is open at the last frame, and the place of the last word there."""
        frames = len(self.emissions)
        span = self.span(int(self.begin[frames - 1]), int(self.to[frames - 1]))
        return span, _Junctions.of(row, span), len(self.chain.gap) - 1 - span.begin

    def finished(self, row: FloatArray) -> float:
        """The score of having everything behind at the last frame."""
        _, done, here = self._end(row)
        return float(max(done.heard[here], done.skipped[here]))

    def final(self, row: FloatArray) -> int:
        """Where the best path stands at the last frame."""
        span, done, here = self._end(row)
        last = len(self.chain.gap) - 1
        return self.finish(last, row, span, done, skipped=bool(done.skipped[here] > done.heard[here]))


def best_path(chain: Chain, emissions: FloatArray, low: Ints, high: Ints) -> Ints:
    """State of every frame, int32 (T,).

    emissions: float32 (T, chain.classes), log scores · low, high: int32 (W + 1,), first and last frame in which each
    word may be sung; both rise, and the last word's window reaches the last frame.
    """
    search = _search(chain, emissions, low, high)
    widest = int((chain.first[search.to] - chain.first[search.begin]).max()) + _PAD
    block = int(max(math.isqrt(len(emissions)) + 1, min(len(emissions), _CELLS // widest)))
    kept = _forward(search, block)
    path = np.empty(len(emissions), np.int32)
    state = -1
    for number in range(len(kept) - 1, -1, -1):
        state = _backward(search, number * block, min(len(emissions), (number + 1) * block), kept[number], path, state)
    return path


def anywhere(words: int, frames: int) -> tuple[Ints, Ints]:
    """The windows of `best_path` for words that may be sung at any time: int32 (W + 1,) each."""
    return np.zeros(words + 1, np.int32), np.full(words + 1, frames, np.int32)


def best_score(chain: Chain, emissions: FloatArray, low: Ints, high: Ints) -> float:
    """The total of the best path, in nats; half the work of finding it. Arguments as of `best_path`."""
    search = _search(chain, emissions, low, high)
    row, new = search.start(), search.start()
    new[:] = _NEVER
    for t in range(len(emissions)):
        search.step(t, row, new)
        row, new = new, row
    return search.taken + search.finished(row)


def _search(chain: Chain, emissions: FloatArray, low: Ints, high: Ints) -> _Search:
    frames = np.arange(len(emissions))
    begin = np.searchsorted(high, frames, "left").astype(np.int32)
    to = np.searchsorted(low, frames, "right").astype(np.int32)
    return _Search(chain, emissions, begin, to)


def _forward(search: _Search, block: int) -> list[tuple[int, FloatArray]]:
    """The row before every block, cut to what is open there: (first place, scores)."""
    row, new = search.start(), search.start()
    new[:] = _NEVER
    kept = []
    frames = len(search.emissions)
    for t in range((frames - 1) // block * block + 1):
        if t % block == 0:
            a = int(search.chain.first[search.begin[max(0, t - 1)]])
            b = int(search.chain.first[search.to[max(0, t - 1)]])
            kept.append((a, row[a + _PAD : b + _PAD].copy()))
            if t + block >= frames:
                break
        search.step(t, row, new)
        row, new = new, row
    return kept


def _backward(search: _Search, first: int, last: int, kept: tuple[int, FloatArray], path: Ints, state: int) -> int:
    """Fill path[first:last]; `state` is the path's at frame `last`, -1 at the end. Returns the one at `first`."""
    chain = search.chain
    row = search._start.copy()
    row[kept[0] + _PAD : kept[0] + _PAD + len(kept[1])] = kept[1]
    new = search._start.copy()
    rows: list[tuple[int, FloatArray]] = []
    for t in range(first, last):
        search.step(t, row, new)
        row, new = new, row
        a, b = int(chain.first[search.begin[t]]), int(chain.first[search.to[t]])
        rows.append((a, row[a + _PAD : b + _PAD].copy()))
    whole = search._start.copy()

    def laid_out(place: tuple[int, FloatArray]) -> FloatArray:
        whole[:] = _NEVER
        whole[place[0] + _PAD : place[0] + _PAD + len(place[1])] = place[1]
        return whole

    for t in range(last - 1, first - 1, -1):
        scores = laid_out(rows[t - first])
        state = search.final(scores) if state < 0 else search.before(t + 1, state, scores)
        path[t] = state
    return state
