"""Real crawls of the demonstration's sites and of small bad ones, all on loopback."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
import trustme

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
    assert desk.pages[0].url.endswith("/robots.txt")


def test_comments_are_paged_and_asked_for_again(tmp_path: Path, demo: Served) -> None:
    desk = Desk(tmp_path, demo)
    rules = demo_source("demo_bachdang").crawl.comments
    assert rules is not None
    few = rules.model_copy(update={"limit": 5})
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
    recent = datetime.now(VIETNAM) - timedelta(days=3)
    now = outlets(datetime.now(VIETNAM))[4]
    assert len(brought()[1]) == sum(now.published(story) > recent for story in stories)
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
    assert all(b - a > timedelta(seconds=0.15) for a, b in pairwise(times[1:]))


# --- what is fetched again, and what is left for the next run -----------------------------------------------


def test_a_page_is_fetched_again_only_when_the_feed_says_that_it_changed(tmp_path: Path) -> None:
    told = ["Mon, 23 Nov 2026 08:00:00 +0700"]
    ahead = (datetime.now(VIETNAM) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S +0700")
    answers: Answers = {
        "/rss": lambda: feed("/a-1.html", date=told[0]),
        "/a-1.html": Response(b"", status=301, headers={"Location": "/moi-1.html"}),
        "/moi-1.html": ARTICLE,
    }
    with serve({HOST: site(answers)}) as served:
        desk = Desk(tmp_path, served)
        desk.crawl(source(max_age_days=10_000))
        assert desk.asked() == ["/rss", "/a-1.html", "/moi-1.html"]
        told[0] = "Mon, 23 Nov 2026 09:00:00 +0700"
        report = desk.crawl(source(max_age_days=10_000))
        assert (desk.asked(), report.outcome, report.rejected) == (["/rss"], "ok", {"seen": 1})
        told[0] = ahead
        desk.crawl(source(max_age_days=10_000))
        assert desk.asked() == ["/rss", "/a-1.html", "/moi-1.html"]
        desk.crawl(source(max_age_days=10_000))
        assert desk.asked() == ["/rss"]


def test_what_does_not_fit_in_a_run_comes_in_the_next(tmp_path: Path) -> None:
    paths = [f"/tin-{number}.html" for number in range(5)]
    with serve({HOST: site({"/rss": feed(*paths), **dict.fromkeys(paths, ARTICLE)})}) as served:
        desk = Desk(tmp_path, served)
        first = desk.crawl(source(), max_pages=3)
        assert (first.outcome, first.new_pages, first.rejected) == ("ok", 3, {"over_max_pages": 2})
        second = desk.crawl(source(), max_pages=3)
        assert (second.new_pages, second.not_modified, second.rejected) == (2, 0, {"seen": 3})
        third = desk.crawl(source(), max_pages=3)
        assert (third.new_pages, third.not_modified) == (0, 1)
        assert sorted(path for path in desk.asked() if path != "/rss") == paths


def test_a_crawl_stops_when_its_time_is_over_and_goes_on_in_the_next_run(tmp_path: Path) -> None:
    paths = [f"/tin-{number}.html" for number in range(30)]
    with serve({HOST: site({"/rss": feed(*paths), **dict.fromkeys(paths, ARTICLE)})}) as served:
        desk = Desk(tmp_path, served)
        first = desk.crawl(source(delay=0.1), max_seconds=1)
        assert (first.outcome, first.finish_reason) == ("ok", "closespider_timeout")
        assert 0 < first.new_pages < len(paths)
        second = desk.crawl(source(delay=0))
        assert first.new_pages + second.new_pages == len(paths)


def test_a_thread_is_read_on_from_its_last_page_when_it_has_new_posts(tmp_path: Path) -> None:
    pages, latest = [6], ["2026-11-20T08:00:00+07:00"]
    thread = f"http://{HOST}/threads/ngap.7/"

    def board() -> str:
        return f'<div class="structItem--thread"><div class="structItem-title"><a href="/threads/ngap.7/">Ngập</a></div><time datetime="{latest[0]}"></time></div>'

    def part() -> str:
        return f'<h1 class="p-title-value">Ngập</h1><a href="/threads/ngap.7/page-{pages[0]}">cuối</a>'

    parts = {f"/threads/ngap.7/page-{number}": part for number in range(2, 9)}
    forum = source(spider="forum", start=[f"http://{HOST}/forums/chung.1/"], article_url=r"/threads/.+\.\d+/")
    with serve({HOST: site({"/forums/chung.1/": board, "/threads/ngap.7/": part, **parts})}) as served:
        desk = Desk(tmp_path, served)
        first = desk.crawl(forum)
        assert desk.urls("thread") == [thread, f"{thread}page-5", f"{thread}page-6"]
        assert first.rejected == {"over_listing_pages": 3}
        assert desk.crawl(forum).new_pages == 0
        pages[0], latest[0] = 7, (datetime.now(VIETNAM) + timedelta(hours=1)).isoformat()
        desk.crawl(forum)
        assert desk.urls("thread") == [f"{thread}page-6", f"{thread}page-7"]


def test_an_index_of_sitemaps_leads_to_its_latest(tmp_path: Path) -> None:
    today = datetime.now(VIETNAM).date().isoformat()
    index = (
        f"<?xml version='1.0'?><sitemapindex><sitemap><loc>http://{HOST}/old.xml</loc><lastmod>2020-01-01</lastmod>"
        f"</sitemap><sitemap><loc>http://{HOST}/new.xml.gz</loc><lastmod>{today}</lastmod></sitemap></sitemapindex>"
    )
    urls = (
        f"<urlset><url><loc>http://{HOST}/a-1.html</loc></url><url><loc>http://{HOST}/b</loc></url></urlset>"
    )
    answers: Answers = {
        "/sitemap.xml": index,
        "/new.xml.gz": Response(gzip.compress(urls.encode()), "application/gzip"),
        "/a-1.html": ARTICLE,
    }
    rules = source(spider="sitemap", start=[f"http://{HOST}/sitemap.xml"], article_url=r"-\d+\.html")
    with serve({HOST: site(answers)}) as served:
        desk = Desk(tmp_path, served)
        report = desk.crawl(rules)
        assert (report.outcome, report.rejected) == ("ok", {"not_article": 1})
        assert desk.asked() == ["/sitemap.xml", "/new.xml.gz", "/a-1.html"]


def test_replies_that_are_kept_apart_are_asked_for(tmp_path: Path) -> None:
    def comment(number: int, replies: int = 0) -> dict[str, Any]:
        more = {"total": replies, "items": []} if replies else {}
        return {"comment_id": number, "content": "Đúng vậy", "creation_time": 1_790_000_000, "replys": more}

    def api(path: str) -> Response:
        url, query = urlsplit(path), parse_qs(urlsplit(path).query)
        offset = int(query["offset"][0])
        everything = [comment(1), comment(2, 3), comment(3)]
        if url.path == "/getreplay":
            everything = [comment(10 * int(query["id"][0]) + number) for number in range(3)]
        data = {"items": everything[offset : offset + 2]}
        if url.path == "/get":
            data["total"] = len(everything)  # type: ignore[assignment]
        return Response(json.dumps({"data": data}).encode(), "application/json")

    comments = {
        "url": "http://yk.example/get?objectid={id}&offset={offset}&limit={limit}",
        "replies": "http://yk.example/getreplay?objectid={id}&id={comment}&offset={offset}",
        "ids": {"id": r"url:-(\d+)\.html"},
    }
    answers = {"/rss": feed("/a-77.html"), "/a-77.html": ARTICLE}
    sites = {HOST: site(answers), "yk.example": lambda path: NOT_FOUND if "?" not in path else api(path)}
    with serve(sites) as served:
        desk = Desk(tmp_path, served)
        report = desk.crawl(source(comments=comments))
        assert (report.outcome, report.rejected) == ("ok", {})
        bodies = [page.body for page in desk.pages if page.headers["x-langnghe-role"] == "comments"]
        ids = [item["comment_id"] for body in bodies for item in json.loads(body)["data"]["items"]]
        assert sorted(ids) == [1, 2, 3, 20, 21, 22]
        assert ("yk.example", "/robots.txt") in served.requests


# --- manners and failures -------------------------------------------------------------------------------------


def robots(text: str) -> Response:
    return Response(text.encode(), "text/plain")


BLOCKED = "<html><body><h1>Thông báo từ chối truy cập</h1></body></html>"
CAPTCHA = "<html><body>Vui lòng nhập mã captcha để tiếp tục</body></html>"
FAILURES: dict[str, tuple[Answers, dict[str, Any], str, dict[str, int]]] = {
    # name: (the site, the source's rules, outcome, rejected)
    "feed 404": ({}, {}, "failed", {"http_404": 1}),
    "feed 500": ({"/rss": Response(b"", status=500)}, {}, "failed", {"http_500": 1}),
    "empty feed": ({"/rss": feed()}, {}, "empty", {"empty_feed": 1}),
    "no feed": ({"/rss": ARTICLE}, {}, "empty", {"empty_feed": 1, "not_a_feed": 1}),
    "refusal for a feed": ({"/rss": BLOCKED}, {}, "failed", {"blocked_page": 1}),
    "captcha for a feed": ({"/rss": CAPTCHA}, {}, "failed", {"captcha": 1}),
    "too many": ({"/rss": Response(b"", status=429)}, {}, "failed", {"http_429": 1}),
    "too large": (
        {"/rss": feed("/a"), "/a": Response(b"x" * 10_000_001)},
        {},
        "failed",
        {"too_large": 1},
    ),
    "robots 503": (
        {"/robots.txt": Response(b"", status=503), "/rss": feed("/a")},
        {},
        "failed",
        {"robots_unreachable": 1},
    ),
    "robots forbids all": (
        {"/robots.txt": robots("User-agent: LangNghe\nDisallow: /"), "/rss": feed("/a")},
        {},
        "failed",
        {"robots": 1},
    ),
    "robots forbids some": (
        {
            "/robots.txt": robots("User-agent: *\nDisallow: /kin/"),
            "/rss": feed("/kin/a", "/b"),
            "/b": ARTICLE,
        },
        {},
        "ok",
        {"robots": 1},
    ),
    "every article is refused": (
        {
            "/rss": feed(*(f"/{n}" for n in range(9))),
            **{f"/{n}": Response(b"", status=403) for n in range(2)},
        },
        {"max_pages": 2},
        "failed",
        {"http_403": 2, "over_max_pages": 7},
    ),
    "other hosts": (
        {
            "/rss": feed("/a", "/to").replace(f"{HOST}/a", "quang-cao.example/a"),
            "/to": Response(b"", status=302, headers={"Location": "http://quang-cao.example/b"}),
        },
        {},
        "failed",
        {"off_site": 2},
    ),
    "one of two feeds": (
        {"/rss": feed("/a"), "/a": ARTICLE},
        {"start": [f"http://{HOST}/rss", f"http://{HOST}/rss2"]},
        "ok",
        {"http_404": 1},
    ),
    "listing without articles": (
        {"/": ARTICLE},
        {"spider": "listing", "start": [f"http://{HOST}/"]},
        "empty",
        {"empty_listing": 1},
    ),
}


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[CrawlReport, list[str]]]:
    """The reports of all failures, and the paths that were asked for; the crawls run side by side."""

    def run(name: str) -> tuple[CrawlReport, list[str]]:
        answers, rules, _, _ = FAILURES[name]
        with serve({HOST: site(answers)}) as served:
            desk = Desk(tmp_path_factory.mktemp("failure"), served)
            return desk.crawl(source(**rules)), [path for _, path in served.requests]

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(FAILURES, pool.map(run, FAILURES), strict=True))


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_has_its_name(failures: dict[str, tuple[CrawlReport, list[str]]], name: str) -> None:
    report, _ = failures[name]
    _, _, outcome, rejected = FAILURES[name]
    assert (report.outcome, report.rejected) == (outcome, rejected)
    assert report.finish_reason == "finished"
    assert {error.partition(":")[0] for error in report.errors} >= set(rejected) - {"over_max_pages"}


def test_nothing_is_asked_where_robots_txt_cannot_be_had(
    failures: dict[str, tuple[CrawlReport, list[str]]],
) -> None:
    assert set(failures["robots 503"][1]) == {"/robots.txt"}
    assert failures["robots forbids all"][1] == ["/robots.txt"]
    assert "/kin/a" not in failures["robots forbids some"][1]


def test_a_temporary_failure_is_tried_three_times(
    failures: dict[str, tuple[CrawlReport, list[str]]],
) -> None:
    assert Counter(failures["feed 500"][1]) == {"/robots.txt": 1, "/rss": 3}
    assert failures["feed 500"][0].statuses == {"404": 1, "500": 3}


def test_a_host_that_refuses_three_times_is_left_alone(tmp_path: Path) -> None:
    paths = [f"/tin-{number}.html" for number in range(9)]
    refusals = {path: Response(b"", status=403) for path in paths}
    with serve({HOST: site({"/rss": feed(*paths), **refusals})}) as served:
        desk = Desk(tmp_path, served)
        report = desk.crawl(source())
        # One more request may be on its way when the third refusal comes.
        assert report.rejected["http_403"] in {3, 4}
        assert sum(report.rejected.values()) == 9
        assert len(desk.asked()) == 1 + report.rejected["http_403"]


@pytest.mark.parametrize(
    ("start", "proxy", "name"),
    [
        ("http://127.0.0.1:{closed}/rss", "", "connection_refused"),
        ("http://bao-mau.invalid/rss", "", "dns"),
    ],
)
def test_a_host_that_cannot_be_reached_has_a_name(tmp_path: Path, start: str, proxy: str, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = taken.getsockname()[1]
    limits = CrawlLimits(max_seconds=30, proxy=proxy)
    address = start.format(closed=closed)
    report = crawl(
        source(start=[address]), tmp_path, f"sqlite:///{tmp_path}/s", limits, datetime.now(VIETNAM)
    )
    assert (report.outcome, report.rejected) == ("failed", {"robots_unreachable": 1})
    assert f"robots_unreachable: {name} " in report.errors[0]


def test_certificates_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    rules = source(start=[f"https://{HOST}/rss"])
    answers = site({"/rss": feed("/a").replace("http:", "https:"), "/a": ARTICLE})
    with serve({HOST: answers, f"{HOST}:443": answers}, tls=context) as served:
        desk = Desk(tmp_path, served)
        stranger = desk.crawl(rules)
        assert "robots_unreachable: tls " in stranger.errors[0]
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert desk.crawl(rules).new_pages == 1
        assert desk.urls("article") == [f"https://{HOST}/a"]


def test_we_say_who_we_are(tmp_path: Path) -> None:
    heads: list[str] = []

    class Listener(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            heads.append("".join(iter(lambda: self.rfile.readline().decode(), "\r\n")))
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        start = f"http://127.0.0.1:{server.server_address[1]}/rss"
        limits = CrawlLimits(contact="ioc@danang.example")
        crawl(source(start=[start]), tmp_path, f"sqlite:///{tmp_path}/s", limits, datetime.now(VIETNAM))
        server.shutdown()
    assert len(heads) == 2
    for head in heads:
        assert re.search(r"(?m)^User-Agent: LangNghe/[\d.]+ \(\+ioc@danang\.example\)\r$", head)
        assert "Cookie" not in head
    assert all("set-cookie" not in page.headers for page in read_pages(tmp_path / "pages.warc.gz"))


# --- killed in the middle ---------------------------------------------------------------------------------------


def slow_site(count: int) -> Site:
    paths = [f"/tin-{number}.html" for number in range(count)]

    def slow() -> str:
        time.sleep(0.15)
        return ARTICLE

    return site({"/rss": feed(*paths), **dict.fromkeys(paths, slow)})


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """The processes whose parent is `pid`."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_child_that_is_killed_leaves_nothing_and_all_comes_in_the_next_run(tmp_path: Path) -> None:
    with serve({HOST: slow_site(12)}) as served:
        desk = Desk(tmp_path, served)
        before = set(children(os.getpid()))
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(desk.crawl, source())
            until(lambda: len(served.requests) > 5)
            (child,) = set(children(os.getpid())) - before
            os.kill(child, signal.SIGKILL)
            report = running.result()
        assert (report.outcome, report.finish_reason, report.new_pages) == ("failed", "killed", 0)
        assert sorted(path.name for path in (tmp_path / "1").iterdir()) == ["crawl.json", "crawl.log"]
        again = desk.crawl(source())
        assert (again.outcome, again.new_pages, again.rejected) == ("ok", 12, {})
        assert len(desk.urls("article")) == len(set(desk.urls("article"))) == 12


def test_a_parent_that_is_killed_takes_its_child_along_and_can_be_repeated(tmp_path: Path) -> None:
    script = (
        "import sys; from crawlers.crawl import *; from crawlers.source import Source; from pathlib import Path;"
        "from datetime import datetime, UTC; _, source, folder, state, proxy = sys.argv;"
        "crawl(Source.model_validate_json(source), Path(folder), state, CrawlLimits(proxy=proxy), datetime.now(UTC))"
    )
    with serve({HOST: slow_site(12)}) as served:
        state, folder = f"sqlite:///{tmp_path}/state.sqlite", tmp_path / "run"
        arguments = [source().model_dump_json(), str(folder), state, served.proxy]
        with subprocess.Popen([sys.executable, "-c", script, *arguments]) as parent:
            until(lambda: len(served.requests) > 5)
            (child,) = children(parent.pid)
            parent.kill()
        until(lambda: not Path(f"/proc/{child}").exists() or child not in children(1))
        assert not (folder / "pages.warc.gz").exists()
        assert not (folder / "crawl.json").exists()
        report = crawl(source(), folder, state, CrawlLimits(proxy=served.proxy), datetime.now(UTC))
        assert (report.outcome, report.new_pages) == ("ok", 12)
        assert sorted(path.name for path in folder.iterdir()) == ["crawl.json", "crawl.log", "pages.warc.gz"]
        asked = len(served.requests)
        assert crawl(source(), folder, state, CrawlLimits(proxy=served.proxy), datetime.now(UTC)) == report
        assert len(served.requests) == asked


# --- judging, without a crawl -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stats", "outcome", "named"),
    [
        ({"finish_reason": "start_error"}, "failed", "start_error"),
        ({"finish_reason": "shutdown", "langnghe/answered": 1, "langnghe/links": 1}, "failed", "shutdown"),
        ({}, "failed", "killed"),
        (
            {
                "finish_reason": "finished",
                "langnghe/answered": 1,
                "spider_exceptions/count": 2,
                "spider_exceptions/ZeroDivisionError": 2,
            },
            "failed",
            "parser_error",
        ),
    ],
)
def test_an_end_that_is_none_is_a_failure(stats: dict[str, Any], outcome: str, named: str) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    report = judge("dng_mau", at, at, stats, [])
    assert report.outcome == outcome
    assert named in {error.partition(":")[0] for error in report.errors}


def test_the_memory_is_a_table_that_anyone_can_read(tmp_path: Path, demo: Served) -> None:
    desk = Desk(tmp_path, demo)
    desk.crawl(demo_source("demo_nguhanh", max_pages=2))
    with sa.create_engine(desk.state).connect() as connection:
        rows = connection.execute(sa.text("select source, role, url, first_seen, etag from crawl_seen")).all()
    assert Counter((row.source, row.role) for row in rows) == {
        ("demo_nguhanh", "article"): 2,
        ("demo_nguhanh", "sitemap"): 1,
    }
    # The sitemap's tag is only kept once all that it leads to was fetched.
    assert [row.etag for row in rows if row.role == "sitemap"] == [""]
