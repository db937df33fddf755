"""Dates as Vietnamese sites write them."""

from datetime import datetime

import pytest

from crawlers.dates import VIETNAM, from_epoch, is_future, parse_date

NOW = datetime(2026, 3, 8, 10, 30, 15, tzinfo=VIETNAM)  # a Sunday

ABSOLUTE = [
    ("09:05, 10/02/2021", "2021-02-10T09:05:00", "minute"),
    ("Thứ Hai, 14/6/2021 15:04 GMT+7", "2021-06-14T15:04:00", "minute"),
    ("Thứ bảy, 7/3/2026, 00:05 (GMT+7)", "2026-03-07T00:05:00", "minute"),
    ("15h04 ngày 14/6/2021", "2021-06-14T15:04:00", "minute"),
    ("15:04' ngày 14/6/2021", "2021-06-14T15:04:00", "minute"),
    ("15g04 14/6/2021", "2021-06-14T15:04:00", "minute"),
    ("Cập nhật lúc: 7 giờ 30 phút, 14/06/2021", "2021-06-14T07:30:00", "minute"),
    ("07/03/2026 08:47", "2026-03-07T08:47:00", "minute"),
    ("07/03/2026 \u00a0 08:52 (GMT+07:00)", "2026-03-07T08:52:00", "minute"),
    ("Thứ Bảy, ngày 7/3/2026 | 20:15:10", "2026-03-07T20:15:10", "second"),
    ("14.06.2021 | 15:04", "2021-06-14T15:04:00", "minute"),
    ("20-10-2023 07h15", "2023-10-20T07:15:00", "minute"),
    ("(06/03/2026 04:40 CH)", "2026-03-06T16:40:00", "minute"),
    ("14/06/2021 12:04 SA", "2021-06-14T00:04:00", "minute"),
    ("Ngày 14 tháng 6 năm 2021", "2021-06-14T00:00:00", "day"),
    ("14 Tháng Sáu, 2021", "2021-06-14T00:00:00", "day"),
    ("Tháng Mười Hai 4, 2021 8:05 sáng", "2021-12-04T08:05:00", "minute"),
    ("10/2/2021", "2021-02-10T00:00:00", "day"),
    ("7/3/26 lúc 20:11", "2026-03-07T20:11:00", "minute"),
    ("2026-03-07", "2026-03-07T00:00:00", "day"),
    ("2026-03-07 08:07", "2026-03-07T08:07:00", "minute"),
    ("2026/03/07 08:52", "2026-03-07T08:52:00", "minute"),
    ("2026-03-07T08:52:11", "2026-03-07T08:52:11", "second"),
    ("2026-03-07T08:52:11.000 +07:00", "2026-03-07T08:52:11", "second"),
    ("2026-03-07T08:52:11 07:00", "2026-03-07T08:52:11", "second"),
    ("2026-03-07T08:52:11&#x2B;07:00", "2026-03-07T08:52:11", "second"),
    ("2026-03-07T08:52:11&amp;#x2B;07:00", "2026-03-07T08:52:11", "second"),
    ("2026-03-07T20:11:00+0700", "2026-03-07T20:11:00", "second"),
    ("2026-03-07T01:52:11Z", "2026-03-07T08:52:11", "second"),
    ("Sat, 07 Mar 2026 08:01:53 +0700", "2026-03-07T08:01:53", "second"),
    ("3/7/2026 8:52:11 AM", "2026-03-07T08:52:11", "second"),
    ("14/06/2021 3:04 PM", "2021-06-14T15:04:00", "minute"),
]
RELATIVE = [
    ("2 giờ trước", "2026-03-08T08:30:00", "minute"),
    ("5 phút trước", "2026-03-08T10:25:00", "minute"),
    ("3 ngày trước", "2026-03-05T00:00:00", "day"),
    ("hôm qua lúc 21:10", "2026-03-07T21:10:00", "minute"),
    ("Hôm nay, 09:00", "2026-03-08T09:00:00", "minute"),
    ("Thứ bảy lúc 10:15", "2026-03-07T10:15:00", "minute"),
    ("Vừa xong", "2026-03-08T10:30:00", "minute"),
]


@pytest.mark.parametrize(("text", "expected", "precision"), ABSOLUTE + RELATIVE)
def test_a_date_is_read_with_its_precision(text: str, expected: str, precision: str) -> None:
    moment = parse_date(text, NOW)
    assert moment is not None
    assert (moment.at.replace(tzinfo=None).isoformat(), moment.precision) == (expected, precision)
    assert moment.at.utcoffset() == VIETNAM.utcoffset(None)


@pytest.mark.parametrize(
    "text",
    ["", "31/02/2021", "1.234.567 đồng", "24/24", "Sáng 7-3", "192.168.1.1", "tỷ lệ 3/4", "99/99/2020"],
)
def test_what_is_no_date_gives_none(text: str) -> None:
    assert parse_date(text, NOW) is None


def test_an_epoch_may_be_in_milliseconds() -> None:
    assert from_epoch(1772845313) == from_epoch(1772845313000)
    assert from_epoch(1772845313).at.isoformat() == "2026-03-07T08:01:53+07:00"


def test_a_clock_a_little_ahead_is_no_future() -> None:
    assert not is_future(NOW.replace(minute=50), NOW)
    assert is_future(NOW.replace(hour=23), NOW)
