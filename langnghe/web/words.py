"""How the dashboard says things in Vietnamese: numbers, times, the names of rejects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from langnghe.config import VIETNAM

REJECTS: dict[str, str] = {
    "robots": "robots.txt không cho phép",
    "robots_unreachable": "không đọc được robots.txt",
    "too_short": "văn bản quá ngắn",
    "no_date": "không có ngày đăng",
    "no_title": "không có tiêu đề",
    "no_text": "không có nội dung",
    "empty": "nội dung trống",
    "not_vietnamese": "không phải tiếng Việt",
    "duplicate": "trùng bài đã có",
    "not_article": "không phải bài viết",
    "navigation": "trang danh mục",
    "future": "ngày đăng ở tương lai",
    "bad_date": "ngày đăng không đọc được",
    "too_old": "bài đã cũ",
    "too_large": "trang quá lớn",
    "not_html": "không phải trang HTML",
    "timeout": "trang trả lời quá chậm",
    "connection": "không kết nối được",
    "dns": "không tìm thấy tên miền",
    "tls": "lỗi chứng chỉ bảo mật",
    "blocked": "trang chặn máy thu thập",
    "invalid": "bản ghi không hợp lệ",
    "off_site": "liên kết ra ngoài nguồn",
    "http_403": "trang từ chối truy cập (403)",
    "http_404": "trang không còn (404)",
    "http_410": "trang đã gỡ (410)",
    "http_429": "trang yêu cầu đi chậm lại (429)",
}
OUTCOMES: dict[str, str] = {"ok": "Bình thường", "empty": "Không có tin mới", "failed": "Lỗi"}
STATUSES: dict[str, str] = {"new": "Mới tiếp nhận", "open": "Đang xử lý", "answered": "Đã trả lời"}
"""How far a ticket's answer has come."""
SOURCE_KINDS: dict[str, str] = {
    "newspaper": "Báo",
    "broadcaster": "Phát thanh, truyền hình",
    "portal": "Cổng thông tin",
    "forum": "Diễn đàn",
    "other": "Khác",
}
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


def number(value: float) -> str:
    """`12.345`, `3,5`: Vietnamese digit grouping and decimal comma."""
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return text.translate(str.maketrans(",.", ".,"))


def percent(part: float, whole: float) -> str:
    """`42%`; a dash when there is nothing to divide by."""
    return f"{round(100 * part / whole)}%" if whole else "–"


def change(now: float, before: float) -> str:
    """`+42%`, `−8%`, `mới`: now against before."""
    if not before:
        return "mới" if now else "–"
    ratio = round(100 * (now - before) / before)
    return f"{'+' if ratio > 0 else '−' if ratio < 0 else ''}{abs(ratio)}%"


def day(value: date) -> str:
    """`23/11/2026`."""
    return f"{value:%d/%m/%Y}"


def long_day(value: date) -> str:
    """`Thứ Hai, 23/11/2026`."""
    return f"{WEEKDAYS[value.weekday()]}, {day(value)}"


def moment(value: datetime | str, precision: str = "minute") -> str:
    """`09:05, 23/11/2026` in Vietnam time; only the day where the time of day is unknown."""
    at = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(VIETNAM)
    return day(at.date()) if precision == "day" else f"{at:%H:%M}, {day(at.date())}"


def ago(value: datetime | str, now: datetime) -> str:
    """`5 phút trước`, `hôm qua`, else the day."""
    at = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(VIETNAM)
    passed = now - at
    if timedelta(0) <= passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} phút trước"
    if timedelta(0) <= passed < timedelta(hours=24):
        return f"{int(passed.total_seconds() // 3600)} giờ trước"
    return day(at.date())


def source_name(slug: str, names: Mapping[str, str]) -> str:
    """A source's name; a tickets' channel is no source of the catalogue and has none but its slug."""
    if slug.startswith("tickets_"):
        return f"Phản ánh {slug.removeprefix('tickets_').replace('_', ' ')}"
    return names.get(slug, slug)


def reject(name: str) -> str:
    """A reject's Vietnamese name; an unknown one is shown as it is, never hidden."""
    if name in REJECTS:
        return REJECTS[name]
    code = name.removeprefix("http_")
    return f"máy chủ trả lời lỗi {code}" if code.isdigit() and code != name else name
