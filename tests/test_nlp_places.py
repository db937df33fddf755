from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nlp.annotate import annotate
from nlp.labels import Text
from nlp.mentions import mentions
from nlp.places import province_today, provinces


def _first(text: str, title: str = "", home_province: str = "") -> str:
    found = provinces(text, title, home_province=home_province)
    return found[0].name if found else ""


@pytest.mark.parametrize(
    ("written", "today"),
    [
        ("TPHCM", "TP. Hồ Chí Minh"),
        ("TP.HCM", "TP. Hồ Chí Minh"),
        ("TP. HCM", "TP. Hồ Chí Minh"),
        ("Thành phố Hồ Chí Minh", "TP. Hồ Chí Minh"),
        ("Sài Gòn", "TP. Hồ Chí Minh"),
        ("BR-VT", "TP. Hồ Chí Minh"),
        ("Bình Dương", "TP. Hồ Chí Minh"),
        ("Thừa Thiên - Huế", "Huế"),
        ("Thừa Thiên–Huế", "Huế"),
        ("TT-Huế", "Huế"),
        ("Quảng Nam", "Đà Nẵng"),
        ("Hoà Bình", "Phú Thọ"),
        ("Đà Lạt", "Lâm Đồng"),
        ("Bắc Cạn", "Thái Nguyên"),
        ("nationwide", ""),
        ("-", ""),
    ],
)
def test_every_spelling_has_todays_name(written: str, today: str) -> None:
    assert province_today(written) == today


@pytest.mark.parametrize(
    "text",
    [
        "Ông Bình Dương cho biết gia đình đã dọn đi",
        "Xe ùn tắc trên đường Hà Nội và phố Huế suốt buổi sáng",
        "Bà Nguyễn Hà Nam là giáo viên",
        "Tàu chạy trên Thái Bình Dương nhiều tuần",
        "Chủ tịch Hồ Chí Minh viết bài thơ này",
        "Đường Hồ Chí Minh trên biển",
    ],
)
def test_people_streets_and_oceans_are_no_places(text: str) -> None:
    assert mentions(text) == []


def test_the_place_of_the_event_comes_first() -> None:
    text = (
        "Sáng 8/7, Chủ tịch UBND xã Châu Kim, huyện Quế Phong (Nghệ An) cho biết vừa xảy ra tai nạn. "
        "Nạn nhân quê Thanh Hóa được chuyển đến bệnh viện ở Hà Nội."
    )
    found = provinces(text, "Xe tuần tra va xe máy ở Nghệ An, hai người bị thương")
    assert found[0].name == "Nghệ An"
    assert found[0].score > 0.5


def test_a_former_province_keeps_the_name_as_written() -> None:
    found = provinces("UBND tỉnh Quảng Nam họp về lũ lụt tại Quảng Nam", "Quảng Nam họp khẩn")
    assert (found[0].name, found[0].written) == ("Đà Nẵng", "Quảng Nam")


def test_the_home_province_settles_a_ward_that_several_provinces_have() -> None:
    text = "Người dân phường An Hải phản ánh nước máy đục"
    assert _first(text, "Nước đục ở phường An Hải", home_province="Đà Nẵng") == "Đà Nẵng"
    assert _first(text, "Nước đục ở phường An Hải", home_province="Hải Phòng") == "Hải Phòng"
    assert _first(text, "Nước đục ở phường An Hải") == ""


def test_at_home_a_ward_needs_no_kind() -> None:
    text, title = "Nhiều gia đình ở Thanh Khê, An Khê có người sốt xuất huyết", "Sốt xuất huyết tăng ở An Khê"
    assert _first(text, title, home_province="Đà Nẵng") == "Đà Nẵng"
    assert _first(text, title, home_province="Gia Lai") == "Gia Lai"


def test_other_places_of_the_text_settle_it_too() -> None:
    assert (
        _first("Tại Hải Phòng, người dân phường An Hải phản ánh nước đục", "Nước đục ở phường An Hải")
        == "Hải Phòng"
    )


def test_a_numbered_district_is_in_ho_chi_minh_city() -> None:
    assert _first("Cháy nhà ở quận 4, ba người thoát nạn", "Cháy nhà ở quận 4") == "TP. Hồ Chí Minh"


def test_before_the_reform_no_ward_of_today_exists() -> None:
    text, title = "Người dân phường Hòa Cường phản ánh", "Phường Hòa Cường"
    then = provinces(text, title, published_at=datetime(2020, 1, 1, tzinfo=UTC))
    now = provinces(text, title, published_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert [province.name for province in now] == ["Đà Nẵng"]
    assert now[0].written == "Hòa Cường"
    assert then == now  # no other unit ever had the name


@pytest.mark.parametrize("text", ["o da nang mua to qua", "ở đà nẵng mưa to quá", "O Da Nang mua to qua"])
def test_places_typed_small_or_without_accents(text: str) -> None:
    (labels,) = annotate([Text(kind="comment", text=text)], "linear", ["places"])
    assert labels.places
    assert [place.province for place in labels.places] == ["Đà Nẵng"]
    assert labels.places[0].written == text[2:9]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Tổng thống Mỹ thăm Nhật Bản", "Tổng thống Mỹ gặp Thủ tướng Nhật Bản tại Tokyo."),
        ("Chính phủ ban hành nghị định mới", "Nghị định áp dụng trên cả nước từ tháng sau."),
        ("", ""),
    ],
)
def test_abroad_and_nationwide_have_no_province(title: str, text: str) -> None:
    assert provinces(text, title) == ()


def test_a_ward_named_bare_is_at_home_where_home_has_one() -> None:
    title = "Sốt xuất huyết tăng nhanh ở Thanh Khê, An Khê"
    at_home = provinces("Lịch phun thuốc từng tổ xem ở đâu?", title, home_province="Đà Nẵng")
    assert [found.name for found in at_home] == ["Đà Nẵng"]
    elsewhere = provinces("Lịch phun thuốc từng tổ xem ở đâu?", title, home_province="Hà Tĩnh")
    assert [found.name for found in elsewhere] == ["Gia Lai"]


@pytest.mark.parametrize(
    "text",
    [
        "사랑해요 oppa",
        "사랑해요 chi oi 사랑",
        "カラオケ đà nẵng",
        "👍👍 đà, nẵng",
        "đà 5 nẵng",
        "a\u0301 b\u0301",
        "",
    ],
)
def test_letters_of_any_script_do_no_harm(text: str) -> None:
    for mention in mentions(text):
        assert text[mention.start :].startswith(mention.written)
    assert [mention.written for mention in mentions(text)] == (["đà nẵng"] if "đà nẵng" in text else [])


@pytest.mark.parametrize("text", ["Doanh thu Q3/2025 tăng.", "IQ 90 là thấp.", "Ở quận 77.", "quận 10-2025"])
def test_what_only_looks_like_a_numbered_district_is_none(text: str) -> None:
    assert mentions(text) == []
