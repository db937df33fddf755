"""What a reader types, what it finds, and how it is shown."""

from __future__ import annotations

from datetime import datetime

import pytest

from langnghe.config import VIETNAM
from langnghe.documents import Document
from langnghe.index.contract import Index
from langnghe.index.embedded import EmbeddedIndex
from langnghe.query import Filters, QueryError, count, documents
from langnghe.query.highlights import highlight
from langnghe.query.syntax import All, Either, Not, Phrase, phrases, tree

TEXTS = {
    "so": ("Chuyển đổi số về xã", "Xã đẩy mạnh chuyển đổi số, người dân nộp hồ sơ trên mạng."),
    "dat": ("Rao bán đất nền", "Nhiều người bán đất nền ở Hòa Vang."),
    "ban": ("Người bạn đất Quảng", "Một bạn đọc kể về người bạn đất Quảng."),
    "ngap": ("Ngập nước sau mưa", "Đường Lê Lợi ngập nước, xe chết máy. Covid-19 đã qua."),
    "trieu": ("Triều cường ở Cần Giờ", "Triều cường dâng 3,5 m, nước tràn vào nhà ở TP.HCM."),
    "khongdau": ("Phan anh duong hu", "duong le loi hu nang, sua giup ba con"),
}


@pytest.fixture(scope="module")
def index() -> Index:
    index = EmbeddedIndex(None)
    index.setup()
    at = datetime(2026, 11, 20, 8, tzinfo=VIETNAM)
    index.write(
        "documents",
        (
            Document(
                id=name,
                url=f"https://example.vn/{name}",
                source="dng_mot",
                kind="article",
                title=title,
                text=text,
                published_at=at,
                published_precision="minute",
                fetched_at=at,
                batch="2026-11-20/dng_mot-080000",
            ).model_dump()
            for name, (title, text) in TEXTS.items()
        ),
    )
    return index


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("chuyen doi so", "so"),
        ("CHUYỂN ĐỔI SỐ", "so"),
        ("chuyển doi so", "so"),
        ("chuyên doi so", ""),
        ("bán đất", "dat"),
        ("bạn đất", "ban"),
        ("ban dat", "ban dat"),
        ("bán dat", "dat"),
        ("đất", "ban dat"),
        ("hoà vang", "dat"),
        ("duong le loi", "khongdau ngap"),
        ("đường lê lợi", "ngap"),
        ("đuong", ""),
        ('"bán đất nền"', "dat"),
        ('"đất bán"', ""),
        ('"nguoi ban dat"', "ban dat"),
        ('"nguoi bán dat"', "dat"),
        ("“ngập nước”", "ngap"),
        ('"ngập nước', "ngap"),
        ("nước -ngập", "trieu"),
        ("nước -ngap", "trieu"),
        ('ở -"Hòa Vang"', "trieu"),
        ("ngập nước OR triều cường", "ngap trieu"),
        ("(ngập OR triều) nước", "ngap trieu"),
        ("(ngập OR triều) -(máy OR nhà)", ""),
        ("nước OR -ngập", None),
        ("ngập or nước", ""),
        ("ngập AND nước", "ngap"),
        ("(ngập nước", "ngap"),
        ("ngập) nước", "ngap"),
        ("OR ngập OR", "ngap"),
        ("() ngập", "ngap"),
        ("ngập - nước", "ngap"),
        ("nước --ngập", "trieu"),
        ("TP.HCM", "trieu"),
        ("tp hcm", "trieu"),
        ("3,5", "trieu"),
        ("5,3", ""),
        ("covid-19", "ngap"),
        ("ngập!!! ?", "ngap"),
        ("title:ngập", ""),
        ("ngập*", "ngap"),
        ("", "ban dat khongdau ngap so trieu"),
        ("  ", "ban dat khongdau ngap so trieu"),
        ("-ngập", None),
        ("-(ngập nước)", None),
        ("(-ngập) nước", None),
        ("!!!", None),
        ('""', None),
        ("từ " * 65, None),
        ("(" * 10 + "ngập" + ")" * 10, "ngap"),
        ("(" * 5000 + "ngập", None),
        ("-" * 5000 + "ngập", None),
        ("nước -(-ngập)", None),
        ("nước -OR ngập", "ngap trieu"),
    ],
)
def test_a_query_finds(index: Index, query: str, found: str | None) -> None:
    if found is None:
        with pytest.raises(QueryError, match=r"tìm|tối đa|ít nhất"):
            documents(index, query)
        return
    assert sorted(hit.document.id for hit in documents(index, query).hits) == found.split()


def test_words_in_title_and_text_count_together(index: Index) -> None:
    assert [hit.document.id for hit in documents(index, "rao Hòa Vang").hits] == ["dat"]


def test_the_document_with_the_words_together_and_as_typed_comes_first(index: Index) -> None:
    assert [hit.document.id for hit in documents(index, "duong le loi").hits] == ["khongdau", "ngap"]


def test_or_binds_loosest_and_negation_tightest() -> None:
    a, b, c = (Phrase((letter,)) for letter in "abc")
    assert tree("a b OR c") == Either((All((a, b)), c))
    assert tree("a -b c") == All((a, Not(b), c))
    assert tree("a -(b OR c)") == All((a, Not(Either((b, c)))))
    assert [phrase.words for phrase in phrases(tree('a -b ("c d" OR e-f)'))] == [
        ("a",),
        ("c", "d"),
        ("e", "f"),
    ]


def test_filters_accept_one_value_several_or_none() -> None:
    assert Filters(topic="health").topic == ("health",)
    assert Filters(topic=["health", "sports"]).topic == ("health", "sports")
    assert Filters(topic="").conditions() == []


def test_days_of_a_filter_include_the_last(index: Index) -> None:
    assert count(index, Filters(from_="2026-11-20", to="2026-11-20")) == len(TEXTS)
    assert count(index, Filters(to="2026-11-19")) == 0
    assert count(index, Filters(from_="2026-11-21")) == 0


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("chuyen doi so", "Xã chuyển đổi số <nhanh>", "Xã <em>chuyển đổi số</em> &lt;nhanh&gt;"),
        (
            "bán đất",
            "BÁN ĐẤT, bạn đất & bán hàng",
            "<em>BÁN ĐẤT</em>, bạn <em>đất</em> &amp; <em>bán</em> hàng",
        ),
        ('"bán đất"', "bán nhà, bán đất", "bán nhà, <em>bán đất</em>"),
        ("ban -dat", "Bạn bán đất", "<em>Bạn bán</em> đất"),
        ("nước OR mưa", "mưa to, nước lớn", "<em>mưa</em> to, <em>nước</em> lớn"),
        ("TP.HCM", "Ở TP.HCM và HCM", "Ở <em>TP.HCM</em> và HCM"),
        ("mua", "Ngập sau mưa\n\nlớn", "Ngập sau <em>mưa</em> lớn"),
        ("xyz", "Không có gì", "Không có gì"),
    ],
)
def test_matches_are_marked_on_the_original_letters(query: str, text: str, marked: str) -> None:
    assert highlight("", text, list(phrases(tree(query)))).fragments == (marked,)


def test_long_texts_are_shown_where_they_match_best() -> None:
    filler = "Trời nắng và gió nhẹ trên khắp các con phố của thành phố. " * 20
    text = f"{filler}Số nhà cũ. {filler}Tỉnh đẩy mạnh chuyển đổi số năm nay. {filler}Đổi giờ. {filler}"
    shown = highlight("Tin", text, list(phrases(tree("chuyển đổi số"))))
    assert any("<em>chuyển đổi số</em>" in fragment for fragment in shown.fragments)
    assert len(shown.fragments) == 2
    for fragment in shown.fragments:
        assert fragment.startswith("…")
        assert fragment.endswith("…")
        assert len(fragment) < 220
        plain = fragment.replace("<em>", "").replace("</em>", "").strip("…")
        assert f" {plain} " in text


def test_the_beginning_is_shown_where_only_the_title_matches() -> None:
    shown = highlight("Ngập nước", "Câu đầu. " * 50, list(phrases(tree("ngap"))))
    assert shown.title == "<em>Ngập</em> nước"
    assert len(shown.fragments) == 1
    assert shown.fragments[0].startswith("Câu đầu.")
    assert shown.fragments[0].endswith("…")
