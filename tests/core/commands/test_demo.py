"""The demo runs from the package alone, and its song is heard word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from lipwright import document
from lipwright.cli import main
from lipwright.commands.setup.demo import WROTE
from lipwright.corrections import corrected
from lipwright.types import SpanEdit

WORDS = (
    "Maybe my paper moon will rise above the bright blue sea Bring back the summer in your eyes and sing it home to me"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    assert main(["demo", "-o", str(folder)]) == 0
    return folder


@pytest.mark.models
def test_everything_it_says_it_wrote_is_there(made: Path) -> None:
    for name in WROTE:
        assert (made / name).stat().st_size > 100, name


@pytest.mark.models
def test_every_word_is_heard_in_order_inside_its_line(made: Path) -> None:
    performance = document.load(made / "song.lipwright")
    assert " ".join(word.text for word in performance.words) == WORDS
    starts = [word.start_s for word in performance.words]
    assert starts == sorted(starts) and not performance.unsung
    first, second = ([w for w in performance.words if w.line == line] for line in (0, 1))
    assert 0.2 < first[0].start_s < 0.5 and 5.2 < first[-1].end_s < 6.0
    assert 6.6 < second[0].start_s < 7.0 and 12.2 < second[-1].end_s < 13.0


@pytest.mark.models
def test_lips_meet_on_every_p_b_and_m_at_24_frames_a_second(made: Path) -> None:
    performance = document.load(made / "song.lipwright")
    lips = performance.track("PP")
    for span in performance.phonemes:
        if span.symbol in ("P", "B", "M"):
            first = int((span.start_s - 0.06) * 24)
            frames = [lips.at(n / 24) for n in range(first, int(span.end_s * 24) + 2)]
            assert max(frames) > 0.9, span


@pytest.mark.models
def test_the_mouth_rests_where_nobody_sings(made: Path) -> None:
    performance = document.load(made / "song.lipwright")
    jaw = performance.track("jaw")
    assert max(jaw.at(6.05 + n / 100) for n in range(30)) < 0.05
    assert jaw.at(13.2) < 0.02


@pytest.mark.models
def test_a_corrected_word_moves_the_mouth_and_survives_performing_again(made: Path) -> None:
    path = made / "song.lipwright"
    before = document.load(path)
    moon = next(word for word in before.words if word.text == "moon")
    assert main(["correct", str(path), "--word", "moon", "--start", f"{moon.start_s + 0.2}"]) == 0
    corrected_once = document.load(path)
    (edit,) = corrected_once.corrections.spans
    assert isinstance(edit, SpanEdit) and edit.start_s == pytest.approx(moon.start_s + 0.2, abs=1e-3)
    assert corrected_once.track("PP") != before.track("PP")
    assert corrected_once.words == before.words, "what was heard is kept apart from what was corrected"
    assert (
        main(
            [
                "perform",
                str(made / "song.ogg"),
                "--lyrics",
                str(made / "song.lrc"),
                "-o",
                str(path),
                "--preset",
                "ballad",
            ]
        )
        == 0
    )
    again = document.load(path)
    assert again.corrections == corrected_once.corrections and again.track("PP") == corrected_once.track("PP")
    assert next(w for w in corrected(again).words if w.text == "moon").start_s == pytest.approx(edit.start_s)
    assert main(["correct", str(path), "--undo", "1"]) == 0
    assert document.load(path).track("PP") == before.track("PP")


@pytest.mark.models
def test_equal_input_gives_equal_bytes_and_a_seed_changes_only_chance(made: Path, tmp_path: Path) -> None:
    song, lyrics = str(made / "song.ogg"), str(made / "song.lrc")
    for name in ("a", "b"):
        assert main(["perform", song, "--lyrics", lyrics, "-o", str(tmp_path / f"{name}.lipwright")]) == 0
    assert (tmp_path / "a.lipwright").read_bytes() == (tmp_path / "b.lipwright").read_bytes()
    one = str(tmp_path / "a.lipwright")
    for seed in ("0", "5"):
        again = ["perform", song, "--timing", one, "--seed", seed, "-o", str(tmp_path / f"{seed}.lipwright")]
        assert main(again) == 0
    first, same, other = (document.load(tmp_path / f"{name}.lipwright") for name in ("a", "0", "5"))
    assert (same.visemes, same.mouth, same.channels) == (first.visemes, first.mouth, first.channels)
    assert other.phonemes == first.phonemes and other.channels != first.channels
