"""Lyrics in every form people have them, down to words and how they are said."""

import random
from pathlib import Path

import pytest

from lipwright.errors import LanguageUnavailable, LyricsError, OptionError
from lipwright.lyrics import prepare, pronounce
from lipwright.lyrics.english import VOWELS, cmudict, stressed
from lipwright.lyrics.foreign import kana_ways, language_of
from lipwright.lyrics.ipa import split
from lipwright.lyrics.numbers import readings
from lipwright.lyrics.sources import read_source, sniff
from lipwright.lyrics.tidy import is_chords, section_of
from lipwright.service import PerformOptions
from lipwright.types import Lyrics


def texts(lyrics: Lyrics) -> list[str]:
    return [" ".join(word.text for word in line.words) for line in lyrics.lines]


def said(word: str) -> list[str]:
    return [" ".join(way) for way in pronounce(word)]


# --- formats --------------------------------------------------------------------------------------------------------

LRC = """[ti:A song]
[ar:Somebody]
[offset:+500]
[00:12.00]Line one
[00:15.50][00:21.50]Twice sung
[00:18.00]
[00:24.00] <00:24.00> Word <00:24.40> by <00:24.80> word <00:25.60>
"""
SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Hello there</i>
- you

2
00:00:03,000 --> 00:00:04,000
JOHN: What's up?

3
00:00:05,000 --> 00:00:06,000
(door slams)
"""
VTT = """WEBVTT

NOTE a comment

STYLE
::cue { color: red }

intro
00:01.000 --> 00:03.000 align:start
<v Ann>Hello <00:01.800>there</v>

01:00:03.000 --> 01:00:04.000
&amp; good night
"""
TEXTGRID = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 2
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = ""
        intervals [2]:
            xmin = 0.5
            xmax = 0.9
            text = "hi"
        intervals [3]:
            xmin = 0.9
            xmax = 2
            text = "you ""two"""
    item [2]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 2
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = "sil"
        intervals [2]:
            xmin = 0.5
            xmax = 0.6
            text = "HH"
        intervals [3]:
            xmin = 0.6
            xmax = 0.9
            text = "IY1"
'''


def test_lrc_gives_line_and_word_times_in_order() -> None:
    lyrics = prepare(LRC)
    assert texts(lyrics) == ["Line one", "Twice sung", "Twice sung", "Word by word"]
    assert [line.start_s for line in lyrics.lines] == [11.5, 15.0, 21.0, 23.5]
    assert lyrics.lines[1].end_s == 17.5
    words = lyrics.lines[3].words
    assert [(w.start_s, w.end_s) for w in words] == [(23.5, 23.9), (23.9, 24.3), (24.3, 25.1)]
    assert not lyrics.truth


def test_known_times_are_hints_or_kept_as_asked() -> None:
    assert prepare(LRC, truth=True).truth and not prepare(LRC, truth=False).truth
    assert PerformOptions(word_times="keep").word_times == "keep"
    with pytest.raises(OptionError, match="hint or keep"):
        PerformOptions(word_times="maybe")


def test_srt_gives_cues_without_what_nobody_says() -> None:
    lyrics = prepare(SRT)
    assert texts(lyrics) == ["Hello there you", "What's up"]
    assert [(line.start_s, line.end_s) for line in lyrics.lines] == [(1.0, 2.5), (3.0, 4.0)]


def test_vtt_gives_cues_and_inner_times() -> None:
    lyrics = prepare(VTT)
    assert texts(lyrics) == ["Hello there", "& good night"]
    assert lyrics.lines[0].words[1].start_s == 1.8
    assert lyrics.lines[1].start_s == 3603.0


def test_textgrid_is_truth_and_carries_phones() -> None:
    lyrics = prepare(TEXTGRID)
    assert lyrics.truth
    assert texts(lyrics) == ["hi you two"]
    first = lyrics.words[0]
    assert (first.start_s, first.end_s) == (0.5, 0.9)
    assert first.pronunciations == (("HH", "IY1"),)
    assert prepare(TEXTGRID, truth=False).truth is False


def test_a_short_textgrid_reads_like_a_long_one() -> None:
    short = '"ooTextFile"\n"TextGrid"\n0\n1\n<exists>\n1\n"IntervalTier"\n"words"\n0\n1\n1\n0.2\n0.8\n"yes"\n'
    word = prepare('File type = "ooTextFile"\n' + short.partition("\n")[2]).words[0]
    assert (word.text, word.start_s, word.end_s) == ("yes", 0.2, 0.8)


def test_tsv_of_words_and_of_mouth_shapes() -> None:
    lyrics = prepare("0.10\thello\n0.50\tworld\n0.90\tX\n")
    assert [(w.text, w.start_s, w.end_s) for w in lyrics.words] == [("hello", 0.1, 0.5), ("world", 0.5, 0.9)]
    labels = prepare("0.1\t0.4\thello\n2.5\t2.9\tworld\n")
    assert [(w.start_s, w.end_s) for w in labels.words] == [(0.1, 0.4), (2.5, 2.9)] and len(labels.lines) == 2
    with pytest.raises(LyricsError, match="mouth shapes"):
        prepare("0.00\tX\n0.25\tB\n0.40\tC\n")


@pytest.mark.parametrize(
    "text",
    [
        '[{"word": "hello", "start": 0.1, "end": 0.4}, {"word": "world", "start": 0.5, "end": 0.9}]',
        '{"words": [[0.1, 0.4, "hello"], [0.5, 0.9, "world"]]}',
        '{"segments": [{"words": [{"text": "hello", "start_s": 0.1, "end_s": 0.4}, {"text": "world", "start_s": 0.5, "end_s": 0.9}]}]}',
    ],
)
def test_word_json_in_its_common_shapes(text: str) -> None:
    lyrics = prepare(text)
    assert [(w.text, w.start_s, w.end_s) for w in lyrics.words] == [("hello", 0.1, 0.4), ("world", 0.5, 0.9)]


def test_the_format_is_told_from_the_text() -> None:
    for text, kind in (
        (LRC, "LRC"),
        ("[00:01.00]hey", "LRC"),
        ("[1:02] hey", "LRC"),
        ('[[0, 1, "a"]]', "JSON"),
        (SRT, "SRT"),
        (VTT, "VTT"),
        (TEXTGRID, "TextGrid"),
        ("[Chorus]\nhey", "text"),
        ("1\tb", "TSV"),
    ):
        assert sniff(text) == kind


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_are_told_apart(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("naïve café\r\nhello".encode(encoding))
    assert texts(prepare(path)) == ["naïve café", "hello"]


def test_windows_text_is_read_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("I don’t care, café".encode("cp1252"))
    lyrics = prepare(path)
    assert texts(lyrics) == ["I don’t care café"] and "Windows-1252" in lyrics.notes[0]


# --- what is sung ---------------------------------------------------------------------------------------------------


def test_marks_chords_and_notes_go_and_repeats_are_written_out() -> None:
    lyrics = prepare(
        "[Verse 1: Ann]\nAm  G/B  F#m7\nOne [Am]two three\nFour (yeah) x2\n\n[Chorus]\nSing it\nLoud\n\n"
        "Verse 2:\nFive *sighs*\n\n[Chorus x2]\n\n(x2)\n"
    )
    chorus = ["Sing it", "Loud"]
    assert texts(lyrics) == ["One two three", "Four yeah", "Four yeah", *chorus, "Five", *chorus, *chorus]
    assert any("written out" in note for note in lyrics.notes)
    assert ("*sighs*", "note") in [(one.text, one.why) for one in lyrics.left_out]


def test_timed_lines_are_never_repeated() -> None:
    lyrics = prepare(
        "[00:01.00][Chorus]\n[00:02.00]Sing x2\n[00:03.00]\n[00:09.00][Chorus]\n[00:10.00](x2)\n[00:11.00]End\n"
    )
    assert texts(lyrics) == ["Sing", "End"] and [line.start_s for line in lyrics.lines] == [2.0, 11.0]


def test_a_repeat_mark_on_its_own_line_repeats_the_stanza() -> None:
    assert texts(prepare("la la\nda da\n(x3)\n\nend")) == ["la la", "da da"] * 3 + ["end"]


@pytest.mark.parametrize(
    "text",
    ["Chorus", "[Chorus]", "CHORUS:", "(Verse 2)", "Pre-Chorus", "[Bridge - Ann]", "Verse ii", "[Solo]", "Refrain x2"],
)
def test_section_marks(text: str) -> None:
    assert section_of(text) is not None


@pytest.mark.parametrize(
    "text",
    ["Bridge over troubled water", "Break my heart", "Part of me", "Solo in the night", "I sing the chorus", "Drop it"],
)
def test_lines_that_only_begin_like_a_mark_are_sung(text: str) -> None:
    assert section_of(text) is None


@pytest.mark.parametrize("text", ["Am G", "C#m7 F/A Bb", "G  D  Em  C", "Asus4", "| C | G |"])
def test_chord_lines(text: str) -> None:
    assert is_chords(text)


@pytest.mark.parametrize("text", ["A", "Am I", "Go", "A B C D E F G", "Dad came", "Be"])
def test_lines_that_are_no_chords(text: str) -> None:
    assert not is_chords(text)


# --- how it is said -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "reading"),
    [("1999", "nineteen ninety nine"), ("2024", "twenty twenty four"), ("7", "seven"), ("1,234", "one thousand two hundred thirty four"),
     ("5th", "fifth"), ("22nd", "twenty second"), ("$5", "five dollars"), ("$1", "one dollar"), ("3.14", "three point one four"),
     ("7:30", "seven thirty"), ("9:05", "nine oh five"), ("12:00", "twelve o'clock"), ("50%", "fifty percent"), ("'90s", "nineties"),
     ("1980s", "nineteen eighties"), ("24/7", "twenty four seven"), ("1/2", "one half"), ("#1", "number one"), ("007", "zero zero seven"),
     ("U2", "U two"), ("2000", "two thousand"), ("1900", "nineteen hundred"), ("1,000,000", "one million"), ("0", "zero"), ("99.", "ninety nine")],
)  # fmt: skip
def test_figures_are_read(token: str, reading: str) -> None:
    assert readings(token)[0] == reading


def test_no_figure_breaks_the_reader() -> None:
    rng = random.Random(4)
    for _ in range(3000):
        token = "".join(rng.choice("0123456789.,:/%$#-'sthnd") for _ in range(rng.randint(1, 30)))
        assert isinstance(readings(token), list)
    assert readings("9" * 5000)


def test_dictionary_words_have_stress_and_variants() -> None:
    assert said("hello")[0] == "HH AH0 L OW1"
    assert {"R EH1 D", "R IY1 D"} <= set(said("read"))
    assert said("water")[0] == "W AO1 T ER0"
    assert said("guitar") == ["G IH0 T AA1 R"]


@pytest.mark.parametrize(
    ("word", "way"),
    [("Smith's", "S M IH1 TH S"), ("dogs", "D AA1 G Z"), ("lovin'", "L AH1 V IH0 N"), ("runnin'", "R AH1 N IH0 N"), ("'cause", "K AH0 Z"),
     ("gonna", "G AA1 N AH0"), ("don't", "D OW1 N T"), ("don’t", "D OW1 N T"), ("sooooo", "S OW1"), ("yeeeah", "Y AE1"), ("ooh", "UW1"),
     ("Mr.", "M IH1 S T ER0"), ("&", "AH0 N D"), ("U.S.A.", "Y UW1 EH1 S EY1"), ("DJ", "D IY1 JH EY1"), ("U2", "Y UW1 T UW1"), ("XEQ", "EH1 K S IY1 K Y UW1"), ("f**k", "F AH1 K"),
     ("café", "K AE0 F EY1"), ("HELLO", "HH AH0 L OW1"), ("rewatched", "R IY0 W AA1 CH T")],
)  # fmt: skip
def test_word_forms(word: str, way: str) -> None:
    strip = str.maketrans("", "", "012")
    assert way.translate(strip) in [one.translate(strip) for one in said(word)]


def test_unknown_words_are_guessed_and_named() -> None:
    lyrics = prepare("zorblaxian dream")
    assert lyrics.words[0].pronunciations[0][0] == "Z"
    assert len(lyrics.words[0].pronunciations[0]) >= 7
    assert "zorblaxian" in lyrics.notes[0] and "dream" not in lyrics.notes[0]


def test_guesses_are_close_to_the_dictionary() -> None:
    """The model has seen these words; it must give most of them back, or it is broken."""
    from lipwright.lyrics.g2p import letter_to_sound

    words = [
        "banana",
        "together",
        "wonderful",
        "station",
        "knight",
        "physics",
        "character",
        "beautiful",
        "thought",
        "window",
    ]
    right = sum(letter_to_sound().best(word)[0] in cmudict()[word] for word in words)
    assert right >= 8


def test_every_vowel_has_a_stress_digit_and_one_main_stress() -> None:
    rng = random.Random(2)
    rows = [row.split() for row in rng.sample(cmudict()._rows[100:], 500)]
    for word, *phones in rows:
        way = stressed(word.partition("(")[0], tuple(phones))
        assert all((p[-1] in "012") == (p.rstrip("012") in VOWELS) for p in way)
        if sum(p in VOWELS for p in phones) > 1:
            assert sum(p.endswith("1") for p in way) >= 1


def test_the_users_dictionary_wins(tmp_path: Path) -> None:
    path = tmp_path / "own.dict"
    path.write_text("# mine\nhello  Y OW1\nhello(2)  HH IY0\nZorb  zɔɹb\n", encoding="utf-8")
    lyrics = prepare("Hello zorb", dictionary=path)
    assert lyrics.words[0].pronunciations == (("Y", "OW1"), ("HH", "IY0"))
    assert lyrics.words[1].pronunciations == (("z", "ɔ", "ɹ", "b"),)
    path.write_text("hello  XX YY\n", encoding="utf-8")
    with pytest.raises(LyricsError, match="line 1"):
        prepare("hello", dictionary=path)


# --- other languages ------------------------------------------------------------------------------------------------

HELD = {
    "en": "I want you to know that all of the night is in my heart and you are not",
    "es": "Quiero que me digas que no hay más que un corazón en la noche y yo estoy con la luna",
    "fr": "Je ne sais pas pourquoi tu es dans mon coeur et la nuit est avec nous",
    "de": "Ich will nicht mehr allein sein und du bist mit mir in der Nacht",
    "it": "Non so perché la notte è con me e il cuore di te che mi ama",
    "pt": "Eu não sei por que você me deixou e o mundo não tem mais a luz da noite",
    "ja": "夜に君を愛してる",
    "ko": "나는 너를 사랑해",
    "ru": "Я люблю тебя ночью",
}


@pytest.mark.parametrize("language", HELD)
def test_a_language_is_told_from_its_text(language: str) -> None:
    assert language_of(HELD[language]) == language


def test_what_cannot_be_told_is_said() -> None:
    assert language_of("la la la na na na") == ""
    assert "cannot be told" in prepare("la la la", language="auto").notes[0]
    assert "look French" in prepare(HELD["fr"]).notes[0]


def test_a_language_without_a_model_names_the_cure() -> None:
    with pytest.raises(LanguageUnavailable, match="pip install"):
        prepare("tere maailm", language="et")
    with pytest.raises(LanguageUnavailable, match="xx"):
        pytest.importorskip("g2p2")
        prepare("abc", language="xx")


@pytest.mark.models
@pytest.mark.parametrize(
    ("language", "word", "phones"),
    [("es", "niño", "n i ɲ o"), ("fr", "aujourd'hui", "o ʒ u ʁ d ɥ i"), ("de", "schöne", "ʃ ø n ə"), ("it", "ciao", "t͡ʃ a o"),
     ("pt", "amanhã", "a m ɐ ɲ ɐ̃"), ("ja", "カタカナ", "k a t a k a n a"), ("ja", "世界", "s e k a i"), ("pt", "você", "v u s e")],
)  # fmt: skip
def test_other_languages_in_ipa(language: str, word: str, phones: str) -> None:
    pytest.importorskip("g2p2")
    try:
        ways = pronounce(word, language)
    except LanguageUnavailable as error:
        pytest.skip(str(error))
    assert phones in [" ".join(way) for way in ways]


def test_kana_say_their_sound() -> None:
    assert kana_ways("きょう")[0] == ("k", "j", "o", "ɯ")
    assert kana_ways("ちゃ")[0] == ("t͡ʃ", "a")
    assert kana_ways("は")[0] == ("w", "a")
    assert kana_ways("ファン")[0] == ("f", "a", "n")


@pytest.mark.models
def test_english_words_in_other_lyrics_may_be_said_the_english_way() -> None:
    pytest.importorskip("g2p2")
    try:
        ways = pronounce("baby", "es")
    except LanguageUnavailable as error:
        pytest.skip(str(error))
    assert ("b", "eɪ", "b", "i") in ways and len(ways) == 2 and ways[0][1] == "a"


@pytest.mark.models
def test_japanese_is_cut_into_words_and_frequent_kanji_are_read() -> None:
    pytest.importorskip("g2p2")
    try:
        lyrics = prepare("東京の夜空に君を愛してる", language="ja")
    except LanguageUnavailable as error:
        pytest.skip(str(error))
    assert [w.text for w in lyrics.words] == ["東京", "の", "夜空", "に", "君", "を", "愛", "してる"]
    said_ = ["".join(w.pronunciations[0]) for w in lyrics.words]
    assert said_ == ["toɯkjoɯ", "no", "jozoɾa", "ni", "kimi", "o", "ai", "ʃiteɾɯ"]


def test_ipa_is_cut_into_phones() -> None:
    assert split("tʃadʒi") == ("t͡ʃ", "a", "d͡ʒ", "i")
    assert split("ˈt͡ʃaʊ̯n̩") == ("t͡ʃ", "aʊ", "n")
    assert split("lymjɛʁ") == ("l", "y", "m", "j", "ɛ", "ʁ")
    assert split("bɔ̃ʒuʁ")[1] == "ɔ̃"
    assert split("kõ̞ɲ̟ɲ̟it͡ɕiɰᵝa̠")[:2] == ("k", "o\u0303")


# --- hostile --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [b"", b"   \n\n ", b"[Chorus]\n[Verse]\n", b"\x00\x01\x02" * 100, bytes(range(256)) * 20, b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n" + bytes(200),
     b"WEBVTT\n\n", b"{" * 2000, b"[" * 100_000, b'{"a": 1}', b'"ooTextFile"\n"TextGrid"\n', b"1\n00:00:01,000 --> 00:00:00,500\nx\n",
     b"0.1\tA\n0.2\tB\n", b"... --- ...", "♪♪".encode(), b'[{"word": "a", "start": "NaN"}]', b"{\\rtf1 hello}", b"<html><p>hello</p></html>", b'File type = "ooTextFile"\n"TextGrid" 0 1 <exists> 99999999'],
)  # fmt: skip
def test_what_holds_no_words_is_refused_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "lyrics.txt"
    path.write_bytes(data)
    with pytest.raises(LyricsError) as caught:
        prepare(path)
    assert "lyrics.txt" in str(caught.value) and ";" in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LyricsError, match="cannot read"):
        prepare(tmp_path / "none.txt")
    (tmp_path / "big.txt").write_bytes(b"word " * 2_000_000)
    with pytest.raises(LyricsError, match="too large"):
        prepare(tmp_path / "big.txt")


def test_a_hundred_thousand_words_are_read() -> None:
    lyrics = prepare("hello world of wonders\n" * 25_000)
    assert len(lyrics.words) == 100_000 and len(lyrics.lines) == 25_000


def test_a_repeat_bomb_is_bounded() -> None:
    assert len(prepare("la x99\n").lines) == 20


def test_random_text_never_breaks_it() -> None:
    rng = random.Random(9)
    alphabet = "abc ABC 019 .,;:'’\"-–()[]{}<>*/\\|#&@%$\t\n♪é日の"
    for _ in range(300):
        text = "".join(rng.choice(alphabet) for _ in range(rng.randint(0, 120)))
        try:
            lyrics = prepare(text)
        except LyricsError:
            continue
        assert all(word.text and all(word.pronunciations) for word in lyrics.words)


def test_the_text_that_was_given_is_kept() -> None:
    assert prepare("[Chorus]\nHey\n").text == "[Chorus]\nHey\n"
    assert read_source("a\r\nb").text == "a\nb"


def test_a_few_times_among_plain_lines_keep_the_order_of_the_file() -> None:
    """What somebody does who mends two lines by hand."""
    found = prepare("[00:05.00]one\ntwo\n[00:20.00]three\nfour\n[00:12.00]later\n", language="en")
    assert [(line.text, line.start_s) for line in found.lines] == [
        ("one", 5.0),
        ("two", None),
        ("later", 12.0),
        ("three", 20.0),
        ("four", None),
    ]
