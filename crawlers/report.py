"""A crawl judged by what it counted; Scrapy's exit code is 0 whatever happened."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

_OURS = "langnghe/"
_ENDED_WELL = frozenset(("finished", "closespider_timeout", "closespider_pagecount"))
_UNFINISHED = frozenset(("over_max_pages", "blocked_host", "robots_unreachable", "timeout", "too_large"))


class CrawlReport(BaseModel):
    """What one crawl of a source brought, and what it did not, by name."""

    model_config = ConfigDict(frozen=True)

    source: str
    started_at: AwareDatetime
    finished_at: AwareDatetime
    outcome: Literal["ok", "empty", "failed"]
    """`empty`: every list answered, and none led to anything."""
    finish_reason: str
    requests: int = 0
    responses: int = 0
    new_pages: int = 0
    """Articles and threads that were fetched."""
    not_modified: int = 0
    """Lists that answered 304."""
    statuses: dict[str, int] = {}
    rejected: dict[str, int] = {}
    """Addresses that were not fetched, or not taken, by reason."""
    errors: tuple[str, ...] = ()
    """`reason: detail`."""

    @property
    def complete(self) -> bool:
        """Whether nothing that a list led to was left for the next run."""
        left = any(re.match(r"http_5|http_429|http_403|connection|dns|tls|cut_off|captcha|blocked", name)
                   for name in self.rejected)  # fmt: skip
        return self.finish_reason == "finished" and not left and not _UNFINISHED & set(self.rejected)


def judge(
    source: str,
    started_at: datetime,
    finished_at: datetime,
    stats: Mapping[str, Any],
    problems: Sequence[str],
) -> CrawlReport:
    """The report of a crawl from Scrapy's stats and the problems that its spider named."""
    rejected = _under(stats, f"{_OURS}rejected/")
    errors = list(problems)
    for name, count in _under(stats, "spider_exceptions/").items():
        if name != "count":
            rejected["parser_error"] = rejected.get("parser_error", 0) + count
            errors.append(f"parser_error: {name}, {count} times")
    reason = str(stats.get("finish_reason", "killed"))
    if reason not in _ENDED_WELL:
        errors.append(f"{reason}: the crawl did not end by itself")
    return CrawlReport(
        source=source,
        started_at=started_at,
        finished_at=finished_at,
        outcome=_outcome(stats, reason),
        finish_reason=reason,
        requests=int(stats.get("downloader/request_count", 0)),
        responses=int(stats.get("downloader/response_count", 0)),
        new_pages=int(stats.get(f"{_OURS}new_pages", 0)),
        not_modified=int(stats.get(f"{_OURS}not_modified", 0)),
        statuses=_under(stats, f"{_OURS}status/"),
        rejected=dict(sorted(rejected.items())),
        errors=tuple(errors),
    )


def _outcome(stats: Mapping[str, Any], reason: str) -> Literal["ok", "empty", "failed"]:
    if reason not in _ENDED_WELL or not stats.get(f"{_OURS}answered") or _under(stats, "spider_exceptions/"):
        return "failed"
    wanted, brought = stats.get(f"{_OURS}wanted", 0), stats.get(f"{_OURS}new_pages", 0)
    if wanted and not brought:
        return "failed"
    return "ok" if stats.get(f"{_OURS}links") or stats.get(f"{_OURS}not_modified") else "empty"


def _under(stats: Mapping[str, Any], prefix: str) -> dict[str, int]:
    return {key[len(prefix) :]: int(value) for key, value in stats.items() if key.startswith(prefix)}
