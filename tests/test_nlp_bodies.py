from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from nlp.annotate import annotate
from nlp.labels import Entity, Text

BEFORE = datetime(2024, 5, 1, tzinfo=UTC)


def _found(text: str, kind: str = "body", **known: object) -> list[Entity]:
    return [entity for entity in _bodies(text, **known) if entity.kind == kind]


def _bodies(text: str, title: str = "", **known: object) -> tuple[Entity, ...]:
    (labels,) = annotate([Text(kind="article", title=title, text=text, **known)], "linear", ["entities"])  # type: ignore[arg-type]
    assert labels.entities is not None
    return labels.entities


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("UBND tỉnh Quảng Ngãi họp khẩn.", ["ubnd:quang-ngai"]),
        ("Ủy ban nhân dân tỉnh Quảng Ngãi họp khẩn.", ["ubnd:quang-ngai"]),
        ("Theo UBND TP Đà Nẵng, đường sẽ thông xe.", ["ubnd:da-nang"]),
        ("UBND TP.HCM và HĐND TP.HCM cùng giám sát.", ["ubnd:tp-ho-chi-minh", "hdnd:tp-ho-chi-minh"]),
        ("Sở Y tế Đà Nẵng cảnh báo dịch.", ["so-y-te:da-nang"]),
        ("Sở Y tế thành phố Đà Nẵng cảnh báo dịch.", ["so-y-te:da-nang"]),
        ("Sở GD&ĐT Nghệ An thông báo lịch thi.", ["so-giao-duc:nghe-an"]),
        ("Sở Giáo dục và Đào tạo Nghệ An thông báo lịch thi.", ["so-giao-duc:nghe-an"]),
        ("Sở LĐ-TB&XH tỉnh Hà Tĩnh chi trả trợ cấp.", ["so-lao-dong:ha-tinh"]),
        ("Công an huyện Phù Mỹ, tỉnh Bình Định vào cuộc.", ["cong-an:binh-dinh/huyen-phu-my"]),
        (
            "Trụ sở công an phường Mân Thái, quận Sơn Trà, Đà Nẵng.",
            ["cong-an:da-nang/quan-son-tra/phuong-man-thai"],
        ),
        ("TAND tỉnh Gia Lai xét xử.", ["toa-an:gia-lai"]),
        ("Tòa án nhân dân tỉnh Gia Lai xét xử.", ["toa-an:gia-lai"]),
        ("VKSND TP Hải Phòng truy tố.", ["vien-kiem-sat:hai-phong"]),
        ("Bí thư Tỉnh ủy Bình Định phát biểu.", ["tinh-uy:binh-dinh"]),
        ("BHXH tỉnh Lào Cai chi trả lương hưu.", ["bao-hiem-xa-hoi:lao-cai"]),
        ("Bộ Y tế và Bộ GD-ĐT ban hành thông tư.", ["bo-y-te", "bo-giao-duc"]),
        ("Ở Hải Phòng, Sở Xây dựng dừng dự án.", ["so-xay-dung:hai-phong"]),
        ("Dân Hải Phòng gửi đơn đến UBND thành phố nhiều lần.", ["ubnd:hai-phong"]),
    ],
)
def test_one_id_for_every_spelling(text: str, ids: list[str]) -> None:
    assert [entity.id for entity in _found(text, published_at=BEFORE)] == ids


@pytest.mark.parametrize(
    "text",
    [
        "Bộ bàn ghế gỗ được bán đấu giá.",
        "Sở thích của anh là câu cá.",
        "Công ty An Phú mở bán căn hộ.",
        "Văn bản số 423/UBND-TKBT nêu rõ.",
        "Chính phủ giao UBND các tỉnh báo cáo."[12:],
        "Tòa nhà cao nhất thành phố.",
    ],
)
def test_what_is_no_body_is_left_out(text: str) -> None:
    assert _found(text) == []


def test_a_body_whose_place_stays_open_has_no_id() -> None:
    (body,) = _found("UBND phường chưa trả lời người dân.")
    assert (body.id, body.level, body.name) == ("", "commune", "Ủy ban nhân dân")
    (named,) = _found("Sở Y tế chưa trả lời.", home_province="Đà Nẵng")
    assert named.id == "so-y-te:da-nang"


def test_a_body_is_of_its_time_and_its_province_of_today() -> None:
    (body,) = _found("UBND huyện Tây Giang (Quảng Nam) di dời dân.", published_at=BEFORE)
    assert body.name == "Ủy ban nhân dân huyện Tây Giang, Quảng Nam"
    assert (body.level, body.province) == ("district", "Đà Nẵng")


@pytest.mark.parametrize(
    ("text", "name", "role"),
    [
        (
            "Ông Nguyễn Văn Tám, Phó Chủ tịch UBND tỉnh Gia Lai, cho biết.",
            "Nguyễn Văn Tám",
            "Phó Chủ tịch UBND tỉnh Gia Lai",
        ),
        ("bà Lê Thị Sáu - Giám đốc Sở Y tế cho hay.", "Lê Thị Sáu", "Giám đốc Sở Y tế"),
        ("Bí thư Tỉnh ủy Trần Thị Chín kiểm tra.", "Trần Thị Chín", "Bí thư Tỉnh ủy"),
        ("Chủ tịch UBND phường Mân Thái Lê Văn Mười nói.", "Lê Văn Mười", "Chủ tịch UBND phường Mân Thái"),
        (
            "Đại tá Phạm Văn Bảy, Giám đốc Công an tỉnh Lào Cai, chỉ đạo.",
            "Phạm Văn Bảy",
            "Giám đốc Công an tỉnh Lào Cai",
        ),
    ],
)
def test_officials_have_a_name_and_a_role(text: str, name: str, role: str) -> None:
    assert [(entity.name, entity.role) for entity in _found(text, "official")] == [(name, role)]


def test_a_place_behind_a_title_is_no_official() -> None:
    assert _found("Chủ tịch UBND quận Hoàng Mai yêu cầu kiểm tra.", "official") == []


def test_entities_stand_where_they_are_named() -> None:
    title, text = "Sở Y tế Đà Nẵng họp", "Ông Lê Văn Tư, Giám đốc Sở Y tế Đà Nẵng, chủ trì. Bộ Y tế dự."
    whole = f"{title}\n{text}"
    found = _bodies(text, title)
    assert [entity.kind for entity in found] == ["body", "official", "body", "body"]
    for entity in found:
        assert whole[entity.start + len(title) + 1 :].startswith(entity.written)
    assert json.loads(found[0].model_dump_json())["id"] == "so-y-te:da-nang"


def test_two_wards_of_one_number_are_two_bodies() -> None:
    text = "Công an phường 5, quận 3 phối hợp với Công an phường 5, quận 8, TP.HCM."
    ids = [entity.id for entity in _found(text, published_at=BEFORE) if "phuong-5" in entity.id]
    assert ids == ["cong-an:tp-ho-chi-minh/quan-3/phuong-5", "cong-an:tp-ho-chi-minh/quan-8/phuong-5"]


def test_a_menu_of_offices_takes_no_exponential_time() -> None:
    assert _found("Chủ tịch " + "UBND TP HCM " * 60 + "họp.", "official") == []
