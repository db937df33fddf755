"""Documents from elsewhere: every line in, or rejected by name."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.items import Article, Comment, Rejected
from langnghe.config import VIETNAM
from langnghe.imports import read_imports
from langnghe.tickets import Ticket

AT = datetime(2026, 11, 23, 12, tzinfo=VIETNAM)
GOOD = {
    "url": "https://bao.example/a-1.html",
    "title": "Nước đục ở An Hải",
    "text": "Đoạn một.\n\nĐoạn hai.",
    "published_at": "2026-11-22T08:15:00+07:00",
    "source": "dng_bao",
    "kind": "article",
}


def read(folder: Path, *lines: str) -> list[Any]:
    file = folder / "in.jsonl"
    file.write_text("\n".join(lines), "utf8")
    return list(read_imports(file, AT))


def test_a_line_becomes_what_its_kind_says(tmp_path: Path) -> None:
    comment = GOOD | {"kind": "comment", "url": "https://bao.example/a-1.html#comment-7"}
    ticket = GOOD | {"kind": "ticket", "url": "ticket:1022/9"}
    article, reply, report = read(tmp_path, *map(json.dumps, (GOOD, comment, ticket)))
    assert isinstance(article, Article)
    assert article.paragraphs == ("Đoạn một.", "Đoạn hai.")
    assert isinstance(reply, Comment)
    assert (reply.parent_url, reply.parent_title) == (GOOD["url"], GOOD["title"])
    assert isinstance(report, Ticket)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "bad_json"),
        ("[1]", "bad_json"),
        (json.dumps(GOOD | {"kind": "tweet"}), "bad_kind"),
        (json.dumps(GOOD | {"url": "bao.example"}), "bad_url"),
        (json.dumps(GOOD | {"text": " "}), "too_short"),
        (json.dumps(GOOD | {"published_at": None}), "no_date"),
        (json.dumps(GOOD | {"published_at": "lúc nào đó"}), "no_date"),
        (json.dumps(GOOD | {"published_at": "2027-01-01"}), "future_date"),
    ],
)
def test_a_bad_line_is_rejected_by_name_and_stops_nothing(tmp_path: Path, line: str, reason: str) -> None:
    rejected, good = read(tmp_path, line, json.dumps(GOOD))
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason
    assert isinstance(good, Article)


def test_a_repeated_address_is_a_duplicate(tmp_path: Path) -> None:
    _, again = read(tmp_path, json.dumps(GOOD), json.dumps(GOOD))
    assert again.reason == "duplicate"


def test_a_time_without_zone_is_vietnam_time(tmp_path: Path) -> None:
    (item,) = read(tmp_path, json.dumps(GOOD | {"published_at": "2026-11-22 08:15"}))
    assert item.published_at == datetime(2026, 11, 22, 8, 15, tzinfo=VIETNAM)
    (day,) = read(tmp_path, json.dumps(GOOD | {"published_at": "22/11/2026"}))
    assert day.published_precision == "day"
