"""One crawl of one source: Scrapy in a child process, its pages in a WARC file, then the memory of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawlers.memory import remembered
from crawlers.report import CrawlReport, judge
from crawlers.settings import CrawlLimits
from crawlers.source import Source
from crawlers.state import open_state, remember
from crawlers.warc import read_pages

__all__ = ["CrawlLimits", "CrawlReport", "crawl"]

_GRACE = 60.0
"""Seconds after the soft limit until the child is told to stop: time for the requests under way."""
_LAST_GRACE = 20.0
"""Seconds from then until it is killed."""


def crawl(source: Source, folder: Path, state: str, limits: CrawlLimits, at: datetime) -> CrawlReport:
    """Crawl a source into `folder`: `pages.warc.gz`, `crawl.json` (the report), `crawl.log`.

    `state` is the SQLAlchemy URL of the memory, `at` the run's time (aware). The memory is written when the
    WARC file is in place, so a crawl that is killed leaves nothing: the next one fetches the same pages. A
    folder with a report is not crawled again, unless the crawl failed and left nothing that others may have
    read. Troubles are told in the report, not raised.
    """
    report_path = folder / "crawl.json"
    if report_path.exists():
        report = CrawlReport.model_validate_json(report_path.read_bytes())
        if report.outcome != "failed" or {each.name for each in folder.iterdir()} - {
            "crawl.json",
            "crawl.log",
        }:
            return report
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob(".crawl-*"):
        stale.unlink()
    engine = open_state(state)
    part, result = (folder / f".crawl-{os.getpid()}.{kind}" for kind in ("warc.gz", "json"))
    try:
        order = {
            "source": source.model_dump(mode="json"),
            "limits": limits.model_dump(),
            "state": state,
            "at": at.isoformat(),
            "warc": str(part),
            "result": str(result),
            "parent": os.getpid(),
        }
        ended = _run(order, folder / "crawl.log", limits)
        told: dict[str, Any] = {"stats": {"finish_reason": ended}}
        if result.exists():
            told = json.loads(result.read_bytes())
        report = judge(source.slug, at, max(at, datetime.now(UTC)), told["stats"], told.get("problems", ()))
        if result.exists() and part.exists():
            _put(part, folder / "pages.warc.gz")
            pages = read_pages(folder / "pages.warc.gz")
            unfinished = frozenset(told["unfinished"])
            seen = remembered(pages, source, complete=report.complete, unfinished=unfinished)
            remember(engine, source.slug, seen)
        result.write_text(report.model_dump_json(indent=1), encoding="utf8")
        _put(result, report_path)
    finally:
        engine.dispose()
        part.unlink(missing_ok=True)
        result.unlink(missing_ok=True)
    return report


def _run(order: Mapping[str, Any], log: Path, limits: CrawlLimits) -> str:
    """Run the child to its end or to the hard limit; return the reason for its leaving no result, if so."""
    environment = dict(os.environ)
    if limits.proxy:
        for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY"):
            environment.pop(name, None)
        environment |= {"http_proxy": limits.proxy, "https_proxy": limits.proxy}
    command = [sys.executable, "-m", "crawlers.runner"]
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=environment
        ) as child,
    ):
        try:
            child.communicate(json.dumps(order).encode(), timeout=limits.max_seconds + _GRACE)
        except subprocess.TimeoutExpired:
            child.terminate()
            try:
                child.wait(_LAST_GRACE)
            except subprocess.TimeoutExpired:
                child.kill()
            return "time_limit"
        except BaseException:
            child.kill()
            raise
    return "killed" if child.returncode < 0 else "start_error"


def _put(part: Path, path: Path) -> None:
    """Move a finished file to its place, on disk."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(path)
