"""Dates as Vietnamese sites write them, in texts, attributes and feeds, as aware times at UTC+7."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from crawlers.items import Precision

VIETNAM = timezone(timedelta(hours=7))


class Moment(NamedTuple):
    """A time and how finely it is known; with precision `day` the time of day is 00:00."""

    at: datetime
    precision: Precision


_ISO = re.compile(
    r"(?<!\d)(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)"
    r"(?:(?:T|\s+|,\s*|\s+-\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z\b|[+-]\s?\d{2}:?\d{2}|(?<=\s)07:00)?)?"
)
_NUMERIC = re.compile(r"(?<![\d/.,])(\d{1,2})\s*([/.-])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})(?![\d/])")
_MONTH_WORDS = "một|giêng|hai|ba|tư|bốn|năm|sáu|bảy|bẩy|tám|chín|mười hai|mười một|mười|chạp|1[0-2]|0?[1-9]"
_WORDED = re.compile(
    rf"(?<!\d)(\d{{1,2}})\s*,?\s*tháng\s+({_MONTH_WORDS})(?:\s*,|\s+năm|\s)\s*(\d{{4}})(?!\d)", re.I
)
_MONTH_FIRST = re.compile(rf"tháng\s+({_MONTH_WORDS})\s+(\d{{1,2}})\s*,\s*(\d{{4}})(?!\d)", re.I)
_TIME = re.compile(
    r"(?<![\d:/+])(\d{1,2})\s*(?:(:)|h|g(?=\d)|giờ)\s*(?:(\d{2})(?!\d)(?:\s*phút)?(?:\s*:\s*(\d{2})(?!\d))?)?"
    r"(?:\s*(AM|PM|SA|CH|sáng|trưa|chiều|tối)\b)?",
    re.I,
)
_AGO = re.compile(r"(\d+|một|vài)\s*(giây|phút|giờ|tiếng|ngày|tuần|tháng|năm)\s+trước", re.I)
_DAY_NAME = re.compile(
    r"\b(hôm nay|hôm qua|hôm kia|chủ nhật|thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7]))\b(?=\D{0,8}\d{1,2}:\d{2})",
    re.I,
)
_NOW = re.compile(r"\b(vừa xong|mới đăng|vài giây trước|ngay bây giờ)\b", re.I)
# .NET prints a DateTime in the American order when the server's culture was left alone.
_AMERICAN = re.compile(r"^\s*(\d{1,2})/(\d{1,2})/(\d{4})\s+(\d{1,2}):(\d{2}):(\d{2})\s*(AM|PM)\s*$")
_UTC = re.compile(r"\b(?:UTC|GMT)\s*$")

_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "một giêng",
            "hai",
            "ba",
            "tư bốn",
            "năm",
            "sáu",
            "bảy bẩy",
            "tám",
            "chín",
            "mười",
            "mười-một",
            "mười-hai chạp",
        ],
        1,
    )
    for name in (word.replace("-", " ") for word in names.split())
}
_WEEKDAYS = {"hai": 0, "ba": 1, "tư": 2, "năm": 3, "sáu": 4, "bảy": 5}
_UNITS: dict[str, tuple[timedelta, Precision]] = {
    "giây": (timedelta(seconds=1), "second"),
    "phút": (timedelta(minutes=1), "minute"),
    "giờ": (timedelta(hours=1), "minute"),
    "tiếng": (timedelta(hours=1), "minute"),
    "ngày": (timedelta(days=1), "day"),
    "tuần": (timedelta(weeks=1), "day"),
    "tháng": (timedelta(days=30), "day"),
    "năm": (timedelta(days=365), "day"),
}
_AFTERNOON = {"pm", "ch", "chiều", "tối", "trưa"}


def parse_date(text: str, now: datetime) -> Moment | None:
    """The first date in a text, absolute or relative to `now` (aware); without an offset it is UTC+7."""
    text = _unescaped(text)
    return absolute_date(text, now) or relative_date(text, now)


def absolute_date(text: str, now: datetime) -> Moment | None:
    """The first date in a text that names a day, a month and a year."""
    if american := _AMERICAN.match(text):
        return _american(american, now)
    return next(_absolute(text, now), None) or _from_mail(text)


def relative_date(text: str, now: datetime) -> Moment | None:
    """`5 phút trước`, `hôm qua lúc 21:10`, `Thứ bảy lúc 10:15`, counted back from `now`."""
    now = now.astimezone(VIETNAM)
    if _NOW.search(text):
        return Moment(now.replace(second=0, microsecond=0), "minute")
    if ago := _AGO.search(text):
        unit, precision = _UNITS[ago[2].lower()]
        count = int(ago[1]) if ago[1].isdigit() else {"một": 1, "vài": 2}[ago[1].lower()]
        return _cut(now - unit * count, precision)
    if name := _DAY_NAME.search(text):
        return _on(_cut(now - timedelta(days=_days_back(name[1].lower(), now)), "day").at, text[name.end() :])
    return None


def from_epoch(seconds: float) -> Moment:
    """A Unix time in seconds (or milliseconds, as scripts write it)."""
    if seconds > 1e11:
        seconds /= 1000
    return Moment(datetime.fromtimestamp(seconds, VIETNAM).replace(microsecond=0), "second")


def is_future(at: datetime, now: datetime) -> bool:
    """Whether a time lies more than a clock's error after `now`."""
    return at > now + timedelta(hours=1)


def _unescaped(text: str) -> str:
    while (once := html.unescape(text)) != text:
        text = once
    return " ".join(text.split())


def _absolute(text: str, now: datetime) -> Iterator[Moment]:
    for match in _ISO.finditer(text):
        if moment := _from_iso(match, text):
            yield moment
    for pattern, order in ((_NUMERIC, (1, 3, 4)), (_WORDED, (1, 2, 3)), (_MONTH_FIRST, (2, 1, 3))):
        for match in pattern.finditer(text):
            day, month, year = (match[group] for group in order)
            if start := _day(year, month, day, now):
                yield _on(start, text, match.start(), match.end())


def _from_iso(match: re.Match[str], text: str) -> Moment | None:
    year, month, day, hour, minute, second, offset = match.groups()
    try:
        at = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            tzinfo=VIETNAM,
        )
    except ValueError:
        return None
    if not hour:
        return _on(at, text, match.start(), match.end())
    if offset == "Z" or (not offset and _UTC.match(text[match.end() :].strip())):
        at = at.replace(tzinfo=UTC).astimezone(VIETNAM)
    elif offset and offset[0] in "+-":
        at = datetime.fromisoformat(f"{at:%Y-%m-%dT%H:%M:%S}{offset.replace(' ', '')}").astimezone(VIETNAM)
    return Moment(at, "second" if second else "minute")


def _day(year: str, month: str, day: str, now: datetime) -> datetime | None:
    number = int(month) if month.isdigit() else _MONTHS[month.lower()]
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    if not 1990 <= full_year <= now.year + 1:
        return None
    try:
        return datetime(full_year, number, int(day), tzinfo=VIETNAM)
    except ValueError:
        return None


def _on(day: datetime, text: str, start: int = 0, end: int = 0) -> Moment:
    """The day with the clock time that stands nearest to text[start:end], else the day alone."""
    near = []
    for match in _TIME.finditer(text[:start] + " " * (end - start) + text[end:]):
        distance = match.start() - end if match.start() >= end else start - match.end()
        if distance <= 25 and (clock := _clock(match)):
            near.append((distance, clock))
    if not near:
        return Moment(day, "day")
    hour, minute, second = min(near)[1]
    at = day.replace(hour=hour, minute=minute, second=max(second, 0))
    return Moment(at, "second" if second >= 0 else "minute")


def _clock(match: re.Match[str]) -> tuple[int, int, int] | None:
    """Hour, minute and second (-1 where none is written)."""
    if match[2] and not match[3]:
        return None
    hour, minute, second = int(match[1]), int(match[3] or 0), int(match[4] or -1)
    half = (match[5] or "").lower()
    if half in _AFTERNOON and hour < 12 and not (half == "trưa" and hour > 3):
        hour += 12
    elif half in {"am", "sa"} and hour == 12:
        hour = 0
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _american(match: re.Match[str], now: datetime) -> Moment | None:
    first, second, year = match[1], match[2], match[3]
    month_first, day_first = _day(year, first, second, now), _day(year, second, first, now)
    padded = len(first) == 2 and first[0] == "0"
    choices = (day_first, month_first) if padded else (month_first, day_first)
    day = next((day for day in choices if day and not is_future(day, now)), choices[0] or choices[1])
    return _on(day, match.string[match.end(3) :]) if day else None


def _from_mail(text: str) -> Moment | None:
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if at.year < 1990:
        return None
    return Moment((at if at.tzinfo else at.replace(tzinfo=VIETNAM)).astimezone(VIETNAM), "second")


def _cut(at: datetime, precision: Precision) -> Moment:
    if precision == "day":
        return Moment(at.replace(hour=0, minute=0, second=0, microsecond=0), precision)
    if precision == "minute":
        return Moment(at.replace(second=0, microsecond=0), precision)
    return Moment(at.replace(microsecond=0), precision)


def _days_back(name: str, now: datetime) -> int:
    if name in {"hôm nay", "hôm qua", "hôm kia"}:
        return ("hôm nay", "hôm qua", "hôm kia").index(name)
    word = name.removeprefix("thứ ")
    weekday = 6 if name == "chủ nhật" else int(word) - 2 if word.isdigit() else _WEEKDAYS[word]
    return (now.weekday() - weekday) % 7
