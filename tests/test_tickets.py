"""Tickets from CSV, XLSX and JSON: every row in, or rejected by name."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from crawlers.items import Rejected
from langnghe.config import VIETNAM
from langnghe.tickets import Columns, Mapping_, Ticket, TicketFileError, read_mapping, read_tickets

AT = datetime(2026, 11, 23, 12, tzinfo=VIETNAM)
HEAD = ("Mã", "Ngày", "Nội dung", "Tiêu đề", "Phường", "Trạng thái", "Người gửi", "Số ĐT")
ROWS = (
    ("1", "22/11/2026 08:15", "Nước đục, có mùi", "Nước đục", "An Hải", "Đã trả lời", "Bà Tư", "0905000111"),
    ("2", "23/11/2026", "Đèn đường hỏng", "", "Sơn Trà", "Lạ", "", ""),
    ("", "22/11/2026 08:15", "Không có mã", "", "", "", "", ""),
    ("4", "22/11/2026 08:15", " ", " ", "", "", "", ""),
    ("5", "hôm nào đó", "Không rõ ngày", "", "", "", "", ""),
    ("6", "25/11/2026 08:15", "Ngày mai", "", "", "", "", ""),
    ("1", "22/11/2026 09:00", "Gửi lại", "", "", "", "", ""),
)
MAPPING = Mapping_(
    channel="1022",
    columns=Columns(
        number="Mã",
        received_at="Ngày",
        content="Nội dung",
        title="Tiêu đề",
        ward="Phường",
        status="Trạng thái",
    ),
    statuses={"Đã trả lời": "answered"},
)


def csv_file(folder: Path, delimiter: str) -> Path:
    file = folder / "tickets.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as lines:
        csv.writer(lines, delimiter=delimiter).writerows([HEAD, *ROWS])
    return file


def xlsx_file(folder: Path) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (HEAD, *ROWS):
        sheet.append(row)
    workbook.save(folder / "tickets.xlsx")
    return folder / "tickets.xlsx"


def json_file(folder: Path) -> Path:
    file = folder / "tickets.json"
    file.write_text(json.dumps([dict(zip(HEAD, row, strict=True)) for row in ROWS]), "utf8")
    return file


@pytest.fixture(params=["comma", "semicolon", "xlsx", "json"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param in {"comma", "semicolon"}:
        return csv_file(tmp_path, "," if request.param == "comma" else ";")
    return xlsx_file(tmp_path) if request.param == "xlsx" else json_file(tmp_path)


def test_every_row_is_in_or_rejected_by_name(file: Path) -> None:
    outcomes = list(read_tickets(file, MAPPING, AT))
    tickets = [each for each in outcomes if isinstance(each, Ticket)]
    rejected = [each.reason for each in outcomes if isinstance(each, Rejected)]
    assert [ticket.number for ticket in tickets] == ["1", "2"]
    assert rejected == ["no_number", "too_short", "no_date", "future_date", "duplicate"]
    assert tickets[0].published_at == datetime(2026, 11, 22, 8, 15, tzinfo=VIETNAM)
    assert (tickets[0].published_precision, tickets[1].published_precision) == ("minute", "day")
    assert (tickets[0].status, tickets[1].status) == ("answered", "")
    assert tickets[0].place == "An Hải"


def test_who_reported_is_not_read(file: Path) -> None:
    written = " ".join(outcome.model_dump_json() for outcome in read_tickets(file, MAPPING, AT))
    assert "Bà Tư" not in written
    assert "0905000111" not in written


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    columns = MAPPING.columns.model_copy(update={"number": "Số phiếu"})
    mapping = MAPPING.model_copy(update={"columns": columns})
    with pytest.raises(TicketFileError, match="Số phiếu"):
        list(read_tickets(csv_file(tmp_path, ","), mapping, AT))


def test_a_mapping_with_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "map.yml"
    file.write_text("channel: '1022'\ncolumns: {number: a, received_at: b, content: c, wardd: d}\n", "utf8")
    with pytest.raises(TicketFileError, match="wardd"):
        read_mapping(file)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tickets.doc"
    file.write_bytes(b"")
    with pytest.raises(TicketFileError, match=r"\.csv"):
        list(read_tickets(file, MAPPING, AT))
