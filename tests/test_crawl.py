"""Real crawls of the demonstration's sites and of small bad ones, all on loopback."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from crawlers.catalogue import load_sources
from crawlers.crawl import CrawlLimits, CrawlReport, crawl
from crawlers.pages import Page
from crawlers.report import judge
from crawlers.source import Source
from crawlers.warc import read_pages
from demo.outlets import outlets, sites
from demo.server import NOT_FOUND, Response, Served, Site, serve

VIETNAM = timezone(timedelta(hours=7))
HOST = "bao.example"
Answers = Mapping[str, str | Response | Callable[[], str | Response]]


class Desk:
    """A crawl's surroundings: a server, a memory, a folder a run."""

    def __init__(self, folder: Path, served: Served) -> None:
        self.folder, self.served, self.runs = folder, served, 0
        self.state = f"sqlite:///{folder}/state.sqlite"

    def crawl(self, source: Source, at: datetime | None = None, **limits: Any) -> CrawlReport:
        self.runs += 1
        asked = CrawlLimits(
            **{"contact": "ioc@danang.example", "proxy": self.served.proxy, "max_seconds": 30, **limits}
        )
        at = at or datetime.now(VIETNAM)
        return crawl(source, self.folder / str(self.runs), self.state, asked, at)

    @property
    def pages(self) -> list[Page]:
        """What the last run saved."""
        return list(read_pages(self.folder / str(self.runs) / "pages.warc.gz"))

    def urls(self, role: str) -> list[str]:
        return [page.url for page in self.pages if page.headers["x-langnghe-role"] == role]

    def asked(self) -> list[str]:
        """The paths asked for since the last question, robots.txt aside."""
        paths = [path for _, path in self.served.requests if path != "/robots.txt"]
        self.served.requests.clear()
        return paths


@pytest.fixture(scope="module")
def demo() -> Iterator[Served]:
    with serve(sites(datetime.now(VIETNAM))) as served:
        yield served


def site(answers: Answers) -> Site:
    """A site of fixed answers; a callable is asked anew each time, text is HTML or XML."""

    def answer(path: str) -> Response:
        found = answers.get(path, NOT_FOUND)
        found = found() if callable(found) else found
        if isinstance(found, Response):
            return found
        kind = "text/xml" if found.startswith("<?xml") else "text/html"
        return Response(found.encode(), f"{kind}; charset=utf-8")

    return answer


def source(**crawl_rules: Any) -> Source:
    rules = {"spider": "feed", "start": [f"http://{HOST}/rss"], "delay": 0, **crawl_rules}
    facts = {"slug": "dng_mau", "name": "Báo Mẫu", "kind": "newspaper", "home": f"http://{HOST}/"}
    return Source.model_validate({**facts, "crawl": rules})


def demo_source(slug: str, **rules: Any) -> Source:
    found = load_sources()[slug]
    return found.model_copy(update={"crawl": found.crawl.model_copy(update={"delay": 0.0, **rules})})


def feed(*paths: str, date: str = "") -> str:
    when = f"<pubDate>{date}</pubDate>" if date else ""
    items = "".join(f"<item><link>http://{HOST}{path}</link>{when}</item>" for path in paths)
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'


ARTICLE = "<h1>Ngập ở Hòa Khánh</h1><p>Sáng nay nhiều tuyến đường ngập sâu.</p>"


# --- what each kind of site brings, and that a second run brings nothing -----------------------------------


@pytest.mark.parametrize(
    ("slug", "role", "list_role"),
    [
        ("demo_datquang", "article", "feed"),
        ("demo_nguhanh", "article", "sitemap"),
        ("demo_cong", "article", "listing"),
    ],
)
def test_a_site_is_crawled_once_and_then_not_again(
    tmp_path: Path, demo: Served, slug: str, role: str, list_role: str
) -> None:
    desk = Desk(tmp_path, demo)
    outlet = next(each for each in outlets(datetime.now(VIETNAM)) if each.slug == slug)
    first = desk.crawl(demo_source(slug))
    assert (first.outcome, first.errors, first.rejected) == ("ok", (), {})
    assert first.new_pages == len(outlet.stories)
    assert sorted(desk.urls(role)) == sorted(outlet.home + path for path in outlet.by_path)
    second = desk.crawl(demo_source(slug))
    assert (second.outcome, second.new_pages, second.not_modified) == ("ok", 0, 1)
    assert [page.status for page in desk.pages if page.headers["x-langnghe-role"] == list_role] == [304]
    assert desk.urls(role) == []


def test_a_page_carries_what_the_feed_said_of_it(tmp_path: Path, demo: Served) -> None:
    desk = Desk(tmp_path, demo)
    desk.crawl(demo_source("demo_baosonghan", max_pages=1))
    (page,) = (page for page in desk.pages if page.headers["x-langnghe-role"] == "article")
    assert page.source == "demo_baosonghan"
    assert datetime.fromisoformat(page.headers["x-langnghe-published"]) < page.fetched_at
    assert [page.url for page in desk.pages][0].endswith("/robots.txt")


def test_comments_are_paged_and_asked_for_again(tmp_path: Path, demo: Served) -> None:
    desk = Desk(tmp_path, demo)
    rules = demo_source("demo_bachdang").crawl.comments
    assert rules is not None
    few = rules.model_copy(update={"limit": 2})
    desk.crawl(demo_source("demo_bachdang", comments=few))

    def brought() -> tuple[set[int], set[str]]:
        answers = [page for page in desk.pages if page.headers["x-langnghe-role"] == "comments"]
        items = [item for page in answers for item in json.loads(page.body)["data"]["items"]]
        assert len(items) == len({item["comment_id"] for item in items})
        return {i["comment_id"] for i in items}, {page.headers["x-langnghe-parent"] for page in answers}

    stories = next(each for each in outlets(datetime.now(VIETNAM)) if each.slug == "demo_bachdang").stories
    expected = {remark.id for story in stories for remark in story.comments}
    comments, parents = brought()
    assert comments == expected
    assert len(parents) == len(stories)
    titles = {page.headers.get("x-langnghe-parent-title") for page in desk.pages}
    assert {story.title for story in stories} <= titles
    again = desk.crawl(demo_source("demo_bachdang", comments=few))
    assert (again.outcome, again.new_pages) == ("ok", 0)
    assert brought()[0] == expected
    later = desk.crawl(demo_source("demo_bachdang"), at=datetime.now(VIETNAM) + timedelta(days=4))
    assert later.requests == 2


def test_a_forum_is_read_thread_by_thread_at_its_own_pace(tmp_path: Path, demo: Served) -> None:
    desk = Desk(tmp_path, demo)
    began = time.monotonic()
    report = desk.crawl(demo_source("demo_diendan"))
    forum = next(each for each in outlets(datetime.now(VIETNAM)) if each.slug == "demo_diendan")
    threads = forum.threads  # type: ignore[attr-defined]
    assert report.new_pages == sum(-(-len(thread.posts) // 10) for thread in threads)
    # Its robots.txt says `Crawl-delay: 0.2`; the requests for robots.txt and the forum go before.
    assert time.monotonic() - began > 0.2 * (report.requests - 1)
    times = sorted(page.fetched_at for page in desk.pages)
    assert all(b - a > timedelta(seconds=0.15) for a, b in zip(times[1:], times[2:], strict=False))
