"""Citizens' tickets (hotline 1022, field reports): every row of a file is a ticket or a named reject."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from crawlers.dates import absolute_date
from crawlers.items import Precision, Rejected
from langnghe.config import VIETNAM

Row = Mapping[str, Any]
Status = Literal["", "new", "open", "answered"]


class TicketFileError(ValueError):
    """The file or its mapping cannot be used; the message says what to change."""


class Ticket(BaseModel):
    """A citizen's report. Who reported it, and from which number, is never read."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["ticket"] = "ticket"
    source: str
    channel: str
    number: str
    title: str = ""
    text: str
    section: str = ""
    place: str = ""
    status: Status = ""
    published_at: AwareDatetime
    published_precision: Precision
    fetched_at: AwareDatetime

    @property
    def url(self) -> str:
        """`ticket:1022/1022-000123`; tickets have no page of their own."""
        return f"ticket:{self.channel}/{self.number}"


class Columns(BaseModel):
    """The file's heading of each field that is read; every other column is left alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str
    received_at: str
    content: str
    title: str = ""
    field: str = ""
    ward: str = ""
    status: str = ""


class Mapping_(BaseModel):  # noqa: N801 - `Mapping` is Python's own
    """How a channel's export is read, from its YAML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str
    columns: Columns
    statuses: dict[str, Status] = {}
    """The channel's words for `new`, `open` and `answered`."""
    sheet: str = ""
    """Of a workbook; the first one where it is empty."""

    @property
    def source(self) -> str:
        """The slug that the tickets are counted under."""
        return "tickets_" + "".join(c if c.isalnum() else "_" for c in self.channel.lower())


def read_mapping(file: Path) -> Mapping_:
    """Read a mapping. Raises TicketFileError."""
    try:
        return Mapping_.model_validate(yaml.safe_load(file.read_text("utf8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise TicketFileError(f"Không đọc được bảng ánh xạ {file}: {error}") from None


def read_tickets(file: Path, mapping: Mapping_, at: datetime) -> Iterator[Ticket | Rejected]:
    """Every row of a .csv, .xlsx or .json file as a ticket, or rejected by name. Raises TicketFileError."""
    seen: set[str] = set()
    for place, row in enumerate(_rows(file, mapping), 1):
        outcome = _ticket(row, mapping, at)
        if isinstance(outcome, Ticket) and outcome.number in seen:
            outcome = "duplicate"
        if isinstance(outcome, str):
            yield Rejected(source=mapping.source, url=f"{file.name}#{place}", reason=outcome, fetched_at=at)
            continue
        seen.add(outcome.number)
        yield outcome


def _ticket(row: Row, mapping: Mapping_, at: datetime) -> Ticket | str:
    def cell(column: str) -> Any:
        return row.get(column) if column else None

    def text(column: str) -> str:
        value = cell(column)
        return "" if value is None else str(value).strip()

    columns = mapping.columns
    if not (number := text(columns.number)):
        return "no_number"
    if not (content := text(columns.content) or text(columns.title)):
        return "too_short"
    received = _received(cell(columns.received_at), at)
    if received is None:
        return "no_date"
    if received[0] > at:
        return "future_date"
    return Ticket(
        source=mapping.source,
        channel=mapping.channel,
        number=number,
        title=text(columns.title),
        text=content,
        section=text(columns.field),
        place=text(columns.ward),
        status=mapping.statuses.get(text(columns.status), ""),
        published_at=received[0],
        published_precision=received[1],
        fetched_at=at,
    )


def _received(value: Any, at: datetime) -> tuple[datetime, Precision] | None:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=VIETNAM)), "minute"
    moment = absolute_date(str(value), at) if value else None
    return (moment.at, moment.precision) if moment else None


def _rows(file: Path, mapping: Mapping_) -> Iterator[Row]:
    readers = {".csv": _csv_rows, ".xlsx": _xlsx_rows, ".json": _json_rows, ".jsonl": _json_rows}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise TicketFileError(f"{file.name}: chỉ đọc được tệp .csv, .xlsx và .json")
    try:
        rows = reader(file, mapping)
        first = next(rows, None)
    except (OSError, ValueError, KeyError) as error:
        raise TicketFileError(f"Không đọc được {file}: {error}") from None
    if first is None:
        return
    wanted = [mapping.columns.number, mapping.columns.received_at, mapping.columns.content]
    if missing := [column for column in wanted if column not in first]:
        raise TicketFileError(
            f"{file.name} không có cột {', '.join(missing)}; các cột: {', '.join(map(str, first))}"
        )
    yield first
    yield from rows


def _csv_rows(file: Path, _: Mapping_) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        head = lines.readline()
        lines.seek(0)
        delimiter = max(",;\t", key=head.count)
        yield from csv.DictReader(lines, delimiter=delimiter)


def _xlsx_rows(file: Path, mapping: Mapping_) -> Iterator[Row]:
    from openpyxl import load_workbook  # noqa: PLC0415 - half a second, and most files are CSV

    workbook = load_workbook(file, read_only=True, data_only=True)
    sheet = workbook[mapping.sheet] if mapping.sheet else workbook.worksheets[0]
    rows = sheet.iter_rows(values_only=True)
    head = [str(cell).strip() for cell in next(rows, ())]
    for row in rows:
        if any(cell is not None for cell in row):
            yield dict(zip(head, row, strict=False))


def _json_rows(file: Path, _: Mapping_) -> Iterator[Row]:
    text = file.read_text("utf-8-sig")
    if text.lstrip().startswith("["):
        yield from json.loads(text)
        return
    yield from (json.loads(line) for line in text.splitlines() if line.strip())
