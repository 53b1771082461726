"""A picture shows what the document says, where it says so."""

import re
import wave
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cv2
import numpy as np
import pytest

from lipwright.arrays import Features, MemoryVocal
from lipwright.cli import main
from lipwright.document import save
from lipwright.errors import OptionError
from lipwright.performance import act, articulate, direct
from lipwright.plot import PlotOptions, plot
from lipwright.plot.font import labels
from lipwright.plot.picture import LEFT, RIGHT, viseme_of
from lipwright.plot.render import envelope
from lipwright.plot.strips import VISEME_COLOURS, strips_of
from lipwright.types import VISEMES, Performance, PhonemeSpan, Provenance, VocalInfo, WordSpan

PHONES = (
    PhonemeSpan(1.0, 1.2, "M", 0.9), PhonemeSpan(1.2, 1.6, "AA", 0.5), PhonemeSpan(1.6, 1.7, "ɲ", 0.3),
    PhonemeSpan(1.7, 2.0, "UW", 1.0),
)  # fmt: skip


def a_performance(name: str = "song.wav") -> Performance:
    direction = direct("pop")
    features = Features(0.01, np.full(300, -20, np.float32), np.zeros(300, np.float32), (), 0.0, 1.0)
    visemes, mouth = articulate(PHONES, (), (), features, direction)
    return Performance(
        VocalInfo(name, "", 3.0, 16000, 1), direction, Provenance("0"),
        words=(WordSpan(1.0, 2.0, "ma<ñu", 0.7),), phonemes=PHONES, visemes=visemes, mouth=mouth,
        channels=act((), PHONES, (), features, direction, 3.0),
    )  # fmt: skip


def a_vocal() -> MemoryVocal:
    samples = np.zeros(48000, np.float32)
    samples[16000:32000] = 0.5 * np.sin(np.arange(16000) * 0.1)
    return MemoryVocal(samples)


def pixels(path: Path) -> np.ndarray:
    return cv2.imread(str(path))[:, :, ::-1].astype(int)


def near(image: np.ndarray, colour: str, tolerance: int = 12) -> np.ndarray:
    wanted = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return (np.abs(image - wanted).max(axis=2) <= tolerance).any(axis=0)


def test_a_curve_lies_where_its_sound_is(tmp_path):
    plot(a_performance(), tmp_path / "a.png", PlotOptions(width=1000), a_vocal())
    image = pixels(tmp_path / "a.png")
    assert image.shape[1] == 1000
    seconds = (np.arange(1000) - LEFT) / (1000 - LEFT - RIGHT) * 3.0
    # the wave's colour fills the middle second only (a hair line elsewhere is thinner than a full pixel)
    wave = near(image[46:122], "#8fa3bd")
    tall = np.array([(np.abs(image[46:122, x] - [0x8F, 0xA3, 0xBD]).max(axis=1) < 12).sum() for x in range(1000)]) > 10
    assert wave.any() and abs(seconds[tall].min() - 1.0) < 0.02 and abs(seconds[tall].max() - 2.0) < 0.02


def test_the_window_is_what_was_asked(tmp_path):
    plot(a_performance(), tmp_path / "a.svg", PlotOptions(1.5, 2.5, width=800), a_vocal())
    text = (tmp_path / "a.svg").read_text()
    assert ">1.6 s<" in text and ">2.4 s<" in text and ">1.4 s<" not in text and ">2.6 s<" not in text
    root = ElementTree.fromstring(text)
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(rect.get("width")) >= 0.0 and float(rect.get("x")) + float(rect.get("width")) <= 801


def test_words_phones_and_confidence_are_written(tmp_path):
    plot(a_performance(), tmp_path / "a.svg", PlotOptions(), a_vocal())
    text = (tmp_path / "a.svg").read_text()
    ElementTree.fromstring(text)
    assert "ma&lt;ñu" in text and ">ɲ<" in text and "confidence 0.50" in text and ">PP<" in text


def test_the_page_plays_the_vocal_and_needs_no_network(tmp_path):
    plot(a_performance("</script>.wav"), tmp_path / "a.html", PlotOptions(), a_vocal(), "my song#1.wav")
    text = (tmp_path / "a.html").read_text()
    assert 'src="my%20song%231.wav"' in text
    assert text.count("</script>") == 1 and not re.search(r"@[a-z]+@", text)
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "") and "https://" not in text


def test_equal_documents_give_equal_pictures(tmp_path):
    for name in ("a.png", "b.png"):
        plot(a_performance(), tmp_path / name, PlotOptions(width=500), a_vocal())
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_dark_is_dark(tmp_path):
    plot(a_performance(), tmp_path / "a.png", PlotOptions(width=500, dark=True))
    assert pixels(tmp_path / "a.png").mean() < 90


def test_only_what_moves_gets_a_strip():
    visemes, others = strips_of(a_performance(), 0.0, 3.0)
    assert {"PP", "aa", "ou"} <= {strip.label for strip in visemes} <= set(VISEMES)
    assert "FF" not in {strip.label for strip in visemes}
    assert {"mouth", "head", "brows", "feeling"} <= {strip.label for strip in others}
    silent = Performance(VocalInfo("x", "", 3.0, 16000, 1), direct("natural"), Provenance("0"))
    assert strips_of(silent, 0.0, 3.0) == ([], [])


def test_an_empty_performance_is_still_a_picture(tmp_path):
    silent = Performance(VocalInfo("x", "", 3.0, 16000, 1), direct("natural"), Provenance("0"))
    plot(silent, tmp_path / "a.png", PlotOptions(width=400))
    assert pixels(tmp_path / "a.png").shape[1] == 400


def test_the_envelope_is_the_extremes_of_each_column():
    rng = np.random.default_rng(1)
    vocal = MemoryVocal(rng.uniform(-1, 1, 100_000).astype(np.float32))
    low, high = envelope(vocal, 1.0, 3.0, 100).T
    for column in (0, 50, 99):
        part = vocal.samples[16000 + 320 * column : 16000 + 320 * (column + 1)]
        assert (low[column], high[column]) == (part.min(), part.max())
    # more columns than samples, and past the end
    assert envelope(vocal, 6.24, 6.26, 1000).shape == (1000, 2)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"width": 10}, "width"),
        ({"start_s": -1.0}, "before"),
        ({"start_s": 2.0, "end_s": 1.0}, "later end"),
        ({"start_s": 9.0}, "past"),
    ],
)
def test_a_window_that_cannot_be_is_refused(tmp_path, options, says):
    with pytest.raises(OptionError, match=says):
        plot(a_performance(), tmp_path / "a.png", PlotOptions(**options))
    assert list(tmp_path.iterdir()) == []


def test_a_png_that_would_need_gigabytes_is_refused(tmp_path):
    with pytest.raises(OptionError, match="svg"):
        plot(a_performance(), tmp_path / "a.png", PlotOptions(width=9000))


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(OptionError, match="png"):
        plot(a_performance(), tmp_path / "a.gif", PlotOptions())


def test_every_viseme_has_a_colour_of_its_own():
    assert set(VISEME_COLOURS) == set(VISEMES) and len(set(VISEME_COLOURS.values())) == len(VISEMES)
    assert [viseme_of(symbol) for symbol in ("P", "AA1", "ʁ", "SIL")] == ["PP", "aa", "kk", "sil"]


def test_letters_have_outlines_and_widths():
    font = labels()
    assert font.width("iiii", 12) < font.width("MMMM", 12)
    for char in "Aéñɑʃŋəʁ°–…":
        assert font.glyphs.get(ord(char)), char
        assert font.outlines(char, 20)
    letter = np.concatenate(font.outlines("H", 100))
    assert letter[:, 1].max() <= 1.0 and -75 < letter[:, 1].min() < -65  # stands on the base line, cap height .73
    assert len(font.outlines("o", 20)) == 2  # the hole is an outline too
    assert font.outlines(" ", 20) == []


def test_the_command(tmp_path, capsys):
    document = tmp_path / "song.lipwright"
    save(a_performance(), document)
    assert main(["plot", str(document), "--width", "600"]) == 0
    assert "no waveform" in capsys.readouterr().err
    with wave.open(str(tmp_path / "song.wav"), "wb") as out:
        out.setnchannels(1), out.setsampwidth(2), out.setframerate(16000)
        out.writeframes((a_vocal().samples * 30000).astype("<i2").tobytes())
    before = pixels(tmp_path / "song.png").shape[0]
    assert main(["plot", str(document), "--width", "600"]) == 0
    assert pixels(tmp_path / "song.png").shape[0] > before
    (tmp_path / "out").mkdir()
    assert main(["plot", str(document), "-o", str(tmp_path / "out" / "song.html")]) == 0
    assert 'src="../song.wav"' in (tmp_path / "out" / "song.html").read_text()


def test_the_command_never_overwrites_its_document(tmp_path, capsys):
    document = tmp_path / "song.lipwright"
    save(a_performance(), document)
    kept = document.read_bytes()
    assert main(["plot", str(document), "-o", str(document)]) == 2
    assert main(["plot", str(document), "--vocal", str(tmp_path / "none.wav")]) == 2
    assert main(["plot", str(document), "--from", "20"]) == 2
    assert document.read_bytes() == kept and len(list(tmp_path.iterdir())) == 1
