from __future__ import annotations

import unicodedata

import pytest
import tantivy

from nlp.text import abbreviations, expand, fold, has_accents, normalise, strip_accents, words

PLACEMENT = [
    ("hoà", "hòa"),
    ("Hoà Bình", "Hòa Bình"),
    ("HOÀ", "HÒA"),
    ("khoẻ", "khỏe"),
    ("toé", "tóe"),
    ("thuý", "thúy"),
    ("Uỷ ban", "Ủy ban"),
    ("thuỷ", "thủy"),
    ("tòan", "toàn"),
    ("hùynh", "huỳnh"),
    ("khóet", "khoét"),
    ("qúy", "quý"),
    ("qúa", "quá"),
    ("gía", "giá"),
]
KEPT = [
    "quý",
    "quỳ",
    "quỷ",
    "giá",
    "già",
    "gìn giữ",
    "hoàn",
    "hoạch",
    "hoài",
    "khoét",
    "huỳnh",
    "của",
    "mía",
    "xòe",
    "tủy",
]


@pytest.mark.parametrize(("written", "expected"), PLACEMENT)
def test_tones_move_to_one_place(written: str, expected: str) -> None:
    assert normalise(written) == expected


@pytest.mark.parametrize("word", KEPT)
def test_well_placed_tones_stay(word: str) -> None:
    assert normalise(word) == word


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (unicodedata.normalize("NFD", "Đường Nguyễn Huệ"), "Đường Nguyễn Huệ"),
        ("Ðà Nẵng, ð", "Đà Nẵng, đ"),
        ("Đà\u200b Nẵng\ufeff", "Đà Nẵng"),
        ("của\u00a0tôi\u202f\tnày", "của tôi này"),
        ("𝐍ướ𝐜 và ＡＢＣ", "Nước và ABC"),
        ("  một \r\n hai\n \n\n ba ", "một\nhai\n\nba"),
        ("", ""),
    ],
)
def test_letters_and_spaces_have_one_form(written: str, expected: str) -> None:
    assert normalise(written) == expected


def test_normalising_twice_changes_nothing() -> None:
    for written, _ in PLACEMENT:
        assert normalise(normalise(written)) == normalise(written)


def test_folding_leaves_plain_small_letters() -> None:
    assert fold("Chuyển ĐỔI số: Ớt, ưỡn") == "chuyen doi so: ot, uon"
    assert strip_accents("Đường Lê Lợi") == "Duong Le Loi"


def test_words_are_the_index_tokens() -> None:
    assert words("TP.HCM: 43A-123.45, xe_máy… №5 ½ kg 日本") == [
        "tp",
        "hcm",
        "43a",
        "123",
        "45",
        "xe",
        "máy",
        "5",
        "½",
        "kg",
        "日本",
    ]


def test_words_split_where_tantivy_splits() -> None:
    analyzer = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase()).build()
    )
    text = "Số 12/3-QĐ, ‘nước’ đục_ngầu; giá 5.000đ (½), Ⅳ ①, e\u0301, हिन्दी, İ"
    assert words(text) == analyzer.analyze(text)


def test_accents_are_seen() -> None:
    assert has_accents("Nước")
    assert not has_accents("Nuoc may duc")


def test_abbreviations_are_written_out() -> None:
    assert expand("Ko ai bit, UBND đc báo r") == "không ai biết, ủy ban nhân dân được báo rồi"
    assert all(short == short.lower() and short != long for short, long in abbreviations().items())
