"""Scrapy's settings for one source: polite, identifiable, bounded."""

from __future__ import annotations

import resource
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from crawlers.source import Source

ROBOTS_NAME = "LangNghe"
"""The name that a robots.txt addresses us by."""


class CrawlLimits(BaseModel):
    """How a crawl introduces itself and when it stops."""

    model_config = ConfigDict(frozen=True)

    contact: str = ""
    """E-mail or page where a site's owner reaches the operator; part of the user agent."""
    proxy: str = ""
    """Forward proxy for http and https, `http://127.0.0.1:8800`."""
    max_pages: int = Field(200, ge=1)
    """Articles or threads a run, unless the source says otherwise."""
    max_seconds: float = Field(600, gt=0)
    """After so long no further request starts."""


def user_agent(limits: CrawlLimits) -> str:
    """`LangNghe/0.1.0 (+contact)`."""
    try:
        number = version("langnghe")
    except PackageNotFoundError:
        number = "0"
    return f"{ROBOTS_NAME}/{number}" + (f" (+{limits.contact})" if limits.contact else "")


def _memory_mb() -> int:
    """What this process has taken; a crawl is forked from it and counts that among its own."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def scrapy_settings(source: Source, limits: CrawlLimits) -> dict[str, Any]:
    """The settings of a source's crawl."""
    return {
        "BOT_NAME": ROBOTS_NAME,
        "USER_AGENT": user_agent(limits),
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "vi,en;q=0.5",
        },
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": ROBOTS_NAME,
        "COOKIES_ENABLED": False,
        # One request at a time a host; two in all, so that few are waiting when the time is over.
        "CONCURRENT_REQUESTS": 2,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": source.crawl.delay,
        "DOWNLOAD_DELAY_JITTER": 0,
        "DOWNLOAD_TIMEOUT": 30,
        "DNS_TIMEOUT": 15,
        "DOWNLOAD_MAXSIZE": 10_000_000,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": source.crawl.verify_tls,
        "RETRY_TIMES": 2,
        "REDIRECT_MAX_TIMES": 5,
        "CLOSESPIDER_TIMEOUT": limits.max_seconds,
        # A safety net far above what the spiders' own bounds allow.
        "CLOSESPIDER_PAGECOUNT": 50 * (source.crawl.max_pages or limits.max_pages),
        "MEMUSAGE_LIMIT_MB": 1024 + _memory_mb(),
        # On by default since Scrapy 2.19: a port on loopback that executes what it is sent.
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "INFO",
        "DOWNLOADER_MIDDLEWARES": {
            "crawlers.middlewares.OwnHosts": 50,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            # Above Scrapy's RobotsTxtMiddleware (100), whose request for robots.txt passes through here.
            "crawlers.middlewares.Outcomes": 110,
            "crawlers.middlewares.BackOff": 555,
            "crawlers.middlewares.Recorder": 890,
        },
    }
