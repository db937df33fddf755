from __future__ import annotations

import pytest

from nlp.masking import mask

MASKED = [
    ("gọi 0905123456 nhé", "gọi [SĐT] nhé"),
    ("0905.123.456", "[SĐT]"),
    ("0905 123 456", "[SĐT]"),
    ("0905-12-34-56", "[SĐT]"),
    ("09.05.12.34.56", "[SĐT]"),
    ("0905\u00a0123\u00a0456", "[SĐT]"),
    ("0905\u200b123456", "[SĐT]"),
    ("0905_123_456", "[SĐT]"),
    ("0905…123…456", "[SĐT]"),
    ("0 9 0 5 1 2 3 4 5 6", "[SĐT]"),
    ("(0905)123456", "[SĐT]"),
    ("+84 905 123 456", "[SĐT]"),
    ("+84905123456", "[SĐT]"),
    ("(+84) 905 123 456", "[SĐT]"),
    ("+84 (0) 905 123 456", "[SĐT]"),
    ("84-905-123-456", "[SĐT]"),
    ("84905123456", "[SĐT]"),
    ("0084 905123456", "[SĐT]"),
    ("(0236) 3 123 456", "[SĐT]"),
    ("0236.3123456", "[SĐT]"),
    ("024 3825 4567", "[SĐT]"),
    ("028-3829-1234", "[SĐT]"),
    ("0123 456 7890", "[SĐT]"),
    ("o9o5123456", "[SĐT]"),
    ("09O5 l23 456", "[SĐT]"),
    ("zalo: 905123456", "zalo: [SĐT]"),
    ("Zalo 0905123456.", "Zalo [SĐT]."),
    ("SĐT:0905123456", "SĐT:[SĐT]"),
    ("ĐT0905123456", "ĐT[SĐT]"),
    ("0905123456/0935123456", "[SĐT]/[SĐT]"),
    ("sdt 0905123456,0905123457", "sdt [SĐT],[SĐT]"),
    ("+84-0905-123-456", "[SĐT]"),
    ("không chín không năm một hai ba bốn năm sáu", "[SĐT]"),
    ("CCCD 048090001234", "CCCD [CCCD]"),
    ("căn cước công dân số 048 090 001 234", "căn cước công dân số [CCCD]"),
    ("can cuoc 048090001234", "can cuoc [CCCD]"),
    ("số định danh cá nhân: 048090001234", "số định danh cá nhân: [CCCD]"),
    ("tôi là 048090001234", "tôi là [CCCD]"),
    ("cmnd 201234567", "cmnd [CMND]"),
    ("CMT: 201 234 567", "CMT: [CMND]"),
    ("Số chứng minh nhân dân của tôi là 201234567", "Số chứng minh nhân dân của tôi là [CMND]"),
    ("xe 43A-123.45 vượt đèn", "xe [BIỂN SỐ] vượt đèn"),
    ("43A1-12345", "[BIỂN SỐ]"),
    ("92H1 123.45", "[BIỂN SỐ]"),
    ("43C 01234", "[BIỂN SỐ]"),
    ("43-A1 123.45", "[BIỂN SỐ]"),
    ("43a12345", "[BIỂN SỐ]"),
    ("43a-123.45", "[BIỂN SỐ]"),
    ("29LD-123.45", "[BIỂN SỐ]"),
    ("43MĐ1-123.45", "[BIỂN SỐ]"),
    ("biển số 43A 1234", "biển số [BIỂN SỐ]"),
    ("BKS 43H1-1234", "BKS [BIỂN SỐ]"),
    ("STK 0123456789", "STK [STK]"),
    ("stk: 1023456789 VCB", "stk: [STK] VCB"),
    ("số tài khoản 19034567891011", "số tài khoản [STK]"),
    ("TK 102 345 6789 ngân hàng Vietinbank", "TK [STK] ngân hàng Vietinbank"),
    ("1023456789 Vietcombank", "[STK] Vietcombank"),
    ("123456789012 (BIDV)", "[STK] (BIDV)"),
    ("MB Bank 0905123456", "MB Bank [STK]"),
    ("so tai khoan 0041000123456", "so tai khoan [STK]"),
    ("a.nguyen@gmail.com", "[EMAIL]"),
    ("abc_12@danang.example.vn.", "[EMAIL]."),
    ("vana [at] gmail.com", "[EMAIL]"),
    ("nhà số 12/3 đường Trần Phú", "nhà số [ĐỊA CHỈ] đường Trần Phú"),
    ("số nhà 45 Lê Lợi, phường Hải Châu", "số nhà [ĐỊA CHỈ] Lê Lợi, phường Hải Châu"),
    ("Nhà tôi ở K123/45 Hoàng Diệu", "Nhà tôi ở [ĐỊA CHỈ] Hoàng Diệu"),
    ("nhà em ở số 56 đường Lê Duẩn", "nhà em ở số [ĐỊA CHỈ] đường Lê Duẩn"),
    ("12/3 Trần Phú, phường Hải Châu", "[ĐỊA CHỈ] Trần Phú, phường Hải Châu"),
    ("số 12 đường Lê Lợi, phường Hải Châu", "số [ĐỊA CHỈ] đường Lê Lợi, phường Hải Châu"),
    ("kiệt 123/45 Trần Cao Vân", "[ĐỊA CHỈ] Trần Cao Vân"),
    ("hẻm 56/7 Nguyễn Tri Phương", "[ĐỊA CHỈ] Nguyễn Tri Phương"),
    ("Thường trú: 25 Hùng Vương, xã Đại Lộc", "Thường trú: [ĐỊA CHỈ] Hùng Vương, xã Đại Lộc"),
    ("nha so 12 duong tran phu", "nha so [ĐỊA CHỈ] duong tran phu"),
]
KEPT = [
    "gọi 1022 hoặc 113, 114, 115",
    "tổng đài 1900 1234",
    "1900123456",
    "1900.1234",
    "hotline 18001234",
    "1800 1234",
    "giá 1.250.000 đồng",
    "giá 905.123.456 đồng",
    "nạp tài khoản 5.000.000 đồng",
    "tài khoản 500000 đồng",
    "20.000.000 VND",
    "0,5 ha",
    "12.345.678 người",
    "100 hộ dân",
    "văn bản số 1234/QĐ-UBND ngày 09/05/2023",
    "quyết định số 0123/2023",
    "Nghị định 168/2024/NĐ-CP",
    "Luật số 31/2024/QH15",
    "MST 0401234567",
    "mã số thuế: 0401234567-001",
    "đường dây nóng 0236 1022",
    "mã hồ sơ 000.00.01.H17-230105-0001",
    "ngày 05.09.2023",
    "05-09-2023 14:30",
    "09/05/2023 - 10/05/2023",
    "01-07-2025",
    "từ 2020-2025",
    "7h30-8h00",
    "06:00 - 22:00",
    "tọa độ 16.0544, 108.2022",
    "16.054407, 108.202164",
    "thắng 3-0, 2-1",
    "điểm 9,75 và 8,25",
    "tăng 15%",
    "QL14B, ĐT605, DT 601",
    "quốc lộ 1A, km 12+300",
    "đường 30/4",
    "đường 2/9",
    "đường số 5, phường Hòa Khánh",
    "lớp 12A1",
    "lớp 12A 2023",
    "phòng 302",
    "kênh VTV1",
    "COVID-19",
    "U23 Việt Nam",
    "xe 16 chỗ",
    "5 phường, 3 xã",
    "tổ 12 phường An Hải",
    "tổ 45, phường Hòa Cường",
    "năm 2024 Đà Nẵng, phường Hải Châu đã họp",
    "sinh năm 1985",
    "trạm 110kV",
    "ISO 9001",
    "tách 2/3 đời sống phường xã",
]


@pytest.mark.parametrize(("written", "expected"), MASKED)
def test_personal_data_are_masked(written: str, expected: str) -> None:
    assert mask(written) == expected


@pytest.mark.parametrize("text", KEPT)
def test_what_names_no_person_stays(text: str) -> None:
    assert mask(text) == text


def test_masking_twice_changes_nothing() -> None:
    for written, _ in MASKED:
        assert mask(mask(written)) == mask(written)


def test_several_things_in_one_text() -> None:
    text = "Nhà số 7 đường Lê Lợi, phường Hải Châu, xe 43A-123.45, lh 0905 123 456 hoặc gọi 1022"
    assert (
        mask(text) == "Nhà số [ĐỊA CHỈ] đường Lê Lợi, phường Hải Châu, xe [BIỂN SỐ], lh [SĐT] hoặc gọi 1022"
    )


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["x", "1", "a.", "0 ", "số nhà ", "a@b.", "12 Nguyễn ", "tài khoản ", "."])
def test_long_odd_texts_take_no_longer_than_their_length(piece: str) -> None:
    assert mask(piece * 50_000)
