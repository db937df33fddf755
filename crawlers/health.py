"""How a source is, judged by its last crawls, and what an operator does about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from crawlers.source import Source

State = Literal["ok", "empty", "failing", "silent"]

WINDOW = timedelta(days=3)
"""A portal that rests over a weekend brings something within three days."""
_SHARE = 0.25
_LATE = timedelta(hours=36)
_HARMLESS = frozenset(
    ("seen", "too_old", "offsite", "not_article_url", "not_html", "over_max_pages", "over_max_requests")
)
# The first prefix that fits a reason's name counts.
_ADVICE = {
    "robots_unreachable": "Không đọc được robots.txt nên không thu thập: xem máy chủ của trang còn chạy.",
    "robots": "robots.txt không cho thu thập: xin phép chủ trang, hoặc bỏ nguồn này.",
    "dns": "Không tìm thấy tên miền: trang có thể đã đổi địa chỉ, sửa `home` và `start` của nguồn.",
    "tls": "Chứng chỉ bảo mật của trang hỏng: báo chủ trang, hoặc đặt `verify_tls: false`.",
    "timeout": "Trang trả lời quá chậm: thử lại sau, hoặc tăng `delay`.",
    "connection": "Không kết nối được: thử mở trang từ máy này, xem lại mạng, proxy và tường lửa.",
    "http_404": "Địa chỉ bắt đầu không còn: tìm nguồn tin (RSS) hoặc chuyên mục mới và sửa `start`.",
    "http_410": "Địa chỉ bắt đầu đã bị gỡ: tìm nguồn tin (RSS) hoặc chuyên mục mới và sửa `start`.",
    "http_403": "Trang chặn máy thu thập: tăng `delay`, đặt địa chỉ liên hệ, hoặc xin phép.",
    "http_429": "Trang yêu cầu đi chậm lại: tăng `delay`, hoặc thu thập thưa hơn (`every`).",
    "http_5": "Máy chủ của trang đang lỗi: thử lại sau.",
    "blocked": "Trang chặn máy thu thập: tăng `delay`, đặt địa chỉ liên hệ, hoặc xin phép.",
    "captcha": "Trang đòi mã xác nhận: tăng `delay`, đặt địa chỉ liên hệ, hoặc xin phép.",
    "empty_": "Địa chỉ bắt đầu không còn bài nào: xem lại `start`, `links`, `article_url`.",
    "parser_error": "Trang có thể đã đổi giao diện: xem `crawl.log` và báo người phát triển.",
}
_UNKNOWN = "Xem `crawl.log` của lần thu thập gần nhất."


class Run(Protocol):
    """What health reads of a crawl report."""

    @property
    def started_at(self) -> datetime:
        """Aware."""

    @property
    def outcome(self) -> str:
        """`ok`, `empty` or `failed`."""

    @property
    def new_pages(self) -> int:
        """Pages that were not known before."""

    @property
    def rejected(self) -> Mapping[str, int]:
        """How many addresses by reason."""

    @property
    def errors(self) -> Sequence[str]:
        """`reason: detail`."""


class Health(BaseModel):
    """A source's state with a Vietnamese sentence that says what to do; "" where nothing is to be done."""

    model_config = ConfigDict(frozen=True)

    state: State
    sentence: str = ""


def health(source: Source, runs: Sequence[Run], now: datetime) -> Health:
    """Judge a source by its crawls of the past days, in any order; `now` is aware."""
    if not runs:
        return Health(state="silent", sentence="Chưa thu thập lần nào: chạy `langnghe run --day today`.")
    in_order = sorted(runs, key=lambda run: run.started_at)
    last = in_order[-1]
    if now - last.started_at > max(_LATE, 3 * source.crawl.every):
        return Health(state="silent", sentence="Lịch không chạy nguồn này: xem Airflow hoặc cron.")
    if last.outcome == "failed":
        return Health(state="failing", sentence=_advice(last))
    if last.outcome == "empty":
        sentence = (
            "Địa chỉ bắt đầu mở được nhưng không dẫn tới bài nào: xem lại `start`, `links`, `article_url`."
        )
        return Health(state="empty", sentence=sentence)
    return _against_expectation(source, in_order, now)


def _against_expectation(source: Source, runs: Sequence[Run], now: datetime) -> Health:
    """Silent where a whole window of crawls brought less than a quarter of what is expected."""
    expected = source.expect.pages_per_day * WINDOW.days
    brought = sum(run.new_pages for run in runs if now - run.started_at <= WINDOW)
    watched = now - runs[0].started_at >= WINDOW - source.crawl.every
    if not watched or brought >= expected * _SHARE:
        return Health(state="ok")
    sentence = (
        f"{WINDOW.days} ngày qua chỉ có {brought} trang mới, mong đợi khoảng {expected:.0f}: "
        "xem trang còn đăng bài không, `start` có còn đúng không."
    )
    return Health(state="silent", sentence=sentence)


def _advice(run: Run) -> str:
    named = [error.partition(":")[0].strip() for error in run.errors]
    counted = sorted(run.rejected.items(), key=lambda reason: -reason[1])
    named += [reason for reason, _ in counted if reason not in _HARMLESS]
    known = (text for name in named for prefix, text in _ADVICE.items() if name.startswith(prefix))
    return next(known, _UNKNOWN)
