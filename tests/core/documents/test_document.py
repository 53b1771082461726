"""The document round-trips, is byte-identical for equal input, and refuses what it cannot read."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipwright import document
from lipwright.errors import DocumentError
from lipwright.types import (
    Corrections,
    Direction,
    Performance,
    PhonemeSpan,
    Provenance,
    SoundSpan,
    SpanEdit,
    Track,
    TrackEdit,
    UnsungWord,
    VocalInfo,
    WordSpan,
)

times = st.integers(0, 10_000_000).map(lambda n: n / 10_000)
values = st.integers(-10_000, 10_000).map(lambda n: n / 10_000)
names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


def sample() -> Performance:
    return Performance(
        vocal=VocalInfo("line.wav", "ab" * 32, 2.5, 48000, 2),
        direction=Direction(emotion="happy", seed=7),
        provenance=Provenance("0.1.0", {"align": "ctc"}, {"ctc": "cd" * 32}, {"language": "en"}),
        lyrics="Bring my “ママ”\nhome",
        words=(WordSpan(0.1, 0.4, "Bring", 0.9, 0, "ctc"),),
        unsung=(UnsungWord(2, "home", 1),),
        phonemes=(PhonemeSpan(0.1, 0.2, "B", 0.8, 0, 0, "ctc"),),
        sounds=(SoundSpan(0.0, 0.1, "silence"),),
        visemes=(Track("PP", (0.05, 0.1, 0.2), (0.0, 1.0, 0.0)),),
        corrections=Corrections(
            (SpanEdit("phonemes", 0.1, 0.2, "B", 0.12, 0.2, "P"),),
            (TrackEdit("channels", "eyeBlinkLeft", 1.0, 1.3),),
        ),
    )


def test_memory_disk_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.lipwright"
    document.save(sample(), path)
    assert document.load(path) == sample()


def test_disk_memory_disk() -> None:
    text = document.dumps(sample())
    assert document.dumps(document.loads(text)) == text


@given(st.lists(st.tuples(times, values), unique_by=lambda key: key[0], max_size=20), names)
def test_any_track_survives(keys: list[tuple[float, float]], name: str) -> None:
    keys.sort()
    track = Track(name, tuple(k for k, _ in keys), tuple(v for _, v in keys))
    performance = dataclasses.replace(sample(), visemes=(track,))
    assert document.loads(document.dumps(performance)).visemes == (track,)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": "lipwright.performance/99"}, "update lipwright"),
        ({"schema": "somebody.else/1"}, "choose a .lipwright file"),
        ({"vocal": 3}, "vocal"),
        ({"surprise": 1}, "surprise"),
        ({"words": [{"start_s": 3.0, "end_s": 1.0, "text": "x"}]}, "start < end"),
        ({"visemes": [{"name": "PP", "times_s": [0, 0], "values": [0, 0]}]}, "do not rise"),
        ({"visemes": [{"name": "PP", "times_s": ["a"], "values": [0]}]}, "not a finite number"),
        ({"direction": {"emotion": "hangry"}}, "hangry"),
        ({"sounds": [{"start_s": 0, "end_s": 1, "kind": "thunder"}]}, "thunder"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(change: dict[str, object], says: str) -> None:
    body = json.loads(document.dumps(sample())) | change
    with pytest.raises(DocumentError, match=says):
        document.loads(json.dumps(body))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"schema": NaN}'])
def test_text_that_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        document.loads(text)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.lipwright"
    document.save(sample(), path)
    before = path.read_bytes()

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        document.save(dataclasses.replace(sample(), lyrics="other"), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("number", ["1e308", "-1.0", "604801", "1e999", "NaN", "9" * 5000])
def test_a_length_that_no_vocal_has_is_one_sentence(number: str) -> None:
    made = json.loads(document.dumps(sample()))
    made["vocal"]["duration_s"] = "@"
    text = json.dumps(made).replace('"@"', number)
    with pytest.raises(DocumentError, match=r"damaged|JSON"):
        document.loads(text)
