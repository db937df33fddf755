"""The child process of a crawl: `python -m crawlers.runner` reads an Order and runs Scrapy once."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from scrapy.crawler import AsyncCrawlerProcess

from crawlers.settings import CrawlLimits, scrapy_settings
from crawlers.source import Source
from crawlers.spiders.base import SourceSpider
from crawlers.spiders.feed import FeedSpider
from crawlers.spiders.forum import ForumSpider
from crawlers.spiders.listing import ListingSpider
from crawlers.spiders.sitemap import SitemapSpider
from crawlers.state import open_state

SPIDERS: dict[str, type[SourceSpider]] = {
    "feed": FeedSpider,
    "sitemap": SitemapSpider,
    "listing": ListingSpider,
    "forum": ForumSpider,
}
_PR_SET_PDEATHSIG = 1


class Order(BaseModel):
    """What the parent wants crawled, and where the child leaves it."""

    source: Source
    limits: CrawlLimits
    state: str
    at: datetime
    warc: Path
    result: Path
    """JSON: Scrapy's stats and the problems that the spider named."""
    parent: int


def main() -> None:
    """Run the ordered crawl. The exit code says nothing: the parent judges by the result."""
    order = Order.model_validate_json(sys.stdin.buffer.read())
    _die_with(order.parent)
    settings = scrapy_settings(order.source, order.limits)
    settings |= {"LANGNGHE_WARC": str(order.warc), "LANGNGHE_SOURCE": order.source.slug}
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(SPIDERS[order.source.crawl.spider])
    process.crawl(
        crawler, source=order.source, limits=order.limits, memory=open_state(order.state), at=order.at
    )
    process.start()
    spider: Any = crawler.spider
    result = {
        "stats": crawler.stats.get_stats(),
        "problems": spider.problems,
        "unfinished": list(+spider.unfinished),
    }
    order.result.write_text(json.dumps(result, default=str, ensure_ascii=False), encoding="utf8")


def _die_with(parent: int) -> None:
    """Be asked to stop when the parent's thread that started us ends, however it ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the parent is gone")


if __name__ == "__main__":
    main()
