"""The sources page: how each source's last crawl went, by name what was refused, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from crawlers.catalogue import Source
from langnghe.batches import Batch
from langnghe.config import Settings
from langnghe.index.contract import Index
from langnghe.query import Filters, counts
from langnghe.web.asked import link
from langnghe.web.words import OUTCOMES, SOURCE_KINDS, ago, reject

_DAYS = 7
_LATE = timedelta(hours=36)
_REASONS = 4
_NAVIGATION = {"navigation", "not_modified"}
"""Counted by the stages, but nothing that was missed."""
_WAITING = {
    "none": "Đợi lần chạy đầu, hoặc chạy `langnghe run --day today`.",
    "late": "Xem lịch trong Airflow: lẽ ra nguồn này đã chạy.",
}
_FORBIDDEN = "Trang không cho thu thập: xin phép chủ trang, hoặc bỏ nguồn này."
_BLOCKED = "Trang chặn máy thu thập: tăng `delay`, đặt địa chỉ liên hệ, hoặc xin phép."
_REFUSED = {
    "robots": _FORBIDDEN,
    "http_403": _BLOCKED,
    "http_429": _BLOCKED,
    "blocked": _BLOCKED,
}


@dataclass(frozen=True)
class SourceRow:
    """A source as the page shows it."""

    slug: str
    name: str
    kind: str
    home: str
    href: str
    state: str
    state_name: str
    last_run: str
    new_pages: int | None
    documents: int
    rejected: tuple[tuple[str, int], ...]
    advice: str


def source_rows(
    index: Index, settings: Settings, catalogue: Mapping[str, Source], now: datetime
) -> tuple[SourceRow, ...]:
    """Every source of the catalogue, troubled ones first."""
    week = Filters(from_=now.date() - timedelta(days=_DAYS - 1), to=now.date())
    indexed, runs = counts(index, "source", week), _last_runs(index, now)
    rows = [
        _row(source, runs.get(slug), indexed.get(slug, 0), settings, now)
        for slug, source in catalogue.items()
    ]
    order = ("failed", "late", "none", "empty", "ok")
    return tuple(sorted(rows, key=lambda row: (order.index(row.state), row.name)))


def _last_runs(index: Index, now: datetime) -> dict[str, dict[str, Any]]:
    """The newest crawl run of each source within a month."""
    since = (now - timedelta(days=30)).replace(microsecond=0).isoformat()
    recent = {"bool": {"filter": [{"range": {"started_at": {"gte": since}}}]}}
    runs = sorted(index.scan("crawl_runs", recent), key=lambda run: datetime.fromisoformat(run["started_at"]))
    return {run["source"]: run for run in runs}


def _row(
    source: Source, run: Mapping[str, Any] | None, documents: int, settings: Settings, now: datetime
) -> SourceRow:
    week = {"from_": now.date() - timedelta(days=_DAYS - 1), "to": now.date()}
    rejected = _rejected(run, settings) if run else Counter[str]()
    state, state_name = _state(run, now)
    return SourceRow(
        slug=source.slug,
        name=source.name,
        kind=SOURCE_KINDS.get(source.kind, source.kind),
        home=source.home,
        href=link(source=source.slug, sort="date", **week),
        state=state,
        state_name=state_name,
        last_run=ago(run["started_at"], now) if run else "",
        new_pages=run.get("new_pages", 0) if run else None,
        documents=documents,
        rejected=tuple(rejected.most_common(_REASONS)),
        advice=_advice(source.slug, state, rejected),
    )


def _state(run: Mapping[str, Any] | None, now: datetime) -> tuple[str, str]:
    if run is None:
        return "none", "Chưa có số liệu"
    if run["outcome"] != "failed" and now - datetime.fromisoformat(run["started_at"]) > _LATE:
        return "late", "Lâu chưa chạy"
    return run["outcome"], OUTCOMES.get(run["outcome"], run["outcome"])


def _rejected(run: Mapping[str, Any], settings: Settings) -> Counter[str]:
    """What the crawl and the stages after it refused of the run's batch."""
    refused = Counter(run.get("rejected") or {})
    day, _, name = run["id"].partition("/")
    batch = Batch(settings.home / "batches", date.fromisoformat(day), name)
    for stage in ("extract", "label"):
        if report := batch.report(stage):
            refused.update(report.rejected)
    return Counter({reason: n for reason, n in refused.items() if reason not in _NAVIGATION})


def _advice(slug: str, state: str, rejected: Counter[str]) -> str:
    """The first thing worth doing, nothing where all is well."""
    if state in _WAITING or state == "ok":
        return _WAITING.get(state, "")
    check = f"chạy `langnghe sources check {slug}`"
    worst = next(iter(rejected.most_common(1)), ("", 0))[0]
    if worst in _REFUSED:
        return _REFUSED[worst]
    if worst in {"http_404", "http_410"}:
        return f"Địa chỉ đã đổi: {check} rồi sửa tệp nguồn."
    if worst:
        return f"Nhiều nhất là “{reject(worst)}”: {check}."
    return f"Không kết nối được: thử lại sau; nếu quá một ngày, {check}." if state == "failed" else ""
