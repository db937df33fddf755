"""Between Scrapy and the network: own hosts only, robots.txt in full, back-off, every response saved."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest

from crawlers.links import belongs
from crawlers.refusals import failure, refusal
from crawlers.warc import PageWriter

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

    from crawlers.spiders.base import SourceSpider

logger = logging.getLogger(__name__)
_LONGEST_DELAY = 120.0
_PAGES = frozenset(("article", "thread"))


class Refused(IgnoreRequest):
    """A request that is not made, or a response that is not taken, and the name it is counted under."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NotRecorded(Exception):  # noqa: N818
    """A response could not be written to the WARC file."""


class _Middleware:
    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def spider(self) -> SourceSpider:
        return self.crawler.spider  # type: ignore[return-value]


def _for_robots(request: Request) -> bool:
    return bool(request.meta.get("dont_obey_robotstxt"))


class OwnHosts(_Middleware):
    """Only hosts of the source, and none that has refused three times in a row."""

    def process_request(self, request: Request) -> None:
        """Refuse the request by name, or let it through."""
        if _for_robots(request):
            return
        host = urlsplit(request.url).netloc.lower()
        if not belongs(request.url, self.spider.source):
            raise Refused("off_site")
        if self.spider.refusals[host] >= 3:
            raise Refused("blocked_host")


class Outcomes(_Middleware):
    """What robots.txt says beyond Scrapy's reading of it, and refusals in the shape of pages.

    A robots.txt that cannot be had (5xx, 429, no connection) closes its host; 4xx opens it (RFC 9309).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._closed: set[str] = set()
        crawler.signals.connect(self._slow_down, signal=signals.robots_parsed)

    def process_request(self, request: Request) -> None:
        """Refuse requests to a host whose robots.txt could not be had; Scrapy has asked for it before."""
        if not _for_robots(request) and urlsplit(request.url).netloc in self._closed:
            raise Refused("robots_unreachable")

    def process_response(self, request: Request, response: Response) -> Response:
        """Take a page, or refuse a refusal by its name."""
        if _for_robots(request):
            if response.status >= 500 or response.status == 429:
                self._close(request, f"http_{response.status}")
            return response if response.status == 200 else response.replace(body=b"")
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        # Readers' words about captchas and attacks are no refusal.
        body = b"" if request.meta.get("notes", {}).get("role") == "comments" else response.body
        if name := refusal(response.status, content_type, body):
            self.spider.refusals[urlsplit(request.url).netloc.lower()] += 1
            raise Refused(name)
        self.spider.refusals[urlsplit(request.url).netloc.lower()] = 0
        if response.status == 200 and request.meta.get("notes", {}).get("role") in _PAGES:
            self.crawler.stats.inc_value("langnghe/new_pages")
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Close the host whose robots.txt could not be had, after the last retry."""
        if _for_robots(request) and not isinstance(exception, IgnoreRequest):
            self._close(request, failure(exception))

    def _close(self, request: Request, name: str) -> None:
        asked = request.meta.get("redirect_urls", [request.url])[0]
        self._closed.add(urlsplit(asked).netloc)
        self.spider.problem("robots_unreachable", f"{name} {asked}")

    def _slow_down(self, robotparser: RobotParser, request: Request) -> None:
        """Obey Crawl-delay, which Scrapy only reads."""
        told = robotparser.crawl_delay(self.crawler.settings["ROBOTSTXT_USER_AGENT"])
        set_delay(self.crawler, request, told or 0)


def set_delay(crawler: Crawler, request: Request, seconds: float) -> None:
    """Make the delay of a request's host at least so long, for the rest of the crawl."""
    downloader = crawler.engine.downloader
    key = downloader.get_slot_key(request)
    delay = max(seconds, downloader.per_slot_settings.get(key, {}).get("delay", 0))
    delay = max(delay, crawler.settings.getfloat("DOWNLOAD_DELAY"))
    # Scrapy drops an idle host's slot after a minute and makes it anew from these settings.
    downloader.per_slot_settings[key] = {"concurrency": 1, "delay": delay, "jitter": 0}
    if slot := downloader.slots.get(key):
        slot.delay = delay


class BackOff(_Middleware):
    """Each retry waits twice as long; a host that says "too many" is asked at half the pace."""

    async def process_request(self, request: Request) -> None:
        """Hold a retry back."""
        retries = request.meta.get("retry_times", 0)
        if retries:
            delay: float = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
            await asyncio.sleep(min(delay * 2**retries, _LONGEST_DELAY))

    def process_response(self, request: Request, response: Response) -> Response:
        """Halve the pace."""
        if response.status in {429, 503}:
            slot = self.crawler.engine.downloader.slots.get(
                self.crawler.engine.downloader.get_slot_key(request)
            )
            set_delay(self.crawler, request, min(2 * slot.delay if slot else 0, _LONGEST_DELAY))
        return response


class Recorder(_Middleware):
    """Every response, as it arrives, to the WARC file: robots.txt, redirects and failures too."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        path, slug = Path(crawler.settings["LANGNGHE_WARC"]), crawler.settings["LANGNGHE_SOURCE"]
        self._pages = PageWriter(path, slug, crawler.settings["USER_AGENT"])
        crawler.signals.connect(self._pages.close, signal=signals.spider_closed)

    def process_response(self, request: Request, response: Response) -> Response:
        """Write the response. Raises NotRecorded, which ends the crawl."""
        notes = {"role": "robots"} if _for_robots(request) else dict(request.meta.get("notes", {}))
        if redirected := request.meta.get("redirect_urls"):
            notes["asked"] = redirected[0]
        try:
            self._pages.write(
                response.url,
                response.status,
                headers=_headers(response),
                body=response.body,
                at=datetime.now(UTC),
                notes=notes,
            )
        except OSError as error:
            raise NotRecorded(str(error)) from error
        self.crawler.stats.inc_value(f"langnghe/status/{response.status}")
        return response


def _headers(response: Response) -> Iterator[tuple[str, str]]:
    for name, values in response.headers.items():
        for value in values:
            yield name.decode("latin-1"), value.decode("latin-1").replace("\r", " ").replace("\n", " ")
