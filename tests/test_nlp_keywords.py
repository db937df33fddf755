from __future__ import annotations

from nlp.keywords import keywords

TITLE = "Nước máy đục ở phường An Hải, người dân bức xúc"
TEXT = (
    "Tuy nhiên, nhiều hộ dân phường An Hải, Đà Nẵng cho biết nước sinh hoạt có mùi hôi từ ba ngày nay. "
    "Ông Trần Văn Minh nói nước sinh hoạt đục ngầu. Sở Xây dựng yêu cầu công ty cấp nước báo cáo."
)


def test_words_of_several_syllables_as_a_reader_writes_them() -> None:
    found = keywords(TITLE, TEXT)
    assert "Đà Nẵng" in found
    assert "An Hải" in found
    assert "người dân" in found
    assert not any("_" in word or " " not in word for word in found)


def test_stop_words_and_boilerplate_stay_out() -> None:
    assert {"tuy nhiên", "cho biết", "yêu cầu"}.isdisjoint(word.lower() for word in keywords(TITLE, TEXT))


def test_a_word_has_one_spelling() -> None:
    found = keywords("GIAO THÔNG ùn tắc", "Giao thông ùn tắc. Vì giao thông ùn tắc, người dân đi bộ.")
    assert sum(word.lower() == "giao thông" for word in found) == 1


def test_the_title_and_frequency_decide_what_comes_first() -> None:
    found = keywords("Xe buýt điện miễn phí", "Bệnh viện đón người dân. Bệnh viện mở cửa.", limit=3)
    assert len(found) == 3
    assert "xe buýt" in found


def test_an_empty_text_has_no_keywords() -> None:
    assert keywords("", "") == ()
