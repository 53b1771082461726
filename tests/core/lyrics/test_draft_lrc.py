"""The LRC that check offers: sure lines timed, unsure ones marked, and read back as it was meant."""

from lipwright.lyrics import prepare
from lipwright.preflight.draft_lrc import draft_lrc
from lipwright.preflight.line_difficulty import WeakLine
from lipwright.types import Alignment, WordSpan


def test_sure_lines_have_times_and_weak_ones_a_note() -> None:
    lyrics = prepare("carry me home\nooh\nwe go on", language="en")
    words = (
        WordSpan(1.5, 1.9, "carry", line=0),
        WordSpan(4.0, 4.2, "ooh", line=1),
        WordSpan(61.25, 61.5, "we", line=2),
    )
    weak = (WeakLine(1, "ooh", 4.0, ("very short",)),)
    text = draft_lrc(lyrics, Alignment(words=words, phonemes=(), sounds=()), weak)
    rows = text.split("\n")
    assert "[00:01.50]carry me home" in rows and "[01:01.25]we go on" in rows and "ooh" in rows
    assert any("seems to be at 00:04.00: very short" in row for row in rows)
    again = prepare(text, language="en")
    assert [line.text for line in again.lines] == ["carry me home", "ooh", "we go on"]
    assert [line.start_s for line in again.lines] == [1.5, None, 61.25]


def test_a_line_that_is_not_heard_stays_without_a_time() -> None:
    lyrics = prepare("carry me home\nooh", language="en")
    text = draft_lrc(
        lyrics, Alignment(words=(), phonemes=(), sounds=()), (WeakLine(0, "carry me home", None, ("not heard",)),)
    )
    assert [line.start_s for line in prepare(text, language="en").lines] == [None, None]
