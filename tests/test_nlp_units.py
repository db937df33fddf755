from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nlp.communes import communes
from nlp.labels import Place
from nlp.units import units

BEFORE, AFTER = datetime(2024, 5, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)


def test_the_table_holds_both_clocks() -> None:
    table = communes()
    assert len(table) == 34
    assert sum(len(names) for province in table.values() for names in province.now.values()) == 3321
    then = [ward for province in table.values() for wards in province.then.values() for ward in wards]
    assert len({ward.former for ward in then}) == 63
    assert 10_000 < len(then) < 10_610


def _one(text: str, level: str, **known: object) -> Place:
    found = [place for place in units(text, **known) if place.level == level]  # type: ignore[arg-type]
    assert len(found) == 1, found
    return found[0]


def test_a_ward_of_then_is_told_as_it_is_today() -> None:
    place = _one("Cháy nhà ở phường Mân Thái, quận Sơn Trà, Đà Nẵng.", "commune", published_at=BEFORE)
    assert place.former == "phường Mân Thái, quận Sơn Trà, Đà Nẵng"
    assert place.today == "phường Sơn Trà, Đà Nẵng"
    assert place.province == "Đà Nẵng"
    assert place.written == "Mân Thái"


def test_a_district_is_dissolved_and_keeps_its_province() -> None:
    place = _one("Mưa lớn gây sạt lở ở huyện Tây Giang (Quảng Nam).", "district", published_at=BEFORE)
    assert (place.former, place.today, place.province) == ("huyện Tây Giang, Quảng Nam", "", "Đà Nẵng")


def test_a_unit_of_today_has_no_former_one() -> None:
    place = _one("Người dân phường An Hải, Đà Nẵng phản ánh nước đục.", "commune", published_at=AFTER)
    assert (place.former, place.today) == ("", "phường An Hải, Đà Nẵng")


def test_a_former_province_is_told_with_todays_name() -> None:
    place = _one("Tỉnh Quảng Nam công bố dịch.", "province", published_at=BEFORE)
    assert (place.former, place.today) == ("Quảng Nam", "Đà Nẵng")


def test_the_district_behind_a_name_settles_which_it_is() -> None:
    place = _one("Xảy ra tại xã Tân Lập, huyện Vũ Thư, tỉnh Thái Bình.", "commune", published_at=BEFORE)
    assert place.former == "xã Tân Lập, huyện Vũ Thư, Thái Bình"


@pytest.mark.parametrize(
    "text",
    [
        "Tai nạn xảy ra ở xã Tân Lập.",
        "Ông Bình Dương gửi đơn lên phường.",
        "Xe cháy trên đường Hà Nội.",
        "Trận đấu ở Tokyo và Bắc Kinh.",
        "Các tuyến như: Điện Biên Phủ, Tôn Đức Thắng đều ùn tắc.",
        "Công ty Cổ phần thương mại Thủy Nguyên bị điều tra.",
    ],
)
def test_what_stays_open_or_is_no_place_is_left_out(text: str) -> None:
    assert units(text) == ()


def test_home_settles_what_the_text_leaves_open() -> None:
    place = _one("Đèn hỏng ở phường Mân Thái.", "commune", home_province="Đà Nẵng", published_at=BEFORE)
    assert place.today == "phường Sơn Trà, Đà Nẵng"


def test_units_stand_where_they_are_named() -> None:
    text = "Ở xã Quế Xuân 1, huyện Quế Sơn, tỉnh Quảng Nam và ở Huế."
    for place in units(text, published_at=BEFORE):
        assert text[place.start :].startswith(place.written)
    assert [place.level for place in units(text, published_at=BEFORE)][-1] == "province"


def test_the_province_behind_a_name_settles_which_it_is() -> None:
    text = "Khen thưởng huyện A Lưới (Thừa Thiên Huế), thành phố Huế, huyện Phong Điền (Thành phố Cần Thơ)."
    found = {place.written: place.province for place in units(text, published_at=BEFORE)}
    assert found["Phong Điền"] == "Cần Thơ"
    assert found["A Lưới"] == "Huế"


def test_a_city_is_known_by_the_word_before_it() -> None:
    place = _one("Xe khách đi từ TP.HCM đến Nha Trang.", "city", published_at=BEFORE)
    assert place.former == "thành phố Nha Trang, Khánh Hòa"


def test_a_list_says_its_kind_once() -> None:
    text = "Mưa lũ làm ngập các xã Hòa Bắc, Hòa Liên và Hòa Phong, huyện Hòa Vang; các tỉnh Quảng Nam, Huế."
    found = {place.written: place.level for place in units(text, published_at=BEFORE)}
    assert found == {
        **dict.fromkeys(("Hòa Bắc", "Hòa Liên", "Hòa Phong"), "commune"),
        "Hòa Vang": "district",
        **dict.fromkeys(("Quảng Nam", "Huế"), "province"),
    }


def test_a_list_ends_where_the_sentence_goes_on() -> None:
    text = "Các xã Hòa Bắc, Hòa Liên (Đà Nẵng) thoát lũ; nhạc sĩ Hòa Phong đến hát."
    assert "Hòa Phong" not in {place.written for place in units(text, published_at=BEFORE)}


@pytest.mark.parametrize("written", ["phường 5, quận 3", "P.5, Q.3", "P5, Q3", "P. 5 (quận 3)"])
def test_a_numbered_ward_is_settled_by_its_district(written: str) -> None:
    ward, district, _ = units(f"Cháy ở {written}, TP.HCM.", published_at=BEFORE)
    assert (ward.former, ward.today) == (
        "phường 5, quận 3, TP. Hồ Chí Minh",
        "phường Bàn Cờ, TP. Hồ Chí Minh",
    )
    assert district.former == "quận 3, TP. Hồ Chí Minh"


def test_a_numbered_ward_without_its_district_is_left_out() -> None:
    assert units("Ở phường 5 mất nước.", home_province="TP. Hồ Chí Minh", published_at=BEFORE) == ()


def test_a_city_is_not_the_province_of_its_name() -> None:
    place = _one("Sạt lở ở TP Cà Mau.", "city", published_at=BEFORE)
    assert place.former == "thành phố Cà Mau, Cà Mau"
    assert _one("Sạt lở ở tỉnh Cà Mau.", "province", published_at=BEFORE).today == "Cà Mau"
