"""Words of several languages in one text, and what each language says with few letters."""

import pytest

from lipwright.errors import LanguageUnavailable
from lipwright.lyrics import prepare, pronounce
from lipwright.lyrics.foreign import language_of
from lipwright.lyrics.korean import phones_of


def ways(text: str, language: str = "auto") -> dict[str, str]:
    return {word.text: " ".join(word.pronunciations[0]) for word in prepare(text, language=language).words}


def test_words_of_another_script_are_said_in_their_own_language() -> None:
    said = ways("oh baby come to me tonight\nwe can dance until the morning light\n안녕 사랑")
    assert said["baby"] == "B EY1 B IY0" and said["사랑"] == "s a ɾ a ŋ" and said["안녕"] == "a n n j ʌ ŋ"


def test_one_japanese_line_leaves_the_song_english() -> None:
    lyrics = prepare("I love you\nbaby tonight\nおはよう good morning\nlet me take you home tonight", language="auto")
    assert lyrics.language == "en" and any("Japanese" in note for note in lyrics.notes)
    said = {word.text: " ".join(word.pronunciations[0]) for word in lyrics.words}
    assert said["love"] == "L AH1 V" and said["おはよう"] == "o h a j o ɯ"


def test_english_words_in_a_korean_song_are_english() -> None:
    said = ways("나는 너를 사랑해\n우리 baby 다시 만나")
    assert said["baby"] == "B EY1 B IY0" and said["나는"] == "n a n ɯ n"


def test_words_that_cannot_be_said_are_named_and_never_one_vowel() -> None:
    lyrics = prepare("hello my good friend\nσ'αγαπώ forever", language="en")
    if any("Greek" in note and "read as" in note for note in lyrics.notes):
        pytest.skip("pronunciations for Greek are installed")
    assert [word.text for word in lyrics.words] == ["hello", "my", "good", "friend", "forever"]
    assert any("Greek" in note and "pip install" in note and "αγαπώ" in note for note in lyrics.notes)


@pytest.mark.parametrize(
    "text",
    [
        "bin blue at f two now",
        "la la la\nwe go on\nhello my friend",
        "uh yeah eu ei ei na na come on",
        "de la soul is dead",
    ],
)
def test_weak_evidence_changes_no_language(text: str) -> None:
    assert prepare(text, language="auto").language == "en"


@pytest.mark.parametrize(
    "text",
    [
        "٣٤ hello",
        "１２３ ｈｅｌｌｏ",
        "३४ hello",
        "½ hello",
        "Ⅷ hello",
        "² hello",
        "😀 hello 👍🏽",
        "hello\u200dworld",
        "𝓱𝓮𝓵𝓵𝓸",
    ],
)
def test_no_sign_of_any_script_breaks_it(text: str) -> None:
    assert all(all(word.pronunciations) for word in prepare(text).words)


def test_figures_of_every_script_are_read() -> None:
    assert ways("٣٤ hello my friend")["34"] == ways("34 hello my friend")["34"]
    assert ways("ｈｅｌｌｏ", "en") == {"hello": "HH AH0 L OW1"}


@pytest.mark.parametrize(
    ("word", "phones"),
    [("나는", "n a n ɯ n"), ("같이", "k a t͡ɕ i"), ("좋아", "t͡ɕ o a"), ("없어", "ʌ p s ʌ"), ("한국말", "h a n g u ŋ m a l"),
     ("신라", "ɕ i l l a"), ("입니다", "i m n i d a"), ("많아", "m a n a"), ("값", "k a p"), ("밥을", "p a b ɯ l"), ("시간", "ɕ i g a n")],
)  # fmt: skip
def test_korean_is_said_by_its_letters(word: str, phones: str) -> None:
    assert " ".join(phones_of(word)) == phones


@pytest.mark.parametrize(
    ("language", "word", "phones"),
    [("fr", "à", "a"), ("fr", "y", "i"), ("fr", "est", "ɛ"), ("fr", "c'est", "s ɛ"), ("fr", "qu’il", "k i l"), ("fr", "n'est", "n ɛ"), ("fr", "c'était", "s e t ɛ"),
     ("fr", "jusqu'à", "ʒ y s k a"), ("fr", "quelqu'un", "k ɛ l k œ̃"), ("fr", "m'en", "m ɑ̃"), ("fr", "d'une", "d y n"), ("fr", "t'es", "t ɛ"), ("fr", "j'y", "ʒ i"),
     ("it", "c'è", "t͡ʃ ɛ"), ("it", "quell'anno", "k w e l l a n n o"), ("it", "dell'amore", "d e l l a m o r e"), ("it", "e", "e")],
)  # fmt: skip
def test_short_words_and_elisions(language: str, word: str, phones: str) -> None:
    pytest.importorskip("g2p2")
    try:
        said = [" ".join(way) for way in pronounce(word, language)]
    except LanguageUnavailable as error:
        pytest.skip(str(error))
    assert said[0] == phones


def test_languages_are_told_by_more_than_a_few_letters() -> None:
    assert language_of("one two three hello my friend") == "en"
    assert language_of("la la la") == ""
