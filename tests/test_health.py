"""A source's state follows its crawls and its expectations, and says what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from crawlers.catalogue import Source
from crawlers.health import Health, health

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Crawled:
    started_at: datetime
    outcome: str = "ok"
    new_pages: int = 5
    rejected: dict[str, int] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


def source(pages_per_day: float = 10) -> Source:
    return Source.model_validate(
        {
            "slug": "xx_mau",
            "name": "Báo Mẫu",
            "kind": "newspaper",
            "home": "https://bao.example/",
            "crawl": {"spider": "feed", "start": ["https://bao.example/rss"], "every": "2h"},
            "expect": {"pages_per_day": pages_per_day},
        }
    )


def hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def days(new_pages: int) -> list[Crawled]:
    return [Crawled(hours_ago(hours), new_pages=new_pages) for hours in range(0, 80, 8)]


def test_enough_new_pages_are_healthy() -> None:
    assert health(source(), days(new_pages=3), NOW) == Health(state="ok")


def test_too_few_pages_in_a_watched_window_are_silence() -> None:
    found = health(source(), days(new_pages=0), NOW)
    assert found.state == "silent"
    assert "chỉ có 0 trang mới, mong đợi khoảng 30" in found.sentence


def test_a_source_that_was_only_just_added_is_not_silent() -> None:
    assert health(source(), [Crawled(hours_ago(1), new_pages=0)], NOW).state == "ok"


def test_pages_from_before_the_window_do_not_count() -> None:
    old = [Crawled(hours_ago(100), new_pages=500)]
    assert health(source(), [*old, *days(new_pages=0)], NOW).state == "silent"


def test_a_source_of_which_nothing_is_expected_is_never_silent_for_too_few_pages() -> None:
    assert health(source(pages_per_day=0), days(new_pages=0), NOW).state == "ok"


def test_the_last_run_decides_whatever_the_order() -> None:
    failed = Crawled(hours_ago(1), "failed", 0, errors=("dns: bao.example",))
    assert health(source(), [failed, *days(3)[1:]], NOW).state == "failing"
    assert health(source(), [Crawled(hours_ago(9), "failed"), Crawled(hours_ago(1))], NOW).state == "ok"


def test_no_run_and_a_late_run_say_that_the_schedule_is_the_trouble() -> None:
    assert "Chưa thu thập" in health(source(), [], NOW).sentence
    late = health(source(), [Crawled(hours_ago(40))], NOW)
    assert (late.state, "Lịch" in late.sentence) == ("silent", True)


def test_start_pages_that_lead_nowhere_are_empty() -> None:
    found = health(source(), [Crawled(hours_ago(1), "empty", 0)], NOW)
    assert (found.state, "`start`" in found.sentence) == ("empty", True)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("robots", "xin phép chủ trang"),
        ("robots_unreachable", "Không đọc được robots.txt"),
        ("connection_refused", "Không kết nối được"),
        ("dns", "tên miền"),
        ("tls", "verify_tls"),
        ("timeout", "quá chậm"),
        ("http_404", "sửa `start`"),
        ("http_503", "đang lỗi"),
        ("blocked_403", "chặn máy thu thập"),
        ("captcha", "mã xác nhận"),
        ("empty_feed", "không còn bài nào"),
        ("parser_error", "đổi giao diện"),
        ("never_seen_before", "crawl.log"),
    ],
)
def test_a_failure_says_what_to_do(reason: str, said: str) -> None:
    by_error = Crawled(hours_ago(1), "failed", 0, errors=(f"{reason}: https://bao.example/rss",))
    by_count = Crawled(hours_ago(1), "failed", 0, rejected={"seen": 90, reason: 2})
    assert said in health(source(), [by_error], NOW).sentence
    assert said in health(source(), [by_count], NOW).sentence
