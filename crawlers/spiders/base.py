"""What all spiders share: which pages of a list are fetched, what is noted of them, and readers' comments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from sqlalchemy.engine import Engine
from twisted.python.failure import Failure

from crawlers import comment_api, state
from crawlers.links import Link, belongs, is_new, is_old, told_time
from crawlers.middlewares import NotRecorded, Refused
from crawlers.pages import url_id
from crawlers.refusals import failure as failure_name
from crawlers.settings import CrawlLimits
from crawlers.source import CommentRules, Source

Requests = Iterator[Request]
_PROBLEMS = 50
_COMMENT_DAYS = timedelta(days=3)
"""So long after an article appeared its comments are asked for again at every run."""
_LISTS, _ARTICLES, _COMMENTS = 20, 10, 0
"""Priorities: when the time runs out, comments are left."""


@dataclass(frozen=True)
class Asking:
    """Where the asking for an article's comments, or for one comment's replies, stands."""

    parent: str
    title: str
    ids: Mapping[str, str]
    comment: str = ""
    number: int = 0
    offset: int = 0
    known: frozenset[str] = frozenset()
    """The comments so far: a service that does not page gives them again."""


class SourceSpider(Spider):
    """Fetches a source's lists and the pages that they lead to. A kind of site says how to read a list."""

    name = "source"
    list_role = "listing"
    page_role = "article"

    def __init__(self, source: Source, limits: CrawlLimits, memory: Engine, at: datetime) -> None:
        super().__init__(source.slug)
        self.source, self.memory, self.at = source, memory, at
        self.left = source.crawl.max_pages or limits.max_pages
        self.asked: set[str] = set()
        self.refusals: Counter[str] = Counter()
        self.problems: list[str] = []
        self.unfinished: Counter[str] = Counter()
        """Pages of several parts → how many of the parts that were asked for have not come."""

    def links(self, response: Response) -> Iterable[Link]:
        """The pages that a list leads to."""
        raise NotImplementedError

    def more(self, response: Response, *, fresh: bool) -> Iterable[str]:  # noqa: ARG002 - for lists with pages
        """The further lists that a list leads to; `fresh` says whether it brought a new page."""
        return ()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the source's lists, then again for the comments of the last days' articles."""
        for url in self.source.crawl.start:
            yield self.list_request(url, start=True)
        if self.source.crawl.comments:
            for seen in state.recent(self.memory, self.source.slug, self.at - _COMMENT_DAYS):
                for request in self.comment_requests(seen.url, seen.title, seen.comment_ids):
                    yield request

    def list_request(self, url: str, number: int = 1, *, start: bool = False) -> Request:
        """A list, fetched only if it changed since it was last read and nothing of it was left."""
        self.asked.add(f"list {url_id(url)}")
        seen = state.lookup(self.memory, self.source.slug, [url]).get(url_id(url))
        known = {"If-None-Match": seen.etag, "If-Modified-Since": seen.last_modified} if seen else {}
        return Request(
            url,
            self.parse_list,
            errback=self.failed,
            headers={name: value for name, value in known.items() if value},
            priority=_LISTS,
            dont_filter=True,
            cb_kwargs={"number": number},
            meta={"notes": {"role": self.list_role}, "start": start, "handle_httpstatus_list": [304]},
        )

    def parse_list(self, response: Response, number: int) -> Requests:
        """Ask for the new pages of a list, and for the lists after it."""
        start = int(response.meta["start"])
        if response.status == 304:
            self.count("not_modified")
            self.count("answered", start)
            return
        links = list(self.links(response))
        self.count("links", len(links))
        fresh = list(self.fresh(links))
        for link in fresh:
            yield self.page_request(link)
        more = [url for url in self.more(response, fresh=bool(fresh)) if belongs(url, self.source)]
        for further in more:
            if number < self.source.crawl.listing_pages and f"list {url_id(further)}" not in self.asked:
                yield self.list_request(further, number + 1)
        if start and not links and not more:
            self.reject(f"empty_{self.list_role}", response.url)
        self.count("answered", start)

    def fresh(self, links: Iterable[Link]) -> Iterator[Link]:
        """The links whose pages are to be fetched; each of the others is counted under a name."""
        links = [link for link in links if url_id(link.url) not in self.asked]
        known = state.lookup(self.memory, self.source.slug, (link.url for link in links))
        for link in links:
            identity = url_id(link.url)
            if identity in self.asked:
                continue
            self.asked.add(identity)
            if not belongs(link.url, self.source):
                self.reject("off_site")
            elif not re.search(self.source.crawl.article_url, link.url):
                self.reject("not_article")
            elif not is_new(link, known.get(identity), self.at):
                self.reject("seen")
            elif is_old(link, self.at, self.source.crawl.max_age_days):
                self.reject("too_old")
            elif self.left <= 0:
                self.reject("over_max_pages")
            else:
                self.left -= 1
                yield link

    def page_request(self, link: Link) -> Request:
        """An article or the first page of a thread."""
        changed = told_time(link.changed, self.at)
        published = told_time(link.published, self.at)
        self.count("wanted")
        return Request(
            link.url,
            self.parse_page,
            errback=self.failed,
            priority=_ARTICLES,
            meta={
                "notes": {
                    "role": self.page_role,
                    "published": published.isoformat() if published else link.published,
                    "changed": changed.isoformat() if changed else "",
                }
            },
        )

    def parse_page(self, response: Response) -> Requests:
        """Ask for the comments under an article."""
        rules = self.source.crawl.comments
        if rules and isinstance(response, TextResponse):
            ids = comment_api.comment_ids(rules, response.selector, response.url)
            yield from self.comment_requests(response.url, comment_api.page_title(response.selector), ids)

    def comment_requests(self, parent: str, title: str, ids: Mapping[str, str]) -> Requests:
        """The first request for an article's comments, once a run."""
        key = f"comments {url_id(parent)}"
        if self.source.crawl.comments and ids and key not in self.asked:
            self.asked.add(key)
            yield self.comment_request(self.source.crawl.comments, Asking(parent, title, ids))

    def comment_request(self, rules: CommentRules, asking: Asking) -> Request:
        """The next page of comments or replies."""
        return Request(
            comment_api.address(rules, asking.ids, asking.number, asking.offset, asking.comment),
            self.parse_comments,
            errback=self.failed,
            priority=_COMMENTS,
            dont_filter=True,
            cb_kwargs={"rules": rules, "asking": asking},
            meta={"notes": {"role": "comments", "parent": asking.parent, "parent-title": asking.title}},
        )

    def parse_comments(self, response: Response, rules: CommentRules, asking: Asking) -> Requests:
        """Ask for further pages until one brings nothing, and for the replies that are kept apart."""
        try:
            answer = comment_api.read_answer(response.text if isinstance(response, TextResponse) else "?")
        except ValueError as error:
            self.reject("bad_data", f"{error} {response.url}")
            return
        if rules.replies and not asking.comment:
            for comment in answer.lacking:
                yield self.comment_request(rules, Asking(asking.parent, asking.title, asking.ids, comment))
        number, offset = asking.number + 1, asking.offset + len(answer.ids)
        if not set(answer.ids) - asking.known or (answer.total is not None and offset >= answer.total):
            return
        if number >= rules.max_requests:
            self.reject("over_max_requests")
            return
        known = asking.known.union(answer.ids)
        yield self.comment_request(rules, replace(asking, number=number, offset=offset, known=known))

    def failed(self, failure: Failure) -> None:
        """Count a request that brought no page under its name."""
        error, url = failure.value, failure.request.url  # type: ignore[attr-defined]
        if isinstance(error, NotRecorded):
            raise CloseSpider("not_recorded")
        self.reject(_name(error), url)

    def reject(self, name: str, url: str = "") -> None:
        """Count an input that is not followed; with its URL where an operator may want to know it."""
        self.count(f"rejected/{name}")
        if url:
            self.problem(name, url)

    def problem(self, name: str, told: str) -> None:
        """Keep a problem for the report, up to a number."""
        self.logger.info("%s: %s", name, told)
        if len(self.problems) < _PROBLEMS:
            self.problems.append(f"{name}: {told}")

    def count(self, name: str, by: int = 1) -> None:
        """Add to a count of the report."""
        self.crawler.stats.inc_value(f"langnghe/{name}", by)


def _name(error: BaseException | None) -> str:
    if isinstance(error, Refused):
        return error.name
    if isinstance(error, HttpError):
        return f"http_{error.response.status}"
    if isinstance(error, IgnoreRequest):
        told = str(error)
        return "robots" if "robots" in told else "too_large" if "MAXSIZE" in told else "ignored"
    return failure_name(error) if error else "crawler_error"
