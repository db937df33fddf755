"""Which sources could not be heard on a day, and why in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from langnghe.digest.records import Unheard


class Run(Protocol):
    """What a crawl run's report says of itself."""

    @property
    def source(self) -> str:
        """The source's slug."""

    @property
    def outcome(self) -> str:
        """`ok`, `empty` or `failed`."""

    @property
    def rejected(self) -> Mapping[str, int]:
        """Refused pages by reason."""

    @property
    def errors(self) -> Sequence[str]:
        """Error lines."""


# Signs in a run's errors and rejects, most telling first.
_TROUBLES = (
    (("robots",), "trang không cho phép thu thập"),
    (("403", "blocked", "captcha"), "trang chặn, không cho đọc"),
    (("429",), "trang yêu cầu đọc chậm lại"),
    (("404", "410"), "địa chỉ đã đổi hoặc bị gỡ"),
    (("timeout", "timed out"), "trang trả lời quá chậm"),
    (("dns", "lookup"), "không tìm thấy tên miền"),
    (("ssl", "tls", "certificate"), "chứng chỉ bảo mật của trang có lỗi"),
    (("http_5", "500", "502", "503", "504"), "máy chủ của trang bị lỗi"),
    (("connect", "refused", "connection"), "không kết nối được"),
)


def unheard(runs: Iterable[Run], brought: Mapping[str, int], names: Mapping[str, str]) -> tuple[Unheard, ...]:
    """Sources whose last run failed, or whose runs and documents of the day are none; failed ones first."""
    last: dict[str, Run] = {}
    fine = set(brought)
    for run in runs:
        last[run.source] = run
        if run.outcome == "ok":
            fine.add(run.source)
    found = [
        Unheard(name=names.get(slug, slug), why=_why(run), failed=run.outcome == "failed")
        for slug, run in last.items()
        if run.outcome == "failed" or slug not in fine
    ]
    return tuple(sorted(found, key=lambda each: (not each.failed, each.name)))


def _why(run: Run) -> str:
    if run.outcome == "empty" and not run.errors:
        return "không có tin mới"
    said = " ".join((*run.errors, *run.rejected)).lower()
    for signs, words in _TROUBLES:
        if any(sign in said for sign in signs):
            return words
    return "thu thập không thành công"
