"""The sources page: how each source's last crawl went, by name what was refused, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from crawlers.catalogue import Source
from crawlers.crawl import CrawlReport
from crawlers.health import health
from langnghe.batches import Batch
from langnghe.config import Settings
from langnghe.index.contract import Index
from langnghe.query import Filters, counts
from langnghe.web.asked import link
from langnghe.web.words import OUTCOMES, SOURCE_KINDS, ago

_DAYS = 7
_REASONS = 4
_NAVIGATION = {"navigation", "not_modified"}
"""Counted by the stages, but nothing that was missed."""
_STATES = {"failing": "failed", "silent": "late"}
"""The page's own names, which its colours follow, of the states of health."""
_NAMES = OUTCOMES | {"late": "Im lặng", "none": "Chưa có số liệu"}


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
    indexed, runs = counts(index, "source", week), _runs(index, now)
    rows = [
        _row(source, runs.get(slug, ()), indexed.get(slug, 0), settings, now)
        for slug, source in catalogue.items()
    ]
    order = ("failed", "late", "none", "empty", "ok")
    return tuple(sorted(rows, key=lambda row: (order.index(row.state), row.name)))


def _runs(index: Index, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The crawl runs of each source within a month, the newest last."""
    since = (now - timedelta(days=30)).replace(microsecond=0).isoformat()
    recent = {"bool": {"filter": [{"range": {"started_at": {"gte": since}}}]}}
    runs = sorted(index.scan("crawl_runs", recent), key=lambda run: datetime.fromisoformat(run["started_at"]))
    by_source: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        by_source.setdefault(run["source"], []).append(run)
    return by_source


def _row(
    source: Source, runs: Sequence[Mapping[str, Any]], documents: int, settings: Settings, now: datetime
) -> SourceRow:
    week = {"from_": now.date() - timedelta(days=_DAYS - 1), "to": now.date()}
    last = runs[-1] if runs else None
    judged = health(source, [CrawlReport.model_validate(run) for run in runs], now)
    state = _STATES.get(judged.state, judged.state) if runs else "none"
    return SourceRow(
        slug=source.slug,
        name=source.name,
        kind=SOURCE_KINDS.get(source.kind, source.kind),
        home=source.home,
        href=link(source=source.slug, sort="date", **week),
        state=state,
        state_name=_NAMES[state],
        last_run=ago(last["started_at"], now) if last else "",
        new_pages=last.get("new_pages", 0) if last else None,
        documents=documents,
        rejected=tuple(_rejected(last, settings).most_common(_REASONS)) if last else (),
        advice=judged.sentence,
    )


def _rejected(run: Mapping[str, Any], settings: Settings) -> Counter[str]:
    """What the crawl and the stages after it refused of the run's batch."""
    refused = Counter(run.get("rejected") or {})
    day, _, name = run["id"].partition("/")
    batch = Batch(settings.home / "batches", date.fromisoformat(day), name)
    for stage in ("extract", "label"):
        if report := batch.report(stage):
            refused.update(report.rejected)
    return Counter({reason: n for reason, n in refused.items() if reason not in _NAVIGATION})
