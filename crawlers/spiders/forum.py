"""Forums (XenForo, and others by their links): forum pages → threads → the pages of a thread."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsel import Selector
from scrapy import Request
from scrapy.http import Response, TextResponse

from crawlers import state
from crawlers.links import Link, belongs
from crawlers.pages import url_id
from crawlers.spiders.base import Requests, SourceSpider
from crawlers.spiders.listing import addresses, next_page
from crawlers.threads import thread_url

_NUMBER = re.compile(r"(?<=/page-)\d+|(?<=[?&]page=)\d+")
_BOARDS = ".node-title a, .node-main .node-title a, .nodeTitle a, .forumtitle a"
_MOST_BOARDS = 30
_LATER_PAGES = 11
"""Priority: a thread is read to its end before the next one."""


class ForumSpider(SourceSpider):
    """The threads of a forum that have something new, from the page on that was read last."""

    page_role = "thread"

    def links(self, response: Response) -> Iterator[Link]:
        """A link a thread, with the time of its latest post where the forum's page tells it."""
        if not isinstance(response, TextResponse):
            self.reject("not_html", response.url)
            return
        rows = response.css(".structItem--thread")
        for row in rows:
            titles = row.css(".structItem-title a:not(.labelLink)::attr(href)").getall()
            if titles:
                yield Link(thread_url(response.urljoin(titles[-1])), changed=_latest(row))
        if not rows:
            for url in addresses(response, self.source.crawl.links or "a"):
                if belongs(url, self.source) and self._is_thread(url):
                    yield Link(thread_url(url))

    def _is_thread(self, url: str) -> bool:
        pattern = self.source.crawl.article_url
        return bool(pattern and re.search(pattern, url))

    def more(self, response: Response, *, fresh: bool) -> Iterator[str]:
        """The forum's next page, or the boards of a page that lists boards."""
        if not isinstance(response, TextResponse):
            return
        if fresh:
            yield from next_page(response, self.source.crawl.next or "a.pageNav-jump--next")
        if not response.css(".structItem--thread"):
            yield from list(addresses(response, _BOARDS))[:_MOST_BOARDS]

    def page_request(self, link: Link) -> Request:
        """The first page of a thread that is new, else the last page that was read."""
        seen = state.lookup(self.memory, self.source.slug, [link.url]).get(url_id(link.url))
        request = super().page_request(link)
        self.unfinished[link.url] += 1
        request.cb_kwargs["thread"] = link.url
        return request.replace(url=seen.last_url) if seen and seen.last_url else request

    def parse_page(self, response: Response, thread: str = "") -> Requests:
        """Ask for the pages after this one; of a long thread for the last ones."""
        self.unfinished[thread] -= 1
        if response.meta.get("later") or not isinstance(response, TextResponse):
            return
        pages = _pages(response, thread)
        after = [number for number in sorted(pages) if number > _number(response.url)]
        wanted = (
            after[-(self.source.crawl.listing_pages - 1) :] if self.source.crawl.listing_pages > 1 else []
        )
        if left := len(after) - len(wanted):
            self.count("rejected/over_listing_pages", left)
        for number in wanted:
            if self.left <= 0:
                self.reject("over_max_pages")
                self.unfinished[thread] += 1
                return
            self.left -= 1
            self.unfinished[thread] += 1
            meta = {"notes": response.meta["notes"], "later": True}
            yield response.follow(
                pages[number],
                self.parse_page,
                errback=self.failed,
                priority=_LATER_PAGES,
                meta=meta,
                cb_kwargs={"thread": thread},
            )


def _latest(row: Selector) -> str:
    times = row.css("time::attr(datetime)").getall()
    return str(times[-1]) if times else ""


def _number(url: str) -> int:
    match = _NUMBER.search(url)
    return int(match[0]) if match else 1


def _pages(response: TextResponse, thread: str) -> dict[int, str]:
    """A thread's pages after the first by number: those linked, and those that the pager leaves out."""
    linked = {_number(url): url for url in addresses(response, "a") if thread_url(url) == thread}
    linked = {number: url for number, url in linked.items() if number > 1}
    if not linked:
        return {}
    pattern = linked[max(linked)]
    return {number: _NUMBER.sub(str(number), pattern) for number in range(2, max(linked) + 1)}
